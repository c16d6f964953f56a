"""What a public form says that it withholds, held against its files, its target and its records.

A hash of a withheld body can't be recomputed by a reader, so it is never called checked. What can
be checked is that nothing else is withheld: only answers of the checkout, only in one of four
forms, only for fields of files that the target declares as lists or pages of contacts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.manifest import Manifest, object_of, require_schema
from privatedao_audit.bundle.public.words import token_of
from privatedao_audit.model import canonical

SCHEMA_NAME: Final = "privatedao-audit/redactions"
SCHEMA_VERSION: Final = 1
TOKEN: Final = re.compile(r"withheld-[0-9a-f]{16}")
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Token = Annotated[str, Field(pattern=r"^withheld-[0-9a-f]{16}$")]


class _Exact(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Declared(_Exact):
    """A field of a personal file."""

    file: str
    part: str
    row: Annotated[int, Field(ge=1)]
    field: str


class Text(_Exact):
    """A text that is withheld: its token, its salted hash, the fields that declare it."""

    token: Token
    sha256: Sha256
    fields: Annotated[list[Declared], Field(min_length=1)]


class Visible(_Exact):
    """A text that stands elsewhere in plain, and where."""

    token: Token
    where: str


class Document(_Exact):
    """A body that is withheld, by its SHA-256, and what stands for it."""

    sha256: Sha256
    form: Literal["contacts", "text", "whole", "answer"]
    redacted_sha256: Sha256
    tokens: list[Token]


class LeftOut(_Exact):
    """A file of the private bundle that the public form does not have."""

    path: str
    reason: Annotated[str, Field(min_length=1)]


class _Redactions(_Exact):
    texts: list[Text]
    visible: list[Visible]
    documents: list[Document]
    left_out: list[LeftOut]


@dataclass(frozen=True, slots=True)
class Redactions:
    """What a public form withholds.

    Attributes:
        made_from: digest of the private bundle, as the maker of the public form states it.
        texts: token → what it stands for.
        documents: SHA-256 of a body → what stands for it.
        left_out: files of the private bundle that are not here.
        visible: texts that stand elsewhere in plain.
    """

    made_from: str
    texts: dict[str, Text]
    documents: dict[str, Document]
    left_out: tuple[LeftOut, ...]
    visible: tuple[Visible, ...]

    def fields(self) -> Iterator[tuple[Declared, str]]:
        """Every field that is withheld, and its token."""
        for one in self.texts.values():
            for field in one.fields:
                yield field, one.token

    def told(self) -> str:
        """What is withheld, in one sentence."""
        fields = list(self.fields())
        files = {field.file for field, _ in fields}
        others = sum(one.form != "contacts" for one in self.documents.values())
        more = f", and {_plural(others, 'other answer')} that hold them too" if others else ""
        return (
            f"public form: {_plural(len(fields), 'field')} of {_plural(len(files), 'document')} "
            f"withheld{more}; evidence root unchanged"
        )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def read(files: Mapping[str, bytes], manifest: Manifest) -> Redactions | None:
    """What the bundle says that it withholds; None where it is no public form.

    Raises:
        BadBundle: of stage ``redactions``: something is withheld in a bundle that is no public
            form, or redactions.json is not exact.
    """
    there = {name for name in files if layout.is_withheld(name)}
    if manifest.public_form_of is None:
        if there or layout.REDACTIONS in files:
            raise bad("something is withheld, and the manifest does not say of which bundle")
        return None
    if layout.REDACTIONS not in files:
        raise bad("redactions.json is missing, so nobody knows what the public form withholds")
    value = object_of(files[layout.REDACTIONS], layout.REDACTIONS, "redactions")
    require_schema(value, SCHEMA_NAME, SCHEMA_VERSION, layout.REDACTIONS, "redactions")
    try:
        found = _Redactions.model_validate({k: v for k, v in value.items() if k != "schema"})
    except (ValidationError, RecursionError):
        raise bad("redactions.json does not have the shape of a list of redactions") from None
    texts = {one.token: one for one in found.texts}
    documents = {one.sha256: one for one in found.documents}
    if list(texts) != sorted(texts) or len(texts) != len(found.texts):
        raise bad("redactions.json lists a text twice, or out of order")
    if any(one.token != token_of(one.sha256) for one in found.texts):
        raise bad("a token in redactions.json is not that of its salted hash")
    if len(documents) != len(found.documents):
        raise bad("redactions.json lists a document twice")
    if there != {layout.withheld(digest) for digest in documents}:
        raise bad("what lies under withheld/ is not what redactions.json lists")
    for digest, document in documents.items():
        if canonical.sha256(files[layout.withheld(digest)]) != document.redacted_sha256:
            raise bad(f"the redacted form of {digest} is not the one listed")
        if f"blobs/{digest}" in files:
            raise bad(f"{digest} is called withheld, and lies under blobs/ as well")
        if document.tokens != sorted(set(document.tokens) & set(texts)):
            raise bad(f"the redacted form of {digest} names a token that is not listed")
    for one in found.left_out:
        if one.path in files or not (one.path.endswith(".pdf") and layout.is_covered(one.path)):
            raise bad(f"{one.path[:100]!a} is called left out, and only PDFs can be")
    for seen in found.visible:
        if seen.token not in texts:
            raise bad("a text is called visible that is not listed")
    return Redactions(
        manifest.public_form_of, texts, documents, tuple(found.left_out), tuple(found.visible)
    )


def bad(why: str) -> BadBundle:
    """A refusal of this stage."""
    return BadBundle("redactions", why)


def members(value: Any, names: set[str]) -> bool:
    """Whether a value is an object with exactly these members."""
    return isinstance(value, dict) and set(value) == names
