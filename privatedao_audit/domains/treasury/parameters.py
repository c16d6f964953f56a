"""TR-08: what stands between a vote and a payment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.proposals import not_all, not_read
from privatedao_audit.history.continuity import born_at
from privatedao_audit.history.facts import AddressHistory, DaoHistory, Deed
from privatedao_audit.history.places import of_deeds, of_history
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, joined
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.conduct import Action, ActionKind, InstructionRule, PolicyRule
from privatedao_audit.protocols.facts import (
    Dao,
    DaoReads,
    Outcome,
    Policy,
    Proposal,
    ProposalReads,
)
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

#: Least seconds between the passing of a proposal and its execution: one day to veto it.
EXECUTION_DELAY: Final = 86_400

#: Outcomes of proposals whose windows matter: those that can pay, or did.
_PAYING: Final = frozenset({Outcome.OPEN, Outcome.PASSED, Outcome.EXECUTED})
#: Outcomes that only a decision can have brought about.
_DECIDED: Final = frozenset({Outcome.PASSED, Outcome.EXECUTED, Outcome.FAILED, Outcome.VETOED})


def guarded(facts: TreasuryFacts, limits: Limits) -> Iterator[Part]:
    """The parts of TR-08."""
    try:
        protocol = protocol_of(facts.governance.protocol)
    except UnknownProtocol:
        return
    for reads in facts.governance.daos:
        if not isinstance(reads.dao, Found):
            yield unread(
                f"DAO {reads.address}", reads.dao, absent=Status.UNKNOWN,
                absent_summary="The DAO does not exist.",
            )  # fmt: skip
            continue
        yield from _numbers(reads.dao.value, reads.dao.at, limits)
        history = facts.histories.get(reads.address)
        if history is None:
            text = "The history of this DAO was not read."
            yield Part(f"history of {reads.address}", Status.UNKNOWN, text, reads.dao.at)
            continue
        yield from _windows(reads, history, limits)
        yield from _honoured(reads, history, protocol.policy_rules, protocol.instruction_rules)


def _numbers(dao: Dao, at: ReadAt, limits: Limits) -> Iterator[Part]:
    delay, reveal = dao.delays.get("execution"), dao.delays.get("reveal")
    yield _least(f"execution delay of {dao.address}", "execution delay", delay,
                 EXECUTION_DELAY, at)  # fmt: skip
    yield _least(f"reveal window of {dao.address}", "reveal window", reveal,
                 limits.reveal_window_seconds, at)  # fmt: skip
    label = f"quorum of {dao.address}"
    if dao.quorum is None:
        yield Part(label, Status.UNKNOWN, "The protocol states no quorum of a known kind.", at)
    elif dao.quorum <= 0:
        text = "The quorum is 0: a vote passes whoever takes part."
        yield Part(label, Status.FAIL, text, at, observed=dao.quorum, expected="> 0")
    else:
        text = f"The quorum is {dao.quorum} per cent."
        yield Part(label, Status.PASS, text, at, observed=dao.quorum, expected="> 0")


def _least(label: str, name: str, value: int | None, least: int, at: ReadAt) -> Part:
    if value is None:
        return Part(label, Status.UNKNOWN, f"The {name} is not known.", at, expected=least)
    if value < least:
        text = f"The {name} is {value} s; at least {least} s are asked for."
        if value <= 0:
            text = f"The {name} is {value} s: there is no such time at all."
        return Part(label, Status.FAIL, text, at, observed=value, expected=least)
    return Part(label, Status.PASS, f"The {name} is {value} s.", at, observed=value,
                expected=least)  # fmt: skip


def _windows(reads: DaoReads, history: DaoHistory, limits: Limits) -> Iterator[Part]:
    """The voting and reveal windows that each proposal which can pay, or did, really had."""
    yield from not_all(reads, f"proposals of {reads.address}")
    for one in reads.proposals:
        label = f"windows of proposal {one.id} ({one.address})"
        if not isinstance(one.proposal, Found):
            yield not_read(label, one.proposal)
            continue
        if one.proposal.value.outcome in _PAYING:
            yield _window(one.proposal.value, one.proposal.at, history, label, limits)
    if not reads.proposals:
        text = "There is no proposal yet, so how long its votes are open was never seen."
        yield Part(f"voting windows of {reads.address}", Status.UNKNOWN, text, reads.dao.at)


def _window(
    said: Proposal, at: ReadAt, history: DaoHistory, label: str, limits: Limits
) -> Part:
    own = history.histories.get(said.address)
    first = own.entries[0] if own is not None and own.entries else None
    closes = _closes(said, "voting")
    reveal = next((w for w in said.windows if w.name == "reveal"), None)
    if (
        own is None
        or first is None
        or first.block_time is None
        or first.lamports is None
        or first.lamports[0] != 0
        or closes is None
        or reveal is None
        or reveal.opens_at is None
        or reveal.closes_at is None
    ):
        text = "When it was created or when its windows close is not known."
        return Part(label, Status.UNKNOWN, text, at)
    where = joined(at, of_history(history, own))
    seen = {"voting": closes - first.block_time, "reveal": reveal.closes_at - reveal.opens_at}
    wanted = {"voting": limits.voting_window_seconds, "reveal": limits.reveal_window_seconds}
    short = [name for name, least in wanted.items() if seen[name] < least]
    if short:
        text = (
            f"Its {short[0]} window was {seen[short[0]]} s long; at least {wanted[short[0]]} s "
            "are asked for."
        )
        return Part(label, Status.FAIL, text, where, observed=seen, expected=wanted)
    text = f"Its windows were {seen['voting']} s to vote and {seen['reveal']} s to reveal."
    return Part(label, Status.PASS, text, where, observed=seen, expected=wanted)


def _closes(said: Proposal, name: str) -> int | None:
    return next((w.closes_at for w in said.windows if w.name == name), None)


def _honoured(
    reads: DaoReads,
    history: DaoHistory,
    policy_rules: tuple[PolicyRule, ...],
    rules: Mapping[str, InstructionRule],
) -> Iterator[Part]:
    """Whether each decision and each payout went through a variant that honours the policies."""
    over = {name for rule in policy_rules for name in rule.over}
    deciding = {name for name in over if name in rules and not rules[name].moves_funds}
    judged, paid, gap = _walked(history, over, {n for n, r in rules.items() if r.moves_funds})
    known = {one.address: one for one in reads.proposals}
    bad = 0
    writings = _Writings(history, rules)
    for deed, action in judged:
        for part in _broken(reads, writings, known.get(action.proposal or ""), deed, action,
                            policy_rules):  # fmt: skip
            bad += 1
            yield part
    label = f"policies of {reads.address}"
    for name, read in reads.policies.items():
        if not isinstance(read, (Found, ProvenAbsent)):
            yield unread(f"{name} of {reads.address}", read, absent=Status.UNKNOWN,
                         absent_summary="")  # fmt: skip
            bad += 1
    decided = {action.proposal for _deed, action in judged if action.name in deciding}
    unseen = [
        one.id for one in reads.proposals
        if isinstance(one.proposal, Found)
        and one.proposal.value.outcome in _DECIDED
        and one.address not in decided
    ]  # fmt: skip
    unpaid = [
        one.id
        for one in reads.proposals
        if isinstance(one.proposal, Found)
        and one.proposal.value.executed
        and one.address not in paid
    ]
    own = history.histories.get(history.dao)
    cut = "it was not read" if own is None else own.gap_since(_born(own))
    if cut:
        # A decision from before a policy counts as free of it: its making must have been seen.
        text = f"The history of the DAO may lack the making of a policy: {cut}."
        yield Part(f"{label}: history", Status.UNKNOWN, text, reads.dao.at)
    if unpaid:
        text = f"How proposal {unpaid[0]} was executed is not in the history."
        yield Part(f"{label}: executions", Status.UNKNOWN, text, reads.dao.at, observed=unpaid)
    if unseen and deciding:
        text = f"How proposal {unseen[0]} was decided is not in the history."
        yield Part(label, Status.UNKNOWN, text, reads.dao.at, observed=unseen)
    elif not bad:
        places = history.of_role("dao", "proposal")
        at = of_deeds((deed for deed, _action in judged), reads.dao.at,
                      of_history(history, *places),
                      *(read.at for read in reads.policies.values()))  # fmt: skip
        if gap:
            text = f"Some instructions may not be visible: {gap}."
            yield Part(label, Status.UNKNOWN, text, at, observed=len(judged))
        else:
            text = f"{len(judged)} decisions and payouts went through variants that honour them."
            yield Part(label, Status.PASS, text, at, observed=len(judged))


def _walked(
    history: DaoHistory, over: Collection[str], paying: Collection[str]
) -> tuple[list[tuple[Deed, Action]], set[str | None], str]:
    """What took effect of some instructions, in one walk through a history that may be long.

    Returns:
        The decisions and payouts that policies are over, each with its transaction; the proposals
        that were paid; and the first gap in what is visible, empty where there is none.
    """
    judged: list[tuple[Deed, Action]] = []
    paid: set[str | None] = set()
    gap = ""
    for deed in history.deeds:
        gap = gap or deed.gap
        for action in deed.actions:
            if action.kind is not ActionKind.INSTRUCTION or not action.took_effect:
                continue
            if action.name in over and (action.dao or history.dao) == history.dao:
                judged.append((deed, action))
            if action.name in paying:
                paid.add(action.proposal)
    return judged, paid, gap


def _born(own: AddressHistory) -> int:
    born = born_at(own)
    return -1 if born is None else born


def _broken(
    reads: DaoReads,
    writings: _Writings,
    proposal: ProposalReads | None,
    deed: Deed,
    action: Action,
    policy_rules: tuple[PolicyRule, ...],
) -> Iterator[Part]:
    """The policies that one instruction ignored though they were in force."""
    policies: dict[str, Read[Policy]] = {**reads.policies}
    if proposal is not None:
        policies |= {n: r for n, r in proposal.policies.items() if n not in policies}
    for rule in policy_rules:
        if action.name not in rule.over or action.name in rule.through:
            continue
        label = f"{action.name} {deed.signature} {action.place} {rule.policy}"
        if rule.setting is not None:
            label += f" {rule.setting}"
        read = policies.get(rule.policy)
        if read is None or isinstance(read, ProvenAbsent):
            continue
        if not isinstance(read, Found):
            yield unread(label, read, absent=Status.UNKNOWN, absent_summary="")
            continue
        policy = read.value
        at = joined(deed.at, read.at)
        if rule.setting is not None and policy.settings.get(rule.setting) not in rule.values:
            changed = _rewritten(writings.of(policy), deed)
            if changed is not None:
                text = (
                    f"{deed.signature} used {action.name}, which ignores the policy "
                    f"{rule.policy}; whether it asked for this before {changed.signature} wrote "
                    "it is not known."
                )
                yield Part(label, Status.UNKNOWN, text, joined(at, changed.at),
                           observed=action.name)  # fmt: skip
            continue
        # What made it: the first transaction whose privileged instruction names it.
        made = next(iter(writings.of(policy)), None)
        if made is not None and deed.slot < made.slot:
            continue
        text = (
            f"{deed.signature} used {action.name}, which ignores the policy {rule.policy} that "
            "was in force."
        )
        written = policy.since
        if (
            made is None
            or deed.slot == made.slot
            or (
                rule.setting is not None
                and (written is None or deed.block_time is None or written > deed.block_time)
            )
        ):
            text = (
                f"{deed.signature} used {action.name}, which ignores the policy {rule.policy}; "
                "whether it asked for this at that time is not known."
            )
            yield Part(label, Status.UNKNOWN, text, at, observed=action.name)
        else:
            yield Part(label, Status.FAIL, text, at, observed=action.name,
                       expected=sorted(rule.through))  # fmt: skip


class _Writings:
    """Which transactions wrote the policies; the history is walked once, for all of them."""

    def __init__(self, history: DaoHistory, rules: Mapping[str, InstructionRule]) -> None:
        self._history, self._rules = history, rules
        self._privileged: list[tuple[Deed, frozenset[str]]] | None = None

    def of(self, policy: Policy) -> list[Deed]:
        """The transactions whose privileged instructions name a policy, oldest first."""
        if self._privileged is None:
            self._privileged = [
                (deed, named) for deed in self._history.deeds if (named := self._named(deed))
            ]
        return [deed for deed, named in self._privileged if policy.address in named]

    def _named(self, deed: Deed) -> frozenset[str]:
        """The accounts of the privileged instructions of a transaction that took effect."""
        return frozenset(
            key for action in deed.actions
            if action.kind is ActionKind.INSTRUCTION and action.took_effect
            and (rule := self._rules.get(action.name or "")) is not None and rule.privileged
            for key in action.accounts.values()
        )  # fmt: skip


def _rewritten(written: list[Deed], deed: Deed) -> Deed | None:
    """The first transaction at or after a deed that wrote a policy which stood before.

    Its settings are only known as they are now; a policy may have asked for more.
    """
    if not written or written[0].slot > deed.slot:
        return None
    return next((one for one in written[1:] if one.slot >= deed.slot), None)
