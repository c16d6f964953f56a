"""RC-11: committed, then built, then deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privatedao_audit.domains.release.records.said import (
    Seen,
    moment,
    of_cluster,
    read_time,
    release_commit,
    utc,
)
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts


def built(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    """The parts of RC-11 for one program."""
    sources = [
        (s.surface.file, s.said, "built_at") for s in program.saying("built_at", facts.cluster)
    ]
    records = facts.records.of(program.name)
    sources += [
        (one.surface.file, one.said, "finished_at")
        for one in (records.commands if records else ())
        if one.kind == "build" and "finished_at" in one.surface.fields
    ]
    if not sources:
        read = [s.said.at for s in program.surfaces
                if s.surface.part == "release-record" and isinstance(s.said, Found)]  # fmt: skip
        text = f"No record of {program.name} is mapped to say when it was built."
        owed = Part(program.name, Status.UNKNOWN, text)
        if read:
            owed = Part(program.name, Status.MISSING, text, read[0])
        return [owed]
    parts = []
    labels: dict[str, int] = {}
    for file, said, name in sources:
        label = f"{program.name}: {name} in {file}"
        labels[label] = labels.get(label, 0) + 1
        seen = Seen(label if labels[label] == 1 else f"{label} #{labels[label]}")
        if not seen.read(said, absent=Status.MISSING,
                         absent_summary=f"The checkout has no file {file}."):  # fmt: skip
            parts.append(seen.part(""))
            continue
        assert isinstance(said, Found)
        of_cluster(seen, file, said.value, facts.cluster)
        given = said.value.values.get(name, ())
        if not given:
            seen.add(Status.MISSING, f"{file} does not say when it was built.")
        if len(given) > 1:
            seen.add(Status.FAIL, f"{file} gives {len(given)} build times.")
        for text in given[:1]:
            _order(seen, file, text, program, facts)
        parts.append(
            seen.part("The build follows its commit and precedes the deployment.",
                      observed=list(given))
        )  # fmt: skip
    return parts


def _order(seen: Seen, file: str, text: str, program: ProgramRelease, facts: ReleaseFacts) -> None:
    at = moment(text)
    if at is None:
        told = f"{file} says {text[:60]!a}, which is no RFC 3339 time with its offset from UTC."
        seen.add(Status.FAIL, told)
        return
    now = read_time(seen.places[0])
    if now is None:
        seen.add(Status.UNKNOWN, "When the record was read is not known.")
    elif at > now:
        seen.add(Status.FAIL, f"The build time {utc(at)} lies after the time it was read.")
    _after_commit(seen, at, program, facts)
    _before_deployment(seen, at, program, facts)


def _after_commit(seen: Seen, at: int, program: ProgramRelease, facts: ReleaseFacts) -> None:
    release = release_commit(program, facts.cluster)
    records = facts.records.of(program.name)
    known = next(
        (f.known for f in (records.freezes if records else ()) if f.commit == release.commit), None
    )
    if release.commit is None or known is None:
        seen.add(Status.UNKNOWN, "The release commit is not settled: see RC-01.")
        return
    if not seen.read(known, absent=Status.FAIL,
                     absent_summary=f"The history has no commit {release.commit}."):  # fmt: skip
        return
    assert isinstance(known, Found)
    made = known.value.committer_time
    if at < made:
        text = f"It was built {utc(at)}, before its commit was made ({utc(made)})."
        seen.add(Status.FAIL, text)


def _before_deployment(seen: Seen, at: int, program: ProgramRelease, facts: ReleaseFacts) -> None:
    sources = program.saying("deployment_signature", facts.cluster)
    for source in sources:
        if not isinstance(source.said, Found):
            text = f"{source.surface.file} may name a deployment, and could not be read: see RC-09."
            seen.add(Status.UNKNOWN, text)
            return
    named = {
        value
        for source in sources
        if isinstance(source.said, Found)
        for value in source.said.value.values.get("deployment_signature", ())
    }
    if len(named) != 1:
        text = f"The records name {len(named)} deployment transactions: see RC-09."
        seen.add(Status.UNKNOWN, text)
        return
    (signature,) = named
    read = program.recorded.get(signature)
    if read is None:
        seen.add(Status.UNKNOWN, "The recorded deployment is no transaction: see RC-09.")
        return
    if not seen.read(read, absent=Status.UNKNOWN,
                     absent_summary="The recorded deployment was not returned."):  # fmt: skip
        return
    assert isinstance(read, Found)
    if not read.value.succeeded:
        seen.add(Status.UNKNOWN, "The recorded deployment failed, so nothing was deployed by it.")
    elif not any(
        e.programdata == program.programdata and e.action in ("DeployWithMaxDataLen", "Upgrade")
        for e in read.value.events
    ):
        text = f"{signature} neither deploys nor upgrades {program.id}: see RC-09."
        seen.add(Status.UNKNOWN, text)
    elif read.value.block_time is None:
        seen.add(Status.UNKNOWN, "The node kept no time of the deployment's block.")
    elif at > read.value.block_time:
        text = f"It was built {utc(at)}, after the deployment ({utc(read.value.block_time)})."
        seen.add(Status.FAIL, text)
