"""The rules of what binds policies and proofs to one proposal; see `rules_dao` for the form."""

from __future__ import annotations

from collections.abc import Callable

from .codec import Fields
from .model import payout_fields_hash, proof_domain_separator
from .rules_treasury import plan_seeds, proposal_seeds
from .turn import Turn, demand

_FILE = "privacy"


def snapshot_proposal_execution_policy(turn: Turn, args: Fields) -> None:
    """Copy the security policy's settings; a later call must find them unchanged."""
    _, policy, proposal = _states(turn, "dao_security_policy", "DaoSecurityPolicy")
    wanted = {
        "created_under_mode": policy["mode"],
        "zk_policy": policy["zk_policy"],
        "settlement_policy": policy["settlement_policy"],
        "cancel_policy": policy["cancel_policy"],
        "object_version": 2,
    }
    fields = _snapshot(
        turn,
        proposal,
        wanted,
        name="proposal_execution_policy_snapshot",
        kind="ProposalExecutionPolicySnapshot",
        policy=(policy, "dao_security_policy"),
        prefix="proposal-policy-snapshot",
        strange="SecurityPolicyMismatch",
        taken="PolicySnapshotAlreadyRecorded",
    )
    turn.emit("ProposalExecutionPolicySnapshotted", **_shown(fields))


def snapshot_proposal_governance_policy_v3(turn: Turn, args: Fields) -> None:
    """Copy the governance policy and the mint's supply."""
    dao, policy, proposal = _states(turn, "dao_governance_policy_v3", "DaoGovernancePolicyV3")
    supply = turn.load_mint_supply("governance_token")
    governing = dao["governance_token"] == turn.key("governance_token")
    wanted = {
        "quorum_policy": policy["quorum_policy"],
        "reveal_rebate_policy": policy["reveal_rebate_policy"],
        "reveal_rebate_lamports": policy["reveal_rebate_lamports"],
        "eligible_capital": supply,
        "object_version": 3,
    }

    def check() -> None:
        turn.constrain(governing, "governance_token", "GoverningMintMismatch")
        demand(supply > 0, "InvalidGovernanceSnapshot", _FILE)

    fields = _snapshot(
        turn,
        proposal,
        wanted,
        name="proposal_governance_policy_snapshot_v3",
        kind="ProposalGovernancePolicySnapshotV3",
        policy=(policy, "dao_governance_policy_v3"),
        prefix="proposal-governance-snapshot-v3",
        strange="GovernancePolicyMismatch",
        taken="GovernancePolicySnapshotAlreadyRecorded",
        check=check,
    )
    turn.emit("ProposalGovernancePolicySnapshottedV3", **_shown(fields))


def snapshot_proposal_settlement_policy_v3(turn: Turn, args: Fields) -> None:
    """Copy the settlement policy, and bind it to the payout plan's fields."""
    _, policy, proposal = _states(turn, "dao_settlement_policy_v3", "DaoSettlementPolicyV3")
    plan_name = "confidential_payout_plan"
    plan = turn.load(plan_name, "ConfidentialPayoutPlan")
    here, at = turn.key("proposal"), turn.key(plan_name)
    wanted = {
        "payout_plan": at,
        "min_evidence_age_seconds": policy["min_evidence_age_seconds"],
        "max_payout_amount": policy["max_payout_amount"],
        "require_refhe_settlement": policy["require_refhe_settlement"],
        "require_magicblock_settlement": policy["require_magicblock_settlement"],
        "payout_fields_hash": payout_fields_hash(turn.key("dao"), here, at, plan),
        "object_version": 3,
    }
    fields = _snapshot(
        turn,
        proposal,
        wanted,
        name="proposal_settlement_policy_snapshot_v3",
        kind="ProposalSettlementPolicySnapshotV3",
        policy=(policy, "dao_settlement_policy_v3"),
        prefix="proposal-settlement-policy-v3",
        strange="SettlementPolicyMismatch",
        taken="SettlementPolicySnapshotAlreadyRecorded",
        check=lambda: plan_seeds(turn),
    )
    turn.emit("ProposalSettlementPolicySnapshottedV3", **_shown(fields))


