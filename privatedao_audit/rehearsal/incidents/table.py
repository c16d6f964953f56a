"""Incidents against detectors, as a Markdown table; a test plays each row on a real node."""

from __future__ import annotations

from privatedao_audit.history.detectors import DETECTORS

from .catalogue import INCIDENTS

__all__ = ["HEALTHY", "markdown"]

HEALTHY = "healthy life"
"""Name of the row for the life without an incident."""

_MEANT, _ALSO = "●", "○"


def markdown() -> str:
    """The table, the life without an incident first, with a reason for each second mark."""
    names = list(DETECTORS)
    head = ["incident", *(f"`{name}`" for name in names)]
    lines = [_row(head), _row(["---"] + [":-:"] * len(names))]
    lines.append(_row([HEALTHY, *[""] * len(names)]))
    for key, one in INCIDENTS.items():
        marks = {name: _MEANT if name == one.detector else _ALSO for name in one.detectors}
        lines.append(_row([f"`{key}`: {one.title}", *(marks.get(name, "") for name in names)]))
    lines += ["", f"{_MEANT} the detector meant for it, {_ALSO} another one that is right too:"]
    lines += [
        f"- `{name}`, `{other}`: {why}"
        for name, one in INCIDENTS.items()
        for other, why in one.also.items()
    ]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
