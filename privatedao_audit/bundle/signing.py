"""Signatures of a bundle: an in-toto Statement in a DSSE envelope, Ed25519, one file per signer.

The statement names every file of the manifest, and the manifest itself, with its hash; so a
signature covers findings, evidence and reports alike and can be checked by any DSSE tool. It
lies beside the manifest: adding one changes no covered byte. It holds no time: what a signer
says about the clock proves nothing, and the same words signed twice are the same bytes.

Sources: in-toto/attestation, spec/v1/statement.md and envelope.md; secure-systems-lab/dsse,
protocol.md (pre-authentication encoding); RFC 8032 for Ed25519, verified strictly.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import BadBundle, CannotSign
from privatedao_audit.bundle.manifest import Manifest, object_of
from privatedao_audit.model import canonical
from privatedao_audit.model.annotations import Annotations

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:privatedao-audit:bundle-signature:1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_REASON = 2_000
_MAX_KEYPAIR = 4_096


class Role(StrEnum):
    """As what somebody signs."""

    TEAM = "team"
    AUDITOR = "auditor"


class Means(StrEnum):
    """What is signed: a statement in an envelope, or a line that a hardware wallet shows."""

    DSSE = "dsse"
    OFFCHAIN = "offchain"


@dataclass(frozen=True, slots=True)
class Words:
    """What one signer says of a bundle.

    Attributes:
        signer: public key, base58.
        disagrees: why the signer does not agree with the verdict; None: agrees.
        annotations_sha256: of the annotations that the signature covers; None: there are none.
        annotations: the same, once they were read.
        leaves: the verdict that the annotations leave; None: there are none.
    """

    signer: str
    role: Role
    verdict: str
    disagrees: str | None = None
    means: Means = Means.DSSE
    annotations_sha256: str | None = None
    annotations: Annotations | None = None
    leaves: str | None = None

    @property
    def name(self) -> str:
        """The file of the bundle that holds the signature."""
        return f"signatures/{self.role.value}-{self.signer}.{self.means.value}.json"

    def with_annotations(self, given: Annotations, leaves: str) -> Words:
        """The same words, with the content of the annotations that they cover."""
        return replace(self, annotations=given, leaves=leaves)


def payload(manifest: Manifest, words: Words) -> bytes:
    """The statement, canonical JSON without a trailing newline."""
    subjects = {**manifest.files, layout.MANIFEST: manifest.bundle_digest}
    if words.annotations_sha256 is not None:
        subjects[layout.annotations_of(words.name)] = words.annotations_sha256
    return canonical.dumps(
        {
            "_type": STATEMENT_TYPE,
            "subject": [
                {"name": name, "digest": {"sha256": digest}}
                for name, digest in sorted(subjects.items())
            ],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "signer": words.signer,
                "role": words.role.value,
                "opinion": "agrees" if words.disagrees is None else "disagrees",
                "reason": words.disagrees,
                "verdict": words.verdict,
                "bundle_digest": manifest.bundle_digest,
                "evidence_root": manifest.evidence_root,
            },
        }
    )


def to_sign(manifest: Manifest, words: Words) -> bytes:
    """The bytes that are signed: the pre-authentication encoding of type and statement."""
    body = payload(manifest, words)
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def envelope(manifest: Manifest, words: Words, signature: bytes) -> bytes:
    """The file of a signature.

    Raises:
        CannotSign: the signature is not one of this key over these bytes.
    """
    if not holds(words.signer, signature, to_sign(manifest, words)):
        raise CannotSign(
            f"this is no signature of {words.signer} over this bundle with this role and opinion: "
            "sign exactly the bytes that --detached prints, with the same options"
        )
    return canonical.dump_file(
        {
            "payload": base64.b64encode(payload(manifest, words)).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [
                {"keyid": words.signer, "sig": base64.b64encode(signature).decode()},
            ],
        }
    )


def opened(
    name: str, raw: bytes, manifest: Manifest, verdict: str, annotations: str | None = None
) -> Words:
    """What a signature file says, once the signature holds and covers exactly this bundle.

    Args:
        verdict: the word in findings.json.
        annotations: SHA-256 of the annotations of this key in the bundle; None: there are none.

    Raises:
        BadBundle: malformed, of another bundle, of another key or role than its name says, or
            not a valid signature.
    """
    value = object_of(raw, name, "signatures")
    rows = value.get("signatures")
    if (
        set(value) != {"payload", "payloadType", "signatures"}
        or value["payloadType"] != PAYLOAD_TYPE
        or not isinstance(rows, list)
        or len(rows) != 1
        or not isinstance(rows[0], dict)
        or set(rows[0]) != {"keyid", "sig"}
        or not isinstance(rows[0]["keyid"], str)
    ):
        raise _bad(f"{name} is not an envelope of one signature over an in-toto statement")
    body, signature = from_base64(value["payload"], name), from_base64(rows[0]["sig"], name)
    said = object_of(body + b"\n", f"the statement in {name}", "signatures").get("predicate")
    words = words_of(said, verdict, Means.DSSE, annotations)
    if words is None:
        raise _bad(f"{name} does not say who signs as what, and whether they agree")
    if words.name != name or rows[0]["keyid"] != words.signer:
        raise _bad(f"{name} holds the statement of another key or role than its name says")
    if body != payload(manifest, words):
        raise _bad(f"{name} covers another bundle, not this one: files, digests or verdict differ")
    if not holds(words.signer, signature, to_sign(manifest, words)):
        raise _bad(f"{name}: the signature is not one of {words.signer} over this statement")
    return words


def holds(signer: str, signature: bytes, message: bytes) -> bool:
    """Whether this is a valid Ed25519 signature of the key (base58) over the message, strictly."""
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    try:
        return Signature.from_bytes(signature).verify(Pubkey.from_string(signer), message)
    except ValueError:
        return False


def is_key(text: str) -> bool:
    """Whether the text is a public key in base58, written in the one way it can be."""
    from solders.pubkey import Pubkey

    try:
        return str(Pubkey.from_string(text)) == text
    except ValueError:
        return False


class Key:
    """A key pair that signs. It shows its public half only, in messages and when printed."""

    def __init__(self, path: Path) -> None:
        """Read a key pair as the Solana command line writes it: a JSON list of 64 bytes.

        Raises:
            CannotSign: it can't be read or is none. The message holds nothing of the content.
        """
        from solders.keypair import Keypair

        try:
            if not path.is_file():
                raise CannotSign(f"{path}: there is no such file")
            with path.open("rb") as file:
                raw = file.read(_MAX_KEYPAIR + 1)
        except OSError as error:
            raise CannotSign(f"{path}: can't be read: {error.strerror}") from None
        pair = None
        try:
            value = json.loads(raw) if len(raw) <= _MAX_KEYPAIR else None
            if isinstance(value, list) and len(value) == 64 and all(map(_is_byte, value)):
                pair = Keypair.from_bytes(bytes(value))
        except (ValueError, RecursionError):
            # Their messages repeat what they could not read.
            pair = None
        if pair is None:
            raise CannotSign(
                f"{path} is no key pair: a JSON list of 64 numbers is expected, whose second half "
                "is the public key of the first, as solana-keygen writes it"
            )
        self._pair = pair

    @property
    def public(self) -> str:
        """The public key, base58."""
        return str(self._pair.pubkey())

    def sign(self, message: bytes) -> bytes:
        """The signature over a message, 64 bytes."""
        return bytes(self._pair.sign_message(message))

    def __repr__(self) -> str:
        return f"Key({self.public})"


def checked_reason(text: str) -> str:
    """The reason of a disagreement, fit to be signed.

    Raises:
        CannotSign: empty, too long, or not text.
    """
    reason = canonical.well_formed(text).strip()
    if not reason or len(reason) > MAX_REASON:
        raise CannotSign(f"a disagreement needs a reason of 1 to {MAX_REASON} characters")
    return reason


def words_of(said: Any, verdict: str, means: Means, annotations: str | None) -> Words | None:
    """Signer, role and opinion out of what a file says; None where they are not well-formed."""
    if not isinstance(said, dict):
        return None
    signer, role, reason = said.get("signer"), said.get("role"), said.get("reason")
    if not isinstance(signer, str) or not is_key(signer) or role not in tuple(Role):
        return None
    if said.get("opinion") == "agrees" and reason is None:
        return Words(signer, Role(role), verdict, None, means, annotations)
    if said.get("opinion") != "disagrees" or not isinstance(reason, str):
        return None
    if not reason.strip() or len(reason) > MAX_REASON:
        return None
    return Words(signer, Role(role), verdict, reason, means, annotations)


def from_base64(text: Any, name: str) -> bytes:
    """The bytes of standard base64.

    Raises:
        BadBundle: it is none, or another spelling of it.
    """
    try:
        raw = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        raw = None
    # One encoding per value: unused bits set would be a second spelling.
    if raw is None or base64.b64encode(raw).decode() != text:
        raise _bad(f"{name} holds something that is not base64")
    return raw


def _is_byte(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 255


def _bad(why: str) -> BadBundle:
    return BadBundle("signatures", why)
