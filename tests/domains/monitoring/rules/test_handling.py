"""Who is told, and whether the runbook speaks of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.domains.monitoring.rules import invented as i
from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.domains.monitoring.rules.handling import handled
from privatedao_audit.domains.monitoring.rules.read_files import runbook
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent
from privatedao_audit.model.status import Status
from privatedao_audit.repository.alert_rules import (
    Rule,
    alertmanager_routes,
    prometheus_rules,
)

BOOK = "b.md"


def book(text: str) -> RuleFacts:
    read = runbook(text.encode(), i.changed(BOOK))
    return replace(i.ALL_RULES, runbooks={BOOK: Found(read, i.at(BOOK))})


def rule(name: str = "failed-finalize", **change: str) -> Rule:
    given = {"signal": "", "severity": "high", "route": "pager", "runbook": BOOK, **change}
    return Rule(name, "r.json", "rule 1", condition=None, why="", text="", **given)  # type: ignore[arg-type]


def faults(one: Rule, facts: RuleFacts) -> list[Status]:
    return [status for status, _clause in handled(one, facts, Limits())[0]]


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("When a failed finalize is seen, call.", True),
        ("## FailedFinalize\n\nCall.", True),
        ("On `failed-finalize`: call.", True),
        ("A finalize that failed.", False),
        ("<!-- failed-finalize -->", False),
        ("---\nalert: failed-finalize\n---\nCall.", False),
        ("", False),
    ],
)
def test_a_runbook_speaks_of_a_rule_by_its_name(text: str, speaks: bool) -> None:
    assert faults(rule(), book(text)) == ([] if speaks else [Status.MISSING])


def test_a_name_of_one_word_must_stand_there_as_a_name() -> None:
    assert faults(rule("finalize"), book("They finalize it.")) == [Status.MISSING]
    assert faults(rule("finalize"), book("On `finalize`: call.")) == []
    assert faults(rule("finalize"), book("## Finalize\n\nOn finalize: call.")) == []


def test_a_signal_in_words_will_do_and_the_number_of_a_control_will_not() -> None:
    text = "The treasury balance delta is looked at. This is MA-05."
    assert faults(rule("x-y", signal="treasury balance delta"), book(text)) == []
    assert faults(rule("x-y", signal="MA-05"), book(text)) == [Status.MISSING]


def test_a_section_is_what_stands_below_its_heading() -> None:
    text = "# A\n\nfailed finalize\n\n## B\n\nnothing\n\n## C\n\nfailed finalize\n"
    assert faults(rule(runbook=f"{BOOK}#C"), book(text)) == []
    assert faults(rule(runbook=f"{BOOK}#B"), book(text)) == [Status.MISSING]
    assert faults(rule(runbook=f"{BOOK}#D"), book(text)) == [Status.MISSING]


def test_what_can_not_be_read_is_told_as_what_it_is() -> None:
    at = i.at(BOOK)
    for read, expected in (
        (ProvenAbsent(at), Status.MISSING),
        (Diverged("two copies", at), Status.DIVERGED),
    ):
        assert faults(rule(), replace(i.ALL_RULES, runbooks={BOOK: read})) == [expected]
    assert faults(rule(), replace(i.ALL_RULES, runbooks={})) == [Status.UNKNOWN]


@pytest.mark.parametrize(
    ("date", "changed", "expected"),
    [
        (i.moment(i.NOW)[:10], i.NOW - 8_000_000, Status.STALE),
        ("2020-01-01", i.NOW, Status.STALE),
        ("2999-01-01", i.NOW, Status.FAIL),
        ("soon", i.NOW, Status.MISSING),
    ],
)
def test_a_runbook_is_as_old_as_the_older_of_its_dates(
    date: str, changed: int, expected: Status
) -> None:
    text = f"---\ndate: {date}\n---\nfailed finalize"
    read = runbook(text.encode(), i.changed(BOOK, changed))
    facts = replace(i.ALL_RULES, runbooks={BOOK: Found(read, i.at(BOOK))})
    assert faults(rule(), facts) == [expected]


def test_a_rule_of_prometheus_takes_its_route_from_alertmanager() -> None:
    data = (
        b"groups: [{name: a, rules: [{alert: FailedFinalize, expr: up == 0, "
        b"labels: {severity: low}, annotations: {runbook: b.md}}]}]"
    )
    (one,) = prometheus_rules("p.yml", "", data).rules
    facts = book("failed finalize")
    assert faults(one, facts) == [Status.MISSING]
    heard = b"route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: b}]}]"
    routes = Found(alertmanager_routes("am.yml", heard), i.at("am.yml"))
    assert faults(one, replace(facts, routes={"am.yml": routes})) == []
    deaf = Found(
        alertmanager_routes("am.yml", b"route: {receiver: a}\nreceivers: [{name: a}]"),
        i.at("am.yml"),
    )
    assert faults(one, replace(facts, routes={"am.yml": deaf})) == [Status.MISSING]
    absent = ProvenAbsent(i.at("am.yml"))
    assert faults(one, replace(facts, routes={"am.yml": absent})) == [Status.MISSING]


@pytest.mark.parametrize("field", ["severity", "route", "runbook"])
@pytest.mark.parametrize("word", ["TBD", "none", "n/a", "<todo>"])
def test_a_word_that_stands_for_nothing_is_no_handling(field: str, word: str) -> None:
    assert faults(rule(**{field: word}), book("failed finalize")) == [Status.MISSING]
