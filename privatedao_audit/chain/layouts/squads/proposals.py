"""Votes of a Squads v4 multisig: proposals, and batches that share one.

Sources: Squads-Protocol/v4, programs/squads_multisig_program/src/state/{proposal,batch}.rs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import squads_proposal, squads_transaction
from privatedao_audit.chain.layouts.common import (
    account_discriminator,
    choice,
    keys,
    open_account,
)

__all__ = [
    "MAX_INDEXES",
    "STATUSES",
    "Batch",
    "Proposal",
    "decode_batch",
    "decode_proposal",
    "proposal_addresses",
    "transaction_addresses",
]

#: Names of the status tags. "executing" is of an older program and carries no time.
STATUSES: Final = (
    "draft", "active", "rejected", "approved", "executing", "executed", "cancelled",
)

#: How many addresses one call derives at most: each takes several hash attempts.
MAX_INDEXES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """The votes on the transaction at ``transaction_index``.

    ``since`` is the Unix time (seconds) of the last change of status, None for "executing". An
    executed proposal has lost its time of approval: that stands in its history only. The vote
    lists hold each key once. ``tail_nonzero``: bytes after the content are set, as when a vote
    was taken back; they carry no meaning.
    """

    multisig: str
    transaction_index: int
    status: str
    since: int | None
    bump: int
    approved: tuple[str, ...]
    rejected: tuple[str, ...]
    cancelled: tuple[str, ...]
    tail_nonzero: bool = False

    def releases_at(self, time_lock: int) -> int | None:
        """Unix time from which an approved proposal may be executed; None for other statuses.

        ``time_lock`` in seconds is the multisig's: the lock at the time of execution counts.
        """
        if self.status != "approved" or self.since is None:
            return None
        return self.since + time_lock

    def rederives(self, address: str, program: str = programs.SQUADS_V4) -> bool:
        """Whether ``address`` is where the proposal of this multisig and index lies."""
        derived = squads_proposal(self.multisig, self.transaction_index, program)
        return derived == (address, self.bump)


@dataclass(frozen=True, slots=True)
class Batch:
    """Several vault transactions under one proposal; numbered from 1 to ``size``."""

    multisig: str
    creator: str
    index: int
    bump: int
    vault_index: int
    vault_bump: int
    size: int
    executed: int


def decode_proposal(owner: str, data: bytes, *, program: str = programs.SQUADS_V4) -> Proposal:
    """A Proposal account. Raises DecodeError: owner, type, short data, unknown status, a vote
    counted twice."""
    cursor = open_account(
        owner, data, layout="squads v4 proposal", program=program,
        discriminator=account_discriminator("Proposal"),
    )
    multisig = cursor.pubkey("multisig")
    index = cursor.u64("transaction_index")
    status = choice(cursor, "status", STATUSES)
    since = None if status == "executing" else cursor.i64("status.timestamp")
    bump = cursor.u8("bump")
    approved = keys(cursor, "approved", distinct=True)
    rejected = keys(cursor, "rejected", distinct=True)
    cancelled = keys(cursor, "cancelled", distinct=True)
    if both := set(approved) & set(rejected):
        # The program takes the first vote back when a member changes its mind.
        raise cursor.error("rejected", f"{len(both)} keys stand under approved too")
    return Proposal(
        multisig, index, status, since, bump, approved, rejected, cancelled,
        tail_nonzero=not cursor.tail_is_zero(),
    )


def decode_batch(owner: str, data: bytes, *, program: str = programs.SQUADS_V4) -> Batch:
    """A Batch account. Raises DecodeError; more executed than held is one, the tail is zero."""
    cursor = open_account(
        owner, data, layout="squads v4 batch", program=program,
        discriminator=account_discriminator("Batch"),
    )
    batch = Batch(
        multisig=cursor.pubkey("multisig"),
        creator=cursor.pubkey("creator"),
        index=cursor.u64("index"),
        bump=cursor.u8("bump"),
        vault_index=cursor.u8("vault_index"),
        vault_bump=cursor.u8("vault_bump"),
        size=cursor.u32("size"),
        executed=cursor.u32("executed_transaction_index"),
    )
    if batch.executed > batch.size:
        why = f"{batch.executed} executed of {batch.size}"
        raise cursor.error("executed_transaction_index", why, cursor.offset - 4)
    cursor.expect_zero_tail()
    return batch


def _range(first: int, last: int) -> range:
    if first < 1 or last < first - 1:
        raise ValueError(f"indexes run from 1 on, asked for {first} to {last}")
    if last - first >= MAX_INDEXES:
        raise ValueError(f"{last - first + 1} indexes, at most {MAX_INDEXES} in one call")
    return range(first, last + 1)


def proposal_addresses(
    multisig: str, last: int, *, first: int = 1, program: str = programs.SQUADS_V4
) -> dict[str, int]:
    """Proposal address -> transaction index, for ``first`` to ``last`` (the multisig's index).

    A vote names the proposal's address only: this is what says which transaction was voted on.
    Raises ValueError for a malformed key or more than MAX_INDEXES indexes.
    """
    return {squads_proposal(multisig, n, program).address: n for n in _range(first, last)}


def transaction_addresses(
    multisig: str, last: int, *, first: int = 1, program: str = programs.SQUADS_V4
) -> dict[str, int]:
    """Transaction address -> index; vault, config and batch transactions share the numbering."""
    return {squads_transaction(multisig, n, program).address: n for n in _range(first, last)}
