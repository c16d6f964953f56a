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

__all__ = [
    "AUTHORITY_TYPES", "INSTRUCTION_NAMES", "TokenInstruction", "decode_instruction", "unbatched",
]  # fmt: skip

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
#: TransferFeeExtension (26) has instructions of its own; number 1 transfers like a checked one.
_FEE, _FEE_TRANSFER, _WITH_FEE = 26, 1, "TransferCheckedWithFee"
_BATCH: Final = 255
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
        if tag == _FEE and data[1:2] == bytes([_FEE_TRANSFER]):
            return _with_fee(accounts, cursor)
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


def _with_fee(accounts: Sequence[str], cursor: Cursor) -> TokenInstruction | UnknownInstruction:
    """A transfer of a mint with a fee: as a checked one, with the fee in base units behind it."""
    roles = _ROLES[12]
    if len(accounts) < len(roles):
        reason = f"{_WITH_FEE} has {len(accounts)} accounts, needs {len(roles)}"
        return UnknownInstruction("token", _WITH_FEE, reason)
    cursor.u8("instruction")
    amount, decimals = cursor.u64("amount"), cursor.u8("decimals")
    cursor.u64("fee")
    named = tuple(zip(roles, accounts, strict=False))
    return TokenInstruction(_FEE, _WITH_FEE, named, tuple(accounts[len(roles):]), amount, decimals)


def unbatched(
    accounts: Sequence[str], data: bytes
) -> tuple[tuple[tuple[str, ...], bytes], ...] | None:
    """The instructions of a batch, each with its accounts and data, in order.

    None for data that is no batch, or one that does not split without a rest. Each begins with
    how many accounts and how many bytes of data it has. Source: solana-program/token,
    p-token/src/processor/batch.rs.
    """
    if data[:1] != bytes([_BATCH]):
        return None
    found: list[tuple[tuple[str, ...], bytes]] = []
    place, taken = 1, 0
    while place < len(data):
        if place + 2 > len(data):
            return None
        count, length = data[place], data[place + 1]
        inner = data[place + 2 : place + 2 + length]
        if len(inner) != length or taken + count > len(accounts) or inner[:1] == bytes([_BATCH]):
            return None
        found.append((tuple(accounts[taken : taken + count]), inner))
        place, taken = place + 2 + length, taken + count
    return tuple(found) if found else None
