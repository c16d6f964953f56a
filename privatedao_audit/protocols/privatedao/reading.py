"""Accounts of the program as facts that fit any protocol.

Each function takes the account and the program, and raises ValueError (DecodeError) with the
reason where the account is not to be believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.reads import Account
from privatedao_audit.protocols.facts import (
    Asset,
    Dao,
    Delegation,
    Group,
    Outcome,
    PayoutPlan,
    Policy,
    Proposal,
    ProposedAction,
    Tally,
    TreasuryAccount,
    Vote,
    Window,
)
from privatedao_audit.protocols.privatedao.accounts import open_account
from privatedao_audit.protocols.privatedao.interface import plain, variant

__all__ = [
    "AUTHORITY",
    "CAPITAL",
    "COMMITS",
    "COMMUNITY",
    "EXECUTION_DELAY",
    "KEEPER",
    "OPERATOR",
    "REVEALS",
    "REVEAL_WINDOW",
    "dao",
    "delegation",
    "operator_authority",
    "payout_plan",
    "policy",
    "proposal",
    "treasury_account",
    "vote",
]

AUTHORITY: Final = "authority"
OPERATOR: Final = "operator authority"
KEEPER: Final = "keeper"
EXECUTION_DELAY: Final = "execution"
REVEAL_WINDOW: Final = "reveal"
CAPITAL: Final = "capital"
COMMUNITY: Final = "community"
COMMITS: Final = "commits"
REVEALS: Final = "reveals"

_OUTCOMES: Final = {
    "Voting": Outcome.OPEN,
    "Passed": Outcome.PASSED,
    "Failed": Outcome.FAILED,
    "Cancelled": Outcome.CANCELLED,
    "Vetoed": Outcome.VETOED,
}
_ASSETS: Final = {"SendSol": Asset.SOL, "SendToken": Asset.TOKEN, "CustomCPI": Asset.CALL}
#: The key of 32 zero bytes, which the program refuses as a recipient.
_NOBODY: Final = programs.SYSTEM
#: Fields of a policy that are not its rules.
_NOT_RULES: Final = frozenset(
    {
        "dao", "proposal", "authority", "configured_by", "payout_plan", "bump", "created_at",
        "updated_at", "snapshot_at", "configured_at",
    }
)  # fmt: skip


def dao(account: Account, program: str) -> Dao:
    """The DAO."""
    opened = open_account(account, "Dao", program)
    fields = opened.fields
    if opened.proof is None:
        note = (
            "its present authority and name do not lead to its address: the authority was moved "
            "since the DAO was created; that it is a DAO rests on its owner and its layout"
        )
    else:
        note = "its present authority and name lead to its address"
    return Dao(
        address=account.address,
        program=program,
        name=fields["dao_name"],
        authorities={AUTHORITY: fields["authority"]},
        governance_mint=fields["governance_token"],
        voting_rule=_rule(fields),
        delays={
            REVEAL_WINDOW: fields["reveal_window_seconds"],
            EXECUTION_DELAY: fields["execution_delay_seconds"],
        },
        proposal_count=fields["proposal_count"],
        proof=opened.proof,
        proof_note=note,
        raw=plain(fields),
        quorum=fields["quorum_percentage"],
    )


def _rule(fields: dict[str, Any]) -> str:
    config = fields["voting_config"]
    kind = variant(config)
    quorum = f"{fields['quorum_percentage']} % of those who committed must reveal"
    if kind == "TokenWeighted":
        return f"more yes than no by tokens; {quorum}"
    if kind == "Quadratic":
        return f"more yes than no by square roots of tokens; {quorum}"
    return (
        f"{config.fields['capital_threshold']} % yes by tokens and "
        f"{config.fields['community_threshold']} % yes by square roots of tokens; {quorum}"
    )


def proposal(account: Account, program: str) -> Proposal:
    """A proposal."""
    fields = open_account(account, "Proposal", program).fields
    status, executed = variant(fields["status"]), fields["is_executed"]
    outcome = _OUTCOMES[status]
    if executed:
        if outcome is not Outcome.PASSED:
            raise DecodeError(
                f"Proposal {account.address}", None, f"executed, and its status is {status}"
            )
        outcome = Outcome.EXECUTED
    # 0 is what the account holds until a finalize sets it.
    unlocks_at = fields["execution_unlocks_at"] or None
    windows = [
        Window("voting", None, fields["voting_end"]),
        Window("reveal", fields["voting_end"], fields["reveal_end"]),
        Window("finalize", fields["reveal_end"], None),
    ]
    if unlocks_at is not None:
        windows += [Window("veto", None, unlocks_at), Window("execution", unlocks_at, None)]
    action = fields["treasury_action"]
    return Proposal(
        address=account.address,
        id=str(fields["proposal_id"]),
        dao=fields["dao"],
        proposer=fields["proposer"],
        title=fields["title"],
        description=fields["description"],
        status=status,
        outcome=outcome,
        windows=tuple(windows),
        participants=fields["commit_count"],
        tallies=(
            Tally(f"yes {CAPITAL}", fields["yes_capital"]),
            Tally(f"no {CAPITAL}", fields["no_capital"]),
            Tally(f"yes {COMMUNITY}", fields["yes_community"]),
            Tally(f"no {COMMUNITY}", fields["no_community"]),
            Tally(COMMITS, fields["commit_count"]),
            Tally(REVEALS, fields["reveal_count"]),
        ),
        actions=() if action is None else (_action(action),),
        unlocks_at=unlocks_at,
        executed=executed,
        raw=plain(fields),
    )


def _action(fields: dict[str, Any]) -> ProposedAction:
    kind = variant(fields["action_type"])
    asset = _ASSETS[kind]
    call = asset is Asset.CALL
    return ProposedAction(
        asset=asset,
        amount=None if call else fields["amount_lamports"],
        recipient=None if call else fields["recipient"],
        mint=fields["token_mint"] if asset is Asset.TOKEN else None,
        kind=kind,
        fault=_action_fault(asset, fields),
        raw=plain(fields),
    )


def _action_fault(asset: Asset, fields: dict[str, Any]) -> str | None:
    """Why the program would not execute the action; its own checks, in its order."""
    if asset is Asset.CALL:
        return "the program executes no calls of its own making"
    if fields["amount_lamports"] == 0:
        return "the amount is 0"
    if fields["recipient"] == _NOBODY:
        return "the recipient is the key of zero bytes"
    if asset is Asset.SOL and fields["token_mint"] is not None:
        return "it sends SOL and names a mint"
    if asset is Asset.TOKEN and fields["token_mint"] is None:
        return "it sends tokens and names no mint"
    return None


def vote(account: Account, program: str) -> Vote:
    """A voter's record."""
    fields = open_account(account, "VoterRecord", program).fields
    if not fields["has_committed"]:
        raise DecodeError(f"VoterRecord {account.address}", None, "a record without a vote")
    keeper = fields["voter_reveal_authority"]
    choice = None
    if fields["has_revealed"]:
        choice = "yes" if fields["voted_yes"] else "no"
    return Vote(
        address=account.address,
        proposal=fields["proposal"],
        voter=fields["voter"],
        choice=choice,
        weights={CAPITAL: fields["capital_weight"], COMMUNITY: fields["community_weight"]},
        others={} if keeper is None else {KEEPER: keeper},
        raw=plain(fields),
    )


