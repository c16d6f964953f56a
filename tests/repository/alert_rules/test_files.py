"""Files of rules and routes: strict, bounded, and nothing malformed passes for a rule."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.alert_rules import (
    alertmanager_routes,
    prometheus_rules,
    rules_of_rows,
)
from privatedao_audit.repository.errors import BadDocument

FILE = "rules.yml"


def rules(text: str):
    return prometheus_rules(FILE, "ab", text.encode()).rules


GOOD = """
groups:
  - name: all
    interval: 30s
    rules:
      - record: x:rate
        expr: rate(x[5m])
      - alert: Behind
        expr: lag > 32
        for: 5m
        labels: {severity: page, signal: MA-07, team: core}
        annotations: {runbook: "book.md#behind", limit_seconds: 120}
      - alert: Prose
        expr: someone looks odd
"""


def test_alerting_rules_are_read_and_recording_rules_passed_over() -> None:
    behind, prose = rules(GOOD)
    assert (behind.id, behind.severity, behind.signal) == ("Behind", "page", "MA-07")
    assert (behind.runbook, behind.limit_seconds) == ("book.md#behind", 120)
    assert behind.condition is not None
    assert behind.condition.hold == 300
    assert dict(behind.labels) == {
        "alertname": "Behind", "severity": "page", "signal": "MA-07", "team": "core",
    }  # fmt: skip
    assert prose.condition is None
    assert prose.why


def test_a_for_of_zero_is_none() -> None:
    (one,) = rules("groups: [{name: a, rules: [{alert: A, expr: up == 0, for: 0s}]}]")
    assert one.condition is not None
    assert one.condition.hold == 0


def test_a_rule_without_an_expression_is_not_executable() -> None:
    (one,) = rules("groups: [{name: a, rules: [{alert: A, expr: ''}]}]")
    assert one.condition is None


BAD = {
    "empty": ("", "0 YAML documents"),
    "no mapping": ("- a", "groups at its top"),
    "no YAML": ("groups: [", "not YAML"),
    "a bomb": ("a: &a [x]\nb: &b [*a, *a]\ngroups: *b", "anchors and aliases"),
    "a megabyte": ("groups: [" + "x, " * 400_000 + "]", "characters"),
    "two documents": ("groups: []\n---\ngroups: []", "2 YAML documents"),
    "a key twice": ("groups: []\ngroups: []", "given twice"),
    "a byte order mark": ("\ufeffgroups: []", "byte order mark"),
    "an alert without a name": ("groups: [{name: a, rules: [{alert: '', expr: up}]}]", "no name"),
    "labels that are a list": (
        "groups: [{name: a, rules: [{alert: A, expr: up, labels: [a]}]}]", "no mapping"),
    "a label that is a list": (
        "groups: [{name: a, rules: [{alert: A, expr: up, labels: {a: [b]}}]}]", "no text"),
    "a bad label": (
        "groups: [{name: a, rules: [{alert: A, expr: up, labels: {'a-b': c}}]}]", "bad name"),
    "too many rules": ("groups: [{name: a, rules: [" + "{alert: A, expr: up}," * 501 + "]}]",
                       "more than 500"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_the_reason(name: str) -> None:
    text, reason = BAD[name]
    with pytest.raises(BadDocument, match=reason):
        rules(text)


@pytest.mark.parametrize("empty", ["groups: []", "groups:", "groups: [{name: a}]"])
def test_a_file_without_rules_has_none(empty: str) -> None:
    assert rules(empty) == ()


ROW = {"id": "a", "condition": "any occurrence of x", "limit_seconds": "60"}


def test_rows_become_rules() -> None:
    read = rules_of_rows("r.json", "ab", [{**ROW, "runbook": "b.md", "section": "s"}])
    (one,) = read.rules
    assert (one.limit_seconds, one.runbook, one.place) == (60, "b.md#s", "rule 1")
    assert one.condition is not None
    assert one.faults == ()


@pytest.mark.parametrize("limit", ["-5", "0", "3.5", "soon", "1e3", "9" * 30, "1\n2"])
def test_a_limit_that_is_none_is_a_fault(limit: str) -> None:
    (one,) = rules_of_rows("r.json", "ab", [{**ROW, "limit_seconds": limit}]).rules
    assert one.limit_seconds is None
    assert one.faults


def test_a_rule_with_two_conditions_is_not_executable() -> None:
    (one,) = rules_of_rows("r.json", "ab", [{**ROW, "expression": "up == 0"}]).rules
    assert one.condition is None
    with pytest.raises(BadDocument, match="501 rules"):
        rules_of_rows("r.json", "ab", [ROW] * 501)


ROUTES = """
route:
  receiver: all
  routes:
    - matchers: ['severity="critical"']
      receiver: pager
    - match: {severity: info}
      receiver: nobody
    - match_re: {team: core|net}
      receiver: mail
      continue: true
    - matchers: [team=core]
      receiver: pager
    - matchers: ['night="yes"']
      receiver: pager
      mute_time_intervals: [weekends]
receivers:
  - name: all
    email_configs: [{to: secret@example.invalid}]
  - name: pager
    webhook_configs: [{url: secret}]
  - name: mail
    email_configs: [{to: secret}]
  - name: nobody
"""


def test_an_alert_takes_the_deepest_routes_that_match() -> None:
    routes = alertmanager_routes("am.yml", ROUTES.encode())
    assert routes.route_of({"severity": "critical"}) == ("pager", "")
    assert routes.route_of({"severity": "warning"}) == ("all", "")
    assert routes.route_of({"team": "core"}) == ("mail, pager", "")
    assert routes.route_of({"team": "net"}) == ("mail", "")
    receiver, why = routes.route_of({"severity": "info"})
    assert (receiver, "notifies nobody" in why) == ("", True)
    receiver, why = routes.route_of({"night": "yes"})
    assert (receiver, "muted" in why) == ("", True)
    assert "secret" not in repr(routes)


BAD_ROUTES = {
    "no route": "receivers: []",
    "an unknown receiver": "route: {receiver: a}",
    "a receiver twice": "route: {receiver: a}\nreceivers: [{name: a}, {name: a}]",
    "a first route with matchers": "route: {receiver: a, match: {b: c}}\nreceivers: [{name: a}]",
    "a matcher that is none": (
        "route: {receiver: a, routes: [{matchers: [b]}]}\nreceivers: [{name: a}]"
    ),
    "a pattern that is too much": (
        "route: {receiver: a, routes: [{matchers: ['b=~\"(x+)+\"']}]}\nreceivers: [{name: a}]"
    ),
    "routes that are no list": "route: {receiver: a, routes: 5}\nreceivers: [{name: a}]",
}


@pytest.mark.parametrize("name", BAD_ROUTES)
def test_routes_that_are_not_understood_are_refused(name: str) -> None:
    with pytest.raises(BadDocument):
        alertmanager_routes("am.yml", BAD_ROUTES[name].encode())
