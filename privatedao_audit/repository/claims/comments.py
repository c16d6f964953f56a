"""HTML comments of a Markdown document, taken out as a renderer takes them out.

Rules: CommonMark 0.31, sections 4.6 (HTML blocks, kind 2) and 6.6 (raw HTML). What a renderer shows
must be read: a mark inside code, behind a backslash, or that nothing closes in its paragraph
is text like any other, and ``<!-->`` is a whole comment. In doubt a text is read, not passed over.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["without_comments"]

_OPEN: Final = "<!--"
_CLOSE: Final = "-->"
_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)")
_FENCE: Final = re.compile(r"[ \t]*(?:>[ \t]?)*(`{3,}(?=[^`]*$)|~{3,})")
#: What may stand before a block: quotes, marks of items, and three blanks.
_BEFORE: Final = re.compile(r"(?:[ \t]{0,3}(?:>|[-*+]|\d{1,9}[.)])[ \t]?)*[ ]{0,3}")
#: Longer lines are read whole.
_LONGEST: Final = 20_000


def without_comments(lines: list[str]) -> list[str]:
    """The lines without their comments; as many as before, so that numbers stay."""
    kept: list[str] = []
    closes = _closes(lines)
    fence: str | None = None
    within = False
    for number, line in enumerate(lines):
        if within:
            _, close, rest = line.partition(_CLOSE)
            within = not close
            line = rest
        opened = _FENCE.match(line)
        if fence is not None:
            if opened and opened[1].startswith(fence) and not line.strip(" \t>`~"):
                fence = None
        elif opened:
            fence = opened[1]
        elif _OPEN in line and len(line) < _LONGEST:
            line, within = _cut(line, closes[number])
        kept.append(line)
    return kept


def _cut(line: str, closes: bool) -> tuple[str, bool]:
    """A line without its comments, and whether one goes on in the next line.

    Args:
        closes: whether a comment is closed in a later line of the same paragraph.
    """
    made, place = "", 0
    code = [found.span() for found in _SPAN.finditer(line)]
    while (start := line.find(_OPEN, place)) >= 0:
        shown = any(first <= start < last for first, last in code)
        if shown or line[:start].endswith("\\"):
            made, place = made + line[place : start + 1], start + 1
            continue
        after = line[start + len(_OPEN) :]
        if after.startswith((">", "->")):
            end = start + len(_OPEN) + after.index(">") + 1
        elif (found := line.find(_CLOSE, start + len(_OPEN))) >= 0:
            end = found + len(_CLOSE)
        elif _BEFORE.fullmatch(line, 0, start) or closes:
            return made + line[place:start], True
        else:
            break
        made, place = made + line[place:start], end
    return made + line[place:], False


def _closes(lines: list[str]) -> list[bool]:
    """Of every line: whether a later one of its paragraph closes a comment."""
    found, closes = [False] * len(lines), False
    for number in range(len(lines) - 1, -1, -1):
        found[number] = closes
        line = lines[number]
        closes = bool(line.strip()) and (closes or _CLOSE in line)
    return found
