"""TR-05 and TR-06: was what left the treasury voted, and is all that moved explained?"""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.proposals import not_all, not_read
from privatedao_audit.history.continuity import Chain, born_at
from privatedao_audit.history.facts import AddressHistory, DaoHistory
from privatedao_audit.history.places import of_deeds, of_history
from privatedao_audit.history.reconcile import (
    Execution,
    Movement,
    Rules,
    executions,
    ledger,
    movements,
    owed,
)
from privatedao_audit.history.unsolicited import taken_back, unused
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Diverged, Found, joined
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import DaoReads, ProposalReads
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of


def rules_of(facts: TreasuryFacts) -> Rules:
    """Who may call what under the target's protocol; empty for one that is not known."""
    try:
        return protocol_of(facts.governance.protocol).instruction_rules
    except UnknownProtocol:
        return {}


def paid_as_voted(facts: TreasuryFacts) -> Iterator[Part]:
    """The parts of TR-05."""
    for reads in facts.governance.daos:
        history = facts.histories.get(reads.address)
        label = f"proposals of {reads.address}"
        if not isinstance(reads.dao, Found):
            yield unread(
                label, reads.dao, absent=Status.UNKNOWN, absent_summary="The DAO does not exist."
            )
            continue
        if history is None:
            yield Part(label, Status.UNKNOWN, "The history of this DAO was not read.")
            continue
        done = executions(history, reads.proposals, rules_of(facts))
        parts = list(_strangers(reads, done))
        of_proposal: dict[str | None, list[Execution]] = {}
        for each in done:
            of_proposal.setdefault(each.proposal, []).append(each)
        for one in reads.proposals:
            parts += _executed(one, of_proposal.get(one.address, []))
        parts += not_all(reads, label)
        yield from parts or [none_executed(reads, history, label)]


def _executed(one: ProposalReads, done: list[Execution]) -> Iterator[Part]:
    label = f"proposal {one.id} ({one.address})"
    if not isinstance(one.proposal, Found):
        yield not_read(label, one.proposal)
        return
    said = one.proposal.value
    at = of_deeds((e.deed for e in done), one.proposal.at, one.payout.at)
    if not said.executed and not done:
        return
    if not said.executed:
        slot = one.proposal.at.slot
        if slot is not None and all(e.deed.slot > slot for e in done):
            text = "It was executed while the DAO was being read."
            yield Part(label, Status.UNKNOWN, text, at)
            return
        text = f"{done[0].deed.signature} executed it, and its account says that it was not."
        yield Part(label, Status.FAIL, text, at, observed=_observed(done), expected=[])
    elif not done:
        text = "It was executed, and the transaction that did it is not in the history."
        yield Part(label, Status.UNKNOWN, text, at)
    elif len(done) > 1:
        text = f"It was executed {len(done)} times: {done[0].deed.signature} and others."
        yield Part(label, Status.FAIL, text, at, observed=_observed(done))
    elif done[0].fault:
        text = f"The execution {done[0].deed.signature} is not what was voted: {done[0].fault}."
        yield Part(label, Status.FAIL, text, at, observed=_observed(done), expected=_voted(one))
    elif done[0].open:
        text = f"Whether {done[0].deed.signature} is what was voted is not known: {done[0].open}."
        yield Part(label, Status.UNKNOWN, text, at, observed=_observed(done))
    else:
        text = "Recipient, mint and amount of what it paid are those that were voted."
        if not done[0].paid:
            text = "It was to pay nothing, and its execution moved nothing."
        yield Part(label, Status.PASS, text, at, observed=_observed(done), expected=_voted(one))


def _strangers(reads: DaoReads, done: tuple[Execution, ...]) -> Iterator[Part]:
    """Executions of proposals that were not read."""
    known = {one.address for one in reads.proposals}
    slot = reads.dao.at.slot
    for one in done:
        if one.proposal in known:
            continue
        moved = slot is not None and one.deed.slot > slot
        yield Part(
            f"execution {one.deed.signature} {one.place}",
            Status.UNKNOWN if moved else Status.FAIL,
            f"It names the proposal {one.proposal}, which "
            + ("is younger than the reading." if moved else "the DAO does not count."),
            joined(reads.dao.at, one.deed.at),
            observed=_observed([one]),
        )


def none_executed(reads: DaoReads, history: DaoHistory, label: str) -> Part:
    """N/A: every proposal was read, none was executed, and no execution is in the history."""
    at = joined(
        reads.dao.at,
        of_history(history, *history.of_role("dao", "proposal", "treasury")),
        *(one.proposal.at for one in reads.proposals),
    )
    text = "Every proposal was read, and none was executed."
    return Part(label, Status.NOT_APPLICABLE, text, at, observed=len(reads.proposals))


def _observed(done: list[Execution]) -> list[dict[str, str | None]]:
    return [
        {
            "transaction": e.deed.signature,
            "instruction": e.name,
            "recipient": t.receiver,
            "mint": t.mint,
            "amount": str(t.amount),
        }
        for e in done
        for t in e.paid
    ]


def _voted(one: ProposalReads) -> list[dict[str, str | None]]:
    return [
        {"recipient": d.recipient, "mint": d.mint, "amount": str(d.amount)} for d in owed(one)[0]
    ]


