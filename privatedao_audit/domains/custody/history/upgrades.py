"""UA-03: each upgrade tied to its votes, its time lock and the code that was voted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.authority.facts import ProgramHeader
from privatedao_audit.domains.authority.history import DEPLOY, LoaderEvent, LoaderHistory
from privatedao_audit.domains.authority.resolve import Holder
from privatedao_audit.domains.custody.history.approvals import Attested, attested
from privatedao_audit.domains.custody.history.decisions import Replay
from privatedao_audit.domains.custody.history.facts import (
    HistoryFacts,
    MultisigHistory,
    ProgramHistory,
)
from privatedao_audit.domains.custody.history.replay import replay
from privatedao_audit.domains.custody.history.then import rules_then
from privatedao_audit.domains.custody.history.ties import Verdict, tie
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody


def in_order(program: ProgramHistory) -> tuple[LoaderEvent, ...]:
    """The program's loader events that took effect, oldest first, wherever they were seen."""
    listed = program.loader.value.events if isinstance(program.loader, Found) else ()
    # Stable: two of one slot keep the order in which the node lists them.
    return tuple(sorted((e for e in (*listed, *program.elsewhere) if e.succeeded),
                        key=lambda e: e.slot))  # fmt: skip


def custody_began(events: tuple[LoaderEvent, ...]) -> int | None:
    """Position of the event that first gave the authority to a derived address; None: never.

    Only a program can sign for a derived address, so this is where one key stopped being enough.
    """
    for number, event in enumerate(events):
        holder = event.authority if event.action == DEPLOY else event.new_authority
        changes = event.action in (DEPLOY, "SetAuthority", "SetAuthorityChecked")
        if changes and holder is not None and not is_on_curve(holder):
            return number
    return None


def upgrade_parts(facts: CustodyFacts, custody: ProgramCustody) -> list[Part]:
    """The parts of one program."""
    label, link = custody.name, custody.links[0]
    if facts.authority.moving:
        text = f"Moving: {facts.authority.moving[0]}; run the audit again."
        return [Part(label, Status.UNKNOWN, text)]
    if link.holder is Holder.FIXED_LOADER and link.at.evidence:
        return [Part(label, Status.NOT_APPLICABLE, link.detail, link.at)]
    program = next((one for one in facts.history.programs if one.id == custody.id), None)
    if program is None:
        return [Part(label, Status.UNKNOWN, "The history of the program was not asked for.")]
    if not isinstance(program.loader, Found):
        absent = "The history of ProgramData is not there."
        return [unread(label, program.loader, absent=Status.UNKNOWN, absent_summary=absent)]
    events = in_order(program)
    upgrades = [e for e in events if e.action == "Upgrade"]
    began = custody_began(events)
    later = [] if began is None else [e for e in events[began + 1 :] if e.action == "Upgrade"]
    earlier = [e for e in upgrades if e not in later]
    history, at = program.loader.value, program.loader.at
    listed = [{"transaction": e.signature, "slot": e.slot, "by": e.authority} for e in earlier]
    gap = history.gap or ("" if history.complete else "it is not complete")
    if program.elsewhere and not gap:
        gap = f"{program.elsewhere[0].signature} acts on ProgramData and is not in it"
    gap = gap or _behind(facts, program, history)
    parts = [_history(label, gap, len(later), listed, at)]
    if began is None and upgrades and not gap:
        text = (
            f"No multisig ever held the upgrade authority of {label}: its {len(upgrades)} "
            "upgrade(s) were made by single keys."
        )
        return [Part(label, Status.FAIL, text, at, observed=listed)]
    if not later and not gap:
        text = (
            "The history is complete and holds no upgrade since a derived address first held the "
            f"authority; {len(earlier)} earlier one(s) are listed."
            if began is not None
            else "The history is complete and holds no upgrade at all."
        )
        return [Part(label, Status.NOT_APPLICABLE, text, at, observed=listed or None)]
    replays = {one.address: _replayed(one) for one in facts.history.multisigs}
    for number, event in enumerate(later, 1):
        last = event is later[-1] and event == events_of_code(events)[-1]
        parts.append(_upgrade(f"{label}: upgrade {number}", event, program, facts, replays, last))
    return parts


def _behind(facts: CustodyFacts, program: ProgramHistory, history: LoaderHistory) -> str:
    """Why the history may end before the account does; empty when they end together."""
    header = facts.authority.accounts.get(program.programdata)
    if not isinstance(header, Found) or not isinstance(header.value.content, ProgramHeader):
        return "ProgramData could not be read to compare it with its history"
    last = history.slot_changes[-1].slot if history.slot_changes else None
    if last != header.value.content.slot:
        return f"it ends at slot {last}, and ProgramData says {header.value.content.slot}"
    return ""


def events_of_code(events: tuple[LoaderEvent, ...]) -> list[LoaderEvent]:
    """Those that put code in place."""
    return [e for e in events if e.action in (DEPLOY, "Upgrade")]


def _history(label: str, gap: str, later: int, earlier: list[dict[str, Any]], at: ReadAt) -> Part:
    name = f"{label}: history"
    if gap:
        text = f"Upgrades may be missing from the history that was read: {gap}."
        return Part(name, Status.UNKNOWN, text, at, observed={"before custody": earlier})
    text = (
        f"The history of ProgramData is complete: {later} upgrade(s) since a derived address first "
        f"held the authority, {len(earlier)} before, which are listed and not judged."
    )
    return Part(name, Status.PASS, text, at, observed={"before custody": earlier})


