"""A verdict history: runs with what differs from the run before, and a strip per control. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby, pairwise
from statistics import median

from privatedao_audit.compare.piles import Piles, sort
from privatedao_audit.compare.verdicts.causes import Cause, cause
from privatedao_audit.compare.verdicts.runs import Run, in_order
from privatedao_audit.model.status import READING_ORDER

#: Times the usual time between two recordings from which on it is called a gap.
_GAP = 3
_RANK = {status.value: rank for rank, status in enumerate(READING_ORDER)}


@dataclass(frozen=True, slots=True)
class State:
    """How a control stands in a run.

    Attributes:
        status: None where the catalogue of that run does not have it.
        underneath: what a waiver covers; None where none does.
    """

    status: str | None
    underneath: str | None = None


_NOWHERE = State(None)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Runs in a row in which a control stands alike; numbers from 1."""

    state: State
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that differs from that of the run before.

    Attributes:
        run: number of the later run.
        turned: whether it stands otherwise; if not, only what was observed differs.
        why: one sentence.
        worse: whether it is worse, as ``diff`` tells it.
    """

    run: int
    before: State
    after: State
    turned: bool
    cause: Cause
    why: str
    worse: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """One control through all runs.

    Attributes:
        states: one per run.
        changes: in the order of runs; may be empty.
    """

    id: str
    title: str
    severity: str
    blocking: bool
    states: tuple[State, ...]
    changes: tuple[Change, ...]

    @property
    def stretches(self) -> list[Stretch]:
        """The states with equal neighbours joined."""
        found, number = [], 1
        for state, same in groupby(self.states):
            many = len(list(same))
            found.append(Stretch(state, number, number + many - 1))
            number += many
        return found

    @property
    def steady(self) -> bool:
        """Whether it stands in the last run as it always did, and never got worse."""
        return self.last is None

    @property
    def last(self) -> Change | None:
        """The last change that counts: it turned, or got worse as it stood."""
        return next((one for one in reversed(self.changes) if one.turned or one.worse), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A run, and how it differs from the run before.

    Attributes:
        number: from 1.
        since: time since the recording before; None for the first.
        reasons: why it is worse than the run before, one sentence each; empty: it is not.
        method: what differs in the method.
    """

    number: int
    run: Run
    since: timedelta | None = None
    reasons: tuple[str, ...] = ()
    method: tuple[str, ...] = ()

    @property
    def blocking(self) -> int:
        """How many blocking controls keep it from READY."""
        return len(self.run.findings["verdict"]["blocking"])

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Status and number of controls, of every status, in reading order."""
        counts = self.run.findings["verdict"]["counts"]
        return [(status.value, counts.get(status.value, 0)) for status in READING_ORDER]


@dataclass(frozen=True, slots=True)
class History:
    """The runs of one target.

    Attributes:
        entries: in the order of their recordings; at least one.
        strips: a control each, in the order of the newest catalogue.
        notes: what a reader should know first, one sentence each.
        gaps: numbers of the runs before which no recording was made for long.
    """

    entries: list[Entry]
    strips: list[Strip]
    gaps: frozenset[int]
    notes: list[str] = field(default_factory=list)

    @property
    def newest(self) -> Entry:
        """The newest run."""
        return self.entries[-1]

    @property
    def worse(self) -> bool:
        """Whether the newest run is worse than the run before it."""
        return bool(self.newest.reasons)

    @property
    def changed(self) -> list[Strip]:
        """Controls that turned or got worse, the latest change first."""
        found = [(one.last.run, one) for one in self.strips if one.last is not None]
        return [one for _, one in sorted(found, key=lambda pair: -pair[0])]

    @property
    def steady(self) -> list[tuple[str, list[Strip]]]:
        """Controls that always stood alike, by their status, worst first."""
        rows = [one for one in self.strips if one.steady]
        words = sorted({one.states[-1].status or "" for one in rows}, key=lambda w: _RANK[w])
        return [(word, [one for one in rows if one.states[-1].status == word]) for word in words]


def history(given: Sequence[Run]) -> History:
    """The history of some runs, in whatever order they are given.

    Raises:
        BadSide: they are of two targets or clusters.
        ValueError: there is none.
    """
    if not given:
        raise ValueError("a history needs a run")
    runs = in_order(given)
    entries, changes = [Entry(1, runs[0])], dict[str, list[Change]]()
    side = runs[0].side
    for number, (before, after) in enumerate(pairwise(runs), 2):
        earlier, side = side, after.side
        found = sort(earlier, side, before.recorded, after.recorded)
        method = tuple(row.what for row in found.difference.method)
        reasons = tuple(found.difference.reasons)
        entries.append(Entry(number, after, after.at - before.at, reasons, method))
        for one in _changes(number, found, before, after):
            changes.setdefault(one[0], []).append(one[1])
    gaps = _gaps(entries)
    return History(entries, _strips(runs, changes), gaps, _notes(entries, gaps))


def _changes(number: int, found: Piles, before: Run, after: Run) -> list[tuple[str, Change]]:
    sorted_ = {one.id: one for one in found.controls}
    states = [_states(run) for run in (before, after)]
    rows = []
    for moved in found.difference.verdicts:
        was, now = (side.get(moved.id, _NOWHERE) for side in states)
        by, why = cause(sorted_[moved.id], before, after)
        if was == now:
            # Its status says nothing new, so what differs has to be said.
            why = f"{moved.why[:1].upper()}{moved.why[1:]}. {why}"
        rows.append((moved.id, Change(number, was, now, was != now, by, why, moved.worse)))
    return rows


def _strips(runs: list[Run], changes: dict[str, list[Change]]) -> list[Strip]:
    rows = [{row["id"]: row for row in run.findings["controls"]} for run in runs]
    stood = [_states(run) for run in runs]
    # The newest catalogue first: what it does not have any more stands at the end.
    names = dict.fromkeys(name for one in reversed(rows) for name in one)
    found = []
    for name in names:
        states = tuple(one.get(name, _NOWHERE) for one in stood)
        row = next(one[name] for one in reversed(rows) if name in one)
        found.append(
            Strip(name, row["title"], row["severity"], row["blocking"], states,
                  tuple(changes.get(name, ())))
        )  # fmt: skip
    return found


def _states(run: Run) -> dict[str, State]:
    return {
        row["id"]: State(row["status"], row["waiver"]["underneath"] if row["waiver"] else None)
        for row in run.findings["controls"]
    }


def _gaps(entries: list[Entry]) -> frozenset[int]:
    """Numbers of the runs that came long after the run before, by the usual time between two."""
    times = [one.since for one in entries if one.since is not None]
    if len(times) < 3:
        return frozenset()
    usual = median(times)
    return frozenset(
        one.number for one in entries
        if one.since is not None and one.since > max(_GAP * usual, timedelta(hours=1))
    )  # fmt: skip


def _notes(entries: list[Entry], gaps: frozenset[int]) -> list[str]:
    found = []
    for one in entries:
        run, number = one.run, one.number
        if run.findings["verdict"]["word"] == "INVALID":
            found.append(f"Run {number} is INVALID: nothing that it says can be relied on.")
        if len(run.names) > 1:
            names = " and ".join(run.names)
            found.append(f"Run {number} was given {len(run.names)} times and counts once: {names}.")
        if any(words.disagrees is not None for words in run.signatures):
            found.append(f"Run {number} is disputed by one who signed it.")
        if len(run.digests) > 1:
            found.append(f"Run {number} was bundled in {len(run.digests)} ways, of one evidence.")
        if number in gaps:
            found.append(f"No recording for {span(one.since)} between runs {number - 1} and "
                         f"{number}.")  # fmt: skip
    for before, after in pairwise(entries):
        found += _pair(before, after)
    unsigned = [one.number for one in entries if not one.run.signatures]
    if unsigned:
        found.append(f"{_runs(unsigned)} not signed: nobody vouches for what is said there.")
    if entries[0].run.findings["target"]["genesis_hash"] is None:
        found.append("No genesis hash is stated, so that all runs are of one cluster rests on its "
                     "name.")  # fmt: skip
    return found


def _pair(before: Entry, after: Entry) -> list[str]:
    numbers = f"{before.number} and {after.number}"
    found = []
    if before.run.root == after.run.root:
        found.append(
            f"Runs {numbers} judge one recording, of the same evidence root: whatever differs is "
            "the method, and nothing tells which judgement came first."
        )
    slots = [one.run.findings["run"]["slot_window"] for one in (before, after)]
    if slots[0] and slots[1] and slots[1][1] < slots[0][0]:
        found.append(
            f"By their clocks run {after.number} is later than run {before.number}, and it read "
            "earlier slots: one of the two clocks was wrong, or a node lagged."
        )
    return found


def _runs(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"Run {numbers[0]} is"
    return f"Runs {', '.join(map(str, numbers[:-1]))} and {numbers[-1]} are"


def span(time: timedelta | None) -> str:
    """A time between two recordings as people say it, in its two largest units, cut off."""
    seconds = int(time.total_seconds()) if time is not None else 0
    pieces = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            pieces.append(f"{seconds // size} {unit}")
            seconds %= size
    return " ".join(pieces[:2]) or "less than a minute"
