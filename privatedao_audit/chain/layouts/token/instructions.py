"""Instructions of the two token programs, as far as they move tokens or powers over them.

Source: solana-program/token-2022, interface/src/instruction.rs. The tags up to 24 are shared by
both programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.common import Roles, UnknownInstruction, choice

__all__ = ["AUTHORITY_TYPES", "INSTRUCTION_NAMES", "TokenInstruction", "decode_instruction"]

#: Instruction tag (u8) -> name.
INSTRUCTION_NAMES: Final = {255: "Batch"} | dict(enumerate((
    "InitializeMint", "InitializeAccount", "InitializeMultisig", "Transfer", "Approve", "Revoke",
    "SetAuthority", "MintTo", "Burn", "CloseAccount", "FreezeAccount", "ThawAccount",
    "TransferChecked", "ApproveChecked", "MintToChecked", "BurnChecked", "InitializeAccount2",
    "SyncNative", "InitializeAccount3", "InitializeMultisig2", "InitializeMint2",
    "GetAccountDataSize", "InitializeImmutableOwner", "AmountToUiAmount", "UiAmountToAmount",
    "InitializeMintCloseAuthority", "TransferFeeExtension", "ConfidentialTransferExtension",
    "DefaultAccountStateExtension", "Reallocate", "MemoTransferExtension", "CreateNativeMint",
    "InitializeNonTransferableMint", "InterestBearingMintExtension", "CpiGuardExtension",
    "InitializePermanentDelegate", "TransferHookExtension", "ConfidentialTransferFeeExtension",
    "WithdrawExcessLamports", "MetadataPointerExtension", "GroupPointerExtension",
    "GroupMemberPointerExtension", "ConfidentialMintBurnExtension", "ScaledUiAmountExtension",
    "PausableExtension", "UnwrapLamports", "PermissionedBurnExtension",
)))  # fmt: skip

#: Which power SetAuthority hands over, by its tag.
AUTHORITY_TYPES: Final = (
    "mint", "freeze", "account-owner", "close-account", "transfer-fee-config",
    "transfer-fee-withdraw", "close", "interest-rate", "permanent-delegate",
    "confidential-transfer", "transfer-hook", "confidential-fee", "metadata-pointer",
    "group-pointer", "group-member-pointer", "scaled-amount", "pause", "permissioned-burn",
)

_ROLES: Final[dict[int, tuple[str, ...]]] = {
    3: ("source", "destination", "authority"),
    4: ("source", "delegate", "authority"),
    5: ("source", "authority"),
    6: ("subject", "authority"),
    7: ("mint", "destination", "authority"),
    8: ("source", "mint", "authority"),
    9: ("source", "destination", "authority"),
    10: ("source", "mint", "authority"),
    11: ("source", "mint", "authority"),
    12: ("source", "mint", "destination", "authority"),
    13: ("source", "mint", "delegate", "authority"),
    14: ("mint", "destination", "authority"),
    15: ("source", "mint", "authority"),
}
_WITH_AMOUNT: Final = (3, 4, 7, 8, 12, 13, 14, 15)
_CHECKED: Final = (12, 13, 14, 15)


@dataclass(frozen=True, slots=True)
class TokenInstruction:
    """One instruction; ``roles`` is empty where only the name is known.

    ``amount`` in base units. ``power`` and ``new_authority`` are SetAuthority's; a new one that
    is None takes the power away for good. ``remaining`` are co-signers of a token multisig.
    """

    tag: int
    name: str
    roles: Roles
    remaining: tuple[str, ...] = ()
    amount: int | None = None
    decimals: int | None = None
    power: str | None = None
    new_authority: str | None = None

    def account(self, role: str) -> str | None:
        """The account in that role, None when the instruction has no such role."""
        return dict(self.roles).get(role)


def decode_instruction(
    accounts: Sequence[str], data: bytes
) -> TokenInstruction | UnknownInstruction:
    """A token instruction from its resolved accounts and its data. Never raises."""
    name: str | None = None
    try:
        cursor = Cursor(data, "token instruction")
        tag = cursor.u8("tag")
        name = INSTRUCTION_NAMES.get(tag)
        if name is None:
            return UnknownInstruction("token", None, f"tag {tag} is not in the table")
        roles = _ROLES.get(tag, ())
        if len(accounts) < len(roles):
            reason = f"{name} has {len(accounts)} accounts, needs {len(roles)}"
            return UnknownInstruction("token", name, reason)
        named = tuple(zip(roles, accounts, strict=False))
        rest = tuple(accounts[len(roles):])
        power = new = None
        if tag == 6:
            power = choice(cursor, "authority_type", AUTHORITY_TYPES)
            new = cursor.pubkey("new_authority") if cursor.option("new_authority") else None
        amount = cursor.u64("amount") if tag in _WITH_AMOUNT else None
        decimals = cursor.u8("decimals") if tag in _CHECKED else None
        return TokenInstruction(tag, name, named, rest, amount, decimals, power, new)
    except DecodeError as error:
        return UnknownInstruction("token", name, str(error))
