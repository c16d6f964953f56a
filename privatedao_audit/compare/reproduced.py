"""Whether judging a bundle's recording again came to what the bundle holds, byte for byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.unpack import Opened
from privatedao_audit.compare.difference import Moved, Row, difference
from privatedao_audit.compare.sides import Side
from privatedao_audit.run.normalise import INJECTED


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What a replay of a bundle came to.

    Attributes:
        same: files that came out the same.
        other: file → how it differs, one phrase.
        method: what differs in the method; then other bytes are to be expected.
        controls: the controls whose findings differ.
        notes: what was not compared, or differs without telling anything.
    """

    same: list[str]
    other: dict[str, str]
    method: list[Row]
    controls: list[Moved]
    notes: list[str]

    @property
    def whole(self) -> bool:
        """Whether everything came out the same."""
        return not self.other


def reproduced(bundle: Opened, folder: Path) -> Reproduced:
    """Compare the folder of a replay with the bundle that was replayed.

    Facts, findings, claims and tables must be the same bytes. Notebooks must be the same but for
    the cell with the parameters, which names where the profile lay. Pages must be the same bytes
    where the same version of the kit made them: this compares their prose, tables and figures.
    The bytes of a PDF depend on libraries of the machine that set it, so another PDF is a note.

    Args:
        folder: what the replay wrote; a notebook, page or PDF that it did not make is not
            compared.

    Raises:
        BadSide: the replay wrote findings of another deployment.
    """
    same: list[str] = []
    other: dict[str, str] = {}
    names = [layout.FACTS, layout.FINDINGS]
    names += [name for name in (layout.CLAIMS,) if name in bundle.files]
    names += sorted(name for name in bundle.files if name.startswith("tables/"))
    for name in names:
        made = _bytes(folder / name)
        if made is None:
            other[name] = "was not made"
        elif made == bundle.files[name]:
            same.append(name)
        else:
            other[name] = "has other bytes"
    for name in sorted(one for one in bundle.files if one.startswith("notebooks/")):
        made = _bytes(folder / name)
        if made is None:
            continue
        if _told(made) == _told(bundle.files[name]):
            same.append(name)
        else:
            other[name] = "differs in its cells"
    raw = _bytes(folder / layout.FINDINGS), _bytes(folder / layout.FACTS)
    notes = _documents(bundle, folder, raw[0], same, other)
    if not other or raw[0] is None or raw[1] is None:
        return Reproduced(same, other, [], [], notes)
    found = difference(
        Side("the bundle", bundle.findings, bundle.facts),
        Side("the replay", json.loads(raw[0]), json.loads(raw[1])),
    )
    return Reproduced(same, other, found.method, found.verdicts, notes)


def _documents(
    bundle: Opened, folder: Path, findings: bytes | None, same: list[str], other: dict[str, str]
) -> list[str]:
    """Sort the pages into ``same`` and ``other``; what is to be said of them and of the PDFs."""
    notes: list[str] = []
    again = _version(findings)
    known = again is not None and again == bundle.findings["method"]["kit_version"]
    papers = []
    for name in sorted(bundle.files):
        page, paper = name.endswith(".html"), name.endswith(".pdf")
        made = _bytes(folder / name) if page or paper else None
        # A document that could not be rendered was left empty.
        if not made:
            continue
        if made == bundle.files[name]:
            same.append(name)
        elif paper:
            papers.append(name)
        elif known:
            other[name] = "has other bytes"
    if not known and any(name.endswith(".html") for name in bundle.files):
        notes.append("pages were not compared: another version of the kit has other words")
    if papers:
        notes.append(f"{', '.join(papers)}: other bytes, which depend on the pango and the fonts "
                     "of this machine; what they carry was compared as findings.json")  # fmt: skip
    return notes


def _version(findings: bytes | None) -> str | None:
    try:
        return str(json.loads(findings or b"")["method"]["kit_version"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _told(raw: bytes) -> Any:
    """A notebook without the cell that names places; what is no notebook stays bytes."""
    try:
        book = json.loads(raw)
        book["cells"] = [
            cell
            for cell in book["cells"]
            if INJECTED not in cell.get("metadata", {}).get("tags", [])
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return raw
    return book


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