def fund_reveal_rebate_vault_v3(turn: Turn, args: Fields) -> None:
    """Anyone pays into the vault that rebates reveals."""
    name, kind = "reveal_rebate_vault", "RevealRebateVaultV3State"
    turn.load("dao", "Dao")
    policy = turn.load("dao_governance_policy_v3", "DaoGovernancePolicyV3")
    dao, amount = turn.key("dao"), args["amount"]
    found, bump = turn.make_if_needed(
        name, kind, [b"reveal-rebate-vault-v3", bytes(dao)], payer="funder"
    )
    _policy_seeds(turn, policy, "dao_governance_policy_v3", "GovernancePolicyMismatch")
    demand(amount > 0, "InvalidRevealRebateConfig", _FILE)
    paying = policy["reveal_rebate_policy"] == "DedicatedVaultRequired"
    demand(paying, "InvalidRevealRebateConfig", _FILE)
    if found is None:
        found = {"dao": dao, "bump": bump}
    demand(found["dao"] == dao, "RevealRebateVaultMismatch", _FILE)
    turn.pay("funder", name, amount)
    turn.emit(
        "RevealRebateVaultFundedV3",
        dao=dao,
        funder=turn.key("funder"),
        amount=amount,
        vault=turn.key(name),
    )
    turn.put(name, kind, found)


def record_proof_verification_v2(turn: Turn, args: Fields) -> None:
    """Enough attestors of the security policy sign for a proof of one proposal."""
    name, kind = "proposal_proof_verification", "ProposalProofVerification"
    _, policy, proposal = _states(turn, "dao_security_policy", "DaoSecurityPolicy")
    dao, here, recorder = turn.key("dao"), turn.key("proposal"), turn.key("recorder")
    seeds = [b"proposal-proof-verification", bytes(here)]
    found, bump = turn.make_if_needed(name, kind, seeds, payer="recorder")
    _policy_seeds(turn, policy, "dao_security_policy", "SecurityPolicyMismatch")
    proposal_seeds(turn, proposal)
    demand(not policy["emergency_disabled"], "SecurityPolicyDisabled", _FILE)
    demand(policy["zk_policy"] != "LegacyAllowed", "StrictPolicyRequired", _FILE)
    for field in ("payload_hash", "proof_hash", "public_inputs_hash", "verification_key_hash"):
        demand(any(args[field]), "InvalidZkArtifactHash", _FILE)
    bound = args["domain_separator"] == proof_domain_separator(dao, here)
    demand(bound, "PayloadHashMismatch", _FILE)
    attestors = set(policy["proof_attestors"][: policy["proof_attestor_count"]])
    signed = attestors & {recorder, *turn.extra_signers}
    demand(len(signed) >= policy["proof_threshold"], "AttestationThresholdNotMet", _FILE)
    wanted = {**args, "dao": dao, "proposal": here, "status": "Verified"}
    if found is None:
        times = {"verified_at": turn.now, "expires_at": turn.now + policy["proof_ttl_seconds"]}
        found = {**wanted, **times, "verified_by": recorder, "bump": bump}
    same = all(found[key] == value for key, value in wanted.items())
    fresh = turn.now <= found["expires_at"]
    demand(same and fresh, "ProofVerificationAlreadyRecorded", _FILE)
    keys = ("dao", "proposal", "verification_kind", "status", "payload_hash", "proof_hash")
    shown = {key: found[key] for key in (*keys, "expires_at")}
    turn.emit("ProofVerificationRecordedV2", **shown)
    turn.put(name, kind, found)


def _states(turn: Turn, policy: str, kind: str) -> tuple[Fields, Fields, Fields]:
    dao = turn.load("dao", "Dao")
    return dao, turn.load(policy, kind), turn.load("proposal", "Proposal")


def _policy_seeds(turn: Turn, policy: Fields, name: str, strange: str) -> None:
    turn.seeds(name, name.replace("_", "-").encode(), bytes(turn.key("dao")))
    turn.constrain(policy["dao"] == turn.key("dao"), name, strange)


def _snapshot(
    turn: Turn,
    proposal: Fields,
    wanted: Fields,
    *,
    name: str,
    kind: str,
    policy: tuple[Fields, str],
    prefix: str,
    strange: str,
    taken: str,
    check: Callable[[], None] | None = None,
) -> Fields:
    dao, here = turn.key("dao"), turn.key("proposal")
    found, bump = turn.make_if_needed(name, kind, [prefix.encode(), bytes(here)], payer="operator")
    _policy_seeds(turn, *policy, strange)
    proposal_seeds(turn, proposal)
    if check is not None:
        check()
    wanted = {**wanted, "dao": dao, "proposal": here}
    if found is None:
        found = {**wanted, "snapshot_at": turn.now, "bump": bump}
    demand(all(found[key] == value for key, value in wanted.items()), taken, _FILE)
    turn.put(name, kind, found)
    return found


def _shown(snapshot: Fields) -> Fields:
    hidden = ("snapshot_at", "bump", "payout_fields_hash")
    return {key: value for key, value in snapshot.items() if key not in hidden}
