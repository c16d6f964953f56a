"""Attempts to execute, repeated failures, spikes: each fires, and is silent just below."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.history.detectors import Detection
from privatedao_audit.protocols.facts import Outcome
from tests.history.detectors.life import (
    COOK,
    KEEPER,
    STRANGER,
    UNLOCK,
    VAULT,
    Life,
    a_good_life,
    pays,
)

OPENS = UNLOCK + 10_100  # of the second proposal


def test_a_strangers_attempt_fires_also_inside_the_window() -> None:
    life = a_good_life()
    life.call(OPENS + 5, "execute_proposal", STRANGER, 1, ok=False)
    (hit,) = life.detect("unexpected-execute").hits
    assert "no registered executor" in hit.text
    assert hit.subject == life.proposals[1].address
    assert life.fired() == {"unexpected-execute"}


@pytest.mark.parametrize("by", [KEEPER, VAULT])
def test_an_attempt_before_the_unlock_fires_whoever_tries(by: str) -> None:
    life = a_good_life()
    life.call(OPENS - 1, "execute_proposal", by, 1, ok=False)
    (hit,) = life.detect("unexpected-execute").hits
    assert "1 seconds before its unlock" in hit.text


@pytest.mark.parametrize("by", [KEEPER, VAULT])
def test_an_attempt_at_the_unlock_is_silent(by: str) -> None:
    life = a_good_life()
    life.call(OPENS, "execute_proposal", by, 1, ok=False)
    assert life.detect("unexpected-execute").silent


@pytest.mark.parametrize(
    ("outcome", "unlocks"),
    [(Outcome.VETOED, UNLOCK), (Outcome.FAILED, None), (Outcome.CANCELLED, None),
     (Outcome.OPEN, None)],
)  # fmt: skip
def test_where_no_vote_stands_any_attempt_fires(outcome: Outcome, unlocks: int | None) -> None:
    life = a_good_life()
    life.propose(30_000, 2, outcome=outcome, unlocks_at=unlocks, votes={})
    life.call(UNLOCK + 90_000, "execute_proposal", KEEPER, 2, ok=False)
    assert len(life.detect("unexpected-execute").hits) == 1


def test_a_proposal_that_the_dao_does_not_count_fires() -> None:
    life = a_good_life()
    life.call(UNLOCK, "execute_proposal", KEEPER, 7, ok=False)
    assert "counts no proposal" in life.detect("unexpected-execute").hits[0].text


def test_without_any_registered_executor_callers_are_not_judged() -> None:
    life = a_good_life()
    life.known = replace(life.known, roles={}, vaults=frozenset())
    life.call(OPENS + 5, "execute_proposal", STRANGER, 1, ok=False)
    said = life.detect("unexpected-execute")
    assert said.hits == () and "registers nobody" in said.note
    listed = life.detect("unexpected-execute", Detection(executors=(COOK,)))
    assert listed.hits and not listed.note


def test_an_attempt_without_a_time_is_incomplete() -> None:
    life = a_good_life()
    life.call(OPENS + 5, "execute_proposal", KEEPER, 1, ok=False, timed=False)
    assert "no time" in life.detect("unexpected-execute").unable


def storm(many: int, apart: int, name: str = "finalize_proposal_v3") -> Life:
    life = a_good_life()
    life.propose(200_000, 2, outcome=Outcome.OPEN, unlocks_at=None, votes={})
    for number in range(many):
        life.call(300_000 + number * apart, name, KEEPER, 2, ok=False)
    return life


def test_three_failed_finalizes_within_an_hour_are_a_series() -> None:
    life = storm(3, 1_800)
    (hit,) = life.detect("repeated-failures").hits
    assert (hit.weight, len(hit.signatures)) == (3, 3)
    assert "attempts to finalize proposal 2 failed within 3600 seconds" in hit.text
    assert life.fired() == {"repeated-failures"}


@pytest.mark.parametrize(("many", "apart"), [(2, 1), (3, 1_801), (40, 1_801)])
def test_fewer_or_slower_ones_are_silent(many: int, apart: int) -> None:
    assert storm(many, apart).detect("repeated-failures").silent


def test_different_variants_of_finalize_count_together_and_proposals_apart() -> None:
    life = storm(2, 10)
    life.call(300_100, "finalize_proposal", STRANGER, 2, ok=False)
    assert len(life.detect("repeated-failures").hits) == 1
    apart = storm(2, 10)
    apart.call(300_100, "finalize_proposal", STRANGER, 1, ok=False)
    assert apart.detect("repeated-failures").silent


def test_overlapping_windows_are_one_series() -> None:
    assert [hit.weight for hit in storm(9, 1_000).detect("repeated-failures").hits] == [9]


def test_a_success_is_no_failure() -> None:
    life = a_good_life()
    for number in range(5):
        life.call(300_000 + number, "finalize_proposal_v3", KEEPER, 1)
    assert life.detect("repeated-failures").silent


def failing(*times: int) -> Life:
    life = a_good_life()
    for time in times:
        life.call(time, "reveal_vote_v3", STRANGER, 1, ok=False)
    return life


def test_eight_failures_of_one_caller_within_an_hour_are_a_spike() -> None:
    life = failing(*range(400_000, 400_000 + 8 * 400, 400))
    (hit,) = life.detect("failure-spike").hits
    assert hit.subject == STRANGER and hit.weight == 8
    assert life.fired() == {"failure-spike"}


def test_seven_are_not_and_neither_are_eight_by_two_callers() -> None:
    assert failing(*range(400_000, 402_800, 400)).detect("failure-spike").silent
    life = failing(*range(400_000, 401_600, 400))
    for time in range(400_000, 401_600, 400):
        life.call(time, "reveal_vote_v3", KEEPER, 1, ok=False)
    assert life.detect("failure-spike").silent


def test_a_caller_that_always_fails_so_often_is_ordinary_and_more_is_not() -> None:
    usual = [hour * 3_600 + n * 300 for hour in range(100, 200) for n in range(10)]
    hits = failing(*usual).detect("failure-spike").hits
    assert len(hits) == 1 and hits[0].slot is not None and hits[0].slot < 104 * 3_600
    burst = [199 * 3_600 + n * 30 + 1 for n in range(100)]
    assert len(failing(*usual, *burst).detect("failure-spike").hits) == 2


def test_failures_without_a_time_are_incomplete() -> None:
    life = a_good_life()
    life.call(9, "finalize_proposal_v3", KEEPER, 1, ok=False, timed=False)
    assert "no time of 1" in life.detect("repeated-failures").unable
    assert "no time of 1" in life.detect("failure-spike").unable


def test_a_payment_may_be_executed_by_the_keeper() -> None:
    life = a_good_life()
    life.propose(30_000, 2, outcome=Outcome.EXECUTED, action=pays(1_000), unlocks_at=UNLOCK,
                 participants=0)  # fmt: skip
    life.pay(UNLOCK + 9_000, 2, 1_000)
    assert life.detect("unexpected-execute").silent


def test_an_attempt_that_landed_after_the_proposal_was_read_is_incomplete() -> None:
    """It may have passed in between."""
    life = a_good_life()
    life.propose(30_000, 2, outcome=Outcome.OPEN, unlocks_at=None, votes={})
    life.call(10**9 + 1, "execute_proposal", KEEPER, 2)
    said = life.detect("unexpected-execute")
    assert not said.hits and "landed after it was read" in said.unable
