"""What notebook 04 shows of the history."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.domains.monitoring import view
from privatedao_audit.domains.monitoring.cases import GOOD, HISTORY, facts
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.protocols.conduct import Failure


def test_each_failure_is_a_row_with_its_error() -> None:
    tried = replace(w.action("execute_proposal", 45, w.WAITS), took_effect=False)
    failed = replace(
        w.deed(45, "attempt", acts=(tried,)), succeeded=False,
        failure=Failure(w.PROGRAM, "0", 6028, "ExecutionTimelockActive", (), (), "log", None),
    )  # fmt: skip
    foreign = replace(w.deed(46, "foreign"), succeeded=False)
    told = view.failures(facts(history=w.more_deeds(HISTORY, failed, foreign)))
    rows = told.frame.to_dict("records")
    assert [(row["instruction"], row["error"], row["code"]) for row in rows] == [
        ("execute_proposal", "ExecutionTimelockActive", 6028), ("not the DAO's", "not known", None),
    ]  # fmt: skip
    assert rows[0]["proposal"] == w.WAITS
    assert "ExecutionTimelockActive" in str(told)


def test_failed_attempts_are_counted_by_address() -> None:
    one = HISTORY.histories[w.TREASURY]
    failed = replace(one.entries[1], signature="failed", succeeded=False, lamports=(
        w.SOL_IN - w.SOL_PAID, w.SOL_IN - w.SOL_PAID))  # fmt: skip
    history = w.with_address(
        w.TREASURY, lambda given: replace(given, entries=(*given.entries, failed)), HISTORY
    )
    rows = view.histories(facts(history=history)).frame.to_dict("records")
    treasury = next(row for row in rows if row["what"] == "treasury")
    assert (treasury["transactions"], treasury["of them failed"], treasury["movements"]) == (
        3, 1, 2,
    )  # fmt: skip
    assert treasury["what does not chain"] == "nothing"


def test_without_a_protocol_the_reason_is_shown() -> None:
    empty = replace(GOOD, histories={}, governance=replace(GOOD.governance, unsupported="why"))
    assert "why" in str(view.histories(empty))
    assert "why" in str(view.failures(empty))
