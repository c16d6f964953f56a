"""The control catalogue, read from ``controls.toml`` and validated on load."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from privatedao_audit.model import canonical
from privatedao_audit.model.status import ControlClass, Effort, Floor, Severity


class BadCatalogue(ValueError):
    """The catalogue breaks one of its own rules; the message names the control."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One readiness domain: its name, its title for people, and its notebook."""

    name: str
    title: str
    notebook: str
    prefixes: tuple[str, ...]


DOMAINS: tuple[Domain, ...] = (
    Domain("release", "Release control", "01_release_control", ("RC",)),
    Domain("custody", "Key custody", "02_key_custody", ("UA", "SD")),
    Domain("rpc", "RPC and network resilience", "03_rpc_resilience", ("RP",)),
    Domain("monitoring", "Monitoring and alerting", "04_monitoring", ("MA",)),
    Domain("treasury", "Treasury protection", "05_treasury_protection", ("TR",)),
    Domain("incident", "Incident response", "06_incident_response", ("IR",)),
    Domain("gate", "Readiness gate and honest boundary", "07_readiness_gate", ("RG",)),
)

#: How many controls each series has: a catalogue that lost one must not load.
SERIES: dict[str, int] = {
    "RC": 15, "UA": 10, "SD": 5, "RP": 10, "MA": 12, "TR": 9, "IR": 7, "RG": 7,
}  # fmt: skip

#: The only controls for which N/A is legal.
NA_LEGAL = frozenset({"UA-02", "UA-03", "UA-05", "UA-06", "UA-07", "TR-02", "TR-04", "TR-05"})
#: Controls of class C whose rule accepts a signed record instead of chain bytes.
ATTESTABLE_CHAIN = frozenset({"UA-03"})
#: Controls that no waiver may cover.
NOT_WAIVABLE = frozenset({"RC-02", "RC-08", "UA-01", "RG-06"})

_AGE = re.compile(r"([1-9][0-9]*)([hd])")


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    Attributes:
        id: stable identifier, e.g. ``UA-06``; reports, diffs and waivers refer to it.
        control_class: how it can be shown (member ``class`` of the data).
        blocking: whether READY depends on it.
        floor: the weakest status that READY accepts.
        effort: how long a team needs to settle a gap, once ``needs`` are settled.
        needs: ids of the controls to settle first.
        kit: the control is the kit's own, beyond the operations document.
        age_limit_seconds: how old its evidence may be; None where nothing ages.
        na: the proven absences that make it N/A; empty where N/A is not legal.
        waivable: whether a waiver may cover it.
        invalidated_by: full sentences, what ends the verdict.
        frameworks: ids of outside frameworks' controls that it speaks to.
    """

    id: str
    domain: str
    title: str
    requirement: str
    control_class: ControlClass
    blocking: bool
    floor: Floor
    severity: Severity
    effort: Effort
    needs: tuple[str, ...]
    kit: bool
    age_limit_seconds: int | None
    na: tuple[str, ...]
    waivable: bool
    remediation: str
    recheck: str
    invalidated_by: tuple[str, ...]
    frameworks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All controls in catalogue order, and the SHA-256 of the data they came from."""

    controls: tuple[Control, ...]
    sha256: str

    def __getitem__(self, control_id: str) -> Control:
        for control in self.controls:
            if control.id == control_id:
                return control
        raise KeyError(f"there is no control {control_id!r} in the catalogue")

    def of_domain(self, name: str) -> tuple[Control, ...]:
        """The controls of one domain, in catalogue order."""
        return tuple(c for c in self.controls if c.domain == name)


def domain(name: str) -> Domain:
    """The domain of that name.

    Raises:
        KeyError: there is none; the message lists the names.
    """
    for one in DOMAINS:
        if one.name == name:
            return one
    names = ", ".join(d.name for d in DOMAINS)
    raise KeyError(f"there is no domain {name!r}; the domains are {names}")


@cache
def load() -> Catalogue:
    """The catalogue that this version ships.

    Raises:
        BadCatalogue: it breaks a rule of its own.
    """
    return parse(Path(__file__).with_name("controls.toml").read_bytes())