def delegation(account: Account, program: str) -> Delegation:
    """A delegated weight."""
    fields = open_account(account, "VoteDelegation", program).fields
    return Delegation(
        address=account.address,
        proposal=fields["proposal"],
        delegator=fields["delegator"],
        delegatee=fields["delegatee"],
        weights={
            CAPITAL: fields["delegated_capital"], COMMUNITY: fields["delegated_community"]
        },
        used=fields["is_used"],
        raw=plain(fields),
    )  # fmt: skip


def policy(account: Account, layout: str, program: str) -> Policy:
    """A policy of a DAO, or one frozen or configured for a proposal."""
    fields = open_account(account, layout, program).fields
    times = (fields.get(name) for name in ("updated_at", "snapshot_at", "configured_at"))
    raw = plain(fields)
    return Policy(
        address=account.address,
        kind=layout,
        subject=fields.get("proposal", fields["dao"]),
        authority=fields.get("authority"),
        settings={name: value for name, value in raw.items() if name not in _NOT_RULES},
        since=next((time for time in times if time is not None), None),
        raw=raw,
        groups=tuple(_groups(fields)),
    )


def _groups(fields: dict[str, Any]) -> Iterator[Group]:
    """Attestors: the first of five places are used, as many as the count says."""
    for name in ("proof", "settlement"):
        count = fields.get(f"{name}_attestor_count", 0)
        keys = [key for key in fields.get(f"{name}_attestors", ())[:count] if key != _NOBODY]
        if keys:
            unique = tuple(dict.fromkeys(keys))
            yield Group(f"{name} attestors", unique, fields[f"{name}_threshold"])


def payout_plan(account: Account, program: str) -> PayoutPlan:
    """A confidential payout plan."""
    fields = open_account(account, "ConfidentialPayoutPlan", program).fields
    asset = Asset.SOL if variant(fields["asset_type"]) == "Sol" else Asset.TOKEN
    return PayoutPlan(
        address=account.address,
        proposal=fields["proposal"],
        recipient=fields["settlement_recipient"],
        asset=asset,
        mint=fields["token_mint"],
        amount=fields["total_amount"],
        recipients=fields["recipient_count"],
        paid=variant(fields["status"]) == "Funded",
        raw=plain(fields),
    )


def operator_authority(account: Account, program: str) -> str:
    """The key in the treasury operator record. No instruction that moves funds reads it."""
    key = open_account(account, "TreasuryOperatorAuthority", program).fields["authority"]
    return str(key)


def treasury_account(account: Account) -> TreasuryAccount:
    """The treasury as it stands, with what is wrong with it."""
    fault = None
    if account.owner != programs.SYSTEM:
        fault = f"owned by {account.owner}, not by the System program"
    elif account.data:
        fault = f"holds {len(account.data)} bytes of data; the program pays from it only without"
    elif account.executable:
        fault = "it is executable"
    return TreasuryAccount(account.lamports, account.owner, len(account.data), fault)
