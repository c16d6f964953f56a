"""Cases of alert rules: an operation that watches well, with one thing changed in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, on_chain
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules import cases_own as own
from privatedao_audit.domains.monitoring.rules import invented as i
from privatedao_audit.domains.monitoring.rules.facts import Alert, Drill, RuleFacts
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status

_FAIL, _MISSING, _STALE, _UNKNOWN = Status.FAIL, Status.MISSING, Status.STALE, Status.UNKNOWN
_UNREAD = Unknown("the disk answered EIO")

#: Control → its rules, those that something fired first.
RULES = {
    control: tuple(row["id"] for row in i.ROWS if row["signal"] == control)
    for control in sorted({row["signal"] for row in i.ROWS})
}
#: Controls of which something happened in the invented history.
HAPPENED = ("MA-01", "MA-02", "MA-03", "MA-05", "MA-06", "MA-10")


def _log(change: Callable[[Alert], Alert | None], rules: RuleFacts = i.ALL_RULES) -> RuleFacts:
    alerts = tuple(new for one in i.ALERTS if (new := change(one)) is not None)
    log = rules.logs[0]
    return replace(rules, logs=(replace(log, alerts=Found(alerts, i.at(i.LOG))),))


def _of(control: str, **change: Any) -> RuleFacts:
    """The log with every alert of a control changed."""
    return _log(lambda one: replace(one, **change) if one.rule in RULES[control] else one)


def _drills(change: Callable[[Drill], Drill | None]) -> RuleFacts:
    found = tuple(new for one in i.DRILLED if (new := change(one)) is not None)
    record = replace(i.ALL_RULES.drills[0], drills=Found(found, i.at(i.DRILLS)))
    return replace(i.ALL_RULES, drills=(record,))


def _drilled(control: str, **change: Any) -> RuleFacts:
    return _drills(lambda one: replace(one, **change) if one.rule in RULES[control] else one)


def _rows(control: str, **change: str | None) -> RuleFacts:
    return i.with_rows(RULES[control][0], **change)


def _twice(control: str, **change: str) -> RuleFacts:
    row = next(one for one in i.ROWS if one["id"] == RULES[control][0])
    rows = (*i.ROWS, {**row, **change})
    return replace(i.ALL_RULES, files={i.RULES: Found(i.rule_file(rows), i.at(i.RULES))})


def _file(read: Any) -> RuleFacts:
    return replace(i.ALL_RULES, files={i.RULES: read})


def _book(**change: Any) -> RuleFacts:
    read = i.ALL_RULES.runbooks[i.BOOK]
    assert isinstance(read, Found)
    book = replace(read.value, **change)
    return replace(i.ALL_RULES, runbooks={i.BOOK: Found(book, read.at)})


def _everywhere(control: str) -> Iterator[tuple[Status, str, MonitoringFacts]]:
    """What ends a control whatever it is about."""
    file = i.ALL_RULES.files[i.RULES]
    broken = w.with_address(w.TREASURY, lambda one: replace(one, cut="page 2 is lost"), i.HISTORY)
    apart = w.with_address(w.TREASURY, lambda one: replace(
        one, now=Diverged("first and second differ", on_chain("apart"))), i.HISTORY)  # fmt: skip
    empty = Found(i.rule_file(()), i.at(i.RULES))
    dangling = i.ALL_RULES.alerting.model_copy(update={"signals": {"not there": (control,)}})
    given: list[tuple[Status, str, RuleFacts]] = [
        (_UNKNOWN, "no rule file is mapped", replace(i.ALL_RULES, files={})),
        (_UNKNOWN, "the rule file was not read", _file(_UNREAD)),
        (_MISSING, "the rule file is not there", _file(ProvenAbsent(file.at))),
        (_MISSING, "the rule file holds no rule", _file(empty)),
        (_MISSING, "no rule answers for it", _rows(control, signal="something")),
        (_MISSING, "the target maps a rule that no file holds",
         replace(i.ALL_RULES, alerting=dangling)),
        (_UNKNOWN, "the condition is prose", _rows(control, condition="it looks odd")),
        (_UNKNOWN, "the metric is not known", _rows(
            control, condition="any occurrence of other_events_total")),
        (_UNKNOWN, "the limit is negative", _rows(control, limit_seconds="-5")),
        (_MISSING, "the rule is a draft", _rows(control, status="draft")),
        (_MISSING, "the rule has no severity", _rows(control, severity=None)),
        (_MISSING, "the rule has no route", _rows(control, route=None)),
        (_MISSING, "the rule names no runbook", _rows(control, runbook=None)),
        (_MISSING, "the runbook is not there", replace(
            i.ALL_RULES, runbooks={i.BOOK: ProvenAbsent(i.at(i.BOOK))})),
        (_UNKNOWN, "the runbook is on the web", _rows(
            control, runbook="https://runbooks.invalid/alerts", section=None)),
        (_UNKNOWN, "the runbook was not read", replace(i.ALL_RULES, runbooks={i.BOOK: _UNREAD})),
        (_MISSING, "the runbook has no such section", _rows(control, section="another")),
        (_MISSING, "the runbook speaks of something else", _book(
            sections=dict.fromkeys(("", *(one.replace("-", " ") for one in RULES[control])),
                                   "be calm"))),
        (_STALE, "the runbook is old", _book(changed=i.changed(i.BOOK, i.NOW - 8_000_000))),
        (_STALE, "the runbook says that it is old", _book(date="2020-01-01")),
        (_FAIL, "the rule allows itself a day", _rows(control, limit_seconds="86400")),
        (_FAIL, "two rules of one id contradict each other", _twice(control, severity="info")),
        (_UNKNOWN, "the same rule is given twice", _twice(control)),
        (_FAIL, "the rule fires on something else", _rows(
            control, condition=_OTHER.get(control, 'any occurrence of behaviour{kind="x"}'))),
        (Status.DIVERGED, "the rule file differs between copies", _file(
            Diverged("two copies differ", i.at(i.RULES)))),
    ]  # fmt: skip
    yield Status.PASS, "everything was told of", i.GOOD
    for expected, name, rules in given:
        yield expected, name, i.facts(rules)
    yield _UNKNOWN, "the history is not whole", i.facts(history=broken)
    yield Status.DIVERGED, "providers differ on the history", i.facts(history=apart)


#: A condition that has nothing to do with the control.
_OTHER = {"MA-07": "rpc_slot_lag > 5000 slots for 60 s"}


def _told(control: str) -> Iterator[tuple[Status, str, RuleFacts]]:
    """What a log can show of something that happened."""
    first = RULES[control][0]
    log = i.ALL_RULES.logs[0]
    yield _FAIL, "an alert is missing", _log(_without_one(first))
    yield _FAIL, "an alert came late", _of(control, received_at=i.NOW)
    yield _FAIL, "an alert is older than its event", _of(control, received_at=1_700_000_000)
    yield _FAIL, "the receipts are of another transaction", _of(control, signature="another")
    yield _FAIL, "the alerts are of another rule", _of(control, rule="somebody else's")
    yield _FAIL, "the rows are malformed", _of(control, fault="its signature is none")
    yield _MISSING, "no alert has a receipt", _of(control, receipt="")
    yield _MISSING, "no alert says when it was received", _of(control, received_at=None)
    yield (
        _MISSING,
        "the log is not there",
        replace(i.ALL_RULES, logs=(replace(log, alerts=ProvenAbsent(i.at(i.LOG))),)),
    )
    yield (
        _UNKNOWN,
        "the log was not read",
        replace(i.ALL_RULES, logs=(replace(log, alerts=_UNREAD),)),
    )
    yield _UNKNOWN, "no log is mapped", replace(i.ALL_RULES, logs=())
    yield (
        _UNKNOWN,
        "the log is older than what happened",
        replace(
            _log(lambda one: None),
            logs=(
                replace(
                    log, alerts=Found((), i.at(i.LOG)), changed=i.changed(i.LOG, 1_700_000_000)
                ),
            ),
        ),
    )


def _without_one(rule: str) -> Callable[[Alert], Alert | None]:
    gone: list[Alert] = []

    def change(one: Alert) -> Alert | None:
        if one.rule == rule and not gone:
            gone.append(one)
        return None if one in gone else one

    return change


def _fired(control: str) -> Iterator[tuple[Status, str, RuleFacts]]:
    """What a drill can show where nothing happened."""
    record = i.ALL_RULES.drills[0]
    absent = ProvenAbsent(i.at("transaction"))
    yield (
        _UNKNOWN,
        "nothing happened, and nothing was drilled",
        _drills(lambda one: None if one.rule in RULES[control] else one),
    )
    yield (
        _STALE,
        "the drill was of another rule file",
        _drilled(control, rule_file_sha256="cd" * 32),
    )
    yield (
        _STALE,
        "the drill is old",
        _drilled(control, fired_at=i.NOW - 16_000_000, received_at=i.NOW - 16_000_000),
    )
    fired = i.NOW - 600
    yield (
        _FAIL,
        "the drill's alert came after its record was committed",
        replace(_drilled(control, fired_at=fired, received_at=fired + 9), drills=tuple(
            replace(one, changed=i.changed(i.DRILLS, i.NOW - w.DAY))
            for one in _drilled(control, fired_at=fired, received_at=fired + 9).drills)),
    )
    yield _STALE, "the drill says that it is old", _drilled(control, date="2020-01-01")
    yield _MISSING, "the drill has no receipt", _drilled(control, receipt="")
    yield _MISSING, "the drill gives no time", _drilled(control, fired_at=None)
    yield _FAIL, "the drill's alert came late", _drilled(control, received_at=i.NOW)
    yield _FAIL, "the drill's alert came before it", _drilled(control, received_at=1_700_000_000)
    yield _FAIL, "the drill is dated in the future", _drilled(control, date="2999-01-01")
    yield (
        _FAIL,
        "the drill names a transaction that is not there",
        _drilled(control, cluster="localnet", signature="s", landed=absent),
    )
    yield (
        _UNKNOWN,
        "the drill's transaction was not read",
        _drilled(control, cluster="localnet", signature="s", landed=_UNREAD),
    )
    yield _UNKNOWN, "the drill names no cluster", _drilled(control, fault="it names no cluster")
    yield (
        _UNKNOWN,
        "the record of drills was not read",
        replace(i.ALL_RULES, drills=(replace(record, drills=_UNREAD),)),
    )
    yield (
        _MISSING,
        "the record of drills is not there",
        replace(i.ALL_RULES, drills=(replace(record, drills=ProvenAbsent(i.at(i.DRILLS))),)),
    )


def _cases() -> Iterator[Case]:
    for control in RULES:
        for expected, name, given in _everywhere(control):
            yield Case(control, name, given, expected)
        shown = _told(control) if control in HAPPENED else _fired(control)
        for expected, name, rules in shown:
            yield Case(control, name, i.facts(rules), expected)
    for control, expected, name, given in own.cases():
        yield Case(control, name, given, expected)


CASES: tuple[Case, ...] = tuple(_cases())
