"""Read the runbooks of the checkout and the lists of contacts for incidents."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.custody.signers.registers import signer_registers
from privatedao_audit.domains.incident.facts import Book
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.papers.collect import contacts, paper
from privatedao_audit.domains.treasury.papers.facts import Contact, Paper
from privatedao_audit.model.personal import salt_of, short_digest
from privatedao_audit.model.reads import Found, Read, decoded, joined
from privatedao_audit.repository.runbooks import Way, read_contacts, read_runbook
from privatedao_audit.repository.surfaces import rows

__all__ = ["collect_books", "collect_contacts", "registered_keys"]

#: Lists that name people who can be called.
_LISTS: Final = ("incident-contacts", "recovery-contacts")


async def collect_books(sources: Sources) -> tuple[Book, ...]:
    """The current runbooks that speak of the target's cluster, one for each mapping."""
    names = await _callable(sources)
    found = []
    for surface in sources.target.current("runbook"):
        read = await sources.repository.file(surface.file)
        said = decoded(
            read,
            partial(read_runbook, fields=surface.fields, contacts=names),
            f"the runbook {surface.file}",
        )
        changed = decoded(
            await last_committed(sources.repository, surface.file),
            lambda change: change.committer_time, "the change",
        )  # fmt: skip
        found.append(Book(surface.file, surface.topic or "", said, changed))
    return tuple(found)


async def collect_contacts(sources: Sources) -> tuple[Paper[tuple[Contact, ...]], ...]:
    """The current lists and pages of incident contacts, without personal data."""
    pages = []
    for surface in sources.target.current("contact-page"):
        page, _read = await paper(
            sources, surface.file, partial(_page, fields=surface.fields)
        )
        pages.append(page)
    return (*await contacts(sources, "incident-contacts"), *pages)


def _page(data: bytes, fields: Mapping[str, str]) -> tuple[Contact, ...]:
    """The contacts of a page. Its section on the owner names one person, or nobody."""
    said = read_contacts(data, fields)
    salt = salt_of(data)

    def contact(way: Way, who: str, role: str) -> Contact:
        return Contact(
            who=short_digest(salt, who), value=short_digest(salt, way.value.casefold()),
            purposes=("incident",), role=role, kind=way.kind, fault="", owned=bool(said.owner),
            date=said.date,
        )  # fmt: skip

    return (
        *(contact(way, said.owner, "incident owner") for way in said.owned),
        *(contact(way, way.value, "") for way in said.ways),
    )


async def registered_keys(sources: Sources) -> Read[tuple[str, ...]]:
    """Keys that a signer register of the team or the target's profile knows, sorted."""
    registers = await signer_registers(sources)
    keys = {one.address for one in sources.target.wallets}
    for register in registers:
        if not isinstance(register.entries, Found):
            return decoded(register.entries, lambda _entries: (), "the signer register")
        keys |= {entry.key for entry in register.entries.value}
    at = joined(*(one.entries.at for one in registers))
    return Found(tuple(sorted(keys)), at)


async def _callable(sources: Sources) -> tuple[str, ...]:
    """Names and roles of the lists, by which a runbook may name somebody to call."""
    names: dict[str, None] = {}
    for part in _LISTS:
        for surface in sources.target.current(part):
            read = rows(surface, await sources.repository.file(surface.file))
            if isinstance(read, Found):
                for row in read.value.rows:
                    if row.get("value", "").strip():
                        names.update(dict.fromkeys((row.get("name", ""), row.get("role", ""))))
    return tuple(name for name in names if name.strip())
