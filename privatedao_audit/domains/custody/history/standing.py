"""UA-07: what may still be executed, spent or deployed without anybody voting again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from privatedao_audit.domains.authority.resolve import Holder
from privatedao_audit.domains.custody.history.accepted import (
    Power,
    accounted,
    of_limit,
    of_transaction,
)
from privatedao_audit.domains.custody.history.decisions import Replay
from privatedao_audit.domains.custody.history.facts import (
    MultisigHistory,
    Slot,
    StandingForm,
)
from privatedao_audit.domains.custody.history.log import limits_named, vaults_named
from privatedao_audit.domains.custody.history.replay import replay
from privatedao_audit.domains.custody.history.staged import staged_part
from privatedao_audit.domains.custody.history.waiting import does_of, power_of
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.status import Status

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
        *(staged_part(one, vault, replayed) for vault in one.vaults),
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
        power = power_of(one, slot)
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


def in_force(one: MultisigHistory) -> Iterator[tuple[Power, ReadAt]]:
    """Every spending limit and approved transaction of a multisig that is in force, as read."""
    replayed = replay(one, one.log.value) if isinstance(one.log, Found) else Replay(doubt="no log")
    for slot in one.slots:
        power = power_of(one, slot)
        if not isinstance(power, str) and power[0] is Status.FAIL:
            at = joined(one.at, slot.transaction.at, slot.proposal.at)
            yield of_transaction(one, slot.index, replayed), at
    for address, read in one.limits.items():
        if isinstance(read, Found):
            yield of_limit(one, address, read.value, replayed), joined(one.log.at, read.at)
