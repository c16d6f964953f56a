"""How votes were given: bursts, silence, dominance, keepers, lone hands, and a recount."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.history.detectors import Detection, detect
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.protocols.facts import Outcome, Policy, ProposalReads
from tests.history.detectors.life import (
    ALICE,
    AT,
    BOB,
    CAROL,
    DAVE,
    DAY,
    KEEPER,
    PROTOCOL,
    STRANGER,
    Life,
    a_good_life,
    key,
    pays,
    replace_story,
)

Votes = dict[str, tuple[int, str | None]]
BEGIN = 20 * DAY


def voted(
    votes: Votes, *, apart: int = 3_600, by: str = ALICE, executor: str | None = None, **said: Any
) -> Life:  # fmt: skip
    life = a_good_life()
    given = {"outcome": Outcome.EXECUTED if executor else Outcome.PASSED, **said}
    life.propose(BEGIN, 2, by, votes=votes, action=pays(1_000), **given)
    for place, wallet in enumerate(votes):
        life.call(BEGIN + 100 + place * apart, "commit_vote", wallet, 2)
    if executor is not None:
        life.known = replace(life.known, roles={**life.known.roles, "keeper": {KEEPER, executor}})
        life.pay(BEGIN + 5 * DAY, 2, 1_000, by=executor)
    return life


def crowd(many: int, told: int, each: int = 10) -> Votes:
    return {key(f"voter {n}"): (each, "yes" if n < told else None) for n in range(many)}


def test_ten_commits_within_a_minute_are_a_burst() -> None:
    life = voted(crowd(10, 10), apart=6)
    (hit,) = life.detect("vote-anomaly").hits
    assert hit.weight == 10 and "within 54 seconds" in hit.text
    assert life.fired() == {"vote-anomaly"}


@pytest.mark.parametrize(("many", "apart"), [(9, 6), (10, 7), (50, 7)])
def test_fewer_or_slower_commits_are_none(many: int, apart: int) -> None:
    assert voted(crowd(many, many), apart=apart).detect("vote-anomaly").silent


def test_votes_that_nobody_told_are_a_collapse() -> None:
    life = voted(crowd(7, 3), outcome=Outcome.FAILED, unlocks_at=None)
    (hit,) = life.detect("vote-anomaly").hits
    assert "3 of 7 committed votes were revealed" in hit.text


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [(crowd(6, 3), Outcome.FAILED), (crowd(2, 0), Outcome.FAILED), (crowd(7, 0), Outcome.OPEN)],
)
def test_half_of_them_or_few_or_a_running_vote_are_none(votes: Votes, outcome: Outcome) -> None:
    assert voted(votes, outcome=outcome, unlocks_at=None).detect("vote-anomaly").silent


def test_a_wallet_with_more_than_half_that_decides_dominates() -> None:
    life = voted({ALICE: (51, "yes"), BOB: (30, "no"), CAROL: (19, "no")})
    (hit,) = life.detect("vote-anomaly").hits
    assert f"{ALICE} held 51 % of the capital weight" in hit.text


@pytest.mark.parametrize(
    "votes",
    [
        {ALICE: (50, "yes"), BOB: (31, "no"), CAROL: (19, "yes")},
        # Without it the vote comes out the same.
        {ALICE: (60, "yes"), BOB: (31, "yes"), CAROL: (9, "no")},
    ],
)
def test_half_or_a_wallet_on_which_nothing_hangs_does_not(votes: Votes) -> None:
    assert voted(votes).detect("vote-anomaly").silent


def test_one_key_that_may_tell_most_votes_is_a_concentration() -> None:
    votes = crowd(4, 4)
    three = dict.fromkeys(list(votes)[:3], KEEPER)
    (hit,) = voted(votes, keepers=three).detect("vote-anomaly").hits
    assert f"{KEEPER} may reveal 3 of 4 votes" in hit.text
    two = dict.fromkeys(list(votes)[:2], KEEPER)
    assert voted(votes, keepers=two).detect("vote-anomaly").silent


def test_votes_that_were_not_read_are_incomplete() -> None:
    story = voted(crowd(5, 5)).story()
    proposals = tuple(
        replace(one, votes=Unknown("not looked for")) for one in story.reads.proposals
    )
    said = detect(replace_story(story, reads=replace(story.reads, proposals=proposals)),
                  Detection())  # fmt: skip
    for name in ("vote-anomaly", "lone-hand", "double-vote"):
        assert "were not read" in said[name].unable
    assert "as counted" in voted(crowd(5, 5), complete=False).detect("lone-hand").unable


def test_one_wallet_alone_fires_worse_where_it_did_all() -> None:
    (hit,) = voted({ALICE: (9, "yes")}, by=BOB).detect("lone-hand").hits
    assert hit.text == f"The vote of {ALICE} was the only one that counted on proposal 2."
    life = voted({ALICE: (9, "yes")}, executor=ALICE)
    (hit,) = life.detect("lone-hand").hits
    assert hit.text.endswith("which the same wallet proposed and executed.")
    assert len(hit.signatures) == 3
    assert life.fired() == {"lone-hand"}


def test_the_only_vote_that_was_told_is_alone() -> None:
    life = voted({ALICE: (9, "yes"), BOB: (9, None)})
    (hit,) = life.detect("lone-hand").hits
    assert "the only one of 2 that counted" in hit.text


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ({ALICE: (9, "yes"), BOB: (1, "no")}, {}),
        ({ALICE: (9, "yes")}, {"outcome": Outcome.FAILED, "unlocks_at": None}),
        ({ALICE: (9, "yes")}, {"outcome": Outcome.OPEN, "unlocks_at": None}),
        # Somebody lent it a weight, and took part by that.
        ({ALICE: (9, "yes")}, {"lent": {DAVE: (ALICE, 4, True)}}),
    ],
)
def test_two_or_a_vote_that_failed_or_runs_are_silent(votes: Votes, said: dict[str, Any]) -> None:
    assert voted(votes, **said).detect("lone-hand").silent


def test_a_weight_that_was_lent_and_never_used_took_no_part() -> None:
    life = voted({ALICE: (9, "yes")}, lent={DAVE: (ALICE, 4, False)})
    assert len(life.detect("lone-hand").hits) == 1


# Recounting, as the protocol does it


def recounted(votes: Votes, less: dict[str, int], **change: Any) -> bool | None:
    story = voted(votes, **change).story()
    one = story.proposals[key("proposal 2")]
    return PROTOCOL.recount(one, story.reads, less)


def test_a_recount_follows_the_pass_rule() -> None:
    votes: Votes = {ALICE: (51, "yes"), BOB: (49, "no")}
    assert recounted(votes, {}) is True
    assert recounted(votes, {ALICE: 1}) is True
    assert recounted(votes, {ALICE: 2}) is False
    assert recounted(votes, {ALICE: 2, BOB: 10**20}) is True
    assert recounted(votes, {STRANGER: 50}) is True


def by_roots(one: ProposalReads, story: Any, less: dict[str, int]) -> bool | None:
    dao = replace(story.reads.dao.value, raw={"voting_config": "Quadratic"})
    return PROTOCOL.recount(one, replace(story.reads, dao=Found(dao, AT)), less)


def test_a_recount_by_square_roots_takes_the_root_anew() -> None:
    story = voted({ALICE: (100, "yes"), BOB: (81, "no")}).story()
    one = story.proposals[key("proposal 2")]
    assert by_roots(one, story, {}) is True
    assert by_roots(one, story, {ALICE: 0}) is True
    assert by_roots(one, story, {ALICE: 1}) is False  # floor of the root of 99 is 9


def test_a_recount_of_two_chambers_asks_both() -> None:
    story = voted({ALICE: (100, "yes"), BOB: (81, "no")}).story()
    one = story.proposals[key("proposal 2")]
    config = {"DualChamber": {"capital_threshold": 55, "community_threshold": 52}}
    dao = replace(story.reads.dao.value, raw={"voting_config": config})  # type: ignore[union-attr]
    reads = replace(story.reads, dao=Found(dao, AT))
    assert PROTOCOL.recount(one, reads, {}) is True
    assert PROTOCOL.recount(one, reads, {ALICE: 3}) is False
    assert PROTOCOL.recount(one, reads, {BOB: 81, ALICE: 100}) is False


def test_a_recount_that_does_not_start_from_the_counted_votes_is_not_told() -> None:
    story = voted({ALICE: (51, "yes"), BOB: (49, "no")}).story()
    one = story.proposals[key("proposal 2")]
    assert isinstance(one.proposal, Found)
    wrong = replace(one, proposal=Found(replace(one.proposal.value, tallies=tuple(
        replace(t, value=t.value + 1) for t in one.proposal.value.tallies)), AT))  # fmt: skip
    assert PROTOCOL.recount(wrong, story.reads, {}) is None
    assert PROTOCOL.recount(replace(one, votes=Unknown("no")), story.reads, {}) is None
    dark = replace(one, policies={"proposal-governance-snapshot-v3": Unknown("no")})
    assert PROTOCOL.recount(dark, story.reads, {}) is None
    assert PROTOCOL.recount(one, replace(story.reads, dao=ProvenAbsent(AT)), {}) is None


def test_a_quorum_by_supply_is_asked_where_the_snapshot_says_so() -> None:
    story = voted({ALICE: (51, "yes"), BOB: (49, "no")}).story()
    one = story.proposals[key("proposal 2")]
    settings = {"quorum_policy": "TokenSupplyParticipation", "eligible_capital": 500}
    frozen = Found(Policy("", "", "", None, settings, None, {}), AT)
    by_supply = replace(one, policies={"proposal-governance-snapshot-v3": frozen})
    assert PROTOCOL.recount(by_supply, story.reads, {}) is True
    # Less than the quorum of the supply, enough by commits: which rule was asked is not told.
    assert PROTOCOL.recount(by_supply, story.reads, {BOB: 1}) is None
