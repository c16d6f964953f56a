"""The whole history of every DAO in scope, for the domains that judge it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.history.collect import collect_history
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.protocols.registry import protocol_of


async def collect_histories(
    sources: Sources,
    governance: GovernanceFacts,
    *,
    multisigs: Mapping[str, str] | None = None,
    program_data: Iterable[str] = (),
) -> dict[str, DaoHistory]:
    """DAO → its whole history.

    Args:
        multisigs, program_data: followed beside the first DAO, since they belong to all.
    """
    found: dict[str, DaoHistory] = {}
    mints = [one.address for one in sources.target.mints]
    for number, reads in enumerate(governance.daos):
        found[reads.address] = await collect_history(
            sources.chain,
            protocol_of(governance.protocol),
            reads,
            pages=sources.target.limits.signature_pages,
            mints=mints,
            multisigs=multisigs if number == 0 else None,
            program_data=program_data if number == 0 else (),
            providers=sources.providers,
        )
    return found
