"""The rules of Squads v4: who may do what when, and what becomes of it. Nothing here is sent.

Every function takes the state before and returns the state after, or raises `Refused` with the
error the program gives, in the order in which the program checks. Times are unix seconds. Rules
and the order of errors: Squads-Protocol/v4, programs/squads_multisig_program/src/errors.rs,
state and instructions; the program's own errors count from 6000 in that order. Numbers under
6000 are Anchor's (solana-foundation/anchor, lang/error/src/lib.rs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from solders.pubkey import Pubkey

from . import actions
from .accounts import Proposal, SpendingLimit, Status
from .actions import Action
from .state import ALL, EXECUTE, INITIATE, VOTE, Multisig

MAX_TIME_LOCK = 90 * actions.DAY

_SOL_DECIMALS = 9
_FIRST = 6000
_OWN_ERRORS = (
    "DuplicateMember",
    "EmptyMembers",
    "TooManyMembers",
    "InvalidThreshold",
    "Unauthorized",
    "NotAMember",
    "InvalidTransactionMessage",
    "StaleProposal",
    "InvalidProposalStatus",
    "InvalidTransactionIndex",
    "AlreadyApproved",
    "AlreadyRejected",
    "AlreadyCancelled",
    "InvalidNumberOfAccounts",
    "InvalidAccount",
    "RemoveLastMember",
    "NoVoters",
    "NoProposers",
    "NoExecutors",
    "InvalidStaleTransactionIndex",
    "NotSupportedForControlled",
    "TimeLockNotReleased",
    "NoActions",
    "MissingAccount",
    "InvalidMint",
    "InvalidDestination",
    "SpendingLimitExceeded",
    "DecimalsMismatch",
    "UnknownPermission",
    "ProtectedAccount",
    "TimeLockExceedsMaxAllowed",
    "IllegalAccountOwner",
    "RentReclamationDisabled",
    "InvalidRentCollector",
    "ProposalForAnotherMultisig",
    "TransactionForAnotherMultisig",
    "TransactionNotMatchingProposal",
    "TransactionNotLastInBatch",
    "BatchNotEmpty",
    "SpendingLimitInvalidAmount",
    "InvalidInstructionArgs",
    "FinalBufferHashMismatch",
    "FinalBufferSizeExceeded",
    "FinalBufferSizeMismatch",
    "MultisigCreateDeprecated",
)
ERRORS = {
    **{name: _FIRST + place for place, name in enumerate(_OWN_ERRORS)},
    "AccountDiscriminatorMismatch": 3002,
    "AccountDidNotSerialize": 3004,
    "AccountNotInitialized": 3012,
}
"""Error names and their numbers, as they stand in logs and in a transaction's error."""


