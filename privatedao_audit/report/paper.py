"""From the page for a screen to the page for paper.

Folds are opened, long bytes cut, columns set, and letters spelled out that no bundled font has.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime
from functools import lru_cache

from privatedao_audit.report.typefaces import BOLD_FONT, FONTS, MARKS_FONT, MONO_FONT, TEXT_FONT

#: What only a screen has, by tag and by class: forms, folds that repeat, answers not used.
_SCREEN_TAGS = frozenset({"script", "form"})
_SCREEN_CLASSES = frozenset(
    {"skip", "said", "exact", "params", "defaults", "notebook-view", "unused"}
)
#: Raw text longer than this is cut on paper; the HTML report has more of it.
PAPER_CHARACTERS = 1_200
_HEAD, _TAIL = 900, 200
#: Columns are weighed in characters, of which a line of a table holds about this many.
_LINE = 112
#: Room between columns, the narrowest column, and from where on a longer text gets no wider
#: column: as a word that must not break, and as a text.
_GAP, _NARROWEST, _WORD, _TEXT = 2, 3, 26, 60
#: Keys and hashes break at fixed places (report.css), in letters wider than the others.
_KEY, _HASH = 25, 36
#: The bundled faces have all letters up to the Latin Extended-A block; see tests/report.
_BEYOND_LATIN = re.compile(r"[^\x00-\u017f]")
#: Rows looked at for the weight of a column; more would not change it much.
_ROWS_LOOKED_AT = 60


def for_paper(html: str, *, title: str, created: datetime) -> str:
    """The HTML text that is set on paper.

    Args:
        html: the text of a report page.
        title: the document's title in the PDF's metadata.
        created: the moment written into the PDF, with a time zone.
    """
    import tinyhtml5

    root = tinyhtml5.parse(html, namespace_html_elements=False)
    _leave_out(root)
    for element in list(root.iter("details")):
        element.set("open", "open")
    for element in root.iter("div"):
        if "highlight" in (element.get("class") or "").split():
            _colourless(element)
    for element in root.iter("pre"):
        _shorten(element)
    for table in root.iter("table"):
        if table.find("colgroup") is None and "counts" not in table.get("class", ""):
            _set_columns(table)
    for element in root.iter():
        if element.tag not in ("style", "script"):
            element.text = element.text and _spelled(element.text)
        element.tail = element.tail and _spelled(element.tail)
    head = root.find("head")
    if head is None:
        raise ValueError("the page has no head")
    for old in head.findall("title"):
        head.remove(old)
    ET.SubElement(head, "title").text = title
    for name in ("dcterms.created", "dcterms.modified"):
        ET.SubElement(head, "meta", {"name": name, "content": created.isoformat()})
    # Names of inline SVG lose their namespace: the next HTML parser gives it back.
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return "<!DOCTYPE html>\n" + ET.tostring(root, encoding="unicode", method="html")


def _leave_out(root: ET.Element) -> None:
    """Take away what paper has no use for; print.css hides the same in a browser."""
    for parent in list(root.iter()):
        for child in list(parent):
            kinds = (child.get("class") or "").split()
            if child.tag in _SCREEN_TAGS or not _SCREEN_CLASSES.isdisjoint(kinds):
                _remove(parent, child)


def _remove(parent: ET.Element, child: ET.Element) -> None:
    """Remove an element, and keep the text that follows it."""
    place = list(parent).index(child)
    if child.tail:
        if place:
            before = parent[place - 1]
            before.tail = (before.tail or "") + child.tail
        else:
            parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _colourless(code: ET.Element) -> None:
    """Code as plain text: its colours cost an element for every word."""
    for pre in code.iter("pre"):
        text = "".join(pre.itertext())
        for child in list(pre):
            pre.remove(child)
        pre.text = text.rstrip("\n")


def _spelled(text: str) -> str:
    """The text, with every letter that the bundled fonts lack written as a code point.

    A font of this machine would draw it, or a box; on the next machine it would be another font
    and another PDF. The HTML report shows the letter.
    """
    if not _BEYOND_LATIN.search(text):
        return text
    drawn = _drawn()
    return _BEYOND_LATIN.sub(lambda m: m[0] if ord(m[0]) in drawn else f"<U+{ord(m[0]):04X}>", text)


@lru_cache(maxsize=1)
def _drawn() -> frozenset[int]:
    """What both faces of the text and the monospaced one can draw, and the marks beside them."""
    from fontTools.ttLib import TTFont

    def letters(name: str) -> set[int]:
        return set(TTFont(FONTS / name, lazy=True).getBestCmap())

    everywhere = set.intersection(*map(letters, (TEXT_FONT, BOLD_FONT, MONO_FONT)))
    return frozenset(everywhere | letters(MARKS_FONT))


def _shorten(pre: ET.Element) -> None:
    kinds = (pre.get("class") or "").split()
    if "raw" not in kinds:
        return
    text = "".join(pre.itertext())
    if "json" in kinds:
        # The line breaks were added for the screen; JSON strings hold none.
        text = re.sub(r"\n *", " ", text)
    elif len(text) <= PAPER_CHARACTERS:
        return
    for child in list(pre):
        pre.remove(child)
    if len(text) > PAPER_CHARACTERS:
        left_out = len(text) - _HEAD - _TAIL
        text = (
            f"{text[:_HEAD]}\n… {left_out:,} characters left out on paper; "
            f"the HTML report has them …\n{text[-_TAIL:]}"
        )
    pre.text = text


def _set_columns(table: ET.Element) -> None:
    """Give a table column widths from what it holds: paper uses a fixed layout for speed."""
    needed: list[int] = []
    wanted: list[int] = []
    for number, row in enumerate(table.iter("tr")):
        if number >= _ROWS_LOOKED_AT:
            break
        cells = [c for c in row if c.tag in ("td", "th")]
        if any(c.get("colspan", "1") != "1" for c in cells):
            continue
        for place, cell in enumerate(cells):
            if place == len(needed):
                needed.append(_NARROWEST)
                wanted.append(_NARROWEST)
            word, text = _lengths(cell)
            needed[place] = max(needed[place], word)
            wanted[place] = max(wanted[place], text)
    if len(needed) < 2:
        return
    widths = [width + _GAP for width in _shared(needed, wanted, _LINE - _GAP * len(needed))]
    group = ET.Element("colgroup")
    for width in widths:
        ET.SubElement(group, "col", {"style": f"width:{100 * width / sum(widths):.1f}%"})
    caption = table.find("caption")
    table.insert(0 if caption is None else list(table).index(caption) + 1, group)


def _shared(needed: list[int], wanted: list[int], room: int) -> list[float]:
    """What each column gets: its words whole first, then a share of what is left."""
    missing = [want - need for need, want in zip(needed, wanted, strict=True)]
    left = room - sum(needed)
    if left <= 0 or not sum(missing):
        return [float(need) for need in needed]
    share = min(1.0, left / sum(missing))
    return [need + share * more for need, more in zip(needed, missing, strict=True)]


def _lengths(cell: ET.Element) -> tuple[int, int]:
    """Characters of a cell: its longest word, and the whole."""
    kinds = (cell.get("class") or "").split()
    if "key" in kinds:
        width = _HASH if "hash" in kinds else _KEY
        return width, width
    words = "".join(cell.itertext()).split()
    longest = max(map(len, words), default=0)
    whole = sum(map(len, words)) + len(words) - 1
    return min(_WORD, longest + 1), min(_TEXT, max(whole, longest) + 1)
