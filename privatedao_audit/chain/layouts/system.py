"""Instructions of the System Program: lamports, new accounts, durable nonces.

Source: anza-xyz/solana-sdk, system-interface/src/instruction.rs (bincode, u32 tag).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.common import Roles, UnknownInstruction

__all__ = ["INSTRUCTION_NAMES", "SystemInstruction", "decode_instruction"]

#: Instruction tag (u32) -> name.
INSTRUCTION_NAMES: Final = dict(enumerate((
    "CreateAccount", "Assign", "Transfer", "CreateAccountWithSeed", "AdvanceNonceAccount",
    "WithdrawNonceAccount", "InitializeNonceAccount", "AuthorizeNonceAccount", "Allocate",
    "AllocateWithSeed", "AssignWithSeed", "TransferWithSeed", "UpgradeNonceAccount",
)))  # fmt: skip

_ROLES: Final[dict[int, tuple[str, ...]]] = {
    0: ("source", "account"),
    1: ("account",),
    2: ("source", "destination"),
    3: ("source", "account"),
    4: ("nonce", "sysvar", "authority"),
    5: ("nonce", "destination", "sysvar", "rent", "authority"),
    6: ("nonce", "sysvar", "rent"),
    7: ("nonce", "authority"),
    8: ("account",),
    9: ("account", "base"),
    10: ("account", "base"),
    11: ("source", "base", "destination"),
    12: ("nonce",),
}


@dataclass(frozen=True, slots=True)
class SystemInstruction:
    """One instruction with its accounts by role.

    ``lamports`` of a transfer, a withdrawal or a new account; ``space`` in bytes; ``owner`` the
    program that a new or assigned account belongs to; ``new_authority`` of a nonce account.
    """

    tag: int
    name: str
    roles: Roles
    lamports: int | None = None
    space: int | None = None
    owner: str | None = None
    new_authority: str | None = None

    def account(self, role: str) -> str | None:
        """The account in that role, None when the instruction has no such role."""
        return dict(self.roles).get(role)


def _values(tag: int, cursor: Cursor) -> dict[str, Any]:
    if tag in (3, 9, 10):
        cursor.pubkey("base")
        cursor.fixed(cursor.vec_length_u64("seed"), "seed")
    values: dict[str, Any] = {}
    if tag in (0, 2, 3, 5, 11):
        values["lamports"] = cursor.u64("lamports")
    if tag in (0, 3, 8, 9):
        values["space"] = cursor.u64("space")
    if tag == 11:
        cursor.fixed(cursor.vec_length_u64("from_seed"), "from_seed")
    if tag in (0, 1, 3, 9, 10, 11):
        values["owner"] = cursor.pubkey("owner")
    if tag in (6, 7):
        values["new_authority"] = cursor.pubkey("new_authority")
    return values


def decode_instruction(
    accounts: Sequence[str], data: bytes
) -> SystemInstruction | UnknownInstruction:
    """A System instruction from its resolved accounts and its data. Never raises."""
    name: str | None = None
    try:
        cursor = Cursor(data, "system instruction")
        tag = cursor.u32("tag")
        name = INSTRUCTION_NAMES.get(tag)
        if name is None:
            return UnknownInstruction("system", None, f"tag {tag} is not in the table")
        roles = _ROLES[tag]
        if len(accounts) < len(roles):
            reason = f"{name} has {len(accounts)} accounts, needs {len(roles)}"
            return UnknownInstruction("system", name, reason)
        named = tuple(zip(roles, accounts, strict=False))
        return SystemInstruction(tag, name, named, **_values(tag, cursor))
    except DecodeError as error:
        return UnknownInstruction("system", name, str(error))
