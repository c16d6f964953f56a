"""The life line of each proposal: its windows, its count, its unlock, its executions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privatedao_audit.domains.monitoring.detected import stories
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.history.detectors import Story
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.facts import Outcome, Proposal
from privatedao_audit.view.plots import Across, Event, Plot, Span, lifelines
from privatedao_audit.view.table import Table
from privatedao_audit.view.units import instant

__all__ = ["life", "lives"]

#: What gets a marker. A creation is where a line begins, and a count where a phase ends.
_EVENTS = {"execute": "executed", "cancel": "cancelled", "veto": "vetoed"}
_TRIED = frozenset({"finalize", "execute", "veto", "cancel"})
_FAILED = "attempt that failed"


@dataclass(frozen=True, slots=True)
class _Life:
    """One proposal with the times of what was done to it; attempts that failed apart."""

    dao: str
    row: str
    said: Proposal
    story: Story
    done: dict[str, list[int | None]]
    failed: list[int | None]

    def first(self, does: str) -> int | None:
        return next((time for time in self.done.get(does, ()) if time is not None), None)


def _lives(facts: MonitoringFacts) -> Iterator[_Life]:
    for dao, story in stories(facts).items():
        calls = story.calls
        rows: dict[str, list[int]] = {}
        for row, proposal in enumerate(calls.proposal):
            rows.setdefault(proposal, []).append(row)
        for one in story.reads.proposals:
            if not isinstance(one.proposal, Found):
                continue
            done: dict[str, list[int | None]] = {}
            failed: list[int | None] = []
            for row in rows.get(one.address, ()):
                if calls.took_effect[row]:
                    done.setdefault(calls.does[row], []).append(calls.time[row])
                elif calls.does[row] in _TRIED:
                    failed.append(calls.time[row])
            said = one.proposal.value
            name = facts.governance.names.get(dao, dao)
            yield _Life(name, f"{one.id} {said.title}", said, story, done, failed)


def life(facts: MonitoringFacts) -> Plot | Table:
    """A line per proposal: its phases one after the other, and what was done in them."""
    spans: list[Span] = []
    events: list[Event] = []
    found = list(_lives(facts))
    for one in found:
        spans += _spans(one)
        for does, times in one.done.items():
            if does in _EVENTS:
                events += (Event(time, one.row, _EVENTS[does]) for time in times)
        events += (Event(time, one.row, _FAILED) for time in one.failed)
    executed = sum(one.said.outcome is Outcome.EXECUTED for one in found)
    tried = sum(len(one.failed) for one in found)
    return lifelines(
        spans,
        events,
        across=Across.TIME,
        title=f"{executed} of {len(found)} proposals were executed; {tried} attempts to decide "
        "or execute failed",
        says="One line per proposal through the phases that the chain fixes for it, with what "
        "was done in them.",
        table=lives(facts),
    )


def _spans(one: _Life) -> Iterator[Span]:
    """The phases of one life, as far as it came.

    Where the chain leaves one end of a phase open, what happened closes it: the count closes the
    wait for it and opens the time lock, an execution or a veto ends the rest.
    """
    created, counted = one.first("propose"), one.first("finalize")
    over = one.first("cancel") or one.first("veto") or one.first("execute") or one.story.now
    if created is None or over is None:
        return
    for place, window in enumerate(one.said.windows):
        begin, end = window.opens_at, window.closes_at
        if begin is None:
            begin = created if place == 0 else counted
        if begin is None:
            continue
        if end is None:
            end = counted if counted is not None and begin < counted else over
        end = min(end, over)
        if end > begin:
            yield Span(begin, end, one.row, window.name)


def lives(facts: MonitoringFacts) -> Table:
    """Each proposal's life in numbers."""
    import pandas as pd

    rows = []
    for one in _lives(facts):
        closes = {window.name: window.closes_at for window in one.said.windows}
        ends = [at for at in list(closes.values())[:2] if at is not None]
        rows.append((
            one.dao, one.said.id, one.said.title, _when(one.first("propose")),
            _when(max(ends, default=None)), _when(one.first("finalize")),
            _when(one.said.unlocks_at), _when(one.first("execute")), one.said.outcome.value,
            len(one.failed),
        ))  # fmt: skip
    columns = ["DAO", "no.", "title", "created", "votes closed", "counted", "unlock", "executed",
               "outcome", "failed"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "When did each proposal pass from one phase to the next, and what came of it?",
        facts.governance.unsupported or "No proposal was read.",
    )


def _when(time: int | None) -> str:
    return "–" if time is None else instant(time)
