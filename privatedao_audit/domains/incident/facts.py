"""Facts of incident response."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.protocols.conduct import Lever, Stage


@dataclass(frozen=True, slots=True)
class Running:
    """A proposal that is not over, and what could stop it at the chain's time of the reading."""

    dao: str
    proposal: str
    stage: Stage
    levers: tuple[Lever, ...]


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """Facts of incident response."""

    governance: GovernanceFacts
    running: tuple[Running, ...]
