"""Signatures by hardware wallets: a short text instead of the statement.

A hardware wallet of Solana signs transactions and off-chain messages, and no DSSE envelope. The
message is one printable line that names role, opinion, verdict and bundle digest. The digest is
that of the manifest, which lists every file with its hash, so the line covers what the statement
covers. Where there is a reason or an annotations file, the line names its SHA-256.
"""

from __future__ import annotations

import base64
import hashlib

from privatedao_audit.bundle.errors import CannotSign
from privatedao_audit.bundle.manifest import Manifest
from privatedao_audit.bundle.signing import Words
from privatedao_audit.chain import offchain_message
from privatedao_audit.model import canonical

SCHEMA_NAME = "privatedao-audit/offchain-signature"
SCHEMA_VERSION = 1


def text(manifest: Manifest, words: Words) -> str:
    """The line that is signed: printable ASCII, short enough for a hardware wallet."""
    said = f"privatedao-audit: as {words.role.value} I "
    said += "agree" if words.disagrees is None else "disagree"
    said += f" with the verdict {words.verdict}. Bundle digest: {manifest.bundle_digest}."
    if words.disagrees is not None:
        digest = hashlib.sha256(words.disagrees.encode("utf-8")).hexdigest()
        said += f" SHA-256 of my reason: {digest}."
    if words.annotations_sha256 is not None:
        said += f" SHA-256 of my annotations: {words.annotations_sha256}."
    return said


def file_of(manifest: Manifest, words: Words, signature: bytes) -> bytes:
    """The file of such a signature, unchecked."""
    return canonical.dump_file(
        {
            "schema": {"name": SCHEMA_NAME, "version": SCHEMA_VERSION},
            "signer": words.signer,
            "role": words.role.value,
            "opinion": "agrees" if words.disagrees is None else "disagrees",
            "reason": words.disagrees,
            "annotations_sha256": words.annotations_sha256,
            "message": text(manifest, words),
            "signature": base64.b64encode(signature).decode(),
        }
    )


def holds(manifest: Manifest, words: Words, signature: bytes) -> bool:
    """Whether this is a signature of the key over the line, in an encoding that wallets use."""
    try:
        line = text(manifest, words)
        return offchain_message.verify_text(line, words.signer, signature) is not None
    except ValueError:
        return False


def checked(manifest: Manifest, words: Words, signature: bytes) -> bytes:
    """The file of a signature that holds.

    Raises:
        CannotSign: it is not one of this key over this line.
    """
    if not holds(manifest, words, signature):
        raise CannotSign(
            f"this is no signature of {words.signer} over the line that --detached prints: sign "
            "exactly that, as an off-chain message, with the same options"
        )
    return file_of(manifest, words, signature)
