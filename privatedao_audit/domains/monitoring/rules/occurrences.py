"""What happened, as the events that rules speak of, from the histories of the DAOs in scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from privatedao_audit.domains.monitoring.detected import detected, stories
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules.events import Event
from privatedao_audit.domains.monitoring.rules.made import DaoScope, Scope
from privatedao_audit.history.continuity import born_at
from privatedao_audit.history.detectors import Detected, Story
from privatedao_audit.history.detectors.story import POWERLESS
from privatedao_audit.history.facts import DaoHistory, Deed
from privatedao_audit.history.places import of_history
from privatedao_audit.history.reconcile import executions, movements
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.conduct import Action, ActionKind, InstructionRule
from privatedao_audit.protocols.facts import Outcome, ProposalReads
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

__all__ = ["Occurrences", "occurrences", "scope_of"]

#: Registered roles whose keys are expected to execute.
EXECUTORS = ("keeper", "dao-authority", "treasury-operator")
#: For so many token accounts series of their own are made, those of known mints first: anybody
#: can open more, and a new account is among the series anyhow.
_ACCOUNTS = 64


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Everything that happened.

    Attributes:
        unable: why events of a metric may be missing or be told wrongly: metric → one clause;
            for behaviour, ``behaviour KIND`` → clause.
    """

    events: tuple[Event, ...]
    unable: Mapping[str, str]


def scope_of(facts: MonitoringFacts) -> Scope:
    """What rules must watch, by the histories that were read."""
    try:
        rules = dict(protocol_of(facts.governance.protocol).instruction_rules)
    except UnknownProtocol:
        rules = {}
    calls: dict[str, list[str]] = {}
    for name, rule in rules.items():
        if rule.does in ("propose", "finalize", "execute"):
            calls.setdefault(rule.does, []).append(name)
    return Scope(
        daos=tuple(_dao(one, facts.watch.known.mints) for one in facts.histories.values()),
        multisigs=tuple(dict.fromkeys((*facts.multisigs, *facts.uncounted))),
        program_data=facts.program_data,
        calls={does: tuple(names) for does, names in calls.items()},
        detection=facts.watch.parameters.at_most_default(),
    )


def _dao(history: DaoHistory, mints: frozenset[str]) -> DaoScope:
    held = []
    holds: dict[str, int] = {}
    for one in history.of_role("token account"):
        now = one.now.value if isinstance(one.now, Found) else None
        if now is not None and now.holder == history.treasury and now.mint is not None:
            held.append((now.mint not in mints, one.address, now.mint))
            holds[one.address] = now.amount or 0
    own = history.histories.get(history.treasury)
    seen = [e.lamports[1] for e in own.entries if e.lamports is not None] if own else []
    there = own.now.value.lamports if own and isinstance(own.now, Found) else 0
    tokens = {address: mint for _strange, address, mint in sorted(held)[:_ACCOUNTS]}
    amounts = {address: amount for address, amount in holds.items() if address in tokens}
    balance = there or max(seen, default=0)
    return DaoScope(history.dao, history.treasury, tokens, balance, amounts)


def occurrences(facts: MonitoringFacts) -> Occurrences:
    """The events of every DAO in scope, in the order of the DAOs, and what may be missing."""
    events: list[Event] = []
    unable: dict[str, str] = {}
    found = detected(facts)
    for dao, story in stories(facts).items():
        called = list(_called(story, facts.watch.parameters, unable))
        _accounted(story, called, unable)
        events += called
        events += _moved(story, unable)
        events += _authorities(story.history)
        events += _behaved(story.history, found.get(dao, {}), unable)
    return Occurrences(tuple(events), unable)


#: The label of what can't be told.
_OPEN = "unknown"
_CALLED = ("proposal_created", "proposal_finalized", "treasury_executed", "execute_attempted",
           "call_failed")  # fmt: skip
_EFFECTS = {"propose": "proposal_created", "finalize": "proposal_finalized",
            "execute": "treasury_executed"}  # fmt: skip


