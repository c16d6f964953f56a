"""What the decoders of several programs share: opening an account, lists of keys, seeds, options.

Every account decoder begins with ``open_account``: the owner is compared before any byte is read,
because two programs may use the same discriminator for different things.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.chain.borsh import Cursor, DecodeError

__all__ = [
    "ZERO_KEY",
    "Roles",
    "UnknownInstruction",
    "account_discriminator",
    "choice",
    "index_seed",
    "instruction_discriminator",
    "key_seed",
    "keys",
    "keys_with_prefix",
    "open_account",
    "option_i64",
    "option_key",
    "option_u64",
    "zero_is_none",
]

#: Thirty-two zero bytes; the System Program's id. Many layouts write it for "nobody".
ZERO_KEY: Final = "11111111111111111111111111111111"

#: Accounts of an instruction by role, in instruction order; a role left out is not in it.
Roles = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UnknownInstruction:
    """An instruction that could not be read whole. It is kept, never dropped.

    ``program`` is the program's short name ("squads v4"), ``name`` the instruction's where its
    tag is known, ``reason`` one clause. A history that holds one of these in a successful
    transaction is not fully understood.
    """

    program: str
    name: str | None
    reason: str


def instruction_discriminator(name: str) -> bytes:
    """The 8 bytes with which Anchor marks instruction ``name`` (snake case) by default."""
    return hashlib.sha256(f"global:{name}".encode()).digest()[:8]


def account_discriminator(name: str) -> bytes:
    """The 8 bytes with which Anchor marks accounts of type ``name`` by default."""
    return hashlib.sha256(f"account:{name}".encode()).digest()[:8]


def open_account(
    owner: str, data: bytes, *, layout: str, program: str, discriminator: bytes = b""
) -> Cursor:
    """A cursor behind the discriminator of an account that ``program`` owns.

    Raises DecodeError for another owner (before any byte is read), another discriminator, or
    data that is shorter than it.
    """
    if owner != program:
        raise DecodeError(layout, None, f"the account is not owned by {program}")
    cursor = Cursor(data, layout)
    if discriminator and cursor.fixed(len(discriminator), "discriminator") != discriminator:
        raise cursor.error("discriminator", "the account is of another type", 0)
    return cursor


def keys_with_prefix(cursor: Cursor, count: int, field: str, *, distinct: bool) -> tuple[str, ...]:
    """``count`` public keys. With ``distinct``, a key that comes twice is an error."""
    found: list[str] = []
    for number in range(count):
        start = cursor.offset
        key = cursor.pubkey(f"{field}[{number}]")
        if distinct and key in found:
            # Counted twice it would make a quorum out of fewer keys.
            raise cursor.error(f"{field}[{number}]", "the same key twice", start)
        found.append(key)
    return tuple(found)


def keys(cursor: Cursor, field: str, *, distinct: bool = False) -> tuple[str, ...]:
    """A Borsh vector of public keys."""
    return keys_with_prefix(cursor, cursor.vec_length(field, 32), field, distinct=distinct)


def option_key(cursor: Cursor, field: str) -> str | None:
    """A Borsh option of a public key: one byte, and 32 more only when it is set."""
    return cursor.pubkey(field) if cursor.option(field) else None


def option_u64(cursor: Cursor, field: str) -> int | None:
    """A Borsh option of an unsigned 64-bit integer."""
    return cursor.u64(field) if cursor.option(field) else None


def option_i64(cursor: Cursor, field: str) -> int | None:
    """A Borsh option of a signed 64-bit integer (a Unix time in seconds)."""
    return cursor.i64(field) if cursor.option(field) else None


def zero_is_none(key: str) -> str | None:
    """None for the all-zero key, for which nobody can sign."""
    return None if key == ZERO_KEY else key


def choice(cursor: Cursor, field: str, names: Mapping[int, str] | Sequence[str]) -> str:
    """A one-byte tag as its name; DecodeError for a tag outside ``names``."""
    start = cursor.offset
    tag = cursor.u8(field)
    known = names if isinstance(names, Mapping) else dict(enumerate(names))
    if tag not in known:
        raise cursor.error(field, f"unknown tag {tag}", start)
    return known[tag]


def key_seed(text: str, name: str) -> bytes:
    """A key as the 32 bytes of a seed; ValueError naming ``name`` for anything else."""
    return bytes(parse_pubkey(text, name))


def index_seed(value: int, size: int, name: str) -> bytes:
    """An index as a little-endian seed of ``size`` bytes; ValueError outside its range."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << (8 * size):
        raise ValueError(f"{name}: expected an integer from 0 to {(1 << (8 * size)) - 1}")
    return value.to_bytes(size, "little")
