"""A page of contacts in Markdown: ways to reach somebody, by the form of what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.runbooks.read import HANDLE, MAIL, PHONE
from privatedao_audit.repository.runbooks.sections import (
    Section,
    plain,
    read_sections,
    said_lines,
    unlinked,
)

__all__ = ["ContactPage", "Way", "read_contacts"]

_MAX_WAYS: Final = 200
_MESSENGERS = re.compile(r"\b(?:whatsapp|telegram|signal|discord|slack|matrix)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach somebody: ``kind`` is mail, phone or messenger; both are as written."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class ContactPage:
    """A page of contacts.

    Attributes:
        date: of its front matter; None where it has none.
        owner: what the section on the owner says; empty where there is none.
        owned: the ways to reach the owner.
        ways: those of the section on contacts.
    """

    date: str | None
    owner: str
    owned: tuple[Way, ...]
    ways: tuple[Way, ...]


def read_contacts(data: bytes, fields: Mapping[str, str]) -> ContactPage:
    """A page of contacts from its bytes.

    Args:
        fields: ``contacts`` and ``owner`` → heading of the section.

    Raises:
        BadDocument: not UTF-8, beyond the bounds, or a heading that stands there twice.
    """
    front, sections = read_sections(data)
    owner = _lines(sections, fields.get("owner"))
    date = front.get("date")
    return ContactPage(
        str(date)[:40] if isinstance(date, str) else None,
        "\n".join(owner),
        tuple(_ways(owner)),
        tuple(_ways(_lines(sections, fields.get("contacts")))),
    )


def _lines(sections: tuple[Section, ...], heading: str | None) -> tuple[str, ...]:
    if heading is None:
        return ()
    found = [one for one in sections if plain(one.heading) == plain(heading)]
    if len(found) > 1:
        raise BadDocument(f"the heading {heading[:80]!r} stands there twice")
    return said_lines(found[0].lines) if found else ()


def _ways(lines: tuple[str, ...]) -> Iterator[Way]:
    for line in lines[:_MAX_WAYS]:
        text = unlinked(line)
        for kind, form in (("mail", MAIL), ("phone", PHONE), ("messenger", HANDLE)):
            found = form.search(text) or form.search(line)
            if found is None:
                continue
            named = kind == "phone" and _MESSENGERS.search(text) is not None
            yield Way("messenger" if named else kind, found[0].strip(" .,;:"))
            break
