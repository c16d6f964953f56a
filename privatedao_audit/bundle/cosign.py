"""Add a signature to a bundle: only to one that verifies, and without touching anything else."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.bundle import container, manifest, signing
from privatedao_audit.bundle.errors import CannotSign
from privatedao_audit.bundle.verify import Report, verify


@dataclass(frozen=True, slots=True)
class Pending:
    """A bundle that is about to be signed.

    Attributes:
        report: what its verification came to; nothing was refused.
        message: the exact bytes to sign.
    """

    report: Report
    words: signing.Words
    message: bytes
    _entries: dict[str, container.Entry]
    _manifest: manifest.Manifest

    def attach(self, signature: bytes) -> bytes:
        """The bundle with this signature, 64 bytes over ``message``, beside its manifest.

        Raises:
            CannotSign: the signature does not hold, or the key said something else before.
        """
        name = self.words.name
        data = signing.envelope(self._manifest, self.words, signature)
        there = self._entries.get(name)
        if there is not None and there.data != data:
            raise CannotSign(
                f"{self.words.signer} signed this bundle as {self.words.role} already, with "
                "another opinion: sign a copy without that signature"
            )
        entries = {name: container.entry(name, data), **self._entries}
        return container.write(entries.values())


def prepare(raw: bytes, signer: str, role: signing.Role, disagrees: str | None) -> Pending:
    """Verify a bundle and make the statement that a key would sign.

    Args:
        signer: public key, base58.
        disagrees: the reason of a disagreement with the verdict; None: agrees.

    Raises:
        CannotSign: the bundle does not verify, or the key signed it in the other role.
    """
    report = verify(raw)
    if not report.ok or report.verdict is None:
        raise CannotSign("the bundle does not verify: " + report.problems[0][1])
    for one in report.signatures:
        if one.words.signer == signer and one.words.role is not role:
            raise CannotSign(
                f"{signer} signed this bundle as {one.words.role}; one key signs in one role"
            )
    reason = signing.checked_reason(disagrees) if disagrees is not None else None
    words = signing.Words(signer, role, report.verdict["word"], reason)
    entries = container.read(raw)
    listed = manifest.check({name: one.data for name, one in entries.items()})
    return Pending(report, words, signing.to_sign(listed, words), entries, listed)
