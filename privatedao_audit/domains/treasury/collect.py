"""Read the facts of treasury protection."""

from __future__ import annotations

from privatedao_audit.domains.governance.collect import collect_governance
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.facts import TreasuryFacts


async def collect(sources: Sources) -> TreasuryFacts:
    """Facts of treasury protection."""
    return TreasuryFacts(await collect_governance(sources))
