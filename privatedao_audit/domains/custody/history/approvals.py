"""Approval records: what enough registered keys signed about an upgrade nobody can recount.

The record names the upgrade's transaction and the hash of the executable, and lists approvals as
``KEY SIGNATURE``, both base58. What is signed is the canonical JSON of :func:`statement`, either
as it is (Ed25519 over those bytes) or as the text of a Solana off-chain message, which hardware
wallets can show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solders.pubkey import Pubkey
from solders.signature import Signature

from privatedao_audit.chain import offchain_message
from privatedao_audit.domains.custody.history.facts import Listing
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import Found, ReadAt, joined

#: The role in the signer register that may approve upgrades.
ROLE = "multisig-member"

STATEMENT = "approval of a program upgrade"


def statement(genesis_hash: str, program_id: str, transaction: str, artifact_sha256: str) -> bytes:
    """The bytes that are signed: canonical JSON, all values text."""
    return canonical.dumps(
        {
            "statement": STATEMENT,
            "genesis_hash": genesis_hash,
            "program_id": program_id,
            "transaction": transaction,
            "artifact_sha256": artifact_sha256,
        }
    )


@dataclass(frozen=True, slots=True)
class Attested:
    """Who signed for an upgrade, and the hash they signed for."""

    signers: tuple[str, ...]
    artifact_sha256: str
    at: ReadAt


def registered(registers: Sequence[Listing]) -> dict[str, ReadAt]:
    """Keys with the role of a member in a current register, and where that was read."""
    found: dict[str, ReadAt] = {}
    for one in registers:
        if isinstance(one.said, Found):
            for row in one.said.value.rows:
                if ROLE in row.get("roles", "").split("\n") and "key" in row:
                    found[row["key"]] = one.said.at
    return found


def attested(
    records: Sequence[Listing],
    registers: Sequence[Listing],
    *,
    genesis_hash: str,
    program_id: str,
    transaction: str,
) -> Attested | None:
    """The best approval record of an upgrade: the one that most registered keys signed.

    Signatures that do not verify, of unregistered keys, or a second one of the same key, do not
    count; a record without any that counts is none.
    """
    keys = registered(registers)
    best: Attested | None = None
    for record in records:
        if not isinstance(record.said, Found):
            continue
        for row in record.said.value.rows:
            sha256 = row.get("artifact_sha256", "").lower()
            if row.get("transaction") != transaction or not _is_hash(sha256):
                continue
            message = statement(genesis_hash, program_id, transaction, sha256)
            pairs = dict(_pairs(row.get("approvals", "")))
            signers = tuple(
                key for key, signature in pairs.items()
                if key in keys and _verifies(message, key, signature)
            )  # fmt: skip
            if signers and (best is None or len(signers) > len(best.signers)):
                at = joined(record.said.at, *(keys[key] for key in signers))
                best = Attested(signers, sha256, at)
    return best


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)


def _pairs(text: str) -> list[tuple[str, str]]:
    lines = [line.split() for line in text.split("\n")]
    return [(line[0], line[1]) for line in lines if len(line) == 2]


def _verifies(message: bytes, key: str, text: str) -> bool:
    try:
        signature = offchain_message.parse_signature(text)
        signer = Pubkey.from_string(key)
        if not signer.is_on_curve():
            return False
        if Signature.from_bytes(signature).verify(signer, message):
            return True
        return offchain_message.verify_text(message.decode(), key, signature) is not None
    except ValueError:
        return False
