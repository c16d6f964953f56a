"""The rules of a DAO, its authorities and its policies.

Each rule is what one instruction does to a `Turn`, checks in the program's order. `args` are the
instruction's arguments by name. Source: the project's facts about the program at 617454c46.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .codec import Fields
from .model import MAX_ATTESTORS, MAX_NAME, MIN_REVEAL_WINDOW_SECONDS, REVEAL_REBATE_LAMPORTS
from .turn import Refused, Turn, demand, is_somebody

_FILE = "dao"
_MODES = ("LegacyAllowed", "CompatibilityRequired", "StrictRequired")
_FEATURES = ("LegacyAllowed", "ThresholdAttestedRequired", "StrictRequired")
_CANCELS = ("LegacyAllowed", "NoCancelAfterParticipation")


def initialize_dao(turn: Turn, args: Fields) -> None:
    """A new DAO; whoever signs is its authority."""
    turn.load_mint_supply("governance_token")
    name = str(args["dao_name"])
    seeds = [b"dao", bytes(turn.key("authority")), name.encode()]
    bump = turn.make("dao", "Dao", seeds, payer="authority")
    demand(len(name.encode()) <= MAX_NAME, "NameTooLong", _FILE)
    demand(0 < args["quorum_percentage"] <= 100, "InvalidQuorum", _FILE)
    window = args["reveal_window_seconds"]
    demand(window >= MIN_REVEAL_WINDOW_SECONDS, "RevealWindowTooShort", _FILE)
    demand(args["execution_delay_seconds"] >= 0, "InvalidExecutionDelay", _FILE)
    voting = args["voting_config"]
    if isinstance(voting, Mapping):
        for threshold in voting["DualChamber"].values():
            demand(0 < threshold <= 100, "InvalidThreshold", "utils")
    authority = turn.key("authority")
    turn.emit("DaoCreated", dao=turn.key("dao"), name=name, authority=authority)
    fields = {
        **args,
        "authority": authority,
        "governance_token": turn.key("governance_token"),
        "proposal_count": 0,
        "bump": bump,
        "migrated_from_realms": None,
    }
    turn.put("dao", "Dao", fields)


def transfer_dao_authority(turn: Turn, args: Fields) -> None:
    """The authority hands the DAO over, in one step."""
    dao = turn.load("dao", "Dao")
    before, after = dao["authority"], args["new_authority"]
    turn.constrain(before == turn.key("authority"), "dao", "UnauthorizedDaoAuthorityTransfer")
    demand(is_somebody(after) and after != before, "InvalidDaoAuthorityTransfer", _FILE)
    turn.emit(
        "DaoAuthorityTransferred",
        dao=turn.key("dao"),
        previous_authority=before,
        new_authority=after,
    )
    turn.put("dao", "Dao", {**dao, "authority": after})


def initialize_treasury_operator_authority(turn: Turn, args: Fields) -> None:
    """The DAO's authority becomes the treasury operator authority."""
    name, kind = "treasury_operator_authority", "TreasuryOperatorAuthority"
    dao, authority = turn.key("dao"), turn.key("authority")
    state = turn.load("dao", "Dao")
    found, bump = turn.make_if_needed(
        name, kind, [b"treasury-operator-authority", bytes(dao)], payer="authority"
    )
    turn.has_one("dao", state, "authority")
    if found is None:
        found = {
            "dao": dao,
            "authority": authority,
            "created_at": turn.now,
            "updated_at": turn.now,
            "bump": bump,
        }
    else:
        same = (found["dao"], found["authority"]) == (dao, authority)
        demand(same, "UnauthorizedTreasuryOperatorAuthorityTransfer", _FILE)
    shown = {key: found[key] for key in ("dao", "authority", "created_at")}
    turn.emit("TreasuryOperatorAuthorityInitialized", **shown)
    turn.put(name, kind, found)


