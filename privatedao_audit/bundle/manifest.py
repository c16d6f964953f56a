"""The manifest: every file of a bundle with its size and hash. Its own hash names the bundle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.evidence import canonical_bytes
from privatedao_audit.model import canonical

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that its bundle holds to.

    Attributes:
        raw: its bytes, canonical JSON and one newline.
        files: path → SHA-256 (64 hexadecimal digits), sorted by path.
        evidence_root: Merkle root over the records, 64 hexadecimal digits.
        public_form_of: digest of the private bundle of which this is the public form, 64
            hexadecimal digits; None where nothing is withheld.
    """

    raw: bytes
    kit_version: str
    target: str
    evidence_root: str
    files: dict[str, str]
    public_form_of: str | None = None

    @property
    def bundle_digest(self) -> str:
        """SHA-256 of the manifest's bytes: what is signed, and written in no covered file."""
        return canonical.sha256(self.raw)


def make(
    files: Mapping[str, bytes],
    *,
    kit_version: str,
    target: str,
    evidence_root: str,
    public_form_of: str | None = None,
) -> bytes:
    """The bytes of the manifest of these files.

    Args:
        files: path → content, without the manifest and what lies beside it.
        public_form_of: digest of the private bundle, in the manifest of a public form alone.
    """
    public = {} if public_form_of is None else {"public_form_of": public_form_of}
    return canonical.dump_file(
        {
            **public,
            "schema": {"name": layout.SCHEMA_NAME, "version": layout.SCHEMA_VERSION},
            "kit_version": kit_version,
            "target": target,
            "evidence_root": evidence_root,
            "files": [
                {"path": name, "size": len(data), "sha256": canonical.sha256(data)}
                for name, data in sorted(files.items())
            ],
        }
    )


def check(files: Mapping[str, bytes]) -> Manifest:
    """The manifest among these files, after every other file was compared with it.

    Raises:
        BadBundle: it is missing, malformed, of a newer schema, or a file is missing, extra or
            another than listed.
    """
    raw = files.get(layout.MANIFEST)
    if raw is None:
        raise _bad("manifest.json is missing, so nothing says what belongs to the bundle")
    value = object_of(raw, layout.MANIFEST, "manifest")
    require_schema(value, layout.SCHEMA_NAME, layout.SCHEMA_VERSION, "the bundle", "manifest")
    public = value.get("public_form_of")
    due = {"schema", "kit_version", "target", "evidence_root", "files"}
    if set(value) - {"public_form_of"} != due:
        raise _bad("manifest.json does not have the members of a manifest")
    if "public_form_of" in value and not (isinstance(public, str) and _DIGEST.fullmatch(public)):
        raise _bad("manifest.json does not name the bundle of which it is the public form")
    texts = (value["kit_version"], value["target"], value["evidence_root"])
    rows = value["files"]
    if not all(isinstance(one, str) for one in texts) or not isinstance(rows, list):
        raise _bad("manifest.json does not have the members of a manifest")
    covered = {
        name: data
        for name, data in files.items()
        if name != layout.MANIFEST and not layout.is_beside(name)
    }
    # What it must say, said again: a row in another order, shape or number can't pass.
    listed = {row["path"]: row for row in rows if isinstance(row, dict) and _is_text(row, "path")}
    for name in listed:
        if name not in covered:
            raise _bad(f"{name[:100]!a} is listed in the manifest and is not in the bundle")
    for name, data in covered.items():
        row = listed.get(name)
        if row is None:
            raise _bad(f"{name} is in the bundle and is not listed in the manifest")
        if row.get("sha256") != canonical.sha256(data):
            raise _bad(f"{name} is not the file that the manifest lists: its SHA-256 is another")
    kit_version, target, evidence_root = texts
    again = make(
        covered, kit_version=kit_version, target=target, evidence_root=evidence_root,
        public_form_of=public,
    )  # fmt: skip
    if again != raw:
        raise _bad("manifest.json is not the manifest of these files: order, sizes or members")
    absent = sorted(layout.REQUIRED - set(covered))
    if absent:
        raise _bad(f"{absent[0]} is missing, and no bundle can be checked without it")
    digests = {name: listed[name]["sha256"] for name in sorted(covered)}
    return Manifest(raw, kit_version, target, evidence_root, digests, public)


def object_of(raw: bytes, name: str, stage: str) -> dict[str, Any]:
    """The object of a canonical JSON file.

    Raises:
        BadBundle: it is none.
    """
    try:
        if raw[-1:] != b"\n":
            raise canonical_bytes.NotCanonicalBytes("its last byte is not a line feed")
        value = canonical_bytes.loads(raw[:-1])
    except canonical_bytes.NotCanonicalBytes as error:
        raise BadBundle(stage, f"{name}: {error}") from None
    if not isinstance(value, dict):
        raise BadBundle(stage, f"{name} is not a JSON object")
    return value


def require_schema(value: dict[str, Any], name: str, version: int, what: str, stage: str) -> None:
    """Refuse another schema, and say so plainly where it is a later one.

    Raises:
        BadBundle: name or version is not the one given.
    """
    schema = value.get("schema")
    stated = schema.get("version") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or schema.get("name") != name or type(stated) is not int:
        raise BadBundle(stage, f"{what} does not state the schema {name}")
    if stated > version:
        raise BadBundle(
            stage,
            f"{what} has schema {stated}, and this version reads up to {version}: verify it with "
            "the privatedao-audit that made it, or a later one",
        )
    if schema != {"name": name, "version": version}:
        raise BadBundle(stage, f"{what} states a schema that never existed")


def _is_text(row: dict[str, Any], member: str) -> bool:
    return isinstance(row.get(member), str)


def _bad(why: str) -> BadBundle:
    return BadBundle("manifest", why)
