"""What notebook 04 shows of alert rules: the rules, what they cover, and the back-test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules.checks import CHECKS, happened
from privatedao_audit.domains.monitoring.rules.coverage import Coverage, controls_of, coverage
from privatedao_audit.domains.monitoring.rules.drills import drilled
from privatedao_audit.domains.monitoring.rules.matching import Told
from privatedao_audit.domains.monitoring.rules.occurrences import scope_of
from privatedao_audit.domains.monitoring.rules.proof import Backtest, backtest
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from privatedao_audit.view.columns import Moment, Verdict
from privatedao_audit.view.table import Ordinary, Table

__all__ = ["advice", "covered", "drills", "false_alarms", "rules", "told"]

_NO_RULES = "The target maps no alert rules of this cluster, or none could be read."
_WORDS = {
    Told.IN_TIME: "in time",
    Told.AFTER_THE_LOG: "younger than the log",
    Told.WITHOUT_RECEIPT: "no receipt",
    Told.LATE: "late",
    Told.BEFORE_IT: "dated before it happened",
    Told.MISSED: "missed",
}


def _table(
    rows: list[tuple[Any, ...]], columns: list[str], caption: str, empty: str,
    ordinary: Ordinary | None = None, **kinds: Any,
) -> Table:  # fmt: skip
    import pandas as pd

    named = {name.replace("_", " "): kind for name, kind in kinds.items()}
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return Table(frame, caption, empty, named, ordinary=ordinary)


def _coverages(facts: MonitoringFacts, limits: Limits) -> Iterator[tuple[str, Coverage]]:
    scope = scope_of(facts)
    for control in CHECKS if facts.rules.files else ():
        yield control, coverage(control, facts.rules, limits, scope)


def rules(facts: MonitoringFacts) -> Table:
    """Every alert rule of the team: what it answers for, and whether it can be executed."""
    rows = []
    for file, read in facts.rules.files.items():
        for one in read.value.rules if isinstance(read, Found) else ():
            answers = ", ".join(controls_of(one, facts.rules)) or "nothing here"
            rows.append((
                one.id or one.place, file, answers, one.text,
                "yes" if one.condition is not None else f"no: {_brief(one.why)}", one.severity,
                one.route, one.runbook, one.limit_seconds, one.status,
            ))  # fmt: skip
    columns = ["rule", "file", "answers for", "condition", "executable", "severity", "route",
               "runbook", "limit in seconds", "stands as"]  # fmt: skip
    return _table(rows, columns, "Which alert rules does the team have, and can they be executed?",
                  _NO_RULES)  # fmt: skip


def _brief(why: str) -> str:
    """The first clause of a reason; the controls' own cells have all of it."""
    return why.partition(", and ")[0]


def covered(facts: MonitoringFacts, limits: Limits) -> Table:
    """What each control asks to be told of, and whether rules cover it."""
    rows = []
    for control, found in _coverages(facts, limits):
        for part in found.parts:
            rows.append((control, part.label.removeprefix("coverage: "), part.status.value,
                         part.summary))  # fmt: skip
    return _table(
        rows, ["control", "what must be told", "covered", "in words"],
        "What must be told, and does some rule fire on every series of it that was made up?",
        _NO_RULES, Ordinary([row[2] == Status.PASS for row in rows], "a rule covers it"),
        covered=Verdict(),
    )  # fmt: skip


def _tested(facts: MonitoringFacts, limits: Limits) -> Iterator[tuple[str, Coverage, Backtest]]:
    for control, found in _coverages(facts, limits):
        yield control, found, backtest(found.rules, facts.rules, happened(facts))


def told(facts: MonitoringFacts, limits: Limits) -> Table:
    """Everything that was due by the team's own rules, and what the log shows of it."""
    rows = []
    for control, _found, tested in _tested(facts, limits):
        for one in tested.told:
            last = one.due.event
            rows.append((
                control, (last.time, last.slot or None), one.rule, _WORDS[one.told], one.seconds,
                one.limit, (last.signatures or ("",))[-1],
            ))  # fmt: skip
    rows.sort(key=lambda row: (row[1][0] or 0, row[0]))
    columns = ["control", "when", "rule", "told", "seconds", "limit in seconds", "transaction"]
    return _table(rows, columns, "What was due by the team's own rules, and was it told in time?",
                  "Nothing happened that a rule of the team had to tell of.",
                  Ordinary([row[3] == _WORDS[Told.IN_TIME] for row in rows],
                           "the log tells of it in time"),
                  when=Moment())  # fmt: skip


def false_alarms(facts: MonitoringFacts, limits: Limits) -> Table:
    """Rows of the log that no occurrence inside the rule they name belongs to."""
    used: set[str] = set()
    for _control, _found, tested in _tested(facts, limits):
        used |= {one.alert.place for one in tested.matches.values() if one.alert is not None}
        # What several rules tell of is kept once; every alert of its transactions counts.
        used |= {
            f"{one.rule} {name}" for one in tested.matches.values() for name in one.due.signatures
        }
    rows = []
    for log in facts.rules.logs:
        for one in log.alerts.value if isinstance(log.alerts, Found) else ():
            if one.place in used or f"{one.rule} {one.signature}" in used:
                continue
            why = one.fault or "nothing on chain that this rule had to tell of"
            rows.append((one.place, one.rule, one.signature, one.address, why))
    return _table(
        rows, ["where", "rule", "transaction", "address", "why it counts for nothing"],
        "Which rows of the log belong to nothing that happened? They are told, and fail nothing.",
        "No log was read, or every row of it belongs to something that happened.",
    )  # fmt: skip


def advice(facts: MonitoringFacts, limits: Limits) -> Table:
    """What the kit's own detectors found and no rule of the team had to tell of."""
    due = {
        name
        for _control, _found, tested in _tested(facts, limits)
        for one in tested.matches.values()
        for name in one.due.signatures
        if one.due.event.metric == "behaviour"
    }
    rows = [
        ((one.time, one.slot or None), one.labels["kind"], one.labels["subject"],
         one.signatures[-1] if one.signatures else "")
        for one in happened(facts).events
        if one.metric == "behaviour" and not due & set(one.signatures)
    ]  # fmt: skip
    return _table(
        rows, ["when", "detector", "what it is about", "transaction"],
        "What did the kit's detectors find that no rule of the team asks for? It is advice.",
        "The detectors found nothing beyond what the team's rules ask for.", when=Moment(),
    )  # fmt: skip


def drills(facts: MonitoringFacts, limits: Limits) -> Table:
    """Rules that nothing fired, and what their last drill shows."""
    rows: dict[str, tuple[Any, ...]] = {}
    for control, found, tested in _tested(facts, limits):
        for one in found.rules:
            if one.covers and one.rule.id not in tested.fired:
                status, text, _at = drilled(one, facts.rules, limits)
                rows[f"{control} {one.rule.id}"] = (control, one.rule.id, status.value, text)
    return _table(
        list(rows.values()), ["control", "rule", "drill", "in words"],
        "What does the last drill show of the rules that were never seen to fire?",
        "No rule needs a drill: each was seen to fire, or covers nothing.", drill=Verdict(),
    )  # fmt: skip
