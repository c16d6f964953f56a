"""Proposals, votes and the count: what happens, and each refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.governance import TOKEN_2022, codec, model, send_sol, send_token

from .conftest import DAY, PAYEE, SECURITY, START, World, event_of

# Proposals


def test_a_proposal_is_made(dao: World) -> None:
    proposal = dao.propose(send_sol(5, PAYEE), title="t" * 128, description="x" * 300)
    fields = dao.fields("Proposal", proposal)
    assert (fields["voting_end"], fields["reveal_end"]) == (START + DAY, START + 2 * DAY)
    assert fields["treasury_action"] == send_sol(5, PAYEE)
    assert (fields["status"], fields["execution_unlocks_at"]) == ("Voting", 0)
    assert dao.fields("Dao", dao.dao)["proposal_count"] == 1
    raw = dao.machine.account(proposal)
    assert raw is not None and len(raw) == 1390
    assert dao.g.next_proposal(dao.dao) == dao.g.at.proposal(dao.dao, 1) != proposal


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"title": "t" * 129}, "TitleTooLong"),
        ({"duration": 4}, "VotingDurationTooShort"),
        ({"action": send_sol(0, PAYEE)}, "InvalidTreasuryAction"),
        ({"action": send_sol(1, Pubkey.default())}, "InvalidTreasuryAction"),
        ({"action": {**send_sol(1, PAYEE), "token_mint": PAYEE}}, "InvalidTreasuryAction"),
        ({"action": {**send_sol(1, PAYEE), "action_type": "SendToken"}}, "TokenMintRequired"),
        (
            {"action": {**send_sol(1, PAYEE), "action_type": "CustomCPI"}},
            "UnsupportedTreasuryAction",
        ),
        ({"action": send_token(1, Pubkey.default(), PAYEE)}, "InvalidTreasuryAction"),
    ],
)
def test_a_proposal_that_breaks_a_rule_is_refused(
    dao: World, options: dict[str, Any], error: str
) -> None:
    options.setdefault("title", "a proposal")
    call = dao.g.create_proposal(dao.dao, dao.voters[0], dao.tokens[0], **options)
    call.land(expect=error)


def test_a_proposer_must_hold_tokens_of_the_mint(world: World) -> None:
    world.found(required=350)
    create = world.g.create_proposal
    poor = create(world.dao, world.voters[0], world.tokens[0], title="")
    poor.land(expect="InsufficientTokens")
    create(world.dao, world.voters[2], world.tokens[2], title="").land()
    foreign = create(world.dao, world.voters[0], world.tokens[1], title="")
    foreign.land(expect="ConstraintRaw")
    other = world.plant_mint(wallet.address("another mint"))
    odd = world.plant_tokens("odd tokens", world.voters[0].pubkey(), 900, mint=other)
    create(world.dao, world.voters[0], odd, title="").land(expect="ConstraintRaw")
    create(world.dao, world.voters[0], world.mint, title="").land(expect="InvalidAccountData")
    strange = create(world.dao, world.voters[0], world.dao, title="")
    strange.land(expect="AccountOwnedByWrongProgram")


def test_a_proposal_is_cancelled_before_anybody_commits(dao: World) -> None:
    first, second, third = dao.propose(), dao.propose(), dao.propose()
    dao.g.cancel_proposal(first, dao.stranger).land(expect="ConstraintHasOne")
    landed = dao.g.cancel_proposal(first, dao.founder).land()
    who = {"proposal": first, "cancelled_by": dao.founder.pubkey()}
    assert event_of(dao, landed.signature) == ("ProposalCancelled", who)
    assert dao.fields("Proposal", first)["status"] == "Cancelled"
    dao.g.cancel_proposal(first, dao.founder).land(expect="ProposalNotCancellable")
    dao.commit(second, 0)
    dao.g.cancel_proposal(second, dao.founder).land(expect="ProposalNotCancellable")
    dao.machine.time_travel(DAY)
    dao.g.cancel_proposal(third, dao.founder).land(expect="ProposalNotCancellable")


def test_the_second_way_to_cancel_asks_for_a_policy(dao: World) -> None:
    proposal = dao.propose()
    cancel = dao.g.cancel_proposal(proposal, dao.founder, v2=True)
    cancel.land(expect="AccountNotInitialized")
    loose = replace(SECURITY, mode="LegacyAllowed")
    dao.g.initialize_security_policy(dao.dao, dao.founder, loose).land()
    cancel.land(expect="StrictPolicyRequired")
    dao.g.update_security_policy_v2(dao.dao, dao.founder, SECURITY).land()
    event = event_of(dao, cancel.land().signature)[1]
    assert event["policy_mode"] == "CompatibilityRequired"


def test_a_passed_proposal_is_vetoed_in_its_time_lock(dao: World) -> None:
    voting = dao.propose()
    dao.g.veto_proposal(voting, dao.founder).land(expect="ProposalNotPassed")
    proposal = dao.passed(unlocked=False)
    dao.g.veto_proposal(proposal, dao.stranger).land(expect="ConstraintHasOne")
    landed = dao.g.veto_proposal(proposal, dao.founder).land()
    assert event_of(dao, landed.signature)[0] == "ProposalVetoed"
    execute = dao.g.execute_proposal(proposal, dao.stranger, PAYEE)
    execute.land(expect="ProposalNotPassed")
    late = dao.passed()
    dao.g.veto_proposal(late, dao.founder).land(expect="VetoWindowExpired")
    dao.g.execute_proposal(late, dao.stranger, PAYEE).land()
    dao.g.veto_proposal(late, dao.founder).land(expect="AlreadyExecuted")


# Votes


def test_a_vote_is_committed_and_revealed(dao: World) -> None:
    proposal, voter = dao.propose(), dao.voters[2].pubkey()
    dao.commit(proposal, 2, vote=False)
    record = dao.fields("VoterRecord", dao.g.at.vote(proposal, voter))
    assert (record["capital_weight"], record["community_weight"]) == (400, 20)
    expected = model.vote_commitment(
        vote=False, salt=bytes([2]) * 32, proposal=proposal, voter=voter
    )
    assert record["commitment"] == expected
    dao.commit(proposal, 2, expect="Custom 0")
    dao.reveal(proposal, 2, vote=False, expect="RevealTooEarly")
    dao.machine.time_travel(DAY)
    dao.commit(proposal, 0, expect="VotingClosed")
    dao.reveal(proposal, 2, vote=True, expect="CommitmentMismatch")
    dao.reveal(proposal, 2, vote=False)
    dao.reveal(proposal, 2, vote=False, expect="AlreadyRevealed")
    fields = dao.fields("Proposal", proposal)
    assert (fields["no_capital"], fields["no_community"], fields["reveal_count"]) == (400, 20, 1)
    record = dao.fields("VoterRecord", dao.g.at.vote(proposal, voter))
    assert (record["has_revealed"], record["voted_yes"]) == (True, False)


def test_a_reveal_comes_too_late(dao: World) -> None:
    proposal = dao.propose()
    dao.commit(proposal, 0)
    dao.machine.time_travel(2 * DAY)
    dao.reveal(proposal, 0, expect="RevealClosed")
    dao.g.finalize_proposal(proposal, dao.stranger).land()
    dao.reveal(proposal, 0, expect="VotingNotOpen")


def test_a_keeper_may_reveal_and_a_stranger_may_not(dao: World) -> None:
    proposal, voter, salt = dao.propose(), dao.voters[0], bytes(32)
    keeper = dao.stranger.pubkey()
    options: dict[str, Any] = {"vote": True, "salt": salt}
    dao.g.commit_vote(
        proposal, voter, dao.tokens[0], **options, keeper=keeper, token_program=TOKEN_2022
    ).land()
    written = dao.machine.account(dao.g.at.vote(proposal, voter.pubkey()))
    assert written is not None and len(written) == 157 and written[-32:] == bytes(keeper)
    dao.machine.time_travel(DAY)
    of = {**options, "voter": voter.pubkey()}
    dao.g.reveal_vote(proposal, dao.founder, **of).land(expect="NotAuthorizedToReveal")
    dao.g.reveal_vote(proposal, dao.stranger, **of).land()
    record = dao.fields("VoterRecord", dao.g.at.vote(proposal, voter.pubkey()))
    assert record["voter_reveal_authority"] is None
    # The shorter record is written over the longer one, whose last bytes stay: as Anchor does.
    written = dao.machine.account(dao.g.at.vote(proposal, voter.pubkey()))
    assert written is not None and written[125:157] == bytes(keeper)


def test_a_topped_up_proposal_rebates_a_reveal(dao: World) -> None:
    proposal = dao.propose()
    dao.commit(proposal, 0)
    rent = dao.machine.rent_exempt(1390)
    dao.machine.chain.airdrop(proposal, 1_000_001)
    dao.machine.time_travel(DAY)
    dao.reveal(proposal, 0)
    assert dao.machine.balance(proposal) == rent + 1


def test_a_vote_is_delegated(dao: World) -> None:
    proposal, (giver, taker, third) = dao.propose(), dao.voters
    delegate = dao.g.delegate_vote
    for delegatee, error in (
        (Pubkey.default(), "InvalidDelegatee"),
        (giver.pubkey(), "SelfDelegationNotAllowed"),
    ):
        delegate(proposal, giver, dao.tokens[0], delegatee).land(expect=error)
    landed = delegate(proposal, giver, dao.tokens[0], taker.pubkey()).land()
    assert event_of(dao, landed.signature)[1]["delegated_weight"] == 300
    dao.commit(proposal, 0, expect="DelegationOverlap")
    options: dict[str, Any] = {"vote": True, "salt": bytes([1]) * 32}
    commit = dao.g.commit_delegated_vote
    other = commit(proposal, third, dao.tokens[2], giver.pubkey(), **options)
    other.land(expect="NotDelegatee")
    call = commit(proposal, taker, dao.tokens[1], giver.pubkey(), **options)
    call.land()
    record = dao.fields("VoterRecord", dao.g.at.vote(proposal, taker.pubkey()))
    assert (record["capital_weight"], record["community_weight"]) == (600, 34)
    assert dao.fields("VoteDelegation", dao.g.at.delegation(proposal, giver.pubkey()))["is_used"]
    call.land(expect="Custom 0")
    dao.commit(proposal, 2)
    voted = delegate(proposal, third, dao.tokens[2], taker.pubkey())
    voted.land(expect="DirectVoteAlreadyCommitted")
    dao.machine.time_travel(DAY)
    late = delegate(proposal, third, dao.tokens[2], taker.pubkey())
    late.land(expect="VotingClosed")


def test_a_used_delegation_is_not_used_again(dao: World) -> None:
    proposal, (giver, taker, _) = dao.propose(), dao.voters
    dao.g.delegate_vote(proposal, giver, dao.tokens[0], taker.pubkey()).land()
    at = dao.g.at.delegation(proposal, giver.pubkey())
    used = {**dao.fields("VoteDelegation", at), "is_used": True}
    written = codec.account_bytes("VoteDelegation", used)
    dao.machine.set_account(at, owner=dao.g.program_id, data=written)
    call = dao.g.commit_delegated_vote(
        proposal, taker, dao.tokens[1], giver.pubkey(), vote=True, salt=bytes(32)
    )
    call.land(expect="DelegationAlreadyUsed")


# The count


def _chambers(capital: int, community: int) -> dict[str, dict[str, int]]:
    return {"DualChamber": {"capital_threshold": capital, "community_threshold": community}}


@pytest.mark.parametrize(
    ("voting", "votes", "passes"),
    [
        ("TokenWeighted", (True, True, False), True),
        ("TokenWeighted", (True, False, False), False),
        ("Quadratic", (False, True, True), True),
        ("Quadratic", (False, False, True), False),
        (_chambers(60, 60), (True, True, False), True),
        (_chambers(61, 60), (True, True, False), False),
        (_chambers(60, 64), (True, True, False), False),
    ],
)
def test_votes_carry_a_proposal(
    world: World, voting: Any, votes: tuple[bool, ...], passes: bool
) -> None:
    world.found(voting=voting)
    proposal = world.propose()
    for number, vote in enumerate(votes):
        world.commit(proposal, number, vote=vote)
    world.machine.time_travel(DAY)
    for number, vote in enumerate(votes):
        world.reveal(proposal, number, vote=vote)
    early = world.g.finalize_proposal(proposal, world.stranger)
    early.land(expect="RevealStillOpen")
    world.machine.time_travel(DAY + 100)
    landed = world.g.finalize_proposal(proposal, world.stranger).land()
    unlock = START + 3 * DAY + 100 if passes else 0
    name, event = event_of(world, landed.signature)
    assert name == "ProposalFinalized"
    assert (event["passed"], event["quorum_met"]) == (passes, True)
    assert event["execution_unlocks_at"] == unlock
    fields = world.fields("Proposal", proposal)
    assert fields["status"] == ("Passed" if passes else "Failed")
    assert fields["execution_unlocks_at"] == unlock
    early.land(expect="AlreadyFinalized")


@pytest.mark.parametrize(("reveals", "met"), [(0, False), (1, False), (2, True)])
def test_the_first_quorum_is_a_share_of_committers(dao: World, reveals: int, met: bool) -> None:
    proposal = dao.propose()
    for number in range(3):
        dao.commit(proposal, number)
    dao.machine.time_travel(DAY)
    for number in range(reveals):
        dao.reveal(proposal, number)
    dao.machine.time_travel(DAY)
    landed = dao.g.finalize_proposal(proposal, dao.stranger).land()
    event = event_of(dao, landed.signature)[1]
    assert (event["quorum_met"], event["passed"]) == (met, met)


def test_nobody_took_part(dao: World) -> None:
    proposal = dao.propose()
    dao.machine.time_travel(2 * DAY)
    landed = dao.g.finalize_proposal(proposal, dao.stranger).land()
    assert event_of(dao, landed.signature)[1]["quorum_met"] is False


@pytest.mark.parametrize(("voters", "met"), [((0,), False), ((0, 1), True)])
def test_the_third_quorum_is_a_share_of_the_supply(
    dao: World, voters: tuple[int, ...], met: bool
) -> None:
    dao.g.governance_policy_v3(dao.dao, dao.founder, rebate=500_000).land()
    proposal = dao.propose()
    for number in voters:
        dao.commit(proposal, number)
    fund = dao.g.fund_reveal_rebate_vault_v3
    fund(dao.dao, dao.stranger, 0).land(expect="InvalidRevealRebateConfig")
    fund(dao.dao, dao.stranger, 600_000).land()
    fund(dao.dao, dao.stranger, 1).land()
    vault = dao.g.at.of("reveal-rebate-vault-v3", dao.dao)
    rent = dao.machine.rent_exempt(41)
    assert dao.machine.balance(vault) == rent + 600_001
    dao.machine.time_travel(DAY)
    dao.reveal(proposal, 0, v3=True, expect="AccountNotInitialized")
    dao.g.snapshot_governance_policy_v3(proposal, dao.stranger, dao.mint).land()
    for number in voters:
        dao.reveal(proposal, number, v3=True)
    # The second reveal finds too little left in the vault.
    assert dao.machine.balance(vault) == rent + 100_001
    finalize = dao.g.finalize_proposal_v3(proposal, dao.stranger)
    finalize.land(expect="RevealStillOpen")
    dao.machine.time_travel(DAY)
    name, event = event_of(dao, finalize.land().signature)
    assert name == "ProposalFinalizedV3"
    assert (event["quorum_met"], event["eligible_capital"]) == (met, 1_000)


def test_a_vault_is_funded_only_under_its_policy(dao: World) -> None:
    dao.g.governance_policy_v3(dao.dao, dao.founder).land()
    call = dao.g.fund_reveal_rebate_vault_v3(dao.dao, dao.stranger, 1)
    call.land(expect="InvalidRevealRebateConfig")


def test_a_stranger_may_not_pass_another_daos_proposal(dao: World) -> None:
    proposal = dao.propose()
    dao.g.initialize_dao(dao.stranger, "Other", mint=dao.mint).land()
    call = dao.g.cancel_proposal(proposal, dao.stranger)
    theirs = dao.g.at.dao(dao.stranger.pubkey(), "Other")
    swapped = replace(call, accounts={**call.accounts, "dao": theirs})
    swapped.land(expect="ConstraintSeeds")
    wrong = replace(call, accounts={**call.accounts, "proposal": theirs})
    wrong.land(expect="AccountDiscriminatorMismatch")
