"""Read the DAOs in scope by the target's protocol."""

from __future__ import annotations

from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of


async def collect_governance(sources: Sources) -> GovernanceFacts:
    """Everything the protocol keeps of each DAO.

    A protocol that the kit does not know is no error of the run: nothing is read then, and what
    rests on it is UNKNOWN.
    """
    target = sources.target
    names = {dao.address: dao.name for dao in target.daos}
    try:
        protocol = protocol_of(target.protocol)
    except UnknownProtocol as error:
        return GovernanceFacts(target.protocol, str(error), names, ())
    ids = {program.name: program.id for program in target.programs}
    # One DAO after the other: each asks for much at once already.
    daos = [
        await protocol.collect_dao(sources.chain, dao.address, ids[dao.program])
        for dao in target.daos
    ]
    return GovernanceFacts(target.protocol, "", names, tuple(daos))
