"""Durable nonce accounts: a transaction signed on one never expires.

Source: anza-xyz/solana-sdk, nonce/src/{state,versions}.rs (bincode).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.common import open_account

__all__ = ["NONCE_ACCOUNT_BYTES", "Nonce", "UninitializedNonce", "decode_nonce"]

#: Size of every nonce account, in bytes.
NONCE_ACCOUNT_BYTES: Final = 80

_VERSIONS: Final = {0: "legacy", 1: "current"}


@dataclass(frozen=True, slots=True)
class Nonce:
    """An initialised nonce account.

    ``authority`` may advance it, and with it sign transactions now that run at any later time.
    ``nonce`` (base58) stands in the place of a recent blockhash. A "legacy" account can sign
    nothing until it is upgraded. ``lamports_per_signature`` is the fee when it was advanced.
    """

    version: str
    authority: str
    nonce: str
    lamports_per_signature: int


@dataclass(frozen=True, slots=True)
class UninitializedNonce:
    """Eighty bytes of the System Program that no authority has set up."""

    version: str


def decode_nonce(owner: str, data: bytes) -> Nonce | UninitializedNonce:
    """A nonce account. Raises DecodeError: owner, size, unknown version or state."""
    cursor = open_account(owner, data, layout="nonce account", program=programs.SYSTEM)
    if cursor.remaining() != NONCE_ACCOUNT_BYTES:
        raise cursor.error("", f"{cursor.remaining()} bytes, a nonce account has 80")
    tag = cursor.u32("version")
    if tag not in _VERSIONS:
        raise cursor.error("version", f"unknown version {tag}", 0)
    version = _VERSIONS[tag]
    state = cursor.u32("state")
    if state == 0:
        return UninitializedNonce(version)
    if state != 1:
        raise cursor.error("state", f"unknown state {state}", 4)
    return Nonce(
        version=version,
        authority=cursor.pubkey("authority"),
        nonce=cursor.pubkey("durable_nonce"),
        lamports_per_signature=cursor.u64("lamports_per_signature"),
    )
