"""When an alert was due: over events as they happened."""

from __future__ import annotations

import pytest

from privatedao_audit.domains.monitoring.rules.events import Event, dues
from privatedao_audit.domains.monitoring.rules.vocabulary import METRICS, bound
from privatedao_audit.repository.alert_rules import (
    Condition,
    NotExecutable,
    plain_condition,
    promql_condition,
)


def plain(text: str) -> Condition:
    return bound(plain_condition(text), {})


def promql(text: str, hold: int = 0) -> Condition:
    return bound(promql_condition(text, hold), {})


def failed(time: int | None, caller: str = "a", proposal: str = "p") -> Event:
    labels = {"dao": "d", "proposal": proposal, "caller": caller, "instruction": "finalize"}
    return Event("call_failed", time, labels, 1, (f"{caller}{proposal}{time}",), time or 0)


def moved(time: int, amount: int) -> Event:
    labels = {"dao": "d", "account": "t", "direction": "out", "explained": "true"}
    return Event("treasury_lamports_moved", time, labels, amount, (f"m{time}",), time)


def signatures(text: str, *events: Event) -> list[list[str]]:
    return [sorted(due.signatures) for due in dues(plain(text), events)]


def test_every_occurrence_is_due() -> None:
    events = [failed(20), failed(10), moved(5, 1)]
    assert signatures("any occurrence of call_failed", *events) == [["ap10"], ["ap20"]]
    assert signatures('any occurrence of call_failed{caller="b"}', *events) == []


def test_a_count_is_due_once_per_rise_above_its_threshold() -> None:
    text = "count of call_failed >= 3 transactions within 100 s"
    burst = [failed(n) for n in (0, 10, 20, 30, 40)]
    assert signatures(text, *burst) == [["ap0", "ap10", "ap20"]]
    again = [*burst, *(failed(n) for n in (1_000, 1_001, 1_002))]
    assert [one[-1] for one in signatures(text, *again)] == ["ap20", "ap1002"]
    assert signatures(text, failed(0), failed(60), failed(120)) == []
    assert signatures(text, failed(0), failed(1)) == []


def test_the_edge_of_a_window_is_outside() -> None:
    text = "count of call_failed >= 2 transactions within 100 s"
    assert signatures(text, failed(0), failed(100)) == []
    assert len(signatures(text, failed(0), failed(99))) == 1


def test_groups_are_counted_apart() -> None:
    text = "count of call_failed by proposal >= 2 transactions within 100 s"
    assert signatures(text, failed(0), failed(1, proposal="q")) == []
    assert len(signatures(text, failed(0), failed(1, caller="b"))) == 1


def test_amounts_add_up() -> None:
    text = "sum of treasury_lamports_moved > 100 lamports within 60 s"
    assert signatures(text, moved(0, 60), moved(30, 41)) == [["m0", "m30"]]
    assert signatures(text, moved(0, 60), moved(60, 41)) == []
    # Where one is enough, each is due for itself.
    assert signatures(text, moved(0, 101), moved(1, 102)) == [["m0"], ["m1"]]


def test_a_rule_of_prometheus_is_taken_at_its_meaning() -> None:
    rule = promql("sum(increase(call_failed_total[100s])) >= 2")
    assert len(dues(rule, [failed(0), failed(50)])) == 1
    each = promql("increase(call_failed_total[100s]) >= 2")
    assert dues(each, [failed(0), failed(50, caller="b")]) == ()
    rate = promql("sum(rate(call_failed_total[100s])) >= 0.02")
    assert len(dues(rate, [failed(0), failed(50)])) == 1


def test_what_is_over_before_it_held_long_enough_never_fires() -> None:
    assert dues(promql("increase(call_failed_total[60s]) > 0", 60), [failed(0)]) == ()
    assert len(dues(promql("increase(call_failed_total[5m]) > 0", 60), [failed(0)])) == 1


@pytest.mark.parametrize(
    "text",
    [
        "rpc_slot_lag > 5",
        "call_failed_total > 0",
        "count_over_time(call_failed_total[5m]) > 1",
        "increase(call_failed_total[5m]) < 1",
        "max(increase(call_failed_total[5m])) > 1",
        "absent(call_failed_total)",
    ],
)
def test_what_says_nothing_of_events_is_refused(text: str) -> None:
    with pytest.raises(NotExecutable):
        dues(promql(text), [failed(0)])


def test_an_event_without_a_time_is_never_left_out() -> None:
    with pytest.raises(NotExecutable, match="time of a block"):
        dues(plain("any occurrence of call_failed"), [failed(None), failed(1)])
    assert dues(plain('any occurrence of call_failed{caller="b"}'), [failed(None)]) == ()


def test_a_metric_of_the_team_is_read_by_the_targets_table() -> None:
    table = {"watcher_votes_total": 'behaviour{kind="double-vote"}'}
    one = bound(promql_condition("increase(watcher_votes_total[5m]) > 0"), table)
    assert one.selector.metric == "behaviour"
    assert one.selector.matchers[0].value == "double-vote"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("any occurrence of nothing", "not known"),
        ("any occurrence of rpc_up_total", "not known"),
        ("any occurrence of rpc_up", "counts no events"),
        ("proposal_created > 5 transactions for 5 s", "counts events"),
        ('any occurrence of proposal_created{tenant="x"}', "no label"),
        ("count of proposal_created by tenant > 5 transactions within 5 s", "no label"),
        ("count of proposal_created > 5 lamports within 5 s", "not counted in"),
        ("sum of treasury_lamports_moved > 5 transactions within 5 s", "unit of"),
        ("sum of treasury_tokens_moved > 5 raw units within 5 s", "several mints"),
        ("rpc_slot_lag > 5 seconds for 5 s", "unit of"),
    ],
)
def test_a_condition_that_does_not_fit_its_metric_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotExecutable, match=why):
        plain(text)


def test_labels_of_a_scraper_are_passed_over() -> None:
    one = promql('sum by (job) (increase(proposal_created_total{job="w", instance="x"}[5m])) > 0')
    assert one.selector.matchers == ()
    assert one.by == ()


def test_tokens_are_added_up_per_mint() -> None:
    text = "sum of treasury_tokens_moved by mint > 5 raw units within 5 s"
    assert plain(text).by == ("mint",)
    assert plain("sum of treasury_tokens_moved > 0 raw units within 5 s").threshold == "0"


def test_every_metric_says_what_it_is() -> None:
    assert all(one.about and one.unit and one.labels for one in METRICS.values())
