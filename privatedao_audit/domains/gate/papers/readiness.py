"""RG-01: the readiness list, item by item, beside the controls that look at the thing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from privatedao_audit.domains.gate.papers.dates import fresh
from privatedao_audit.domains.gate.papers.facts import Item, Listed, Mark, Paper, PaperFacts
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ReadAt
from privatedao_audit.model.status import Floor, Status, meets_floor, worst

__all__ = ["Stands", "leaned_on", "listed_items"]

#: Statuses under which a control is shown not to hold.
_BAD: Final = (Status.FAIL, Status.DIVERGED, Status.STALE, Status.MISSING)


@dataclass(frozen=True, slots=True)
class Stands:
    """How another control stands, before any waiver, and the floor that READY asks of it."""

    status: Status
    floor: Floor


def leaned_on(facts: PaperFacts) -> tuple[str, ...]:
    """Ids of the controls that items are mapped to."""
    found: dict[str, None] = {}
    for paper in facts.readiness:
        if isinstance(paper.said, Found):
            for item in paper.said.value.items:
                found.update(dict.fromkeys(item.controls))
    return tuple(found)


def listed_items(facts: PaperFacts, others: Mapping[str, Stands]) -> Iterator[Part]:
    """The parts of RG-01."""
    for paper in facts.readiness:
        label = paper.file
        if not isinstance(paper.said, Found):
            text = f"The readiness document {paper.file} is not in the checkout."
            yield unread(label, paper.said, absent=Status.MISSING, absent_summary=text)
            continue
        said = paper.said.value
        label = f"{paper.file}, {said.heading}"
        yield from fresh(paper, label)
        if not said.there:
            text = f"{paper.file} has no heading {said.heading!a}."
            yield Part(label, Status.MISSING, text, paper.said.at)
        elif not said.items:
            text = f"No item stands under {said.heading!a} of {paper.file}."
            yield Part(label, Status.UNKNOWN, text, paper.said.at)
        for number, item in enumerate(said.items, 1):
            yield _item(paper, label, number, item, others)


def _item(
    paper: Paper[Listed], label: str, number: int, item: Item, others: Mapping[str, Stands]
) -> Part:
    name = f"{label}: item {number}"
    at: ReadAt = paper.said.at
    shown = item.text.rstrip(" .;:") or "without a text"
    standing = {one: str(others[one].status) for one in item.controls if one in others}
    seen = {"item": item.text, "mark": str(item.mark), "controls": standing}
    if item.mark == Mark.STRUCK or not item.text:
        text = f"Item {number} is empty or struck out, and only the document says why."
        return Part(name, Status.ATTESTED, text, at, observed=seen)
    if item.strange or not item.controls:
        why = f"names {item.strange[0]}, which can't meet it" if item.strange else (
            "is mapped to no control"
        )  # fmt: skip
        return Part(name, Status.UNKNOWN, f"The item “{shown}” {why}.", at, observed=seen)
    lost = [one for one in item.controls if one not in others]
    if lost:
        text = f"The item “{shown}” leans on {lost[0]}, which was not judged."
        return Part(name, Status.UNKNOWN, text, at, observed=seen)
    unmet = {
        one: others[one].status
        for one in item.controls
        if not meets_floor(others[one].status, others[one].floor)
    }
    if not unmet:
        if item.mark == Mark.OPEN:
            text = f"The list still has “{shown}” open, and {_named(item.controls)} met."
            return Part(name, Status.MISSING, text, at, observed=seen)
        text = f"The item “{shown}”: {_named(item.controls)} met."
        return Part(name, Status.PASS, text, at, observed=seen)
    bad = worst(unmet.values())
    told = ", ".join(f"{one} is {status}" for one, status in unmet.items())
    if item.mark == Mark.DONE and bad in _BAD:
        text = f"The list has “{shown}” done, but {told}."
        return Part(name, Status.FAIL, text, at, observed=seen)
    return Part(name, bad, f"The item “{shown}” is not met: {told}.", at, observed=seen)


def _named(controls: tuple[str, ...]) -> str:
    return f"{', '.join(controls)} {'is' if len(controls) == 1 else 'are'}"
