"""Conditions are executed or refused with the reason, never guessed."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.alert_rules import (
    Matcher,
    NotExecutable,
    plain_condition,
    promql_condition,
    selector,
)
from privatedao_audit.repository.alert_rules.model import seconds


def test_any_occurrence() -> None:
    one = plain_condition('any occurrence of moved{account="a", direction!="in"}')
    assert (one.over, one.op, one.window) == ("occurrence", "present", 0)
    assert one.selector.metric == "moved"
    assert one.selector.matchers == (Matcher("account", "=", "a"), Matcher("direction", "!=", "in"))


def test_a_count_with_unit_and_window() -> None:
    one = plain_condition("count of failed by caller, instruction >= 3 transactions within 1 h")
    assert (one.over, one.by, one.op, one.threshold) == (
        "count", ("caller", "instruction"), ">=", "3",
    )  # fmt: skip
    assert (one.unit, one.window) == ("transactions", 3_600)
    assert plain_condition("sum of moved > 5 raw units within 90 s").unit == "raw units"


def test_a_value_that_must_hold() -> None:
    one = plain_condition("lag > 32 slots for 300 s")
    assert (one.over, one.threshold, one.unit, one.hold) == ("last", "32", "slots", 300)
    assert plain_condition("no beat within 5m").over == "absent"


PROSE = {
    "": "states no condition",
    "   ": "states no condition",
    "someone opens a proposal": "prose",
    "new proposal appears outside the expected operator or governance calendar": "prose",
    "3 or more failed finalize attempts for the same proposal within 10 minutes": "prose",
    "primary RPC slot lags fallback RPC by more than 20 slots for 3 consecutive probes": "prose",
    "count of failed >= 3 within 1 h": "no unit",
    "count of failed >= 3 transactions": "no window",
    "lag > 32 slots": "no time for which",
    "lag > 32 for 5 s": "no unit",
    "count of failed >= 3 transactions within 0 s": "is 0",
    "count of failed >= 3 transactions within 2 d": "longer than a day",
    "count of failed >= 3 transactions within -5 s": "duration",
    "count of failed >= 3 transactions within soon": "a number",
    "any occurrence of failed and then some": "follows",
    "any occurrence of": "name",
    'any occurrence of x{a="b"': "due",
    "any occurrence of x{a>5}": "does not compare a label",
    "count of x =~ 5 transactions within 5 s": "compares nothing",
    "💥": "can't be read",
    "x" * 3_000: "characters",
}


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(NotExecutable, match=PROSE[text]):
        plain_condition(text)


def test_promql_that_is_executed() -> None:
    one = promql_condition('sum by (dao) (increase(x_total{dao=~"a|b.*"}[1h30m])) >= 2.5', 60)
    assert (one.over, one.across, one.by, one.window) == ("increase", "sum", ("dao",), 5_400)
    assert (one.op, one.threshold, one.hold) == (">=", "2.5", 60)
    assert promql_condition("((up)) == 0").over == "last"
    assert promql_condition("absent(up)").op == "present"
    assert promql_condition("max(lag) by (endpoint) > -1").by == ("endpoint",)


REFUSED = {
    "up": "compares nothing",
    "rate(x[5m])": "compares nothing",
    "5 < up": "begins with a number",
    "up > down": "not compared with a number",
    "up > 1 and down > 1": "follows",
    "up and down": "beyond what is executed",
    "up offset 5m > 1": "beyond what is executed",
    "up[5m] > 1": "a range stands",
    "irate(x[5m]) > 1": "not executed",
    "histogram_quantile(0.9, x) > 1": "not executed",
    "increase(x) > 0": "a window",
    "increase(x[0m]) > 0": "is 0",
    "increase(x[30d]) > 0": "longer than a day",
    "increase(x[500ms]) > 0": "shorter than a second",
    "increase(x[5m:1m]) > 0": "can't be read",
    "sum without (a) (x) > 1": "write 'by'",
    "sum(max(x)) > 1": "aggregation of an aggregation",
    "sum(absent(x)) > 1": "aggregation of an absence",
    "sum by (a) (x) by (a) > 1": "groups twice",
    'x{a=~"(a+)+$"} > 1': "more than alternatives",
    'x{a="unended} > 1': "can't be read",
    "x > 1e999999": "not compared with a number",
    "x > 1e999": "no finite number",
    "(" * 12 + "x" + ")" * 12 + " > 1": "nested too deeply",
    "x > NaN": "not compared with a number",
}


@pytest.mark.parametrize("text", REFUSED)
def test_other_promql_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(NotExecutable, match=REFUSED[text]):
        promql_condition(text)


def test_a_pattern_is_anchored_and_plain() -> None:
    one = Matcher("a", "=~", "fin.*|exec|x.+")
    assert [one.holds({"a": v}) for v in ("finalize", "fin", "exec", "execute", "x", "xy")] == [
        True, True, True, False, False, True,
    ]  # fmt: skip
    assert Matcher("a", "!~", "b").holds({})
    assert not Matcher("a", "=~", "b").holds({})
    assert Matcher("a", "=", "").holds({}), "a label that is not there is empty"


def test_durations() -> None:
    assert [seconds(one, "window") for one in ("90 s", "5m", "1h30m", "2 hours", "1d")] == [
        90, 300, 5_400, 7_200, 86_400,
    ]  # fmt: skip


def test_a_selector_is_one() -> None:
    assert selector('behaviour{kind="double-vote"}').matchers[0].value == "double-vote"
    with pytest.raises(NotExecutable, match="follows"):
        selector("a b")
