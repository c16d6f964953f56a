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
    """

    same: list[str]
    other: dict[str, str]
    method: list[Row]
    controls: list[Moved]

    @property
    def whole(self) -> bool:
        """Whether everything came out the same."""
        return not self.other


def reproduced(bundle: Opened, folder: Path) -> Reproduced:
    """Compare the folder of a replay with the bundle that was replayed.

    Facts, findings and tables must be the same bytes. Notebooks must be the same but for the cell
    with the parameters, which names where the profile lay.

    Args:
        folder: what the replay wrote; a notebook that it did not make is not compared.

    Raises:
        BadSide: the replay wrote findings of another deployment.
    """
    same: list[str] = []
    other: dict[str, str] = {}
    names = [layout.FACTS, layout.FINDINGS]
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
    if not other:
        return Reproduced(same, other, [], [])
    raw = _bytes(folder / layout.FINDINGS), _bytes(folder / layout.FACTS)
    if raw[0] is None or raw[1] is None:
        return Reproduced(same, other, [], [])
    found = difference(
        Side("the bundle", bundle.findings, bundle.facts),
        Side("the replay", json.loads(raw[0]), json.loads(raw[1])),
    )
    return Reproduced(same, other, found.method, found.verdicts)


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