def transfer_treasury_operator_authority(turn: Turn, args: Fields) -> None:
    """The operator authority hands itself over, in one step."""
    name, kind = "treasury_operator_authority", "TreasuryOperatorAuthority"
    error = "UnauthorizedTreasuryOperatorAuthorityTransfer"
    turn.load("dao", "Dao")
    found = turn.load(name, kind)
    turn.seeds(name, b"treasury-operator-authority", bytes(turn.key("dao")))
    turn.constrain(found["dao"] == turn.key("dao"), name, error)
    turn.constrain(found["authority"] == turn.key("authority"), name, error)
    before, after = found["authority"], args["new_authority"]
    fine = is_somebody(after) and after != before
    demand(fine, "InvalidTreasuryOperatorAuthorityTransfer", _FILE)
    turn.emit(
        "TreasuryOperatorAuthorityTransferred",
        dao=found["dao"],
        previous_authority=before,
        new_authority=after,
        updated_at=turn.now,
    )
    turn.put(name, kind, {**found, "authority": after, "updated_at": turn.now})


# Policies. Each DAO has one account per kind; the first call writes it.


def initialize_dao_security_policy(turn: Turn, args: Fields) -> None:
    """The security policy; a repeat with the same values changes nothing."""
    fields = _policy(
        turn,
        args,
        kind="DaoSecurityPolicy",
        prefix="dao-security-policy",
        check=_check_security,
        taken="SecurityPolicyAlreadyInitialized",
        defaults={"emergency_disabled": False},
    )
    turn.emit("DaoSecurityPolicyInitialized", **_security_event(fields, "created_at"))


def update_dao_security_policy_v2(turn: Turn, args: Fields) -> None:
    """Another security policy, no weaker in any of its four settings."""
    found = _policy_to_update(
        turn,
        kind="DaoSecurityPolicy",
        prefix="dao-security-policy",
        strange_dao="SecurityPolicyMismatch",
        strange_authority="UnauthorizedConfidentialPayoutOperator",
    )
    _check_security(args)
    demand(not found["emergency_disabled"], "SecurityPolicyDisabled", _FILE)
    for setting, ranks in (
        ("mode", _MODES),
        ("zk_policy", _FEATURES),
        ("settlement_policy", _FEATURES),
        ("cancel_policy", _CANCELS),
    ):
        kept = ranks.index(args[setting]) >= ranks.index(found[setting])
        demand(kept, "PolicyRollbackNotAllowed", _FILE)
    fields = {**found, **args, "updated_at": turn.now}
    turn.emit("DaoSecurityPolicyUpdatedV2", **_security_event(fields, "updated_at"))
    turn.put("dao_security_policy", "DaoSecurityPolicy", fields)


def initialize_dao_governance_policy_v3(turn: Turn, args: Fields) -> None:
    """The governance policy: how quorum is counted, and who pays for reveals."""
    fields = _policy(
        turn,
        args,
        kind="DaoGovernancePolicyV3",
        prefix="dao-governance-policy-v3",
        check=_check_governance,
        taken="GovernancePolicyAlreadyInitialized",
    )
    turn.emit("DaoGovernancePolicyInitializedV3", **_without(fields, "updated_at", "bump"))


def update_dao_governance_policy_v3(turn: Turn, args: Fields) -> None:
    """Another governance policy; it may be weaker."""
    name, kind = "dao_governance_policy_v3", "DaoGovernancePolicyV3"
    found = _policy_to_update(
        turn,
        kind=kind,
        prefix="dao-governance-policy-v3",
        strange_dao="GovernancePolicyMismatch",
        strange_authority="GovernancePolicyMismatch",
    )
    _check_governance(args)
    fields = {**found, **args, "updated_at": turn.now}
    turn.emit("DaoGovernancePolicyUpdatedV3", **_without(fields, "created_at", "bump"))
    turn.put(name, kind, fields)


def initialize_dao_settlement_policy_v3(turn: Turn, args: Fields) -> None:
    """The settlement policy: age of evidence and the cap of a payout."""
    fields = _policy(
        turn,
        args,
        kind="DaoSettlementPolicyV3",
        prefix="dao-settlement-policy-v3",
        check=_check_settlement,
        taken="SettlementPolicyAlreadyInitialized",
    )
    turn.emit("DaoSettlementPolicyInitializedV3", **_without(fields, "updated_at", "bump"))


