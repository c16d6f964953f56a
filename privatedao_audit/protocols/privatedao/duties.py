"""Which variants of finalize and execute honour which policy.

The program keeps its older variants callable: the standard finalize takes the DAO, the proposal
and the caller, and reads no policy; the first confidential payout reads no settlement evidence.
Only the instruction that was sent tells which was used. Source: the account lists of
programs/private-dao/src, X-PACT/PrivateDAO at 617454c46.
"""

from __future__ import annotations

from typing import Final

from privatedao_audit.protocols.conduct import PolicyRule

__all__ = ["POLICY_RULES"]

_ZK: Final = ("finalize_zk_enforced_proposal", "finalize_zk_enforced_proposal_v2",
              "finalize_zk_enforced_proposal_v3")  # fmt: skip
_FINALIZE: Final = frozenset({"finalize_proposal", "finalize_proposal_v3", *_ZK})
_PAYOUT: Final = frozenset(
    {
        "execute_confidential_payout_plan", "execute_confidential_payout_plan_v2",
        "execute_confidential_payout_plan_v3",
    }
)  # fmt: skip
_DEMANDED: Final = frozenset({"ThresholdAttestedRequired", "StrictRequired"})

POLICY_RULES: Final[tuple[PolicyRule, ...]] = (
    PolicyRule(
        "dao-governance-policy-v3", None, frozenset(), _FINALIZE,
        frozenset({"finalize_proposal_v3", "finalize_zk_enforced_proposal_v3"}),
    ),
    PolicyRule(
        "dao-security-policy", "zk_policy", _DEMANDED, _FINALIZE,
        frozenset({"finalize_zk_enforced_proposal_v2", "finalize_zk_enforced_proposal_v3"}),
    ),
    PolicyRule("zk-policy", "mode", frozenset({"ZkEnforced"}), _FINALIZE, frozenset(_ZK)),
    PolicyRule(
        "dao-security-policy", "settlement_policy", _DEMANDED, _PAYOUT,
        frozenset({"execute_confidential_payout_plan_v2", "execute_confidential_payout_plan_v3"}),
    ),
    PolicyRule(
        "dao-settlement-policy-v3", None, frozenset(), _PAYOUT,
        frozenset({"execute_confidential_payout_plan_v3"}),
    ),
)  # fmt: skip