def _replayed(one: MultisigHistory) -> Replay:
    if not isinstance(one.log, Found):
        return Replay(doubt="its history could not be read")
    return replay(one, one.log.value)


def _upgrade(
    name: str,
    event: LoaderEvent,
    program: ProgramHistory,
    facts: CustodyFacts,
    replays: dict[str, Replay],
    last: bool,
) -> Part:
    found = Verdict(seen={"transaction": event.signature, "slot": event.slot,
                          "authority": event.authority, "buffer": event.buffer})  # fmt: skip
    if isinstance(program.loader, Found):
        found.at.append(program.loader.at)
    where = f"The upgrade {event.signature}"
    if event.authority is None or is_on_curve(event.authority):
        found.wrong.append(
            f"it was executed by the key {event.authority} alone, after a multisig had held the "
            "authority"
        )
    else:
        multisig = holder_of(facts.history, event.authority)
        if multisig is None:
            found.open.append(f"no multisig that may be believed derives {event.authority}")
        else:
            tie(found, event, program, multisig, replays[multisig.address])
    if last:
        _running(found, program, facts)
    at = joined(*found.at)
    if found.wrong:
        return Part(name, Status.FAIL, f"{where}: {'; '.join(found.wrong)}.", at,
                    observed=found.seen)  # fmt: skip
    if found.open:
        return _attested(name, where, event, program, facts, found, last, replays)
    text = (
        f"{where} carries out transaction {found.seen['index']} of the multisig: "
        f"{len(found.seen['approvals'])} approvals for a threshold of {found.seen['threshold']}, "
        f"{found.seen['waited_seconds']} s for a time lock of {found.seen['time_lock']} s, and "
        "the code that was staged before the first of them."
    )
    return Part(name, Status.PASS, text, at, observed=found.seen)


def holder_of(history: HistoryFacts, authority: str) -> MultisigHistory | None:
    """The believed multisig that has this vault; None where none has."""
    for one in history.multisigs:
        if authority in (vault.address for vault in one.vaults):
            return one
        if squads.find_vault_index(one.address, authority, one.program) is not None:
            return one
    return None


def _running(found: Verdict, program: ProgramHistory, facts: CustodyFacts) -> None:
    """The last upgrade against the executable that runs."""
    code = facts.authority.executables.get(program.id)
    rebuilt = found.seen.get("artifact_sha256")
    if not isinstance(code, Found):
        found.open.append("the executable that runs could not be read")
        return
    found.at.append(code.at)
    if rebuilt is not None and rebuilt != code.value.sha256:
        found.wrong.append(
            f"its buffer held {rebuilt}, and the executable that runs is {code.value.sha256}"
        )


def _attested(
    name: str,
    where: str,
    event: LoaderEvent,
    program: ProgramHistory,
    facts: CustodyFacts,
    found: Verdict,
    last: bool,
    replays: dict[str, Replay],
) -> Part:
    """An upgrade whose votes can't be recounted: a signed record may stand in."""
    doubt, at = "; ".join(found.open), joined(*found.at)
    said = _record_of(event, program, facts)
    if said is None:
        unsigned = "" if not program.approvals else ", and no approval record with a signature"
        text = f"{where}: {doubt}{unsigned}."
        return Part(name, Status.UNKNOWN, text, at, observed=found.seen)
    at = joined(at, said.at)
    multisig = holder_of(facts.history, str(event.authority))
    then = rules_then(multisig, replays, event.slot)
    signers = [key for key in said.signers if key in then.members]
    found.seen |= {"signed_by": signers, "threshold_then": then.threshold}
    if then.threshold is None:
        text = (
            f"{where}: {doubt}; its approval record has {len(signers)} valid signature(s) of "
            f"registered members, and how many it took then is not known: {then.doubt}."
        )
        return Part(name, Status.UNKNOWN, text, at, observed=found.seen)
    if len(signers) < then.threshold:
        text = (
            f"{where}: {doubt}; its approval record has {len(signers)} valid signature(s) of "
            f"registered members, of the {then.threshold} needed then."
        )
        return Part(name, Status.UNKNOWN, text, at, observed=found.seen)
    known = found.seen.get("artifact_sha256")
    code = facts.authority.executables.get(program.id)
    if known is None and last and isinstance(code, Found):
        known = code.value.sha256
    if known is not None and known != said.artifact_sha256:
        text = (
            f"{where}: its approval record is signed for the executable {said.artifact_sha256}, "
            f"and it put {known} in place."
        )
        return Part(name, Status.FAIL, text, at, observed=found.seen)
    text = (
        f"{where}: {doubt}. An approval record signed by {len(signers)} registered keys, of "
        f"{then.threshold} needed then, stands in."
    )
    return Part(name, Status.ATTESTED, text, at, observed=found.seen)


def _record_of(event: LoaderEvent, program: ProgramHistory, facts: CustodyFacts) -> Attested | None:
    genesis = facts.authority.genesis_hash
    if not isinstance(genesis, Found):
        return None
    return attested(
        program.approvals,
        facts.history.registers,
        genesis_hash=genesis.value,
        program_id=program.id,
        transaction=event.signature,
    )


