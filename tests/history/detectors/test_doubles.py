"""Tokens that voted twice: followed from account to account, and nothing else is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.history.detectors import DETECTORS, Detected, Detection
from privatedao_audit.history.facts import Transfer
from privatedao_audit.protocols.facts import Outcome
from tests.history.detectors.life import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    DAY,
    KEEPER,
    MINT,
    STRANGER,
    Life,
    purse,
    replace_story,
    sent,
)

BEGIN = 1_000
Votes = dict[str, tuple[int, str | None]]


class Vote(Life):
    """One proposal whose voters' token accounts are followed; a step is a minute."""

    def __init__(self, votes: Votes, balances: dict[str, int], **said: Any) -> None:
        super().__init__()
        self.call(0, "initialize_dao", KEEPER)
        self.fund(1, 10**9)
        self.time = BEGIN
        self.balances: dict[str, int] = {}
        self.voters = frozenset(purse(wallet) for wallet in votes) | {
            purse(giver) for giver in said.get("lent", {})
        }
        given = {"outcome": Outcome.PASSED, "unlocks_at": 4 * DAY, **said}
        self.propose(BEGIN, 0, STRANGER, votes=votes, **given)
        for wallet, amount in balances.items():
            number = self.deed(self.step())
            self.change(number, wallet, amount)

    def step(self) -> int:
        self.time += 60
        return self.time

    def change(self, number: int, wallet: str, by: int) -> None:
        """Enter a change of a wallet's tokens, where its account is followed."""
        before = self.balances.get(wallet, 0)
        self.balances[wallet] = before + by
        if purse(wallet) in self.voters:
            self.hold(number, purse(wallet), before, before + by, wallet)

    def commit(self, wallet: str) -> None:
        number = self.call(self.step(), "commit_vote", wallet, 0)
        self.change(number, wallet, 0)

    def move(self, source: str, target: str, amount: int) -> None:
        seen = {purse(source), purse(target)} & self.voters
        number = self.deed(
            self.step(), transfers=(sent(source, target, amount),) if seen else ()
        )
        self.change(number, source, -amount)
        self.change(number, target, amount)

    def said(self) -> Detected:
        return self.detect("double-vote")


def test_tokens_that_move_on_after_the_commit_vote_twice() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (60, "yes"), CAROL: (70, "no")}, {ALICE: 60, CAROL: 70})
    vote.commit(CAROL)
    vote.commit(ALICE)
    vote.move(ALICE, BOB, 60)
    vote.commit(BOB)
    said = vote.said()
    (hit,) = said.hits
    assert not said.unable
    assert hit.weight == 60
    assert f"were counted from {BOB} that had been counted from {ALICE}" in hit.text
    assert hit.text.endswith("without them the result is the opposite.")
    assert len(hit.signatures) == 3
    assert vote.fired() == {"double-vote"}


def test_the_result_may_be_the_same_without_them() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (60, "yes"), CAROL: (20, "no")}, {ALICE: 60, CAROL: 20})
    vote.commit(CAROL)
    vote.commit(ALICE)
    vote.move(ALICE, BOB, 60)
    vote.commit(BOB)
    assert "the result is the same without them" in vote.said().hits[0].text


def test_they_are_followed_through_a_wallet_that_does_not_vote() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (40, "no")}, {ALICE: 60})
    vote.commit(ALICE)
    vote.move(ALICE, STRANGER, 50)
    vote.move(STRANGER, BOB, 40)
    vote.commit(BOB)
    (hit,) = vote.said().hits
    assert hit.weight == 40 and len(hit.signatures) == 4


def test_and_from_wallet_to_wallet_that_all_vote() -> None:
    votes: Votes = dict.fromkeys((ALICE, BOB, CAROL, DAVE), (60, "yes"))
    vote = Vote(votes, {ALICE: 60})
    for first, second in ((ALICE, BOB), (BOB, CAROL), (CAROL, DAVE)):
        vote.commit(first)
        vote.move(first, second, 60)
    vote.commit(DAVE)
    assert [hit.weight for hit in vote.said().hits] == [60, 60, 60]


