"""The checks of release control: pure functions of facts. Each docstring is the rule in words."""

from __future__ import annotations

from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts
from privatedao_audit.domains.release.identity import rc_08
from privatedao_audit.domains.release.provenance import checks as provenance
from privatedao_audit.domains.release.records import checks as records
from privatedao_audit.domains.release.stated import by_file, moving, stated
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
        return moving(program.name, facts, code.at)
    recorded, trouble = stated(program, facts, "artifact_sha256")
    if trouble is not None:
        return Part(program.name, trouble.status, trouble.summary, joined(code.at, trouble.at),
                    observed=running)  # fmt: skip
    hashes = {one.value.lower(): one.at for one in recorded}
    at = joined(code.at, *hashes.values())
    if len(hashes) > 1:
        return Part(
            program.name, Status.FAIL,
            f"The current records give {len(hashes)} different hashes for {program.name}: "
            f"{by_file(recorded)}.",
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
    recorded, trouble = stated(program, facts, "deployment_signature")
    if trouble is not None:
        return Part(label, trouble.status, trouble.summary, trouble.at)
    signatures = {one.value: one.at for one in recorded}
    said = joined(*signatures.values())
    if len(signatures) > 1:
        return Part(
            label, Status.FAIL,
            f"The current records name {len(signatures)} different deployment transactions: "
            f"{by_file(recorded)}.",
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
        return moving(label, facts, at)
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


CHECKS = {"RC-02": rc_02, "RC-08": rc_08, "RC-09": rc_09, **records.CHECKS, **provenance.CHECKS}
