"""The salts of a public form, which stay with their owner, and showing single texts with them.

Whoever has an entry of the file can show that a token stands for its text; whoever has none can't
even try. To show one field to one reader, hand over that one entry.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from privatedao_audit.bundle.errors import BadBundle, CannotBundle
from privatedao_audit.bundle.manifest import object_of, require_schema
from privatedao_audit.bundle.public.words import SALT_BYTES, Word, same, salted, token_of
from privatedao_audit.model import canonical

SCHEMA_NAME: Final = "privatedao-audit/salts"
SCHEMA_VERSION: Final = 1
MAX_BYTES: Final = 16 * 2**20


class Salts:
    """Salt for each text: those of an earlier public form, and new ones for what is new."""

    def __init__(self, known: Mapping[str, bytes] | None = None) -> None:
        self._known = dict(known or {})

    def of(self, text: str) -> bytes:
        """The salt of a text, 32 bytes; random where it has none yet."""
        return self._known.setdefault(same(text), secrets.token_bytes(SALT_BYTES))


def read(path: Path) -> Salts:
    """The salts in a file; none where there is no such file.

    Raises:
        CannotBundle: it is another file.
    """
    if not path.exists():
        return Salts()
    try:
        with path.open("rb") as file:
            entries = _entries(file.read(MAX_BYTES + 1), path.name)
    except OSError as error:
        raise CannotBundle(f"{path}: can't be read: {error.strerror}") from None
    except BadBundle as error:
        raise CannotBundle(f"{path} is no file of salts: {error}") from None
    return Salts({same(text): salt for _token, salt, text in entries})


def write(path: Path, words: Iterable[Word]) -> None:
    """Write the salts of these words, readable by their owner alone.

    Raises:
        CannotBundle: disk full, no permission, or the like.
    """
    rows = [
        {
            "token": word.token,
            "salt": word.salt.hex(),
            "text": word.text,
            "fields": [place.as_json() for place in word.places],
        }
        for word in sorted(words, key=lambda word: word.token)
    ]
    schema = {"name": SCHEMA_NAME, "version": SCHEMA_VERSION}
    text = json.dumps({"schema": schema, "texts": rows}, ensure_ascii=False, indent=1) + "\n"
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(text.encode("utf-8"))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CannotBundle(f"{path}: can't be written: {error.strerror}") from None


def shown(raw: bytes, name: str, redactions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What entries of a file of salts show: text and the fields it stands in.

    Args:
        redactions: the content of redactions.json of a public form that verified.

    Raises:
        BadBundle: of stage ``redactions``: malformed, of another public form, or a text that is
            not the one withheld.
    """
    withheld = {row["token"]: row for row in redactions["texts"]}
    found = []
    for token, salt, text in _entries(raw, name):
        if token not in withheld:
            raise _bad(f"{token} is withheld nowhere in this bundle")
        if salted(salt, text) != withheld[token]["sha256"]:
            raise _bad(f"{token} does not stand for that text: its salted hash is another")
        fields = [
            f"{one['field']} of row {one['row']} of {one['file']}"
            for one in withheld[token]["fields"]
        ]
        found.append((text, ", ".join(fields)))
    return found


def _entries(raw: bytes, name: str) -> list[tuple[str, bytes, str]]:
    """Token, salt and text of each entry."""
    try:
        value = json.loads(raw) if len(raw) <= MAX_BYTES else None
        plain = canonical.dump_file(value) if isinstance(value, dict) else b""
    except (ValueError, RecursionError):
        plain = b""
    if not plain:
        raise _bad(f"{name} holds no object of JSON")
    value = object_of(plain, name, "redactions")
    require_schema(value, SCHEMA_NAME, SCHEMA_VERSION, name, "redactions")
    rows = value.get("texts")
    found = []
    for row in rows if isinstance(rows, list) else [None]:
        members = [row.get(key) if isinstance(row, dict) else None for key in
                   ("token", "salt", "text")]  # fmt: skip
        token, salt, text = members
        if not (isinstance(token, str) and isinstance(salt, str) and isinstance(text, str)):
            raise _bad(f"{name}: an entry lacks token, salt or text")
        try:
            salted_by = bytes.fromhex(salt)
        except ValueError:
            salted_by = b""
        if len(salted_by) != SALT_BYTES or token_of(salted(salted_by, text)) != token:
            raise _bad(f"{name}: the salt of {token[:40]!a} and its text don't give the token")
        found.append((token, salted_by, text))
    return found


def _bad(why: str) -> BadBundle:
    return BadBundle("redactions", why)