def reconciled(facts: TreasuryFacts) -> Iterator[Part]:
    """The parts of TR-06."""
    for reads in facts.governance.daos:
        history = facts.histories.get(reads.address)
        if history is None:
            text = "The history of this DAO was not read."
            yield Part(f"DAO {reads.address}", Status.UNKNOWN, text, reads.dao.at)
            continue
        if not isinstance(reads.dao, Found):
            # Where there is no DAO, nothing came in and nothing left: that shows nothing.
            none = "There is no such DAO, so an empty treasury shows nothing."
            yield unread(
                f"DAO {reads.address}", reads.dao, absent=Status.UNKNOWN, absent_summary=none
            )
        yield _complete(history)
        own = history.histories.get(history.dao)
        born = born_at(own) if own is not None else None
        done = executions(history, reads.proposals, rules_of(facts))
        mine = ledger(history)
        if history.treasury not in mine:
            text = "The history of the treasury was not read."
            yield Part(f"SOL of {history.treasury}", Status.UNKNOWN, text)
        meant = _meant(facts, reads.address)
        for chain, moved in movements(history, done, -1 if born is None else born):
            yield _account(history, mine[chain.address], chain, moved, meant)


def _meant(facts: TreasuryFacts, dao: str) -> frozenset[str] | None:
    """The mints that TR-02 judges; None where that is not known, so that every mint counts."""
    tokens = facts.tokens.get(dao)
    if tokens is None or tokens.gaps:
        return None
    return frozenset(one.address for one in tokens.mints)


def _complete(history: DaoHistory) -> Part:
    """Whether every token account of the treasury was found and followed."""
    label = f"token accounts of {history.treasury}"
    for read in history.listed.values():
        if not isinstance(read, Found):
            return unread(
                label, read, absent=Status.UNKNOWN, absent_summary="No list was answered."
            )
    at = joined(*(read.at for read in history.listed.values()))
    odd = history.unlisted()
    why = history.gaps[0] if history.gaps else ""
    if len(history.listed) < 2:
        why = why or "a token program was not asked"
    elif odd:
        why = why or f"{odd[0]} was listed and not followed, or followed and not listed"
    if why:
        return Part(label, Status.UNKNOWN, f"Not every token account was followed: {why}.", at)
    followed = len(history.of_role("token account"))
    text = f"{followed} token accounts, present and past, were found and followed."
    return Part(label, Status.PASS, text, at, observed=followed)


def _account(
    history: DaoHistory,
    one: AddressHistory,
    chain: Chain,
    moved: tuple[Movement, ...],
    meant: frozenset[str] | None,
) -> Part:
    sol = one.role == "treasury"
    label = f"SOL of {one.address}" if sol else f"token account {one.address}"
    at = of_history(history, one)
    debits = [move for move in moved if move.change < 0]
    bad = [move for move in moved if move.note and not move.open]
    back: list[Movement] = []
    if bad and meant is not None and not meant & {move.mint for move in bad}:
        theirs = {id(move) for move in bad if taken_back(move, history.treasury)}
        if theirs and unused(history, one.address):
            back = [move for move in bad if id(move) in theirs]
            bad = [move for move in bad if id(move) not in theirs]
    told = {
        "balance": str(chain.links[-1].after if chain.links else 0),
        "credits": len(moved) - len(debits),
        "debits": len(debits),
    }
    if bad:
        worst = bad[0]
        deed = history.deed(worst.link.slot, worst.link.signature)
        more = f"; {len(bad) - 1} more like it" if len(bad) > 1 else ""
        gone = max(worst.taken, -worst.change)
        return Part(
            label, Status.FAIL, f"A debit of {gone} {chain.unit} by "
            f"{worst.link.signature} is not explained: {worst.note}{more}.",
            at if deed is None else joined(deed.at, at),
            observed={**told, "unexplained": [m.link.signature for m in bad]},
        )  # fmt: skip
    if isinstance(one.now, Diverged):
        return unread(label, one.now, absent=Status.UNKNOWN, absent_summary="")
    if one.disputed:
        text = f"{one.disputed[:1].upper()}{one.disputed[1:]}."
        return Part(label, Status.DIVERGED, text, at, observed=told)
    unclear = next((f"{m.link.signature}: {m.open}" for m in moved if m.open), "")
    unclear = chain.broken or unclear
    if isinstance(one.now, Found) and one.now.value.opaque:
        unclear = "it can hold confidential amounts, or has an extension that is not understood"
    if unclear:
        return Part(label, Status.UNKNOWN, f"It does not reconcile: {unclear}.", at, observed=told)
    unit = "lamports" if sol else "raw units"
    if back:
        text = (
            f"It is of the mint {one.entries[-1].mint}, which nobody means, and the DAO never "
            f"touched it; somebody else took {unit} back in {len(back)} transactions."
        )
        return Part(label, Status.PASS, text, at,
                    observed={**told, "taken_back": [m.link.signature for m in back]})  # fmt: skip
    return Part(
        label, Status.PASS, f"{told['debits']} debits, each an execution of what was voted, and "
        f"{told['credits']} credits lead to the {told['balance']} {unit} that are there.",
        at, observed=told,
    )  # fmt: skip
