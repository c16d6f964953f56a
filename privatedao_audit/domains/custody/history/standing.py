"""UA-07: what may still be executed, spent or deployed without anybody voting again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from privatedao_audit.chain.addresses import squads_vault
from privatedao_audit.chain.layouts import describe, loader, squads
from privatedao_audit.chain.programs import LOADER_V3
from privatedao_audit.domains.authority.resolve import Holder
from privatedao_audit.domains.custody.history.accepted import (
    Power,
    accounted,
    of_limit,
    of_transaction,
)
from privatedao_audit.domains.custody.history.facts import (
    MultisigHistory,
    Put,
    Slot,
    StandingForm,
    Vault,
)
from privatedao_audit.domains.custody.history.log import limits_named, vaults_named
from privatedao_audit.domains.custody.history.replay import Replay, replay
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt, joined
from privatedao_audit.model.status import Status
from privatedao_audit.view.units import instant

if TYPE_CHECKING:
    from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody

_IMMUTABLE = frozenset({Holder.NONE, Holder.FIXED_LOADER})


def standing_parts(facts: CustodyFacts, limits: Limits) -> list[Part]:
    """The parts of all programs: one set for each multisig behind them."""
    parts: list[Part] = []
    done: set[str] = set()
    for program in facts.programs:
        if facts.authority.moving:
            text = f"Moving: {facts.authority.moving[0]}; run the audit again."
            parts.append(Part(program.name, Status.UNKNOWN, text))
            continue
        parts += _of_program(facts, program, limits, done)
    return parts


def _of_program(
    facts: CustodyFacts, program: ProgramCustody, limits: Limits, done: set[str]
) -> list[Part]:
    parts: list[Part] = []
    for depth, link in enumerate(program.links):
        label = program.name if depth == 0 else f"{program.name}: controller {depth}"
        if link.holder in _IMMUTABLE and link.at.evidence:
            if depth == 0:
                text = f"{link.detail} There is no standing power over it."
                parts.append(Part(label, Status.NOT_APPLICABLE, text, link.at))
            continue
        if link.holder is Holder.DIVERGED:
            parts.append(Part(label, Status.DIVERGED, link.detail, link.at))
            continue
        known = facts.history.multisig(link.multisig) if link.multisig else None
        if link.holder is not Holder.SQUADS_V4 or known is None:
            text = f"Standing powers over {label} can't be enumerated. {link.detail}"
            parts.append(Part(label, Status.UNKNOWN, text, link.at))
        elif known.address not in done:
            done.add(known.address)
            forms = Forms(facts.history.accepted, limits)
            parts += multisig_parts(known, _holding(facts, known.address), forms)
    return parts


def _holding(facts: CustodyFacts, address: str) -> set[int]:
    """Vaults of a multisig that hold an authority in a chain of controllers."""
    links = [link for program in facts.programs for link in program.links]
    return {
        link.vault_index
        for link in links
        if link.multisig == address and link.vault_index is not None
    }


@dataclass(frozen=True, slots=True)
class Forms:
    """What the checkout accepts, and the limits under which an acceptance counts."""

    accepted: tuple[StandingForm, ...]
    limits: Limits

    def part(self, power: Power, part: Part) -> Part:
        """The part of a power in force, with what the forms say of it, if they say anything."""
        said = accounted(power, self.accepted, self.limits, part.at)
        if said is None:
            return part
        observed = {**(part.observed or {}), "accepted": dict(said.told)}
        text = f"{part.summary} {said.text}."
        return replace(part, status=said.status, summary=text, at=said.at, observed=observed,
                       expected=dict(power.numbers))  # fmt: skip


def multisig_parts(one: MultisigHistory, needed: set[int], forms: Forms) -> list[Part]:
    """Transactions, spending limits and buffers of one multisig.

    ``needed`` are the indices of the vaults that hold an authority.
    """
    read = {vault.index for vault in one.vaults}
    steps = one.log.value.steps if isinstance(one.log, Found) else ()
    replayed = replay(one, one.log.value) if isinstance(one.log, Found) else Replay(doubt="no log")
    parts = [
        *_transactions(one, forms, replayed), *_limits(one, forms, replayed),
        *(_buffers(one, vault, replayed) for vault in one.vaults),
    ]  # fmt: skip
    for index in sorted({*vaults_named(steps), *needed} - read):
        label = f"multisig {one.address}: buffers of vault {index}"
        parts.append(Part(label, Status.UNKNOWN, f"Vault {index} was not asked for.", one.at))
    return parts


def _transactions(one: MultisigHistory, forms: Forms, replayed: Replay) -> list[Part]:
    """One part for each transaction that has a power or can't be read, one for all the others."""
    name, last = f"multisig {one.address}", one.state.transaction_index
    parts: list[Part] = []
    counts = {"closed": 0, "over": 0, "pending": 0, "stale": 0}
    whole = True
    for number in range(1, last + 1):
        label = f"{name}: transaction {number}"
        slot = one.slots[number - 1] if number <= len(one.slots) else None
        if slot is None or slot.index != number:
            left = f"{name}: transactions from {number} on"
            text = f"Transactions {number} to {last} of {one.address} were not read."
            parts.append(Part(left, Status.UNKNOWN, text, one.at))
            whole = False
            break
        power = _power(one, slot)
        if isinstance(power, str):
            counts[power] += 1
        else:
            status, text = power
            at = joined(one.at, slot.transaction.at, slot.proposal.at)
            part = Part(label, status, text, at, observed=_told(one, slot))
            if status is Status.FAIL:
                part = forms.part(of_transaction(one, number, replayed), part)
            parts.append(part)
    places = [place for s in one.slots for place in (s.transaction.at, s.proposal.at)]
    read = joined(one.at, *places)
    if not whole:
        return parts
    others = f"{len(parts)} are told apart; of the others " if parts else ""
    text = (
        f"All {last} transactions of {one.address} were looked up: {others}{counts['closed']} "
        f"closed, {counts['over']} executed, rejected or cancelled, {counts['pending']} not "
        f"approved yet, {counts['stale']} stale."
    )
    seen = {"transaction_index": last, **counts}
    return [*parts, Part(f"{name}: transactions", Status.PASS, text, read, observed=seen)]


