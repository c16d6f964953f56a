"""From accounts to facts that fit any protocol."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.reads import Account
from privatedao_audit.protocols.base import Asset, Outcome, Window
from privatedao_audit.protocols.privatedao import reading
from privatedao_audit.protocols.privatedao.interface import plain, variant
from tests.protocols.world import (
    CREATOR,
    DAO,
    MINT,
    NOW,
    PROGRAM,
    SYSTEM,
    dao_account,
    delegation_account,
    key,
    of_dao,
    of_proposal,
    proposal_account,
    proposal_address,
    vote_account,
)


def test_a_dao_is_told_with_its_proof() -> None:
    dao = reading.dao(dao_account(), PROGRAM)
    assert (dao.name, dao.address, dao.governance_mint) == ("the club", DAO, MINT)
    assert dao.authorities == {"authority": CREATOR}
    assert dao.delays == {"reveal": 600, "execution": 86_400}
    assert dao.proof == f'"dao", authority {CREATOR}, dao_name the club'
    moved = reading.dao(dao_account(authority=key("heir")), PROGRAM)
    assert moved.proof is None
    assert "was moved" in moved.proof_note


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("TokenWeighted", "by tokens; 40 %"),
        ("Quadratic", "square roots"),
        ({"DualChamber": {"capital_threshold": 51, "community_threshold": 60}},
         "51 % yes by tokens and 60 % yes"),
    ],
)  # fmt: skip
def test_the_voting_rule_is_told_in_words(config: Any, words: str) -> None:
    assert words in reading.dao(dao_account(voting_config=config), PROGRAM).voting_rule


@pytest.mark.parametrize(
    ("status", "executed", "outcome"),
    [
        ("Voting", False, Outcome.OPEN),
        ("Passed", False, Outcome.PASSED),
        ("Passed", True, Outcome.EXECUTED),
        ("Failed", False, Outcome.FAILED),
        ("Cancelled", False, Outcome.CANCELLED),
        ("Vetoed", False, Outcome.VETOED),
    ],
)
def test_the_outcome_of_a_proposal(status: str, executed: bool, outcome: Outcome) -> None:
    account = proposal_account(status=status, is_executed=executed)
    assert reading.proposal(account, PROGRAM).outcome is outcome


@pytest.mark.parametrize("status", ["Voting", "Failed", "Cancelled", "Vetoed"])
def test_an_executed_proposal_that_did_not_pass_is_refused(status: str) -> None:
    with pytest.raises(DecodeError, match=f"its status is {status}"):
        reading.proposal(proposal_account(status=status, is_executed=True), PROGRAM)


def test_windows_and_tallies() -> None:
    open_one = reading.proposal(proposal_account(commit_count=3, reveal_count=2), PROGRAM)
    assert open_one.windows == (
        Window("voting", None, NOW - 1_000),
        Window("reveal", NOW - 1_000, NOW - 400),
        Window("finalize", NOW - 400, None),
    )
    assert (open_one.participants, open_one.tally("reveals"), open_one.unlocks_at) == (3, 2, None)
    with pytest.raises(KeyError):
        open_one.tally("abstain")
    passed = reading.proposal(
        proposal_account(status="Passed", execution_unlocks_at=NOW + 5), PROGRAM
    )
    assert passed.window("execution").opens_at == passed.window("veto").closes_at == NOW + 5
    with pytest.raises(KeyError):
        open_one.window("veto")


def _action(kind: str, amount: int = 5, recipient: str = key("cook"), mint: str | None = None):
    return {"action_type": kind, "amount_lamports": amount, "recipient": recipient,
            "token_mint": mint}  # fmt: skip


@pytest.mark.parametrize(
    ("action", "asset", "fault"),
    [
        (_action("SendSol"), Asset.SOL, None),
        (_action("SendToken", mint=MINT), Asset.TOKEN, None),
        (_action("SendSol", 2**64 - 1), Asset.SOL, None),
        (_action("SendSol", 0), Asset.SOL, "the amount is 0"),
        (_action("SendSol", recipient=SYSTEM), Asset.SOL, "zero bytes"),
        (_action("SendSol", mint=MINT), Asset.SOL, "names a mint"),
        (_action("SendToken"), Asset.TOKEN, "no mint"),
        (_action("CustomCPI"), Asset.CALL, "no calls"),
    ],
)
def test_the_proposed_action_and_what_the_program_would_refuse(
    action: dict[str, Any], asset: Asset, fault: str | None
) -> None:
    (told,) = reading.proposal(proposal_account(treasury_action=action), PROGRAM).actions
    assert told.asset is asset
    assert (told.fault is None) == (fault is None)
    assert fault is None or fault in str(told.fault)
    assert told.amount == (None if asset is Asset.CALL else action["amount_lamports"])
    assert told.raw["recipient"] == action["recipient"]


def test_a_proposal_without_action_has_none() -> None:
    assert reading.proposal(proposal_account(), PROGRAM).actions == ()


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        ({}, None),
        ({"voted_yes": True}, None),
        ({"has_revealed": True, "voted_yes": True}, "yes"),
        ({"has_revealed": True}, "no"),
    ],
)
def test_a_choice_is_told_only_once_revealed(given: dict[str, Any], choice: str | None) -> None:
    vote = reading.vote(vote_account(key("ann"), capital_weight=9, **given), PROGRAM)
    assert (vote.choice, vote.voter, vote.weights["capital"]) == (choice, key("ann"), 9)
    assert vote.others == {}


def test_a_vote_names_its_keeper_and_must_be_committed() -> None:
    kept = vote_account(key("ann"), voter_reveal_authority=key("keeper"))
    assert reading.vote(kept, PROGRAM).others == {"keeper": key("keeper")}
    with pytest.raises(DecodeError, match="without a vote"):
        reading.vote(vote_account(key("ann"), has_committed=False), PROGRAM)


def test_a_delegation_names_both_sides() -> None:
    told = reading.delegation(delegation_account(key("ann"), key("bob")), PROGRAM)
    assert (told.delegator, told.delegatee, told.used) == (key("ann"), key("bob"), False)
    assert told.proposal == proposal_address(0)[0]


def test_policies_show_their_rules_and_not_their_addresses() -> None:
    account = of_dao(
        "dao-security-policy", "DaoSecurityPolicy", authority=CREATOR, mode="StrictRequired",
        updated_at=7,
    )  # fmt: skip
    policy = reading.policy(account, "DaoSecurityPolicy", PROGRAM)
    assert (policy.subject, policy.authority, policy.since) == (DAO, CREATOR, 7)
    assert policy.settings["mode"] == "StrictRequired"
    assert policy.settings["emergency_disabled"] is False
    assert not {"dao", "bump", "updated_at"} & set(policy.settings)
    frozen = reading.policy(
        of_proposal(
            "proposal-policy-snapshot", "ProposalExecutionPolicySnapshot", object_version=2
        ),
        "ProposalExecutionPolicySnapshot", PROGRAM,
    )  # fmt: skip
    assert (frozen.subject, frozen.authority) == (proposal_address(0)[0], None)
    assert frozen.settings["object_version"] == 2


@pytest.mark.parametrize(("status", "paid"), [("Configured", False), ("Funded", True)])
def test_a_payout_plan(status: str, paid: bool) -> None:
    account = of_proposal(
        "payout-plan", "ConfidentialPayoutPlan", asset_type="Token", token_mint=MINT,
        settlement_recipient=key("payroll"), total_amount=12, recipient_count=3, status=status,
    )  # fmt: skip
    plan = reading.payout_plan(account, PROGRAM)
    assert (plan.asset, plan.mint, plan.amount, plan.recipients) == (Asset.TOKEN, MINT, 12, 3)
    assert (plan.recipient, plan.paid) == (key("payroll"), paid)


@pytest.mark.parametrize(
    ("owner", "data", "executable", "fault"),
    [
        (SYSTEM, b"", False, None),
        (PROGRAM, b"", False, "not by the System program"),
        (SYSTEM, b"x", False, "1 bytes of data"),
        (SYSTEM, b"", True, "executable"),
    ],
)
def test_a_treasury_is_a_plain_system_account(
    owner: str, data: bytes, executable: bool, fault: str | None
) -> None:
    told = reading.treasury_account(Account(key("treasury"), 5, owner, data, executable))
    assert told.lamports == 5
    assert (told.fault is None) == (fault is None)
    assert fault is None or fault in str(told.fault)


def test_raw_values_are_plain() -> None:
    told = reading.dao(
        dao_account(
            voting_config={"DualChamber": {"capital_threshold": 1, "community_threshold": 2}}
        ),
        PROGRAM,
    )
    assert told.raw["voting_config"] == {
        "DualChamber": {"capital_threshold": 1, "community_threshold": 2}
    }
    assert plain((b"\1", [None])) == ["01", [None]]
    with pytest.raises(TypeError, match="float"):
        plain(0.5)
    with pytest.raises(TypeError, match="expected an enum"):
        variant("Voting")
