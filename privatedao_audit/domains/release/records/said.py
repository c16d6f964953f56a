"""What records of a release state: the release commit, times, and troubles added up to a part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from privatedao_audit.model.clusters import same_cluster
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, Read, ReadAt, joined
from privatedao_audit.model.status import Status, worst
from privatedao_audit.repository.surfaces import Statement

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease

FULL_ID = re.compile(r"[0-9a-f]{40}")
_SHORT_ID = re.compile(r"[0-9a-f]{4,39}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})"
)
#: Names shown of a list of files or values.
SHOWN = 10


@dataclass(slots=True)
class Seen:
    """Troubles with one thing, added up to one part: the worst decides, and all are told."""

    label: str
    places: list[ReadAt] = field(default_factory=list)
    troubles: list[tuple[Status, str]] = field(default_factory=list)

    def add(self, status: Status, sentence: str) -> None:
        """One more trouble."""
        self.troubles.append((status, sentence))

    def read(self, read: Read[object], *, absent: Status, absent_summary: str) -> bool:
        """Whether it was found; its place counts either way, and its trouble where it was not."""
        self.places.append(read.at)
        if isinstance(read, Found):
            return True
        part = unread(self.label, read, absent=absent, absent_summary=absent_summary)
        self.add(part.status, part.summary)
        return False

    def part(self, good: str, observed: object = None, expected: object = None) -> Part:
        """The part; `good` is its sentence, and PASS its status, where there was no trouble."""
        at = joined(*self.places)
        if not self.troubles:
            return Part(self.label, Status.PASS, good, at, observed, expected)
        status = worst(status for status, _ in self.troubles)
        ordered = sorted(self.troubles, key=lambda one: one[0] is not status)
        told = " ".join(dict.fromkeys(sentence for _, sentence in ordered))
        return Part(self.label, status, told, at, observed, expected)


@dataclass(frozen=True, slots=True)
class Named:
    """A commit id as one record gives it."""

    text: str
    file: str
    at: ReadAt


@dataclass(frozen=True, slots=True)
class ReleaseCommit:
    """The one commit that all current release records name.

    Attributes:
        commit: 40 lower-case digits; None where there is not one and only one.
        named: every statement.
        why: the parts that say why there is none; empty where there is one.
    """

    commit: str | None
    named: tuple[Named, ...]
    why: tuple[Part, ...]

    @property
    def at(self) -> ReadAt:
        """The records that name it."""
        return joined(*(one.at for one in self.named))


def release_commit(program: ProgramRelease, cluster: str) -> ReleaseCommit:
    """The release commit of a program, by its current release records."""
    label = f"{program.name}: release record"
    sources = [
        s for s in program.saying("release_commit", cluster) if s.surface.part == "release-record"
    ]
    if not sources:
        text = f"No release record of {program.name} with a release commit is mapped."
        read = [
            s.said.at for s in program.surfaces
            if s.surface.part == "release-record" and s.surface.state == "current"
            and isinstance(s.said, Found)
        ]  # fmt: skip
        status = Status.MISSING if read else Status.UNKNOWN
        return ReleaseCommit(None, (), (Part(label, status, text, joined(*read)),))
    named: list[Named] = []
    why: list[Part] = []
    for source in sources:
        own, file = f"{label} {source.surface.file}", source.surface.file
        if not isinstance(source.said, Found):
            absent = f"The checkout has no file {file}."
            why.append(unread(own, source.said, absent=Status.MISSING, absent_summary=absent))
            continue
        at, values = source.said.at, source.said.value.values
        other = [v for v in values.get("cluster", ()) if not same_cluster(v, cluster)]
        if other:
            text = f"{file} speaks of the cluster {other[0][:60]}, the target of {cluster}."
            why.append(Part(own, Status.FAIL, text, at, observed=other, expected=cluster))
        given = values.get("release_commit", ())
        if not given:
            text = f"{file} states no release commit."
            why.append(Part(own, Status.MISSING, text, at))
        for number, value in enumerate(given):
            named.append(Named(value, file, at))
            if not FULL_ID.fullmatch(value.lower()):
                text = f"{file} gives {not_full(value)}"
                why.append(Part(f"{own} #{number}" if number else f"{own} commit", Status.FAIL,
                                text, at, observed=value))  # fmt: skip
    different = sorted({one.text.lower() for one in named})
    if len(different) > 1:
        told = "; ".join(f"{one.file} says {one.text[:60]}" for one in named)
        text = f"The current records name {len(different)} different release commits: {told}."
        why.append(Part(f"{label}s", Status.FAIL, text, joined(*(one.at for one in named)),
                        observed=different))  # fmt: skip
    return ReleaseCommit(None if why else different[0], tuple(named), tuple(why))


def not_full(value: str) -> str:
    """What is wrong with a text that is not a full commit id, as the end of a sentence."""
    if _SHORT_ID.fullmatch(value.lower()):
        return (
            f"the shortened commit id {value}: it can come to mean two commits; a full one has 40 "
            "digits."
        )
    return f"{value[:60]!a} as a commit, which is not a commit id of 40 hexadecimal digits."


def same_as_release(seen: Seen, given: Sequence[str], release: ReleaseCommit, what: str) -> None:
    """Add what is wrong with the commits that a record names, against the release commit."""
    for value in given:
        if not FULL_ID.fullmatch(value.lower()):
            seen.add(Status.FAIL, f"{what} gives {not_full(value)}")
        elif release.commit is None:
            seen.add(Status.UNKNOWN, f"What commit {what} should name is not settled: see RC-01.")
        elif value.lower() != release.commit:
            text = f"{what} names commit {value}, the release record {release.commit}."
            seen.add(Status.FAIL, text)
    if release.named:
        seen.places.append(release.at)


def stated(said: Statement, name: str) -> str | None:
    """The value of a field that is stated once; None when it is not, or more than once."""
    values = said.values.get(name, ())
    return values[0] if len(values) == 1 and not blank(values[0]) else None


def blank(text: str) -> bool:
    """Whether a text says nothing: spaces, dashes, characters that nobody sees."""
    return not any(one.isalnum() for one in text)


def of_cluster(seen: Seen, file: str, said: Statement, cluster: str) -> None:
    """Add that a document speaks of another cluster."""
    for value in said.values.get("cluster", ()):
        if not same_cluster(value, cluster):
            text = f"{file} speaks of the cluster {value[:60]}, the target of {cluster}."
            seen.add(Status.FAIL, text)


def moment(text: str) -> int | None:
    """Unix seconds of an RFC 3339 time with its offset from UTC; None for anything else."""
    if not _MOMENT.fullmatch(text):
        return None
    whole = re.sub(r"\.\d+", "", text.upper().replace("Z", "+00:00"))
    try:
        return int(datetime.fromisoformat(whole).timestamp())
    except (ValueError, OverflowError):
        return None


def day_or_moment(text: str) -> tuple[int, int] | None:
    """First and last Unix second that a time, or a day in any time zone, can mean."""
    at = moment(text)
    if at is not None:
        return at, at
    if not _DAY.fullmatch(text):
        return None
    try:
        start = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        first, last = start - timedelta(hours=14), start + timedelta(hours=36)
        return int(first.timestamp()), int(last.timestamp()) - 1
    except (ValueError, OverflowError):
        return None


def utc(seconds: int) -> str:
    """Unix seconds as people read them; the number itself where no calendar has it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"


def read_time(at: ReadAt) -> int | None:
    """When a file was read, in Unix seconds: nothing that it records can be later."""
    return None if at.asked_at is None else moment(at.asked_at)


def named_some(names: Iterable[str], shown: int = SHOWN) -> str:
    """The first names of a list, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - shown} more" if len(every) > shown else ""
    return ", ".join(every[:shown]) + more
