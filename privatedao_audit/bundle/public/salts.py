"""The salts of a public form, which stay with their owner, and showing single texts with them.

Whoever has an entry of the file can show that a token stands for its text; whoever has none can't
even try. To show one field to one reader, hand over that one entry.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from privatedao_audit.bundle import container, layout
from privatedao_audit.bundle.errors import BadBundle, CannotBundle
from privatedao_audit.bundle.manifest import object_of, require_schema
from privatedao_audit.bundle.public.words import SALT_BYTES, Word, salted, same, token_of
from privatedao_audit.model import canonical

SCHEMA_NAME: Final = "privatedao-audit/salts"
SCHEMA_VERSION: Final = 1
MAX_BYTES: Final = 16 * 2**20
_MEMBERS: Final = ("token", "salt", "text")


class Salts:
    """Salt for each text: those of an earlier public form, and new ones for what is new."""

    def __init__(self, earlier: Iterable[Mapping[str, Any]] = ()) -> None:
        """Args:
        earlier: rows of a file of salts: ``token``, ``salt``, ``text`` and ``fields``.
        """
        self.earlier = tuple(earlier)
        self._known = {same(row["text"]): bytes.fromhex(row["salt"]) for row in self.earlier}

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
            return Salts(_entries(file.read(MAX_BYTES + 1), path.name))
    except OSError as error:
        raise CannotBundle(f"{path}: can't be read: {error.strerror}") from None
    except BadBundle as error:
        raise CannotBundle(f"{path} is no file of salts: {error}") from None


def write(path: Path, words: Iterable[Word], salts: Salts) -> None:
    """Write the salts of these words, and those that were there, readable by their owner alone.

    Raises:
        CannotBundle: disk full, no permission, or the like.
    """
    rows = {str(row["token"]): dict(row) for row in salts.earlier}
    for word in words:
        rows[word.token] = {
            "token": word.token,
            "salt": word.salt.hex(),
            "text": word.text,
            "fields": [place.as_json() for place in word.places],
        }
    schema = {"name": SCHEMA_NAME, "version": SCHEMA_VERSION}
    whole = {"schema": schema, "texts": [rows[token] for token in sorted(rows)]}
    text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(text.encode("utf-8"))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CannotBundle(f"{path}: can't be written: {error.strerror}") from None


def shown(raw: bytes, name: str, bundle: bytes) -> list[tuple[str, str]]:
    """What entries of a file of salts show: text and the fields it stands in.

    Args:
        bundle: a public form that verified.

    Raises:
        BadBundle: of stage ``redactions``: malformed, of another public form, or a text that is
            not the one withheld.
    """
    files = container.read(bundle)
    if layout.REDACTIONS not in files:
        raise _bad("the bundle is no public form, so nothing in it is withheld")
    value = object_of(files[layout.REDACTIONS].data, layout.REDACTIONS, "redactions")
    withheld: dict[str, dict[str, Any]] = {row["token"]: row for row in value["texts"]}
    found = []
    for row in _entries(raw, name):
        token, text = row["token"], row["text"]
        if token not in withheld:
            raise _bad(f"{token} is withheld nowhere in this bundle")
        if salted(bytes.fromhex(row["salt"]), text) != withheld[token]["sha256"]:
            raise _bad(f"{token} does not stand for that text: its salted hash is another")
        first, *others = withheld[token]["fields"]
        more = f" and {len(others)} other fields" if others else ""
        found.append((text, f"{first['field']} of row {first['row']} of {first['file']}{more}"))
    return found


def _entries(raw: bytes, name: str) -> list[dict[str, Any]]:
    """The entries of a file of salts: each token is that of its salt and text."""
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
    found: list[dict[str, Any]] = rows if isinstance(rows, list) else [{}]
    for row in found:
        texts = [row.get(key) if isinstance(row, dict) else None for key in _MEMBERS]
        if not all(isinstance(one, str) for one in texts):
            raise _bad(f"{name}: an entry lacks token, salt or text")
        token, salt, text = map(str, texts)
        sound = re.fullmatch(f"[0-9a-f]{{{2 * SALT_BYTES}}}", salt) is not None
        if not sound or token_of(salted(bytes.fromhex(salt), text)) != token:
            raise _bad(f"{name}: the salt of {token[:40]!a} and its text don't give the token")
    return found


def _bad(why: str) -> BadBundle:
    return BadBundle("redactions", why)
