"""Annotations that are sound, and how an auditor signs a bundle with them."""

from __future__ import annotations

from bundle_samples import AUDITOR

from privatedao_audit.bundle import cosign
from privatedao_audit.bundle.signing import Means, Role
from privatedao_audit.chain import offchain_message

HEAD = """
schema = 1
[auditor]
name = "A. Auditor"
organisation = "Two Eyes Ltd"
[scope]
covers = "Custody and release, by replay."
[[notes]]
text = "The vault's history was read twice."
control = "UA-01"
"""
LOWER = """
[[lowered]]
control = "UA-01"
status = "UNKNOWN"
reason = "One signer could not be reached."
"""
GOOD = (HEAD + LOWER).encode()


def prepared(
    raw: bytes, text: bytes | None, means: Means = Means.DSSE, reason: str | None = None
) -> cosign.Pending:
    key = str(AUDITOR.pubkey())
    return cosign.prepare(raw, key, Role.AUDITOR, reason, annotations=text, means=means)


def attached(pending: cosign.Pending, form: int = 0) -> bytes:
    message = pending.message
    if pending.words.means is Means.OFFCHAIN:
        message = offchain_message.OffchainMessage(message.decode("ascii"), form).encode()
    return pending.attach(bytes(AUDITOR.sign_message(message)))
