"""The checks of release control: pure functions of facts. Each docstring is the rule in words."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.chain.programs import LOADER_V4
from privatedao_audit.domains.authority.facts import ProgramPointer
from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts, SourceOf
from privatedao_audit.domains.release.provenance import checks as provenance
from privatedao_audit.domains.release.records import checks as records
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status


def rc_02(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """The SHA-256 of the executable in ProgramData, trailing zeros cut, equals the hash in every
    current release record of each program. Without a record there is nothing to equal, and a
    record that speaks of another cluster fails."""
    return judgement(
        (_artifact(program, facts) for program in facts.programs),
        good="The executable of every program in scope has the recorded hash.",
        nothing="There is no program in scope.",
    )


def _artifact(program: ProgramRelease, facts: ReleaseFacts) -> Part:
    code = facts.authority.executables.get(program.id)
    if code is None:
        return Part(program.name, Status.UNKNOWN, "The executable was not asked for.")
    if not isinstance(code, Found):
        return unread(
            program.name, code, absent=Status.FAIL,
            absent_summary=f"There is no executable: {program.id} or its ProgramData is absent.",
        )  # fmt: skip
    running = code.value.sha256
    if facts.authority.moving:
        return _moving(program.name, facts, code.at)
    recorded, trouble = _stated(program, facts, "artifact_sha256")
    if trouble is not None:
        return Part(program.name, trouble.status, trouble.summary, joined(code.at, trouble.at),
                    observed=running)  # fmt: skip
    hashes = {one.value.lower(): one.at for one in recorded}
    at = joined(code.at, *hashes.values())
    if len(hashes) > 1:
        return Part(
            program.name, Status.FAIL,
            f"The current records give {len(hashes)} different hashes for {program.name}: "
            f"{_by_file(recorded)}.",
            at, observed=running, expected=sorted(hashes),
        )  # fmt: skip
    (expected,) = hashes
    if len(expected) != 64 or any(c not in "0123456789abcdef" for c in expected):
        return Part(
            program.name, Status.FAIL, "What the record gives is not a SHA-256.",
            at, observed=running, expected=expected,
        )  # fmt: skip
    if expected != running:
        return Part(
            program.name, Status.FAIL,
            f"What runs is not what was recorded: the executable has SHA-256 {running}, the "
            f"record says {expected}.",
            at, observed=running, expected=expected,
        )  # fmt: skip
    return Part(
        program.name, Status.PASS, f"The executable has the recorded SHA-256 {running}.",
        at, observed=running, expected=expected,
    )  # fmt: skip


def rc_08(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """All current surfaces for this cluster (record, source declaration, Anchor.toml, IDL) name
    one program id, it is the one in scope, and on chain it is executable and owned by a loader
    that knows it. Archived surfaces do not count."""
    parts: list[Part] = []
    for program in facts.programs:
        parts.append(_on_chain(program, facts))
        parts += _declared(program, facts)
    return judgement(
        parts,
        good="Every current surface names the program that is executable on this cluster.",
        nothing="There is no program in scope.",
    )


def _on_chain(program: ProgramRelease, facts: ReleaseFacts) -> Part:
    label = f"{program.name} on chain"
    read = facts.authority.accounts.get(program.id)
    if read is None:
        return Part(label, Status.UNKNOWN, "The program account was not asked for.")
    if not isinstance(read, Found):
        return unread(
            label, read, absent=Status.FAIL,
            absent_summary=f"{program.id} does not exist on this cluster.",
        )  # fmt: skip
    state = read.value
    seen = {"owner": state.owner, "executable": state.executable}
    if state.owner == LOADER_V4:
        text = f"{program.id} lies under loader v4, which this kit recognises and does not read."
        return Part(label, Status.UNKNOWN, text, read.at, observed=seen)
    pointer = isinstance(state.content, ProgramPointer)
    if not (pointer and state.executable):
        return Part(
            label, Status.FAIL,
            f"{program.id} is not an executable program of the upgradeable loader: its owner is "
            f"{state.owner}, executable is {str(state.executable).lower()}.",
            read.at, observed=seen,
        )  # fmt: skip
    if state.content.programdata != program.programdata:
        return Part(
            label, Status.FAIL, f"{program.id} points to a ProgramData that is not its own.",
            read.at, observed=state.content.programdata, expected=program.programdata,
        )  # fmt: skip
    code = facts.authority.executables.get(program.id)
    if not isinstance(code, Found):
        if code is None:
            return Part(label, Status.UNKNOWN, "Its ProgramData was not asked for.", read.at)
        return unread(
            label, code, absent=Status.FAIL,
            absent_summary=f"{program.id} is closed: its ProgramData does not exist.",
        )  # fmt: skip
    if facts.authority.moving:
        return _moving(label, facts, read.at)
    return Part(
        label, Status.PASS, f"{program.id} is executable under the upgradeable loader.",
        joined(read.at, code.at), observed=seen,
    )  # fmt: skip


def _declared(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    sources = program.saying("program_id", facts.cluster)
    if not sources:
        text = f"The target maps no current surface that names the id of {program.name}."
        return [Part(f"{program.name} surfaces", Status.UNKNOWN, text)]
    return [_declares(source, program, facts.cluster) for source in sources]


def _declares(source: SourceOf, program: ProgramRelease, cluster: str) -> Part:
    label = f"{program.name} in {source.surface.file}"
    if not isinstance(source.said, Found):
        return unread(
            label, source.said, absent=Status.MISSING,
            absent_summary=f"The checkout has no file {source.surface.file}.",
        )  # fmt: skip
    values = source.said.value.values.get("program_id", ())
    at = source.said.at
    stranger = _of_another_cluster(label, source, cluster)
    if stranger is not None:
        return stranger
    if not values:
        text = f"{source.surface.file} does not name a program id for this cluster."
        return Part(label, Status.MISSING, text, at, expected=program.id)
    wrong = [value for value in values if value != program.id]
    if wrong:
        return Part(
            label, Status.FAIL,
            f"{source.surface.file}, a current surface, names {', '.join(wrong)} and not the "
            f"program in scope, {program.id}.",
            at, observed=list(values), expected=program.id,
        )  # fmt: skip
    stated = source.said.value.values.get("programdata", ())
    if any(value != program.programdata for value in stated):
        return Part(
            label, Status.FAIL,
            f"{source.surface.file} names the ProgramData {', '.join(stated)}; that of "
            f"{program.id} is {program.programdata}.",
            at, observed=list(stated), expected=program.programdata,
        )  # fmt: skip
    text = f"{source.surface.file} names {program.id}."
    return Part(label, Status.PASS, text, at, observed=list(values), expected=program.id)


def rc_09(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """The recorded deployment transaction exists on this cluster, succeeded, and is the last
    deploy or upgrade of this ProgramData; the slot in ProgramData is that of the last loader
    transaction found. Extends, which anyone may send, are listed and change nothing, but an
    upgrade could hide before one of them: then the history has to be complete."""
    return judgement(
        (_deployment(program, facts) for program in facts.programs),
        good="The recorded deployment of every program is the last change of its code.",
        nothing="There is no program in scope.",
    )


def _deployment(program: ProgramRelease, facts: ReleaseFacts) -> Part:
    label = program.name
    recorded, trouble = _stated(program, facts, "deployment_signature")
    if trouble is not None:
        return Part(label, trouble.status, trouble.summary, trouble.at)
    signatures = {one.value: one.at for one in recorded}
    said = joined(*signatures.values())
    if len(signatures) > 1:
        return Part(
            label, Status.FAIL,
            f"The current records name {len(signatures)} different deployment transactions: "
            f"{_by_file(recorded)}.",
            said, observed=sorted(signatures),
        )  # fmt: skip
    (signature,) = signatures
    read = program.recorded.get(signature)
    if read is None:
        text = f"What the record gives is not a transaction signature: {signature[:100]!r}."
        return Part(label, Status.FAIL, text, said, observed=signature)
    if not isinstance(read, Found):
        # A transaction that no provider returns may be pruned: never "did not happen".
        return unread(label, read, absent=Status.UNKNOWN, absent_summary="It was not returned.")
    transaction, at = read.value, joined(said, read.at)
    here = [e for e in transaction.events if e.programdata == program.programdata]
    changes = [e for e in here if e.action in ("DeployWithMaxDataLen", "Upgrade")]
    if not transaction.succeeded:
        return Part(label, Status.FAIL, f"The recorded transaction {signature} failed.", at,
                    observed=signature)  # fmt: skip
    if not changes:
        text = f"{signature} neither deploys nor upgrades {program.id}."
        return Part(label, Status.FAIL, text, at, observed=signature)
    return _last_change(program, facts, signature, at)


def _last_change(program: ProgramRelease, facts: ReleaseFacts, signature: str, at: ReadAt) -> Part:
    """The recorded deployment against the history and the slot in ProgramData."""
    label = program.name
    code = facts.authority.executables.get(program.id)
    if not isinstance(code, Found):
        return Part(label, Status.UNKNOWN, "The slot in ProgramData could not be read.", at)
    if facts.authority.moving:
        return _moving(label, facts, at)
    if not isinstance(program.history, Found):
        return unread(label, program.history, absent=Status.UNKNOWN,
                      absent_summary="The history of ProgramData is not there.")  # fmt: skip
    history, at = program.history.value, joined(at, code.at, program.history.at)
    changes = [e for e in history.code_changes if e.programdata == program.programdata]
    slots = [e for e in history.slot_changes if e.programdata == program.programdata]
    later = _after(signature, [e.signature for e in changes])
    seen = {
        "deployment": signature,
        "programdata_slot": code.value.slot,
        "last_code_change": changes[-1].signature if changes else None,
        "extends": [e.signature for e in slots if e.action.startswith("Extend")],
    }
    if later:
        text = (
            f"The recorded deployment {signature} is not the last: {len(later)} upgrade(s) "
            f"followed, the last one {later[-1]}."
        )
        return Part(label, Status.FAIL, text, at, observed=seen)
    if later is None or not slots:
        text = "The history that was read does not hold the recorded deployment."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    if slots[-1].slot != code.value.slot:
        text = (
            f"ProgramData says slot {code.value.slot}, the last loader transaction found is at "
            f"slot {slots[-1].slot}: the history that was read is not all of it."
        )
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    if slots[-1].signature != signature and not history.complete:
        text = f"An extend followed, and what lies before it is not known: {history.gap}."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    text = (
        f"The recorded deployment {signature} succeeded and is the last change of the code; "
        f"ProgramData's slot {code.value.slot} is that of the last loader transaction."
    )
    return Part(label, Status.PASS, text, at, observed=seen)


def _after(signature: str, ordered: list[str]) -> list[str] | None:
    """What follows a signature in a list, oldest first; None when the list lacks it."""
    if signature not in ordered:
        return None
    return ordered[ordered.index(signature) + 1 :]


def _moving(label: str, facts: ReleaseFacts, at: ReadAt) -> Part:
    text = f"Moving: {facts.authority.moving[0]}; run the audit again."
    return Part(label, Status.UNKNOWN, text, at)


@dataclass(frozen=True, slots=True)
class Stated:
    """A value that a record of the checkout states, and where."""

    value: str
    at: ReadAt
    file: str


def _by_file(recorded: list[Stated]) -> str:
    return "; ".join(f"{one.file} says {one.value[:100]}" for one in recorded)


def _stated(
    program: ProgramRelease, facts: ReleaseFacts, field: str
) -> tuple[list[Stated], Part | None]:
    """The values of a field over the current records, or the part that says why there is none.

    A record that can't be read makes the whole UNKNOWN even when another one speaks: it might
    contradict.
    """
    label, words = program.name, field.replace("_", " ")
    sources = program.saying(field, facts.cluster)
    if not sources:
        # Other surfaces are no places where it would stand: a mapping may merely be missing.
        read = [s.said for s in program.surfaces
                if s.surface.part == "release-record" and isinstance(s.said, Found)]
        text = f"No release record of {label} with {_article(words)} is mapped in the target."
        if not read:
            return [], Part(label, Status.UNKNOWN, text)
        return [], Part(label, Status.MISSING, text, joined(*(said.at for said in read)))
    values: list[Stated] = []
    for source in sources:
        if not isinstance(source.said, Found):
            return [], unread(
                label, source.said, absent=Status.MISSING,
                absent_summary=f"The checkout has no file {source.surface.file}.",
            )  # fmt: skip
        at = source.said.at
        stranger = _of_another_cluster(label, source, facts.cluster)
        if stranger is not None:
            return [], stranger
        given = source.said.value.values.get(field, ())
        if not given:
            text = f"{source.surface.file} does not state {_article(words)} of {label}."
            return [], Part(label, Status.MISSING, text, at)
        values += [Stated(value, at, source.surface.file) for value in given]
    return values, None


def _of_another_cluster(label: str, source: SourceOf, cluster: str) -> Part | None:
    """The part for a document that says itself that it speaks of another cluster."""
    if not isinstance(source.said, Found):
        return None
    said = source.said.value.values.get("cluster", ())
    other = [value for value in said if not same_cluster(value, cluster)]
    if not other:
        return None
    text = f"{source.surface.file} speaks of the cluster {other[0]}, the target of {cluster}."
    return Part(label, Status.FAIL, text, source.said.at, observed=other, expected=cluster)


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


CHECKS = {"RC-02": rc_02, "RC-08": rc_08, "RC-09": rc_09, **records.CHECKS, **provenance.CHECKS}
