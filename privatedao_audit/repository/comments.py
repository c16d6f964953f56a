"""HTML comments of a Markdown document, taken out as a renderer takes them out.

Rules: CommonMark 0.31, sections 4.6 (HTML blocks, kind 2), 5 (what a block stands in ends it) and
6.6 (raw HTML). What a renderer shows must be read: a mark inside code, behind a backslash, or that
nothing closes in its paragraph is text like any other, and ``<!-->`` is a whole comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

__all__ = ["without_comments"]

_OPEN: Final = "<!--"
_CLOSE: Final = "-->"
_SPAN: Final = re.compile(r"(?<!`)(`{1,20})(?!`)(?:.+?)(?<!`)\1(?!`)")
_FENCE: Final = re.compile(r"[ \t]*(?:>[ \t]?)*(`{3,}(?=[^`]*$)|~{3,})")
#: What may stand before a block: quotes, marks of items, and blanks.
_BEFORE: Final = re.compile(r"(?:[ \t]{0,8}(?:>|[-*+]|\d{1,9}[.)])[ \t]?){0,12}[ \t]{0,8}")
_ITEM: Final = re.compile(r"[-*+.)]")
#: What begins another block, and so ends a paragraph.
_EDGE: Final = re.compile(r"[ \t]*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|#|>|`{3}|~{3}|$)")


def without_comments(lines: list[str]) -> list[str]:
    """The lines without their comments; as many as before, so that numbers stay."""
    kept: list[str] = []
    closes = _closes(lines)
    fence: str | None = None
    within: str | None = None
    for number, line in enumerate(lines):
        if within is not None and _inside(line, within):
            _, close, line = line.partition(_CLOSE)
            within = None if close else within
        else:
            within = None
        opened = _FENCE.match(line)
        if fence is not None:
            if opened and opened[1].startswith(fence) and not line.strip(" \t>`~"):
                fence = None
        elif opened:
            fence = opened[1]
        elif _OPEN in line:
            line, within = _cut(line, closes[number])
        kept.append(line)
    return kept


def _inside(line: str, before: str) -> bool:
    """Whether a line lies in what a comment was begun in, told by what stood before it there."""
    if not line.strip():
        return ">" not in before
    if ">" in before:
        return line.lstrip().startswith(">")
    if _ITEM.search(before):
        wide = len(before.expandtabs(4))
        return not line[:wide].expandtabs(4)[:wide].strip()
    return True


def _cut(line: str, closes: bool) -> tuple[str, str | None]:
    """A line without its comments; what stood before one that goes on in the next line.

    Args:
        closes: whether a comment is closed in a later line of the same paragraph.
    """
    made: list[str] = []
    place = 0
    code = [found.span() for found in _SPAN.finditer(line)]
    begins = [first for first, _ in code]
    while (start := line.find(_OPEN, place)) >= 0:
        span = bisect_right(begins, start) - 1
        if (span >= 0 and start < code[span][1]) or line[max(start - 1, 0) : start] == "\\":
            made.append(line[place : start + 1])
            place = start + 1
            continue
        after = start + len(_OPEN)
        if line.startswith((">", "->"), after):
            end = line.index(">", after) + 1
        elif (found := line.find(_CLOSE, after)) >= 0:
            end = found + len(_CLOSE)
        elif _BEFORE.fullmatch(line, 0, start):
            return "".join([*made, line[place:start]]), line[:start]
        elif closes:
            return "".join([*made, line[place:start]]), ""
        else:
            break
        made.append(line[place:start])
        place = end
    return "".join([*made, line[place:]]), None


def _closes(lines: list[str]) -> list[bool]:
    """Of every line: whether a later one of its paragraph closes a comment."""
    found, closes = [False] * len(lines), False
    for number in range(len(lines) - 1, -1, -1):
        found[number] = closes
        line = lines[number]
        closes = not _EDGE.match(line) and (closes or _CLOSE in line)
    return found
