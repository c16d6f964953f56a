"""Facts of key custody."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.authority.resolve import Link
from privatedao_audit.domains.custody.controllers.facts import ControllerFacts
from privatedao_audit.domains.custody.history.facts import HistoryFacts
from privatedao_audit.domains.custody.signers.facts import SignerFacts
from privatedao_audit.domains.release.facts import SourceOf


@dataclass(frozen=True, slots=True)
class ProgramCustody:
    """One program in scope.

    Attributes:
        links: from the program to its last controller.
        records: custody records of the checkout about this program.
    """

    name: str
    id: str
    links: tuple[Link, ...]
    records: tuple[SourceOf, ...]


@dataclass(frozen=True, slots=True)
class CustodyFacts:
    """Facts of key custody, for every program in scope in the target's order."""

    cluster: str
    programs: tuple[ProgramCustody, ...]
    authority: AuthorityFacts
    controllers: ControllerFacts = field(default_factory=ControllerFacts)
    history: HistoryFacts = field(default_factory=HistoryFacts)
    signers: SignerFacts = field(default_factory=SignerFacts)
