"""Balances around a transaction, as a node recorded them beside it.

They are not signed: only their chain from one transaction to the next and the account as it is
now give them weight. What a node left out is None, "not recorded", and never an empty list or 0.
Source: agave, transaction-status/src/lib.rs (UiTransactionStatusMeta).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError, base58_bytes

__all__ = ["Balances", "TokenBalance", "read_balances"]

_MAX_U64: Final = (1 << 64) - 1
_WHAT: Final = "transaction.meta"
_TOKEN_PROGRAMS: Final = (programs.TOKEN, programs.TOKEN_2022)


@dataclass(frozen=True, slots=True)
class TokenBalance:
    """What a token account held at one moment; ``amount`` in raw units of the mint.

    ``owner`` and ``program`` are None where an old node did not record them.
    """

    account: str
    mint: str
    owner: str | None
    program: str | None
    amount: int
    decimals: int


@dataclass(frozen=True, slots=True)
class Balances:
    """The balances of all accounts of a transaction, before and after it.

    Attributes:
        fee: lamports that the fee payer paid, also for a failed transaction; None: not recorded.
        lamports_before, lamports_after: in the order of the account keys; None: not recorded.
        tokens_before, tokens_after: token accounts that existed at that moment, in that order;
            None: not recorded.
    """

    keys: tuple[str, ...]
    fee: int | None = None
    lamports_before: tuple[int, ...] | None = None
    lamports_after: tuple[int, ...] | None = None
    tokens_before: tuple[TokenBalance, ...] | None = None
    tokens_after: tuple[TokenBalance, ...] | None = None

    def lamports(self, key: str) -> tuple[int, int] | None:
        """Lamports of an account before and after; None: not recorded, or not of this one."""
        if self.lamports_before is None or self.lamports_after is None or key not in self.keys:
            return None
        place = self.keys.index(key)
        return self.lamports_before[place], self.lamports_after[place]

    def tokens(self, key: str) -> tuple[TokenBalance | None, TokenBalance | None] | None:
        """What a token account held before and after; None inside: it was none at that moment.

        None where it was not recorded, and where neither side lists the account: a node looks
        at token accounts only in transactions that could call a token program, so its absence
        from both sides does not say that it held nothing.
        """
        if self.tokens_before is None or self.tokens_after is None:
            return None
        before = next((one for one in self.tokens_before if one.account == key), None)
        after = next((one for one in self.tokens_after if one.account == key), None)
        return None if before is None and after is None else (before, after)

    @property
    def tokens_watched(self) -> bool:
        """Whether a token program was among the accounts: without it no token can move."""
        return any(program in self.keys for program in _TOKEN_PROGRAMS)


def read_balances(meta: dict[str, Any], keys: tuple[str, ...]) -> Balances:
    """The balances out of the ``meta`` member of a getTransaction answer.

    Raises DecodeError for a wrong number of balances, one out of range, an index outside the
    accounts, one account twice, and one side recorded without the other.
    """
    fee = meta.get("fee")
    before, after = (_lamports(meta, name, keys) for name in ("preBalances", "postBalances"))
    if (before is None) != (after is None):
        raise DecodeError(_WHAT, None, "balances of one side alone")
    held, left = (_tokens(meta, name, keys) for name in ("preTokenBalances", "postTokenBalances"))
    if (held is None) != (left is None):
        raise DecodeError(_WHAT, None, "token balances of one side alone")
    return Balances(
        keys=keys,
        fee=None if fee is None else _integer(fee, f"{_WHAT}.fee"),
        lamports_before=before,
        lamports_after=after,
        tokens_before=held,
        tokens_after=left,
    )


def _lamports(meta: dict[str, Any], name: str, keys: Sequence[str]) -> tuple[int, ...] | None:
    value = meta.get(name)
    if value is None:
        return None
    what = f"{_WHAT}.{name}"
    if not isinstance(value, list) or len(value) != len(keys):
        raise DecodeError(what, None, f"not one balance for each of {len(keys)} accounts")
    if all(type(one) is int and 0 <= one <= _MAX_U64 for one in value):
        return tuple(value)  # nearly always; the words for an error cost more than the check
    return tuple(_integer(one, f"{what}[{n}]") for n, one in enumerate(value))


def _tokens(
    meta: dict[str, Any], name: str, keys: Sequence[str]
) -> tuple[TokenBalance, ...] | None:
    value = meta.get(name)
    if value is None:
        return None
    what = f"{_WHAT}.{name}"
    if not isinstance(value, list):
        raise DecodeError(what, None, "not an array")
    found: dict[int, TokenBalance] = {}
    for number, item in enumerate(value):
        here = f"{what}[{number}]"
        if not isinstance(item, dict):
            raise DecodeError(here, None, "not an object")
        index = _integer(item.get("accountIndex"), f"{here}.accountIndex")
        if index >= len(keys) or index in found:
            raise DecodeError(f"{here}.accountIndex", None, "outside the accounts, or twice")
        found[index] = _token(item, keys[index], here)
    return tuple(found[index] for index in sorted(found))


def _token(item: dict[str, Any], account: str, here: str) -> TokenBalance:
    shown = item.get("uiTokenAmount")
    if not isinstance(shown, dict):
        raise DecodeError(f"{here}.uiTokenAmount", None, "not an object")
    decimals = _integer(shown.get("decimals"), f"{here}.decimals")
    if decimals > 255:
        raise DecodeError(f"{here}.decimals", None, "more than a byte holds")
    return TokenBalance(
        account=account,
        mint=_key(item.get("mint"), f"{here}.mint"),
        owner=_optional(item.get("owner"), f"{here}.owner"),
        program=_optional(item.get("programId"), f"{here}.programId"),
        amount=_raw_units(shown.get("amount"), f"{here}.amount"),
        decimals=decimals,
    )


def _raw_units(text: Any, what: str) -> int:
    """Decimal text of a u64; the number beside it (uiAmount) is rounded, and never read."""
    if not isinstance(text, str) or not text.isascii() or not text.isdecimal() or len(text) > 20:
        raise DecodeError(what, None, "not the decimal text of an amount")
    return _integer(int(text), what)


def _optional(value: Any, what: str) -> str | None:
    return None if value is None else _key(value, what)


def _key(value: Any, what: str) -> str:
    if len(base58_bytes(value, what, limit=44)) != 32:
        raise DecodeError(what, None, "not a key of 32 bytes")
    return str(value)


def _integer(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_U64:
        raise DecodeError(what, None, "expected an integer of 64 bits")
    return value
