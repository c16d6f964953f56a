"""The back-test: which alert tells of what, and what the history shows of failures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.domains.monitoring.checks import CHECKS
from privatedao_audit.domains.monitoring.rules import invented as i
from privatedao_audit.domains.monitoring.rules.events import Due, Event
from privatedao_audit.domains.monitoring.rules.facts import Alert, LogFile
from privatedao_audit.domains.monitoring.rules.matching import Book, Told
from privatedao_audit.domains.monitoring.rules.occurrences import occurrences, scope_of
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.history.facts import DaoHistory, Deed
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.conduct import Failure

DUE = Due((Event("x", 1_000, {}, 1, ("sig",), 5, frozenset({"place"})),))


def told(*alerts: Alert, until: int = 10_000) -> Told:
    log = LogFile(i.LOG, Found(alerts, i.at(i.LOG)), Found(until, i.at("git")))
    return Book.of([log]).match("rule", DUE, 300).told


def alert(at: int | None = 1_010, **change: str) -> Alert:
    given = {"rule": "rule", "signature": "sig", "address": "", "receipt": "1", **change}
    return Alert(raised_at=at, received_at=at, place="row 1", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (1_000, Told.IN_TIME),
        (1_300, Told.IN_TIME),
        (1_301, Told.LATE),
        (990, Told.IN_TIME),
        (989, Told.BEFORE_IT),
        (None, Told.WITHOUT_RECEIPT),
    ],
)
def test_an_alert_is_in_time_from_its_block_to_its_limit(at: int | None, expected: Told) -> None:
    assert told(alert(at)) is expected


@pytest.mark.parametrize(
    ("at", "since", "expected"),
    [
        (100_010, 100_000, Told.IN_TIME),
        (99_989, 100_000, Told.BEFORE_IT),
        (98_400, 90_000, Told.IN_TIME),
        (98_389, 90_000, Told.BEFORE_IT),
    ],
)
def test_a_series_may_be_told_as_it_goes_on(at: int, since: int, expected: Told) -> None:
    """Five proposals in an hour: who is told at the third need not wait for the fifth."""
    last = Event("x", 102_000, {}, 1, ("sig",), 5, frozenset({"place"}), since=since)
    log = LogFile(i.LOG, Found((alert(at),), i.at(i.LOG)), Found(200_000, i.at("git")))
    assert Book.of([log]).match("rule", Due((last,)), 300).told is expected
    bare = alert(at, signature="", address="place")
    log = replace(log, alerts=Found((bare,), i.at(i.LOG)))
    assert Book.of([log]).match("rule", Due((last,)), 300).told is Told.MISSED


def test_an_alert_that_was_raised_before_it_happened_is_of_something_else() -> None:
    assert told(replace(alert(1_010), raised_at=900)) is Told.BEFORE_IT


def test_rows_of_a_time_after_the_commit_show_nothing() -> None:
    assert told(alert(1_010), until=1_005) is Told.IN_TIME
    assert told(alert(1_200), until=1_100) is Told.AFTER_THE_LOG


def test_by_address_only_the_window_counts() -> None:
    assert told(alert(signature="", address="place")) is Told.IN_TIME
    assert told(alert(1_301, signature="", address="place")) is Told.MISSED
    assert told(alert(signature="", address="elsewhere")) is Told.MISSED
    assert told(alert(signature="another", address="place")) is Told.MISSED
    assert told(alert(rule="another")) is Told.MISSED


def test_a_row_with_a_fault_or_without_a_receipt_shows_nothing() -> None:
    assert told(alert(receipt="")) is Told.WITHOUT_RECEIPT
    assert told(alert(fault="malformed")) is Told.MISSED
    assert told() is Told.MISSED


def test_a_log_says_nothing_of_what_came_after_it() -> None:
    assert told(until=1_299) is Told.AFTER_THE_LOG
    assert told(until=1_300) is Told.MISSED


def test_the_best_of_several_alerts_counts() -> None:
    assert told(alert(2_000), alert(1_100)) is Told.IN_TIME


def _failing(number: int, apart: int) -> DaoHistory:
    """The history with executions of a waiting proposal that failed, by a stranger."""
    deeds = []
    for n in range(number):
        slot = w.EXECUTED_TOKENS + 1 + n * apart
        tried = replace(w.action("execute_proposal", slot, w.WAITS), took_effect=False)
        failure = Failure(w.PROGRAM, "0", 6028, "Refused", (), (), "log", None)
        deeds.append(replace(w.deed(slot, "attempt", acts=(tried,)), succeeded=False,
                             failure=failure))  # fmt: skip
    return w.more_deeds(i.HISTORY, *deeds)


def test_failures_of_the_history_are_counted_by_the_teams_own_rule() -> None:
    close = i.facts(history=_failing(3, 1))
    said = CHECKS["MA-09"](close, Limits())
    assert said.status is Status.FAIL
    (part,) = [one for one in said.parts if one.label == "alerts"]
    assert part.observed["occurrences"] == 1
    assert CHECKS["MA-09"](i.facts(history=_failing(2, 1)), Limits()).status is Status.PASS
    # Every fifty minutes is outside the team's own window, and so no concern of its alerts.
    assert CHECKS["MA-09"](i.facts(history=_failing(3, 50)), Limits()).status is Status.PASS


def test_an_attempt_says_who_and_when() -> None:
    found = occurrences(i.facts(history=_failing(1, 1)))
    tried = [one for one in found.events if one.metric == "execute_attempted"][-1]
    assert tried.labels["outcome"] == "failed"
    assert tried.labels["expected"] == "true"
    assert tried.labels["unlocked"] == "true"
    failed = [one for one in found.events if one.metric == "call_failed"]
    assert [(one.labels["action"], one.labels["error"]) for one in failed] == [
        ("execute", "Refused")
    ]


def test_before_the_unlock_is_outside_the_window() -> None:
    early = w.START + 4 * w.DAY + 10**6
    reads = replace(i.READS, proposals=tuple(
        w.saying(unlocks_at=early)(one) if one.address == w.WAITS else one
        for one in i.READS.proposals
    ))  # fmt: skip
    given = i.facts(reads=reads, history=_failing(1, 1))
    said = CHECKS["MA-08"](given, Limits())
    assert said.status is Status.FAIL
    assert "locked-execute" in said.summary


def test_an_instruction_that_is_not_known_leaves_it_open() -> None:
    deed = replace(i.HISTORY.deeds[-1], gap="the node kept no inner instructions")
    history = replace(i.HISTORY, deeds=(*i.HISTORY.deeds[:-1], deed))
    assert CHECKS["MA-03"](i.facts(history=history), Limits()).status is Status.UNKNOWN


def test_a_rule_for_one_dao_does_not_cover_another() -> None:
    scope = scope_of(i.GOOD)
    assert scope.daos[0].tokens == {w.TOKENS: w.MINT}
    assert scope.daos[0].balance == w.SOL_IN - w.SOL_PAID
    own = i.with_rows("proposal-created",
                      condition=f'any occurrence of proposal_created{{dao="{w.DAO}"}}')  # fmt: skip
    alone = i.facts(own)
    assert CHECKS["MA-01"](alone, Limits()).status is Status.PASS
    other = replace(i.HISTORY, dao="another", treasury="its treasury", histories={}, deeds=())
    both = replace(alone, histories={**alone.histories, "another": other})
    said = CHECKS["MA-01"](both, Limits())
    assert said.status is Status.MISSING
    assert "another" in said.summary


@pytest.mark.parametrize(
    ("control", "name"),
    [("MA-01", "create_proposal"), ("MA-02", "finalize_proposal_v3"),
     ("MA-03", "execute_proposal")],
)  # fmt: skip
def test_what_a_proposal_shows_and_nobody_saw_leaves_it_open(control: str, name: str) -> None:
    def without(one: Deed) -> Deed:
        gone = one.actions and one.actions[0].name == name
        return replace(one, actions=()) if gone else one

    history = replace(i.HISTORY, deeds=tuple(without(one) for one in i.HISTORY.deeds))
    said = CHECKS[control](i.facts(history=history), Limits())
    assert said.status is Status.UNKNOWN
    assert "what was due" in {part.label for part in said.parts}


def test_a_listed_transaction_that_was_not_read_leaves_it_open() -> None:
    history = replace(i.HISTORY, deeds=tuple(
        one for one in i.HISTORY.deeds if one.signature != w.PAYMENT))  # fmt: skip
    assert "was not read" in occurrences(i.facts(history=history)).unable["treasury_executed"]


def test_an_instruction_without_a_rule_leaves_it_open() -> None:
    strange = w.deed(60, "strange", acts=(w.action("something_new", 60),))
    found = occurrences(i.facts(history=w.more_deeds(i.HISTORY, strange)))
    assert "something_new" in found.unable["proposal_created"]
