"""Read the facts of monitoring and alerting."""

from __future__ import annotations

from privatedao_audit.chain.addresses import programdata_address
from privatedao_audit.domains.governance.collect import collect_governance
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules.collect import collect_rules
from privatedao_audit.domains.monitoring.watch import collect_watch
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.histories import collect_histories
from privatedao_audit.model.reads import Found, Read, decoded


async def collect(sources: Sources) -> MonitoringFacts:
    """Facts of monitoring and alerting."""
    target = sources.target
    governance = await collect_governance(sources)
    counted = list(
        dict.fromkeys(one.address for one in target.multisigs if one.kind == "squads-v4")
    )
    reads = await sources.chain.accounts(counted, data_slice=(0, 0)) if counted else ()
    owners: dict[str, Read[str]] = {
        key: decoded(read, lambda account: account.owner, "the multisig")
        for key, read in zip(counted, reads, strict=True)
    }
    program_data = tuple(programdata_address(one.id) for one in target.programs)
    histories = await collect_histories(
        sources,
        governance,
        multisigs={key: read.value for key, read in owners.items() if isinstance(read, Found)},
        program_data=program_data,
    )
    return MonitoringFacts(
        governance=governance,
        histories=histories,
        multisigs=owners,
        uncounted={one.address: one.kind for one in target.multisigs if one.kind != "squads-v4"},
        program_data=program_data,
        watch=await collect_watch(sources, owners, program_data),
        rules=await collect_rules(sources),
    )