def test_a_part_of_them_is_told_as_a_part() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (50, "yes")}, {ALICE: 60, BOB: 30})
    vote.commit(ALICE)
    vote.move(ALICE, BOB, 20)
    vote.commit(BOB)
    assert [hit.weight for hit in vote.said().hits] == [20]


def test_tokens_that_were_moved_before_the_commit_vote_once() -> None:
    vote = Vote({ALICE: (40, "yes"), BOB: (20, "yes")}, {ALICE: 60})
    vote.move(ALICE, BOB, 20)
    vote.commit(ALICE)
    vote.commit(BOB)
    assert vote.said().silent


def test_tokens_that_came_fresh_and_go_on_vote_once() -> None:
    """What the wallet committed is still there: others went on."""
    vote = Vote({ALICE: (60, "yes"), BOB: (20, "yes")}, {ALICE: 60})
    vote.commit(ALICE)
    vote.move(STRANGER, ALICE, 20)
    vote.move(ALICE, BOB, 20)
    vote.commit(BOB)
    assert vote.said().silent


def test_tokens_that_go_to_who_voted_before_vote_once() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (20, "yes")}, {ALICE: 60, BOB: 20})
    vote.commit(BOB)
    vote.commit(ALICE)
    vote.move(ALICE, BOB, 60)
    assert vote.said().silent


@pytest.mark.parametrize("which", [ALICE, BOB])
def test_a_vote_that_was_never_told_does_not_count(which: str) -> None:
    votes: Votes = {ALICE: (60, "yes"), BOB: (60, "yes"), which: (60, None)}
    vote = Vote(votes, {ALICE: 60})
    vote.commit(ALICE)
    vote.move(ALICE, BOB, 60)
    vote.commit(BOB)
    assert vote.said().silent


def test_in_a_vote_that_runs_it_may_still_be_told() -> None:
    vote = Vote({ALICE: (60, None), BOB: (60, None)}, {ALICE: 60}, outcome=Outcome.OPEN,
                unlocks_at=None)  # fmt: skip
    vote.commit(ALICE)
    vote.move(ALICE, BOB, 60)
    vote.commit(BOB)
    assert vote.said().hits[0].text.endswith("the vote still runs.")


def test_a_weight_that_was_lent_votes_twice_when_its_tokens_go_on() -> None:
    vote = Vote({BOB: (90, "yes"), CAROL: (60, "yes")}, {ALICE: 60, BOB: 30},
                lent={ALICE: (BOB, 60, True)})  # fmt: skip
    number = vote.call(vote.step(), "delegate_vote", ALICE, 0)
    vote.change(number, ALICE, 0)
    number = vote.call(vote.step(), "commit_delegated_vote", BOB, 0)
    vote.change(number, BOB, 0)
    vote.move(ALICE, CAROL, 60)
    vote.commit(CAROL)
    (hit,) = vote.said().hits
    assert hit.weight == 60 and f"counted from {ALICE}" in hit.text


def test_a_weight_that_was_lent_and_never_used_votes_once() -> None:
    vote = Vote({BOB: (30, "yes"), CAROL: (60, "yes")}, {ALICE: 60, BOB: 30},
                lent={ALICE: (BOB, 60, False)})  # fmt: skip
    number = vote.call(vote.step(), "delegate_vote", ALICE, 0)
    vote.change(number, ALICE, 0)
    vote.commit(BOB)
    vote.move(ALICE, CAROL, 60)
    vote.commit(CAROL)
    assert vote.said().silent


def test_an_account_that_is_handed_over_votes_twice() -> None:
    """The account stays, with what was counted in it; only its owner is another."""
    vote = Vote({ALICE: (60, "yes"), BOB: (60, "yes")}, {ALICE: 60})
    vote.commit(ALICE)
    number = vote.deed(vote.step(), transfers=(Transfer(
        "0", "hand over", purse(ALICE), BOB, None, MINT, ALICE, ALICE, BOB, None),))  # fmt: skip
    vote.hold(number, purse(ALICE), 60, 60, BOB, was=ALICE)
    number = vote.call(vote.step(), "commit_vote", BOB, 0, account=purse(ALICE))
    vote.hold(number, purse(ALICE), 60, 60, BOB, was=BOB)
    assert [hit.weight for hit in vote.said().hits] == [60]


