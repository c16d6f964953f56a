"""Column widths on paper, from what the cells hold: paper uses a fixed layout for speed.

Widths are weighed in characters. Words stay whole first; what room is left goes where it saves
the most lines, since a table is as long as its tallest cells.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field

#: A line of a table holds about this many characters, in the small letters of a wide table more.
_LINE, _LINE_OF_WIDE = 112, 128
#: Room between columns, the narrowest column, and the longest word that need not break.
_GAP, _NARROWEST, _WORD = 2, 3, 26
#: Where words do not fit side by side, those up to this length stay whole all the same: a date,
#: an amount, a slot. What is longer (keys, paths) breaks.
_ALWAYS_WHOLE = 13
#: Keys and hashes break at fixed places (report.css): so many characters stand on a line.
_KEY, _HASH = 22, 32
#: What a line of running text loses at its end, where a word did not fit.
_RAGGED = 2.5
#: Rows looked at for the weight of a column; more would not change it much.
_ROWS_LOOKED_AT = 60


@dataclass
class Column:
    """What the cells of a column hold.

    Attributes:
        word: the longest word, in characters; below this width it would break.
        texts: how many cells have a text of each length.
        keys: how many cells have a key or hash, by its length and the characters of a line.
    """

    word: float = _NARROWEST
    texts: Counter[int] = field(default_factory=Counter)
    keys: Counter[tuple[int, int]] = field(default_factory=Counter)

    def cost(self, width: float) -> float:
        """How tall the column makes its table at a width: the tallest cells weigh the most."""
        total = 0.0
        for length, times in self.texts.items():
            lines = 1 if length <= width else math.ceil(length / max(1.0, width - _RAGGED))
            total += times * lines**3
        for (length, fixed), times in self.keys.items():
            held = min(fixed, max(1, int(width)))
            total += times * (0.875 * math.ceil(length / held)) ** 3
        return total


def set_columns(table: ET.Element) -> None:
    """Give a table a ``colgroup`` whose widths suit its cells; one column needs none.

    A table whose words do not fit side by side gets the class ``wide``, smaller letters.
    """
    columns: list[Column] = []
    for number, row in enumerate(table.iter("tr")):
        if number >= _ROWS_LOOKED_AT:
            break
        cells = [c for c in row if c.tag in ("td", "th")]
        if any(c.get("colspan", "1") != "1" for c in cells):
            continue
        for place, cell in enumerate(cells):
            if place == len(columns):
                columns.append(Column())
            _weigh(cell, columns[place])
    if len(columns) < 2:
        return
    line = _LINE
    if sum(column.word for column in columns) > line - _GAP * len(columns):
        line = _LINE_OF_WIDE
        table.set("class", f"{table.get('class', '')} wide".strip())
    widths = [width + _GAP for width in shared(columns, line - _GAP * len(columns))]
    group = ET.Element("colgroup")
    for width in widths:
        ET.SubElement(group, "col", {"style": f"width:{100 * width / sum(widths):.1f}%"})
    caption = table.find("caption")
    table.insert(0 if caption is None else list(table).index(caption) + 1, group)


def shared(columns: list[Column], room: float) -> list[float]:
    """What each column gets, in characters.

    Args:
        columns: what they hold.
        room: how many characters there are for all.
    """
    widths = [column.word for column in columns]
    left = int(room - sum(widths))
    if left < 0:
        return _levelled(widths, room)
    costs = [[column.cost(column.word + more) for more in range(left + 1)] for column in columns]
    given = [0] * len(columns)
    while left:
        best, place, step = 0.0, -1, 0
        for number, cost in enumerate(costs):
            now = cost[given[number]]
            for more in range(1, left + 1):
                saved = (now - cost[given[number] + more]) / more
                if saved > best:
                    best, place, step = saved, number, more
        if place < 0:
            break
        given[place] += step
        left -= step
    return [width + more for width, more in zip(widths, given, strict=True)]


def _levelled(needed: list[float], room: float) -> list[float]:
    """The widest cut to one common width, so that the sum fits; never below a date's width."""
    for limit in range(int(max(needed)), _ALWAYS_WHOLE, -1):
        cut = [min(need, float(limit)) for need in needed]
        if sum(cut) <= room:
            return cut
    return [min(need, float(_ALWAYS_WHOLE)) for need in needed]


def _weigh(cell: ET.Element, column: Column) -> None:
    kinds = (cell.get("class") or "").split()
    words = "".join(cell.itertext()).split()
    whole = sum(map(len, words)) + max(0, len(words) - 1)
    if "key" in kinds:
        fixed = _HASH if "hash" in kinds else _KEY
        column.word = max(column.word, fixed)
        column.keys[whole, fixed] += 1
        return
    column.word = max(column.word, min(_WORD, max(map(len, words), default=0) + 1))
    column.texts[whole + 1] += 1
