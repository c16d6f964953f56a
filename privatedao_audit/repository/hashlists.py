"""Lists of files with their hashes: manifests and attestations, in whatever document they stand.

The aggregate of PrivateDAO's lists is the SHA-256 of the lines ``path:sha256`` in the order of the
list, joined by newlines (scripts/build-cryptographic-manifest.ts there).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from privatedao_audit.model.reads import Found, Read, decoded
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import documents, surfaces

__all__ = ["MAX_LISTED", "HashList", "Listed", "aggregate_of", "read_list"]

#: A longer list is not recomputed, so nothing is said of it.
MAX_LISTED: Final = 2_000
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
#: Members of the document itself; the other fields are members of each row.
_OF_THE_DOCUMENT = ("aggregate", "algorithm")


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of a list.

    Attributes:
        sha256: lower-case hexadecimal digits; None where the list gives none, or gives something
            that is not a SHA-256 (then ``malformed``).
        length: in bytes; None where the list gives none.
    """

    path: str
    sha256: str | None
    length: int | None
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class HashList:
    """A list as its document gives it, in its order.

    Attributes:
        aggregate: as stated; None where the document states none, or no place is mapped.
        algorithm: as stated, e.g. ``sha256``.
    """

    files: tuple[Listed, ...]
    aggregate: str | None = None
    algorithm: str | None = None


def read_list(surface: Surface, read: Read[bytes]) -> Read[HashList]:
    """The list of a ``hash-list`` or ``retained-files`` surface, from the read of its file.

    ``path``, ``sha256`` and ``bytes`` are places in a row, ``aggregate`` and ``algorithm`` places
    in the document. Unknown where the mapped place is no list, or a row names no file.
    """
    in_rows = {k: v for k, v in surface.fields.items() if k not in _OF_THE_DOCUMENT}
    rows = surfaces.rows(surface.model_copy(update={"fields": in_rows}), read)
    if not (isinstance(rows, Found) and isinstance(read, Found)):
        return rows  # type: ignore[return-value]
    return decoded(
        rows, lambda given: _list(surface, given.rows, read.value), f"the file {surface.file}"
    )


def aggregate_of(files: tuple[Listed, ...]) -> str:
    """The SHA-256 over the lines ``path:sha256`` of a list, in its order."""
    lines = "\n".join(f"{one.path}:{one.sha256 or ''}" for one in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _list(surface: Surface, rows: tuple[dict[str, str], ...], data: bytes) -> HashList:
    if len(rows) > MAX_LISTED:
        raise documents.BadDocument(f"it lists {len(rows)} files; {MAX_LISTED} are recomputed")
    document = documents.parse(surface.format, data)
    stated = {name: _one(document, surface.fields.get(name)) for name in _OF_THE_DOCUMENT}
    files = tuple(_listed(number, row) for number, row in enumerate(rows))
    return HashList(files, stated["aggregate"], stated["algorithm"])


def _one(document: documents.Document, place: str | None) -> str | None:
    if place is None:
        return None
    value = documents.pointer(document, place)
    if value is None or isinstance(value, documents.Missing):
        return None
    if not isinstance(value, str):
        raise documents.BadDocument(f"{place} is not a text")
    return value


def _listed(number: int, row: dict[str, str]) -> Listed:
    path = row.get("path", "")
    if not path or "\n" in path:
        raise documents.BadDocument(f"row {number} names no file")
    digest = row.get("sha256")
    bad = digest is not None and not _SHA256.fullmatch(digest)
    size = row.get("bytes")
    if size is not None and not re.fullmatch(r"\d{1,15}", size):
        raise documents.BadDocument(f"row {number} gives {size[:40]!a} as a number of bytes")
    return Listed(
        path,
        None if digest is None or bad else digest.lower(),
        None if size is None else int(size),
        bad,
    )
