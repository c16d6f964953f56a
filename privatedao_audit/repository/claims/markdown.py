"""Markdown as fragments: each line or cell with the headings, heads and items it stands under.

Not a renderer: what matters is which words belong to a value. HTML comments are passed over,
because no reader of the document sees them; code blocks are read and marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Final

from privatedao_audit.repository.claims.model import Fragment, Row
from privatedao_audit.repository.comments import without_comments

__all__ = ["clean", "fragments", "label_of"]

_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_FENCE: Final = re.compile(r"[ \t]*(?:>[ \t]?)*(`{3,}(?=[^`]*$)|~{3,})")
#: The row under a table's head, without its blanks.
_RULE_ROW: Final = re.compile(r"\|?:?-+:?(?:\|:?-+:?)*\|?")
_ITEM: Final = re.compile(r"([ \t]*(?:>[ \t]?)*)(?:[-*+]|\d{1,4}[.)])[ \t]+")
_MARKS: Final = re.compile(r"[*_`#>\[\]]+")
#: Longer lines are read for values, not for structure.
_STRUCTURED: Final = 20_000
#: No line under a table's head is longer, and no row has more cells that matter.
_RULE: Final = 2_000
_CELLS: Final = 64
#: Items inside one another that an inner one still stands under.
_DEEPEST: Final = 12


def fragments(source: str) -> Iterator[Fragment]:
    """The fragments of a Markdown document, in order."""
    lines = without_comments([line.rstrip("\r") for line in source.split("\n")])
    headings: list[tuple[int, str]] = []
    items: list[tuple[int, str]] = []
    rows: dict[int, Row] = {}
    lead = ""
    fence: str | None = None
    number = 0
    while number < len(lines):
        line, number = lines[number], number + 1
        trail = (*(text for _, text in headings), *(text for _, text in items))
        opened = _FENCE.match(line)
        if fence is not None:
            if opened and opened[1].startswith(fence) and not line.strip(" \t>`~"):
                fence = None
            else:
                label = label_of(line) or lead
                yield Fragment(number, line, label, (*trail, lead), [], (), "code")
            continue
        if opened:
            fence = opened[1]
            continue
        heading = _HEADING.match(line) if len(line) < _STRUCTURED else None
        if heading:
            level, text = len(heading[1]), clean(heading[2])
            headings = [one for one in headings if one[0] < level] + [(level, text)]
            items, rows, lead = [], {}, ""
            outer = tuple(text for _, text in headings[:-1])
            yield Fragment(number, line, text, outer, [], (), "prose")
            continue
        if not line.strip():
            continue
        after = lines[number] if number < len(lines) else ""
        if "|" in line and _is_rule(after):
            number = yield from _table(lines, number, trail, lead)
            continue
        item = _ITEM.match(line)
        depth = 0
        if item:
            depth = len(item[1].expandtabs(4))
            items = [one for one in items if one[0] < depth]
        elif not line[:1].isspace():
            items, rows = [], {}
        trail = (*(text for _, text in headings), *(text for _, text in items))
        body = line[item.end() :] if item else line
        label = label_of(body)
        under = (*trail, lead) if lead and not label else trail
        row: Row = []
        if item:
            rows = {at: one for at, one in rows.items() if at <= depth}
            row = rows.setdefault(depth, [])
            if label and len(row) < 64:
                row.append((label, clean(body.split(":", 1)[1][:200])))
        yield Fragment(number, line, label, under, row, (), "prose")
        if item:
            items = [*items[-_DEEPEST:], (depth, clean(body[:120]))]
        elif body.rstrip(" *_").endswith(":"):
            lead = clean(body[:200])
        elif not line[:1].isspace():
            lead = ""


def _table(
    lines: list[str], number: int, trail: tuple[str, ...], lead: str
) -> Generator[Fragment, None, int]:
    """The cells of a table whose head is line ``number``; gives the number after its last row."""
    head = [clean(cell) for cell in _cells(lines[number - 1])]
    under = (*trail, lead) if lead else trail
    for place, cell in enumerate(_cells(lines[number - 1])):
        yield Fragment(number, cell, head[place], under, [], (), "table")
    number += 1
    while number < len(lines) and "|" in lines[number] and lines[number].strip():
        cells = _cells(lines[number])
        number += 1
        names = [head[place] if place < len(head) else "" for place in range(len(cells))]
        row: Row = list(zip(names, cells, strict=True))[:_CELLS]
        first = clean(cells[0])[:100] if cells else ""
        for place, cell in enumerate(cells):
            label = f"{first} {names[place]}" if place else names[place]
            yield Fragment(number, cell, label, under, row, (), "table")
    return number


def _cells(line: str) -> list[str]:
    text = line.strip().strip(">").strip()
    text = text.removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", text)]


def _is_rule(line: str) -> bool:
    if len(line) > _RULE or "|" not in line or "-" not in line:
        return False
    return _RULE_ROW.fullmatch(line.replace(" ", "").replace("\t", "")) is not None


def label_of(line: str) -> str:
    """The words before a colon that name what follows; empty where there are none."""
    before, colon, after = line.lstrip()[:300].partition(":")
    if not colon or after.startswith("//") or len(before) > 120 or "`" in before or "|" in before:
        return ""
    return clean(before)


def clean(text: str) -> str:
    """A heading or label without its marks."""
    return " ".join(_MARKS.sub(" ", text).split())[:200]
