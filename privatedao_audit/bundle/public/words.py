"""Words that are withheld: the token that stands for each, and every spelling it is found in.

A token is ``withheld-`` and the first 16 hexadecimal digits of SHA-256(salt ‖ text), the text in
UTF-8. The salt is 32 random bytes for each text and is no part of any bundle: without it nobody
can try all telephone numbers, and with it the owner can show one text to one reader.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from privatedao_audit.view.text import visible

SALT_BYTES: Final = 32
_TOKEN_DIGITS: Final = 16
#: Shorter names can't be told from parts of the text around them.
SHORTEST: Final = 3
#: Shorter texts stand in base64 by accident.
_SHORTEST_PACKED: Final = 6
_GAP: Final = r"\s+"
_PHONE: Final = re.compile(r"\+?[0-9()./\s-]*")
_FEWEST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text is declared as personal.

    Attributes:
        file: path in the checkout.
        part: the part that the file plays.
        row: number of the row in that part, from 1.
        field: name of the field.
    """

    file: str
    part: str
    row: int
    field: str

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "part": self.part, "row": self.row, "field": self.field}

    def __str__(self) -> str:
        return f"{self.field} of row {self.row} of {self.file} ({self.part})"


@dataclass(frozen=True, slots=True)
class Word:
    """One text that is withheld, wherever it is declared.

    Attributes:
        text: as it is declared first, without blanks around it.
        salt: 32 bytes.
        contact: whether it is a way to reach somebody, or else a name.
        places: where it is declared.
        digests: short digests by which the facts of the run know it.
    """

    # Neither shows in a traceback.
    text: str = field(repr=False)
    salt: bytes = field(repr=False)
    contact: bool
    places: tuple[Place, ...]
    digests: frozenset[str] = field(repr=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of salt and text, 64 hexadecimal digits."""
        return salted(self.salt, self.text)

    @property
    def token(self) -> str:
        return token_of(self.sha256)


def salted(salt: bytes, text: str) -> str:
    """SHA-256 of a salt and a text in UTF-8, hexadecimal."""
    return hashlib.sha256(salt + text.encode("utf-8")).hexdigest()


def token_of(sha256: str) -> str:
    """What stands for a text of this salted hash."""
    return f"withheld-{sha256[:_TOKEN_DIGITS]}"


def same(text: str) -> str:
    """What two spellings of one text have in common."""
    return " ".join(text.casefold().split())


class Finder:
    """Finds words in text, in any of the spellings in which files of a bundle write them."""

    def __init__(self, words: Iterable[Word], *, digests: Mapping[str, str] | None = None) -> None:
        """Args:
        words: to be found; of two that overlap the longer one wins.
        digests: short hexadecimal digest → the token to put in its place.
        """
        ordered = sorted(words, key=lambda word: (-len(word.text), word.text))
        self._words = {f"w{number}": word for number, word in enumerate(ordered)}
        self._digests = dict(digests or {})
        sources = [f"(?P<{name}>{_source(word)})" for name, word in self._words.items()]
        if self._digests:
            known = "|".join(map(re.escape, sorted(self._digests)))
            sources.append(f"(?<![0-9a-z])(?P<digest>{known})(?![0-9a-z])")
        self._pattern = re.compile("|".join(sources), re.IGNORECASE) if sources else None

    def replace(self, text: str) -> str:
        """The text with a token in the place of every word."""
        return text if self._pattern is None else self._pattern.sub(self._token, text)

    def of(self, text: str) -> set[Word]:
        """The words that a text holds."""
        if self._pattern is None:
            return set()
        found = {one.lastgroup for one in self._pattern.finditer(text)}
        return {self._words[name] for name in found if name in self._words}

    def packed(self, text: str) -> set[Word]:
        """The words that a text holds in base64, at whichever of the three offsets."""
        return {
            word
            for word in self._words.values()
            for form in {word.text, word.text.casefold(), word.text.upper()}
            if len(word.text) >= _SHORTEST_PACKED and any(one in text for one in _base64(form))
        }

    def in_json(self, value: Any) -> Any:
        """A JSON value with tokens in all its texts, names of members among them.

        Raises:
            ValueError: two members of an object would get one name.
        """
        if isinstance(value, str):
            return self.replace(value)
        if isinstance(value, list):
            return [self.in_json(one) for one in value]
        if isinstance(value, dict):
            made = {self.replace(key): self.in_json(one) for key, one in value.items()}
            if len(made) != len(value):
                raise ValueError("two members would get one name")
            return made
        return value

    def _token(self, found: re.Match[str]) -> str:
        name = found.lastgroup or ""
        word = self._words.get(name)
        return self._digests[found[0].casefold()] if word is None else word.token


def _source(word: Word) -> str:
    """A pattern of every spelling; names of one word only as whole words."""
    text = " ".join(word.text.split())
    digits = re.sub(r"\D", "", text)
    if word.contact and _PHONE.fullmatch(text) and len(digits) >= _FEWEST_DIGITS:
        number = r"[\s().\u00a0/-]{0,3}".join(digits)
        return rf"(?<![0-9A-Za-z])(?:\+|00|%2B|&#43;)?{number}(?![0-9A-Za-z])"
    spellings = {text, visible(text), repr(text)[1:-1], text.replace('"', '""')}
    for ascii_only in (True, False):
        spellings.add(json.dumps(text, ensure_ascii=ascii_only)[1:-1])
    for one in tuple(spellings):
        spellings |= {html.escape(one), html.escape(one, quote=False)}
        spellings.add(html.escape(one).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"))
    spellings |= {quote(text), quote(text, safe=""), quote(text, safe="@+")}
    source = "|".join(
        _GAP.join(map(re.escape, one.split(" ")))
        for one in sorted(spellings, key=lambda one: (-len(one), one))
    )
    whole = len(text) <= SHORTEST if word.contact else " " not in text
    before = r"(?<![^\W_])" if whole and text[0].isalnum() else ""
    after = r"(?![^\W_])" if whole and text[-1].isalnum() else ""
    return f"{before}(?:{source}){after}"


def _base64(text: str) -> set[str]:
    """What every base64 text must hold that packs this one, by the place where it begins."""
    raw, found = text.encode("utf-8"), set()
    for offset in range(3):
        packed = base64.b64encode(bytes(offset) + raw).decode("ascii")
        # The first and the last characters share bits with the bytes around.
        inner = packed[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return found
