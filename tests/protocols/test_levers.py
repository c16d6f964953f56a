"""What can stop a proposal, at each second at which that changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.protocols.base import (
    Availability,
    Dao,
    Lever,
    Moment,
    Proposal,
    Stage,
    StageKind,
)
from privatedao_audit.protocols.privatedao import reading
from privatedao_audit.protocols.privatedao.errors import (
    AUTHORITY_TRANSFER,
    BEFORE_TRANSFER,
    OPERATOR_AUTHORITY,
)
from privatedao_audit.protocols.privatedao.levers import LEVER_RULES, levers, stage
from privatedao_audit.protocols.privatedao.rules import RULES
from tests.protocols.world import CREATOR, PROGRAM, dao_account, key, proposal_account

VOTING_END = 1_000
REVEAL_END = 1_600
DELAY = 86_400
FINALIZED = 2_000
UNLOCK = FINALIZED + DELAY
NOW, LATER, NONE, UNKNOWN = (
    Availability.NOW, Availability.LATER, Availability.NONE, Availability.UNKNOWN,
)  # fmt: skip


def the_dao(delay: int = DELAY) -> Dao:
    return reading.dao(dao_account(execution_delay_seconds=delay), PROGRAM)


def a_proposal(**given: Any) -> Proposal:
    times = {"voting_end": VOTING_END, "reveal_end": REVEAL_END}
    return reading.proposal(proposal_account(**times | given), PROGRAM)


def passed(**given: Any) -> Proposal:
    told = {"status": "Passed", "execution_unlocks_at": UNLOCK, "commit_count": 3,
            "reveal_count": 2}  # fmt: skip
    return a_proposal(**told | given)


def lever(at: Stage, name: str, build: str | None = None) -> Lever:
    (found,) = [one for one in levers(at, build) if one.instruction == name]
    return found


OPEN = a_proposal()
VOTED = a_proposal(commit_count=1)
DONE = passed(is_executed=True)

#: proposal, now, stage, cancel, veto; each boundary a second before, at it, and after.
TABLE = [
    (OPEN, 1, StageKind.VOTING, NOW, LATER),
    (OPEN, VOTING_END - 1, StageKind.VOTING, NOW, LATER),
    (OPEN, VOTING_END, StageKind.COUNTING, NONE, LATER),
    (OPEN, VOTING_END + 1, StageKind.COUNTING, NONE, LATER),
    (VOTED, VOTING_END - 1, StageKind.VOTING, NONE, LATER),
    (VOTED, VOTING_END, StageKind.COUNTING, NONE, LATER),
    (VOTED, REVEAL_END - 1, StageKind.COUNTING, NONE, LATER),
    (VOTED, REVEAL_END, StageKind.DECIDABLE, NONE, LATER),
    (VOTED, REVEAL_END + 1, StageKind.DECIDABLE, NONE, LATER),
    (passed(), FINALIZED - 1, StageKind.INCONSISTENT, UNKNOWN, UNKNOWN),
    (passed(), FINALIZED, StageKind.LOCKED, NONE, NOW),
    (passed(), UNLOCK - 1, StageKind.LOCKED, NONE, NOW),
    (passed(), UNLOCK, StageKind.EXECUTABLE, NONE, NONE),
    (passed(), UNLOCK + 1, StageKind.EXECUTABLE, NONE, NONE),
    (passed(), UNLOCK + 10**9, StageKind.EXECUTABLE, NONE, NONE),
    (DONE, UNLOCK - 1, StageKind.INCONSISTENT, UNKNOWN, UNKNOWN),
    (DONE, UNLOCK, StageKind.EXECUTED, NONE, NONE),
    (DONE, UNLOCK + 1, StageKind.EXECUTED, NONE, NONE),
    (a_proposal(status="Failed"), REVEAL_END - 1, StageKind.INCONSISTENT, UNKNOWN, UNKNOWN),
    (a_proposal(status="Failed"), REVEAL_END, StageKind.ENDED, NONE, NONE),
    (a_proposal(status="Cancelled"), 1, StageKind.ENDED, NONE, NONE),
    (passed(status="Vetoed"), UNLOCK - 1, StageKind.ENDED, NONE, NONE),
]


@pytest.mark.parametrize(("proposal", "now", "kind", "cancel", "veto"), TABLE)
def test_stage_and_levers_second_by_second(
    proposal: Proposal, now: int, kind: StageKind, cancel: Availability, veto: Availability
) -> None:
    at = stage(proposal, now, the_dao())
    assert at.kind is kind, at.reason
    assert lever(at, "cancel_proposal").availability is cancel
    assert lever(at, "veto_proposal").availability is veto
    # Nothing stops an execution that is unlocked, at no stage.
    assert lever(at, "none").availability is NONE


def test_a_lever_tells_who_holds_it_and_how_long() -> None:
    veto = lever(stage(passed(), UNLOCK - 7, the_dao()), "veto_proposal")
    assert (veto.role, veto.holder) == ("authority", CREATOR)
    assert (veto.opens_at, veto.until, veto.seconds_left) == (FINALIZED, UNLOCK, 7)
    cancel = lever(stage(OPEN, VOTING_END - 3, the_dao()), "cancel_proposal")
    assert (cancel.until, cancel.seconds_left, cancel.holder) == (VOTING_END, 3, CREATOR)


def test_after_the_first_commit_nobody_can_cancel() -> None:
    told = lever(stage(VOTED, 1, the_dao()), "cancel_proposal")
    assert "after the first commit nobody can cancel" in told.reason
    assert told.seconds_left is None


@pytest.mark.parametrize("delay", [0, -5])
@pytest.mark.parametrize("now", [1, VOTING_END, REVEAL_END])
def test_without_a_delay_there_is_no_time_to_veto(delay: int, now: int) -> None:
    told = lever(stage(VOTED, now, the_dao(delay)), "veto_proposal")
    assert told.availability is NONE
    assert "delay is 0" in told.reason


def test_with_a_delay_of_0_a_passed_proposal_is_executable_in_the_same_second() -> None:
    at_once = passed(execution_unlocks_at=FINALIZED)
    at = stage(at_once, FINALIZED, the_dao(0))
    assert at.kind is StageKind.EXECUTABLE
    assert lever(at, "veto_proposal").availability is NONE


def test_a_delay_of_one_second_leaves_one_second() -> None:
    short = passed(execution_unlocks_at=FINALIZED + 1)
    assert lever(stage(short, FINALIZED, the_dao(1)), "veto_proposal").seconds_left == 1
    assert lever(stage(short, FINALIZED + 1, the_dao(1)), "veto_proposal").availability is NONE


@pytest.mark.parametrize(
    ("now", "opens"), [(1, REVEAL_END), (REVEAL_END, REVEAL_END), (REVEAL_END + 99_999,) * 2]
)
def test_a_late_finalize_moves_the_veto_window(now: int, opens: int) -> None:
    told = lever(stage(VOTED, now, the_dao()), "veto_proposal")
    assert (told.availability, told.opens_at, told.until) == (LATER, opens, None)
    assert f"for {DELAY} seconds" in told.reason


def test_a_late_finalize_moved_the_unlock() -> None:
    late = passed(execution_unlocks_at=REVEAL_END + 10**6 + DELAY)
    at = stage(late, REVEAL_END + 10**6, the_dao())
    assert (at.kind, at.since, at.until) == (
        StageKind.LOCKED, REVEAL_END + 10**6, REVEAL_END + 10**6 + DELAY,
    )  # fmt: skip


def test_without_the_dao_no_holder_and_no_delay_is_made_up() -> None:
    at = stage(VOTED, 1)
    told = lever(at, "veto_proposal")
    assert (told.availability, told.holder) == (UNKNOWN, None)
    locked = stage(passed(), UNLOCK - 1)
    assert (locked.kind, locked.since) == (StageKind.LOCKED, None)
    assert lever(locked, "veto_proposal").availability is NOW


CONTRADICTIONS = {
    "finalised before the reveal window ended": (
        passed(execution_unlocks_at=REVEAL_END + DELAY - 1), UNLOCK, "before the reveal window"
    ),
    "finalised in the future": (passed(), FINALIZED - 1, "which is after"),
    "passed without an unlock": (passed(execution_unlocks_at=0), UNLOCK, "no unlock time"),
    "executed without an unlock": (
        passed(execution_unlocks_at=0, is_executed=True), UNLOCK, "no unlock time"
    ),
    "open with an unlock": (a_proposal(execution_unlocks_at=9), 1, "is not finalised"),
    "windows out of order": (a_proposal(reveal_end=VOTING_END - 1), 1, "before voting does"),
    "more reveals than commits": (a_proposal(reveal_count=1), 1, "more votes are revealed"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_what_the_program_could_not_have_written_is_no_stage(case: str) -> None:
    proposal, now, why = CONTRADICTIONS[case]
    at = stage(proposal, now, the_dao())
    assert at.kind is StageKind.INCONSISTENT
    assert why in at.reason
    told = {lever(at, name).availability for name in ("cancel_proposal", "veto_proposal")}
    assert told == {UNKNOWN}


@pytest.mark.parametrize(
    ("unlock", "now"), [(REVEAL_END - 1, UNLOCK), (REVEAL_END + 5, REVEAL_END - 1)]
)
def test_contradictions_are_seen_without_the_dao_too(unlock: int, now: int) -> None:
    assert stage(passed(execution_unlocks_at=unlock), now).kind is StageKind.INCONSISTENT


def test_the_dao_of_another_proposal_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to the DAO"):
        stage(OPEN, 1, replace(the_dao(), address=key("elsewhere")))


@pytest.mark.parametrize(
    ("build", "availability"),
    [(None, UNKNOWN), (BEFORE_TRANSFER, NONE), (AUTHORITY_TRANSFER, NOW),
     (OPERATOR_AUTHORITY, NOW)],
)  # fmt: skip
def test_the_authority_can_be_moved_in_builds_that_know_how(
    build: str | None, availability: Availability
) -> None:
    told = lever(stage(OPEN, 1, the_dao()), "transfer_dao_authority", build)
    assert told.availability is availability
    assert "it stops no proposal" in told.stops


@pytest.mark.parametrize("now", [1, VOTING_END, REVEAL_END, 10**9])
@pytest.mark.parametrize(
    "name", ["emergency_disabled", "transfer_treasury_operator_authority"]
)
def test_what_only_looks_like_a_lever_is_none_at_every_stage(name: str, now: int) -> None:
    told = lever(stage(OPEN, now, the_dao()), name)
    assert (told.availability, told.role, told.holder) == (NONE, "nobody", None)
    assert told.reason


def test_an_unknown_build_is_refused() -> None:
    with pytest.raises(ValueError, match="known are: before-authority-transfer"):
        levers(stage(OPEN, 1, the_dao()), "v9")


#: A proposal at each moment of its life.
MOMENTS = {
    Moment.UNVOTED: stage(OPEN, 1, the_dao()),
    Moment.VOTING: stage(VOTED, 1, the_dao()),
    Moment.COUNTING: stage(VOTED, VOTING_END, the_dao()),
    Moment.DECIDABLE: stage(VOTED, REVEAL_END, the_dao()),
    Moment.LOCKED: stage(passed(), UNLOCK - 1, the_dao()),
    Moment.EXECUTABLE: stage(passed(), UNLOCK, the_dao()),
    Moment.EXECUTED: stage(DONE, UNLOCK, the_dao()),
}


@pytest.mark.parametrize("moment", Moment)
def test_the_rules_of_levers_say_what_the_levers_of_a_proposal_say(moment: Moment) -> None:
    at = MOMENTS[moment]
    told = {one.instruction: one for one in levers(at, OPERATOR_AUTHORITY)}
    for name, rule in LEVER_RULES.items():
        one = told[name.removesuffix("_v2")]
        assert (moment in rule.moments) == (one.availability is NOW), name
        assert rule.role in (one.role, "authority")
        assert not rule.moments or name in RULES
    assert set(told) - {"none"} <= set(LEVER_RULES)


def test_the_window_of_a_veto_is_a_delay_of_the_dao() -> None:
    assert the_dao().delays[LEVER_RULES["veto_proposal"].window] == DELAY
    assert BEFORE_TRANSFER not in LEVER_RULES["transfer_dao_authority"].builds
