"""Read the facts of monitoring and alerting."""

from __future__ import annotations

from privatedao_audit.domains.governance.collect import collect_governance
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules.collect import collect_rules
from privatedao_audit.domains.monitoring.watch import collect_watch
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.histories import (
    collect_histories,
    counted_multisigs,
    program_data,
)


async def collect(sources: Sources) -> MonitoringFacts:
    """Facts of monitoring and alerting."""
    target = sources.target
    governance = await collect_governance(sources)
    owners = await counted_multisigs(sources)
    watched = program_data(sources)
    return MonitoringFacts(
        governance=governance,
        histories=await collect_histories(sources, governance),
        multisigs=owners,
        uncounted={one.address: one.kind for one in target.multisigs if one.kind != "squads-v4"},
        program_data=watched,
        watch=await collect_watch(sources, owners, watched),
        rules=await collect_rules(sources),
    )
