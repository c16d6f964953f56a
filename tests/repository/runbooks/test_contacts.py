"""A page of contacts: ways to reach somebody, told by their form."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.runbooks import ContactPage, Way, read_contacts

PAGE = """---
date: 2026-11-01
---
# Contacts

## Who leads

The duty officer, on.call@club.invalid.

## Ways

- Mail: [security@club.invalid](mailto:security@club.invalid)
- Telephone: +44 20 7946 0000
- WhatsApp: [+44 20 7946 0001](https://wa.me/442079460001)
- Telegram: [@the_club](https://t.me/the_club)
- Discord: [our server](https://discord.gg/abc)
- Web: https://club.invalid
- Mail: TBD
- ~~Old mail: old@club.invalid~~

```
example@club.invalid
```
"""
FIELDS = {"contacts": "Ways", "owner": "Who leads"}


def read(text: str, **fields: str) -> ContactPage:
    return read_contacts(text.encode(), fields or FIELDS)


def test_ways_are_told_by_their_form() -> None:
    page = read(PAGE)
    assert page.date == "2026-11-01"
    assert page.owned == (Way("mail", "on.call@club.invalid"),)
    assert page.ways == (
        Way("mail", "security@club.invalid"), Way("phone", "+44 20 7946 0000"),
        Way("messenger", "+44 20 7946 0001"), Way("messenger", "@the_club"),
        Way("messenger", "discord.gg/abc"),
    )  # fmt: skip


def test_a_page_without_its_sections_reaches_nobody() -> None:
    assert read(PAGE, contacts="Elsewhere") == ContactPage("2026-11-01", "", (), ())
    assert read("# Contacts\n").date is None


def test_a_heading_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(BadDocument, match="twice"):
        read(f"{PAGE}\n## Ways\n\nNone.\n")
