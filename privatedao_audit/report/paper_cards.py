"""Cards on paper: a paragraph for each part, settled ones by name, lists of reads cut.

A part that is not settled is set with what was observed and expected, worst first; one that is
takes a line in a card where all are, and only its name in a card with something to do. Nothing is
judged here: a part goes by the status it has. Whatever is cut says so, and stands whole in
findings.json, which the PDF carries.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from privatedao_audit.model.status import READING_ORDER
from privatedao_audit.view.text import LONG_KEY

#: Parts with these statuses need nothing done; they stand after the others, in this order.
SETTLED = ("PASS", "ATTESTED", "N/A")
#: Of what was observed and expected so many characters are set: of a part that holds a control
#: below its floor, of one with another status, and of a settled one.
_MOST_OF_FAULT, _MOST_OF_OPEN, _MOST_OF_SETTLED = 900, 360, 160
_FAULTS = ("FAIL", "DIVERGED", "STALE")
_PLACES = {status.value: place for place, status in enumerate(READING_ORDER)}
#: Of a value of a whole card so many characters are set: of a settled card, of any other.
_MOST_OF_SETTLED_CARD, _MOST_OF_CARD = 500, 1500
#: So many parts of a status are set with what was observed, the further ones by their sentence
#: (or, when settled, by their name).
_PARTS_IN_FULL = 8
#: So many reads are named: of a part, and of the whole card. The others are counted.
_READS_OF_PART, _READS_OF_CARD = 3, 4
_WHOLE = "the whole is in findings.json"


def set_cards(root: ET.Element) -> None:
    """Set every finding's card of a report page for paper, in place."""
    for card in root.iter("article"):
        if "finding" not in kinds_of(card):
            continue
        said = next((words(e) for e in card.iter("p") if "summary" in kinds_of(e)), "")
        for body in list(card.iter("dl")):
            if "body" in kinds_of(body):
                _set_body(body, said, settled=card.get("data-status") in SETTLED)


def _set_body(body: ET.Element, said: str, *, settled: bool) -> None:
    for row in list(body):
        parts = next((e for e in row.iter("ol") if "parts" in kinds_of(e)), None)
        if parts is not None:
            _set_parts(row, [e for e in parts if "part" in kinds_of(e)], said)
    for cell in [e for e in body.iter() if e.tag in ("dd", "li")]:
        _in_one_run(cell, _MOST_OF_SETTLED_CARD if settled else _MOST_OF_CARD)
        _cut_reads(cell, _READS_OF_CARD)


def _set_parts(row: ET.Element, parts: list[ET.Element], said: str) -> None:
    """The parts of a card: open ones in paragraphs, settled ones below them."""
    clear(row)
    row.set("class", "on-paper")
    cell = ET.SubElement(row, "dd")
    todo = [part for part in parts if part.get("data-status") not in SETTLED]
    todo.sort(key=lambda part: _PLACES.get(part.get("data-status", ""), len(_PLACES)))
    before: dict[str, str] = {}
    shown: dict[str, int] = {}
    for part in todo:
        status = part.get("data-status", "")
        shown[status] = shown.get(status, 0) + 1
        whole = shown[status] <= _PARTS_IN_FULL
        cell.append(_open_part(part, before if whole else None, said))
    short = sum(max(0, count - _PARTS_IN_FULL) for count in shown.values())
    if short:
        more = ET.SubElement(cell, "p", {"class": "facts"})
        more.text = (
            f"What was observed of {'the last part' if short == 1 else f'{short} further parts'} "
            "is in findings.json."
        )
    for status in SETTLED:
        own = [part for part in parts if part.get("data-status") == status]
        if own:
            cell.extend(_settled(own, names_alone=bool(todo)))


