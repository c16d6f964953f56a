"""Proposals of SPL Governance, the transactions they hold, and the votes.

Sources: solana-labs/solana-program-library, governance/program/src/state/{proposal,
proposal_transaction,vote_record,legacy,enums}.rs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.chain.borsh import Cursor
from privatedao_audit.chain.layouts.common import (
    choice,
    open_account,
    option_i64,
    option_u64,
)
from privatedao_audit.chain.layouts.governance.governance import Threshold, read_threshold

__all__ = [
    "STATES",
    "AccountMeta",
    "Instruction",
    "Proposal",
    "ProposalOption",
    "ProposalTransaction",
    "VoteRecord",
    "decode_proposal",
    "decode_proposal_transaction",
    "decode_vote_record",
]

STATES: Final = (
    "draft", "signing-off", "voting", "succeeded", "executing", "completed", "cancelled",
    "defeated", "executing-with-errors", "vetoed",
)
_RESULTS: Final = ("none", "succeeded", "defeated")
_FLAGS: Final = ("none", "ordered", "use-transaction")
_EXECUTION: Final = ("none", "success", "error")


@dataclass(frozen=True, slots=True)
class ProposalOption:
    """One answer that can be voted for. ``label`` is text by the proposer."""

    label: str
    vote_weight: int
    result: str
    transactions_executed: int
    transactions: int
    transactions_next: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal and its votes. Times are Unix seconds, weights base units of the mint.

    ``multiple_choice``: several options may win. ``deny_weight`` None: a survey that nobody can
    reject and that can run nothing. ``executable_at`` says when it may be executed.
    ``threshold`` is the one the vote was decided by, set when it ended. Name and link are text by
    the proposer.
    """

    version: int
    governance: str
    mint: str
    state: str
    token_owner_record: str
    signatories: int
    signed_off: int
    multiple_choice: bool
    options: tuple[ProposalOption, ...]
    deny_weight: int | None
    veto_weight: int
    draft_at: int
    signing_off_at: int | None
    voting_at: int | None
    voting_at_slot: int | None
    voting_completed_at: int | None
    executing_at: int | None
    closed_at: int | None
    max_vote_weight: int | None
    max_voting_time: int | None
    threshold: Threshold | None
    name: str
    description_link: str
    reserved_nonzero: bool = False
    tail_nonzero: bool = False

    def executable_at(self, hold_up: int) -> int | None:
        """First Unix second at which its transactions may run; None in a state where they can't.

        ``hold_up`` in seconds is the governance's; the program waits until it is past.
        """
        if self.state not in ("succeeded", "executing", "executing-with-errors"):
            return None
        ended = self.voting_completed_at
        return None if ended is None else ended + hold_up + 1


