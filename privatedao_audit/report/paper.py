"""From the page for a screen to the page for paper: folds opened, long bytes cut, columns set."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime

#: Raw text longer than this is cut on paper; the HTML report has more of it.
PAPER_CHARACTERS = 4 * 1024
_HEAD, _TAIL = 1_600, 400
#: Weights of table columns: never narrower than a short word, never so wide that
#: one key starves its neighbours.
_NARROWEST, _WIDEST = 3, 28
#: Room between columns, in characters.
_GAP = 6
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
    for parent in list(root.iter()):
        for child in [c for c in parent if c.tag in ("script", "form")]:
            parent.remove(child)
    for element in list(root.iter("details")):
        element.set("open", "open")
    for element in root.iter("pre"):
        _shorten(element)
    for table in root.iter("table"):
        if table.find("colgroup") is None and "counts" not in table.get("class", ""):
            _set_columns(table)
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


def _shorten(pre: ET.Element) -> None:
    kinds = (pre.get("class") or "").split()
    text = "".join(pre.itertext())
    # A piece is the head or tail of a body that is too large for the page as well.
    limit = _HEAD + _TAIL if "piece" in kinds else PAPER_CHARACTERS
    if "raw" not in kinds or len(text) <= limit:
        return
    for child in list(pre):
        pre.remove(child)
    left_out = len(text) - _HEAD - _TAIL
    pre.text = (
        f"{text[:_HEAD]}\n… {left_out:,} characters left out on paper; "
        f"the HTML report has them …\n{text[-_TAIL:]}"
    )


def _set_columns(table: ET.Element) -> None:
    """Give a table column widths from what it holds: paper uses a fixed layout for speed."""
    weights: list[int] = []
    for number, row in enumerate(table.iter("tr")):
        if number >= _ROWS_LOOKED_AT:
            break
        cells = [c for c in row if c.tag in ("td", "th")]
        if any(c.get("colspan", "1") != "1" for c in cells):
            continue
        for place, length in enumerate(_lengths(cells)):
            if place == len(weights):
                weights.append(_NARROWEST)
            weights[place] = max(weights[place], min(_WIDEST, length))
    if len(weights) < 2:
        return
    widths = [weight + _GAP for weight in weights]
    group = ET.Element("colgroup")
    for width in widths:
        ET.SubElement(group, "col", {"style": f"width:{100 * width / sum(widths):.1f}%"})
    caption = table.find("caption")
    table.insert(0 if caption is None else list(table).index(caption) + 1, group)


def _lengths(cells: list[ET.Element]) -> Iterator[int]:
    for cell in cells:
        yield len(" ".join("".join(cell.itertext()).split()))
