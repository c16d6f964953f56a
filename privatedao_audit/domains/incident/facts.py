"""Facts of incident response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.incident.drills.facts import DrillFile
from privatedao_audit.domains.treasury.papers.facts import Contact, Paper
from privatedao_audit.model.reads import Read, Unknown
from privatedao_audit.protocols.conduct import Lever, Stage
from privatedao_audit.repository.runbooks import Runbook

__all__ = ["Book", "IncidentFacts", "Power", "Running"]


@dataclass(frozen=True, slots=True)
class Running:
    """A proposal that is not over, and what could stop it at the chain's time of the reading."""

    dao: str
    proposal: str
    stage: Stage
    levers: tuple[Lever, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A runbook that the target maps.

    Attributes:
        file: path in the checkout.
        path: the incident path that the target maps it to, e.g. ``IR-01``.
        changed: Unix second of the commit that last gave the file its content.
    """

    file: str
    path: str
    said: Read[Runbook]
    changed: Read[int]


@dataclass(frozen=True, slots=True)
class Power:
    """Who pulls the levers of one DAO, and how long that takes.

    Attributes:
        dao, name: its address, and the target's name for it.
        delays: the DAO's own, in seconds, by name.
        kinds: role → what holds it, e.g. ``wallet``.
        needs: role → seconds from the last approval to the effect; Unknown where what stands
            behind the key is not known.
        performed: levers that not every build of the program has → whether the DAO's history
            shows one that took effect.
    """

    dao: str
    name: str
    delays: Read[Mapping[str, int]]
    kinds: Mapping[str, str]
    needs: Mapping[str, Read[int]]
    performed: Mapping[str, Read[bool]]


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """Facts of incident response.

    Attributes:
        books: runbooks of the five paths, in the target's order.
        contacts: lists of incident contacts, without personal data.
        drills: drill records.
        powers: one for each DAO in scope.
        registered: keys that signer registers of the team or the target's profile know.
    """

    governance: GovernanceFacts
    running: tuple[Running, ...]
    books: tuple[Book, ...] = ()
    contacts: tuple[Paper[tuple[Contact, ...]], ...] = ()
    drills: tuple[DrillFile, ...] = ()
    powers: tuple[Power, ...] = ()
    registered: Read[tuple[str, ...]] = field(
        default_factory=lambda: Unknown("the signer registers were not read")
    )
