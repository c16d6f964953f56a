"""Incidents against detectors, as a Markdown table: what is meant, or what was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from privatedao_audit.history.detectors import DETECTORS

from .catalogue import INCIDENTS

__all__ = ["HEALTHY", "markdown", "meant"]

HEALTHY = "healthy life"
"""Name of the row for the life without an incident."""

_MEANT, _ALSO = "●", "○"


def meant() -> dict[str, frozenset[str]]:
    """Row → detectors that are to fire there: every incident, and the healthy life."""
    return {HEALTHY: frozenset(), **{name: one.detectors for name, one in INCIDENTS.items()}}


def markdown(found: Mapping[str, Collection[str]] | None = None) -> str:
    """The table, with a line for each mark that needs a reason.

    Args:
        found: row → ids of the detectors that fired; None: those that are meant to.
    """
    fired = meant() if found is None else found
    names = list(DETECTORS)
    head = ["incident", *(f"`{name}`" for name in names)]
    lines = [_row(head), _row(["---"] + [":-:"] * len(names))]
    for row, ids in fired.items():
        incident = INCIDENTS.get(row)
        first = row if incident is None else f"`{row}`: {incident.title}"
        aim = None if incident is None else incident.detector
        marks = [(_MEANT if name == aim else _ALSO) if name in ids else "" for name in names]
        lines.append(_row([first, *marks]))
    lines += ["", f"{_MEANT} the detector meant for it, {_ALSO} another one that is right too:"]
    lines += [
        f"- `{name}`, `{other}`: {why}"
        for name, one in INCIDENTS.items()
        for other, why in one.also.items()
    ]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
