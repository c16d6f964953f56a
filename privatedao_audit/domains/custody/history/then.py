"""Under which rules a multisig acted at the time of an upgrade, for records signed about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from privatedao_audit.chain.addresses import squads_transaction
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.squads import arguments
from privatedao_audit.domains.custody.history.decisions import Replay
from privatedao_audit.domains.custody.history.facts import MultisigHistory, SquadsLog, Step
from privatedao_audit.model.reads import Found

#: Changes after which a threshold may be another: fewer members can lower it too.
_MOVING = (squads.ChangeThreshold, squads.RemoveMember)

#: A record takes two keys at least, whatever the multisig asked for.
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Then:
    """Who could approve at a time, and how many it took.

    Attributes:
        threshold: None where it is not known, and ``doubt`` says why.
        members: those of the time, or where these are not known everybody who is seen as one.
    """

    threshold: int | None
    members: frozenset[str]
    doubt: str = ""


def rules_then(
    holder: MultisigHistory | None, replays: Mapping[str, Replay], slot: int
) -> Then:
    """The rules of a multisig in a slot, as its history proves them.

    A history that begins after the creation proves the threshold of a slot where it is whole
    from there on and holds nothing since that could have changed it: then it is today's.
    """
    if holder is None:
        return Then(None, frozenset(), "no multisig that may be believed held the authority")
    replayed = replays.get(holder.address, Replay(doubt="its history was not replayed"))
    if not replayed.doubt:
        rules = replayed.rules_in(slot)
        if not rules:
            return Then(None, frozenset(), "the multisig was made later")
        members = frozenset(m.key for one in rules for m in one.members if m.mask & squads.VOTE)
        return Then(max(_LEAST, *(one.threshold for one in rules)), members)
    log = holder.log.value if isinstance(holder.log, Found) else SquadsLog((), replayed.doubt)
    members = _ever_members(holder, log)
    if not log.gap or log.whole_from is None or log.whole_from > slot:
        return Then(None, members, replayed.doubt)
    if any(_moves(step, holder, log) for step in log.steps if step.slot >= slot):
        return Then(None, members, "the threshold may have changed since")
    return Then(max(_LEAST, holder.state.threshold), members)


def _moves(step: Step, holder: MultisigHistory, log: SquadsLog) -> bool:
    """Whether a step may have given the multisig another threshold."""
    given = step.instruction.arguments
    if isinstance(given, arguments.ConfigChange):
        return isinstance(given.change, _MOVING)
    if step.instruction.name != "config_transaction_execute":
        return False
    actions = _actions(str(step.instruction.account("transaction")), holder, log)
    return actions is None or any(isinstance(one, _MOVING) for one in actions)


def _actions(
    transaction: str, holder: MultisigHistory, log: SquadsLog
) -> tuple[squads.ConfigAction, ...] | None:
    """What a change of the multisig did; None where neither log nor account shows it."""
    for step in log.steps:
        given = step.instruction.arguments
        if isinstance(given, arguments.CreateConfigTransaction) and (
            step.instruction.account("transaction") == transaction
        ):
            return given.actions
    for slot in holder.slots:
        read = slot.transaction
        if isinstance(read, Found) and isinstance(read.value, squads.ConfigTransaction):
            place = squads_transaction(holder.address, slot.index, holder.program).address
            if place == transaction:
                return read.value.actions
    return None


def _ever_members(holder: MultisigHistory, log: SquadsLog) -> frozenset[str]:
    """Keys that are members now, or became so in what is known of the log."""
    found = {member.key for member in holder.state.members}
    return frozenset(found | {one.key for one in _joined(log)})


def _joined(log: SquadsLog) -> Iterator[squads.Member]:
    ran = {
        step.instruction.account("transaction")
        for step in log.steps
        if step.instruction.name == "config_transaction_execute"
    }
    for step in log.steps:
        given = step.instruction.arguments
        changes: tuple[object, ...] = ()
        if isinstance(given, arguments.CreateMultisig):
            yield from given.members
        elif isinstance(given, arguments.ConfigChange):
            changes = (given.change,)
        elif isinstance(given, arguments.CreateConfigTransaction) and (
            step.instruction.account("transaction") in ran
        ):
            changes = given.actions
        yield from (one.member for one in changes if isinstance(one, squads.AddMember))
