"""What is done to a DAO and what can be done: actions, failures, stages, levers, rules of calling.

Times are Unix seconds, durations seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

from privatedao_audit.protocols.facts import Proposal, Raw

__all__ = [
    "Action",
    "ActionKind",
    "Actions",
    "Availability",
    "Caller",
    "Document",
    "Does",
    "ErrorName",
    "Failure",
    "InstructionRule",
    "Lever",
    "LeverRule",
    "Moment",
    "PolicyRule",
    "Stage",
    "StageKind",
]


class ActionKind(Enum):
    """What an action is. The unreadable ones are listed too, never dropped."""

    INSTRUCTION = "instruction"
    EVENT = "event"
    UNKNOWN_INSTRUCTION = "unknown instruction"
    UNKNOWN_EVENT = "unknown event"


@dataclass(frozen=True, slots=True)
class Action:
    """One instruction of the protocol's program, or one event that it emitted.

    Attributes:
        name: the instruction's or event's name; None where it is not known.
        discriminator: its first bytes in hexadecimal; empty where it has none.
        place: where it stands in the transaction, as the chain layer counts.
        took_effect: the transaction succeeded; a failed one changed nothing.
        callers: programs that called it, the direct one first; empty for an outer instruction;
            None where that was not recorded, and for events.
        accounts: the instruction's accounts by their names; those beyond the names are ``extra``.
        signers: account name → key, those of ``accounts`` that must sign.
        fields: its arguments, or the event's fields.
        dao, proposal: what it is about; None where it does not say.
        fault: why it could not be read, or what of it does not fit; None where all was read.
    """

    kind: ActionKind
    name: str | None
    discriminator: str
    program: str
    signature: str
    slot: int
    block_time: int | None
    place: str
    took_effect: bool
    callers: tuple[str, ...] | None
    accounts: Mapping[str, str]
    extra: tuple[str, ...]
    signers: Mapping[str, str]
    fields: Raw
    dao: str | None
    proposal: str | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of one transaction: instructions in order of execution, then events.

    ``complete``: nothing of the program in it can be missing. Otherwise ``why`` says what can:
    an empty list is then no answer.
    """

    items: tuple[Action, ...]
    complete: bool
    why: str | None

    def __iter__(self) -> Iterator[Action]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def of(self, kind: ActionKind) -> tuple[Action, ...]:
        """The actions of one kind."""
        return tuple(action for action in self.items if action.kind is kind)


@dataclass(frozen=True, slots=True)
class ErrorName:
    """What an error number means.

    Attributes:
        name: the one name it can have; None where builds of the program differ, or none has it.
        candidates: build → name, for the builds that have the number.
    """

    code: int
    name: str | None
    candidates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a transaction failed.

    Attributes:
        program: the program that failed; None where that is not recorded.
        place: the instruction that failed; None where none did.
        code: error number, None where it has none.
        name: the error's name; None where it is not known for sure.
        candidates: names it may have.
        builds: builds of the protocol's program that fit number and name; empty: not told.
        source: ``log``, ``code`` or ``runtime``; ``none`` for a transaction that succeeded.
        message: the text of the log, unchanged: it is the program's own and may say anything.
    """

    program: str | None
    place: str | None
    code: int | None
    name: str | None
    candidates: tuple[str, ...]
    builds: tuple[str, ...]
    source: Literal["log", "code", "runtime", "none"]
    message: str | None


class StageKind(Enum):
    """Where a proposal stands in time."""

    DRAFT = "draft"
    VOTING = "voting"
    COUNTING = "counting"
    DECIDABLE = "decidable"
    LOCKED = "locked"
    EXECUTABLE = "executable"
    EXECUTED = "executed"
    ENDED = "ended"
    INCONSISTENT = "inconsistent"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one proposal stands at ``now``.

    Attributes:
        name: in the protocol's words.
        since, until: the stage's bounds where the chain fixes them; ``until`` is exclusive.
        authorities: role → key as the DAO states it; empty where the DAO was not given.
        delays: name → seconds as the DAO states them; empty likewise.
        reason: for INCONSISTENT: what contradicts what; otherwise one sentence.
    """

    kind: StageKind
    name: str
    now: int
    since: int | None
    until: int | None
    proposal: Proposal = field(repr=False)
    authorities: Mapping[str, str]
    delays: Mapping[str, int]
    reason: str


