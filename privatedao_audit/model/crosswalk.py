"""The crosswalk: which controls of an outside framework the kit's controls speak to, and how.

The list of the framework is data (crosswalk.toml, pinned to a version); the mapping stands with
each control of the catalogue and is the kit's own reading. It claims no certification.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from privatedao_audit.model import catalogue
from privatedao_audit.model.status import ControlClass

#: How ``frameworks`` of a control names an id of this framework.
PREFIX = "SEAL "


class Shown(StrEnum):
    """How far the kit can show an outside control, strongest first."""

    ON_CHAIN = "proven on chain"
    ARTEFACT = "artefact checked"
    ATTESTED = "attested"
    NOT_OBSERVABLE = "not observable"


_BY_CLASS = {
    ControlClass.CHAIN: Shown.ON_CHAIN,
    ControlClass.CHAIN_AND_ARTEFACT: Shown.ON_CHAIN,
    ControlClass.CHAIN_OR_ARTEFACT: Shown.ARTEFACT,
    ControlClass.ARTEFACT: Shown.ARTEFACT,
    ControlClass.HUMAN: Shown.ATTESTED,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One control of the framework.

    Attributes:
        id, title: as the framework has them.
        shown: how the strongest of the kit's controls shows it, when that control is met.
        ours: ids of the kit's controls that speak to it, in the order of the catalogue.
    """

    id: str
    title: str
    shown: Shown
    ours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """The whole list of one version of a framework."""

    framework: str
    version: str
    commit: str
    rows: tuple[Row, ...]

    @property
    def observable(self) -> tuple[Row, ...]:
        """The rows to which some control of the kit speaks."""
        return tuple(row for row in self.rows if row.ours)


@cache
def load() -> Crosswalk:
    """The crosswalk of this version's catalogue.

    Raises:
        BadCatalogue: a control names an id that the framework does not have.
    """
    tree = tomllib.loads(Path(__file__).with_name("crosswalk.toml").read_text("utf-8"))
    titles: dict[str, str] = tree["titles"]
    speaks: dict[str, list[catalogue.Control]] = {name: [] for name in titles}
    for control in catalogue.load().controls:
        for named in control.frameworks:
            theirs = named.removeprefix(PREFIX)
            if theirs not in speaks:
                raise catalogue.BadCatalogue(f"{control.id}: {named} is not in the crosswalk")
            speaks[theirs].append(control)
    order = list(Shown)
    rows = tuple(
        Row(
            name, title,
            min((_BY_CLASS[c.control_class] for c in speaks[name]), key=order.index,
                default=Shown.NOT_OBSERVABLE),
            tuple(c.id for c in speaks[name]),
        )
        for name, title in titles.items()
    )  # fmt: skip
    return Crosswalk(tree["framework"], tree["version"], tree["commit"], rows)
