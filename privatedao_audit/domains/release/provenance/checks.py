"""The checks of what ties source to binary: operator, interface, contact, builds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from privatedao_audit.domains.release.provenance.facts import (
    FileInterface,
    ProgramProvenance,
    Published,
)
from privatedao_audit.domains.release.provenance.interface import differences
from privatedao_audit.domains.release.provenance.operators import rc_12
from privatedao_audit.domains.release.records.facts import not_looked_for
from privatedao_audit.domains.release.records.said import release_commit
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts

#: How many differences a summary names; the finding's observed value holds more of them.
_NAMED, _LISTED = 5, 200
#: Zero bytes at the end of a file that no linker leaves there: its last table ends with a few.
_DUMPED = 256


def rc_13(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """The interface published on chain, in the Anchor IDL account or the canonical
    program-metadata account, means the same as every current interface file of the checkout:
    instructions, accounts, types, events and errors, by name, discriminator, accounts and layout,
    and the addresses and seeds by which clients find the accounts.
    It names this program. Comments, order and version play no part; a program that publishes none
    is MISSING, and what cannot be read on chain or in the checkout is UNKNOWN."""
    parts: list[Part] = []
    for program in facts.programs:
        one = facts.provenance.programs.get(program.id)
        parts += _missing(program) if one is None else _interfaces(program, one)
    return judgement(
        parts,
        good="Every published interface is the one in the repository.",
        nothing="There is no program in scope.",
    )


def _missing(program: ProgramRelease) -> list[Part]:
    return [Part(program.name, Status.UNKNOWN, f"Nothing was read about {program.name}.")]


def _interfaces(program: ProgramRelease, one: ProgramProvenance) -> list[Part]:
    if not one.published:
        return _missing(program)
    parts: list[Part] = []
    for kind, read in one.published.items():
        label = f"{program.name}: {kind}"
        if isinstance(read, ProvenAbsent):
            continue
        if not isinstance(read, Found):
            parts.append(unread(label, read, absent=Status.MISSING, absent_summary=""))
            continue
        parts += _published(program, one, label, read.value, read.at)
    if not parts:
        at = joined(*(read.at for read in one.published.values()))
        text = f"{program.name} publishes no interface on chain: neither account exists."
        parts = [Part(program.name, Status.MISSING, text, at)]
    first, note = parts[0], _source_note(one)
    return [replace(first, summary=first.summary + note), *parts[1:]]


def _published(
    program: ProgramRelease, one: ProgramProvenance, label: str, found: Published, at: ReadAt
) -> list[Part]:
    """A published interface against each interface file of the checkout."""
    there = found.interface
    if there.address not in (None, program.id):
        text = f"The interface published for {program.id} says that it is of {there.address}."
        return [Part(label, Status.FAIL, text, at, observed=there.address, expected=program.id)]
    if there.address is None and there.rules is not None:
        text = "The published interface is of the form that names its program, and names none."
        return [Part(label, Status.FAIL, text, at, expected=program.id)]
    if not any(there.sections.values()):
        return [Part(label, Status.FAIL, "The published interface is empty.", at)]
    if not one.repository:
        text = "The target maps no current interface file to compare it with."
        return [Part(label, Status.UNKNOWN, text, at)]
    return [
        _compared(f"{label} and {row.file}", row, found, at)
        for row in one.repository
    ]


def _compared(label: str, row: FileInterface, found: Published, at: ReadAt) -> Part:
    file, there = row.file, found.interface
    if not isinstance(row.interface, Found):
        text = f"The checkout has no file {file}."
        return unread(label, row.interface, absent=Status.MISSING, absent_summary=text)
    at = joined(at, row.interface.at)
    told = differences(there, row.interface.value)
    seen = {"authority": found.authority, "differences": told[:_LISTED]}
    if told:
        more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        text = f"The published interface is not that of {file}: {'; '.join(told[:_NAMED])}{more}."
        return Part(label, Status.FAIL, text, at, observed=seen)
    counts = ", ".join(f"{len(there.sections.get(s, {}))} {s}" for s in there.sections)
    text = f"The published interface means the same as {file}: {counts}."
    return Part(label, Status.PASS, text, at, observed=seen)


def _source_note(one: ProgramProvenance) -> str:
    """Where the checkout's interface and its own source name other instructions; a note only."""
    told = []
    for row in one.repository:
        for source in one.source:
            if not isinstance(row.interface, Found) or not isinstance(source.names, Found):
                continue
            if source.names.value is None:
                continue
            declared = set(source.names.value)
            listed = set(row.interface.value.sections.get("instructions", {}))
            only = [
                f"{len(names)} only in {file} ({_few(sorted(names))})"
                for names, file in ((declared - listed, source.file), (listed - declared, row.file))
                if names
            ]
            if only:
                told.append(
                    f" Note: {source.file} declares {len(declared)} instructions, {row.file} "
                    f"lists {len(listed)}: {'; '.join(only)}."
                )
    return "".join(told)


