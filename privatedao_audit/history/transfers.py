"""The instructions of a transaction that move lamports or tokens, outer and inner.

Whose money it is comes from the token balances recorded beside the transaction: an instruction
names token accounts, not wallets, and a plain Transfer does not even name the mint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privatedao_audit.chain import programs
from privatedao_audit.chain.balances import Balances, TokenBalance
from privatedao_audit.chain.layouts import system
from privatedao_audit.chain.layouts.common import UnknownInstruction
from privatedao_audit.chain.layouts.token import instructions as token
from privatedao_audit.chain.transactions import Instruction, Transaction
from privatedao_audit.history.facts import Transfer, TransferKind

__all__ = ["transfers"]

_TOKEN_PROGRAMS = (programs.TOKEN, programs.TOKEN_2022)
_SYSTEM_SENDS = frozenset(
    {
        "Transfer", "TransferWithSeed", "CreateAccount", "CreateAccountWithSeed",
        "WithdrawNonceAccount",
    }
)  # fmt: skip
_TOKEN_KINDS: dict[str, TransferKind] = {
    "Transfer": "token",
    "TransferChecked": "token",
    "TransferCheckedWithFee": "token",
    "MintTo": "mint",
    "MintToChecked": "mint",
    "Burn": "burn",
    "BurnChecked": "burn",
    "CloseAccount": "close",
}
#: Instructions that may move money in ways that are not decoded here. They never explain a
#: debit; a credit needs no explanation.
_OPAQUE = frozenset(
    {
        "TransferFeeExtension", "ConfidentialTransferExtension", "WithdrawExcessLamports",
        "ConfidentialTransferFeeExtension", "ConfidentialMintBurnExtension", "UnwrapLamports",
        "PermissionedBurnExtension", "SyncNative", "Batch",
    }
)  # fmt: skip
#: Of these, what can take nothing of the balance of an account: it counts lamports that are there
#: already, or collects fees that lie beside the balance.
_TAKES_NOTHING = frozenset({"SyncNative", "TransferFeeExtension"})
#: Instructions that were read as far as their name: what they may take of is their first account.
#: Anybody may append further ones, and a program never looks at them.
_WHOLE_LIST = frozenset({None, "Batch"})


def transfers(transaction: Transaction, program: str) -> tuple[Transfer, ...]:
    """Every transfer of a transaction that succeeded, in order of execution.

    Args:
        program: the DAO's program, in whose instructions a transfer may lie.
    """
    if not transaction.succeeded:
        return ()
    found: list[Transfer] = []
    for item in transaction.instructions:
        inside = _inside(transaction, item, program)
        if item.program == programs.SYSTEM:
            found += _system(item, inside)
        elif item.program in _TOKEN_PROGRAMS:
            for one in _each(item):
                found += _token(one, transaction.balances, inside)
    return tuple(found)


def _inside(transaction: Transaction, item: Instruction, program: str) -> str | None:
    parent = item.parent
    while parent is not None:
        caller = transaction.instructions[parent]
        if caller.program == program:
            return caller.place
        parent = caller.parent
    return None


def _system(item: Instruction, inside: str | None) -> Iterator[Transfer]:
    detail = system.decode_instruction(item.accounts, item.data)
    if isinstance(detail, UnknownInstruction):
        yield _unread(item, inside, item.accounts)
        return
    if detail.name not in _SYSTEM_SENDS:
        return
    source = detail.account("source") or detail.account("nonce")
    destination = detail.account("destination") or detail.account("account")
    authority = detail.account("authority") or detail.account("base") or source
    yield Transfer(
        place=item.place, kind="sol", source=source, destination=destination,
        amount=detail.lamports, mint=None, authority=authority, payer=source,
        receiver=destination, inside=inside,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """One token instruction and the place where it stands, also inside a batch."""

    place: str
    accounts: tuple[str, ...]
    data: bytes


def _each(item: Instruction) -> Iterator[_Asked]:
    """The instruction, or those of a batch one by one; a batch that does not split as a whole."""
    parts = token.unbatched(item.accounts, item.data)
    if parts is None:
        yield _Asked(item.place, item.accounts, item.data)
        return
    for number, (accounts, data) in enumerate(parts):
        yield _Asked(f"{item.place}/{number}", accounts, data)


def _token(item: _Asked, balances: Balances, inside: str | None) -> Iterator[Transfer]:
    detail = token.decode_instruction(item.accounts, item.data)
    if isinstance(detail, UnknownInstruction) or detail.name in _OPAQUE:
        named = item.accounts if detail.name in _WHOLE_LIST else item.accounts[:1]
        takes = detail.name not in _TAKES_NOTHING
        yield _unread(item, inside, named if takes else ())
        return
    if detail.name == "SetAuthority" and detail.power == "account-owner":
        subject = detail.account("subject")
        yield Transfer(
            place=item.place, kind="hand over", source=subject, destination=detail.new_authority,
            amount=None, mint=_mint(balances, subject), authority=detail.account("authority"),
            payer=detail.account("authority"), receiver=detail.new_authority, inside=inside,
        )  # fmt: skip
    kind = _TOKEN_KINDS.get(detail.name)
    if kind is None:
        return
    source, destination = detail.account("source"), detail.account("destination")
    receiver = destination if kind == "close" else _holder(balances, destination)
    yield Transfer(
        place=item.place,
        kind=kind,
        source=source,
        destination=destination,
        amount=detail.amount,
        mint=detail.account("mint") or _mint(balances, source) or _mint(balances, destination),
        authority=detail.account("authority"),
        payer=_holder(balances, source),
        receiver=receiver,
        inside=inside,
    )


def _unread(
    item: Instruction | _Asked, inside: str | None, accounts: Sequence[str]
) -> Transfer:
    """An instruction that may take of these accounts, in a way that is not known."""
    touches = tuple(dict.fromkeys(accounts))
    return Transfer(
        item.place, "unknown", None, None, None, None, None, None, None, inside, touches
    )


def _seen(balances: Balances, account: str | None) -> TokenBalance | None:
    """The token account after the transaction, or before it where it was closed in it."""
    sides = None if account is None else balances.tokens(account)
    return None if sides is None else sides[1] or sides[0]


def _mint(balances: Balances, account: str | None) -> str | None:
    seen = _seen(balances, account)
    return None if seen is None else seen.mint


def _holder(balances: Balances, account: str | None) -> str | None:
    seen = _seen(balances, account)
    return None if seen is None else seen.owner
