"""One upgrade against the decision that carried it: message, votes, time lock, buffer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.chain.layouts import loader, squads
from privatedao_audit.chain.programs import LOADER_V3
from privatedao_audit.domains.authority.history import LoaderEvent
from privatedao_audit.domains.custody.history.decisions import Decision, Replay, Run
from privatedao_audit.domains.custody.history.facts import (
    BufferLife,
    MultisigHistory,
    ProgramHistory,
)
from privatedao_audit.model.reads import Found, ReadAt


@dataclass(slots=True)
class Verdict:
    """What was found about one upgrade: what is shown to be wrong, and what is not known."""

    wrong: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    at: list[ReadAt] = field(default_factory=list)


def tie(
    found: Verdict,
    event: LoaderEvent,
    program: ProgramHistory,
    multisig: MultisigHistory,
    replayed: Replay,
) -> None:
    """The upgrade against the proposal that carried it."""
    found.at += [multisig.at, multisig.log.at]
    if replayed.doubt:
        found.open.append(f"the votes of {multisig.address} can't be recounted: {replayed.doubt}")
        return
    carried = replayed.carried(event.signature, event.caller)
    if carried is None:
        found.open.append("the instruction that carried it is no execution that is understood")
        return
    decision, run = carried
    found.seen["index"] = decision.index
    if decision.kind == "config":
        found.open.append("it was carried by a change of the multisig, which runs no upgrade")
        return
    if run.message is None:
        found.open.append("what was put to the vote is not known")
    elif not _same_upgrade(run.message, run, event):
        found.wrong.append(
            f"transaction {decision.index} as put to the vote holds no upgrade of this program "
            "from this buffer"
        )
    _counted(found, decision, run)
    _staged(found, event, program, decision)


def _counted(found: Verdict, decision: Decision, run: Run) -> None:
    """Votes and time lock under the rules in force when each landed."""
    step, rules, then = run.step, decision.rules, run.rules
    found.seen["approvals"] = [
        {"member": one.member, "at": one.block_time, "transaction": one.signature}
        for one in decision.approvals
    ]
    needed = None if rules is None else rules.threshold
    found.seen["threshold"] = needed
    if rules is None or then is None or len(decision.approvals) < rules.threshold:
        found.wrong.append(
            f"it was executed with {len(decision.approvals)} approval(s) that count, "
            f"of {needed if needed is not None else 'the'} needed"
        )
        return
    if len({one.member for one in decision.approvals}) < 2:
        found.wrong.append("one key alone approved it, under the threshold of that time")
    if decision.faults:
        found.open.append(
            f"the history breaks the rules of the multisig's program: {decision.faults[0]}"
        )
    # The lock of the vote and that of the execution: lowering it in between is no way around.
    lock = max(rules.time_lock, then.time_lock)
    found.seen["time_lock"] = lock
    if decision.approved_at is None or step.block_time is None:
        found.open.append("the time of the approval or of the execution was not recorded")
        return
    waited = step.block_time - decision.approved_at
    found.seen |= {"approved_at": decision.approved_at, "executed_at": step.block_time,
                   "waited_seconds": waited}  # fmt: skip
    if waited < lock:
        found.wrong.append(f"it was executed {waited} s after its approval, the lock was {lock} s")


def _same_upgrade(message: squads.Message, run: Run, event: LoaderEvent) -> bool:
    """Whether the message that was voted on upgrades this program from this buffer.

    Accounts from lookup tables are those of the execution, which the program checked.
    """
    step = run.step
    skipped = len(message.lookups) + len(message.account_keys)
    loaded = step.instruction.remaining[skipped : skipped + message.loaded_count]
    static = step.instruction.remaining[len(message.lookups) : skipped]
    if len(loaded) != message.loaded_count or tuple(static) != message.account_keys:
        return False
    for one in message.resolve(loaded):
        if one.program != LOADER_V3:
            continue
        detail = loader.decode_instruction([str(key) for key in one.accounts], one.data)
        if not isinstance(detail, loader.LoaderInstruction) or detail.name != "Upgrade":
            continue
        if (detail.programdata, detail.program, detail.buffer) == (
            event.programdata,
            event.program,
            event.buffer,
        ):
            return True
    return False


def _staged(
    found: Verdict, event: LoaderEvent, program: ProgramHistory, decision: Decision
) -> None:
    """The buffer: what was written to it, and that nothing was after the first approval."""
    read = program.buffers.get(str(event.buffer))
    if not isinstance(read, Found):
        found.open.append(f"the history of the buffer {event.buffer} could not be read")
        return
    found.at.append(read.at)
    lives = [one for one in read.value if one.ended_by == event.signature]
    if len(lives) > 1:
        # Closed, filled anew and used up in one transaction: which of them ran is not told.
        found.open.append(f"the buffer {event.buffer} was used up {len(lives)} times in it")
        return
    if not lives:
        found.open.append(f"the history of the buffer {event.buffer} does not hold the upgrade")
        return
    life = lives[0]
    late = _written_late(life, decision)
    if late is not None:
        (found.wrong if late else found.open).append(
            "the buffer was written to after the first approval: what was approved is not what "
            "was executed"
            if late
            else "the buffer was written to in the slot of the first approval"
        )
    if life.gap or life.sha256 is None:
        found.open.append(f"the code of the buffer can't be rebuilt: {life.gap or 'no writes'}")
        return
    found.seen["artifact_sha256"] = life.sha256


def _written_late(life: BufferLife, decision: Decision) -> bool | None:
    """Whether a Write followed the first approval: yes, not before it (False), or no (None)."""
    if not decision.approvals or life.last_write is None:
        return None
    first = min(vote.slot for vote in decision.approvals)
    if life.last_write > first:
        return True
    return False if life.last_write == first else None