def _called(story: Story, detection: Detection, unable: dict[str, str]) -> Iterator[Event]:
    offices = story.known.roles.keys() - POWERLESS
    known = story.known.of(*offices) | story.known.vaults
    expected = story.known.of(*EXECUTORS) | story.known.vaults | frozenset(detection.executors)
    proposals = story.proposals
    lost = _unread(story.history)
    if lost:
        unable.update(dict.fromkeys(_CALLED, lost))
    for deed in story.history.deeds:
        if deed.gap:
            for metric in _CALLED:
                unable.setdefault(metric, f"{deed.signature}: {deed.gap}")
        for action in deed.actions:
            if (action.dao or story.history.dao) != story.history.dao:
                continue
            if action.kind is ActionKind.UNKNOWN_INSTRUCTION:
                text = f"{deed.signature} calls an instruction that is not known"
                for metric in _CALLED:
                    unable.setdefault(metric, text)
            if action.kind is not ActionKind.INSTRUCTION or action.name is None:
                continue
            rule = story.rules.get(action.name)
            if rule is None:
                for metric in _CALLED:
                    unable.setdefault(metric, f"what {action.name!r} does is not known")
                continue
            yield from _call(deed, action, rule, known)
            if rule.does == "execute":
                unlocked = _unlocked(proposals.get(action.proposal or ""), deed)
                if unlocked == _OPEN:
                    text = f"whether {deed.signature} came before the unlock is not known"
                    unable.setdefault("execute_attempted", text)
                yield _attempt(deed, action, rule, known, expected, unlocked)


#: Outcomes that a proposal has only after it was finalized.
_DECIDED = (Outcome.PASSED, Outcome.EXECUTED, Outcome.FAILED, Outcome.VETOED)


def _accounted(story: Story, events: Iterable[Event], unable: dict[str, str]) -> None:
    """Whether what the proposals say of themselves was seen to happen."""
    seen: dict[str, set[str]] = {}
    for one in events:
        seen.setdefault(one.metric, set()).add(one.labels["proposal"])
    for proposal in story.reads.proposals:
        name = f"proposal {proposal.id}"
        if not isinstance(proposal.proposal, Found):
            for metric in _EFFECTS.values():
                unable.setdefault(metric, f"{name} was not read")
            continue
        said = proposal.proposal.value
        due = {
            "proposal_created": True,
            "proposal_finalized": said.outcome in _DECIDED,
            "treasury_executed": said.executed,
        }
        for metric, happened in due.items():
            if happened and proposal.address not in seen.get(metric, ()):
                unable.setdefault(metric, f"{name} shows that it happened, and it was not seen")


def _unread(history: DaoHistory) -> str:
    """Which listed transaction of the DAO or of a proposal was not read; empty where none."""
    read = {one.signature for one in history.deeds}
    for one in history.of_role("dao", "proposal"):
        for entry in one.entries:
            if entry.signature not in read:
                return f"{entry.signature} was not read"
    return ""


def _labels(
    deed: Deed, action: Action, rule: InstructionRule, known: frozenset[str]
) -> dict[str, str]:
    caller = action.accounts.get(rule.signer, deed.fee_payer)
    return {
        "dao": action.dao or "", "proposal": action.proposal or "", "caller": caller,
        "instruction": action.name or "", "registered": "true" if caller in known else "false",
    }  # fmt: skip


def _event(metric: str, deed: Deed, action: Action, labels: dict[str, str]) -> Event:
    about = {action.dao, action.proposal, action.program} - {None}
    return Event(
        metric, deed.block_time, labels, 1, (deed.signature,), deed.slot,
        frozenset(str(one) for one in about), deed.at,
    )  # fmt: skip


def _call(
    deed: Deed, action: Action, rule: InstructionRule, known: frozenset[str]
) -> Iterator[Event]:
    labels = _labels(deed, action, rule, known)
    if action.took_effect:
        if rule.does in _EFFECTS:
            yield _event(_EFFECTS[rule.does], deed, action, labels)
        return
    # Of several instructions of a failed transaction one failed, and later ones never ran.
    place = deed.failure.place if deed.failure is not None else None
    mine = [one.place for one in deed.actions if one.kind is ActionKind.INSTRUCTION]
    if place in mine and place != action.place:
        return
    name = deed.failure.name if deed.failure is not None else None
    told = {**labels, "action": rule.does or "other", "error": name or ""}
    yield _event("call_failed", deed, action, told)


