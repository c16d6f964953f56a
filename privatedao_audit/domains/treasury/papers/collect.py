"""Read the treasury's documents through the surfaces of the target."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.papers.facts import Contact, NamedFile, Paper, Row
from privatedao_audit.model.personal import salt_of, short_digest
from privatedao_audit.model.reads import Found, Read, decoded
from privatedao_audit.repository.surfaces import Rows, rows, statement

__all__ = ["contacts", "named_files", "paper", "register"]

_PURPOSES: Final = ("recovery", "incident")
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]{1,190}(\.[^@\s.]{1,63})+")
#: Kinds of contact under one name, so that two spellings of one kind are not two kinds.
_KINDS: Final = {
    "e-mail": "mail", "email": "mail", "mail": "mail", "telephone": "phone", "phone": "phone",
    "sms": "phone", "landline": "phone", "call": "phone", "mobile": "phone", "tel": "phone",
    "cell": "phone", "cellphone": "phone", "messenger": "messenger",
    "whatsapp": "messenger", "signal": "messenger", "telegram": "messenger",
    "discord": "messenger", "slack": "messenger", "matrix": "messenger",
}  # fmt: skip


async def paper(
    sources: Sources, file: str, decode: Callable[[bytes], Any]
) -> tuple[Paper[Any], Read[bytes]]:
    """A document, decoded, with what dates it; and its bytes."""
    read = await sources.repository.file(file)
    said = decoded(read, decode, f"the file {file}")
    return Paper(file, said, await _changed(sources, file)), read


async def _changed(sources: Sources, file: str) -> Read[int]:
    change = await last_committed(sources.repository, file)
    return decoded(change, lambda one: one.committer_time, "the commit")


async def register(sources: Sources, part: str, key: str) -> tuple[Paper[tuple[Row, ...]], ...]:
    """The current registers of a part.

    Args:
        key: the field that holds the address a row is about.
    """
    found = []
    for surface in sources.target.current(part):
        read = rows(surface, await sources.repository.file(surface.file))
        said = decoded(read, lambda some: _rows(some, key), f"the register {surface.file}")
        found.append(Paper(surface.file, said, await _changed(sources, surface.file)))
    return tuple(found)


def _rows(said: Rows, key: str) -> tuple[Row, ...]:
    found = []
    for number, row in enumerate(said.rows):
        if not row.get(key):
            raise ValueError(f"row {number} gives no {key}")
        address = str(parse_pubkey(row[key], f"the {key} of row {number}"))
        found.append(Row(address, {name: text for name, text in row.items() if name != key}))
    return tuple(found)


async def contacts(
    sources: Sources, part: str = "recovery-contacts"
) -> tuple[Paper[tuple[Contact, ...]], ...]:
    """The current lists of contacts that play a part, without personal data."""
    found = []
    for surface in sources.target.current(part):
        read = await sources.repository.file(surface.file)
        salt = salt_of(read.value) if isinstance(read, Found) else b""
        said = decoded(
            rows(surface, read),
            partial(_contacts, salt=salt),
            "the list",
        )
        found.append(Paper(surface.file, said, await _changed(sources, surface.file)))
    return tuple(found)


def _contacts(said: Rows, salt: bytes) -> tuple[Contact, ...]:
    return tuple(_contact(row, salt) for row in said.rows)


def _contact(row: dict[str, str], salt: bytes) -> Contact:
    kind = " ".join(row.get("kind", "").casefold().split())
    value = row.get("value", "").strip()
    kind = _kind(kind, value)
    words = re.findall(r"[a-z]+", row.get("role", "").casefold())
    served = tuple(one for one in _PURPOSES if {one, f"{one}s"} & set(words))
    return Contact(
        who=short_digest(salt, row.get("name", "").strip()),
        value=short_digest(salt, value.casefold()),
        purposes=served,
        role=row.get("role", ""),
        kind=kind,
        fault=_unreachable(kind, value, row.get("name")),
        owned=not blank(row.get("owner")),
        date=row.get("date") or None,
    )


def _kind(said: str, value: str) -> str:
    """The kind of a contact under one name: by its form first, since a mail stays a mail."""
    if _MAIL.fullmatch(value):
        return "mail"
    words = said.replace("-", " ").split()
    return next((_KINDS[one] for one in (said, *words) if one in _KINDS), said)


def _unreachable(kind: str, value: str, name: str | None) -> str:
    if blank(kind):
        return "its kind is not stated"
    if blank(value):
        return "it says nothing"
    if blank(name):
        return "whom it reaches is not stated"
    if kind == "mail" and not _MAIL.fullmatch(value):
        return "its form is not that of a mail address"
    if kind == "phone" and (sum(c.isdigit() for c in value) < 6 or re.search("[a-z]{3}", value)):
        return "its form is not that of a telephone number"
    return "it is too short to be one" if len(value) < 3 else ""


async def named_files(sources: Sources) -> tuple[NamedFile, ...]:
    """The current evidence files that the target names."""
    found = []
    for surface in sources.target.current("evidence-file"):
        read = await sources.repository.file(surface.file)
        said = decoded(
            statement(surface, sources.target.cluster.name, read),
            lambda one: one.one("date"),
            "the evidence file",
        )
        content = read.value if isinstance(read, Found) else b""
        digest = hashlib.sha256(content).hexdigest()[:16]
        about = Paper(surface.file, said, await _changed(sources, surface.file))
        found.append(NamedFile(surface.topic or "", about, len(content), digest))
    return tuple(found)
