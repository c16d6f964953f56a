"""Answers of the checkout that hold withheld words, and what stands in a public bundle for each.

Four forms, by what the answer is:

``contacts``  a personal file: what its fields say, tokens for the personal ones, nothing else of
              the file (no comment, no field that the target does not map).
``text``      another file that names somebody: its text with tokens.
``whole``     another file that says how to reach somebody: nothing but the tokens. Its hash stands
              in the records, so that its text around a telephone number would let anyone try them.
``answer``    git's answer with the texts of many documents: each of them as above.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.bundle.public.declared import FIELDS, SHOWN, Personal
from privatedao_audit.bundle.public.words import Finder, Word, same
from privatedao_audit.model import canonical

SCHEMA_NAME: Final = "privatedao-audit/withheld"
SCHEMA_VERSION: Final = 1
#: What a withheld text among the documents of one answer is replaced by.
GONE: Final = "[withheld from the public form]"
BULK: Final = ("git", "documents-at")


@dataclass(frozen=True, slots=True)
class Redacted:
    """What stands for a withheld body.

    Attributes:
        form: contacts, text, whole or answer.
        data: the bytes in the public bundle.
        tokens: the tokens in them.
    """

    form: str
    data: bytes
    tokens: frozenset[str]


def contacts(one: Personal, by_text: Mapping[str, Word], finder: Finder) -> Redacted:
    """The redacted form of a personal file.

    Args:
        by_text: text, as :func:`same` has it → its word.
        finder: finds words that a field which stays readable may hold.
    """
    tokens: set[str] = set()
    parts = []
    for table in one.tables:
        told: list[dict[str, str]] = []
        for row in table.rows:
            kept: dict[str, str] = {
                name: finder.replace(row[name]) for name in SHOWN if name in row
            }
            tokens |= {word.token for name in kept for word in finder.of(row[name])}
            for name in FIELDS[table.part]:
                if row.get(name, "").strip():
                    kept[name] = by_text[same(row[name])].token
            tokens |= {kept[name] for name in FIELDS[table.part] if name in kept}
            told.append(kept)
        parts.append({"file": table.file, "part": table.part, "rows": told})
    return Redacted("contacts", _file({"form": "contacts", "parts": parts}), frozenset(tokens))


def text(data: bytes, finder: Finder) -> Redacted | None:
    """The redacted form of any other answer; None where it holds no withheld word."""
    try:
        said = data.decode("utf-8")
    except UnicodeDecodeError:
        said = data.decode("latin-1")
        found = finder.of(said) | finder.packed(said)
        return _whole(found) if found else None
    packed = finder.packed(said)
    found = finder.of(said) | packed
    if not found:
        return None
    if packed or any(word.contact for word in found):
        return _whole(found)
    return _replaced("text", finder.replace(said).encode("utf-8"), found)


def answer(data: bytes, finder: Finder, personal: frozenset[str]) -> Redacted | None:
    """The redacted form of git's answer with the texts of documents.

    Args:
        personal: paths of the personal files.
    """
    value = json.loads(data)
    # Of a copy the answer names the path whose text it gives.
    paths = {value["copies"].get(path, path) for path in personal}
    hidden = {value["files"][path] for path in paths if path in value["files"]}
    found: set[Word] = set()
    gone = bool(hidden & set(value["texts"]))
    for name, said in value["texts"].items():
        here = finder.of(said) | finder.packed(said)
        if name in hidden or finder.packed(said) or any(word.contact for word in here):
            value["texts"][name], gone = GONE, True
        else:
            found |= here
    found |= finder.of(json.dumps({**value, "texts": {}}, ensure_ascii=False))
    if not found and not gone:
        return None
    return _replaced("answer", canonical.dumps(finder.in_json(value)), found)


def _whole(found: set[Word]) -> Redacted:
    tokens = frozenset(word.token for word in found)
    return Redacted("whole", _file({"form": "whole", "tokens": sorted(tokens)}), tokens)


def _replaced(form: str, data: bytes, found: set[Word]) -> Redacted:
    return Redacted(form, data, frozenset(word.token for word in found))


def _file(value: dict[str, Any]) -> bytes:
    return canonical.dump_file(
        {"schema": {"name": SCHEMA_NAME, "version": SCHEMA_VERSION}, **value}
    )
