"""Instructions of Squads v4: who did what to which multisig, transaction or proposal.

Sources: Squads-Protocol/v4, programs/squads_multisig_program/src/{lib.rs, instructions/*.rs}. A
discriminator is the first 8 bytes of sha256("global:" + name); arguments are Borsh. An optional
account that is not given stands in its place as the program's own id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.common import (
    Roles,
    UnknownInstruction,
    instruction_discriminator,
    option_key,
    zero_is_none,
)
from privatedao_audit.chain.layouts.squads import arguments as args
from privatedao_audit.chain.layouts.squads.config import (
    AddMember,
    ChangeThreshold,
    RemoveMember,
    SetRentCollector,
    SetTimeLock,
    read_actions,
    read_member,
    read_spending_limit,
)
from privatedao_audit.chain.layouts.squads.messages import Message, decode_message

__all__ = [
    "INSTRUCTIONS",
    "VOTES",
    "SquadsInstruction",
    "decode_instruction",
    "instruction_name",
]

_ACTORS: Final = ("member", "creator", "config_authority", "authority", "initializer")

#: Instructions that are votes -> the list of the proposal that the member's key enters.
VOTES: Final = {
    "proposal_approve": "approved",
    "proposal_reject": "rejected",
    "proposal_cancel": "cancelled",
    "proposal_cancel_v2": "cancelled",
}


@dataclass(frozen=True, slots=True)
class SquadsInstruction:
    """One instruction with its accounts by role.

    ``arguments`` is one of the classes of ``squads.arguments`` and ``squads.config``, None for an
    instruction without any. ``remaining`` are the accounts after the named ones: of an execute
    the accounts of the transaction itself. ``trailing`` counts bytes after the arguments, which
    the program ignores.
    """

    name: str
    roles: Roles
    arguments: args.Arguments | None
    remaining: tuple[str, ...] = ()
    trailing: int = 0

    def account(self, role: str) -> str | None:
        """The account in that role; None when the instruction has no such role, or left it out."""
        return dict(self.roles).get(role)

    @property
    def actor(self) -> str | None:
        """Who acts and signs: the voting, creating or executing member, or the authority.

        None where anybody may call it (closing finished accounts).
        """
        return next((key for role in _ACTORS if (key := self.account(role))), None)

    @property
    def vote(self) -> str | None:
        """The list of the proposal that ``actor`` enters, None when this is no vote."""
        return VOTES.get(self.name)


_Reader = Callable[[Cursor], args.Arguments | None]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    roles: tuple[str, ...]
    read: _Reader = field(default=lambda cursor: None)


def _memo(cursor: Cursor) -> str | None:
    return cursor.string("memo") if cursor.option("memo") else None


def _create(cursor: Cursor) -> args.CreateMultisig:
    authority = option_key(cursor, "config_authority")
    threshold = cursor.u16("threshold")
    count = cursor.vec_length("members", 33)
    members = tuple(read_member(cursor, f"members[{n}]") for n in range(count))
    time_lock = cursor.u32("time_lock")
    collector = option_key(cursor, "rent_collector")
    # Stored as a key: an option that holds the zero key is as autonomous as an absent one.
    authority = None if authority is None else zero_is_none(authority)
    return args.CreateMultisig(authority, threshold, members, time_lock, collector, _memo(cursor))


def _change(read: Callable[[Cursor], args.Change]) -> _Reader:
    def reader(cursor: Cursor) -> args.ConfigChange:
        return args.ConfigChange(read(cursor), _memo(cursor))
    return reader


def _bytes(cursor: Cursor, name: str) -> bytes:
    return cursor.fixed(cursor.vec_length(name), name)


def _message(cursor: Cursor) -> Message:
    start = cursor.offset
    raw = _bytes(cursor, "transaction_message")
    try:
        return decode_message(raw)
    except DecodeError as error:
        raise cursor.error("transaction_message", str(error), start) from None


def _vault_create(cursor: Cursor) -> args.CreateVaultTransaction:
    vault, ephemeral = cursor.u8("vault_index"), cursor.u8("ephemeral_signers")
    message = _message(cursor)
    return args.CreateVaultTransaction(vault, ephemeral, message, _memo(cursor))


def _vault_create_from_buffer(cursor: Cursor) -> args.CreateFromBuffer:
    vault, ephemeral = cursor.u8("vault_index"), cursor.u8("ephemeral_signers")
    # The message is the buffer's; the argument is a placeholder that the program only measures.
    _bytes(cursor, "transaction_message")
    return args.CreateFromBuffer(vault, ephemeral, _memo(cursor))


def _batch_add(cursor: Cursor) -> args.AddToBatch:
    return args.AddToBatch(cursor.u8("ephemeral_signers"), _message(cursor))


def _buffer_create(cursor: Cursor) -> args.CreateBuffer:
    return args.CreateBuffer(
        buffer_index=cursor.u8("buffer_index"),
        vault_index=cursor.u8("vault_index"),
        final_hash=cursor.fixed(32, "final_buffer_hash").hex(),
        final_size=cursor.u16("final_buffer_size"),
        content=_bytes(cursor, "buffer"),
    )


_CONFIG: Final = ("multisig", "config_authority", "?rent_payer", "?system_program")
_NEW: Final = ("creator", "rent_payer", "system_program")
_CLOSE: Final = ("multisig", "proposal", "transaction", "rent_collector", "system_program")
_VOTE: Final = ("multisig", "member", "proposal")

_KINDS: Final = (
    _Kind("multisig_create", ("null",)),
    _Kind("multisig_create_v2", ("program_config", "treasury", "multisig", "create_key",
                                 "creator", "system_program"), _create),
    _Kind("multisig_add_member", _CONFIG,
          _change(lambda c: AddMember(read_member(c, "new_member")))),
    _Kind("multisig_remove_member", _CONFIG,
          _change(lambda c: RemoveMember(c.pubkey("old_member")))),
    _Kind("multisig_change_threshold", _CONFIG,
          _change(lambda c: ChangeThreshold(c.u16("new_threshold")))),
    _Kind("multisig_set_time_lock", _CONFIG, _change(lambda c: SetTimeLock(c.u32("time_lock")))),
    _Kind("multisig_set_config_authority", _CONFIG, _change(
        lambda c: args.SetConfigAuthority(zero_is_none(c.pubkey("config_authority"))))),
    _Kind("multisig_set_rent_collector", _CONFIG,
          _change(lambda c: SetRentCollector(option_key(c, "rent_collector")))),
    _Kind("multisig_add_spending_limit",
          ("multisig", "config_authority", "spending_limit", "rent_payer", "system_program"),
          _change(lambda c: read_spending_limit(c, "limit"))),
    _Kind("multisig_remove_spending_limit",
          ("multisig", "config_authority", "spending_limit", "rent_collector"),
          lambda c: args.Memo(_memo(c))),
    _Kind("config_transaction_create", ("multisig", "transaction", *_NEW),
          lambda c: args.CreateConfigTransaction(read_actions(c), _memo(c))),
    _Kind("config_transaction_execute", ("multisig", "member", "proposal", "transaction",
                                         "?rent_payer", "?system_program")),
    _Kind("vault_transaction_create", ("multisig", "transaction", *_NEW), _vault_create),
    _Kind("vault_transaction_create_from_buffer",
          ("multisig", "transaction", *_NEW, "transaction_buffer", "buffer_creator"),
          _vault_create_from_buffer),
    _Kind("vault_transaction_execute", ("multisig", "proposal", "transaction", "member")),
    _Kind("transaction_buffer_create", ("multisig", "transaction_buffer", *_NEW), _buffer_create),
    _Kind("transaction_buffer_extend", ("multisig", "transaction_buffer", "creator"),
          lambda c: args.ExtendBuffer(_bytes(c, "buffer"))),
    _Kind("transaction_buffer_close", ("multisig", "transaction_buffer", "creator")),
    _Kind("batch_create", ("multisig", "batch", *_NEW),
          lambda c: args.CreateBatch(c.u8("vault_index"), _memo(c))),
    _Kind("batch_add_transaction", ("multisig", "proposal", "batch", "transaction", "member",
                                    "rent_payer", "system_program"), _batch_add),
    _Kind("batch_execute_transaction",
          ("multisig", "member", "proposal", "batch", "transaction")),
    _Kind("proposal_create", ("multisig", "proposal", *_NEW),
          lambda c: args.CreateProposal(c.u64("transaction_index"), c.boolean("draft"))),
    _Kind("proposal_activate", _VOTE),
    _Kind("proposal_approve", _VOTE, lambda c: args.Memo(_memo(c))),
    _Kind("proposal_reject", _VOTE, lambda c: args.Memo(_memo(c))),
    _Kind("proposal_cancel", _VOTE, lambda c: args.Memo(_memo(c))),
    _Kind("proposal_cancel_v2", (*_VOTE, "system_program"), lambda c: args.Memo(_memo(c))),
    _Kind("spending_limit_use", (
        "multisig", "member", "spending_limit", "vault", "destination", "?system_program",
        "?mint", "?vault_token_account", "?destination_token_account", "?token_program",
    ), lambda c: args.UseSpendingLimit(c.u64("amount"), c.u8("decimals"), _memo(c))),
    _Kind("config_transaction_accounts_close", _CLOSE),
    _Kind("vault_transaction_accounts_close", _CLOSE),
    _Kind("vault_batch_transaction_account_close",
          ("multisig", "proposal", "batch", "transaction", "rent_collector", "system_program")),
    _Kind("batch_accounts_close",
          ("multisig", "proposal", "batch", "rent_collector", "system_program")),
    _Kind("program_config_init", ("program_config", "initializer", "system_program"),
          lambda c: args.InitProgramConfig(c.pubkey("authority"), c.u64("multisig_creation_fee"),
                                           c.pubkey("treasury"))),
    _Kind("program_config_set_authority", ("program_config", "authority"),
          lambda c: args.SetProgramAuthority(c.pubkey("new_authority"))),
    _Kind("program_config_set_multisig_creation_fee", ("program_config", "authority"),
          lambda c: args.SetCreationFee(c.u64("new_multisig_creation_fee"))),
    _Kind("program_config_set_treasury", ("program_config", "authority"),
          lambda c: args.SetProgramTreasury(c.pubkey("new_treasury"))),
)

_BY_DISCRIMINATOR: Final = {instruction_discriminator(kind.name): kind for kind in _KINDS}

#: First 8 bytes of an instruction's data -> its name.
INSTRUCTIONS: Final = {mark: kind.name for mark, kind in _BY_DISCRIMINATOR.items()}


def instruction_name(data: bytes) -> str | None:
    """Name of a Squads v4 instruction by its first 8 bytes; None for one not in the table."""
    return INSTRUCTIONS.get(bytes(data[:8]))


def _roles(
    kind: _Kind, accounts: Sequence[str], program: str
) -> tuple[Roles, tuple[str, ...]] | None:
    """Accounts by role and those left over; None when a required one is missing."""
    required = sum(not role.startswith("?") for role in kind.roles)
    if len(accounts) < required:
        return None
    named = zip(kind.roles, accounts, strict=False)
    present = tuple(
        (role.removeprefix("?"), key) for role, key in named
        if not (role.startswith("?") and key == program)
    )
    return present, tuple(accounts[len(kind.roles):])


def decode_instruction(
    accounts: Sequence[str], data: bytes, *, program: str = programs.SQUADS_V4
) -> SquadsInstruction | UnknownInstruction:
    """A Squads v4 instruction from its resolved accounts and its data. Never raises.

    Bytes after the arguments are counted, not refused: the program ignores them too.
    """
    name: str | None = None
    try:
        cursor = Cursor(data, "squads v4 instruction")
        kind = _BY_DISCRIMINATOR.get(cursor.fixed(8, "discriminator"))
        if kind is None:
            return UnknownInstruction("squads v4", None, "its discriminator is not in the table")
        name = kind.name
        found = _roles(kind, accounts, program)
        if found is None:
            reason = f"{name} has {len(accounts)} accounts, needs more"
            return UnknownInstruction("squads v4", name, reason)
        roles, remaining = found
        arguments = kind.read(cursor)
        return SquadsInstruction(name, roles, arguments, remaining, cursor.remaining())
    except DecodeError as error:
        return UnknownInstruction("squads v4", name, str(error))