class Refused(Exception):
    """The program refuses: `name` and `code` of its error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name, self.code = name, ERRORS[name]


def _require(condition: bool, name: str) -> None:
    if not condition:
        raise Refused(name)


def _require_member(multisig: Multisig, key: Pubkey, permission: int) -> None:
    member = multisig.member(key)
    if member is None:
        raise Refused("NotAMember")
    _require(bool(member.mask & permission), "Unauthorized")


def check(multisig: Multisig) -> Multisig:
    """What must hold of any multisig after any change."""
    keys = [one.key for one in multisig.members]
    _require(len(keys) <= 0xFFFF, "TooManyMembers")
    _require(len(set(keys)) == len(keys), "DuplicateMember")
    _require(all(one.mask <= ALL for one in multisig.members), "UnknownPermission")
    _require(multisig.count(INITIATE) > 0, "NoProposers")
    _require(multisig.count(EXECUTE) > 0, "NoExecutors")
    _require(multisig.count(VOTE) > 0, "NoVoters")
    _require(0 < multisig.threshold <= multisig.count(VOTE), "InvalidThreshold")
    _require(
        multisig.stale_transaction_index <= multisig.transaction_index,
        "InvalidStaleTransactionIndex",
    )
    _require(multisig.time_lock <= MAX_TIME_LOCK, "TimeLockExceedsMaxAllowed")
    return multisig


# Proposing


def next_vault_transaction(multisig: Multisig, creator: Pubkey) -> Multisig:
    """The multisig after a vault transaction was put to it."""
    _require_member(multisig, creator, INITIATE)
    return check(replace(multisig, transaction_index=multisig.transaction_index + 1))


def next_config_transaction(
    multisig: Multisig, creator: Pubkey, changes: Sequence[Action]
) -> Multisig:
    """The multisig after a config transaction was put to it."""
    _require(multisig.config_authority is None, "NotSupportedForControlled")
    _require_member(multisig, creator, INITIATE)
    _require(bool(changes), "NoActions")
    for one in changes:
        if isinstance(one, actions.SetTimeLock):
            _require(one.seconds <= MAX_TIME_LOCK, "TimeLockExceedsMaxAllowed")
    return check(replace(multisig, transaction_index=multisig.transaction_index + 1))


def proposed(
    multisig: Multisig, index: int, bump: int, creator: Pubkey, now: int, *, draft: bool
) -> Proposal:
    """A proposal on transaction `index`, open for votes unless it is a draft."""
    _require(index <= multisig.transaction_index, "InvalidTransactionIndex")
    _require(index > multisig.stale_transaction_index, "StaleProposal")
    _require_member(multisig, creator, INITIATE | VOTE)
    status = Status.DRAFT if draft else Status.ACTIVE
    return Proposal(multisig.address, index, status, now, bump)


def activated(multisig: Multisig, proposal: Proposal, member: Pubkey, now: int) -> Proposal:
    """A draft that is opened for votes."""
    _require_member(multisig, member, INITIATE)
    _require(proposal.status is Status.DRAFT, "InvalidProposalStatus")
    _require(proposal.index > multisig.stale_transaction_index, "StaleProposal")
    return replace(proposal, status=Status.ACTIVE, timestamp=now)


# Voting


def approved(multisig: Multisig, proposal: Proposal, member: Pubkey, now: int) -> Proposal:
    """After an approval. It takes back a rejection; the last one needed starts the time lock."""
    _require_open(multisig, proposal, member)
    _require(member not in proposal.approved, "AlreadyApproved")
    votes = (*proposal.approved, member)
    after = replace(proposal, approved=votes, rejected=_without(proposal.rejected, member))
    if len(votes) < multisig.threshold:
        return after
    return replace(after, status=Status.APPROVED, timestamp=now)


def rejected(multisig: Multisig, proposal: Proposal, member: Pubkey, now: int) -> Proposal:
    """After a rejection. It takes back an approval; enough of them leave no way to approve."""
    _require_open(multisig, proposal, member)
    _require(member not in proposal.rejected, "AlreadyRejected")
    votes = (*proposal.rejected, member)
    after = replace(proposal, rejected=votes, approved=_without(proposal.approved, member))
    if len(votes) < multisig.count(VOTE) - multisig.threshold + 1:
        return after
    return replace(after, status=Status.REJECTED, timestamp=now)


def cancelled(multisig: Multisig, proposal: Proposal, member: Pubkey, now: int) -> Proposal:
    """After a vote to cancel what was approved, stale or not; those of former members go."""
    _require_member(multisig, member, VOTE)
    _require(proposal.status is Status.APPROVED, "InvalidProposalStatus")
    votes = tuple(key for key in proposal.cancelled if multisig.member(key) is not None)
    _require(member not in votes, "AlreadyCancelled")
    votes = (*votes, member)
    after = replace(proposal, cancelled=votes)
    if len(votes) < multisig.threshold:
        return after
    return replace(after, status=Status.CANCELLED, timestamp=now)


def _require_open(multisig: Multisig, proposal: Proposal, member: Pubkey) -> None:
    _require_member(multisig, member, VOTE)
    _require(proposal.status is Status.ACTIVE, "InvalidProposalStatus")
    _require(proposal.index > multisig.stale_transaction_index, "StaleProposal")


def _without(votes: tuple[Pubkey, ...], member: Pubkey) -> tuple[Pubkey, ...]:
    return tuple(key for key in votes if key != member)


# Executing and closing


def executed(multisig: Multisig, proposal: Proposal, member: Pubkey, now: int) -> Proposal:
    """An approved proposal whose time lock has passed, as executed.

    The time lock is the multisig's of today. One that was approved before it went stale may
    still be executed, if it is on a vault transaction.
    """
    _require_member(multisig, member, EXECUTE)
    if proposal.status is not Status.APPROVED or proposal.timestamp is None:
        raise Refused("InvalidProposalStatus")
    _require(now - proposal.timestamp >= multisig.time_lock, "TimeLockNotReleased")
    return replace(proposal, status=Status.EXECUTED, timestamp=now)


def executed_config(multisig: Multisig, proposal: Proposal, member: Pubkey, now: int) -> Proposal:
    """The same for a config transaction, which can't be executed once it is stale."""
    after = executed(multisig, proposal, member, now)
    _require(proposal.index > multisig.stale_transaction_index, "StaleProposal")
    return after


