"""Whether a deployment was made by the operator whom the release record names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from privatedao_audit.domains.release.provenance.facts import (
    Deployment,
    ProvenanceFacts,
    Registration,
)
from privatedao_audit.domains.release.records.said import blank
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, Read, ReadAt, joined
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts

#: Most characters of a name that a summary repeats.
_NAME = 100


def rc_12(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """The current release record names the operator, and who paid for the recorded deployment and
    whose authority it used are registered keys of that operator, by the signer register and the
    target's wallets. Where the authority is a vault of a believed multisig, the member who
    executed stands for it, and every member who approved must be registered. Program, buffer and
    throw-away keys that sign beside them are ignored; a payer other than the authority is shown.
    A deployment after the recorded one has no named operator and is MISSING."""
    return judgement(
        (part for program in facts.programs for part in _program(program, facts)),
        good="The deployment of every program was made by the operator whom the record names.",
        nothing="There is no program in scope.",
    )


@dataclass(slots=True)
class _People:
    """Who holds which key, by everything that registers keys.

    People are told apart by name alone, whatever its case and spaces.
    """

    owners: dict[str, set[str]] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    _spelt: dict[str, str] = field(default_factory=dict)

    def enter(self, row: Registration) -> None:
        """Add what one row of a register says; a row adds up with others of the same key."""
        self.names.setdefault(row.key, set()).update(self._spelling(row.name))
        self.owners.setdefault(row.key, set()).update(self._spelling(row.owner or ""))

    def _spelling(self, name: str) -> list[str]:
        """A name as it was first spelt; nothing for one that nobody can read."""
        word = " ".join(name.split()).casefold()
        return [] if blank(name) else [self._spelt.setdefault(word, name.strip())]

    def of(self, key: str) -> set[str]:
        """Owners of a key; by its own name where no register gives an owner."""
        return self.owners.get(key) or self.names.get(key) or set()

    def called(self, operator: str) -> set[str]:
        """Owners that a record means by a key, a key's name or an owner's name."""
        if operator in self.names:
            return self.of(operator)
        spelt = self._spelt.get(" ".join(operator.split()).casefold())
        found: set[str] = set()
        for key in self.names:
            if spelt in self.names[key] | self.owners[key]:
                found |= self.of(key)
        return found


def _program(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    label, known = program.name, facts.provenance.programs.get(program.id)
    if known is None:
        return [Part(label, Status.UNKNOWN, f"Nothing was read about {label}.")]
    operators, said, trouble = _named(program, facts.cluster)
    if trouble is not None:
        return [trouble]
    people, places, trouble = _people(label, facts.provenance)
    if trouble is not None:
        return [trouble]
    at = joined(*said, *places)
    if len(operators) > 1:
        shown = ", ".join(_shown(one) for one in operators)
        text = f"The current records name {len(operators)} operators: {shown}."
        return [Part(label, Status.FAIL, text, at, observed=operators)]
    if not people.names:
        text = "Nobody is registered: the target maps no signer register and lists no wallet."
        return [Part(label, Status.MISSING, text, at, observed=operators)]
    (operator,) = operators
    owners = people.called(operator)
    if len(owners) != 1:
        text = (
            f"The operator {_shown(operator)} is nobody's name or key in the register."
            if not owners
            else f"The operator {_shown(operator)} can be {_names(owners)}."
        )
        return [Part(label, Status.FAIL, text, at, observed=operator)]
    recorded = list(dict.fromkeys(_recorded(program, facts.cluster)))
    if not recorded:
        text = f"No current record names the deployment transaction of {label}."
        return [Part(label, Status.MISSING, text, at)]
    parts = []
    for number, signature in enumerate(recorded):
        name = label if number == 0 else f"{label}, {signature}"
        read = known.deployments.get(signature)
        parts.append(_deployment(name, signature, read, people, owners, at))
    later = _later(program, facts, recorded, at)
    if later.status is Status.PASS:
        first, *rest = parts
        return [replace(first, at=joined(first.at, later.at)), *rest]
    last = later.observed
    if last in known.deployments and last not in recorded:
        # Nobody is named for it, and worse: its keys may be those of somebody else.
        judged = _deployment(later.label, last, known.deployments[last], people, owners, at)
        later = judged if judged.status is Status.FAIL else later
    return [*parts, later]


def _named(program: ProgramRelease, cluster: str) -> tuple[list[str], list[ReadAt], Part | None]:
    """The operators that current records name, or the part that says why there is none."""
    label = program.name
    sources = program.saying("operator", cluster)
    if not sources:
        read = [s.said.at for s in program.surfaces
                if s.surface.part == "release-record" and isinstance(s.said, Found)]
        text = f"No release record of {label} with an operator is mapped in the target."
        status = Status.MISSING if read else Status.UNKNOWN
        return [], [], Part(label, status, text, joined(*read))
    operators: dict[str, None] = {}
    places = []
    for source in sources:
        file = source.surface.file
        if not isinstance(source.said, Found):
            text = f"The checkout has no file {file}."
            part = unread(label, source.said, absent=Status.MISSING, absent_summary=text)
            return [], [], part
        values, at = source.said.value.values, source.said.at
        other = [v for v in values.get("cluster", ()) if not same_cluster(v, cluster)]
        if other:
            text = f"{file} speaks of the cluster {other[0]}, the target of {cluster}."
            return [], [], Part(label, Status.FAIL, text, at, observed=other, expected=cluster)
        given = [v for v in values.get("operator", ()) if not blank(v)]
        if not given:
            text = f"{file} does not name the operator of {label}."
            return [], [], Part(label, Status.MISSING, text, at)
        operators.update(dict.fromkeys(given))
        places.append(at)
    return list(operators), places, None


def _people(label: str, facts: ProvenanceFacts) -> tuple[_People, list[ReadAt], Part | None]:
    people = _People()
    places = []
    for row in facts.wallets:
        people.enter(row)
    for register in facts.registers:
        if not isinstance(register.rows, Found):
            text = f"The checkout has no file {register.file}."
            part = unread(label, register.rows, absent=Status.MISSING, absent_summary=text)
            return people, [], part
        for row in register.rows.value:
            people.enter(row)
        places.append(register.rows.at)
    return people, places, None


def _recorded(program: ProgramRelease, cluster: str) -> list[str]:
    return [
        value
        for source in program.saying("deployment_signature", cluster)
        if isinstance(source.said, Found)
        for value in source.said.value.values.get("deployment_signature", ())
    ]


def _deployment(
    label: str, signature: str, read: Read[Deployment] | None, people: _People, owners: set[str],
    at: ReadAt,
) -> Part:  # fmt: skip
    if read is None:
        text = f"The recorded deployment is not a transaction signature: {signature[:100]!r}."
        return Part(label, Status.FAIL, text, at, observed=signature)
    if not isinstance(read, Found):
        return unread(label, read, absent=Status.UNKNOWN, absent_summary="It was not returned.")
    made, at = read.value, joined(at, read.at)
    if not made.succeeded or not made.acting:
        text = f"The transaction {signature} did not deploy or upgrade this program."
        return Part(label, Status.UNKNOWN, text, at, observed=signature)
    (operator,) = owners
    seen: dict[str, object] = {"operator": operator, "payer": made.payer, "acting": []}
    wrong = _stranger("payer", made.payer, people, owners)
    for one in made.acting:
        shown: dict[str, object] = {"authority": one.authority}
        seen["acting"] = [*seen["acting"], shown]  # type: ignore[misc]
        if one.doubt:
            text = f"The authority {one.authority} signed through a program, and {one.doubt}."
            return Part(label, Status.UNKNOWN, text, at, observed=seen)
        if one.signed:
            wrong += _stranger("authority", one.authority, people, owners)
            continue
        shown |= {"multisig": one.multisig, "executor": one.executor}
        if one.executor is None or one.multisig is None or one.approvers is None:
            text = f"Who moved the authority {one.authority} is not known."
            return Part(label, Status.UNKNOWN, text, at, observed=seen)
        wrong += _stranger("executing member", one.executor, people, owners)
        if not isinstance(one.approvers, Found):
            why = "Who approved it is not known."
            part = unread(label, one.approvers, absent=Status.UNKNOWN, absent_summary=why)
            return _worst(part, wrong, at, seen)
        shown["approvers"] = list(one.approvers.value)
        at = joined(at, one.approvers.at)
        if not one.approvers.value:
            text = "No approval of the multisig's members was found."
            return _worst(Part(label, Status.UNKNOWN, text, at), wrong, at, seen)
        wrong += [
            f"the approving member {key} is not registered"
            for key in one.approvers.value
            if key not in people.names
        ]
    return _worst(Part(label, Status.PASS, _told(made, operator), at), wrong, at, seen)


def _worst(part: Part, wrong: list[str], at: ReadAt, seen: object) -> Part:
    """The part with what was seen; a failure where a key is known to be wrong."""
    if not wrong:
        return Part(part.label, part.status, part.summary, joined(at, part.at), observed=seen)
    text = "; ".join(dict.fromkeys(wrong))
    return Part(part.label, Status.FAIL, text[:1].upper() + text[1:] + ".", at, observed=seen)


def _stranger(role: str, key: str, people: _People, owners: set[str]) -> list[str]:
    """Why a key is not the operator's; empty when it is."""
    if key not in people.names:
        return [f"the {role} {key} is not a registered key"]
    held = people.of(key)
    if held == owners:
        return []
    whose = _names(held) if held else "nobody"
    return [f"the {role} {key} is registered to {whose}, not to the operator {_names(owners)}"]


