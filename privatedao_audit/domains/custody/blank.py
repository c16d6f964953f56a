"""Cells and fields of documents that say nothing."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: What stands there until somebody fills it.
_NOTHING_SAID = frozenset(
    {
        "", "tbw", "wip", "n/a", "n.a", "none", "none yet", "null", "nil", "nobody", "no one",
        "nothing", "unknown", "xxx", "pending", "placeholder", "not applicable", "not yet",
    }
)  # fmt: skip
#: Whatever begins so says only what is still to be said.
_UNWRITTEN = re.compile(
    r"(?:tbd|tba|tbc|todo|fixme)\b|unassigned\b|"
    r"not (?:yet )?(?:assigned|defined|decided|named|written|available)\b|"
    r"to be (?:named|defined|decided|determined|added|written|filled|assigned|confirmed|"
    r"completed|announced)\b"
)
#: Punctuation, blanks, and what is not seen at all: dashes of every length stand for nothing.
_EMPTY: Final = frozenset({"P", "Z", "C"})
_ALSO: Final = frozenset("`<>|~^+=")


def blank(text: str | None) -> bool:
    """Whether a text says nothing, or only that somebody has still to say it."""
    if text is None:
        return True
    said = _stripped(text.casefold())
    return said in _NOTHING_SAID or _UNWRITTEN.match(said) is not None


def _stripped(text: str) -> str:
    left, right = 0, len(text)
    while left < right and _empty(text[left]):
        left += 1
    while right > left and _empty(text[right - 1]):
        right -= 1
    return text[left:right]


def _empty(one: str) -> bool:
    return one in _ALSO or unicodedata.category(one)[0] in _EMPTY