def _attempt(
    deed: Deed,
    action: Action,
    rule: InstructionRule,
    known: frozenset[str],
    expected: frozenset[str],
    unlocked: str,
) -> Event:
    labels = _labels(deed, action, rule, known)
    told = {
        **labels,
        "outcome": "succeeded" if action.took_effect else "failed",
        "expected": "true" if labels["caller"] in expected else "false",
        "unlocked": unlocked,
    }
    return _event("execute_attempted", deed, action, told)


def _unlocked(one: ProposalReads | None, deed: Deed) -> str:
    """Whether the unlock of a proposal that passed lay behind a transaction, as a label."""
    if one is None or not isinstance(one.proposal, Found) or deed.block_time is None:
        return _OPEN
    said = one.proposal.value
    # A keeper that tries again after the execution is late, and outside no window.
    if said.outcome not in (Outcome.PASSED, Outcome.EXECUTED) or said.unlocks_at is None:
        return "false"
    return "true" if deed.block_time >= said.unlocks_at else "false"


def _moved(story: Story, unable: dict[str, str]) -> Iterator[Event]:
    history = story.history
    own = history.histories.get(history.dao)
    born = born_at(own) if own is not None else None
    done = executions(history, story.reads.proposals, story.rules)
    for chain, moves in movements(history, done, -1 if born is None else born):
        for move in moves:
            metric = "treasury_lamports_moved" if move.mint is None else "treasury_tokens_moved"
            if move.open:
                unable.setdefault(metric, f"{move.link.signature}: {move.open}")
            labels = {
                "dao": history.dao, "account": chain.address,
                "direction": "in" if move.change > 0 else "out",
                "explained": "false" if move.note else "true",
                **({} if move.mint is None else {"mint": move.mint}),
            }  # fmt: skip
            deed = history.deed(move.link.slot, move.link.signature)
            about = {chain.address, history.treasury, history.dao, move.proposal} - {None}
            yield Event(
                metric, move.link.block_time, labels, abs(move.change), (move.link.signature,),
                move.link.slot, frozenset(str(one) for one in about),
                history.histories[chain.address].at if deed is None else deed.at,
            )  # fmt: skip


def _authorities(history: DaoHistory) -> Iterator[Event]:
    for kind, role in (("multisig", "multisig"), ("program", "program data")):
        for one in history.of_role(role):  # type: ignore[arg-type]
            for entry in one.entries:
                deed = history.deed(entry.slot, entry.signature)
                labels = {
                    "subject": one.address, "kind": kind,
                    "caller": "" if deed is None else deed.fee_payer,
                    "outcome": "succeeded" if entry.succeeded else "failed",
                }  # fmt: skip
                yield Event(
                    "authority_activity", entry.block_time, labels, 1, (entry.signature,),
                    entry.slot, frozenset({one.address}), of_history(history) if deed is None
                    else deed.at,
                )  # fmt: skip


def _behaved(
    history: DaoHistory, found: Mapping[str, Detected], unable: dict[str, str]
) -> Iterable[Event]:
    dao = history.dao
    several = {h.signatures[0] for said in found.values() for h in said.hits if h.signatures[1:]}
    began = {
        one.signature: one.block_time for one in history.deeds if one.signature in several
    } if several else {}  # fmt: skip
    for kind, said in found.items():
        if said.unable:
            unable.setdefault(f"behaviour {kind}", said.unable)
        for hit in said.hits:
            yield Event(
                "behaviour", hit.block_time, {"dao": dao, "kind": kind, "subject": hit.subject},
                1, hit.signatures, hit.slot or 0, frozenset({hit.subject, dao}), hit.at,
                began.get(hit.signatures[0]) if hit.signatures else None,
            )  # fmt: skip