def changed(multisig: Multisig, changes: Sequence[Action]) -> Multisig:
    """The multisig after the actions of a config transaction.

    Spending limits have accounts of their own: see `limited`.
    """
    for one in changes:
        match one:
            case actions.AddMember(member):
                multisig = multisig.with_members((*multisig.members, member))
            case actions.RemoveMember(key):
                _require(multisig.member(key) is not None, "NotAMember")
                left = tuple(member for member in multisig.members if member.key != key)
                multisig = multisig.with_members(left)
            case actions.ChangeThreshold(threshold):
                multisig = replace(multisig, threshold=threshold)
            case actions.SetTimeLock(seconds):
                multisig = replace(multisig, time_lock=seconds)
            case actions.SetRentCollector(collector):
                multisig = replace(multisig, rent_collector=collector)
                continue  # who gets the rent is no matter of consensus, and neither are limits
            case actions.AddSpendingLimit() | actions.RemoveSpendingLimit():
                continue
        multisig = staled(multisig)
    return check(multisig.fitted())


def staled(multisig: Multisig) -> Multisig:
    """With everything proposed so far made stale."""
    return replace(multisig, stale_transaction_index=multisig.transaction_index)


def limited(
    multisig: Multisig, limit: actions.AddSpendingLimit, bump: int, now: int
) -> SpendingLimit:
    """A new spending limit, full."""
    _require(limit.amount != 0, "SpendingLimitInvalidAmount")
    _require(bool(limit.members), "EmptyMembers")
    _require(len(set(limit.members)) == len(limit.members), "DuplicateMember")
    return SpendingLimit(
        multisig=multisig.address,
        create_key=limit.create_key,
        vault_index=limit.vault_index,
        mint=limit.mint,
        amount=limit.amount,
        period=limit.period,
        remaining=limit.amount,
        last_reset=now,
        bump=bump,
        members=limit.members,
        destinations=limit.destinations,
    )


def spent(
    limit: SpendingLimit,
    member: Pubkey,
    destination: Pubkey,
    mint: Pubkey | None,
    amount: int,
    decimals: int,
    now: int,
) -> SpendingLimit:
    """A spending limit after a payment of `amount` raw units (lamports when `mint` is None)."""
    _require(member in limit.members, "Unauthorized")
    _require(mint == limit.mint, "InvalidMint")
    if limit.destinations:
        _require(destination in limit.destinations, "InvalidDestination")
    period = limit.period.seconds
    if period is not None and now - limit.last_reset > period:
        passed = (now - limit.last_reset) // period
        reset = limit.last_reset + passed * period
        limit = replace(limit, remaining=limit.amount, last_reset=reset)
    _require(amount <= limit.remaining, "SpendingLimitExceeded")
    if mint is None:
        _require(decimals == _SOL_DECIMALS, "DecimalsMismatch")
    return replace(limit, remaining=limit.remaining - amount)


def check_close(
    multisig: Multisig, index: int, proposal: Proposal | None, collector: Pubkey, *, config: bool
) -> None:
    """Whether the accounts of transaction `index` may be closed. Anyone may ask.

    What is over may. What is stale may, save an approved vault transaction.
    """
    if multisig.rent_collector is None:
        raise Refused("RentReclamationDisabled")
    _require(collector == multisig.rent_collector, "InvalidRentCollector")
    stale = index <= multisig.stale_transaction_index
    status = None if proposal is None else proposal.status
    if status in (Status.REJECTED, Status.EXECUTED, Status.CANCELLED):
        return
    _require(stale and (config or status is not Status.APPROVED), "InvalidProposalStatus")


# Controlled multisigs


def check_ruler(multisig: Multisig, ruler: Pubkey) -> None:
    """Whether `ruler` is the config authority, which changes a multisig without a vote."""
    # An autonomous multisig keeps the all-zero key, for which nobody signs.
    _require(multisig.config_authority == ruler, "Unauthorized")


def ruled(multisig: Multisig, change: Action) -> Multisig:
    """A multisig after its config authority made one change."""
    match change:
        case actions.AddMember(member):
            _require(multisig.member(member.key) is None, "DuplicateMember")
        case actions.RemoveMember():
            _require(len(multisig.members) > 1, "RemoveLastMember")
        case _:
            pass
    return changed(multisig, [change])


def handed(multisig: Multisig, ruler: Pubkey | None) -> Multisig:
    """A multisig after its config authority gave way to another one, or to nobody."""
    return check(staled(replace(multisig, config_authority=ruler)))