def update_dao_settlement_policy_v3(turn: Turn, args: Fields) -> None:
    """Another settlement policy, no weaker."""
    name, kind = "dao_settlement_policy_v3", "DaoSettlementPolicyV3"
    found = _policy_to_update(
        turn,
        kind=kind,
        prefix="dao-settlement-policy-v3",
        strange_dao="SettlementPolicyMismatch",
        strange_authority="SettlementPolicyMismatch",
    )
    _check_settlement(args)
    kept = (
        args["min_evidence_age_seconds"] >= found["min_evidence_age_seconds"]
        and args["max_payout_amount"] <= found["max_payout_amount"]
        and args["require_refhe_settlement"] >= found["require_refhe_settlement"]
        and args["require_magicblock_settlement"] >= found["require_magicblock_settlement"]
    )
    demand(kept, "SettlementPolicyRollbackNotAllowed", _FILE)
    fields = {**found, **args, "updated_at": turn.now}
    turn.emit("DaoSettlementPolicyUpdatedV3", **_without(fields, "created_at", "bump"))
    turn.put(name, kind, fields)


def _policy(
    turn: Turn,
    args: Fields,
    *,
    kind: str,
    prefix: str,
    check: Any,
    taken: str,
    defaults: Fields | None = None,
) -> Fields:
    name = prefix.replace("-", "_")
    dao, authority = turn.key("dao"), turn.key("authority")
    state = turn.load("dao", "Dao")
    found, bump = turn.make_if_needed(name, kind, [prefix.encode(), bytes(dao)], payer="authority")
    turn.has_one("dao", state, "authority")
    check(args)
    wanted = {**args, "dao": dao, "authority": authority}
    if found is None:
        times = {"created_at": turn.now, "updated_at": turn.now}
        found = {**wanted, **(defaults or {}), **times, "bump": bump}
    elif any(found[key] != value for key, value in wanted.items()):
        raise Refused(taken, file=_FILE)
    turn.put(name, kind, found)
    return found


def _policy_to_update(
    turn: Turn, *, kind: str, prefix: str, strange_dao: str, strange_authority: str
) -> Fields:
    name = prefix.replace("-", "_")
    state = turn.load("dao", "Dao")
    found = turn.load(name, kind)
    turn.has_one("dao", state, "authority")
    turn.seeds(name, prefix.encode(), bytes(turn.key("dao")))
    turn.constrain(found["dao"] == turn.key("dao"), name, strange_dao)
    turn.constrain(found["authority"] == turn.key("authority"), name, strange_authority)
    return found


def _check_security(args: Fields) -> None:
    for who in ("proof", "settlement"):
        count = args[f"{who}_attestor_count"]
        named = args[f"{who}_attestors"][:count]
        fine = (
            0 < count <= MAX_ATTESTORS
            and 0 < args[f"{who}_threshold"] <= count
            and all(is_somebody(one) for one in named)
            and len(set(named)) == count
        )
        demand(fine, "InvalidSecurityPolicy", "utils")
    for who in ("proof", "settlement"):
        demand(args[f"{who}_ttl_seconds"] > 0, "InvalidSecurityPolicy", _FILE)


def _check_governance(args: Fields) -> None:
    rebate = args["reveal_rebate_lamports"]
    if args["reveal_rebate_policy"] == "Disabled":
        fine = rebate == 0
    else:
        fine = 0 < rebate <= REVEAL_REBATE_LAMPORTS
    demand(fine, "InvalidRevealRebateConfig", "utils")


def _check_settlement(args: Fields) -> None:
    fine = args["min_evidence_age_seconds"] >= 0 and args["max_payout_amount"] > 0
    demand(fine, "InvalidSettlementPolicyV3", "utils")


def _security_event(fields: Fields, time: str) -> Fields:
    shown = ("dao", "authority", "mode", "zk_policy", "settlement_policy", "cancel_policy")
    thresholds = ("proof_threshold", "settlement_threshold")
    return {key: fields[key] for key in (*shown, *thresholds, time)}


def _without(fields: Fields, *names: str) -> Fields:
    return {key: value for key, value in fields.items() if key not in names}