def _open_part(part: ET.Element, before: dict[str, str] | None, said: str) -> ET.Element:
    """One paragraph.

    Args:
        part: the part as the page has it.
        before: what the part before it stated, by name, and from now on what this one does;
            None when the sentence is enough.
        said: the card's own sentence, which is not repeated.
    """
    block = ET.Element("div", {**part.attrib})
    line = ET.SubElement(block, "p")
    line.append(_badge(part))
    summary = next(e for e in part.iter("p") if "said-of" in kinds_of(e))
    if not words(summary).startswith(words(_label(part))):
        line.append(_label(part))
        append(line, " ")
    if words(summary).rstrip(".") != said.rstrip("."):
        line.append(_emptied(summary, "span"))
    if before is None:
        return block
    line = ET.SubElement(block, "p", {"class": "seen"})
    most = _MOST_OF_FAULT if part.get("data-status") in _FAULTS else _MOST_OF_OPEN
    for name, value in _seen(part):
        if name == "Evidence":
            _cut_reads(value, _READS_OF_PART)
        text = flat(value)
        dim = ET.SubElement(line, "span", {"class": "dim"})
        if before.get(name) == text and len(text) > 20:
            dim.text = f"{name} as above. "
            continue
        before[name] = text
        dim.text = f"{name} "
        if name == "Evidence":
            line.append(_emptied(value, "span"))
        else:
            ET.SubElement(line, "code").text = _cut(text, most)
        append(line, " ")
    if not len(line):
        block.remove(line)
    return block


def _settled(parts: list[ET.Element], *, names_alone: bool) -> Iterator[ET.Element]:
    """What a status has that needs nothing done: sentences first, then names."""
    first = [] if names_alone else parts[:_PARTS_IN_FULL]
    head = ET.Element("p", {"class": "settled"})
    head.append(_badge(parts[0]))
    count = "1 part" if len(parts) == 1 else f"{len(parts)} parts"
    append(head, f" {count}{':' if names_alone else ''} ")
    if not names_alone:
        yield head
    for part in first:
        line = ET.Element("p", {"class": "settled one"})
        summary = next(e for e in part.iter("p") if "said-of" in kinds_of(e))
        if not words(summary).startswith(words(_label(part))):
            line.append(_label(part))
            append(line, " ")
        line.append(_emptied(summary, "span"))
        for name, value in _seen(part):
            text = flat(value)
            if name == "Observed" and text not in words(line) and text != "true":
                append(line, " ")
                ET.SubElement(line, "code").text = _cut(text, _MOST_OF_SETTLED)
        yield line
    rest = parts[len(first) :]
    if not rest:
        return
    line = head if names_alone else ET.Element("p", {"class": "settled one"})
    if first:
        line.text = f"And {len(rest)} more: "
    for place, part in enumerate(rest):
        _keyed(line, words(_label(part)))
        append(line, "; " if place < len(rest) - 1 else ".")
    yield line


def _seen(part: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    """Observed, expected and evidence of a part: name and value."""
    for listed in part.iter("dl"):
        if "seen" in kinds_of(listed):
            for pair in listed:
                name, value = pair.find("dt"), pair.find("dd")
                if name is not None and value is not None:
                    yield words(name), value


def _badge(part: ET.Element) -> ET.Element:
    badge = _copy(next(e for e in part.iter("span") if "badge" in kinds_of(e)))
    badge.tail = " "
    return badge


def _label(part: ET.Element) -> ET.Element:
    made = ET.Element("b", {"class": "id"})
    _keyed(made, words(next(e for e in part.iter("b") if "id" in kinds_of(e))))
    return made


def _keyed(element: ET.Element, text: str) -> None:
    """Put text at the end, its keys in the face that tells 0, O, 1, l and I apart."""
    for place, piece in enumerate(LONG_KEY.split(text)):
        if place % 2:
            ET.SubElement(element, "code").text = piece
        else:
            append(element, piece)


def _emptied(element: ET.Element, tag: str) -> ET.Element:
    """The element's content in an element without attributes."""
    made = _copy(element)
    made.tag, made.tail = tag, None
    made.attrib.clear()
    return made


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]}… [{len(text):,} characters; {_WHOLE}]"


def _cut_reads(cell: ET.Element, most: int) -> None:
    """Of a list of reads the first, and instead of the others how many there are."""
    links = [e for e in cell if e.tag == "a" and "evidence" in kinds_of(e)]
    fold = next((e for e in cell if "others" in kinds_of(e)), None)
    further = 0 if fold is None else sum(1 for _ in fold.iter("a"))
    more = len(links) + further - most
    if more <= 0:
        return
    for link in links[most:]:
        cell.remove(link)
    if fold is not None:
        cell.remove(fold)
    said = ET.SubElement(cell, "span", {"class": "more"})
    said.text = f"and {more} more"


def _in_one_run(cell: ET.Element, most: int) -> None:
    """A value becomes text: its boxes take more room than it says."""
    if len(cell) == 1 and "value" in kinds_of(cell[0]):
        text = _cut(flat(cell), most)
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


def words(element: ET.Element) -> str:
    """The text of an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


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
