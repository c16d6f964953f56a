"""Facts of treasury protection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.treasury.archive.facts import ArchiveFacts
from privatedao_audit.domains.treasury.papers.facts import Contact, NamedFile, Paper, Row
from privatedao_audit.domains.treasury.places.facts import PlaceFacts
from privatedao_audit.domains.treasury.tokens.facts import TokenFacts
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.model.reads import Read, Unknown


@dataclass(frozen=True, slots=True)
class TreasuryFacts:
    """Facts of treasury protection.

    Attributes:
        histories: DAO → the whole history of its treasury and of what rules it.
        places: who prints a treasury, and what derivation gives.
        recipients: the recipient registers.
        mint_registers: the mint registers.
        tokens: DAO → its token accounts and mints.
        contacts: lists of recovery and incident contacts.
        archive: the team's archive of executed actions.
        named: the evidence files that the target names.
        rent_floor: lamports that an account without data must hold to stay, where it is not empty.
    """

    governance: GovernanceFacts
    histories: Mapping[str, DaoHistory] = field(default_factory=dict)
    places: PlaceFacts = field(default_factory=PlaceFacts)
    recipients: tuple[Paper[tuple[Row, ...]], ...] = ()
    mint_registers: tuple[Paper[tuple[Row, ...]], ...] = ()
    tokens: Mapping[str, TokenFacts] = field(default_factory=dict)
    contacts: tuple[Paper[tuple[Contact, ...]], ...] = ()
    archive: ArchiveFacts = field(default_factory=ArchiveFacts)
    named: tuple[NamedFile, ...] = ()
    rent_floor: Read[int] = field(default=Unknown("it was not asked for"))
