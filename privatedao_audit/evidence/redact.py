"""Keeping configured secrets out of everything that is written or shown.

Two uses: ``clean`` for texts that people will read, ``contains`` for bytes that would be
recorded. A provider may echo a key as it came, percent-encoded, JSON- or HTML-escaped, in hex
or in base64 (as in a Basic authorisation header); all of these are looked for.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, unquote_to_bytes

#: What stands in a text where a secret was.
WITHHELD = "[withheld]"
#: Shorter strings are in every text by chance and are not treated as secrets.
MIN_LENGTH = 4

_JSON_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|([/\"\\]))")


class Redactor:
    """Knows the secrets of a run, in every form in which they may come back.

    Args:
        secrets: strings that may never appear. Those shorter than ``MIN_LENGTH`` are ignored.

    No method raises, whatever it is given.
    """

    __slots__ = ("_needles", "_pattern")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms: set[bytes] = set()
        for secret in secrets:
            if isinstance(secret, str) and len(secret) >= MIN_LENGTH:
                forms |= _forms(secret)
                forms |= _forms(unquote(secret))
        longest_first = sorted(forms, key=lambda f: (-len(f), f))
        # Case does not matter: hosts and some proxies change it, and a miss costs more than
        # a needless withholding.
        self._needles = tuple({form.lower() for form in longest_first})
        self._pattern = (
            re.compile(b"|".join(re.escape(f) for f in longest_first), re.IGNORECASE)
            if longest_first
            else None
        )

    def __repr__(self) -> str:
        return "Redactor(…)"

    def contains(self, data: bytes) -> bool:
        """Whether any secret stands in these bytes, in any of the known forms."""
        if not self._needles or not data:
            return False
        # Substring search, not the pattern: answers of tens of megabytes pass through here.
        for view in _views(bytes(data)):
            lowered = view.lower()
            if any(needle in lowered for needle in self._needles):
                return True
        return False

    def clean(self, text: object) -> str:
        """The text with every secret replaced; wholly replaced where one hides in an encoding.

        Lone surrogates come back visible, as ``\\udXXX``.
        """
        shown = text if isinstance(text, str) else _shown(text)
        data = shown.encode("utf-8", "backslashreplace")
        if self._pattern is None:
            return data.decode("utf-8")
        cleaned = self._pattern.sub(WITHHELD.encode(), data)
        if self.contains(cleaned):
            return WITHHELD
        # A match can end inside a character of several bytes.
        return cleaned.decode("utf-8", "backslashreplace")


def _shown(value: object) -> str:
    try:
        return str(value)
    except Exception:  # a hostile __str__ must not break the reporting of an error
        return f"<{type(value).__name__}>"


def _forms(secret: str) -> set[bytes]:
    raw = secret.encode("utf-8", "backslashreplace")
    texts = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        html.escape(secret),
        raw.hex(),
    }
    forms = {text.encode("utf-8", "backslashreplace") for text in texts}
    forms |= {quote(raw, safe="").encode(), quote_plus(raw).encode()}
    return {form for form in forms | _base64_forms(raw) if len(form) >= MIN_LENGTH}


def _base64_forms(raw: bytes) -> set[bytes]:
    """The characters that the secret alone decides, at each of the three alignments."""
    forms: set[bytes] = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        start = -(-shift * 8 // 6)
        end = (shift + len(raw)) * 8 // 6
        inner = encoded[start:end]
        if len(inner) >= 8:
            forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def _views(data: bytes) -> Iterable[bytes]:
    """The bytes as they are, and with JSON escapes and percent-encoding undone."""
    yield data
    if b"\\" in data:
        data = _JSON_ESCAPE.sub(_unescaped, data)
        yield data
    if b"%" in data:
        yield unquote_to_bytes(data)


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return chr(int(match[1], 16)).encode("utf-8", "surrogatepass")
    return match[2]
