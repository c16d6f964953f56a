"""IR-01 to IR-05: is the response to an incident written down, in date, and possible?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from privatedao_audit.domains.custody.signers.labels import distinct
from privatedao_audit.domains.incident.facts import Book, IncidentFacts
from privatedao_audit.domains.incident.levers import lever_part
from privatedao_audit.domains.monitoring.rules.handling import aged
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, Unknown, joined
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

__all__ = ["judged"]

_NAMES: Final = {
    "trigger": "trigger",
    "first_actions": "first actions",
    "owner": "owner",
    "escalation": "escalation",
    "evidence": "evidence to keep",
}


def judged(path: str, facts: IncidentFacts, limits: Limits) -> Judgement:
    """What the runbooks of one path come to."""
    books = [book for book in facts.books if book.path == path]
    parts = list(_parts(path, books, facts, limits)) if books else []
    return judgement(
        distinct(parts),
        good="The response is written down, no older than its limit, and its lever exists.",
        nothing=f"The target maps no runbook for {path}.",
    )


def _parts(
    path: str, books: Sequence[Book], facts: IncidentFacts, limits: Limits
) -> Iterator[Part]:
    for book in books:
        if not isinstance(book.said, Found):
            text = f"The runbook {book.file} is not in the checkout."
            yield unread(book.file, book.said, absent=Status.MISSING, absent_summary=text)
    read = [book for book in books if isinstance(book.said, Found)]
    if not read:
        return
    for element, name in _NAMES.items():
        yield _element(element, name, read, facts)
    try:
        protocol = protocol_of(facts.governance.protocol)
    except UnknownProtocol as error:
        text = f"What the program can do is not known: {error}."
        yield Part("on-chain lever", Status.UNKNOWN, text)
    else:
        yield lever_part(path, read, facts, protocol)
    for book in read:
        yield _age(book, limits)
        yield from _declared(path, book)


def _element(
    element: str, name: str, books: Sequence[Book], facts: IncidentFacts
) -> Part:
    at = joined(*(book.said.at for book in books))
    for book in books:
        assert isinstance(book.said, Found)
        found = book.said.value.elements[element]
        if not found.lines:
            continue
        if element == "escalation" and not found.reaches:
            continue
        place = f"{book.file}:{found.line}"
        seen = {"file": book.file, "lines": found.lines}
        if found.reaches:
            seen["reaches"] = list(found.reaches)
        text = f"{place} states the {name} (lines or items under {found.place!r}: {found.lines})."
        return Part(name, Status.ATTESTED, text, book.said.at, seen)
    unread = [paper for paper in facts.contacts if isinstance(paper.said, Diverged | Unknown)]
    told = any(isinstance(b.said, Found) and b.said.value.elements[element].lines for b in books)
    if told and unread:
        why = f"the list of contacts {unread[0].file} was not read"
        text = f"Whether the {name} names anybody is not known: {why}."
        return Part(name, Status.UNKNOWN, text, at)
    return Part(name, Status.MISSING, f"{_lacking(element, name, books)}.", at)


def _lacking(element: str, name: str, books: Sequence[Book]) -> str:
    told = []
    for book in books:
        assert isinstance(book.said, Found)
        found = book.said.value.elements[element]
        if found.lines:
            place = f"{book.file}:{found.line}"
            told.append(f"{place} names nobody of the lists of contacts, and no address")
        elif found.line is None:
            told.append(f"{book.file} has no section {found.place!r}")
        else:
            told.append(f"{book.file}:{found.line} is empty or a placeholder")
    return f"No {name}: {'; '.join(told)}"


def _age(book: Book, limits: Limits) -> Part:
    assert isinstance(book.said, Found)
    declared = [] if book.said.value.date is None else [book.said.value.date]
    status, why = aged(declared, book.changed, book.said.at, limits.contact_age_seconds)
    at = joined(book.said.at, book.changed.at)
    good = status is Status.PASS
    committed = book.changed.value if isinstance(book.changed, Found) else None
    return Part(
        f"age of {book.file}", Status.ATTESTED if good else status, f"{book.file} {why}.", at,
        {"declared": book.said.value.date, "committed": committed},
    )  # fmt: skip


def _declared(path: str, book: Book) -> Iterator[Part]:
    assert isinstance(book.said, Found)
    stated = book.said.value.path
    if stated is not None and stated != path:
        text = f"{book.file} is mapped to {path} and says that it is about {stated[:60]!r}."
        yield Part(f"path of {book.file}", Status.FAIL, text, book.said.at, stated[:60], path)
