"""The seam: what the kit asks of a governance protocol.

A second DAO protocol is a second implementation of :class:`GovernanceProtocol` and one line in
the registry. Nothing above this floor names a protocol or knows its accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.protocols.conduct import (
    Action,
    ActionKind,
    Actions,
    Availability,
    Caller,
    Document,
    Does,
    ErrorName,
    Failure,
    InstructionRule,
    Lever,
    LeverRule,
    Moment,
    PolicyRule,
    Stage,
    StageKind,
)
from privatedao_audit.protocols.facts import (
    Asset,
    Dao,
    DaoReads,
    Delegation,
    Group,
    Outcome,
    PayoutPlan,
    Policy,
    Proposal,
    ProposalReads,
    ProposedAction,
    Raw,
    Record,
    Tally,
    Treasury,
    TreasuryAccount,
    TreasuryReads,
    Vote,
    VotesRead,
    Window,
)

__all__ = [
    "Action",
    "ActionKind",
    "Actions",
    "Asset",
    "Availability",
    "Caller",
    "CollectLimits",
    "Dao",
    "DaoReads",
    "Delegation",
    "Document",
    "Does",
    "ErrorName",
    "Failure",
    "GovernanceProtocol",
    "Group",
    "InstructionRule",
    "Lever",
    "LeverRule",
    "Moment",
    "Outcome",
    "PayoutPlan",
    "Policy",
    "PolicyRule",
    "Proposal",
    "ProposalReads",
    "ProposedAction",
    "Raw",
    "Record",
    "Stage",
    "StageKind",
    "Tally",
    "Treasury",
    "TreasuryAccount",
    "TreasuryReads",
    "Vote",
    "VotesRead",
    "Window",
]


@dataclass(frozen=True, slots=True)
class CollectLimits:
    """How much of a DAO is read. What lies beyond is told as a gap, never left out silently.

    Attributes:
        proposals: most proposals.
        pages: most pages of 1,000 signatures per proposal, in search of voters.
        transactions: most transactions over all proposals together; 0: votes are not looked for.
    """

    proposals: int = 2_000
    pages: int = 20
    transactions: int = 5_000

    def __post_init__(self) -> None:
        for name, least in (("proposals", 1), ("pages", 1), ("transactions", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, not {getattr(self, name)}")


class GovernanceProtocol(Protocol):
    """What the kit asks of a protocol. Implementations are stateless.

    ``build`` is always one of :attr:`builds`, or None for "not known".
    """

    @property
    def name(self) -> str:
        """The name by which a target asks for it."""
        ...

    @property
    def builds(self) -> tuple[str, ...]:
        """Builds of the program whose error numbers or instructions differ, oldest first."""
        ...

    @property
    def documents(self) -> tuple[Document, ...]:
        """Files that the protocol's repositories carry."""
        ...

    @property
    def instruction_rules(self) -> Mapping[str, InstructionRule]:
        """Instruction name → who may call it; every instruction has a rule."""
        ...

    @property
    def policy_rules(self) -> tuple[PolicyRule, ...]:
        """Which instructions honour which policies; empty where the program enforces them all."""
        ...

    @property
    def lever_rules(self) -> Mapping[str, LeverRule]:
        """Name → when it works: every lever, and what only looks like one."""
        ...

    async def collect_dao(
        self, chain: ChainReads, dao: str, program: str, limits: CollectLimits | None = None
    ) -> DaoReads:
        """Read a DAO and all that belongs to it.

        Raises:
            ValueError: ``dao`` or ``program`` is not a public key.
        """
        ...

    def treasuries(self, dao_reads: DaoReads) -> tuple[Treasury, ...]:
        """Where the DAO's funds lie, derived and not taken from any document."""
        ...

    def actions(self, transaction: Transaction, program: str) -> Actions:
        """What a transaction asked of ``program`` and which events it emitted."""
        ...

    def failure(
        self, transaction: Transaction, program: str, build: str | None = None
    ) -> Failure:
        """Why a transaction failed.

        Raises:
            ValueError: an unknown build.
        """
        ...

    def error_name(self, code: int, build: str | None = None) -> ErrorName:
        """What an error number of the program means.

        Raises:
            ValueError: an unknown build.
        """
        ...

    def stage(self, proposal: Proposal, now: int, dao: Dao | None = None) -> Stage:
        """Where a proposal stands at ``now``, which must be the chain's time, not ours."""
        ...

    def recount(
        self, proposal: ProposalReads, dao: DaoReads, less: Mapping[str, int]
    ) -> bool | None:
        """Whether a proposal passes if the votes of some voters weighed less.

        Args:
            less: voter → raw units of the voting token that are not to count.

        Returns:
            None where that can't be told.
        """
        ...

    def levers(self, stage: Stage, build: str | None = None) -> tuple[Lever, ...]:
        """What can stop what at that stage: every lever that exists or is claimed to exist.

        Ordinary voting is no lever: it decides, and whether it stops anything is known at the
        end only.

        Raises:
            ValueError: an unknown build.
        """
        ...
