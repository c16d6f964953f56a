"""Snapshots, proofs, payouts: what happens, and each refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.governance import (
    SPL_TOKEN,
    TOKEN_2022,
    Call,
    TokenRoute,
    model,
    send_sol,
    send_token,
)

from .conftest import (
    ATTESTORS,
    DAY,
    HASH,
    PAYEE,
    SECURITY,
    SOL,
    START,
    World,
    event_of,
    payout_plan,
)

# Snapshots and proofs


def _snapshots(world: World, proposal: Pubkey) -> dict[str, Call]:
    return {
        "PolicySnapshotAlreadyRecorded": world.g.snapshot_execution_policy(
            proposal, world.stranger
        ),
        "GovernancePolicySnapshotAlreadyRecorded": world.g.snapshot_governance_policy_v3(
            proposal, world.stranger, world.mint
        ),
        "SettlementPolicySnapshotAlreadyRecorded": world.g.snapshot_settlement_policy_v3(
            proposal, world.stranger
        ),
    }


def test_snapshots_keep_what_they_took(dao: World) -> None:
    g, founder = dao.g, dao.founder
    proposal = dao.propose()
    for call in _snapshots(dao, proposal).values():
        call.land(expect="AccountNotInitialized")
    g.initialize_security_policy(dao.dao, founder, replace(SECURITY, mode="LegacyAllowed")).land()
    g.governance_policy_v3(dao.dao, founder).land()
    g.settlement_policy_v3(dao.dao, founder, max_payout=SOL).land()
    payout_plan(dao, proposal).land()
    odd = g.snapshot_governance_policy_v3(proposal, dao.stranger, dao.plant_mint(PAYEE))
    odd.land(expect="GoverningMintMismatch")
    calls = _snapshots(dao, proposal)
    versions = []
    for call in (*calls.values(), *calls.values()):
        versions.append(event_of(dao, call.land().signature)[1]["object_version"])
    assert versions == [2, 3, 3] * 2
    g.update_security_policy_v2(dao.dao, founder, SECURITY).land()
    g.governance_policy_v3(dao.dao, founder, rebate=1, update=True).land()
    g.settlement_policy_v3(dao.dao, founder, max_payout=1, update=True).land()
    for error, call in calls.items():
        call.land(expect=error)
    at = g.at.of("proposal-settlement-policy-v3", proposal)
    plan_at = g.at.of("payout-plan", proposal)
    plan = dao.fields("ConfidentialPayoutPlan", plan_at)
    bound = model.payout_fields_hash(dao.dao, proposal, plan_at, plan)
    assert dao.fields("ProposalSettlementPolicySnapshotV3", at)["payout_fields_hash"] == bound


def test_a_proof_needs_enough_attestors(dao: World) -> None:
    loose = replace(SECURITY, zk_policy="LegacyAllowed")
    dao.g.initialize_security_policy(dao.dao, dao.founder, loose).land()
    proposal = dao.propose()
    record = dao.g.record_proof_verification_v2
    hashes: dict[str, Any] = {
        "proof_hash": HASH,
        "public_inputs_hash": HASH,
        "verification_key_hash": HASH,
    }
    enough = record(proposal, dao.stranger, **hashes, attestors=ATTESTORS[:2])
    enough.land(expect="StrictPolicyRequired")
    dao.g.update_security_policy_v2(dao.dao, dao.founder, SECURITY).land()
    few = record(proposal, dao.stranger, **hashes, attestors=ATTESTORS[:1])
    few.land(expect="AttestationThresholdNotMet")
    empty = record(proposal, dao.stranger, **{**hashes, "proof_hash": bytes(32)})
    empty.land(expect="InvalidZkArtifactHash")
    unbound = replace(enough, arguments={**enough.arguments, "domain_separator": HASH})
    unbound.land(expect="PayloadHashMismatch")
    landed = enough.land()
    event = event_of(dao, landed.signature)[1]
    assert (event["status"], event["expires_at"]) == ("Verified", START + 7 * DAY)
    enough.land()
    changed = record(
        proposal, dao.stranger, **{**hashes, "proof_hash": b"\1" * 32}, attestors=ATTESTORS
    )
    changed.land(expect="ProofVerificationAlreadyRecorded")


# The treasury


def test_a_deposit_is_logged(dao: World) -> None:
    dao.g.deposit_treasury(dao.dao, dao.stranger, 0).land(expect="InvalidTreasuryAction")
    landed = dao.g.deposit_treasury(dao.dao, dao.stranger, SOL).land()
    shown = {"dao": dao.dao, "from": dao.stranger.pubkey(), "amount": SOL}
    assert event_of(dao, landed.signature) == ("TreasuryDeposit", shown)
    assert dao.machine.balance(dao.treasury) == SOL


def test_a_sol_payout_is_executed_once_and_by_anybody(dao: World) -> None:
    dao.g.deposit_treasury(dao.dao, dao.stranger, 10 * SOL).land()
    proposal = dao.passed(send_sol(4 * SOL, PAYEE), unlocked=False)
    execute = dao.g.execute_proposal(proposal, dao.stranger, PAYEE)
    execute.land(expect="ExecutionTimelockActive")
    dao.machine.time_travel(DAY)
    wrong = dao.g.execute_proposal(proposal, dao.stranger, dao.founder.pubkey())
    wrong.land(expect="TreasuryRecipientMismatch")
    landed = execute.land()
    shown = {"proposal": proposal, "amount": 4 * SOL, "recipient": PAYEE}
    assert event_of(dao, landed.signature) == ("TreasuryExecuted", shown)
    assert dao.machine.balance(PAYEE) == 4 * SOL
    assert dao.units(landed.signature) < 20_000
    execute.land(expect="AlreadyExecuted")


@pytest.mark.parametrize("left", [1, 890_879])
def test_the_treasury_cannot_be_left_below_rent(dao: World, left: int) -> None:
    dao.g.deposit_treasury(dao.dao, dao.stranger, SOL).land()
    proposal = dao.passed(send_sol(SOL - left, PAYEE))
    execute = dao.g.execute_proposal(proposal, dao.stranger, PAYEE)
    execute.land(expect="InsufficientFundsForRent")
    assert dao.machine.balance(dao.treasury) == SOL


@pytest.mark.parametrize("left", [0, 890_880])
def test_the_treasury_can_be_emptied_or_left_at_rent(dao: World, left: int) -> None:
    dao.g.deposit_treasury(dao.dao, dao.stranger, SOL).land()
    proposal = dao.passed(send_sol(SOL - left, PAYEE))
    dao.g.execute_proposal(proposal, dao.stranger, PAYEE).land()
    assert dao.machine.balance(dao.treasury) == left


def test_a_poor_treasury_pays_nothing(dao: World) -> None:
    dao.g.deposit_treasury(dao.dao, dao.stranger, SOL).land()
    proposal = dao.passed(send_sol(2 * SOL, PAYEE))
    dao.g.execute_proposal(proposal, dao.stranger, PAYEE).land(expect="Custom 1")
    assert not dao.fields("Proposal", proposal)["is_executed"]


def test_a_proposal_without_an_action_is_executed_without_anevent_of(dao: World) -> None:
    landed = dao.g.execute_proposal(dao.passed(), dao.stranger, PAYEE).land()
    assert [line for line in dao.logs(landed.signature) if "Program data" in line] == []


@pytest.mark.parametrize("program", [SPL_TOKEN, TOKEN_2022])
def test_a_token_payout_and_each_way_it_is_refused(dao: World, program: Pubkey) -> None:
    mint = dao.plant_mint(wallet.address("money"), program)
    other = dao.plant_mint(wallet.address("other money"), program)
    kind = {"program": program, "mint": mint}

    def holding(label: str, owner: Pubkey, **options: Any) -> Pubkey:
        return dao.plant_tokens(label, owner, 100, **{**kind, **options})

    source, target = holding("ours", dao.treasury), holding("theirs", PAYEE)
    proposal = dao.passed(send_token(60, PAYEE, mint))
    foreign = TOKEN_2022 if program == SPL_TOKEN else SPL_TOKEN

    def execute(tokens: TokenRoute, recipient: Pubkey = PAYEE) -> Call:
        return dao.g.execute_proposal(proposal, dao.stranger, recipient, tokens=tokens)

    good = TokenRoute(program, source, target)
    odd = holding("odd program", dao.treasury, program=foreign)
    for tokens, error in (
        (replace(good, program=PAYEE), "InvalidProgramId"),
        (replace(good, program=foreign), "InvalidTokenProgram"),
        (replace(good, source=odd), "InvalidTokenProgram"),
        (replace(good, target=odd), "InvalidTokenProgram"),
        (replace(good, target=mint), "InvalidAccountData"),
        (replace(good, source=holding("his", PAYEE)), "InvalidTreasuryTokenAuthority"),
        (replace(good, source=holding("o", dao.treasury, mint=other)), "InvalidTokenMint"),
        (replace(good, target=holding("p", PAYEE, mint=other)), "InvalidTokenMint"),
        (replace(good, target=source), "DuplicateTokenAccounts"),
        (replace(good, target=holding("q", dao.founder.pubkey())), "RecipientOwnerMismatch"),
        (replace(good, source=holding("r", dao.treasury, frozen=True)), "Custom 17"),
    ):
        execute(tokens).land(expect=error)
    execute(good, dao.founder.pubkey()).land(expect="TreasuryRecipientMismatch")
    landed = execute(good).land()
    shown = {"proposal": proposal, "amount": 60, "recipient": target}
    assert event_of(dao, landed.signature) == ("TreasuryExecuted", shown)
    held = [dao.machine.account(one) for one in (source, target)]
    assert [one and one[64] for one in held] == [40, 160]
    again = dao.passed(send_token(60, PAYEE, mint))
    call = dao.g.execute_proposal(again, dao.stranger, PAYEE, tokens=good)
    call.land(expect="Custom 1")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"recipient": Pubkey.default()}, "InvalidConfidentialPayoutPlan"),
        ({"recipients": 0}, "InvalidConfidentialPayoutPlan"),
        ({"total": 0}, "InvalidConfidentialPayoutPlan"),
        ({"manifest_uri": "  "}, "ConfidentialManifestUriTooLong"),
        ({"manifest_uri": "x" * 257}, "ConfidentialManifestUriTooLong"),
        ({"manifest_hash": bytes(32)}, "InvalidZkArtifactHash"),
        ({"ciphertext_hash": bytes(32)}, "InvalidZkArtifactHash"),
        ({"operator": wallet.keypair("stranger")}, "UnauthorizedConfidentialPayoutOperator"),
    ],
)
def test_a_payout_plan_that_breaks_a_rule_is_refused(
    dao: World, changes: dict[str, Any], error: str
) -> None:
    payout_plan(dao, dao.propose(), **changes).land(expect=error)


def test_a_payout_plan_fits_its_proposal(dao: World) -> None:
    plan = payout_plan(dao, dao.propose())
    shaped = {**plan.arguments, "asset_type": "Token"}
    missing = replace(plan, arguments=shaped)
    missing.land(expect="ConfidentialPayoutTokenMintRequired")
    plan.land()
    plan.land()
    acting = payout_plan(dao, dao.propose(send_sol(1, PAYEE)))
    acting.land(expect="ConfidentialPayoutConflictsWithTreasuryAction")
    late = dao.propose()
    dao.commit(late, 0)
    payout_plan(dao, late).land(expect="ConfidentialPayoutPlanLocked")


def _payout(world: World, **changes: Any) -> Pubkey:
    """A passed proposal with a payout plan."""
    proposal = world.propose()
    payout_plan(world, proposal, **changes).land()
    for number in range(3):
        world.commit(proposal, number)
    world.machine.time_travel(DAY)
    for number in range(3):
        world.reveal(proposal, number)
    world.machine.time_travel(DAY)
    world.g.finalize_proposal(proposal, world.stranger).land()
    return proposal


def test_a_confidential_payout_in_sol(dao: World) -> None:
    dao.g.deposit_treasury(dao.dao, dao.stranger, 10 * SOL).land()
    proposal = _payout(dao)
    execute = dao.g.execute_confidential_payout_plan(proposal, dao.stranger, PAYEE)
    execute.land(expect="ExecutionTimelockActive")
    dao.machine.time_travel(DAY)
    standard = dao.g.execute_proposal(proposal, dao.stranger, PAYEE)
    standard.land(expect="UseConfidentialPayoutExecution")
    wrong = dao.g.execute_confidential_payout_plan(proposal, dao.stranger, dao.founder.pubkey())
    wrong.land(expect="TreasuryRecipientMismatch")
    name, event = event_of(dao, execute.land().signature)
    assert name == "ConfidentialPayoutExecuted"
    assert (event["total_amount"], event["funded_at"]) == (5 * SOL, START + 3 * DAY)
    assert dao.machine.balance(PAYEE) == 5 * SOL
    plan = dao.fields("ConfidentialPayoutPlan", dao.g.at.of("payout-plan", proposal))
    assert (plan["status"], plan["funded_at"]) == ("Funded", START + 3 * DAY)
    execute.land(expect="AlreadyExecuted")


def test_a_confidential_payout_in_tokens(dao: World) -> None:
    mint = dao.plant_mint(wallet.address("money"), SPL_TOKEN)
    held = {"mint": mint, "program": SPL_TOKEN}
    source = dao.plant_tokens("ours", dao.treasury, 100, **held)
    target = dao.plant_tokens("theirs", PAYEE, 0, **held)
    proposal = _payout(dao, mint=mint, total=70)
    dao.machine.time_travel(DAY)
    route = TokenRoute(SPL_TOKEN, source, target)
    pay = dao.g.execute_confidential_payout_plan
    landed = pay(proposal, dao.stranger, PAYEE, tokens=route).land()
    assert event_of(dao, landed.signature)[1]["token_mint"] == mint
    after = dao.machine.account(target)
    assert after is not None and after[64] == 70


@pytest.mark.parametrize(
    ("prefix", "error"),
    [
        ("refhe-envelope", "RefheEnvelopeMismatch"),
        ("magicblock-corridor", "MagicBlockCorridorMismatch"),
    ],
)
def test_lamports_where_a_settlement_would_be_stop_a_payout(
    dao: World, prefix: str, error: str
) -> None:
    proposal = _payout(dao)
    dao.machine.time_travel(DAY)
    dao.machine.chain.airdrop(dao.g.at.of(prefix, proposal), SOL)
    pay = dao.g.execute_confidential_payout_plan(proposal, dao.stranger, PAYEE)
    pay.land(expect=error)
