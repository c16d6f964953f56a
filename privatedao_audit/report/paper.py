"""From the page for a screen to the page for paper.

Cards and the evidence register are set densely, folds opened, columns set, and letters spelled
out that no bundled font has.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime
from functools import lru_cache

from privatedao_audit.report.paper_cards import set_cards
from privatedao_audit.report.paper_chapters import (
    leave_out_folded,
    leave_out_repeated,
    leave_out_said_in_front,
    set_verdict_lines,
)
from privatedao_audit.report.paper_columns import set_columns
from privatedao_audit.report.paper_register import set_register
from privatedao_audit.report.typefaces import BOLD_FONT, FONTS, MARKS_FONT, MONO_FONT, TEXT_FONT

#: What only a screen has, by tag and by class: forms, folds that repeat, words about answers.
_SCREEN_TAGS = frozenset({"script", "form"})
_SCREEN_CLASSES = frozenset({"skip", "said", "exact", "onscreen", "defaults", "notebook-view"})
#: In a report the code of the chapters too: it stands in the notebooks of the run.
_REPORT_CLASSES = _SCREEN_CLASSES | {"code"}
#: Width of the text, and the height to which some figures are brought (print.css), both in mm;
#: none is made smaller than this share of its size.
_WIDTH, _LOWER, _LEAST_SCALE = 174, 88, 0.78
_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,9})?")
#: The bundled faces have all letters up to the Latin Extended-A block; see tests/report.
_BEYOND_LATIN = re.compile(r"[^\x00-\u017f]")


def for_paper(html: str, *, title: str, created: datetime) -> str:
    """The HTML text that is set on paper.

    Args:
        html: the text of a report page.
        title: the document's title in the PDF's metadata.
        created: the moment written into the PDF, with a time zone.
    """
    import tinyhtml5

    root = tinyhtml5.parse(html, namespace_html_elements=False)
    in_report = any(e.get("id") == "evidence" for e in root.iter("section"))
    if in_report:
        # Before anything is left out: the register is made of what its folds hold.
        set_register(root)
        set_cards(root)
        set_verdict_lines(root)
        leave_out_said_in_front(root)
        leave_out_repeated(root)
        leave_out_folded(root)
    _leave_out(root, _REPORT_CLASSES if in_report else _SCREEN_CLASSES)
    for element in list(root.iter("details")):
        element.set("open", "open")
    for element in root.iter("div"):
        if "highlight" in (element.get("class") or "").split():
            _colourless(element)
    _lower_figures(root)
    for table in root.iter("table"):
        if table.find("colgroup") is None and "counts" not in table.get("class", ""):
            set_columns(table)
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


def _lower_figures(root: ET.Element) -> None:
    """Make figures of about half a page a little smaller, so that less of a page stays empty.

    A taller one keeps its size: its words would get too small.
    """
    for figure in root.iter("figure"):
        for drawn in figure.iter():
            if not str(drawn.tag).endswith("svg"):
                continue
            box = str(drawn.get("viewBox") or "").split()
            if len(box) != 4 or not all(map(_NUMBER.fullmatch, box)) or not float(box[2]):
                continue
            height = _WIDTH * float(box[3]) / float(box[2])
            if _LOWER < height <= _LOWER / _LEAST_SCALE:
                drawn.set("class", "lower")


def _leave_out(root: ET.Element, classes: frozenset[str]) -> None:
    """Take away what paper has no use for, and show what was written for paper alone."""
    for parent in list(root.iter()):
        for child in list(parent):
            kinds = (child.get("class") or "").split()
            if child.tag in _SCREEN_TAGS or not classes.isdisjoint(kinds):
                _remove(parent, child)
            elif "pdf" in kinds:
                child.set("class", " ".join(kind for kind in kinds if kind != "pdf"))


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
