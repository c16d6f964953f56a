"""A writer of Borsh for the rehearsal's Squads accounts: little-endian, u32 lengths."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import sha256

from solders.pubkey import Pubkey

KEY = 32
DISCRIMINATOR = 8


def account_discriminator(name: str) -> bytes:
    """The eight bytes that begin an Anchor account of type `name`, such as "Proposal"."""
    return sha256(f"account:{name}".encode()).digest()[:DISCRIMINATOR]


def instruction_discriminator(name: str) -> bytes:
    """The eight bytes that begin the data of an Anchor instruction, such as "proposal_create"."""
    return sha256(f"global:{name}".encode()).digest()[:DISCRIMINATOR]


def u32(value: int) -> bytes:
    """Four bytes. Raises struct.error out of range."""
    return struct.pack("<I", value)


def octets(value: bytes) -> bytes:
    """vec<u8>: a u32 length and the bytes."""
    return u32(len(value)) + value


def keys(values: Iterable[Pubkey]) -> bytes:
    """vec<pubkey>: a u32 count and 32 bytes each."""
    listed = list(values)
    return u32(len(listed)) + b"".join(bytes(one) for one in listed)


def optional_key(value: Pubkey | None) -> bytes:
    """option<pubkey>: one byte, or one and 32."""
    return b"\0" if value is None else b"\1" + bytes(value)


def optional_text(value: str | None) -> bytes:
    """option<string>: one byte, or one, a u32 length and UTF-8."""
    return b"\0" if value is None else b"\1" + octets(value.encode())
