"""Squads v3: the multisig, its transactions and their instructions, and the derivations.

There are no roles and no time lock: every key may create, vote and execute. A transaction acts as
one of the multisig's authorities: 1 is the default vault, 0 the multisig itself (its own settings).

Sources: Squads-Protocol/squads-mpl, programs/squads-mpl/src/{state,account,lib}.rs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import ProgramAddress, find_program_address
from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.common import (
    Roles,
    UnknownInstruction,
    account_discriminator,
    choice,
    index_seed,
    instruction_discriminator,
    key_seed,
    keys,
    open_account,
)

__all__ = [
    "INSTRUCTIONS",
    "STATUSES",
    "AccountMeta",
    "Ms",
    "MsInstruction",
    "MsTransaction",
    "SquadsV3Instruction",
    "decode_instruction",
    "decode_ms",
    "decode_ms_instruction",
    "decode_ms_transaction",
    "derive_authority",
    "derive_instruction",
    "derive_ms",
    "derive_transaction",
    "find_authority_index",
]

STATUSES: Final = ("draft", "active", "execute-ready", "executed", "rejected", "cancelled")


@dataclass(frozen=True, slots=True)
class Ms:
    """A Squads v3 multisig. Transactions up to ``ms_change_index`` can no longer be voted on."""

    threshold: int
    authority_index: int
    transaction_index: int
    ms_change_index: int
    bump: int
    create_key: str
    allow_external_execute: bool
    keys: tuple[str, ...]
    tail_nonzero: bool = False

    @property
    def breaches(self) -> tuple[str, ...]:
        """The program's own invariants that this account breaks, one clause each."""
        raw = [key_seed(key, "key") for key in self.keys]
        found = {
            "there are no keys": not self.keys,
            "the threshold is 0": self.threshold == 0,
            f"the threshold {self.threshold} is above the {len(self.keys)} keys":
                self.threshold > len(self.keys),
            "the change index is above the transaction index":
                self.ms_change_index > self.transaction_index,
            "the keys are not sorted": raw != sorted(raw),
        }
        return tuple(clause for clause, broken in found.items() if broken)

    def rederives(self, address: str, program: str = programs.SQUADS_V3) -> bool:
        """Whether ``address`` and the stored bump are where the create key leads."""
        return derive_ms(self.create_key, program) == (address, self.bump)


@dataclass(frozen=True, slots=True)
class MsTransaction:
    """A transaction and its votes. It holds no times: those stand in its history only.

    ``instructions`` is how many are attached, ``executed`` how many of them ran.
    """

    creator: str
    ms: str
    transaction_index: int
    authority_index: int
    authority_bump: int
    status: str
    instructions: int
    bump: int
    approved: tuple[str, ...]
    rejected: tuple[str, ...]
    cancelled: tuple[str, ...]
    executed: int
    tail_nonzero: bool = False


@dataclass(frozen=True, slots=True)
class AccountMeta:
    """An account of an instruction and how it is used."""

    key: str
    signer: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class MsInstruction:
    """One instruction attached to a transaction, numbered from 1."""

    program: str
    accounts: tuple[AccountMeta, ...]
    data: bytes = field(repr=False)
    instruction_index: int
    bump: int
    executed: bool
    tail_nonzero: bool = False


def decode_ms(owner: str, data: bytes, *, program: str = programs.SQUADS_V3) -> Ms:
    """A multisig account. Raises DecodeError: owner, type, short data, the same key twice."""
    cursor = open_account(
        owner, data, layout="squads v3 multisig", program=program,
        discriminator=account_discriminator("Ms"),
    )
    return Ms(
        threshold=cursor.u16("threshold"),
        authority_index=cursor.u16("authority_index"),
        transaction_index=cursor.u32("transaction_index"),
        ms_change_index=cursor.u32("ms_change_index"),
        bump=cursor.u8("bump"),
        create_key=cursor.pubkey("create_key"),
        allow_external_execute=cursor.boolean("allow_external_execute"),
        keys=keys(cursor, "keys", distinct=True),
        tail_nonzero=not cursor.tail_is_zero(),
    )


def decode_ms_transaction(
    owner: str, data: bytes, *, program: str = programs.SQUADS_V3
) -> MsTransaction:
    """A transaction account. Raises DecodeError: owner, type, short data, a repeated vote."""
    cursor = open_account(
        owner, data, layout="squads v3 transaction", program=program,
        discriminator=account_discriminator("MsTransaction"),
    )
    return MsTransaction(
        creator=cursor.pubkey("creator"),
        ms=cursor.pubkey("ms"),
        transaction_index=cursor.u32("transaction_index"),
        authority_index=cursor.u32("authority_index"),
        authority_bump=cursor.u8("authority_bump"),
        status=choice(cursor, "status", STATUSES),
        instructions=cursor.u8("instruction_index"),
        bump=cursor.u8("bump"),
        approved=keys(cursor, "approved", distinct=True),
        rejected=keys(cursor, "rejected", distinct=True),
        cancelled=keys(cursor, "cancelled", distinct=True),
        executed=cursor.u8("executed_index"),
        tail_nonzero=not cursor.tail_is_zero(),
    )


