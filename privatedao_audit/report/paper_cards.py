"""Cards on paper: settled parts as a table, short values on a line, lists of reads cut.

What was looked at and found in order needs a row each; what was not keeps its block, with what
was expected. Nothing is judged here: a part goes by the status it has. Whatever is cut says so,
and stands whole in findings.json, which the PDF carries.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

#: Parts with these statuses need nothing done and stand in a table, in this order.
SETTLED = ("PASS", "ATTESTED", "N/A")
#: A value up to this many characters is set in one run of text, a longer one as a tree.
_ONE_RUN = 900
#: Of what a settled part's row shows as observed.
_MOST_OF_ROW = 360
_WHOLE = "the whole is in findings.json"


def set_cards(root: ET.Element) -> None:
    """Set every finding's card of a report page for paper, in place."""
    for card in root.iter("article"):
        if "finding" not in kinds_of(card):
            continue
        for body in list(card.iter("dl")):
            if "body" in kinds_of(body):
                _set_body(body)


def _set_body(body: ET.Element) -> None:
    for parent in list(body.iter()):
        for fold in [e for e in parent if "others" in kinds_of(e)]:
            _cut(parent, fold)
    for row in list(body):
        parts = next((e for e in row.iter("ol") if "parts" in kinds_of(e)), None)
        if parts is not None:
            tables = _settled(parts)
            if tables:
                settled = ET.Element("div", {"class": "settled"})
                ET.SubElement(settled, "dd").extend(tables)
                body.insert(list(body).index(row) + 1, settled)
            if not len(parts):
                body.remove(row)
    for cell in [e for e in body.iter() if e.tag in ("dd", "li")]:
        _in_one_run(cell)


def _cut(parent: ET.Element, fold: ET.Element) -> None:
    """Instead of a fold with further reads, how many there are."""
    count = sum(1 for _ in fold.iter("a"))
    said = ET.Element("span", {"class": "more"})
    said.text = f"and {count} more"
    said.tail = fold.tail
    parent[list(parent).index(fold)] = said


def _settled(parts: ET.Element) -> list[ET.Element]:
    """Take the settled parts out of their list, as one table for each of their statuses."""
    tables = []
    for status in SETTLED:
        own = [part for part in parts if part.get("data-status") == status]
        if not own:
            continue
        table = ET.Element("table", {"class": f"dense {status_class(own[0])}".strip()})
        caption = ET.SubElement(table, "caption")
        badge = next(s for s in own[0].iter("span") if "badge" in kinds_of(s))
        caption.append(_copy(badge))
        count = "1 part" if len(own) == 1 else f"{len(own)} parts"
        caption[0].tail = f" {count}: what was observed, and what follows"
        head = ET.SubElement(ET.SubElement(table, "thead"), "tr")
        for title in ("Part", "Observed", "Finding"):
            ET.SubElement(head, "th", {"scope": "col"}).text = title
        rows = ET.SubElement(table, "tbody")
        for part in own:
            rows.append(_row(part))
            parts.remove(part)
        tables.append(table)
    return tables


def _row(part: ET.Element) -> ET.Element:
    row = ET.Element("tr")
    label = next(e for e in part.iter("b") if "id" in kinds_of(e))
    ET.SubElement(row, "th", {"scope": "row"}).text = "".join(label.itertext())
    observed = ET.SubElement(row, "td")
    for pair in part.iter("div"):
        name = pair.find("dt")
        value = pair.find("dd")
        if name is not None and name.text == "Observed" and value is not None:
            text = flat(value)
            if len(text) > _MOST_OF_ROW:
                text = f"{text[:_MOST_OF_ROW]}… [{len(text):,} characters; {_WHOLE}]"
            ET.SubElement(observed, "code").text = text
            break
    summary = next(e for e in part.iter("p") if "said-of" in kinds_of(e))
    summary.tag = "td"
    summary.attrib.clear()
    summary.tail = None
    row.append(summary)
    return row


def _in_one_run(cell: ET.Element) -> None:
    """A value that is short as text becomes text: its boxes take more room than it says."""
    if len(cell) != 1 or "value" not in kinds_of(cell[0]):
        return
    text = flat(cell)
    if len(text) <= _ONE_RUN:
        clear(cell)
        ET.SubElement(cell, "code").text = text


def flat(element: ET.Element) -> str:
    """A value as the page shows it, in one run: ``threshold: 2; voters: (a, b)``."""
    return _flat(element, 0)


def _flat(element: ET.Element, depth: int) -> str:
    kinds = kinds_of(element)
    if element.tag == "dl" and "value" in kinds:
        pairs = []
        for pair in element:
            name, value = pair.find("dt"), pair.find("dd")
            if name is not None and value is not None:
                pairs.append(f"{''.join(name.itertext())}: {_flat(value, depth + 1)}")
        return _grouped("; ".join(pairs), depth)
    if element.tag == "ul" and "value" in kinds:
        return _grouped(", ".join(_flat(item, depth + 1) for item in element), depth)
    inner = list(element)
    if not inner:
        return " ".join("".join(element.itertext()).split())
    return " ".join(text for text in (_flat(one, depth) for one in inner) if text)


def _grouped(text: str, depth: int) -> str:
    return f"({text})" if depth else text


def kinds_of(element: ET.Element) -> list[str]:
    """The classes of an element."""
    return (element.get("class") or "").split()


def status_class(element: ET.Element) -> str:
    """The class that gives an element the colour of its status, or an empty string."""
    return next((kind for kind in kinds_of(element) if kind.startswith("s-")), "")


def clear(element: ET.Element) -> None:
    """Take everything out of an element; its attributes and what follows it stay."""
    for child in list(element):
        element.remove(child)
    element.text = None


def append(element: ET.Element, text: str) -> None:
    """Put text at the end of an element."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _copy(element: ET.Element) -> ET.Element:
    made = ET.Element(element.tag, dict(element.attrib))
    made.text = element.text
    made.extend(_with_tails(element))
    return made


def _with_tails(element: ET.Element) -> Iterator[ET.Element]:
    for child in element:
        made = _copy(child)
        made.tail = child.tail
        yield made
