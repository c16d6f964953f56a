"""RC-06: somebody outside the team followed the guide, and left transactions that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privatedao_audit.domains.release.records.facts import Invocation, Verification
from privatedao_audit.domains.release.records.said import (
    Seen,
    day_or_moment,
    read_time,
    release_commit,
    same_as_release,
    stated,
    utc,
)
from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Found, Read
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts


def followed(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    """The parts of RC-06 for one program."""
    records = facts.records.of(program.name)
    mine = records.verifications if records else ()
    if not mine:
        text = f"The target maps no record of an independent verification of {program.name}."
        return [Part(program.name, Status.UNKNOWN, text)]
    parts: list[Part] = []
    for number, one in enumerate(mine):
        label = f"{program.name}: {one.surface.file}" + (f" #{number + 1}" if number else "")
        parts.append(_told(label, one, program, facts))
        if isinstance(one.said, Found):
            parts += _transactions(label, one, program, facts)
    return parts


def _told(label: str, one: Verification, program: ProgramRelease, facts: ReleaseFacts) -> Part:
    """Who, when and by which steps, as the record says."""
    file, seen = one.surface.file, Seen(label)
    if not seen.read(one.said, absent=Status.MISSING,
                     absent_summary=f"The checkout has no file {file}."):  # fmt: skip
        return seen.part("")
    assert isinstance(one.said, Found)
    said = one.said.value
    lacking = [
        name for name in ("verifier", "date", "guide", "cluster") if stated(said, name) is None
    ]
    lacking += [name for name in ("steps", "signatures") if not said.values.get(name)]
    if lacking:
        seen.add(Status.MISSING, f"{file} does not state {', '.join(lacking)}.")
    if one.guide is not None:
        guide = stated(said, "guide")
        if seen.read(one.guide, absent=Status.MISSING,
                     absent_summary=f"The guide {guide} is not in the checkout."):  # fmt: skip
            assert isinstance(one.guide, Found)
            if one.guide.value.length == 0:
                seen.add(Status.MISSING, f"The guide {guide} is empty.")
    release = release_commit(program, facts.cluster)
    same_as_release(seen, said.values.get("commit", ()), release, file)
    _date(seen, stated(said, "date"), program, facts)
    steps = said.values.get("steps", ())
    who = (stated(said, "verifier") or "")[:100]
    tells = f"{who} followed the guide in {len(steps)} steps, as {file} says."
    return seen.part(tells, observed={"verifier": who, "steps": len(steps)})


def _date(seen: Seen, text: str | None, program: ProgramRelease, facts: ReleaseFacts) -> None:
    if text is None:
        return
    span = day_or_moment(text)
    if span is None:
        seen.add(Status.FAIL, f"Its date is {text[:60]!a}, which is no RFC 3339 time or day.")
        return
    now = read_time(seen.places[0])
    if now is not None and span[0] > now:
        seen.add(Status.FAIL, f"It is dated {text}, after the time it was read.")
    made = _committed(program, facts)
    if made is None:
        seen.add(Status.UNKNOWN, "When the release commit was made is not known: see RC-01.")
    elif span[1] < made:
        told = f"It is dated {text}, before the release commit was made ({utc(made)})."
        seen.add(Status.FAIL, told)


def _committed(program: ProgramRelease, facts: ReleaseFacts) -> int | None:
    """When the release commit was made, in Unix seconds; None where that is not known."""
    commit = release_commit(program, facts.cluster).commit
    records = facts.records.of(program.name)
    for freeze in records.freezes if records else ():
        if freeze.commit == commit and isinstance(freeze.known, Found):
            return freeze.known.value.committer_time
    return None


def _transactions(
    label: str, one: Verification, program: ProgramRelease, facts: ReleaseFacts
) -> list[Part]:
    assert isinstance(one.said, Found)
    values, at = one.said.value.values, one.said.at
    signatures = values.get("signatures", ())
    other = [c for c in values.get("cluster", ()) if not same_cluster(c, facts.cluster)]
    if other and signatures:
        text = (
            f"{one.surface.file} names the cluster {other[0][:60]}, which this run does not read: "
            f"its {len(signatures)} signatures are not looked up."
        )
        return [Part(f"{label} signatures", Status.UNKNOWN, text, at)]
    parts = []
    for number, signature in enumerate(signatures, 1):
        seen = Seen(f"{label} signature {number}", [at])
        read = one.transactions.get(signature)
        if read is None:
            seen.add(Status.FAIL, f"What it gives is no transaction signature: {signature[:90]!a}.")
            parts.append(seen.part(""))
            continue
        parts.append(_transaction(seen, signature, read, program, facts))
    return parts


def _transaction(
    seen: Seen, signature: str, read: Read[Invocation], program: ProgramRelease,
    facts: ReleaseFacts,
) -> Part:  # fmt: skip
    # A transaction that no provider returns may be pruned: never "did not happen".
    if not seen.read(read, absent=Status.UNKNOWN, absent_summary="It was not returned."):
        return seen.part("")
    assert isinstance(read, Found)
    landed = read.value
    if program.id not in landed.invoked:
        if landed.inner_recorded:
            seen.add(Status.FAIL, f"{signature} does not invoke {program.id}.")
        else:
            text = f"The inner instructions of {signature} were not recorded."
            seen.add(Status.UNKNOWN, text)
    if not landed.succeeded:
        seen.add(Status.FAIL, f"{signature} landed with an error: it shows nothing done.")
    made = _committed(program, facts)
    if made is not None and landed.block_time is not None and landed.block_time < made:
        text = f"{signature} landed {utc(landed.block_time)}, before the release commit was made."
        seen.add(Status.FAIL, text)
    if not landed.signers:
        seen.add(Status.UNKNOWN, f"Who signed {signature} is not known.")
    team = {key: roles for key, roles in facts.records.team.items() if key in landed.signers}
    for key, roles in team.items():
        text = f"{signature} is signed by {key}, registered as {', '.join(roles)}: not independent."
        seen.add(Status.FAIL, text)
    return seen.part(
        f"{signature} succeeded and invokes {program.id}.",
        observed={"signers": list(landed.signers), "invoked": list(landed.invoked)},
    )
