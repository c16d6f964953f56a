"""Who may call which instruction.

Source: the account constraints and requirements of programs/private-dao/src, X-PACT/PrivateDAO at
617454c46.
"""

from __future__ import annotations

from typing import Final

from privatedao_audit.protocols.conduct import Caller, Does, InstructionRule

__all__ = ["RULES"]


def _rules(
    names: str,
    callers: tuple[Caller, ...],
    signer: str,
    *,
    privileged: bool = False,
    moves_funds: bool = False,
    note: str = "",
    does: Does = "",
    tokens: str = "",
    role: str = "",
    holder: str = "",
) -> dict[str, InstructionRule]:
    return {
        name: InstructionRule(
            name, frozenset(callers), signer, privileged, moves_funds, note, does, tokens, role,
            holder,
        )
        for name in names.split()
    }  # fmt: skip


#: Instruction → rule; all 47.
RULES: Final[dict[str, InstructionRule]] = {
    **_rules(
        "initialize_dao migrate_from_realms", ("anyone",), "authority",
        note="the caller becomes the authority of the new DAO", does="found",
    ),
    **_rules(
        "transfer_dao_authority", ("authority",), "authority", privileged=True,
        note="takes effect in one step; the new key need not accept",
        does="hand over", role="authority", holder="new_authority",
    ),
    **_rules(
        "initialize_treasury_operator_authority", ("authority",), "authority", privileged=True,
        note="the caller becomes the operator authority",
        does="hand over", role="operator authority",
    ),
    **_rules(
        "transfer_treasury_operator_authority", ("operator authority",), "authority",
        privileged=True,
        note="moves a record; no instruction that moves funds reads it",
        does="hand over", role="operator authority", holder="new_authority",
    ),
    **_rules(
        "initialize_dao_security_policy initialize_dao_governance_policy_v3 "
        "initialize_dao_settlement_policy_v3",
        ("authority",), "authority", privileged=True,
        note="a second call must repeat the same values", does="policy",
    ),
    **_rules(
        "update_dao_security_policy_v2 update_dao_settlement_policy_v3", ("authority",),
        "authority", privileged=True,
        note="the caller must also be the authority stored in the policy; weaker settings are "
        "refused", does="policy",
    ),
    **_rules(
        "update_dao_governance_policy_v3", ("authority",), "authority", privileged=True,
        note="the caller must also be the authority stored in the policy; weaker settings are "
        "not refused", does="policy",
    ),
    **_rules(
        "create_proposal", ("token holder",), "proposer",
        note="holds more than none of the governance token, and no less than the DAO requires",
        does="propose",
    ),
    **_rules(
        "configure_confidential_payout_plan configure_refhe_envelope "
        "configure_magicblock_private_payment_corridor",
        ("authority", "proposer"), "operator", privileged=True,
        note="before the first commit",
    ),
    **_rules(
        "settle_refhe_envelope settle_magicblock_private_payment_corridor",
        ("authority", "proposer"), "operator", privileged=True,
    ),
    **_rules(
        "cancel_proposal cancel_proposal_v2", ("authority",), "authority", privileged=True,
        note="while voting is open and nobody has committed", does="cancel",
    ),
    **_rules(
        "veto_proposal", ("authority",), "authority", privileged=True,
        note="after the proposal passed and before its unlock", does="veto",
    ),
    **_rules(
        "commit_vote", ("token holder",), "voter",
        note="once per proposal and wallet; excludes a delegation",
        does="commit", tokens="voter_token_account",
    ),
    **_rules(
        "delegate_vote", ("token holder",), "delegator",
        note="once per proposal and wallet; excludes a direct vote",
        does="delegate", tokens="delegator_token_account",
    ),
    **_rules(
        "commit_delegated_vote", ("delegatee",), "delegatee", note="once", does="commit",
        tokens="delegatee_token_account",
    ),
    **_rules(
        "reveal_vote reveal_vote_v3", ("voter", "keeper"), "revealer",
        note="the keeper is the one named at the commit", does="tell",
    ),
    **_rules(
        "finalize_proposal finalize_proposal_v3 finalize_zk_enforced_proposal "
        "finalize_zk_enforced_proposal_v2 finalize_zk_enforced_proposal_v3",
        ("anyone",), "finalizer", note="from the end of the reveal window on", does="finalize",
    ),
    **_rules(
        "execute_proposal execute_confidential_payout_plan execute_confidential_payout_plan_v2 "
        "execute_confidential_payout_plan_v3",
        ("anyone",), "executor", moves_funds=True,
        note="after the proposal passed, once, from its unlock on; never expires", does="execute",
    ),
    **_rules("deposit_treasury", ("anyone",), "depositor", does="deposit"),
    **_rules("fund_reveal_rebate_vault_v3", ("anyone",), "funder"),
    **_rules(
        "snapshot_proposal_execution_policy snapshot_proposal_governance_policy_v3 "
        "snapshot_proposal_settlement_policy_v3",
        ("anyone",), "operator",
        note="the first caller writes, at any status; later calls must match",
    ),
    **_rules(
        "update_voter_weight_record update_voter_weight_record_v2", ("token holder",), "voter"
    ),
    **_rules("get_voter_weight_record", ("anyone",), "", note="reads only"),
    **_rules(
        "anchor_zk_proof", ("authority", "proposer"), "recorder", privileged=True
    ),
    **_rules(
        "verify_zk_proof_on_chain", ("authority", "proposer"), "verifier", privileged=True,
        note="a receipt of mode ZkEnforced takes the authority",
    ),
    **_rules(
        "configure_proposal_zk_mode", ("authority", "proposer"), "operator", privileged=True,
        note="by the pattern of its neighbours; the facts at hand name its error and not its "
        "callers",
    ),
    **_rules(
        "record_proof_verification_v2 record_settlement_evidence_v2", ("attestors",), "recorder",
        privileged=True,
        note="anyone may send it; as many different attestors as the security policy asks for "
        "must sign, as further accounts",
    ),
}  # fmt: skip
