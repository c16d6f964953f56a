"""Why each balance of a treasury moved, and whether each payment is what was voted.

A debit is explained by one thing alone: a transfer that ran inside an instruction of the DAO's
program that pays out, for a proposal that was executed, to the recipient, of the mint and of the
amount that were voted. The event of a token payment names the receiving token account, the
proposal names the wallet: the account's owner beside the transaction joins the two. Credits are
told apart and never need an explanation, since anybody may pay in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from privatedao_audit.chain.layouts.token import NATIVE_MINTS
from privatedao_audit.history.continuity import Chain, Link, beside, chains
from privatedao_audit.history.executions import (
    Due,
    Execution,
    Rules,
    effect,
    executions,
    ledger,
    owed,
)
from privatedao_audit.history.facts import DaoHistory, Deed, Entry, Transfer
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.facts import Outcome, ProposalReads

__all__ = [
    "Due",
    "Execution",
    "Movement",
    "Rules",
    "dues",
    "executions",
    "ledger",
    "movements",
    "owed",
]


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of one balance of the treasury.

    Attributes:
        mint: None for lamports.
        change: negative for a debit.
        why: ``payment``, ``deposit``, ``direct transfer``, ``minted``, ``account handed over``,
            ``account closed``, ``other credit`` or ``unexplained``.
        proposal: address of the executed proposal behind a payment.
        note: what is wrong with a debit, or with what was taken beside a credit; empty where
            nothing is.
        open: why that can't be told; empty where it can.
        taken: what left without an explanation, where single transfers say so: more may have come
            in than left.
        takers: who signed for these transfers; empty where one of them does not say, or where
            none was seen.
    """

    account: str
    mint: str | None
    link: Link
    change: int
    why: str
    proposal: str | None
    note: str
    open: str
    taken: int = 0
    takers: tuple[str, ...] = ()


def movements(
    history: DaoHistory, paid: Iterable[Execution], since: int
) -> Iterator[tuple[Chain, tuple[Movement, ...]]]:
    """Every change of every balance of the treasury, with its chain.

    Args:
        since: slot from which on the lists have to be whole.
    """
    by_deed: dict[str, list[Execution]] = {}
    for done in paid:
        by_deed.setdefault(done.deed.signature, []).append(done)
    for address, one in ledger(history).items():
        chain = chains(one, since)[-1]
        moved = []
        for link, entry in beside(one, chain.links):
            mint, change = effect(address, entry, history.treasury)
            deed = history.deed(link.slot, link.signature)
            mine = by_deed.get(link.signature, [])
            loose = _loose(history.treasury, address, entry, deed, mine)
            if change or loose:
                moved.append(_movement(history, address, mint, link, change, deed, mine, loose))
        yield chain, tuple(moved)


def _movement(
    history: DaoHistory,
    account: str,
    mint: str | None,
    link: Link,
    change: int,
    deed: Deed | None,
    paid: list[Execution],
    loose: tuple[Transfer, ...],
) -> Movement:
    taken = sum(one.amount or 0 for one in loose)
    signed = tuple(dict.fromkeys(one.authority for one in loose if one.authority is not None))
    takers = signed if all(one.authority is not None for one in loose) else ()

    def told(why: str, proposal: str | None = None, note: str = "", unclear: str = "") -> Movement:
        return Movement(account, mint, link, change, why, proposal, note, unclear, taken, takers)

    if deed is None:
        return told("unexplained", unclear="its transaction was not read")
    known = [one for one in loose if one.kind != "unknown"]
    if known:
        to = known[0].receiver or known[0].destination or "nobody"
        amount = "all" if known[0].amount is None else str(known[0].amount)
        note = f"{amount} of it went to {to} outside any execution of a proposal"
        return told("unexplained", note=note, unclear=deed.gap)
    if loose:
        text = f"the instruction {loose[0].place} names it and is not understood"
        return told("unexplained", unclear=text)
    if change > 0:
        return told(_credit(history, account, deed))
    mine = [(e, t) for e in paid for t in e.paid if t.source == account]
    covered = sum(t.amount or 0 for _e, t in mine)
    came = sum(
        t.amount or 0 for t in deed.transfers
        if t.destination == account and t.kind in ("sol", "token", "mint")
    )  # fmt: skip
    if not mine:
        return told("unexplained", note="no execution of a proposal paid it", unclear=deed.gap)
    if -change > covered - came:
        note = f"executions paid {covered} of it, {came} came in"
        return told("unexplained", mine[0][0].proposal, note, deed.gap)
    for execution, _transfer in mine:
        if execution.fault or execution.open:
            return told("payment", execution.proposal, execution.fault, execution.open)
    return told("payment", mine[0][0].proposal)


def _loose(
    treasury: str, account: str, entry: Entry, deed: Deed | None, paid: list[Execution]
) -> tuple[Transfer, ...]:
    """What went out of an account and was no part of an execution, whatever the sum of it all.

    A credit in the same transaction can hide a debit of the balance, and never a transfer. An
    instruction that is not understood and names the account may be one.
    """
    if deed is None:
        return ()
    voted = {one.place for execution in paid for one in execution.paid}
    found = []
    owner = treasury if account == treasury else _owner_before(account, entry, deed)
    for one in deed.transfers:
        if one.kind == "hand over" and one.source == account:
            owner = one.destination
        elif one.place in voted or owner != treasury:
            continue
        elif (one.source == account and _takes(one, entry)) or _named(one, account, treasury, deed):
            found.append(one)
    return tuple(found)


def _named(one: Transfer, account: str, treasury: str, deed: Deed) -> bool:
    """Whether an instruction that is not understood may take something of an account.

    The treasury is no token account, and it signs inside the DAO's program alone: whoever else
    names it in an instruction can take nothing of it.
    """
    signs = account != treasury or one.inside is not None or bool(deed.gap)
    return account in one.touches and signs


def _owner_before(account: str, entry: Entry, deed: Deed) -> str | None:
    """The owner of a token account before a transaction, or as which it was opened in it."""
    before, after = entry.holder or (None, None)
    if before is not None:
        return before
    first = next(
        (one for one in deed.transfers if one.kind == "hand over" and one.source == account), None
    )
    return after if first is None else first.authority


def _takes(one: Transfer, entry: Entry) -> bool:
    """Whether a transfer out of an account takes anything of its balance."""
    if one.kind == "close":
        # Only wrapped SOL leaves with the account; any other has to be empty by then.
        return one.mint in NATIVE_MINTS and bool(entry.amount and entry.amount[0])
    return one.kind in ("sol", "token", "burn") and one.amount != 0


def _credit(history: DaoHistory, account: str, deed: Deed) -> str:
    """Where a credit came from, as far as the transaction says."""
    for one in deed.transfers:
        if one.kind == "hand over" and one.source == account:
            return "account handed over"
        if one.destination != account:
            continue
        if one.kind == "close":
            return "account closed"
        if one.kind == "mint":
            return "minted"
        if one.kind in ("sol", "token"):
            return "direct transfer" if one.inside is None else "deposit"
    return "other credit"


def dues(proposals: Iterable[ProposalReads]) -> Iterator[tuple[ProposalReads, tuple[Due, ...]]]:
    """The standing claims: proposals that passed, were not executed, and pay something."""
    for one in proposals:
        if isinstance(one.proposal, Found) and one.proposal.value.outcome is Outcome.PASSED:
            due, _why = owed(one)
            yield one, due
