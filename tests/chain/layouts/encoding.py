"""An encoder of its own for the layouts under test, written from their descriptions.

It shares nothing with the library: a fault in both would have to be made twice.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.chain.borsh import DecodeError

KEYS = [str(Pubkey.from_bytes(bytes([n]) * 32)) for n in range(1, 41)]
ZERO = str(Pubkey.default())


def key(text: str) -> bytes:
    return bytes(Pubkey.from_string(text))


def u8(*values: int) -> bytes:
    return bytes(values)


def u16(value: int) -> bytes:
    return struct.pack("<H", value)


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


def i64(value: int) -> bytes:
    return struct.pack("<q", value)


def text(value: str) -> bytes:
    raw = value.encode()
    return u32(len(raw)) + raw


def blob(value: bytes) -> bytes:
    return u32(len(value)) + value


def vector(items: Iterable[bytes]) -> bytes:
    held = list(items)
    return u32(len(held)) + b"".join(held)


def key_vector(items: Iterable[str]) -> bytes:
    return vector(key(item) for item in items)


def option(value: bytes | None) -> bytes:
    return b"\0" if value is None else b"\1" + value


def anchor(name: str, space: str = "account") -> bytes:
    return hashlib.sha256(f"{space}:{name}".encode()).digest()[:8]


Decode = Callable[[str, bytes], object]


def refuses_every_cut(decode: Decode, owner: str, data: bytes, minimum: int = 0) -> None:
    """Every truncation is an error, from ``minimum`` bytes on."""
    for size in range(minimum, len(data)):
        with pytest.raises(DecodeError):
            decode(owner, data[:size])


def refuses_other_owners(decode: Decode, data: bytes, *, right: str) -> None:
    """The right bytes under another owner are somebody else's, and so is nothing at all."""
    for owner in (KEYS[30], "", right + " ", ZERO if right != ZERO else KEYS[31]):
        with pytest.raises(DecodeError, match="owned"):
            decode(owner, data)
        with pytest.raises(DecodeError, match="owned"):
            decode(owner, b"")
