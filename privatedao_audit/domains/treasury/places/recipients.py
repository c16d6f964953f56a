"""The recipients of proposals that passed, and whether a register says who they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.domains.treasury.papers.facts import Paper, Row
from privatedao_audit.domains.treasury.payments import rules_of
from privatedao_audit.domains.treasury.proposals import not_all, not_read
from privatedao_audit.history.places import of_deeds
from privatedao_audit.history.reconcile import Execution, executions, owed
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status, worst
from privatedao_audit.protocols.facts import DaoReads, Outcome, ProposalReads

__all__ = ["Recipient", "recipients", "recipients_of"]

#: Numbers of proposals that one sentence names.
_MOST_TOLD = 8


@dataclass
class Recipient:
    """A wallet that a passed or executed proposal pays, or that an execution paid.

    Attributes:
        proposals: their numbers, in order, without repetitions.
        at: the reads that say so.
    """

    wallet: str
    proposals: list[str] = field(default_factory=list)
    at: list[ReadAt] = field(default_factory=list)


def recipients(facts: TreasuryFacts, limits: Limits) -> Iterator[Part]:
    """The parts about recipients."""
    papers = facts.recipients
    for paper in papers:
        if not isinstance(paper.said, Found):
            text = f"The recipient register {paper.file} is not in the checkout."
            yield unread(paper.file, paper.said, absent=Status.MISSING, absent_summary=text)
    for reads in facts.governance.daos:
        if not isinstance(reads.dao, Found):
            continue  # told beside its treasury
        found, faults = recipients_of(facts, reads)
        yield from faults
        for one in found.values():
            label = f"recipient {one.wallet} of {reads.address}"
            yield _registered(label, one, papers, limits)
        if not found and not faults:
            at = joined(reads.dao.at, *(one.proposal.at for one in reads.proposals))
            text = "No proposal that passed pays anybody."
            yield Part(f"recipients of {reads.address}", Status.PASS, text, at, observed=0)


def recipients_of(
    facts: TreasuryFacts, reads: DaoReads
) -> tuple[dict[str, Recipient], list[Part]]:
    """The wallets that were or can be paid, and why they may not be all of them."""
    found: dict[str, Recipient] = {}
    faults: list[Part] = []
    history = facts.histories.get(reads.address)
    done: tuple[Execution, ...] = ()
    if history is None:
        text = "The history of this DAO was not read, so that who was really paid is not known."
        faults.append(Part(f"history of {reads.address}", Status.UNKNOWN, text, reads.dao.at))
    else:
        done = executions(history, reads.proposals, rules_of(facts))
    faults += not_all(reads, f"proposals of {reads.address}")
    for one in reads.proposals:
        _voted(one, found, faults)
    numbers = {one.address: one.id for one in reads.proposals}
    for execution in done:
        _paid(execution, numbers.get(execution.proposal or "", "?"), found, faults)
    return found, faults


def _voted(one: ProposalReads, found: dict[str, Recipient], faults: list[Part]) -> None:
    label = f"proposal {one.id} ({one.address})"
    if not isinstance(one.proposal, Found):
        faults.append(not_read(label, one.proposal))
        return
    said = one.proposal.value
    if said.outcome not in (Outcome.PASSED, Outcome.EXECUTED) and not said.executed:
        return
    due, unclear = owed(one)
    at = joined(one.proposal.at, one.payout.at)
    if unclear:
        text = f"Whom it pays is not known: {unclear}."
        faults.append(Part(label, Status.UNKNOWN, text, at))
    for item in due:
        _add(found, item.recipient, one.id, at)


def _paid(
    execution: Execution, number: str, found: dict[str, Recipient], faults: list[Part]
) -> None:
    at = of_deeds((execution.deed,))
    for transfer in execution.paid:
        if transfer.receiver is None:
            text = f"Whom {execution.deed.signature} paid was not recorded beside it."
            label = f"payment {execution.deed.signature} {transfer.place}"
            faults.append(Part(label, Status.UNKNOWN, text, at))
        else:
            _add(found, transfer.receiver, number, at)


def _add(found: dict[str, Recipient], wallet: str, number: str, at: ReadAt) -> None:
    one = found.setdefault(wallet, Recipient(wallet))
    if number not in one.proposals:
        one.proposals.append(number)
    one.at.append(at)


def _registered(
    label: str, one: Recipient, papers: tuple[Paper[tuple[Row, ...]], ...], limits: Limits
) -> Part:
    pays = _pays(one.proposals)
    read = [paper for paper in papers if isinstance(paper.said, Found)]
    places = [place for paper in read for place in (paper.said.at, paper.changed.at)]
    at = joined(*one.at, *places)
    seen: dict[str, Any] = {"wallet": one.wallet, "proposals": list(one.proposals)}
    rows = [
        (paper, row)
        for paper in read
        if isinstance(paper.said, Found)
        for row in paper.said.value
        if row.key == one.wallet
    ]
    if not rows:
        if len(read) < len(papers):
            text = f"{pays} {one.wallet}; not every register could be read."
            return Part(label, Status.UNKNOWN, text, at, observed=seen)
        if not papers:
            text = f"{pays} {one.wallet}; the target maps no recipient register."
            return Part(label, Status.UNKNOWN, text, at, observed=seen)
        text = f"{pays} {one.wallet}, which stands in no recipient register."
        return Part(label, Status.FAIL, text, at, observed=seen, expected="a registered recipient")
    told = {
        tuple((row.text(name) or "").strip().casefold() for name in ("name", "owner", "kind"))
        for _paper, row in rows
    }
    if len(told) > 1:
        text = f"The registers do not agree on who {one.wallet} is."
        return Part(label, Status.FAIL, text, at, observed=seen)
    faults = [_fault(paper, row, limits) for paper, row in rows]
    status = worst(fault for fault, _text in faults)
    if status is not Status.PASS:
        why = next(text for fault, text in faults if fault is status)
        text = f"{pays} {one.wallet}, which is not well registered: {why}."
        return Part(label, status, text, at, observed=seen)
    seen["kind"] = (rows[0][1].text("kind") or "")[:100]
    text = f"{pays} {one.wallet}, which stands in {rows[0][0].file}."
    return Part(label, Status.PASS, text, at, observed=seen)


def _pays(numbers: list[str]) -> str:
    """Which proposals pay, for a sentence; a long list is cut."""
    if len(numbers) == 1:
        return f"Proposal {numbers[0]} pays"
    more = f" and {len(numbers) - _MOST_TOLD} more" if len(numbers) > _MOST_TOLD else ""
    return f"Proposals {', '.join(numbers[:_MOST_TOLD])}{more} pay"


def _fault(paper: Paper[tuple[Row, ...]], row: Row, limits: Limits) -> tuple[Status, str]:
    for name in ("name", "owner", "kind"):
        if blank(row.text(name)):
            return Status.MISSING, f"its row in {paper.file} gives no {name}"
    return age(paper, row.text("date"), limits.register_age_seconds)
