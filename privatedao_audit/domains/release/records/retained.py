"""RC-07: what the deployment's lists and records name is there, with the content they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privatedao_audit.domains.release.records.facts import (
    CommandRecord,
    Digest,
    ListedFiles,
    ProgramRecords,
)
from privatedao_audit.domains.release.records.said import (
    SHOWN,
    ReleaseCommit,
    Seen,
    named_some,
    release_commit,
    stated,
)
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read
from privatedao_audit.model.status import Status
from privatedao_audit.repository.hashlists import HashList, Listed, aggregate_of

#: What the name of a log looks like.
_LOG = re.compile(r"\.log$|(?:^|[/_.-])logs?[/_.-]", re.IGNORECASE)

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts


def retained(program: ProgramRelease, facts: ReleaseFacts) -> list[Part]:
    """The parts of RC-07 for one program."""
    records = facts.records.of(program.name)
    if records is None or not (records.lists or any(_logs_of(r) for r in records.commands)):
        text = f"The target maps no list of files and no record with a log of {program.name}."
        return [Part(program.name, Status.UNKNOWN, text)]
    release = release_commit(program, facts.cluster)
    labels: dict[str, int] = {}

    def label(text: str) -> str:
        labels[text] = labels.get(text, 0) + 1
        return text if labels[text] == 1 else f"{text} #{labels[text]}"

    return [
        *(_listed(label(f"{program.name}: {one.surface.file}"), one, release)
          for one in records.lists),
        *(_log(label(f"{program.name}: log {_log_of(one)}"), one)
          for one in records.commands if _log_of(one)),
        *(_several(label(f"{program.name}: logs of {one.surface.file}"), one)
          for one in records.commands if len(_logs_of(one)) > 1),
        *(_unread(label(f"{program.name}: {one.surface.file}"), one)
          for one in records.commands if not isinstance(one.said, Found)),
        *_lacking(program, records),
    ]  # fmt: skip


def _lacking(program: ProgramRelease, records: ProgramRecords) -> list[Part]:
    """What has to be among the retained, whatever else lists name."""
    parts = []
    listed = [
        row.path
        for one in records.lists
        if isinstance(one.read, Found)
        for row in one.read.value.files
    ]
    logs = [path for path in listed if _LOG.search(path)]
    if not logs and not records.logs and not any(_logs_of(one) for one in records.commands):
        text = "No record and no list names a log, so nothing shows that one is retained."
        parts.append(Part(f"{program.name}: logs", Status.UNKNOWN, text))
    sources = [s for s in program.surfaces if s.surface.part == "release-record"]
    if not any(isinstance(s.said, Found) and s.surface.state == "current" for s in sources):
        text = f"No current release record of {program.name} was read: its metadata is not there."
        parts.append(Part(f"{program.name}: metadata", Status.UNKNOWN, text))
    return parts


def _unread(label: str, record: CommandRecord) -> Part:
    """A record that can't be read may name a log."""
    file = record.surface.file
    absent = f"The checkout has no file {file}."
    return unread(label, record.said, absent=Status.MISSING, absent_summary=absent)


def _log_of(record: CommandRecord) -> str | None:
    return stated(record.said.value, "log") if isinstance(record.said, Found) else None


def _logs_of(record: CommandRecord) -> tuple[str, ...]:
    return record.said.value.values.get("log", ()) if isinstance(record.said, Found) else ()


def _several(label: str, record: CommandRecord) -> Part:
    """A record of one command that names several logs, none of which is read."""
    file, logs = record.surface.file, _logs_of(record)
    text = f"{file} names {len(logs)} logs for one command, so which one it retains is not known."
    return Part(label, Status.UNKNOWN, text, record.said.at, observed=list(logs[:SHOWN]))


def _log(label: str, record: CommandRecord) -> Part:
    """A log that a record names: there, and the one that it names."""
    seen = Seen(label, [record.said.at])
    path = _log_of(record)
    if record.log is None:
        seen.add(Status.UNKNOWN, f"The log {path} was not read.")
        return seen.part("")
    if not seen.read(record.log, absent=Status.MISSING,
                     absent_summary=f"The log {path} is not in the checkout."):  # fmt: skip
        return seen.part("")
    assert isinstance(record.log, Found) and isinstance(record.said, Found)
    actual, given = record.log.value.digest.sha256, stated(record.said.value, "log_sha256")
    if given is None:
        text = f"The log {path} is there, and its record gives no SHA-256 of it."
        seen.add(Status.ATTESTED, text)
    elif given.lower() != actual:
        text = f"The log {path} has SHA-256 {actual}, its record says {given[:64]}."
        seen.add(Status.FAIL, text)
    return seen.part(f"The log {path} is retained with the recorded SHA-256.", observed=actual)


@dataclass(slots=True)
class _Sorted:
    """The files of a list by what became of them; texts name the file."""

    good: int = 0
    kept_later: int = 0
    differ: list[str] = field(default_factory=list)
    differ_but_now: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unread: list[tuple[str, Status]] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    changed_since: list[str] = field(default_factory=list)