@dataclass(frozen=True, slots=True)
class AccountMeta:
    """An account of an instruction and how it is used."""

    key: str
    signer: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction that the governance signs when the proposal is executed."""

    program: str
    accounts: tuple[AccountMeta, ...]
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProposalTransaction:
    """Instructions that run together. ``status``: "none" (not run), "success" or "error".

    ``executed_at`` is a Unix time in seconds.
    """

    version: int
    proposal: str
    option_index: int
    transaction_index: int
    instructions: tuple[Instruction, ...]
    executed_at: int | None
    status: str
    reserved_nonzero: bool = False
    tail_nonzero: bool = False


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """One owner's vote: "approve", "deny", "abstain" or "veto", with its weight.

    ``choices`` are (rank, per cent of the weight) by option of an approval.
    """

    proposal: str
    owner: str
    relinquished: bool
    weight: int
    vote: str
    choices: tuple[tuple[int, int], ...]
    tail_nonzero: bool = False


def _option(cursor: Cursor, name: str) -> ProposalOption:
    return ProposalOption(
        label=cursor.string(f"{name}.label"),
        vote_weight=cursor.u64(f"{name}.vote_weight"),
        result=choice(cursor, f"{name}.vote_result", _RESULTS),
        transactions_executed=cursor.u16(f"{name}.transactions_executed_count"),
        transactions=cursor.u16(f"{name}.transactions_count"),
        transactions_next=cursor.u16(f"{name}.transactions_next_index"),
    )


def _vote_type(cursor: Cursor) -> bool:
    """Whether the vote is multiple choice."""
    if choice(cursor, "vote_type", ("single", "multiple")) == "single":
        return False
    choice(cursor, "vote_type.choice_type", ("full-weight", "weighted"))
    cursor.fixed(3, "vote_type.limits")
    return True


def _threshold(cursor: Cursor) -> Threshold | None:
    present = cursor.option("vote_threshold")
    return read_threshold(cursor, "vote_threshold") if present else None


def decode_proposal(owner: str, data: bytes, *, program: str) -> Proposal:
    """A proposal (versions 1 and 2; version 2 as of program 3.1). Raises DecodeError."""
    cursor = open_account(owner, data, layout="proposal", program=program)
    version = {5: 1, 14: 2}.get(cursor.u8("account_type"))
    if version is None:
        raise cursor.error("account_type", "not a proposal", 0)
    second = version == 2
    governance, mint = cursor.pubkey("governance"), cursor.pubkey("governing_token_mint")
    state = choice(cursor, "state", STATES)
    record = cursor.pubkey("token_owner_record")
    signatories, signed_off = cursor.u8("signatories"), cursor.u8("signatories_signed_off")
    multiple, options, deny = _vote_type(cursor) if second else False, *_tally(cursor, second)
    if second:
        cursor.u8("reserved1")
        option_u64(cursor, "abstain_vote_weight")
        option_i64(cursor, "start_voting_at")
    draft = cursor.i64("draft_at")
    signing, voting = option_i64(cursor, "signing_off_at"), option_i64(cursor, "voting_at")
    slot = option_u64(cursor, "voting_at_slot")
    completed = option_i64(cursor, "voting_completed_at")
    executing, closed = option_i64(cursor, "executing_at"), option_i64(cursor, "closed_at")
    choice(cursor, "execution_flags", _FLAGS)
    maximum = option_u64(cursor, "max_vote_weight")
    longest = None
    if second and cursor.option("max_voting_time"):
        longest = cursor.u32("max_voting_time")
    threshold = _threshold(cursor)
    reserved = any(cursor.fixed(64, "reserved")) if second else False
    name, link = cursor.string("name"), cursor.string("description_link")
    veto = cursor.u64("veto_vote_weight") if second else 0
    return Proposal(
        version, governance, mint, state, record, signatories, signed_off, multiple, options,
        deny, veto, draft, signing, voting, slot, completed, executing, closed, maximum, longest,
        threshold, name, link, reserved_nonzero=reserved,
        tail_nonzero=not cursor.tail_is_zero(),
    )


def _tally(cursor: Cursor, second: bool) -> tuple[tuple[ProposalOption, ...], int | None]:
    """The options and the weight against. Version 1 is one option, yes, and its opposite."""
    if second:
        count = cursor.vec_length("options", 19)
        options = tuple(_option(cursor, f"options[{n}]") for n in range(count))
        return options, option_u64(cursor, "deny_vote_weight")
    yes, no = cursor.u64("yes_votes_count"), cursor.u64("no_votes_count")
    counts = [cursor.u16(f"instructions[{n}]") for n in range(3)]
    return (ProposalOption("yes", yes, "none", counts[0], counts[1], counts[2]),), no


def _instruction(cursor: Cursor, name: str) -> Instruction:
    program = cursor.pubkey(f"{name}.program_id")
    accounts = tuple(
        AccountMeta(
            cursor.pubkey(f"{name}.accounts[{n}].pubkey"),
            cursor.boolean(f"{name}.accounts[{n}].is_signer"),
            cursor.boolean(f"{name}.accounts[{n}].is_writable"),
        )
        for n in range(cursor.vec_length(f"{name}.accounts", 34))
    )
    return Instruction(program, accounts, cursor.fixed(cursor.vec_length(f"{name}.data"), name))


def decode_proposal_transaction(
    owner: str, data: bytes, *, program: str
) -> ProposalTransaction:
    """A transaction of a proposal (versions 1 and 2). Raises DecodeError."""
    cursor = open_account(owner, data, layout="proposal transaction", program=program)
    version = {8: 1, 13: 2}.get(cursor.u8("account_type"))
    if version is None:
        raise cursor.error("account_type", "not a proposal transaction", 0)
    proposal = cursor.pubkey("proposal")
    option = cursor.u8("option_index") if version == 2 else 0
    index = cursor.u16("transaction_index")
    cursor.u32("legacy")  # a hold-up of its own in older versions; the governance's counts now
    count = cursor.vec_length("instructions", 40) if version == 2 else 1
    instructions = tuple(_instruction(cursor, f"instructions[{n}]") for n in range(count))
    executed = option_i64(cursor, "executed_at")
    status = choice(cursor, "execution_status", _EXECUTION)
    reserved = any(cursor.fixed(8, "reserved_v2")) if version == 2 else False
    return ProposalTransaction(
        version, proposal, option, index, instructions, executed, status,
        reserved_nonzero=reserved, tail_nonzero=not cursor.tail_is_zero(),
    )


def decode_vote_record(owner: str, data: bytes, *, program: str) -> VoteRecord:
    """A vote (version 2). Raises DecodeError."""
    cursor = open_account(owner, data, layout="vote record", program=program)
    if cursor.u8("account_type") != 12:
        raise cursor.error("account_type", "not a vote record of version 2", 0)
    proposal, voter = cursor.pubkey("proposal"), cursor.pubkey("governing_token_owner")
    relinquished, weight = cursor.boolean("is_relinquished"), cursor.u64("voter_weight")
    vote = choice(cursor, "vote", ("approve", "deny", "abstain", "veto"))
    choices: tuple[tuple[int, int], ...] = ()
    if vote == "approve":
        count = cursor.vec_length("vote.choices", 2)
        choices = tuple((cursor.u8("rank"), cursor.u8("weight")) for _ in range(count))
    cursor.fixed(8, "reserved_v2")
    return VoteRecord(proposal, voter, relinquished, weight, vote, choices,
                      tail_nonzero=not cursor.tail_is_zero())
