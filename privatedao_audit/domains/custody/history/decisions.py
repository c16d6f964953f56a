"""What a replay of a multisig's log finds: rules, votes, decisions and their executions."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.custody.history.facts import Step


@dataclass(frozen=True, slots=True)
class Rules:
    """Under what a multisig acts at one moment. ``time_lock`` in seconds."""

    members: tuple[squads.Member, ...]
    threshold: int
    time_lock: int
    config_authority: str | None

    def may(self, key: str, permission: int) -> bool:
        """Whether a key is a member with that permission."""
        return any(one.key == key and one.mask & permission for one in self.members)

    @property
    def voters(self) -> int:
        """How many members may vote."""
        return sum(bool(one.mask & squads.VOTE) for one in self.members)


@dataclass(frozen=True, slots=True)
class Vote:
    """An approval that counted: by whom, when, and where."""

    member: str
    slot: int
    block_time: int | None
    signature: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution: the step, the rules in force then, and what was put to the vote to be run.

    ``message`` is None for a change of the multisig, and where it is not known.
    """

    step: Step
    rules: Rules | None
    message: squads.Message | None


@dataclass(slots=True)
class Decision:
    """One transaction of the multisig from its creation on.

    Attributes:
        index: number among the multisig's transactions.
        kind: ``vault``, ``config`` or ``batch``.
        message: what a vault transaction runs; None where it is not known.
        messages: what a batch runs, in its order.
        runs: its executions; a batch has one for each of its messages.
        status: as the proposal account would say, ``none`` before there is a proposal.
        approvals: those that counted, in order; ``rules`` in force when the last one landed.
        approved_at: Unix seconds of the approval that reached the threshold.
        faults: what the program would have refused; none can be in a genuine history.
    """

    index: int
    kind: str
    message: squads.Message | None = None
    actions: tuple[squads.ConfigAction, ...] = ()
    status: str = "none"
    approvals: list[Vote] = field(default_factory=list)
    rejections: list[str] = field(default_factory=list)
    cancellations: list[str] = field(default_factory=list)
    rules: Rules | None = None
    approved_at: int | None = None
    messages: list[squads.Message] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def executed(self) -> Step | None:
        """The last step that executed it, or a part of it."""
        return self.runs[-1].step if self.runs else None


@dataclass(slots=True)
class Replay:
    """The outcome. ``doubt`` says why it may not be believed; empty when it may.

    ``timeline``: slot and rules of each change of the rules, in order.
    """

    rules: Rules | None = None
    last_index: int = 0
    stale_index: int = 0
    decisions: dict[int, Decision] = field(default_factory=dict)
    doubt: str = ""
    timeline: list[tuple[int, Rules]] = field(default_factory=list)

    def carried(self, signature: str, place: str | None) -> tuple[Decision, Run] | None:
        """The decision, and its execution that stands at that place of a transaction."""
        for one in self.decisions.values():
            for run in one.runs:
                if (run.step.signature, run.step.place) == (signature, place):
                    return one, run
        return None

    def rules_in(self, slot: int) -> tuple[Rules, ...]:
        """Every set of rules that was in force at some time of a slot; none before creation."""
        before = [rules for at, rules in self.timeline if at < slot]
        return (*before[-1:], *(rules for at, rules in self.timeline if at == slot))
