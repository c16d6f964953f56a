"""Ask every provider which cluster it serves."""

from __future__ import annotations

import asyncio

from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.sources import Sources


async def collect(sources: Sources) -> GateFacts:
    """Facts of the readiness gate."""
    reads = await asyncio.gather(*(sources.chain.genesis_hash(p) for p in sources.providers))
    cluster = sources.target.cluster
    genesis = dict(zip(sources.providers, reads, strict=True))
    return GateFacts(cluster.name, cluster.genesis_hash, genesis)
