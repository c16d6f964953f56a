"""Each control through the runs: how it stood, when it turned, and by what. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from privatedao_audit.compare.piles import Piles
from privatedao_audit.compare.verdicts.causes import Cause, cause
from privatedao_audit.compare.verdicts.runs import Run


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


def changes(number: int, found: Piles, before: Run, after: Run) -> list[tuple[str, Change]]:
    """What differs between two runs: id of the control, and its change.

    Args:
        number: of the later run.
        found: the two runs, sorted.
    """
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


def strips(runs: Sequence[Run], changed: Mapping[str, Sequence[Change]]) -> list[Strip]:
    """A strip per control, in the order of the newest catalogue.

    Args:
        changed: id of a control → its changes, in the order of runs.
    """
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
                  tuple(changed.get(name, ())))
        )  # fmt: skip
    return found


def _states(run: Run) -> dict[str, State]:
    return {
        row["id"]: State(row["status"], row["waiver"]["underneath"] if row["waiver"] else None)
        for row in run.findings["controls"]
    }
