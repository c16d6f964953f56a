"""Add a signature to a bundle: only to one that verifies, and without touching anything else."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.bundle import container, layout, manifest, offchain, signing, statements
from privatedao_audit.bundle.errors import BadBundle, CannotSign
from privatedao_audit.bundle.verify import Report, verify
from privatedao_audit.model import canonical


@dataclass(frozen=True, slots=True)
class Pending:
    """A bundle that is about to be signed.

    Attributes:
        report: what its verification came to; nothing was refused.
        message: the exact bytes to sign; for a hardware wallet, the text of the off-chain message.
    """

    report: Report
    words: signing.Words
    message: bytes
    _entries: dict[str, container.Entry]
    _manifest: manifest.Manifest
    _annotations: bytes | None = None

    def attach(self, signature: bytes) -> bytes:
        """The bundle with this signature, 64 bytes over ``message``, beside its manifest.

        Annotations that it covers lie beside it.

        Raises:
            CannotSign: the signature does not hold, or the key said something else before.
        """
        name = self.words.name
        make = signing.envelope
        if self.words.means is signing.Means.OFFCHAIN:
            make = offchain.checked
        data = make(self._manifest, self.words, signature)
        there = self._entries.get(name)
        if there is not None and there.data != data:
            raise CannotSign(
                f"{self.words.signer} signed this bundle as {self.words.role} already, with "
                "another opinion: sign a copy without that signature"
            )
        entries = {name: container.entry(name, data), **self._entries}
        if self._annotations is not None:
            place = layout.annotations_of(name)
            entries[place] = container.entry(place, self._annotations)
        return container.write(entries.values())


def prepare(
    raw: bytes,
    signer: str,
    role: signing.Role,
    disagrees: str | None,
    *,
    annotations: bytes | None = None,
    means: signing.Means = signing.Means.DSSE,
) -> Pending:
    """Verify a bundle and make the statement that a key would sign.

    Args:
        signer: public key, base58.
        disagrees: the reason of a disagreement with the verdict; None: agrees.
        annotations: the content of an auditor's annotations file, which the signature covers.
        means: what is signed.

    Raises:
        CannotSign: the bundle does not verify, the key signed it in the other role or by other
            means, or the annotations are not sound or contradict the opinion.
    """
    report = verify(raw)
    if not report.ok or report.verdict is None:
        raise CannotSign("the bundle does not verify: " + report.problems[0][1])
    for one in report.signatures:
        if one.words.signer == signer and one.words.role is not role:
            raise CannotSign(
                f"{signer} signed this bundle as {one.words.role}; one key signs in one role"
            )
        if one.words.signer == signer and one.words.means is not means:
            raise CannotSign(
                f"{signer} signed this bundle already, by other means; one signature is enough"
            )
    reason = signing.checked_reason(disagrees) if disagrees is not None else None
    entries = container.read(raw)
    files = {name: one.data for name, one in entries.items()}
    listed = manifest.check(files)
    word = report.verdict["word"]
    words = signing.Words(
        signer, role, word, reason, means,
        None if annotations is None else canonical.sha256(annotations),
    )  # fmt: skip
    if annotations is not None:
        words = _annotated(words, annotations, files[layout.FINDINGS])
    elif layout.annotations_of(words.name) in entries:
        raise CannotSign(f"{signer} signed this bundle with annotations: name the same ones")
    message = signing.to_sign(listed, words)
    if means is signing.Means.OFFCHAIN:
        message = offchain.text(listed, words).encode("ascii")
    return Pending(report, words, message, entries, listed, annotations)


def _annotated(words: signing.Words, raw: bytes, findings: bytes) -> signing.Words:
    """The words with the annotations that they cover."""
    if words.role is not signing.Role.AUDITOR:
        raise CannotSign("annotations are an auditor's: sign with --role auditor")
    found = manifest.object_of(findings, layout.FINDINGS, "findings")
    try:
        given, leaves = statements.annotated(raw, "the annotations", found)
    except BadBundle as error:
        raise CannotSign(str(error)) from None
    if words.disagrees is None and leaves != words.verdict:
        raise CannotSign(
            f"the annotations leave {leaves}, and the findings {words.verdict}: say so with "
            "--disagree REASON"
        )
    return words.with_annotations(given, leaves)
