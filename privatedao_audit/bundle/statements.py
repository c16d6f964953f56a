"""What lies beside the manifest: signatures of either kind, and annotations that they cover.

A signature either agrees with the verdict or says why not. An auditor's annotations that leave
another verdict than the one found can't go with a signature that agrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from privatedao_audit.bundle import layout, offchain, signing
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.manifest import Manifest, object_of, require_schema
from privatedao_audit.bundle.signing import Means, Words
from privatedao_audit.model import annotations as notes
from privatedao_audit.model import canonical


def said(
    name: str, files: Mapping[str, bytes], manifest: Manifest, found: Mapping[str, Any]
) -> Words:
    """What a signature file says, once it holds and covers exactly this bundle.

    Args:
        found: the content of findings.json, which is sound.

    Raises:
        BadBundle: malformed, of another bundle, of another key or role than its name says, not
            a valid signature, or its annotations are not sound.
    """
    word = found["verdict"]["word"]
    beside = layout.annotations_of(name)
    raw = files.get(beside)
    digest = None if raw is None else canonical.sha256(raw)
    if name.endswith(f".{Means.OFFCHAIN}.json"):
        words = _offchain(name, files[name], manifest, word, digest)
    else:
        words = signing.opened(name, files[name], manifest, word, digest)
    if raw is not None:
        given, due = annotated(raw, beside, found)
        if words.disagrees is None and due != word:
            raise _bad(
                f"{name} agrees with {word}, and its annotations leave {due}: one of them is wrong"
            )
        words = words.with_annotations(given, due)
    return words


def annotated(
    raw: bytes, where: str, found: Mapping[str, Any]
) -> tuple[notes.Annotations, str]:
    """Annotations, and the verdict that they leave.

    Raises:
        BadBundle: malformed, or they would raise a status.
    """
    try:
        given = notes.parse(raw, where)
        return given, notes.verdict_with(given, found)
    except notes.BadAnnotations as error:
        why = str(error)
        raise _bad(why if why.startswith(where) else f"{where}: {why}") from None


def unsigned(files: Iterable[str]) -> list[str]:
    """Annotations in a bundle that no signature file could cover."""
    names = set(files)
    covered = {layout.annotations_of(name) for name in names if layout.is_signature(name)}
    return sorted(name for name in names if layout.is_annotations(name) and name not in covered)


def _offchain(
    name: str, raw: bytes, manifest: Manifest, verdict: str, digest: str | None
) -> Words:
    value = object_of(raw, name, "signatures")
    require_schema(value, offchain.SCHEMA_NAME, offchain.SCHEMA_VERSION, name, "signatures")
    words = signing.words_of(value, verdict, Means.OFFCHAIN, digest)
    if words is None:
        raise _bad(f"{name} does not say who signs as what, and whether they agree")
    if words.name != name:
        raise _bad(f"{name} holds the words of another key or role than its name says")
    signature = signing.from_base64(value.get("signature"), name)
    if offchain.file_of(manifest, words, signature) != raw:
        raise _bad(f"{name} covers another bundle, not this one: message or members differ")
    if not offchain.holds(manifest, words, signature):
        raise _bad(f"{name}: the signature is not one of {words.signer} over its message")
    return words


def _bad(why: str) -> BadBundle:
    return BadBundle("signatures", why)
