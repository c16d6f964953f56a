"""The tables of notebook 04 about alert rules."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.domains.monitoring.rules import invented as i
from privatedao_audit.domains.monitoring.rules import view
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.model import canonical
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found

LIMITS = Limits()
HOSTILE = "</td><script>x</script>\u202e"


def rows(table: view.Table) -> list[dict[str, object]]:
    return table.frame.to_dict("records")


def test_every_rule_is_a_row() -> None:
    told = rows(view.rules(i.GOOD))
    assert [row["rule"] for row in told] == [row["id"] for row in i.ROWS]
    assert {row["executable"] for row in told} == {"yes"}
    prose = view.rules(i.facts(i.with_rows("rpc-lag", condition="it seems slow")))
    assert any(str(row["executable"]).startswith("no: it is prose") for row in rows(prose))


def test_what_must_be_told_is_shown_with_what_covers_it() -> None:
    told = rows(view.covered(i.GOOD, LIMITS))
    assert {row["control"] for row in told} == {f"MA-{n:02}" for n in range(1, 12)}
    assert {row["covered"] for row in told} == {"PASS"}


def test_the_back_test_lists_what_was_due() -> None:
    told = rows(view.told(i.GOOD, LIMITS))
    assert len(told) == len(i.ALERTS)
    assert {row["told"] for row in told} == {"in time"}
    assert {row["seconds"] for row in told} == {30}
    missed = replace(i.ALL_RULES, logs=(replace(i.ALL_RULES.logs[0],
                                                alerts=Found((), i.at(i.LOG))),))  # fmt: skip
    shown = view.told(i.facts(missed), LIMITS)
    assert {row["told"] for row in rows(shown)} == {"missed"}
    assert shown.ordinary is not None and not any(shown.ordinary.rows)


def test_alerts_of_nothing_are_listed() -> None:
    assert rows(view.false_alarms(i.GOOD, LIMITS)) == []
    stray = i.alert("proposal-created", "nothing", w.CREATED, place="row 99")
    broken = i.alert("proposal-created", HOSTILE, w.CREATED, place="row 100", fault="malformed")
    log = replace(i.ALL_RULES.logs[0], alerts=Found((*i.ALERTS, stray, broken), i.at(i.LOG)))
    table = view.false_alarms(i.facts(replace(i.ALL_RULES, logs=(log,))), LIMITS)
    assert [row["where"] for row in rows(table)] == ["row 99", "row 100"]
    assert "<script" not in table._repr_mimebundle_()["text/html"]


def test_what_only_the_kit_found_is_advice() -> None:
    assert rows(view.advice(i.GOOD, LIMITS)) == []
    narrow = i.with_rows(
        "balance-anomaly", condition='any occurrence of behaviour{kind="outflow-unexplained"}'
    )
    (found,) = rows(view.advice(i.facts(narrow), LIMITS))
    assert (found["detector"], found["transaction"]) == ("balance-step", w.TOKEN_PAYMENT)


def test_drills_are_shown_for_rules_that_nothing_fired() -> None:
    told = rows(view.drills(i.GOOD, LIMITS))
    assert {row["rule"] for row in told} == {one.rule for one in i.DRILLED}
    assert {row["drill"] for row in told} == {"PASS"}


def test_without_rules_every_table_says_so() -> None:
    none = i.facts(replace(i.ALL_RULES, files={}, logs=()))
    assert "maps no alert rules" in str(view.rules(none))
    assert "maps no alert rules" in str(view.covered(none, LIMITS))
    assert rows(view.told(none, LIMITS)) == []
    assert rows(view.drills(none, LIMITS)) == []


def test_the_facts_have_a_canonical_form() -> None:
    plain = canonical.plain(i.GOOD.rules)
    assert canonical.dumps(plain)
    assert plain["probes"]["value"][0]["points"] == 6