def _listed(label: str, one: ListedFiles, release: ReleaseCommit) -> Part:
    file, seen = one.surface.file, Seen(label)
    if not seen.read(one.read, absent=Status.MISSING,
                     absent_summary=f"The checkout has no file {file}."):  # fmt: skip
        return seen.part("")
    assert isinstance(one.read, Found)
    given = one.read.value
    if not given.files:
        seen.add(Status.UNKNOWN, f"{file} lists no file, so it shows nothing.")
        return seen.part("")
    seen.places += [read.at for read in (*one.now.values(), *one.released.values())]
    of_release = one.surface.part == "hash-list"
    if of_release and release.commit is None:
        # The working tree may have moved on since the list was made, with every right.
        text = f"The release commit is not settled (see RC-01), so {file} has nothing to equal."
        seen.add(Status.UNKNOWN, text)
        _aggregate(seen, file, given)
        return seen.part("")
    judge = _against_release if of_release else _against_now
    sorted_ = _Sorted()
    for row in given.files:
        _sort(row, one, sorted_, judge)
    _tell(seen, file, len(given.files), sorted_, release.commit if of_release else None)
    _aggregate(seen, file, given)
    later = f", {sorted_.kept_later} of them retained after it" if sorted_.kept_later else ""
    where = f"at the release commit{later}" if judge is _against_release else "in the working tree"
    moved = f" {len(sorted_.changed_since)} have changed since." if sorted_.changed_since else ""
    tells = f"All {len(given.files)} files of {file} have the listed content {where}.{moved}"
    return seen.part(tells, observed=_observed(len(given.files), sorted_))


def _observed(listed: int, found: _Sorted) -> dict[str, object]:
    names = {
        "differ": found.differ + found.differ_but_now, "gone": found.gone,
        "not_read": [path for path, _ in found.unread], "without_hash": found.bare,
        "malformed": found.malformed,
    }  # fmt: skip
    shown = {name: {"count": len(v), "first": v[:SHOWN]} for name, v in names.items() if v}
    return {"listed": listed, "agree": found.good, **shown}


def _sort(
    row: Listed, one: ListedFiles, found: _Sorted,
    judge: Callable[[Listed, ListedFiles, _Sorted], None],
) -> None:  # fmt: skip
    if row.malformed:
        found.malformed.append(row.path)
    else:
        judge(row, one, found)


def _agrees(row: Listed, there: Digest) -> bool:
    same = row.sha256 is None or row.sha256 == there.sha256
    return same and row.length in (None, there.length)


def _against_release(row: Listed, one: ListedFiles, found: _Sorted) -> None:
    """Content at the release commit; in the working tree for what that commit does not have."""
    released, now = one.released.get(row.path), one.now.get(row.path)
    if isinstance(released, ProvenAbsent):
        before = found.good
        _against_now(row, one, found)
        found.kept_later += found.good - before
        return
    if released is None or not isinstance(released, Found):
        found.unread.append((row.path, _why(released)))
        return
    fits_now = isinstance(now, Found) and _agrees(row, now.value)
    if not _agrees(row, released.value):
        (found.differ_but_now if fits_now else found.differ).append(row.path)
    elif row.sha256 is None:
        found.bare.append(row.path)
    else:
        found.good += 1
        if not fits_now:
            found.changed_since.append(row.path)


def _against_now(row: Listed, one: ListedFiles, found: _Sorted) -> None:
    """Content in the working tree."""
    now = one.now.get(row.path)
    if isinstance(now, ProvenAbsent):
        found.gone.append(row.path)
    elif now is None or not isinstance(now, Found):
        found.unread.append((row.path, _why(now)))
    elif now.value.length == 0:
        # Its hash may well be right: that of nothing.
        found.gone.append(f"{row.path} (empty)")
    elif not _agrees(row, now.value):
        found.differ.append(row.path)
    elif row.sha256 is None:
        found.bare.append(row.path)
    else:
        found.good += 1


def _why(read: Read[Digest] | None) -> Status:
    return Status.DIVERGED if isinstance(read, Diverged) else Status.UNKNOWN


def _tell(seen: Seen, file: str, listed: int, found: _Sorted, commit: str | None) -> None:
    wrong = found.differ + found.differ_but_now
    if wrong:
        where = "at the release commit" if commit else "in the working tree"
        later = (
            f" ({len(found.differ_but_now)} of them agree with the working tree: the list was made "
            "after the release)"
            if found.differ_but_now
            else ""
        )
        text = (
            f"{len(wrong)} of {listed} files of {file} have other content {where} than "
            f"listed{later}: {named_some(wrong)}."
        )
        seen.add(Status.FAIL, text)
    if found.malformed:
        text = f"{file} gives what is no SHA-256 for {named_some(found.malformed)}."
        seen.add(Status.FAIL, text)
    if found.gone:
        text = f"{len(found.gone)} files of {file} are not retained: {named_some(found.gone)}."
        seen.add(Status.MISSING, text)
    for status in dict.fromkeys(status for _, status in found.unread):
        names = [path for path, why in found.unread if why is status]
        text = f"{len(names)} files of {file} could not be compared: {named_some(names)}."
        seen.add(status, text)
    if found.bare:
        text = f"{file} names {named_some(found.bare)} without a hash: that they are the same files"
        seen.add(Status.ATTESTED, f"{text} is its word.")


def _aggregate(seen: Seen, file: str, given: HashList) -> None:
    if given.algorithm is not None and given.algorithm.lower().replace("-", "") != "sha256":
        text = f"{file} says {given.algorithm[:40]!a}, which is not recomputed here."
        seen.add(Status.UNKNOWN, text)
    if given.aggregate is None:
        return
    computed = aggregate_of(given.files)
    if given.aggregate.lower() != computed:
        text = f"The rows of {file} add up to {computed}; it states {given.aggregate[:64]}."
        seen.add(Status.FAIL, text)
