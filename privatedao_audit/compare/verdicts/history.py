"""A verdict history: the runs, each with what differs from the run before. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from statistics import median

from privatedao_audit.compare.piles import sort
from privatedao_audit.compare.verdicts.runs import Run, in_order
from privatedao_audit.compare.verdicts.strips import Change, Strip, changes, strips
from privatedao_audit.model.status import READING_ORDER

#: Times the usual time between two recordings from which on it is called a gap.
_GAP = 3
_RANK = {status.value: rank for rank, status in enumerate(READING_ORDER)}


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
    entries, changed = [Entry(1, runs[0])], dict[str, list[Change]]()
    side = runs[0].side
    for number, (before, after) in enumerate(pairwise(runs), 2):
        earlier, side = side, after.side
        found = sort(earlier, side, before.recorded, after.recorded)
        method = tuple(row.what for row in found.difference.method)
        reasons = tuple(found.difference.reasons)
        entries.append(Entry(number, after, after.at - before.at, reasons, method))
        for name, change in changes(number, found, before, after):
            changed.setdefault(name, []).append(change)
    gaps = _gaps(entries)
    return History(entries, strips(runs, changed), gaps, _notes(entries, gaps))


def _gaps(entries: list[Entry]) -> frozenset[int]:
    """Numbers of the runs that came long after the run before, by the usual time between two."""
    times = [one.since for one in entries if one.since is not None]
    if len(times) < 3:
        return frozenset()
    usual = timedelta(seconds=median(one.total_seconds() for one in times))
    return frozenset(
        one.number for one in entries
        if one.since is not None and one.since > max(_GAP * usual, timedelta(hours=1))
    )  # fmt: skip


def _notes(entries: list[Entry], gaps: frozenset[int]) -> list[str]:
    found = []
    invalid = [one for one in entries if one.run.findings["verdict"]["word"] == "INVALID"]
    if invalid:
        found.append(f"{_are(invalid)} INVALID: nothing that is said there can be relied on.")
    partial: dict[str, list[Entry]] = {}
    for one in entries:
        partial.setdefault(_left_out(one.run), []).append(one)
    for names, some in partial.items():
        if names:
            found.append(
                f"{_are(some)} partial: {names} left out, so the controls of these domains are "
                "UNKNOWN there whatever they are like."
            )
    for one in entries:
        run, number = one.run, one.number
        if len(run.names) > 1:
            names = " and ".join(run.names)
            found.append(f"Run {number} was given {len(run.names)} times and counts once: {names}.")
        if number in gaps:
            found.append(f"No recording for {span(one.since)} between runs {number - 1} and "
                         f"{number}.")  # fmt: skip
    for before, after in pairwise(entries):
        found += _pair(before, after)
    public = [one for one in entries if one.run.public]
    if public:
        found.append(f"{_are(public)} shown in public form: withheld texts alone may make "
                     "observations differ from those of other runs.")  # fmt: skip
    disputed = [
        one for one in entries if any(words.disagrees is not None for words in one.run.signatures)
    ]
    if disputed:
        found.append(f"{_are(disputed)} disputed by somebody who signed.")
    unsigned = [one for one in entries if not one.run.signatures]
    if unsigned:
        which = "No run is" if len(unsigned) == len(entries) else f"{_are(unsigned)} not"
        found.append(f"{which} signed: nobody vouches for what is said there.")
    if entries[0].run.findings["target"]["genesis_hash"] is None:
        found.append("No genesis hash is stated, so that all runs are of one cluster rests on its "
                     "name.")  # fmt: skip
    return found


def _left_out(run: Run) -> str:
    """The domains that a run left out, by name; empty: none."""
    every = dict.fromkeys(row["domain"] for row in run.findings["controls"])
    return ", ".join(name for name in every if name not in run.findings["run"]["domains"])


def _pair(before: Entry, after: Entry) -> list[str]:
    numbers = f"{before.number} and {after.number}"
    found = []
    if before.run.root == after.run.root and before.run.method == after.run.method:
        found.append(
            f"Runs {numbers} judge one recording by one method and say different things: believe "
            "neither before the recording was judged again."
        )
    elif before.run.root == after.run.root:
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


def _are(some: list[Entry]) -> str:
    """``Run 1 is``, or ``Runs 1, 2 and 5 are``."""
    numbers = [str(one.number) for one in some]
    if len(numbers) == 1:
        return f"Run {numbers[0]} is"
    return f"Runs {', '.join(numbers[:-1])} and {numbers[-1]} are"


def span(time: timedelta | None) -> str:
    """A time between two recordings as people say it, in its two largest units, cut off."""
    seconds = int(time.total_seconds()) if time is not None else 0
    pieces = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            pieces.append(f"{seconds // size} {unit}")
            seconds %= size
    return " ".join(pieces[:2]) or "less than a minute"