def _shown(name: str) -> str:
    """A name out of a document: quoted, on one line, and not longer than a name is."""
    return repr(name[:_NAME]) + ("…" if len(name) > _NAME else "")


def _names(owners: set[str]) -> str:
    return " or ".join(_shown(one) for one in sorted(owners))


def _told(made: Deployment, operator: str) -> str:
    authorities = {one.authority for one in made.acting}
    same = authorities == {made.payer}
    payer = "authority and payer" if same else "payer"
    text = (
        f"The operator {_shown(operator)} made the deployment {made.signature}: {payer} "
        f"{made.payer}"
    )
    for one in made.acting:
        if one.signed and not same:
            text += f", authority {one.authority}"
        elif not one.signed:
            text += f", authority {one.authority} moved by the member {one.executor}"
    return text + "."


def _later(
    program: ProgramRelease, facts: ReleaseFacts, recorded: list[str], at: ReadAt
) -> Part:
    """Whether the recorded deployment is the present one; PASS where the history shows it."""
    label = f"{program.name}, present deployment"
    if not isinstance(program.history, Found):
        text = "The history of ProgramData is not there."
        return unread(label, program.history, absent=Status.UNKNOWN, absent_summary=text)
    history, at = program.history.value, joined(at, program.history.at)
    code = facts.authority.executables.get(program.id)
    changes = [e for e in history.code_changes if e.programdata == program.programdata]
    slots = [e for e in history.slot_changes if e.programdata == program.programdata]
    last = changes[-1].signature if changes else None
    if last is not None and last not in recorded:
        text = f"The record names no operator for the later deployment {last}."
        if not any(e.signature in recorded for e in changes):
            text = "The history that was read does not hold the recorded deployment."
            return Part(label, Status.UNKNOWN, text, at, observed=last)
        return Part(label, Status.MISSING, text, at, observed=last)
    settled = last is not None and (history.complete or slots[-1].signature == last)
    if facts.authority.moving or not isinstance(code, Found) or not settled:
        text = "Whether the recorded deployment is the present one is not known."
        return Part(label, Status.UNKNOWN, text, at, observed=last)
    if slots[-1].slot != code.value.slot:
        text = "ProgramData says another slot than the last loader transaction found."
        return Part(label, Status.UNKNOWN, text, at, observed=last)
    text = "The recorded deployment is the present one."
    return Part(label, Status.PASS, text, joined(at, code.at), observed=last)