def _power(one: MultisigHistory, slot: Slot) -> str | tuple[Status, str]:
    """What a transaction can still do: the count it goes into, or a status and a sentence."""
    number, stale = slot.index, slot.index <= one.state.stale_transaction_index
    for read, what in ((slot.transaction, "transaction"), (slot.proposal, "proposal")):
        account = f"The {what} account {number}"
        if isinstance(read, Diverged):
            return Status.DIVERGED, f"{account} is read differently: {read.reason}."
        if not isinstance(read, Found | ProvenAbsent):
            return Status.UNKNOWN, f"{account} could not be read: {read.reason}."
    if isinstance(slot.transaction, ProvenAbsent):
        # Without the transaction's account there is nothing that could be executed.
        return "closed"
    proposal = slot.proposal.value if isinstance(slot.proposal, Found) else None
    status = "none" if proposal is None else proposal.status
    if status in ("executed", "rejected", "cancelled"):
        return "over"
    if status not in ("approved", "executing"):
        # Nobody can vote on a stale one; the others still need their votes.
        return "stale" if stale else "pending"
    assert isinstance(slot.transaction, Found)
    if stale and isinstance(slot.transaction.value, squads.ConfigTransaction):
        return "stale"
    return Status.FAIL, _waiting(one, slot, stale)


