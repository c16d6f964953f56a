"""Labels of parts: one register may be mapped twice, and one key stand in it twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from privatedao_audit.model.finding import Part


def distinct(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The same parts; a label that comes again is numbered, so that none hides another."""
    counts: dict[str, int] = {}
    found = []
    for part in parts:
        count = counts[part.label] = counts.get(part.label, 0) + 1
        found.append(part if count == 1 else replace(part, label=f"{part.label} ({count})"))
    return tuple(found)