def decode_ms_instruction(
    owner: str, data: bytes, *, program: str = programs.SQUADS_V3
) -> MsInstruction:
    """An instruction account. Raises DecodeError: owner, type, short data."""
    cursor = open_account(
        owner, data, layout="squads v3 instruction", program=program,
        discriminator=account_discriminator("MsInstruction"),
    )
    target = cursor.pubkey("program_id")
    accounts = tuple(
        AccountMeta(
            cursor.pubkey(f"keys[{n}].pubkey"),
            cursor.boolean(f"keys[{n}].is_signer"),
            cursor.boolean(f"keys[{n}].is_writable"),
        )
        for n in range(cursor.vec_length("keys", 34))
    )
    return MsInstruction(
        program=target,
        accounts=accounts,
        data=cursor.fixed(cursor.vec_length("data"), "data"),
        instruction_index=cursor.u8("instruction_index"),
        bump=cursor.u8("bump"),
        executed=cursor.boolean("executed"),
        tail_nonzero=not cursor.tail_is_zero(),
    )


def derive_ms(create_key: str, program: str = programs.SQUADS_V3) -> ProgramAddress:
    """The multisig made from ``create_key``."""
    seeds = [b"squad", key_seed(create_key, "create key"), b"multisig"]
    return find_program_address(seeds, program)


def derive_authority(ms: str, index: int = 1, program: str = programs.SQUADS_V3) -> ProgramAddress:
    """Authority ``index`` (u32): what holds funds and upgrade authorities; 1 is the default."""
    seeds = [b"squad", key_seed(ms, "multisig"), index_seed(index, 4, "authority index")]
    return find_program_address([*seeds, b"authority"], program)


def derive_transaction(ms: str, index: int, program: str = programs.SQUADS_V3) -> ProgramAddress:
    """The transaction at ``index`` (u32, from 1)."""
    seeds = [b"squad", key_seed(ms, "multisig"), index_seed(index, 4, "transaction index")]
    return find_program_address([*seeds, b"transaction"], program)


def derive_instruction(
    transaction: str, index: int, program: str = programs.SQUADS_V3
) -> ProgramAddress:
    """Instruction ``index`` (u8, from 1) of a transaction account."""
    seeds = [b"squad", key_seed(transaction, "transaction"), index_seed(index, 1, "instruction")]
    return find_program_address([*seeds, b"instruction"], program)


def find_authority_index(
    ms: str, authority: str, *, last: int = 255, program: str = programs.SQUADS_V3
) -> int | None:
    """The index (0 to ``last``) under which ``authority`` belongs to the multisig, else None.

    An authority does not name its multisig: this is the proof that connects the two.
    """
    key_seed(authority, "authority")
    for index in range(last + 1):
        if derive_authority(ms, index, program).address == authority:
            return index
    return None


_MS = ("multisig",)
_REALLOC = ("multisig", "rent", "system_program")
_TRANSACTION = ("multisig", "transaction")
_ROLES: Final[dict[str, tuple[str, ...]]] = {
    "create": ("multisig", "creator", "system_program"),
    "add_member": _REALLOC,
    "remove_member": _MS,
    "remove_member_and_change_threshold": _MS,
    "add_member_and_change_threshold": _REALLOC,
    "change_threshold": _MS,
    "add_authority": _MS,
    "create_transaction": (*_TRANSACTION, "creator", "system_program"),
    "activate_transaction": (*_TRANSACTION, "creator"),
    "add_instruction": (*_TRANSACTION, "instruction", "creator", "system_program"),
    "approve_transaction": (*_TRANSACTION, "member"),
    "reject_transaction": (*_TRANSACTION, "member"),
    "cancel_transaction": (*_TRANSACTION, "member", "system_program"),
    "execute_transaction": (*_TRANSACTION, "member"),
    "execute_instruction": (*_TRANSACTION, "instruction", "member"),
}

#: First 8 bytes of an instruction's data -> its name.
INSTRUCTIONS: Final = {instruction_discriminator(name): name for name in _ROLES}


@dataclass(frozen=True, slots=True)
class SquadsV3Instruction:
    """One instruction with its accounts by role; ``data`` are its arguments, undecoded.

    A change of the multisig's settings is signed by the multisig itself, so it runs only as part
    of an executed transaction of authority 0.
    """

    name: str
    roles: Roles
    remaining: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False)

    def account(self, role: str) -> str | None:
        """The account in that role, None when the instruction has no such role."""
        return dict(self.roles).get(role)


def decode_instruction(
    accounts: Sequence[str], data: bytes
) -> SquadsV3Instruction | UnknownInstruction:
    """A Squads v3 instruction from its resolved accounts and its data. Never raises."""
    try:
        cursor = Cursor(data, "squads v3 instruction")
        name = INSTRUCTIONS.get(cursor.fixed(8, "discriminator"))
    except DecodeError as error:
        return UnknownInstruction("squads v3", None, str(error))
    if name is None:
        return UnknownInstruction("squads v3", None, "its discriminator is not in the table")
    roles = _ROLES[name]
    if len(accounts) < len(roles):
        reason = f"{name} has {len(accounts)} accounts, needs {len(roles)}"
        return UnknownInstruction("squads v3", name, reason)
    named = tuple(zip(roles, accounts, strict=False))
    return SquadsV3Instruction(name, named, tuple(accounts[len(roles):]), cursor.rest())