def _waiting(one: MultisigHistory, slot: Slot, stale: bool) -> str:
    proposal = slot.proposal.value if isinstance(slot.proposal, Found) else None
    release = None if proposal is None else proposal.releases_at(one.state.time_lock)
    when = "at a time that is not known" if release is None else f"from {instant(release)} on"
    old = " It was approved before it went stale, so it still counts." if stale else ""
    does = "; ".join(does_of(slot.transaction)) or "what it does is not known"
    return (
        f"Transaction {slot.index} is approved and not executed: one member can execute it {when}. "
        f"It {does}.{old}"
    )


def does_of(read: Read[Put]) -> list[str]:
    """What a transaction would do, one clause per instruction."""
    if not isinstance(read, Found):
        return []
    put = read.value
    if isinstance(put, squads.VaultTransaction):
        return [action.text for action in describe.describe_message(put.message)]
    if isinstance(put, squads.ConfigTransaction):
        return [f"changes the multisig: {type(action).__name__}" for action in put.actions]
    return [f"runs a batch of {put.size} transactions, {put.executed} of them done"]


def _told(one: MultisigHistory, slot: Slot) -> dict[str, object]:
    proposal = slot.proposal.value if isinstance(slot.proposal, Found) else None
    return {
        "status": None if proposal is None else proposal.status,
        "releases_at": None if proposal is None else proposal.releases_at(one.state.time_lock),
        "does": does_of(slot.transaction),
    }


def _limits(one: MultisigHistory, forms: Forms, replayed: Replay) -> list[Part]:
    name = f"multisig {one.address}: spending limits"
    if not isinstance(one.log, Found):
        absent = "The history of the multisig is not there."
        return [unread(name, one.log, absent=Status.UNKNOWN, absent_summary=absent)]
    parts: list[Part] = []
    wanted = limits_named(one.address, one.program, one.log.value.steps, one.slots)
    for address in dict.fromkeys((*wanted, *one.limits)):
        label, read = f"{name}: {address}", one.limits.get(address)
        if read is None:
            text = f"The spending limit {address} was not asked for."
            parts.append(Part(label, Status.UNKNOWN, text, one.log.at))
            continue
        if isinstance(read, ProvenAbsent):
            continue
        if not isinstance(read, Found):
            parts.append(unread(label, read, absent=Status.UNKNOWN, absent_summary=""))
            continue
        found = read.value
        unit = "lamports" if found.mint is None else f"base units of {found.mint}"
        text = (
            f"{', '.join(found.members)} can each spend {found.amount} {unit} per {found.period} "
            f"from vault {found.vault_index}, with no vote and no delay, to "
            f"{', '.join(found.destinations) or 'anybody'}."
        )
        seen = {
            "amount": str(found.amount),
            "remaining": str(found.remaining),
            "members": list(found.members),
            "destinations": list(found.destinations),
        }
        part = Part(label, Status.FAIL, text, joined(one.log.at, read.at), observed=seen)
        parts.append(forms.part(of_limit(one, address, found, replayed), part))
    if doubt := replayed.doubt:
        text = f"Spending limits may exist that were not seen: {doubt}."
        parts.append(Part(name, Status.UNKNOWN, text, one.log.at))
    elif not parts:
        text = f"The history of {one.address} leaves no spending limit in force."
        at = joined(one.log.at, *(read.at for read in one.limits.values()))
        parts.append(Part(name, Status.PASS, text, at, observed={"seen": len(one.limits)}))
    return parts


