"""What a governance protocol holds on chain, in words that fit any of them.

Every type carries ``raw``, the decoded fields under the protocol's own names, beside the few
values that the kit understands of all protocols. Raw values are plain: texts, integers, booleans,
None, lists and dicts; bytes as hexadecimal text, an enum as the name of its variant, or as
``{name: fields}`` where the variant has fields. Integers may be as large as a u64.

Times are Unix seconds, durations seconds, SOL amounts lamports, token amounts raw units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from privatedao_audit.model.reads import Found, Read

__all__ = [
    "Asset",
    "Dao",
    "DaoReads",
    "Delegation",
    "Group",
    "Outcome",
    "PayoutPlan",
    "Policy",
    "Proposal",
    "ProposalReads",
    "ProposedAction",
    "Raw",
    "Record",
    "Tally",
    "Treasury",
    "TreasuryAccount",
    "TreasuryReads",
    "Vote",
    "VotesRead",
    "Window",
]

Raw = Mapping[str, Any]


class Outcome(Enum):
    """How far a proposal got, whatever its protocol calls it."""

    DRAFT = "draft"
    OPEN = "open"
    PASSED = "passed"
    EXECUTED = "executed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    VETOED = "vetoed"


class Asset(Enum):
    """What a proposed action moves."""

    SOL = "sol"
    TOKEN = "token"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Window:
    """A phase that is open while ``opens_at <= now < closes_at``; None: not fixed by the chain."""

    name: str
    opens_at: int | None
    closes_at: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """A count or weight of a proposal, e.g. the yes weight of one chamber."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class ProposedAction:
    """What executing a proposal would do.

    Attributes:
        asset: SOL, a token, or any other call.
        amount: lamports or raw token units; None for a call.
        recipient: the wallet that receives, also for tokens; None for a call.
        mint: of a token; None otherwise.
        kind: the protocol's own word.
        fault: why the protocol refuses to execute it as it stands; None where it does not.
    """

    asset: Asset
    amount: int | None
    recipient: str | None
    mint: str | None
    kind: str
    fault: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """An account of the protocol that was decoded and whose address was derived again.

    Attributes:
        kind: the name of its layout.
        proof: how its address follows from its content; None where it can not be derived from
            its content alone.
    """

    address: str
    kind: str
    lamports: int
    proof: str | None
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dao:
    """The organisation.

    Attributes:
        authorities: role → key, of the DAO account itself.
        governance_mint: the token that votes; None where there is none.
        voting_rule: how votes become a decision, in words.
        delays: name → seconds, e.g. ``execution``.
        proposal_count: how many proposals it says it has; None where the protocol keeps none.
        proof: how its address follows from its content; None where it does not.
        proof_note: in words, what that proves or leaves open.
        quorum: share of those who take part that must be reached, in percent; None where the
            protocol has none of that kind.
    """

    address: str
    program: str
    name: str
    authorities: Mapping[str, str]
    governance_mint: str | None
    voting_rule: str
    delays: Mapping[str, int]
    proposal_count: int | None
    proof: str | None
    proof_note: str
    raw: Raw = field(repr=False)
    quorum: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal.

    Attributes:
        id: how people name it, e.g. the decimal number.
        status: the protocol's own word.
        outcome: the same in the kit's words.
        windows: the phases whose times the account fixes, in order.
        participants: how many votes were given so far, told or not; None where not counted.
        actions: what executing it would do; empty: nothing.
        unlocks_at: from when it may be executed; None while that is not fixed.
        executed: whether it was.
    """

    address: str
    id: str
    dao: str
    proposer: str
    title: str
    description: str
    status: str
    outcome: Outcome
    windows: tuple[Window, ...]
    participants: int | None
    tallies: tuple[Tally, ...]
    actions: tuple[ProposedAction, ...]
    unlocks_at: int | None
    executed: bool
    raw: Raw = field(repr=False)

    def tally(self, name: str) -> int:
        """The value of a tally.

        Raises:
            KeyError: the proposal has no tally of that name.
        """
        for tally in self.tallies:
            if tally.name == name:
                return tally.value
        raise KeyError(name)

    def window(self, name: str) -> Window:
        """A window by name.

        Raises:
            KeyError: the proposal has no window of that name.
        """
        for window in self.windows:
            if window.name == name:
                return window
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Vote:
    """One voter's record.

    Attributes:
        choice: ``yes``, ``no`` or another word; None while it is not told.
        weights: name → weight that counts.
        others: role → key that may act for the voter.
    """

    address: str
    proposal: str
    voter: str
    choice: str | None
    weights: Mapping[str, int]
    others: Mapping[str, str]
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delegation:
    """A weight lent to another voter for one proposal; ``used``: the delegatee voted with it."""

    address: str
    proposal: str
    delegator: str
    delegatee: str
    weights: Mapping[str, int]
    used: bool
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Keys of which ``threshold`` different ones must sign for what ``name`` says."""

    name: str
    keys: tuple[str, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules set for a DAO, or frozen for one proposal.

    Attributes:
        kind: the name of its layout.
        subject: the DAO or proposal it rules.
        authority: who may change it; None: nobody.
        settings: name → value, without addresses of itself, times and bumps.
        since: when it was last written, Unix seconds; None where that is not kept.
        groups: keys that must sign together for something; groups without keys are left out.
    """

    address: str
    kind: str
    subject: str
    authority: str | None
    settings: Raw
    since: int | None
    raw: Raw = field(repr=False)
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class PayoutPlan:
    """A payment to be made outside the proposal's own action."""

    address: str
    proposal: str
    recipient: str
    asset: Asset
    mint: str | None
    amount: int
    recipients: int
    paid: bool
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class Treasury:
    """A treasury's address and how it is derived: ``seeds`` in words, in order."""

    address: str
    dao: str
    program: str
    seeds: tuple[str, ...]
    bump: int


@dataclass(frozen=True, slots=True)
class TreasuryAccount:
    """A treasury as it stands. ``fault``: why it is not what the protocol pays from."""

    lamports: int
    owner: str
    data_length: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class TreasuryReads:
    """A treasury; an absent account holds no SOL and is no fault."""

    treasury: Treasury
    account: Read[TreasuryAccount]


@dataclass(frozen=True, slots=True)
class VotesRead:
    """The votes of a proposal as far as they could be found.

    Attributes:
        votes, delegations: address → read.
        complete: every vote is among them, proven by ``why``.
        delegations_complete: the same of delegations.
        why: in words, what proves it or what is missing.
    """

    votes: Mapping[str, Read[Vote]]
    delegations: Mapping[str, Read[Delegation]]
    complete: bool
    delegations_complete: bool
    why: str


@dataclass(frozen=True, slots=True)
class ProposalReads:
    """One proposal and what belongs to it.

    Attributes:
        policies: name → policy frozen or configured for this proposal.
        payout: a payment plan beside its own action.
        records: name → other accounts that belong to it.
        votes: Unknown where they were not looked for.
    """

    id: str
    address: str
    proposal: Read[Proposal]
    policies: Mapping[str, Read[Policy]]
    payout: Read[PayoutPlan]
    records: Mapping[str, Read[Record]]
    votes: Read[VotesRead]


@dataclass(frozen=True, slots=True)
class DaoReads:
    """Everything read of one DAO.

    Attributes:
        now: the chain's own time, Unix seconds, at the slot of the DAO.
        proposals: in the order of their numbers.
        policies: name → policy of the DAO.
        roles: role → key that holds it, also outside the DAO account.
        gaps: what could not be read or does not fit together, one sentence each.
    """

    address: str
    program: str
    dao: Read[Dao]
    now: Read[int]
    treasuries: tuple[TreasuryReads, ...]
    policies: Mapping[str, Read[Policy]]
    roles: Mapping[str, Read[str]]
    records: Mapping[str, Read[Record]]
    proposals: tuple[ProposalReads, ...]
    gaps: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing. Votes tell of themselves."""
        return isinstance(self.dao, Found) and not self.gaps
