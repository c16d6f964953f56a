"""What notebook 06 shows beside its controls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privatedao_audit.domains.incident.drills.facts import Drill
from privatedao_audit.domains.incident.facts import Book, IncidentFacts
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.protocols.base import GovernanceProtocol, Moment
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of
from privatedao_audit.repository.runbooks import ELEMENTS
from privatedao_audit.view.table import Table
from privatedao_audit.view.units import instant, seconds

__all__ = ["drills", "levers", "moments", "runbooks"]


def levers(facts: IncidentFacts) -> Table:
    """For every proposal that is not over: what could still stop it, who can, and until when."""
    rows = [
        (
            one.proposal, one.stage.name, lever.instruction, lever.availability.value,
            f"{lever.role}: {lever.holder}" if lever.holder else lever.role,
            "" if lever.until is None else instant(lever.until),
            "" if lever.seconds_left is None else seconds(lever.seconds_left),
            lever.reason,
        )
        for one in facts.running
        for lever in one.levers
    ]  # fmt: skip
    columns = ["no.", "stage", "lever", "available", "who", "until", "time left", "why"]
    return _table(
        rows, columns,
        "Which proposals are still running, and what on chain could stop each of them?",
        facts.governance.unsupported or "No proposal is running.",
    )  # fmt: skip


def moments(facts: IncidentFacts) -> Table:
    """For every lever of the protocol: when it works, and how long its holder needs today."""
    columns = ["DAO", "lever", "works", "holder needs", "window", "limit"]
    caption = "Which lever works at which moment of any proposal, and how fast, as things stand?"
    try:
        protocol = protocol_of(facts.governance.protocol)
    except UnknownProtocol as error:
        return _table([], columns, caption, str(error))
    return _table(list(_moments(facts, protocol)), columns, caption, "No DAO could be read.")


def _moments(facts: IncidentFacts, protocol: GovernanceProtocol) -> Iterator[tuple[str, ...]]:
    for power in facts.powers:
        for rule in protocol.lever_rules.values():
            needs, window = power.needs.get(rule.role), ""
            if rule.window and isinstance(power.delays, Found):
                delay = power.delays.value.get(rule.window)
                window = "" if delay is None else seconds(delay)
            yield (
                power.name,
                rule.instruction,
                _works(rule.moments),
                _needs(needs) if rule.moments else "",
                window,
                rule.why,
            )


def _works(moments: frozenset[Moment]) -> str:
    if moments == frozenset(Moment):
        return "any time"
    return ", ".join(one.value for one in Moment if one in moments) or "never"


def _needs(read: Any) -> str:
    return seconds(read.value) if isinstance(read, Found) else "not known"


def runbooks(facts: IncidentFacts) -> Table:
    """For every runbook: where it states each element, and which levers it names."""
    rows = [tuple(_book(book)) for book in facts.books]
    columns = ["path", "file", *(one.replace("_", " ") for one in ELEMENTS), "levers", "dated"]
    return _table(
        rows, columns,
        "Where do the runbooks state what has to be done? Line numbers; empty is not stated.",
        "The target maps no runbook.",
    )  # fmt: skip


def _book(book: Book) -> Iterator[str]:
    yield from (book.path, book.file)
    if not isinstance(book.said, Found):
        missing = isinstance(book.said, ProvenAbsent)
        why = "not in the checkout" if missing else getattr(book.said, "reason", "not read")
        yield from (*("" for _one in ELEMENTS), "", why)
        return
    said = book.said.value
    for name in ELEMENTS:
        element = said.elements[name]
        yield str(element.line) if element.lines and element.line is not None else ""
    named = [f"{one.instruction} {one.when}".strip() for one in said.levers]
    yield "; ".join(named or (*said.words, *said.codes))
    yield said.date or ""


def drills(facts: IncidentFacts) -> Table:
    """For every recorded drill: how long it took, and what shows it."""
    rows = [
        tuple(_drill(drill))
        for file in facts.drills
        if isinstance(file.drills, Found)
        for drill in file.drills.value
    ]
    columns = ["path", "date", "cluster", "lever", "to detect", "to contain", "transactions found",
               "recording", "open gaps"]  # fmt: skip
    return _table(
        rows, columns, "Which paths were drilled, how long did it take, and what shows it?",
        "No drill is recorded.",
    )  # fmt: skip


def _drill(drill: Drill) -> Iterator[str]:
    yield from (drill.path, drill.date, drill.cluster, drill.instruction)
    yield _between(drill.started_at, drill.detected_at)
    yield _between(drill.detected_at, drill.contained_at)
    found = sum(isinstance(read, Found) for read in drill.acted.values())
    yield f"{found} of {len(drill.acted)}"
    if drill.recording is None:
        yield "none"
    else:
        yield "opened" if isinstance(drill.recording, Found) else "not usable"
    gaps = drill.gaps
    yield "not stated" if gaps is None else str(sum(not gap.closed for gap in gaps))


def _between(first: int | None, second: int | None) -> str:
    return "" if first is None or second is None else seconds(second - first)


def _table(rows: list[Any], columns: list[str], caption: str, empty: str) -> Table:
    import pandas as pd

    return Table(pd.DataFrame(rows, columns=columns, dtype=object), caption, empty)
