"""Read who prints a treasury, and derive what they should print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.places.facts import Derived, PlaceFacts, Scoped, Unmapped
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded
from privatedao_audit.protocols.base import GovernanceProtocol
from privatedao_audit.protocols.facts import DaoReads
from privatedao_audit.protocols.registry import protocol_of
from privatedao_audit.repository import documents
from privatedao_audit.repository.surfaces import Statement, statement

#: The member under which the protocol's own documents print a treasury.
_MEMBER: Final = "treasury"
#: Further DAOs and programs that documents name and that are derived for comparison.
_MOST_NAMED: Final = 50


async def collect_places(sources: Sources, governance: GovernanceFacts) -> PlaceFacts:
    """The statements of the target's surfaces, and the addresses that follow from derivation."""
    target = sources.target
    ids = {program.name: program.id for program in target.programs}
    scoped = tuple(Scoped(dao.address, ids[dao.program], dao.treasury) for dao in target.daos)
    said: list[tuple[str, Read[Statement]]] = []
    for surface in sources.target.current("treasury-statement"):
        read = await sources.repository.file(surface.file)
        said.append((surface.file, statement(surface, target.cluster.name, read)))
    if governance.unsupported:
        return PlaceFacts(target.cluster.name, scoped, (), tuple(said), ())
    protocol = protocol_of(governance.protocol)
    return PlaceFacts(
        cluster=target.cluster.name,
        scoped=scoped,
        derived=tuple(_derived(protocol, scoped, [p.id for p in target.programs], said)),
        statements=tuple(said),
        unmapped=await _unmapped(sources, protocol),
    )


def _derived(
    protocol: GovernanceProtocol,
    scoped: Iterable[Scoped],
    programs: Iterable[str],
    said: Iterable[tuple[str, Read[Statement]]],
) -> Iterable[Derived]:
    stated = [read.value.values for _file, read in said if isinstance(read, Found)]
    daos = [one.dao for one in scoped]
    daos += _keys(text for values in stated for text in values.get("dao", ()))
    ids = [*programs, *_keys(text for values in stated for text in values.get("program_id", ()))]
    for dao in dict.fromkeys(daos):
        for program in dict.fromkeys(ids):
            bare = DaoReads(dao, program, Unknown("not asked"), Unknown("not asked"), (), {}, {},
                            {}, (), ())  # fmt: skip
            for one in protocol.treasuries(bare):
                yield Derived(dao, program, one.address)


def _keys(texts: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for text in texts:
        try:
            found[str(parse_pubkey(text, "address"))] = None
        except ValueError:
            continue  # the check says that it is no address
    return list(found)[:_MOST_NAMED]


async def _unmapped(
    sources: Sources, protocol: GovernanceProtocol
) -> tuple[Unmapped, ...]:
    """The protocol's documents that print a treasury and that the target gives no such part."""
    mapped = {one.file for one in sources.target.surfaces if one.part == "treasury-statement"}
    found = []
    for one in protocol.documents:
        if one.format != "json" or _MEMBER not in one.keys or one.path in mapped:
            continue
        read = decoded(
            await sources.repository.file(one.path), _printed, f"the file {one.path}"
        )
        if not isinstance(read, ProvenAbsent) and read.at.evidence:
            found.append(Unmapped(one.path, read))
    return tuple(found)


def _printed(data: bytes) -> tuple[str, ...]:
    values = documents.select(documents.parse("json", data), f"/{_MEMBER}")
    return tuple(dict.fromkeys(one for one in values if isinstance(one, str)))
