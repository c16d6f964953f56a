"""What is personal in a recording: the fields of the lists and pages of contacts it read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.bundle.errors import CannotBundle
from privatedao_audit.bundle.public.words import Place, Word, same
from privatedao_audit.model.parts import PERSONAL
from privatedao_audit.model.personal import salt_of, short_digest
from privatedao_audit.model.reads import Found, ReadAt
from privatedao_audit.model.target import Surface, Target
from privatedao_audit.repository.documents import BadDocument
from privatedao_audit.repository.runbooks import read_contacts
from privatedao_audit.repository.surfaces import rows

#: Part → its fields that are withheld. The one-file verifier states the same.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "recovery-contacts": ("name", "value", "owner"),
    "incident-contacts": ("name", "value", "owner"),
    "contact-page": ("value", "owner"),
}
#: Fields of those parts that stay readable: without them no verdict on contacts can be followed.
SHOWN: Final[tuple[str, ...]] = ("role", "kind", "date")
#: The field that is a way to reach somebody; the others are names.
CONTACT: Final = "value"
#: Reads whose answer is a file's bytes, and the kinds of reads that ask the checkout at all.
OF_A_FILE: Final = frozenset({("file", "read"), ("git", "blob-at")})
CHECKOUT: Final = frozenset({"file", "git"})


@dataclass(frozen=True, slots=True)
class Table:
    """What one file says in one personal part.

    Attributes:
        rows: field → text, row by row.
        whole: the section on the owner of a page, of which each line is a row.
    """

    file: str
    part: str
    rows: tuple[dict[str, str], ...]
    whole: str = ""

    def cells(self) -> Iterator[tuple[Place, str]]:
        """Every text that is withheld, and where it stands."""
        for number, row in enumerate(self.rows, 1):
            for name in FIELDS[self.part]:
                if row.get(name, "").strip():
                    yield Place(self.file, self.part, number, name), row[name].strip()


@dataclass(frozen=True, slots=True)
class Personal:
    """A body that a personal file was read to, and what it says.

    Attributes:
        sha256: of the body.
        salt: of the digests under which facts know its contacts.
    """

    sha256: str
    salt: bytes
    tables: tuple[Table, ...]


def personal(
    target: Target, reads: Iterable[Mapping[str, Any]], body: Callable[[str], bytes | None]
) -> list[Personal]:
    """The bodies of the recording that are personal files.

    Args:
        reads: kind, method and params of questions, each with ``body_sha256`` of an answer, and
            whether it is what was ``found``.
        body: SHA-256 → bytes.

    Raises:
        CannotBundle: a file is not what the target declares, so nobody knows what in it is
            personal.
    """
    surfaces = [one for one in target.surfaces if one.part in PERSONAL]
    found: dict[str, list[Table]] = {}
    salts: dict[str, bytes] = {}
    for read in reads:
        if not read["found"] or (read["kind"], read["method"]) not in OF_A_FILE:
            continue
        path = read["params"].get("path") if isinstance(read["params"], dict) else None
        for surface in surfaces:
            data = body(read["body_sha256"]) if surface.file == path else None
            if data is None:
                continue
            table = _table(surface, data)
            salts[read["body_sha256"]] = salt_of(data)
            tables = found.setdefault(read["body_sha256"], [])
            if table not in tables:
                tables.append(table)
    return [
        Personal(digest, salts[digest], tuple(tables)) for digest, tables in sorted(found.items())
    ]


def words(found: Iterable[Personal], salt_of: Callable[[str], bytes]) -> list[Word]:
    """Each text that is withheld once, however often and however spelt it is declared.

    Args:
        salt_of: text, as :func:`same` has it → 32 bytes.
    """
    texts: dict[str, str] = {}
    places: dict[str, dict[Place, None]] = {}
    digests: dict[str, set[str]] = {}
    for one in found:
        for table in one.tables:
            for place, text in table.cells():
                key = same(text)
                texts.setdefault(key, text)
                places.setdefault(key, {})[place] = None
                digests.setdefault(key, set()).update(_digests(one.salt, text))
                if place.field == "owner" and table.whole:
                    digests[key].update(_digests(one.salt, table.whole))
    return [
        Word(
            text, salt_of(key), any(place.field == CONTACT for place in places[key]),
            tuple(places[key]), frozenset(digests[key]),
        )
        for key, text in texts.items()
    ]  # fmt: skip


def _table(surface: Surface, data: bytes) -> Table:
    if surface.part != "contact-page":
        read = rows(surface, Found(data, ReadAt()))
        if not isinstance(read, Found):
            raise _unclear(surface.file)
        return Table(surface.file, surface.part, read.value.rows)
    try:
        page = read_contacts(data, surface.fields)
    except BadDocument:
        raise _unclear(surface.file) from None
    date = {"date": page.date} if page.date else {}
    lines = [{"owner": line} for line in page.owner.split("\n") if line.strip()]
    ways = [{"kind": one.kind, "value": one.value, **date} for one in (*page.owned, *page.ways)]
    return Table(surface.file, surface.part, (*lines, *ways), page.owner)


def _unclear(file: str) -> CannotBundle:
    return CannotBundle(
        f"{file} is not what the target declares it to be, so nobody can say what in it is "
        "personal: mend the file or its mapping, and record again"
    )


def _digests(salt: bytes, text: str) -> Iterator[str]:
    """As the facts on contacts write them."""
    for one in (text, text.casefold()):
        yield short_digest(salt, one)
