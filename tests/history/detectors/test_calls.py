"""The columns that the detectors walk over: what stands in them, and where the rest is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.history.powers import Power
from tests.history.detectors.life import (
    ALICE,
    BOB,
    BOSS,
    KEEPER,
    MULTISIG,
    STRANGER,
    UNLOCK,
    Life,
    a_good_life,
    long,
    purse,
    replace_story,
    sent,
)


def told() -> Life:
    life = a_good_life()
    life.call(UNLOCK + 9_000, "commit_vote", ALICE, 1, ok=False, timed=False, account=purse(BOB))
    life.deed(UNLOCK + 9_001, transfers=(sent(ALICE, BOB, 7),))
    life.deed(UNLOCK + 9_002, powers=(Power("0", "threshold", MULTISIG, amount=1, by=BOSS),))
    life.deed(UNLOCK + 9_003, gap="the node kept no inner instructions")
    return life


@pytest.mark.parametrize("kept", [lambda one: one, long])
def test_every_row_is_the_instruction_that_lies_in_the_history(kept: object) -> None:
    assert callable(kept)
    story = told().story()
    history: DaoHistory = kept(story.history)
    calls = replace_story(story, history=history).calls
    assert len(calls) == len(calls.action) == len(calls.time) == 16
    for row in range(len(calls)):
        deed, action = history.deeds[calls.deed[row]], calls.action[row]
        assert action in deed.actions
        assert (calls.name[row], calls.place[row]) == (action.name, action.place)
        assert (calls.slot[row], calls.time[row]) == (deed.slot, deed.block_time)
        assert calls.took_effect[row] is deed.succeeded
        assert calls.blamed[row] is not deed.succeeded
        assert calls.proposal[row] == (action.proposal or "")
    assert calls.action[2:5] == tuple(calls.action[row] for row in (2, 3, 4))
    assert calls.time[-2:] == (calls.time[14], None) and calls.tokens[15] == purse(BOB)
    assert (calls.caller[0], calls.does[0], calls.tokens[0]) == (BOSS, "found", "")
    assert [calls.name[row] for row in calls.of("found", "hand over")] == [
        "initialize_dao", "transfer_dao_authority"
    ]  # fmt: skip
    assert list(calls.of("propose", "commit")) == sorted(
        [*calls.of("propose"), *calls.of("commit")]
    )
    assert [calls.caller[row] for row in calls.of("execute")] == [KEEPER] * 3
    assert calls.of("veto") == ()
    with pytest.raises(IndexError):
        calls.action[16]


def test_marks_lead_to_all_that_is_no_instruction() -> None:
    story = told().story()
    calls, deeds = story.calls, story.history.deeds
    marks = calls.marks
    assert [deeds[n].gap for n in marks.gaps] == ["the node kept no inner instructions"]
    assert [deeds[n].powers[0].kind for n in marks.powers] == ["threshold"]
    assert [deeds[n].transfers[0].amount for n in marks.moving] == [7]
    assert [deeds[n].actions[0].name for n in marks.paying] == ["execute_proposal"]
    assert list(marks.leaving) == list(marks.paying)
    both = list(marks.deeds(story.history, marks.gaps, marks.powers, marks.gaps))
    assert [deed for _number, deed in both] == [deeds[n] for n in (*marks.powers, *marks.gaps)]


def test_a_text_that_comes_often_is_kept_once() -> None:
    calls = told().story().calls
    rows = calls.of("commit")
    assert len({id(calls.name[row]) for row in rows}) == 1
    assert len({id(calls.proposal[row]) for row in rows}) == 2


def test_times_and_slots_of_any_size_stay_exact() -> None:
    life = a_good_life()
    life.call(0, "deposit_treasury", STRANGER)
    last = replace(life.deeds[-1], slot=2**64 - 2, block_time=2**64 - 2)
    life.deeds[-1] = last
    calls = life.story().calls
    assert (calls.slot[-1], calls.time[-1]) == (2**64 - 2, 2**64 - 2)
