"""The IDL that a program carries on chain (Anchor up to 0.32).

It lies at an address that follows from the program id alone, in an account that the program
owns: eight bytes that name it, the authority, a u32 length and that many bytes of zlib. The
account may be longer than its content. Whoever is authority can replace the content, so it is a
claim by that key about the program, not a part of the program. Source: solana-foundation/anchor,
lang/src/idl.rs at v0.31.1.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.chain.addresses import create_with_seed, find_program_address
from privatedao_audit.chain.anchor.idl import MAX_IDL_BYTES
from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.compressed import unpack

__all__ = ["IDL_DISCRIMINATOR", "OnChainIdl", "decode_idl_account", "idl_address"]

IDL_DISCRIMINATOR: Final = hashlib.sha256(b"internal:IdlAccount").digest()[:8]
_SEED: Final = "anchor:idl"
_NOBODY: Final = "1" * 32
_WHAT: Final = "Anchor IDL account"


@dataclass(frozen=True, slots=True)
class OnChainIdl:
    """An IDL account. ``authority`` is the key that may replace it, None once it was erased.

    ``idl_bytes`` is the JSON as it was written, at most 5 MiB; parse_idl judges it.
    """

    authority: str | None
    idl_bytes: bytes = field(repr=False)


def idl_address(program: str) -> str:
    """Where the IDL of ``program`` lies. Raises ValueError for a malformed key."""
    base = find_program_address([], program).address
    return create_with_seed(base, _SEED, program)


def decode_idl_account(owner: str, program: str, data: bytes) -> OnChainIdl:
    """The IDL account of ``program``, which must be its owner.

    That the account lies at idl_address(program) is for the caller to know. Raises DecodeError
    for another owner, another kind of account, a length beyond the account, content that is no
    zlib stream or not exactly one, an account without content, and more than 5 MiB.
    """
    if owner != program:
        raise DecodeError(f"{_WHAT}.owner", None, "not the program it should describe")
    cursor = Cursor(data, _WHAT)
    found = cursor.fixed(len(IDL_DISCRIMINATOR), "discriminator")
    if found != IDL_DISCRIMINATOR:
        raise cursor.error("discriminator", f"is {found.hex()}, not that of an IDL", 0)
    authority = cursor.pubkey("authority")
    start = cursor.offset
    packed = cursor.fixed(cursor.vec_length("data_len"), "data")
    if not packed:
        raise cursor.error("data_len", "0: no IDL has been written", start)
    content = unpack(packed, "zlib", f"{_WHAT}.data", limit=MAX_IDL_BYTES)
    return OnChainIdl(None if authority == _NOBODY else authority, content)
