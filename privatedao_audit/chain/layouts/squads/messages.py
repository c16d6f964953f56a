"""What a Squads v4 vault transaction would run: the message and the accounts that hold it.

The same message exists in two encodings. Accounts hold it in Borsh (u32 lengths); the arguments
of the creating instruction hold it with short lengths (u8, and u16 for instruction data).

Sources: Squads-Protocol/v4, programs/squads_multisig_program/src/state/{vault_transaction,
batch,transaction_buffer}.rs, instructions/vault_transaction_create.rs, utils/small_vec.rs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import ProgramAddress, find_program_address
from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.common import (
    account_discriminator,
    index_seed,
    key_seed,
    open_account,
)

__all__ = [
    "MAX_BUFFER_BYTES",
    "AddressTableLookup",
    "CompiledInstruction",
    "Message",
    "ResolvedInstruction",
    "TransactionBuffer",
    "VaultBatchTransaction",
    "VaultTransaction",
    "decode_message",
    "decode_transaction_buffer",
    "decode_vault_batch_transaction",
    "decode_vault_transaction",
    "derive_transaction_buffer",
]

#: The longest message that the program stages in a buffer, in bytes.
MAX_BUFFER_BYTES: Final = 10_128


@dataclass(frozen=True, slots=True)
class CompiledInstruction:
    """One instruction; its indexes run over static keys, loaded writable, loaded read-only."""

    program_index: int
    account_indexes: tuple[int, ...]
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AddressTableLookup:
    """Accounts that are taken from an address lookup table when the transaction runs.

    The table's content at that time counts, which its authority may have extended since.
    """

    table: str
    writable_indexes: tuple[int, ...]
    readonly_indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ResolvedInstruction:
    """An instruction with its program and accounts by key; None where a lookup is not resolved."""

    program: str | None
    accounts: tuple[str | None, ...]
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What a vault transaction runs, in order. ``account_keys`` begin with the signers."""

    signers: int
    writable_signers: int
    writable_non_signers: int
    account_keys: tuple[str, ...]
    instructions: tuple[CompiledInstruction, ...]
    lookups: tuple[AddressTableLookup, ...]

    @property
    def loaded_count(self) -> int:
        """How many accounts come from lookup tables."""
        tables = self.lookups
        return sum(len(one.writable_indexes) + len(one.readonly_indexes) for one in tables)

    @property
    def signer_keys(self) -> tuple[str, ...]:
        """Keys that the instructions are signed for: the vault, ephemeral signers, others."""
        return self.account_keys[: self.signers]

    def resolve(self, loaded: Sequence[str] | None = None) -> tuple[ResolvedInstruction, ...]:
        """The instructions by key.

        ``loaded`` are the accounts from the lookup tables: all writable ones in the order of the
        lookups, then all read-only ones. Without it those accounts are None. Raises ValueError
        when their number is not ``loaded_count``.
        """
        if loaded is not None and len(loaded) != self.loaded_count:
            raise ValueError(f"{len(loaded)} loaded accounts, the message has {self.loaded_count}")
        rest: Sequence[str | None] = [None] * self.loaded_count if loaded is None else loaded
        every = [*self.account_keys, *rest]
        return tuple(
            ResolvedInstruction(
                every[one.program_index],
                tuple(every[index] for index in one.account_indexes),
                one.data,
            )
            for one in self.instructions
        )


