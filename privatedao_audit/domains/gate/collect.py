"""Ask every provider which cluster it serves, and read what the documents claim."""

from __future__ import annotations

import asyncio

from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.ledger.collect import collect_claims
from privatedao_audit.domains.sources import Sources


async def collect(sources: Sources) -> GateFacts:
    """Facts of the readiness gate."""
    reads = await asyncio.gather(*(sources.chain.genesis_hash(p) for p in sources.providers))
    cluster = sources.target.cluster
    genesis = dict(zip(sources.providers, reads, strict=True))
    claims = await collect_claims(sources)
    return GateFacts(cluster.name, cluster.genesis_hash, genesis, claims)
