"""Read the facts of treasury protection."""

from __future__ import annotations

from privatedao_audit.domains.governance.collect import collect_governance
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.histories import collect_histories


async def collect(sources: Sources) -> TreasuryFacts:
    """Facts of treasury protection."""
    governance = await collect_governance(sources)
    return TreasuryFacts(governance, await collect_histories(sources, governance))