def parse(data: bytes) -> Catalogue:
    """Read and validate catalogue data.

    Raises:
        BadCatalogue: with the control's id and the rule it breaks.
    """
    tree = tomllib.loads(data.decode("utf-8"))
    controls = tuple(_control(row) for row in tree.get("control", []))
    _check_whole(controls)
    return Catalogue(controls, canonical.sha256(data))


_REQUIRED = (
    "id", "domain", "title", "requirement", "class", "blocking", "floor", "severity",
    "remediation", "recheck", "effort",
)  # fmt: skip
_OPTIONAL = ("kit", "age_limit", "na", "waivable", "invalidated_by", "frameworks", "needs")


def _control(row: dict[str, Any]) -> Control:
    name = row.get("id", "a control without id")
    missing = [key for key in _REQUIRED if key not in row]
    unknown = [key for key in row if key not in _REQUIRED + _OPTIONAL]
    if missing or unknown:
        raise BadCatalogue(f"{name}: missing {missing}, unknown {unknown}")
    try:
        control = Control(
            id=row["id"],
            domain=row["domain"],
            title=row["title"],
            requirement=row["requirement"],
            control_class=ControlClass(row["class"]),
            blocking=row["blocking"],
            floor=Floor(row["floor"]),
            severity=Severity(row["severity"]),
            effort=Effort(row["effort"]),
            needs=tuple(row.get("needs", ())),
            kit=row.get("kit", False),
            age_limit_seconds=_seconds(row["age_limit"]) if "age_limit" in row else None,
            na=tuple(row.get("na", ())),
            waivable=row.get("waivable", True),
            remediation=row["remediation"],
            recheck=row["recheck"],
            invalidated_by=tuple(row.get("invalidated_by", ())),
            frameworks=tuple(row.get("frameworks", ())),
        )
    except ValueError as error:
        raise BadCatalogue(f"{name}: {error}") from None
    _check_one(control)
    return control


def _check_one(control: Control) -> None:
    prefix, _, number = control.id.partition("-")
    where = next((d for d in DOMAINS if prefix in d.prefixes), None)
    if where is None or not (number.isdigit() and len(number) == 2):
        raise BadCatalogue(f"{control.id}: not an id of a known series")
    if control.domain != where.name:
        raise BadCatalogue(f"{control.id}: belongs to {where.name}, not {control.domain}")
    attestable = control.id in ATTESTABLE_CHAIN or control.control_class is not ControlClass.CHAIN
    if control.floor is not Floor.PASS and not attestable:
        raise BadCatalogue(f"{control.id}: the floor of class C is PASS")
    if bool(control.na) != (control.id in NA_LEGAL):
        raise BadCatalogue(f"{control.id}: N/A is legal for {sorted(NA_LEGAL)} and only there")
    if control.waivable == (control.id in NOT_WAIVABLE):
        raise BadCatalogue(f"{control.id}: these can't be waived: {sorted(NOT_WAIVABLE)}")
    for text in (control.title, control.requirement, control.remediation, control.recheck):
        if not text.strip():
            raise BadCatalogue(f"{control.id}: has an empty text")


def _check_whole(controls: tuple[Control, ...]) -> None:
    expected = [f"{p}-{n:02d}" for p, count in SERIES.items() for n in range(1, count + 1)]
    ids = [control.id for control in controls]
    twice = [one for one, count in Counter(ids).items() if count > 1]
    if twice:
        raise BadCatalogue(f"listed twice: {twice}")
    if ids != expected:
        lacking = [one for one in expected if one not in ids]
        raise BadCatalogue(f"lacks {lacking}" if lacking else "the controls are out of order")
    try:
        tuple(TopologicalSorter({one.id: one.needs for one in controls}).static_order())
    except CycleError as error:
        raise BadCatalogue(f"these need each other: {error.args[1]}") from None
    for one in controls:
        if strange := [name for name in one.needs if name not in ids]:
            raise BadCatalogue(f"{one.id}: needs {strange}, which is no control")


def _seconds(text: str) -> int:
    match = _AGE.fullmatch(text)
    if match is None:
        raise BadCatalogue(f"{text!r} is not an age like 24h or 90d")
    return int(match[1]) * (3600 if match[2] == "h" else 86_400)
