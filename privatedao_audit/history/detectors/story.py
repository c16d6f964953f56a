"""What the detectors read and what they answer.

A :class:`Story` is one DAO with its history, laid out once by columns: detectors walk over lists
and never over rows of a frame, so that a million instructions take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from privatedao_audit.history.detectors.calls import Calls, calls_of
from privatedao_audit.history.detectors.gaps import gaps_of
from privatedao_audit.history.facts import DaoHistory, Role
from privatedao_audit.history.places import of_deeds
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found, Read, ReadAt, Unknown
from privatedao_audit.protocols.conduct import InstructionRule
from privatedao_audit.protocols.facts import DaoReads, ProposalReads

__all__ = [
    "POWERLESS",
    "Announced",
    "Detected",
    "Detector",
    "Hit",
    "Known",
    "Recount",
    "Story",
]

#: Registered roles without power over anything.
POWERLESS = frozenset({"demo", "reviewer", "verification"})
#: Transactions that one hit lists at most.
MOST_SIGNATURES = 1_000

#: Whether a proposal passes if the votes of some voters weighed less: voter → raw units less.
#: None where that can't be told.
Recount = Callable[[ProposalReads, DaoReads, Mapping[str, int]], bool | None]


@dataclass(frozen=True, slots=True)
class Hit:
    """Something a detector found.

    Attributes:
        detector: id of the detector.
        subject: address of what it is about: a proposal, an account, a wallet.
        text: what happened, one sentence.
        signatures: the transactions it rests on, oldest first.
        slot, block_time: of the transaction that completed it; Unix seconds, None where the node
            kept none.
        weight: raw units or lamports concerned; 0 where no amount is.
        at: the reads it rests on.
    """

    detector: str
    subject: str
    text: str
    signatures: tuple[str, ...]
    slot: int | None
    block_time: int | None
    weight: int = 0
    at: ReadAt = field(default_factory=ReadAt)


@dataclass(frozen=True, slots=True)
class Detected:
    """What one detector says of one DAO.

    Attributes:
        hits: in the order of time.
        unable: why it could not judge all of it (a gap, an unknown instruction, a cut log), as
            one clause; empty where it could. No hits and a reason mean "incomplete", never "none".
        note: what it did not look at because the target does not say what to expect; empty where
            it looked at everything.
    """

    detector: str
    hits: tuple[Hit, ...]
    unable: str = ""
    note: str = ""

    @property
    def silent(self) -> bool:
        """Whether it looked at everything it could and found nothing."""
        return not self.hits and not self.unable


@dataclass(frozen=True, slots=True)
class Announced:
    """One row of the calendar of proposals; None where the row does not say.

    Attributes:
        opens: Unix seconds of the announced opening (of a day: its beginning).
        day: ``opens`` names a day, and not a moment of it.
    """

    number: str | None = None
    title: str | None = None
    proposer: str | None = None
    opens: int | None = None
    day: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the target says may be expected.

    Attributes:
        roles: registered role (``keeper``, ``dao-authority``, …) → keys. Keys that are
            registered for demonstrations, reviews or verification are in no other role.
        vaults: addresses of the vaults of the target's multisigs.
        mints: mints that the DAO depends on.
        program_data: ProgramData addresses of the programs in scope.
        calendar: what was announced; ProvenAbsent where the target names no calendar.
    """

    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    vaults: frozenset[str] = frozenset()
    mints: frozenset[str] = frozenset()
    program_data: frozenset[str] = frozenset()
    calendar: Read[tuple[Announced, ...]] = field(
        default_factory=lambda: Unknown("no calendar was read")
    )

    def of(self, *roles: str) -> frozenset[str]:
        """The keys registered for any of these roles."""
        return frozenset(key for role in roles for key in self.roles.get(role, ()))


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the detectors of one DAO read.

    Attributes:
        rules: of the DAO's protocol: instruction → who may call it and what it does.
        recount: of the DAO's protocol; None where it can't recount.
        proposals: address → proposal, those that the DAO counts.
        calls: the instructions about this DAO, by columns.
        gaps: address → why its history may lack something; whole ones are left out.
    """

    reads: DaoReads
    history: DaoHistory
    rules: Mapping[str, InstructionRule]
    known: Known = field(default_factory=Known)
    recount: Recount | None = None
    proposals: Mapping[str, ProposalReads] = field(init=False, repr=False)
    calls: Calls = field(init=False, repr=False)
    gaps: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        proposals = {one.address: one for one in self.reads.proposals}
        # Derived once: eleven detectors walk over the same columns.
        object.__setattr__(self, "proposals", proposals)
        calls = calls_of(self.history, self.rules, proposals, self.governance_mint)
        object.__setattr__(self, "calls", calls)
        object.__setattr__(self, "gaps", gaps_of(self.history))

    def named(self, proposal: str | None) -> str:
        """A proposal as people name it."""
        one = self.proposals.get(proposal or "")
        if one is not None:
            return f"proposal {one.id}"
        return f"proposal {proposal}" if proposal else "no proposal"

    @property
    def now(self) -> int | None:
        """The chain's time at the reading, Unix seconds; None where it was not read."""
        return self.reads.now.value if isinstance(self.reads.now, Found) else None

    def gap(self, *roles: Role) -> str:
        """Why something of the addresses of these roles may be missing; empty where nothing can."""
        if self.history.gaps:
            return self.history.gaps[0].rstrip(".")
        for address, why in self.gaps.items():
            one = self.history.histories.get(address)
            if one is None or one.role in roles:
                return f"the history of {address} is not whole: {why}"
        return ""

    def unheard(self) -> str:
        """Why an instruction about the DAO may be missing; empty where none can."""
        if not isinstance(self.reads.dao, Found):
            return "the DAO was not read"
        if self.reads.gaps:
            return self.reads.gaps[0].rstrip(".")
        return self.gap("dao", "proposal", "treasury") or self.calls.unread

    def hit(
        self, detector: str, subject: str, text: str, at: list[int], *, weight: int = 0
    ) -> Hit:
        """A hit that rests on transactions.

        Args:
            at: numbers of the transactions in the history, in order; those beyond
                ``MOST_SIGNATURES`` are counted in the text and not listed.
        """
        numbers = list(dict.fromkeys(at))
        # Long histories are kept packed: only what is named is looked at.
        named = [self.history.deeds[number] for number in numbers[:MOST_SIGNATURES]]
        last = self.history.deeds[numbers[-1]]
        return Hit(
            detector, subject, text, tuple(one.signature for one in named), last.slot,
            last.block_time, weight, of_deeds(named),
        )  # fmt: skip

    @property
    def governance_mint(self) -> str | None:
        """The token that votes; None where there is none, or the DAO was not read."""
        dao = self.reads.dao
        return dao.value.governance_mint if isinstance(dao, Found) else None


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector: what it is called, what it means in plain words, and how it runs."""

    id: str
    title: str
    explanation: str
    run: Callable[[Story, Detection], Detected]