def test_other_proposals_are_other_votes() -> None:
    vote = Vote({ALICE: (60, "yes"), CAROL: (1, "no")}, {ALICE: 60, CAROL: 1})
    vote.commit(ALICE)
    vote.commit(CAROL)
    vote.voters |= {purse(BOB)}
    vote.propose(vote.step(), 1, STRANGER, votes={BOB: (60, "yes"), CAROL: (1, "no")})
    vote.move(ALICE, BOB, 60)
    for wallet in (BOB, CAROL):
        number = vote.call(vote.step(), "commit_vote", wallet, 1)
        vote.change(number, wallet, 0)
    assert vote.said().silent


def test_amounts_near_the_largest_stay_exact() -> None:
    most = 2**64 - 1
    vote = Vote({ALICE: (most, "yes"), BOB: (most - 1, "yes")}, {ALICE: most})
    vote.commit(ALICE)
    vote.move(ALICE, BOB, most - 1)
    vote.commit(BOB)
    assert [hit.weight for hit in vote.said().hits] == [most - 1]


# What can't be told


def test_token_accounts_that_were_not_followed_are_incomplete() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (10, "yes")}, {ALICE: 60, BOB: 10})
    vote.commit(ALICE)
    vote.commit(BOB)
    story = vote.story()
    histories = {k: v for k, v in story.history.histories.items() if k != purse(BOB)}
    lost = replace_story(story, history=replace(story.history, histories=histories))
    said = DETECTORS["double-vote"].run(lost, Detection())
    assert "1 of 2 voters were not followed" in said.unable and not said.hits


def test_a_way_that_was_not_followed_is_incomplete() -> None:
    """Counted tokens went to one stranger, and others came from another."""
    vote = Vote({ALICE: (60, "yes"), BOB: (50, "yes")}, {ALICE: 60})
    vote.commit(ALICE)
    vote.move(ALICE, STRANGER, 50)
    vote.move(STRANGER, DAVE, 50)  # between two accounts that nobody follows
    vote.move(DAVE, BOB, 50)
    vote.commit(BOB)
    said = vote.said()
    assert not said.hits and "was not followed" in said.unable


def test_tokens_from_a_stranger_are_nothing_where_no_counted_ones_went_out() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (50, "yes")}, {ALICE: 60})
    vote.commit(ALICE)
    vote.move(DAVE, BOB, 50)
    vote.commit(BOB)
    assert vote.said().silent


def test_a_gap_between_the_votes_is_incomplete() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (50, "yes")}, {ALICE: 60})
    vote.commit(ALICE)
    vote.balances[ALICE] = 10  # somebody moved fifty, unseen
    vote.balances[BOB] = 50
    number = vote.deed(vote.step())
    vote.change(number, ALICE, 0)
    vote.commit(BOB)
    assert "do not chain between the votes" in vote.said().unable


def test_a_transfer_that_was_not_read_is_incomplete() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (50, "yes")}, {ALICE: 60})
    vote.commit(ALICE)
    unread = Transfer("0", "unknown", None, None, None, None, None, None, None, None)
    number = vote.deed(vote.step(), transfers=(unread,))
    vote.change(number, ALICE, -50)
    vote.change(number, BOB, 50)
    vote.commit(BOB)
    assert "was not read" in vote.said().unable


def test_a_vote_and_a_transfer_in_one_slot_are_incomplete() -> None:
    vote = Vote({ALICE: (60, "yes"), BOB: (50, "yes")}, {ALICE: 60})
    vote.commit(ALICE)
    vote.time -= 60
    vote.move(ALICE, BOB, 50)
    vote.commit(BOB)
    assert "in an order that is not known" in vote.said().unable


def test_one_voter_alone_needs_nothing_of_it() -> None:
    vote = Vote({ALICE: (60, "yes")}, {ALICE: 60})
    vote.commit(ALICE)
    vote.move(ALICE, BOB, 60)
    assert vote.said().silent