@dataclass(frozen=True, slots=True)
class VaultTransaction:
    """A transaction of one vault, waiting for or past its votes."""

    multisig: str
    creator: str
    index: int
    bump: int
    vault_index: int
    vault_bump: int
    ephemeral_signer_bumps: tuple[int, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class VaultBatchTransaction:
    """One transaction of a batch. Which batch, and its place there, only its address tells."""

    bump: int
    ephemeral_signer_bumps: tuple[int, ...]
    message: Message


@dataclass(frozen=True, slots=True)
class TransactionBuffer:
    """A long message while it is being written, piece by piece, by its creator.

    ``final_hash`` (SHA-256, hex) and ``final_size`` (bytes) are what the whole must have before
    the program makes a transaction of it.
    """

    multisig: str
    creator: str
    buffer_index: int
    vault_index: int
    final_hash: str
    final_size: int
    content: bytes = field(repr=False)

    @property
    def complete(self) -> bool:
        """Whether the content has the promised size and hash."""
        same = hashlib.sha256(self.content).hexdigest() == self.final_hash
        return same and len(self.content) == self.final_size


def _length(cursor: Cursor, width: int, name: str, minimum_item_size: int = 1) -> int:
    """A length of ``width`` bytes (1, 2 or 4), refused when the bytes left can't hold it."""
    if width == 4:
        return cursor.vec_length(name, minimum_item_size)
    start = cursor.offset
    count = cursor.u8(name) if width == 1 else cursor.u16(name)
    possible = cursor.remaining() // minimum_item_size
    if count > possible:
        why = f"length {count}, but the bytes left hold at most {possible}"
        raise cursor.error(name, why, start)
    return count


def _small(cursor: Cursor, width: int, name: str) -> bytes:
    return cursor.fixed(_length(cursor, width, name), name)


def read_message(cursor: Cursor, *, compact: bool) -> Message:
    """A message at the cursor; ``compact`` is the encoding of instruction arguments.

    Raises DecodeError for short bytes and for what the program itself refuses: more signers than
    keys, more writable ones than there are, an index beyond all accounts.
    """
    width, data_width = (1, 2) if compact else (4, 4)
    start = cursor.offset
    signers = cursor.u8("message.num_signers")
    writable_signers = cursor.u8("message.num_writable_signers")
    writable_others = cursor.u8("message.num_writable_non_signers")
    count = _length(cursor, width, "message.account_keys", 32)
    keys = tuple(cursor.pubkey(f"message.account_keys[{n}]") for n in range(count))
    instructions: list[CompiledInstruction] = []
    smallest = 1 + width + data_width
    for number in range(_length(cursor, width, "message.instructions", smallest)):
        name = f"message.instructions[{number}]"
        program = cursor.u8(f"{name}.program_id_index")
        accounts = tuple(_small(cursor, width, f"{name}.account_indexes"))
        instructions.append(
            CompiledInstruction(program, accounts, _small(cursor, data_width, f"{name}.data"))
        )
    lookups: list[AddressTableLookup] = []
    for number in range(_length(cursor, width, "message.lookups", 32 + 2 * width)):
        name = f"message.lookups[{number}]"
        lookups.append(AddressTableLookup(
            cursor.pubkey(f"{name}.account_key"),
            tuple(_small(cursor, width, f"{name}.writable_indexes")),
            tuple(_small(cursor, width, f"{name}.readonly_indexes")),
        ))
    message = Message(
        signers, writable_signers, writable_others, keys, tuple(instructions), tuple(lookups)
    )
    if fault := _fault(message):
        raise cursor.error("message", fault, start)
    return message


def _fault(message: Message) -> str | None:
    """What the program would refuse the message for."""
    static = len(message.account_keys)
    total = static + message.loaded_count
    if message.signers > static:
        return f"{message.signers} signers, but {static} keys"
    if message.writable_signers > message.signers:
        return "more writable signers than signers"
    if message.writable_non_signers > static - message.signers:
        return "more writable keys than keys"
    for number, one in enumerate(message.instructions):
        if max((one.program_index, *one.account_indexes)) >= total:
            return f"instruction {number} names an account beyond the {total} there are"
    return None


def decode_message(data: bytes) -> Message:
    """A message in the encoding of instruction arguments and transaction buffers.

    Raises DecodeError; bytes after the message are an error too, as they would be dropped in
    silence from what the voters see.
    """
    cursor = Cursor(data, "squads v4 transaction message")
    message = read_message(cursor, compact=True)
    cursor.finish()
    return message


def decode_vault_transaction(
    owner: str, data: bytes, *, program: str = programs.SQUADS_V4
) -> VaultTransaction:
    """A VaultTransaction account. Raises DecodeError; the tail must be zero."""
    cursor = open_account(
        owner, data, layout="squads v4 vault transaction", program=program,
        discriminator=account_discriminator("VaultTransaction"),
    )
    found = VaultTransaction(
        multisig=cursor.pubkey("multisig"),
        creator=cursor.pubkey("creator"),
        index=cursor.u64("index"),
        bump=cursor.u8("bump"),
        vault_index=cursor.u8("vault_index"),
        vault_bump=cursor.u8("vault_bump"),
        ephemeral_signer_bumps=tuple(_small(cursor, 4, "ephemeral_signer_bumps")),
        message=read_message(cursor, compact=False),
    )
    cursor.expect_zero_tail()
    return found


def decode_vault_batch_transaction(
    owner: str, data: bytes, *, program: str = programs.SQUADS_V4
) -> VaultBatchTransaction:
    """A VaultBatchTransaction account. Raises DecodeError; the tail must be zero."""
    cursor = open_account(
        owner, data, layout="squads v4 batch transaction", program=program,
        discriminator=account_discriminator("VaultBatchTransaction"),
    )
    found = VaultBatchTransaction(
        bump=cursor.u8("bump"),
        ephemeral_signer_bumps=tuple(_small(cursor, 4, "ephemeral_signer_bumps")),
        message=read_message(cursor, compact=False),
    )
    cursor.expect_zero_tail()
    return found


def derive_transaction_buffer(
    multisig: str, creator: str, index: int, program: str = programs.SQUADS_V4
) -> ProgramAddress:
    """Transaction buffer ``index`` (u8) of one creator."""
    seeds = [b"multisig", key_seed(multisig, "multisig"), b"transaction_buffer"]
    return find_program_address(
        [*seeds, key_seed(creator, "creator"), index_seed(index, 1, "buffer index")], program
    )


def decode_transaction_buffer(
    owner: str, data: bytes, *, program: str = programs.SQUADS_V4
) -> TransactionBuffer:
    """A TransactionBuffer account, complete or not. Raises DecodeError; the tail must be zero."""
    cursor = open_account(
        owner, data, layout="squads v4 transaction buffer", program=program,
        discriminator=account_discriminator("TransactionBuffer"),
    )
    found = TransactionBuffer(
        multisig=cursor.pubkey("multisig"),
        creator=cursor.pubkey("creator"),
        buffer_index=cursor.u8("buffer_index"),
        vault_index=cursor.u8("vault_index"),
        final_hash=cursor.fixed(32, "final_buffer_hash").hex(),
        final_size=cursor.u16("final_buffer_size"),
        content=_small(cursor, 4, "buffer"),
    )
    cursor.expect_zero_tail()
    if not len(found.content) <= found.final_size <= MAX_BUFFER_BYTES:
        raise DecodeError(
            cursor.what, None,
            f"{len(found.content)} of {found.final_size} bytes, at most {MAX_BUFFER_BYTES} exist",
        )
    return found
