"""Mints, token accounts and token multisigs of SPL Token and Token-2022.

Sources: solana-program/token-2022, interface/src/{state,extension/mod}.rs; the layouts and
extension ids agree with the account decoder of the validator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.common import keys_with_prefix
from privatedao_audit.chain.layouts.token.extensions import (
    Extension,
    authorities_of,
    read_extensions,
)

__all__ = [
    "ACCOUNT_BYTES",
    "MINT_BYTES",
    "MULTISIG_BYTES",
    "NATIVE_MINTS",
    "TOKEN_PROGRAMS",
    "Mint",
    "TokenAccount",
    "TokenMultisig",
    "decode",
    "decode_mint",
    "decode_multisig",
    "decode_token_account",
]

MINT_BYTES: Final = 82
ACCOUNT_BYTES: Final = 165
MULTISIG_BYTES: Final = 355

#: The mints of wrapped SOL, of SPL Token and of Token-2022.
NATIVE_MINTS: Final = (
    "So11111111111111111111111111111111111111112",
    "9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXejP",
)

#: The two programs that own token accounts.
TOKEN_PROGRAMS: Final = (programs.TOKEN, programs.TOKEN_2022)

_STATES: Final = {1: "normal", 2: "frozen"}


@dataclass(frozen=True, slots=True)
class Mint:
    """A mint. ``supply`` in base units; an authority that is None is gone for good.

    ``unknown_extensions`` are ids this decoder does not know: what they allow is not known.
    """

    program: str
    mint_authority: str | None
    supply: int
    decimals: int
    freeze_authority: str | None
    extensions: tuple[Extension, ...] = ()

    @property
    def authorities(self) -> Mapping[str, str]:
        """Every power over the mint that somebody holds -> who. Absent ones are left out."""
        found = {"mint": self.mint_authority, "freeze": self.freeze_authority}
        held = {name: key for name, key in found.items() if key is not None}
        return {**held, **authorities_of(self.extensions)}

    @property
    def unknown_extensions(self) -> tuple[int, ...]:
        """Ids of extensions that could not be read."""
        return tuple(one.id for one in self.extensions if not one.understood)


@dataclass(frozen=True, slots=True)
class TokenAccount:
    """A token account. Amounts in base units; ``state`` is "normal" or "frozen".

    The ``delegate`` may move up to ``delegated_amount``, the ``close_authority`` may close the
    account, both without the ``owner``. ``native_reserve`` (lamports) is set for wrapped SOL.
    """

    program: str
    mint: str
    owner: str
    amount: int
    delegate: str | None
    state: str
    native_reserve: int | None
    delegated_amount: int
    close_authority: str | None
    extensions: tuple[Extension, ...] = ()

    @property
    def unknown_extensions(self) -> tuple[int, ...]:
        """Ids of extensions that could not be read."""
        return tuple(one.id for one in self.extensions if not one.understood)


@dataclass(frozen=True, slots=True)
class TokenMultisig:
    """``required`` of ``signers`` may act as an authority inside token instructions.

    It can sign nothing else: as an upgrade authority it is a dead key, not a multisig. A key
    that stands among the signers twice counts twice when it signs.
    """

    program: str
    required: int
    signers: tuple[str, ...]

    @property
    def fewest_keys(self) -> int:
        """How many different keys are enough."""
        votes = sorted((self.signers.count(key) for key in set(self.signers)), reverse=True)
        total = number = 0
        while total < self.required:
            total += votes[number]
            number += 1
        return number


def _open(owner: str, data: bytes, layout: str) -> Cursor:
    if owner not in TOKEN_PROGRAMS:
        raise DecodeError(layout, None, "the account is not owned by a token program")
    return Cursor(data, layout)


def _c_option_key(cursor: Cursor, field: str) -> str | None:
    """An option with a tag of four bytes, whose key is there whether set or not."""
    start = cursor.offset
    tag = cursor.u32(field)
    key = cursor.pubkey(field)
    if tag > 1:
        raise cursor.error(field, f"option tag must be 0 or 1, is {tag}", start)
    return key if tag else None


def _kind(owner: str, data: bytes) -> str:
    """Which of the three it is, by size and, for extended ones, by the kind byte."""
    cursor = _open(owner, data, "token account")
    size = cursor.remaining()
    exact = {MINT_BYTES: "mint", ACCOUNT_BYTES: "account", MULTISIG_BYTES: "multisig"}
    if size in exact:
        # Extended accounts are never 355 bytes long: the program pads them by two.
        return exact[size]
    if owner == programs.TOKEN_2022 and size > ACCOUNT_BYTES:
        kind = {1: "mint", 2: "account"}.get(data[ACCOUNT_BYTES])
        if kind is not None:
            return kind
    raise cursor.error("", f"{size} bytes are no mint, account or multisig of this program")


def _extensions(cursor: Cursor, data: bytes, kind: str) -> tuple[Extension, ...]:
    if len(data) <= ACCOUNT_BYTES:
        return ()
    padding = Cursor(data[cursor.offset : ACCOUNT_BYTES], f"{cursor.what} padding")
    padding.expect_zero_tail()
    return read_extensions(data[ACCOUNT_BYTES + 1 :], kind, cursor.what)


def decode_mint(owner: str, data: bytes) -> Mint:
    """A mint of either program. Raises DecodeError: owner, kind, not initialised, bad options.

    Never told by its size alone: a mint with extensions is longer than 82 bytes.
    """
    if _kind(owner, data) != "mint":
        raise DecodeError("mint", None, "the account is no mint")
    cursor = _open(owner, data, "mint")
    authority = _c_option_key(cursor, "mint_authority")
    supply, decimals = cursor.u64("supply"), cursor.u8("decimals")
    if not cursor.boolean("is_initialized"):
        raise cursor.error("is_initialized", "not initialised", 45)
    freeze = _c_option_key(cursor, "freeze_authority")
    return Mint(owner, authority, supply, decimals, freeze, _extensions(cursor, data, "mint"))


def decode_token_account(owner: str, data: bytes) -> TokenAccount:
    """A token account of either program. Raises DecodeError: owner, kind, not initialised."""
    if _kind(owner, data) != "account":
        raise DecodeError("token account", None, "the account is no token account")
    cursor = _open(owner, data, "token account")
    mint, holder = cursor.pubkey("mint"), cursor.pubkey("owner")
    amount = cursor.u64("amount")
    delegate = _c_option_key(cursor, "delegate")
    state = _STATES.get(cursor.u8("state"))
    if state is None:
        raise cursor.error("state", f"state {data[108]}, not an initialised account", 108)
    tag = cursor.u32("is_native")
    reserve = cursor.u64("is_native")
    if tag > 1:
        raise cursor.error("is_native", f"option tag must be 0 or 1, is {tag}", 109)
    delegated = cursor.u64("delegated_amount")
    closer = _c_option_key(cursor, "close_authority")
    return TokenAccount(
        owner, mint, holder, amount, delegate, state, reserve if tag else None, delegated,
        closer, _extensions(cursor, data, "account"),
    )


def decode_multisig(owner: str, data: bytes) -> TokenMultisig:
    """A token multisig, exactly 355 bytes. Raises DecodeError.

    Places beyond the count must be zero.
    """
    cursor = _open(owner, data, "token multisig")
    if cursor.remaining() != MULTISIG_BYTES:
        raise cursor.error("", f"{cursor.remaining()} bytes, a token multisig has 355")
    required, count = cursor.u8("m"), cursor.u8("n")
    if not cursor.boolean("is_initialized"):
        raise cursor.error("is_initialized", "not initialised", 2)
    if not 1 <= required <= count <= 11:
        raise cursor.error("m", f"{required} of {count} signers, at most 11", 0)
    signers = keys_with_prefix(cursor, count, "signers", distinct=False)
    cursor.expect_zero_tail()
    return TokenMultisig(owner, required, signers)


def decode(owner: str, data: bytes) -> Mint | TokenAccount | TokenMultisig:
    """Whatever token account this is. Raises DecodeError as its own decoder."""
    match _kind(owner, data):
        case "mint":
            return decode_mint(owner, data)
        case "account":
            return decode_token_account(owner, data)
        case _:
            return decode_multisig(owner, data)
