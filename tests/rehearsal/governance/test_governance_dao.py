"""Founding a DAO, handing it over, and its policies: what happens, and each refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal.governance import Security, codec
from privatedao_audit.rehearsal.governance.turn import FRAMEWORK_ERRORS

from .conftest import PAYEE, SECURITY, SOL, START, World, event_of


def test_a_dao_is_founded(world: World) -> None:
    voting = {"DualChamber": {"capital_threshold": 51, "community_threshold": 60}}
    call = world.g.initialize_dao(world.founder, "Rehearsal", mint=world.mint, voting=voting)
    landed = call.land()
    assert landed.succeeded
    fields = world.fields("Dao", world.dao)
    assert fields["authority"] == world.founder.pubkey()
    assert fields["voting_config"] == voting
    assert (fields["proposal_count"], fields["migrated_from_realms"]) == (0, None)
    raw = world.machine.account(world.dao)
    assert raw is not None and len(raw) == 210
    assert world.machine.balance(world.dao) == world.machine.rent_exempt(210)
    shown = {"dao": world.dao, "name": "Rehearsal", "authority": world.founder.pubkey()}
    assert event_of(world, landed.signature) == ("DaoCreated", shown)
    lines = [line for line in world.logs(landed.signature) if "Program log" in line]
    assert lines == ["Program log: Instruction: InitializeDao"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"quorum": 0}, "InvalidQuorum"),
        ({"quorum": 101}, "InvalidQuorum"),
        ({"reveal_window": 4}, "RevealWindowTooShort"),
        ({"execution_delay": -1}, "InvalidExecutionDelay"),
        (
            {"voting": {"DualChamber": {"capital_threshold": 0, "community_threshold": 1}}},
            "InvalidThreshold",
        ),
        (
            {"voting": {"DualChamber": {"capital_threshold": 1, "community_threshold": 101}}},
            "InvalidThreshold",
        ),
        ({"mint": PAYEE}, "AccountNotInitialized"),
    ],
)
def test_a_dao_that_breaks_a_rule_is_refused(
    world: World, options: dict[str, Any], error: str
) -> None:
    wanted = {"mint": world.mint, **options}
    landed = world.g.initialize_dao(world.founder, "Rehearsal", **wanted).land(expect=error)
    assert landed.error == error
    number = FRAMEWORK_ERRORS.get(error) or codec.error_code(error)
    said = f"Error Code: {error}. Error Number: {number}. Error Message: {error}."
    assert any(said in line for line in world.logs(landed.signature))
    assert world.machine.account(world.dao) is None


def test_a_dao_cannot_be_founded_twice(dao: World) -> None:
    dao.g.initialize_dao(dao.founder, "Rehearsal", mint=dao.mint).land(expect="Custom 0")


def test_lamports_at_the_address_do_not_stop_a_dao(world: World) -> None:
    world.machine.chain.airdrop(world.dao, SOL // 1000)
    world.found()
    assert world.fields("Dao", world.dao)["dao_name"] == "Rehearsal"
    assert world.machine.balance(world.dao) == world.machine.rent_exempt(210)


def test_the_dao_is_handed_over(dao: World) -> None:
    to = dao.stranger.pubkey()
    landed = dao.g.transfer_dao_authority(dao.dao, dao.founder, to).land()
    name, event = event_of(dao, landed.signature)
    assert name == "DaoAuthorityTransferred"
    assert (event["previous_authority"], event["new_authority"]) == (dao.founder.pubkey(), to)
    assert dao.fields("Dao", dao.dao)["authority"] == to
    again = dao.g.transfer_dao_authority(dao.dao, dao.founder, to)
    again.land(expect="UnauthorizedDaoAuthorityTransfer")
    for target in (to, Pubkey.default()):
        refused = dao.g.transfer_dao_authority(dao.dao, dao.stranger, target)
        refused.land(expect="InvalidDaoAuthorityTransfer")


def test_the_treasury_operator_is_named_and_handed_over(dao: World) -> None:
    start = dao.g.initialize_treasury_operator_authority
    start(dao.dao, dao.stranger).land(expect="ConstraintHasOne")
    landed = start(dao.dao, dao.founder).land()
    assert event_of(dao, landed.signature)[1]["created_at"] == START
    at = dao.g.at.of("treasury-operator-authority", dao.dao)
    before = dao.fields("TreasuryOperatorAuthority", at)
    dao.machine.time_travel(60)
    start(dao.dao, dao.founder).land()
    assert dao.fields("TreasuryOperatorAuthority", at) == before
    to = dao.stranger.pubkey()
    hand = dao.g.transfer_treasury_operator_authority
    hand(dao.dao, dao.stranger, to).land(expect="UnauthorizedTreasuryOperatorAuthorityTransfer")
    same = hand(dao.dao, dao.founder, dao.founder.pubkey())
    same.land(expect="InvalidTreasuryOperatorAuthorityTransfer")
    landed = hand(dao.dao, dao.founder, to).land()
    assert event_of(dao, landed.signature)[1]["updated_at"] == START + 60
    after = dao.fields("TreasuryOperatorAuthority", at)
    assert (after["authority"], after["created_at"], after["updated_at"]) == (to, START, START + 60)
    taken = start(dao.dao, dao.founder)
    taken.land(expect="UnauthorizedTreasuryOperatorAuthorityTransfer")


# Policies


def test_a_security_policy_only_gets_stronger(dao: World) -> None:
    weak = replace(SECURITY, zk_policy="LegacyAllowed")
    dao.g.update_security_policy_v2(dao.dao, dao.founder, weak).land(expect="AccountNotInitialized")
    dao.g.initialize_security_policy(dao.dao, dao.stranger, weak).land(expect="ConstraintHasOne")
    dao.g.initialize_security_policy(dao.dao, dao.founder, weak).land()
    dao.g.initialize_security_policy(dao.dao, dao.founder, weak).land()
    other = dao.g.initialize_security_policy(dao.dao, dao.founder, SECURITY)
    other.land(expect="SecurityPolicyAlreadyInitialized")
    landed = dao.g.update_security_policy_v2(dao.dao, dao.founder, SECURITY).land()
    assert event_of(dao, landed.signature)[0] == "DaoSecurityPolicyUpdatedV2"
    back = dao.g.update_security_policy_v2(dao.dao, dao.founder, weak)
    back.land(expect="PolicyRollbackNotAllowed")
    fields = dao.fields("DaoSecurityPolicy", dao.g.at.of("dao-security-policy", dao.dao))
    assert fields["proof_attestors"][3:] == [Pubkey.default()] * 2
    assert (fields["proof_threshold"], fields["emergency_disabled"]) == (2, False)


@pytest.mark.parametrize(
    "policy",
    [
        replace(SECURITY, threshold=0),
        replace(SECURITY, threshold=4),
        replace(SECURITY, attestors=()),
        replace(SECURITY, attestors=(SECURITY.attestors[0],) * 2),
        replace(SECURITY, attestors=(Pubkey.default(), SECURITY.attestors[0])),
        replace(SECURITY, ttl_seconds=0),
    ],
)
def test_a_security_policy_that_breaks_a_rule_is_refused(dao: World, policy: Security) -> None:
    call = dao.g.initialize_security_policy(dao.dao, dao.founder, policy)
    call.land(expect="InvalidSecurityPolicy")


def test_a_policy_knows_the_authority_that_made_it(dao: World) -> None:
    """After a handover neither the old nor the new authority can change the policies."""
    dao.g.initialize_security_policy(dao.dao, dao.founder, SECURITY).land()
    dao.g.governance_policy_v3(dao.dao, dao.founder).land()
    dao.g.settlement_policy_v3(dao.dao, dao.founder, max_payout=SOL).land()
    dao.g.transfer_dao_authority(dao.dao, dao.founder, dao.stranger.pubkey()).land()
    update = dao.g.update_security_policy_v2
    update(dao.dao, dao.founder, SECURITY).land(expect="ConstraintHasOne")
    update(dao.dao, dao.stranger, SECURITY).land(expect="UnauthorizedConfidentialPayoutOperator")
    call = dao.g.governance_policy_v3(dao.dao, dao.stranger, update=True)
    call.land(expect="GovernancePolicyMismatch")
    call = dao.g.settlement_policy_v3(dao.dao, dao.stranger, max_payout=SOL, update=True)
    call.land(expect="SettlementPolicyMismatch")


def test_a_governance_policy_may_get_weaker(dao: World) -> None:
    policy = dao.g.governance_policy_v3
    for rebate in (1_000_001, 0):
        fields = {"quorum_policy": "TokenSupplyParticipation", "reveal_rebate_lamports": rebate}
        call = policy(dao.dao, dao.founder)
        wrong = {**fields, "reveal_rebate_policy": "DedicatedVaultRequired"}
        replace(call, arguments=wrong).land(expect="InvalidRevealRebateConfig")
    policy(dao.dao, dao.founder, rebate=500_000).land()
    policy(dao.dao, dao.founder, rebate=500_000).land()
    policy(dao.dao, dao.founder).land(expect="GovernancePolicyAlreadyInitialized")
    landed = policy(dao.dao, dao.founder, quorum="LegacyRevealParticipation", update=True).land()
    event = event_of(dao, landed.signature)[1]
    assert (event["quorum_policy"], event["updated_at"]) == ("LegacyRevealParticipation", START)


def test_a_settlement_policy_only_gets_stronger(dao: World) -> None:
    policy = dao.g.settlement_policy_v3
    policy(dao.dao, dao.founder, max_payout=0).land(expect="InvalidSettlementPolicyV3")
    policy(dao.dao, dao.founder, max_payout=1, min_age=-1).land(expect="InvalidSettlementPolicyV3")
    policy(dao.dao, dao.founder, max_payout=10, require_refhe=True).land()
    policy(dao.dao, dao.founder, max_payout=9).land(expect="SettlementPolicyAlreadyInitialized")
    for weaker in (
        {"max_payout": 11, "require_refhe": True},
        {"max_payout": 10, "require_refhe": False},
        {"max_payout": 10, "require_refhe": True, "min_age": 1},
    ):
        call = policy(dao.dao, dao.founder, **weaker, update=True)  # type: ignore[arg-type]
        call.land(expect="SettlementPolicyRollbackNotAllowed")
    landed = policy(dao.dao, dao.founder, max_payout=9, require_refhe=True, update=True).land()
    assert event_of(dao, landed.signature)[1]["max_payout_amount"] == 9