def _few(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def rc_14(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """The executable that runs carries one security.txt block among the bytes that are loaded, or
    where its section .security.txt leads. It parses strictly: both marks, name, project_url,
    contacts and policy present and not blank, no key twice and none unknown; where it states an
    expiry, the day has not passed when the chain was read. A block with a fault, outside what is
    loaded, or beside a second one counts as no contact and fails; no block at all is MISSING."""
    return judgement(
        (_contact(program, facts) for program in facts.programs),
        good="Every executable carries a security contact.",
        nothing="There is no program in scope.",
    )


def _contact(program: ProgramRelease, facts: ReleaseFacts) -> Part:
    label = program.name
    one = facts.provenance.programs.get(program.id)
    if one is None:
        return _missing(program)[0]
    if not isinstance(one.contact, Found):
        text = f"There is no executable: {program.id} or its ProgramData is absent."
        return unread(label, one.contact, absent=Status.FAIL, absent_summary=text)
    running = _running(program, facts, "Whether this is the executable that runs")
    if isinstance(running, Part):
        return running
    said, at = one.contact.value, joined(one.contact.at, running.at)
    if said.sha256 != running.value:
        text = "The executable that was searched is not the one that was hashed."
        return Part(label, Status.UNKNOWN, text, at)
    if said.fault:
        text = f"What the executable carries counts as no contact: {said.fault}."
        return Part(label, Status.FAIL, text, at, observed=said.fields or None)
    if said.fields is None:
        text = "The executable carries no security.txt."
        return Part(label, Status.MISSING, text, at)
    absent = [n for n in ("name", "project_url", "contacts", "policy") if not said.fields.get(n)]
    if absent:
        text = f"The security.txt lacks {', '.join(absent)}."
        return Part(label, Status.FAIL, text, at, observed=said.fields)
    return _in_date(label, said.fields, at)


def _in_date(label: str, fields: dict[str, str], at: ReadAt) -> Part:
    if "expiry" in fields:
        try:
            ends = date.fromisoformat(fields["expiry"].strip())
        except ValueError:
            text = "The security.txt states an expiry that is no date (YYYY-MM-DD)."
            return Part(label, Status.FAIL, text, at, observed=fields)
        if at.asked_at is None:
            text = "The security.txt expires, and it is not known when it was read."
            return Part(label, Status.UNKNOWN, text, at, observed=fields)
        if ends < date.fromisoformat(at.asked_at[:10]):
            text = f"The security.txt expired on {ends.isoformat()}."
            return Part(label, Status.STALE, text, at, observed=fields)
    text = "The executable carries a security.txt with name, project, contacts and policy."
    return Part(label, Status.PASS, text, at, observed=fields)


def rc_15(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """A build of the release commit that the auditor made and gave to the run has the hash of the
    executable that runs, trailing zeros cut from both, and the current release records name the
    one full commit that it is a build of; that commit is in the checkout's history, or it fails.
    Without such a build, or without such a commit, nobody has shown that the source is what runs:
    the control is UNKNOWN, whatever records say, and so is a file with the account's padding, as a
    dump of the chain has. The kit builds nothing itself and did not see the build being made."""
    return judgement(
        (_built(program, facts) for program in facts.programs),
        good="The auditor's build of every program is what runs.",
        nothing="There is no program in scope.",
    )


def _built(program: ProgramRelease, facts: ReleaseFacts) -> Part:
    label = program.name
    one = facts.provenance.programs.get(program.id)
    if one is None:
        return _missing(program)[0]
    running = _running(program, facts, "What runs")
    if isinstance(running, Part):
        return running
    if not isinstance(one.build, Found):
        text = f"No build of {label} by the auditor was given."
        part = unread(label, one.build, absent=Status.UNKNOWN, absent_summary=text)
        return Part(label, part.status, part.summary, joined(running.at, part.at),
                    observed=running.value)  # fmt: skip
    built, at = one.build.value, joined(running.at, one.build.at)
    if built.sha256 != running.value:
        text = (
            f"What runs is not the auditor's build: the executable has SHA-256 {running.value}, "
            f"the build {built.sha256}."
        )
        return Part(label, Status.FAIL, text, at, observed=running.value, expected=built.sha256)
    release = release_commit(program, facts.cluster)
    at = joined(at, release.at, *(part.at for part in release.why))
    if release.commit is None:
        text = (
            "It is not known which source the auditor's build is of: "
            f"{release.why[0].summary}"
        )
        return Part(label, Status.UNKNOWN, text, at, observed=running.value, expected=built.sha256)
    code = facts.authority.executables.get(program.id)
    spare = built.size - built.length
    if isinstance(code, Found) and built.size == code.value.capacity and spare >= _DUMPED:
        text = (
            f"The given file ends with {spare} zero bytes and has exactly the size of the account: "
            "so looks a dump of the chain, and not a build."
        )
        return Part(label, Status.UNKNOWN, text, at, observed=running.value, expected=built.sha256)
    records = facts.records.of(program.name)
    known = not_looked_for(release.commit) if records is None else records.known(release.commit)
    at = joined(at, known.at)
    if not isinstance(known, Found):
        text = f"The history has no commit {release.commit}, of which the build is said to be."
        part = unread(label, known, absent=Status.FAIL, absent_summary=text)
        return replace(part, at=at, observed=running.value, expected=built.sha256)
    if known.value.commit != release.commit:
        text = (
            f"The records name {release.commit}, which is no commit: it stands for "
            f"{known.value.commit}."
        )
        return Part(label, Status.FAIL, text, at, observed=running.value, expected=built.sha256)
    text = (
        f"The auditor's build has the SHA-256 of the executable that runs, {running.value}; the "
        f"records name the commit {release.commit}, which the checkout has. The kit did not see "
        "the build being made."
    )
    return Part(label, Status.PASS, text, at, observed=running.value, expected=built.sha256)


def _running(program: ProgramRelease, facts: ReleaseFacts, what: str) -> Found[str] | Part:
    """The hash of the executable that runs, or the part that says why it is not known."""
    code = facts.authority.executables.get(program.id)
    if code is None:
        return Part(program.name, Status.UNKNOWN, f"{what} was not asked for.")
    if not isinstance(code, Found):
        text = f"There is no executable: {program.id} or its ProgramData is absent."
        return unread(program.name, code, absent=Status.FAIL, absent_summary=text)
    if facts.authority.moving:
        text = f"Moving: {facts.authority.moving[0]}; run the audit again."
        return Part(program.name, Status.UNKNOWN, text, code.at)
    return Found(code.value.sha256, code.at)


CHECKS: dict[str, Callable[[ReleaseFacts, Limits], Judgement]] = {
    "RC-12": rc_12,
    "RC-13": rc_13,
    "RC-14": rc_14,
    "RC-15": rc_15,
}
