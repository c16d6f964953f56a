"""A drill record of the checkout, row by row. Nothing is asked here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.chain.answers import is_signature
from privatedao_audit.domains.custody.signers.dates import unix_seconds
from privatedao_audit.domains.incident.drills.facts import Gap
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.parts import INCIDENT_PATHS
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import documents
from privatedao_audit.repository.errors import BadDocument

__all__ = ["MAX_DRILLS", "Row", "rows_of"]

#: Most drills of a record, and most signatures, participants or gaps of a drill.
MAX_DRILLS: Final = 100
_MAX_LIST: Final = 50

_ROOT = re.compile(r"[0-9a-f]{64}")
_TEXTS: Final = (
    "incident", "path", "date", "cluster", "genesis_hash", "recording", "evidence_root",
    "started_at", "detected_at", "contained_at", "instruction",
)  # fmt: skip
_TIMES: Final = ("started_at", "detected_at", "contained_at")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a drill record; ``fault`` says what is malformed in it.

    Attributes:
        texts: field → text, stripped; empty where the row does not give it.
        gaps: None where the row says nothing of gaps.
    """

    place: str
    texts: Mapping[str, str]
    signatures: tuple[str, ...]
    participants: tuple[str, ...]
    gaps: tuple[Gap, ...] | None
    fault: str

    def time(self, name: str) -> int | None:
        """A time of the row as a Unix second; None where it gives none."""
        return unix_seconds(self.texts[name])


def rows_of(surface: Surface, data: bytes) -> tuple[Row, ...]:
    """The rows of a drill record.

    Raises:
        BadDocument: malformed, beyond the bounds, or no list of tables where the target says.
    """
    document = documents.parse(surface.format, data)
    place = surface.rows or ""
    found = documents.pointer(document, "" if place == "/" else place)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise BadDocument(f"{place} is no list of tables")
    if len(found) > MAX_DRILLS:
        raise BadDocument(f"{place} has more than {MAX_DRILLS} drills")
    return tuple(_row(surface, row, number) for number, row in enumerate(found, 1))


def _row(surface: Surface, row: Mapping[str, Any], number: int) -> Row:
    said: dict[str, Any] = {}
    for name, place in surface.fields.items():
        value = documents.pointer(documents.Document(surface.format, row), place)
        if not isinstance(value, documents.Missing) and value is not None:
            said[name] = value
    faults: list[str] = []
    texts = {name: _text(said, name, faults) for name in _TEXTS}
    signatures = _texts(said, "signatures", faults)
    participants = _texts(said, "participants", faults)
    gaps = _gaps(said, faults)
    faults += _malformed(texts, signatures)
    place = f"{surface.file}, drill {number}"
    return Row(place, texts, signatures, participants, gaps, "; ".join(faults[:3]))


def _text(said: Mapping[str, Any], name: str, faults: list[str]) -> str:
    value = said.get(name, "")
    if isinstance(value, str):
        return value.strip()[:1_000]
    faults.append(f"{name} is a {type(value).__name__}, not a text")
    return ""


def _texts(said: Mapping[str, Any], name: str, faults: list[str]) -> tuple[str, ...]:
    value = said.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        faults.append(f"{name} is no list of texts")
        return ()
    if len(value) > _MAX_LIST:
        faults.append(f"{name} has more than {_MAX_LIST} entries")
        return ()
    return tuple(dict.fromkeys(one.strip() for one in value))


def _gaps(said: Mapping[str, Any], faults: list[str]) -> tuple[Gap, ...] | None:
    if "gaps" not in said:
        return None
    value = said["gaps"]
    if not isinstance(value, list) or len(value) > _MAX_LIST:
        faults.append("gaps is no list, or too long")
        return None
    found = []
    for one in value:
        whole = isinstance(one, dict) and isinstance(one.get("text"), str)
        if not whole or not isinstance(one.get("closed"), bool):
            faults.append("a gap is not { text, closed }")
            return None
        found.append(Gap(one["text"][:300], one["closed"]))
    return tuple(found)


def _malformed(texts: Mapping[str, str], signatures: tuple[str, ...]) -> Iterator[str]:
    if texts["path"] not in INCIDENT_PATHS:
        yield "its path is none of IR-01 to IR-05"
    for name in (*_TIMES, "date"):
        if texts[name] and unix_seconds(texts[name]) is None:
            yield f"{name} is no time with its zone"
    known = GENESIS_HASHES.get(texts["cluster"])
    if texts["cluster"] not in {*GENESIS_HASHES, "localnet"}:
        yield "it names no cluster"
    elif known is not None and texts["genesis_hash"] not in ("", known):
        yield f"its genesis hash is not that of {texts['cluster']}"
    elif known is None and texts["genesis_hash"] in GENESIS_HASHES.values():
        yield "its genesis hash is that of a public cluster"
    if texts["recording"] and not _ROOT.fullmatch(texts["evidence_root"]):
        yield "its recording comes without an evidence root"
    if not all(is_signature(one) for one in signatures):
        yield "one of its signatures is none"
