"""Ask every provider which cluster it serves, and read what the gate's documents say."""

from __future__ import annotations

import asyncio

from privatedao_audit.domains.gate.external.collect import collect_external
from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.ledger.collect import collect_claims
from privatedao_audit.domains.gate.papers.collect import collect_papers
from privatedao_audit.domains.gate.reach.collect import collect_reach
from privatedao_audit.domains.gate.released import collect_released
from privatedao_audit.domains.sources import Sources


async def collect(sources: Sources) -> GateFacts:
    """Facts of the readiness gate."""
    reads = await asyncio.gather(*(sources.chain.genesis_hash(p) for p in sources.providers))
    cluster = sources.target.cluster
    genesis = dict(zip(sources.providers, reads, strict=True))
    claims = await collect_claims(sources)
    released = await collect_released(sources)
    return GateFacts(
        cluster.name,
        cluster.genesis_hash,
        genesis,
        claims,
        await collect_papers(sources, released, claims),
        await collect_external(sources, released),
        await collect_reach(sources, claims),
    )
