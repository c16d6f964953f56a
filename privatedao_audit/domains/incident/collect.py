"""Read the facts of incident response."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.domains.governance.collect import collect_governance
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.incident.books import (
    collect_books,
    collect_contacts,
    registered_keys,
)
from privatedao_audit.domains.incident.drills.collect import collect_drills
from privatedao_audit.domains.incident.facts import IncidentFacts, Running
from privatedao_audit.domains.incident.powers import collect_powers
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.conduct import StageKind
from privatedao_audit.protocols.registry import protocol_of

_OVER = frozenset({StageKind.EXECUTED, StageKind.ENDED})


async def collect(sources: Sources) -> IncidentFacts:
    """Facts of incident response."""
    governance = await collect_governance(sources)
    return IncidentFacts(
        governance=governance,
        running=tuple(running(governance)),
        books=await collect_books(sources),
        contacts=await collect_contacts(sources),
        drills=await collect_drills(sources),
        powers=await collect_powers(sources, governance),
        registered=await registered_keys(sources),
    )


def running(governance: GovernanceFacts) -> Iterator[Running]:
    """The proposals that are not over, by the chain's own time, with their levers."""
    for dao, one in governance.proposals():
        if not isinstance(one.proposal, Found) or not isinstance(dao.now, Found):
            continue
        protocol = protocol_of(governance.protocol)
        known = dao.dao.value if isinstance(dao.dao, Found) else None
        stage = protocol.stage(one.proposal.value, dao.now.value, known)
        if stage.kind not in _OVER:
            yield Running(dao.address, one.id, stage, protocol.levers(stage))
