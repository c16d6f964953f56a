"""Facts about the DAOs in scope."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.protocols.facts import DaoReads, ProposalReads


@dataclass(frozen=True, slots=True)
class GovernanceFacts:
    """The DAOs in scope, in the target's order.

    Attributes:
        protocol: the target's word for it.
        unsupported: why nothing was read: no protocol of that name is known. Empty otherwise.
        names: address of a DAO → the target's name for it.
    """

    protocol: str
    unsupported: str
    names: dict[str, str]
    daos: tuple[DaoReads, ...]

    def proposals(self) -> tuple[tuple[DaoReads, ProposalReads], ...]:
        """Every proposal of every DAO, with its DAO."""
        return tuple((dao, one) for dao in self.daos for one in dao.proposals)
