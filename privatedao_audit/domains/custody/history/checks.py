"""The checks of how the upgrade authority was used: changes, votes, standing powers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from privatedao_audit.domains.authority.facts import ProgramHeader
from privatedao_audit.domains.authority.history import DEPLOY, LoaderEvent, LoaderHistory
from privatedao_audit.domains.custody.history.facts import ProgramHistory
from privatedao_audit.domains.custody.history.nonces import nonce_parts
from privatedao_audit.domains.custody.history.standing import standing_parts
from privatedao_audit.domains.custody.history.upgrades import upgrade_parts
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, joined
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts

_NOTHING = "There is no program in scope."

#: Changes that a finding repeats, the newest; the notebook's table has all of them.
MOST_SHOWN = 200


def ua_03(facts: CustodyFacts, limits: Limits) -> Judgement:
    """Every upgrade after a derived address first held the authority was the execution of a
    multisig transaction that upgrades this program from this buffer. Its approvals, counted under
    the members and the threshold of their time, reach that threshold; the time lock of the
    approval and of the execution was waited out; nothing was written to the buffer after the first
    approval; the last buffer's code is what runs. An upgrade that a single key decided
    fails. An upgrade in a batch is held against the transaction of the batch that ran it. Where
    votes can't be recounted, a record signed by registered members is ATTESTED if they are as
    many as the threshold of the upgrade's time asked for, and two at least; a threshold that the
    history does not prove for that time is UNKNOWN. Nothing else is good enough."""
    return judgement(
        (part for program in facts.programs for part in upgrade_parts(facts, program)),
        good="Every upgrade since a multisig held the authority had its approvals, or there is "
        "none.",
        nothing=_NOTHING,
    )


def ua_07(facts: CustodyFacts, limits: Limits) -> Judgement:
    """Every transaction of each controlling multisig, from index 1 to the last, is looked up at
    its derived address, every spending limit that its history names, and every buffer that came
    under its vaults. An approved transaction that was not executed fails with its release time,
    also one that went stale since; so does a spending limit in force and a buffer that no open
    transaction uses. A limit or an approved transaction is accounted for, and passes with the
    reason shown, where a committed list of the team gives the chain's exact numbers, the
    transaction that gave the power, an owner, a reason, and a date of expiry that is ahead; one
    that differs in anything, or has expired, fails. What can't be read, or a history with gaps,
    is UNKNOWN."""
    return judgement(
        standing_parts(facts, limits),
        good="No approved transaction, spending limit or buffer is unaccounted for.",
        nothing=_NOTHING,
    )


def ua_08(facts: CustodyFacts, limits: Limits) -> Judgement:
    """Every loader transaction on ProgramData is listed back to the first deploy, failed attempts
    too, and leads to the slot and the authority that the account has now. A history that may have
    gaps is UNKNOWN; one that is shown to lack something fails: a change that another address's
    history holds, or a step by a key that was never given the authority. An extend, which anybody
    may send, is no upgrade."""
    return judgement(
        (_history(facts, program) for program in facts.history.programs),
        good="The history of the authority over every program is complete, from its first deploy.",
        nothing=_NOTHING,
    )


def _history(facts: CustodyFacts, program: ProgramHistory) -> Part:
    label, read = program.name, program.loader
    if facts.authority.moving:
        text = f"Moving: {facts.authority.moving[0]}; run the audit again."
        return Part(label, Status.UNKNOWN, text)
    if not isinstance(read, Found):
        return unread(label, read, absent=Status.UNKNOWN,
                      absent_summary="The history of ProgramData is not there.")  # fmt: skip
    history, told = read.value, _told(read.value)
    if not history.complete or history.gap:
        text = f"The history of {program.programdata} may have gaps: {history.gap}."
        return Part(label, Status.UNKNOWN, text, read.at, observed=told)
    if program.elsewhere:
        missing = program.elsewhere[0]
        text = (
            f"The history is not complete: {missing.signature} ({missing.action}) acts on "
            f"{program.programdata}, whose own history does not list it."
        )
        return Part(label, Status.FAIL, text, read.at, observed=told)
    holder, fault = _handed_on(history, program.programdata)
    if fault:
        text = f"The history is not complete: {fault}."
        return Part(label, Status.FAIL, text, read.at, observed=told)
    header = facts.authority.accounts.get(program.programdata)
    if isinstance(header, Diverged):
        text = f"ProgramData is read differently by the providers: {header.reason}."
        return Part(label, Status.DIVERGED, text, header.at)
    if not isinstance(header, Found) or not isinstance(header.value.content, ProgramHeader):
        text = f"{program.programdata} could not be read to compare it with its history."
        return Part(label, Status.UNKNOWN, text, read.at, observed=told)
    now, at = header.value.content, joined(read.at, header.at)
    slots = [e.slot for e in history.slot_changes if e.programdata == program.programdata]
    if not slots or slots[-1] != now.slot:
        text = (
            f"ProgramData says slot {now.slot}, the last change in its history is at slot "
            f"{slots[-1] if slots else 'none'}: not all of it was read."
        )
        return Part(label, Status.UNKNOWN, text, at, observed=told)
    if holder != now.upgrade_authority:
        text = (
            f"The history is not complete: it ends with the authority at {holder or 'nobody'}, and "
            f"ProgramData says {now.upgrade_authority or 'nobody'}."
        )
        return Part(label, Status.FAIL, text, at, observed=told)
    text = (
        f"From the first deploy to the present authority {holder or '(none: renounced)'}: "
        f"{told['counts']}; {told['failed']} failed attempt(s)."
    )
    return Part(label, Status.PASS, text, at, observed=told)


def _told(history: LoaderHistory) -> dict[str, Any]:
    """What a report shows of a history: counts, and each change with its transaction."""
    done = [e for e in history.events if e.succeeded]
    counts: dict[str, int] = {}
    for event in done:
        counts[event.action] = counts.get(event.action, 0) + 1
    return {
        "counts": ", ".join(f"{n} {name}" for name, n in counts.items()),
        "failed": len(history.events) - len(done),
        "not_shown": max(0, len(history.events) - MOST_SHOWN),
        "changes": [
            {"slot": e.slot, "action": e.action, "by": e.authority, "to": e.new_authority,
             "transaction": e.signature, "succeeded": e.succeeded}
            for e in history.events[-MOST_SHOWN:]
        ],
    }  # fmt: skip


def _handed_on(history: LoaderHistory, programdata: str) -> tuple[str | None, str]:
    """The authority that the events lead to, and why they can't be all; empty when they can."""
    holder: str | None = None
    started = False
    for event in history.events:
        if not event.succeeded or event.programdata != programdata:
            continue
        if event.action == DEPLOY:
            if started:
                return holder, f"it was deployed a second time in {event.signature}"
            holder, started = event.authority, True
            continue
        if not started:
            return holder, f"{event.signature} stands before the first deploy"
        if _needs_authority(event) and event.authority != holder:
            who = holder or "nobody"
            return holder, (
                f"{event.authority} acted in {event.signature}, and {who} held the authority"
            )
        if event.action in ("SetAuthority", "SetAuthorityChecked"):
            holder = event.new_authority
    return holder, ""


def _needs_authority(event: LoaderEvent) -> bool:
    """Anybody may extend; the rest takes the authority's signature."""
    return event.action not in ("ExtendProgram", "Write", "InitializeBuffer")


def ua_10(facts: CustodyFacts, limits: Limits) -> Judgement:
    """Nonce accounts in the history of every member, config authority and vault of the controlling
    multisig, or of the key that holds the authority, are listed with their authority, and those
    of a scan where a provider allows one. For a member that is a vault of another multisig its
    members are looked at; one that nothing explains leaves its signers UNKNOWN. A nonce account
    that is in force and has carried calls to the loader or the multisig fails, and so does one
    that belongs to somebody outside. A history with gaps is UNKNOWN. A transaction that was
    signed and never sent leaves no trace: none can be excluded."""
    return judgement(
        nonce_parts(facts),
        good="The nonce accounts of every signer are known, as far as history shows them.",
        nothing="The program is immutable or has no known signer: no nonce account was looked for.",
    )


CHECKS: dict[str, Callable[[Any, Limits], Judgement]] = {
    "UA-03": ua_03,
    "UA-07": ua_07,
    "UA-08": ua_08,
    "UA-10": ua_10,
}
