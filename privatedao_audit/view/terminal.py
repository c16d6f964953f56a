"""Text from strangers on a terminal: no escape reaches it, and nothing forges a line or a mark."""

from __future__ import annotations

import unicodedata

from privatedao_audit.view.text import cut, foreign, visible

#: What one value may take of a terminal: some lines, but never the whole scroll-back.
VALUE_CHARACTERS = 1_000
BLOCK_CHARACTERS = 20_000
_WHOLE = "the whole is in the run's files"


def line(text: str, *, columns: int | None = None, whole: str = _WHOLE) -> str:
    """A value for one line: hidden characters written out, line feeds among them.

    Args:
        text: any string.
        columns: cut to so many columns of a terminal, wide characters counted as two; the cut is
            marked with an ellipsis. None: only what is very long is cut, with length and hash.
        whole: where the whole text can be had.
    """
    shown = foreign(cut(text, VALUE_CHARACTERS, whole=whole))
    return shown if columns is None else _fitted(shown, columns)


def block(text: str, *, whole: str = _WHOLE) -> str:
    """Text of several lines, each led by a bar, so that none passes for a line of the program."""
    shown = visible(cut(text, BLOCK_CHARACTERS, whole=whole), lines=True)
    return "\n".join(f"│ {foreign(one.expandtabs())}" for one in shown.split("\n"))


def width(text: str) -> int:
    """How many columns a terminal gives the text, which must be free of control characters."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def _fitted(text: str, columns: int) -> str:
    if width(text) <= columns:
        return text
    out: list[str] = []
    used = 0
    for character in text:
        used += width(character)
        if used > columns - 1:
            break
        out.append(character)
    return "".join(out) + "…"