class Availability(Enum):
    """Whether a lever can be pulled."""

    NOW = "now"
    LATER = "later"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Lever:
    """Something on chain that could stop something, and whether it can at this stage.

    Attributes:
        instruction: the protocol's name of it.
        stops: what it would stop, in words.
        role: who may pull it; ``nobody`` where no one can.
        holder: the key in that role; None where it is not known.
        opens_at, until: bounds in Unix seconds, ``until`` exclusive; None where not fixed.
        seconds_left: from now to ``until``; None where that is not fixed.
        reason: why it is available, or why it is none.
    """

    instruction: str
    stops: str
    availability: Availability
    role: str
    holder: str | None
    opens_at: int | None
    until: int | None
    seconds_left: int | None
    reason: str


class Moment(Enum):
    """A time in the life of a proposal, in the words by which a runbook names it."""

    UNVOTED = "before the first vote"
    VOTING = "while voting is open"
    COUNTING = "while votes are told"
    DECIDABLE = "before the decision"
    LOCKED = "before the unlock"
    EXECUTABLE = "after the unlock"
    EXECUTED = "after execution"


@dataclass(frozen=True, slots=True)
class LeverRule:
    """When a lever works in any proposal's life; what :class:`Lever` says of one proposal.

    Attributes:
        instruction: the protocol's name of it.
        moments: when it works; empty: never, it only looks like a lever.
        role: whose key pulls it; ``nobody`` where it never works.
        window: name of the DAO's delay that is the time in which it works, where one is.
        builds: builds of the program that have it.
        why: one clause: what limits it, or why it is none.
    """

    instruction: str
    moments: frozenset[Moment]
    role: str
    window: str
    builds: tuple[str, ...]
    why: str


#: What an instruction does in the life of a DAO, in words that fit any protocol.
Does: TypeAlias = Literal[
    "", "found", "propose", "commit", "delegate", "tell", "finalize", "execute", "cancel", "veto",
    "hand over", "policy", "deposit",
]  # fmt: skip

#: A role in the protocol's own words; ``anyone`` and ``authority`` mean the same everywhere.
Caller: TypeAlias = str


@dataclass(frozen=True, slots=True)
class InstructionRule:
    """Who may call an instruction.

    Attributes:
        callers: any one of these is enough.
        signer: the account name under which the caller signs.
        privileged: not everyone can, and it changes who rules, what rules, or what is paid.
        moves_funds: it pays out of the treasury.
        note: what else the program asks for; empty where nothing.
        does: its part in the life of a DAO; empty where it has none that the kit knows of all
            protocols.
        tokens: the account name of the token account whose balance counts; empty where none does.
        role: of a hand-over: which role's key changes; empty otherwise.
        holder: of a hand-over: the argument that names the new key; empty where the caller
            takes the role.
    """

    instruction: str
    callers: frozenset[Caller]
    signer: str
    privileged: bool
    moves_funds: bool
    note: str
    does: Does = ""
    tokens: str = ""
    role: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """Which variants of an instruction honour a policy; the others ignore that it exists.

    Attributes:
        policy: its name, as a DAO's or a proposal's policies are named.
        setting, values: it demands something only where this setting has one of these values;
            None: whenever it exists.
        over: the instructions that decide or do what the policy is about.
        through: those of them that honour it.
    """

    policy: str
    setting: str | None
    values: frozenset[str]
    over: frozenset[str]
    through: frozenset[str]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that the protocol's repositories carry, and which part it plays in an audit.

    Attributes:
        path: in the checkout; ``*`` stands for any characters but a slash.
        domains: the readiness domains it speaks to.
        subject: what it is about, in words.
        keys: members that one may expect at its top, for json and toml.
    """

    path: str
    format: Literal["json", "toml", "markdown", "shell", "yaml", "source"]
    domains: tuple[str, ...]
    subject: str
    keys: tuple[str, ...] = ()
