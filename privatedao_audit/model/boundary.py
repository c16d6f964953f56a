"""The honest boundary, computed: what is proven, what is only claimed, and what is open.

A document that says "exists today" proves nothing here: each line takes the state that the
findings of its controls have earned, and the line says which of them decided.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from privatedao_audit.model import catalogue
from privatedao_audit.model.status import ControlClass


class State(StrEnum):
    """What a line has earned, best first."""

    PROVEN = "proven on chain"
    CHECKED = "artefact checked"
    CLAIMED = "only claimed"
    OPEN = "open"
    CONTRADICTED = "contradicted"


_CONTRADICTED = frozenset({"FAIL", "DIVERGED"})
_OPEN = frozenset({"UNKNOWN", "MISSING", "STALE", "WAIVED"})
_CHAIN = frozenset({ControlClass.CHAIN.value, ControlClass.CHAIN_AND_ARTEFACT.value})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the boundary.

    Attributes:
        kind: ``exists today`` or ``belongs to rollout``, as the operations document sorts it.
        cluster: the only cluster on which it can hold; None: any.
    """

    id: str
    kind: str
    title: str
    controls: tuple[str, ...]
    cluster: str | None


@cache
def lines() -> tuple[Line, ...]:
    """The lines of this version, in order.

    Raises:
        BadCatalogue: a line names no control, or one that does not exist.
    """
    tree = tomllib.loads(Path(__file__).with_name("boundary.toml").read_text("utf-8"))
    known = {control.id for control in catalogue.load().controls}
    found = []
    for row in tree["line"]:
        strange = [one for one in row["controls"] if one not in known]
        if strange or not row["controls"]:
            raise catalogue.BadCatalogue(f"{row['id']}: no such control: {strange}")
        found.append(
            Line(row["id"], row["kind"], row["title"], tuple(row["controls"]), row.get("cluster"))
        )
    return tuple(found)


def boundary(found: Iterable[Mapping[str, Any]], cluster: str) -> list[dict[str, Any]]:
    """The boundary over findings, in the shape of findings.json.

    Args:
        found: all findings of the catalogue, as JSON.
        cluster: name of the target's cluster.
    """
    by_id = {row["id"]: row for row in found}
    return [_line(line, [by_id[one] for one in line.controls], cluster) for line in lines()]


def _line(line: Line, rows: list[Mapping[str, Any]], cluster: str) -> dict[str, Any]:
    state, deciding = _state(rows)
    why = _why(state, deciding)
    if line.cluster not in (None, cluster) and state is not State.CONTRADICTED:
        state = State.OPEN
        why = f"Nothing was read on {line.cluster}: the cluster of this run is {cluster}."
    return {
        "id": line.id,
        "kind": line.kind,
        "title": line.title,
        "state": state.value,
        "why": why,
        "controls": [{"id": row["id"], "status": row["status"]} for row in rows],
    }


def _state(rows: list[Mapping[str, Any]]) -> tuple[State, list[Mapping[str, Any]]]:
    against = [row for row in rows if _underneath(row) in _CONTRADICTED]
    if against:
        return State.CONTRADICTED, against
    missing = [row for row in rows if row["status"] in _OPEN]
    if missing:
        return State.OPEN, missing
    attested = [row for row in rows if row["status"] == "ATTESTED"]
    if attested:
        return State.CLAIMED, attested
    by_chain = [row for row in rows if row["class"] in _CHAIN]
    if len(by_chain) == len(rows):
        return State.PROVEN, rows
    return State.CHECKED, [row for row in rows if row not in by_chain]


def _underneath(row: Mapping[str, Any]) -> str:
    """The status of a finding; of a waived one what the waiver is laid over."""
    waiver = row.get("waiver")
    return str(waiver["underneath"] if waiver else row["status"])


def _said(row: Mapping[str, Any]) -> str:
    over = f" over {_underneath(row)}" if row.get("waiver") else ""
    return f"{row['id']} is {row['status']}{over}"


def _why(state: State, deciding: list[Mapping[str, Any]]) -> str:
    named = ", ".join(_said(row) for row in deciding[:4])
    more = f", and {len(deciding) - 4} more" if len(deciding) > 4 else ""
    if state in (State.CONTRADICTED, State.OPEN):
        return f"{named}{more}."
    if state is State.CLAIMED:
        return f"Only people or documents say so: {named}{more}."
    if state is State.CHECKED:
        return f"Files were checked, which no chain can replace: {named}{more}."
    return f"Measured on chain: {named}{more}."
