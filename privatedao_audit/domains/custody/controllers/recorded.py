"""UA-09's other half: what the checkout records of who holds an authority, against the chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.controllers.documents import brief
from privatedao_audit.domains.custody.controllers.facts import Other
from privatedao_audit.domains.custody.controllers.judging import holder_status
from privatedao_audit.domains.custody.signers.facts import (
    POWER_WORDS,
    POWERLESS_ROLES,
    plain_role,
)
from privatedao_audit.domains.custody.signers.labels import distinct
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody

#: Fields of a custody record that name holders of other authorities than the upgrade authority.
FIELDS = (
    "dao_authority", "treasury_operator", "policy_authorities", "attestors", "mint_authorities",
)  # fmt: skip
_OF_DAO = {"authority": "dao_authority", "operator authority": "treasury_operator"}
_OF_KIND = {"policy": "policy_authorities", "attestors": "attestors", "mint": "mint_authorities"}

#: How a record says that nobody holds an authority.
_NOBODY = frozenset({"none", "null", "nobody", "renounced"})
#: Which of the kit's own words of a role mean the power of a field.
_MEANT = {
    "dao_authority": frozenset({"dao-authority"}),
    "treasury_operator": frozenset({"treasury-operator"}),
    "policy_authorities": frozenset({"dao-authority"}),
}

_UNSURE = (Status.UNKNOWN, Status.DIVERGED)


def field_of(other: Other) -> str | None:
    """The field of a custody record that names the holder; None where no field does."""
    return _OF_DAO.get(other.role) if other.kind == "dao" else _OF_KIND.get(other.kind)


@dataclass(slots=True)
class Records:
    """What the checkout records of holders.

    Attributes:
        fields: field of a custody record → (addresses it names, where it was read), per record.
        registered: address → roles with power that signer registers give it.
        at: every record and register that was read.
        doubt: why there may be more; empty where there is not.
    """

    fields: dict[str, list[tuple[str, tuple[str, ...], ReadAt]]] = field(default_factory=dict)
    registered: dict[str, set[str]] = field(default_factory=dict)
    at: list[ReadAt] = field(default_factory=list)
    doubt: str = ""

    def names(self, name: str | None, keys: set[str]) -> bool:
        """Whether one of a holder's addresses stands under that field, or in a register for it.

        A register's own words may mean any power; the kit's words mean theirs alone.
        """
        told = {one for _, said, _ in self.fields.get(name or "", ()) for one in said}
        roles = {role for key in keys for role in self.registered.get(key, ())}
        others = POWER_WORDS - _MEANT.get(name or "", frozenset())
        return bool(keys & told) or bool(roles - others)


def records(facts: CustodyFacts) -> Records:
    """The current custody records and signer registers of this cluster."""
    found, readable = Records(), 0
    for program in facts.programs:
        for file, values, at in _current(program, facts.cluster):
            if values is None:
                found.doubt = found.doubt or f"{file} could not be read"
                continue
            readable += 1
            found.at.append(at)
            for name in FIELDS:
                if said := _stated(values, name):
                    found.fields.setdefault(name, []).append((file, said, at))
    for register in facts.controllers.registers:
        if not isinstance(register, Found):
            found.doubt = found.doubt or "a signer register could not be read"
            continue
        readable += 1
        found.at.append(register.at)
        for row in register.value.rows:
            roles = {plain_role(one) for one in row.get("roles", "").split("\n")} - {""}
            if "key" in row:
                found.registered.setdefault(row["key"], set()).update(roles - POWERLESS_ROLES)
    if not readable and not found.doubt:
        found.doubt = "the target maps no custody record and no signer register of this cluster"
    return found


def _current(
    program: ProgramCustody, cluster: str
) -> Iterator[tuple[str, dict[str, tuple[str, ...]] | None, ReadAt]]:
    """File, what it says (None: unreadable) and read of each current custody record."""
    for record in program.records:
        if record.surface.is_current(cluster):
            said = record.said.value.values if isinstance(record.said, Found) else None
            yield record.surface.file, said, record.said.at


def _stated(values: dict[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    """What a record says under a field, without the places that are still to be filled."""
    told = values.get(name, ())
    return tuple(one for one in told if one.casefold() in _NOBODY or not blank(one))


def addresses(other: Other, key: str) -> set[str]:
    """Under which addresses a record may name a holder: its own, or its multisig's or realm's."""
    links = other.links.get(key, ())
    behind = links[0].multisig if links else None
    return {key} if behind is None else {key, behind}


def recorded(label: str, other: Other, said: Records) -> Part:
    """Whether each holder of one authority stands in a record for that very power."""
    assert isinstance(other.keys, Found)
    part, doubt = f"{label}: recorded", said.doubt
    name = field_of(other)
    at = joined(other.keys.at, *said.at)
    missing = []
    for key in other.keys.value:
        if not said.names(name, addresses(other, key)):
            missing.append(key)
            links = other.links.get(key, ())
            if not links or holder_status(links[0]) in _UNSURE:
                doubt = doubt or "which multisig stands behind it is not known"
    if not missing:
        text = f"The checkout records the holder of the {other.role} of {other.of}."
        return Part(part, Status.PASS, text, at, observed=sorted(other.keys.value))
    if doubt:
        text = f"Whether a record names {missing[0]}, {other.role} of {other.of}: {doubt}."
        return Part(part, Status.UNKNOWN, text, at)
    where = "No custody record" if name is None else f"No custody record states under {name}"
    text = (
        f"{where}, and no signer register by a role that means it, that {missing[0]} is "
        f"{other.role} of {other.of}."
    )
    return Part(part, Status.MISSING, text, at, expected=sorted(other.keys.value))


def contradictions(facts: CustodyFacts) -> tuple[Part, ...]:
    """Each field of each custody record against all holders on chain that it speaks of."""
    return distinct(
        _compared(f"{program.name} in {file}: {name}", file, name, said, at,
                  _spoken_of(name, program, facts))
        for program in facts.programs
        for file, values, at in _current(program, facts.cluster)
        if values is not None
        for name in FIELDS
        if (said := _stated(values, name))
    )  # fmt: skip


def _spoken_of(name: str, program: ProgramCustody, facts: CustodyFacts) -> list[Other]:
    """The authorities of DAOs of that program, and of mints, that a field names."""
    owner = {dao.address: dao.program for dao in facts.controllers.daos}
    return [
        other for other in facts.controllers.others
        if field_of(other) == name and owner.get(other.address, program.id) == program.id
    ]  # fmt: skip


def _compared(
    label: str, file: str, name: str, said: Sequence[str], at: ReadAt, chain: list[Other]
) -> Part:
    place = joined(at, *(other.keys.at for other in chain))
    unread = [other for other in chain if not isinstance(other.keys, Found | ProvenAbsent)]
    if not chain or unread:
        what = f"the {unread[0].role} of {unread[0].of}" if unread else "whom it speaks of"
        text = f"{file} states {name}; {what} could not be read on chain."
        return Part(label, Status.UNKNOWN, text, place)
    held = [
        (other, key) for other in chain if isinstance(other.keys, Found)
        for key in other.keys.value
    ]  # fmt: skip
    told = {one for one in said if one.casefold() not in _NOBODY}
    known = [addresses(other, key) for other, key in held]
    extra = sorted(told - set().union(*known))
    lacking = [
        (other, key) for (other, key), names in zip(held, known, strict=True) if not names & told
    ]  # fmt: skip
    observed, expected = sorted({key for _, key in held}), sorted(told)
    if not extra and not lacking:
        text = f"{file} and the chain agree on the {name}."
        return Part(label, Status.PASS, text, place, observed, expected)
    unclear = [
        key for other, key in lacking
        if not other.links.get(key) or holder_status(other.links[key][0]) in _UNSURE
    ]  # fmt: skip
    if unclear and len(unclear) >= max(len(extra), len(lacking)):
        text = f"{file} states {name} {brief(said)}; what stands behind {unclear[0]} is not known."
        return Part(label, Status.UNKNOWN, text, place, observed, expected)
    chain_says = ", ".join(observed) or "nobody"
    text = f"{file} says {name} {brief(said)}; the chain has {chain_says}."
    return Part(label, Status.FAIL, text, place, observed, expected)
