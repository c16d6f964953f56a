"""The evidence register on paper: one table, one line for each read.

Made of the entries of the page (templates/report/parts.html.j2), which hold more: questions,
requests and answers stay in the HTML report and in the recording. What makes a read doubtful
(a body that is missing or has another hash, an id that leads nowhere) is never left out.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from privatedao_audit.report.paper_cards import append, kinds_of

#: Of method and question together so many characters of the question's face fit on a line; those
#: of the method are narrower. Of the question never less than the least.
_ASKED, _NARROWER, _LEAST_QUESTION = 53, 0.92, 16
#: Of the SHA-256 so many digits.
_DIGEST = 16
#: So many controls are named, the others counted.
_NAMED = 2
_NOT_THERE = "A finding rests on it all the same: treat that finding as unproven."
_COLUMNS = ("Read", "What was asked", "Slot, or time", "From", "Bytes, SHA-256", "Named by")


def set_register(root: ET.Element) -> None:
    """Put one table in the place of the register's entries, in place."""
    for parent in list(root.iter()):
        entries = [e for e in parent if "entry" in kinds_of(e)]
        if not entries:
            continue
        place = list(parent).index(entries[0])
        answers = _answers(entries)
        days = sorted({_words(entry, "asked")[:10] for entry in entries} - {""})
        table = _table([_row(entry, answers, one_day=len(days) == 1) for entry in entries], days)
        for entry in entries:
            parent.remove(entry)
        parent.insert(place, table)


def _table(rows: list[ET.Element], days: list[str]) -> ET.Element:
    table = ET.Element("table", {"class": "dense reads"})
    count = "1 read" if len(rows) == 1 else f"{len(rows)} reads"
    when = "" if not days else f", {' to '.join(dict.fromkeys((days[0], days[-1])))}, times in UTC"
    ET.SubElement(
        table, "caption"
    ).text = f"{count}: what was asked, of whom, and what came back{when}"
    group = ET.SubElement(table, "colgroup")
    for number in range(1, len(_COLUMNS) + 1):
        ET.SubElement(group, "col", {"class": f"e{number}"})
    head = ET.SubElement(ET.SubElement(table, "thead"), "tr")
    for title in _COLUMNS:
        ET.SubElement(head, "th", {"scope": "col"}).text = title
    ET.SubElement(table, "tbody").extend(rows)
    return table


def _row(entry: ET.Element, answers: dict[str, _Answer], *, one_day: bool) -> ET.Element:
    row = ET.Element("tr", {"id": entry.get("id", "")})
    name = ET.SubElement(row, "th", {"scope": "row"})
    ET.SubElement(name, "code").text = entry.get("id", "")
    method = _first(entry, "method")
    if method is None:
        # The recording has no such read: nothing but that can be said.
        said = ET.SubElement(row, "td", {"colspan": "4"})
        ET.SubElement(said, "b", {"class": "bad"}).text = f"{_doubt(entry)} {_NOT_THERE}"
    else:
        _asked(ET.SubElement(row, "td"), entry, method)
        _when(ET.SubElement(row, "td"), entry, one_day=one_day)
        ET.SubElement(row, "td").text = _words(entry, "from") or "—"
        _came_back(ET.SubElement(row, "td"), entry, answers)
    _named(ET.SubElement(row, "td"), entry)
    return row


def _when(cell: ET.Element, entry: ET.Element, *, one_day: bool) -> None:
    """The slot that was answered for; where there is none, when the question was asked."""
    slot, moment = _words(entry, "slot"), _words(entry, "asked").removesuffix(" UTC")
    if slot:
        ET.SubElement(cell, "code").text = slot
    else:
        cell.text = moment[11:] if one_day else moment


def _asked(cell: ET.Element, entry: ET.Element, method: ET.Element) -> None:
    cell.text = " ".join("".join(method.itertext()).split()) + " "
    cell.text = cell.text.removeprefix("rpc ")
    params = next((e for e in entry if "params" in kinds_of(e)), None)
    pre = None if params is None else next(params.iter("pre"), None)
    # A long question was broken into lines for the screen, between the tokens of its JSON.
    question = "" if pre is None else re.sub(r"\n *", "", "".join(pre.itertext()))
    if question not in ("", "null", "[]", "{}"):
        most = max(_LEAST_QUESTION, int(_ASKED - _NARROWER * len(cell.text)))
        if len(question) > most:
            question = question[:most] + "…"
        code = ET.SubElement(cell, "code")
        code.text = question
        code.tail = " "
    outcome = _words(entry, "outcome")
    if outcome != "found":
        bold = ET.SubElement(cell, "b")
        bold.text = outcome
        bold.tail = f": {_words(entry, 'why')}" if _words(entry, "why") else None


@dataclass(frozen=True)
class _Answer:
    """What came back once: length in bytes and SHA-256 as shown, and what is wrong with it."""

    length: str = ""
    digest: str = ""
    doubt: str = ""


def _answers(entries: list[ET.Element]) -> dict[str, _Answer]:
    """The answers by exchange id; one exchange may serve several reads."""
    return {
        _words(exchange, "id"): _answer(exchange)
        for entry in entries
        for exchange in entry
        if "exchange" in kinds_of(exchange) and (exchange.tag == "div" or _doubt(exchange))
    }


def _answer(exchange: ET.Element) -> _Answer:
    if exchange.tag != "div":
        return _Answer(doubt="not in this recording")
    if _first(exchange, "withheld") is not None:
        return _Answer(doubt="withheld: it held a secret")
    length, digest = _words(exchange, "length"), _words(exchange, "digest")
    doubt = _doubt(exchange)
    if not length:
        doubt = "body not in this recording" if digest else "no body"
    return _Answer(length, digest, doubt)


def _came_back(cell: ET.Element, entry: ET.Element, answers: dict[str, _Answer]) -> None:
    """Length and hash of each answer that was used."""
    used = [e for e in entry if {"exchange", "used"} <= set(kinds_of(e))]
    if not used:
        cell.text = "no answer was used"
    for place, exchange in enumerate(used):
        answer = answers.get(_words(exchange, "id"), _Answer(doubt="not in this recording"))
        if place:
            ET.SubElement(cell, "br")
        if answer.length:
            append(cell, f"{answer.length} ")
        if answer.digest:
            code = ET.SubElement(cell, "code")
            code.text = answer.digest[:_DIGEST]
            code.tail = " "
        if answer.doubt:
            ET.SubElement(cell, "b", {"class": "bad"}).text = answer.doubt


def _named(cell: ET.Element, entry: ET.Element) -> None:
    """Links to the first controls that name the read, and how many more there are."""
    named = _first(entry, "named")
    links = [] if named is None else list(named.iter("a"))
    for place, link in enumerate(links[:_NAMED]):
        made = ET.SubElement(cell, "a", {"href": link.get("href", "")})
        made.text = link.text
        made.tail = " " if place < len(links[:_NAMED]) - 1 else None
    if len(links) > _NAMED:
        append(cell, f" +{len(links) - _NAMED}")


def _first(element: ET.Element, kind: str) -> ET.Element | None:
    return next((e for e in element.iter() if kind in kinds_of(e)), None)


def _words(element: ET.Element, kind: str) -> str:
    """The text of the first element of a class within, or an empty string."""
    found = _first(element, kind)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def _doubt(element: ET.Element) -> str:
    """What stands in bold because something is wrong, without what folds below it hold."""
    for one in element.iter("strong"):
        if "bad" in kinds_of(one):
            return " ".join("".join(one.itertext()).split())
    return ""
