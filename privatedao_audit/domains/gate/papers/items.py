"""The items of a readiness list: bullets, boxes and rows of tables under one heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from privatedao_audit.domains.gate.papers.facts import Item, Listed, Mark
from privatedao_audit.model import catalogue
from privatedao_audit.model.readiness import CONTROL_ID
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.runbooks.sections import plain, read_sections, says_something

__all__ = ["key", "listed", "named_under"]

_BULLET = re.compile(
    r"(?P<indent>[ \t]*)(?:>[ \t]*)*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)"
    r"(?:\[(?P<box>[^\]\n]{0,3})\][ \t]*)?(?P<text>.*)"
)
_SEPARATOR = re.compile(r"\s*\|?(?:\s*:?-{1,}:?\s*\|)+(?:\s*:?-{1,}:?\s*)?\|?\s*")
_DONE = frozenset(
    {"x", "yes", "done", "met", "ok", "pass", "passed", "complete", "completed", "closed", "✓",
     "✔", "✅", "☑", "☒"}
)  # fmt: skip
_OPEN = frozenset(
    {"no", "open", "pending", "todo", "missing", "blocked", "in progress", "fail", "failed",
     "not met", "not done", "✗", "✘", "❌", "☐", "⬜", "🟥", "⚠"}
)  # fmt: skip
_LEAD = re.compile(r"(?P<sign>[✓✔✅☑✗✘❌☐⬜🟥⚠])\ufe0f?[ \t]*")
#: A name in code that an item begins with, and the number before it.
_NAMED = re.compile(
    r"[\s*_]*(?:`?(?P<number>\d{1,10})`?[\s:.*_()-]*)?`+\s*(?P<name>[^`]{1,120}?)\s*`"
)
_MOST_ITEMS: Final = 500
_LONGEST: Final = 300


def key(text: str) -> str:
    """An item's text as it is compared: without markup, ids of controls, case and end mark."""
    return plain(CONTROL_ID.sub("", text)).rstrip(" .;:,()[]")


def listed(data: bytes, heading: str, mapping: Mapping[str, Sequence[str]]) -> Listed:
    """The items under a heading of a Markdown document, those of its subsections included.

    Args:
        mapping: text of an item → ids of controls.

    Raises:
        BadDocument: not UTF-8, beyond the bounds.
    """
    by_key = {key(text): tuple(ids) for text, ids in mapping.items()}
    there, rows = _under(data, heading)
    found = tuple(_item(text, mark, by_key) for text, mark in rows)
    if len(found) > _MOST_ITEMS:
        raise BadDocument(f"more than {_MOST_ITEMS} items under {heading[:60]!a}")
    return Listed(heading, there, found)


def named_under(data: bytes, heading: str) -> tuple[str, ...] | None:
    """The items under a heading by the code that each begins with; None: no such heading.

    A number in an item stands before the name, e.g. ``6000 NameTooLong``.
    """
    there, rows = _under(data, heading, numbers=True)
    if not there:
        return None
    names = [f"{one['number'] or ''} {one['name']}".strip() for text, _mark in rows
             if (one := _NAMED.match(text))]  # fmt: skip
    return tuple(dict.fromkeys(names))


def _under(
    data: bytes, heading: str, *, numbers: bool = False
) -> tuple[bool, list[tuple[str, Mark]]]:
    _front, sections = read_sections(data)
    wanted = [one for one in sections if plain(one.heading) == plain(heading)]
    rows = [row for one in wanted for row in _rows(one.lines, numbers)]
    return bool(wanted), rows


def _rows(lines: Sequence[str], numbers: bool) -> Iterator[tuple[str, Mark]]:
    """Items in order: a bullet with what continues it, or a row of a table."""
    found: list[tuple[int, str, Mark]] = []
    table = False
    going = False
    for number, line in enumerate(lines):
        bullet = _BULLET.fullmatch(line)
        if bullet and not _SEPARATOR.fullmatch(line):
            indent = len(bullet["indent"].expandtabs(4))
            text, mark = _marked(bullet["text"].strip(), bullet["box"])
            if found and indent > found[-1][0] >= 0 and found[-1][1].rstrip("* ").endswith(":"):
                found.pop()  # It only says what the ones below it are about.
            found.append((indent, text, mark))
            going, table = True, False
        elif "|" in line and (table or _begins_table(lines, number)):
            if table and not _SEPARATOR.fullmatch(line):
                found.append((-1, *_row(line, numbers)))
            table, going = True, False
        elif not line.strip():
            going = table = False
        elif going and found:
            indent, text, mark = found[-1]
            found[-1] = (indent, f"{text} {line.strip()}", mark)
    yield from ((text, mark) for _indent, text, mark in found)


def _begins_table(lines: Sequence[str], number: int) -> bool:
    return number + 1 < len(lines) and _SEPARATOR.fullmatch(lines[number + 1]) is not None


def _row(line: str, numbers: bool) -> tuple[str, Mark]:
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
    marks = [mark for cell in cells[1:] if (mark := _word(cell)) is not None]
    named = next((cell for cell in cells if says_something(cell) and _word(cell) is None), "")
    if numbers:
        named = " ".join((*(cell for cell in cells if cell.strip("`").isdigit()), named))
    ids = [one for cell in cells for one in CONTROL_ID.findall(cell) if cell not in named]
    mark = marks[0] if len(set(marks)) == 1 else Mark.PLAIN
    return " ".join((named, *ids)), mark


def _word(cell: str) -> Mark | None:
    bare = cell.strip("[]*_` ").replace("\ufe0f", "").casefold()
    if bare in _DONE:
        return Mark.DONE
    return Mark.OPEN if bare in _OPEN else None


def _marked(text: str, box: str | None) -> tuple[str, Mark]:
    if not text:
        return "", Mark.STRUCK
    if box is not None:
        if box.strip() == "":
            return text, Mark.OPEN
        return text, _word(box) or Mark.PLAIN
    sign = _LEAD.match(text)
    if sign:
        return text[sign.end() :], _word(sign["sign"]) or Mark.PLAIN
    return text, Mark.PLAIN


def _item(text: str, mark: Mark, by_key: Mapping[str, tuple[str, ...]]) -> Item:
    known = {control.id for control in catalogue.load().controls}
    named = tuple(dict.fromkeys(CONTROL_ID.findall(text)))
    strange = tuple(one for one in named if one not in known or one == "RG-01")
    mapped = by_key.get(key(text), ()) if key(text) else ()
    controls = tuple(dict.fromkeys((*mapped, *(one for one in named if one not in strange))))
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return Item(shown if says_something(text) else "", mark, controls, strange)