def _buffers(one: MultisigHistory, vault: Vault, replayed: Replay) -> Part:
    label = f"multisig {one.address}: buffers of vault {vault.index}"
    if vault.address != squads_vault(one.address, vault.index, one.program).address:
        text = f"{vault.address} is not vault {vault.index} of {one.address}."
        return Part(label, Status.UNKNOWN, text, one.at)
    if not isinstance(vault.seen, Found):
        absent = "The history of the vault is not there."
        return unread(label, vault.seen, absent=Status.UNKNOWN, absent_summary=absent)
    at = joined(vault.seen.at, *(read.at for read in vault.buffers.values()))
    used, unsure = _used(one, replayed)
    orphans, unclear = [], []
    for address, read in vault.buffers.items():
        if isinstance(read, Diverged):
            text = f"The buffer {address} is read differently: {read.reason}."
            return Part(label, Status.DIVERGED, text, at)
        if isinstance(read, Found):
            if read.value.authority == vault.address and address not in used:
                orphans.append(address)
        elif not isinstance(read, ProvenAbsent):
            unclear.append(f"the buffer {address} could not be read: {read.reason}")
    if orphans and unsure:
        unclear.append(f"whether the buffer {orphans[0]} is used is not known: {unsure}")
    elif orphans:
        text = (
            f"{len(orphans)} buffer(s) lie under vault {vault.index} and no open transaction uses "
            f"them: {', '.join(orphans)}."
        )
        return Part(label, Status.FAIL, text, at, observed=orphans, expected=[])
    if vault.gap:
        unclear.append(f"the vault's history may lack some: {vault.gap}")
    if unclear:
        text = f"Not every buffer is accounted for: {unclear[0]}."
        return Part(label, Status.UNKNOWN, text, at)
    text = (
        f"The history of vault {vault.index} shows {len(vault.buffers)} buffer(s), none of which "
        "still lies under it without an open transaction that uses it."
    )
    return Part(label, Status.PASS, text, at, observed={"seen": sorted(vault.buffers)})


def _used(one: MultisigHistory, replayed: Replay) -> tuple[set[str], str]:
    """Buffers of transactions that are neither over nor stale, and why there may be more."""
    found: set[str] = set()
    unsure = ""
    if len(one.slots) != one.state.transaction_index:
        unsure = "not every transaction was read"
    for slot in one.slots:
        power = _power(one, slot)
        if power in ("over", "stale", "closed"):
            continue
        if not isinstance(slot.transaction, Found):
            unsure = f"transaction {slot.index} could not be read"
            continue
        put = slot.transaction.value
        messages = _messages(put, slot.index, replayed)
        if messages is None:
            unsure = f"what the batch of transaction {slot.index} holds is not known"
        for message in messages or ():
            buffers, looked_up = _buffers_in(message)
            found |= buffers
            if looked_up:
                unsure = f"transaction {slot.index} takes accounts from a lookup table"
    return found, unsure


def _messages(put: Put, index: int, replayed: Replay) -> tuple[squads.Message, ...] | None:
    """What a transaction runs; None for a batch that the history does not show whole."""
    if isinstance(put, squads.VaultTransaction):
        return (put.message,)
    if not isinstance(put, squads.Batch):
        return ()
    decision = replayed.decisions.get(index)
    if replayed.doubt or decision is None or len(decision.messages) != put.size:
        return None
    return tuple(decision.messages[put.executed :])


def _buffers_in(message: squads.Message) -> tuple[set[str], bool]:
    """Buffers that a message uses, and whether a lookup table may name more."""
    found: set[str] = set()
    looked_up = False
    for instruction in message.resolve():
        keys = [str(key) for key in instruction.accounts]
        if instruction.program is None or None in instruction.accounts:
            looked_up = True
        elif instruction.program == LOADER_V3:
            detail = loader.decode_instruction(keys, instruction.data)
            if isinstance(detail, loader.LoaderInstruction) and detail.buffer is not None:
                found.add(detail.buffer)
    return found, looked_up


def in_force(one: MultisigHistory) -> Iterator[tuple[Power, ReadAt]]:
    """Every spending limit and approved transaction of a multisig that is in force, as read."""
    replayed = replay(one, one.log.value) if isinstance(one.log, Found) else Replay(doubt="no log")
    for slot in one.slots:
        power = _power(one, slot)
        if not isinstance(power, str) and power[0] is Status.FAIL:
            at = joined(one.at, slot.transaction.at, slot.proposal.at)
            yield of_transaction(one, slot.index, replayed), at
    for address, read in one.limits.items():
        if isinstance(read, Found):
            yield of_limit(one, address, read.value, replayed), joined(one.log.at, read.at)
