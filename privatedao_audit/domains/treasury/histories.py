"""The whole history of every DAO in scope, read once for all domains that judge it."""

from __future__ import annotations

from collections.abc import Mapping

from privatedao_audit.chain.addresses import programdata_address
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.history.collect import collect_history
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.model.reads import Found, Read, decoded
from privatedao_audit.protocols.registry import protocol_of

__all__ = ["collect_histories", "counted_multisigs", "program_data"]

#: The kind of multisig that counts its transactions.
_COUNTED = "squads-v4"


async def collect_histories(
    sources: Sources, governance: GovernanceFacts
) -> Mapping[str, DaoHistory]:
    """DAO → its whole history.

    The multisigs and the programs' data accounts belong to all DAOs; they are followed beside
    the first one.
    """
    if "histories" not in sources.memo:
        sources.memo["histories"] = await _collected(sources, governance)
    found: Mapping[str, DaoHistory] = sources.memo["histories"]
    return found


async def _collected(sources: Sources, governance: GovernanceFacts) -> dict[str, DaoHistory]:
    owners = await counted_multisigs(sources)
    multisigs = {key: read.value for key, read in owners.items() if isinstance(read, Found)}
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
            program_data=program_data(sources) if number == 0 else (),
            providers=sources.providers,
        )
    return found


async def counted_multisigs(sources: Sources) -> Mapping[str, Read[str]]:
    """Multisig of the target that counts its transactions → the program that owns it."""
    keys = dict.fromkeys(one.address for one in sources.target.multisigs if one.kind == _COUNTED)
    if not keys:
        return {}
    reads = await sources.chain.accounts(list(keys), data_slice=(0, 0))
    return {
        key: decoded(read, lambda account: account.owner, "the multisig")
        for key, read in zip(keys, reads, strict=True)
    }


def program_data(sources: Sources) -> tuple[str, ...]:
    """ProgramData addresses of the programs in scope."""
    return tuple(programdata_address(one.id) for one in sources.target.programs)
