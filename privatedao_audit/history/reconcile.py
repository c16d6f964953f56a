"""Why each balance of a treasury moved, and whether each payment is what was voted.

A debit is explained by one thing alone: a transfer that ran inside an instruction of the DAO's
program that pays out, for a proposal that was executed, to the recipient, of the mint and of the
amount that were voted. The event of a token payment names the receiving token account, the
proposal names the wallet: the account's owner beside the transaction joins the two. Credits are
told apart and never need an explanation, since anybody may pay in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from privatedao_audit.chain.layouts.token import NATIVE_MINTS
from privatedao_audit.history.continuity import Chain, Link, chains
from privatedao_audit.history.facts import AddressHistory, DaoHistory, Deed, Entry, Transfer
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.protocols.conduct import Action, ActionKind, InstructionRule
from privatedao_audit.protocols.facts import Asset, Outcome, ProposalReads

__all__ = [
    "Due",
    "Execution",
    "Movement",
    "dues",
    "executions",
    "ledger",
    "movements",
    "owed",
]

Rules = Mapping[str, InstructionRule]


@dataclass(frozen=True, slots=True)
class Due:
    """What was voted: lamports (``mint`` None) or raw units of a mint, to a wallet."""

    recipient: str
    mint: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class Execution:
    """One instruction that paid out, or could have, in a transaction that succeeded.

    Attributes:
        paid: transfers out of the treasury's accounts that ran inside it, in order.
        fault: why it is not what was voted, as one clause; empty where it is.
        open: why that can't be told; empty where it can.
    """

    proposal: str | None
    name: str
    deed: Deed
    place: str
    paid: tuple[Transfer, ...]
    fault: str
    open: str


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


def owed(one: ProposalReads) -> tuple[tuple[Due, ...], str]:
    """What executing a proposal is to pay, and why that can't be told; empty where it can."""
    if not isinstance(one.proposal, Found):
        return (), "the proposal was not read"
    if not isinstance(one.payout, (Found, ProvenAbsent)):
        return (), f"its payout plan was not read: {one.payout.reason}"
    said = one.proposal.value
    found = []
    if isinstance(one.payout, Found):
        if said.actions:
            return (), "it has a payout plan beside an action of its own"
        plan = one.payout.value
        if plan.asset is Asset.CALL or (plan.asset is Asset.TOKEN) != (plan.mint is not None):
            return (), "its payout plan names no asset"
        return (Due(plan.recipient, plan.mint, plan.amount),), ""
    for action in said.actions:
        if action.amount is None or action.recipient is None or action.asset is Asset.CALL:
            return (), f"it makes a call ({action.kind}), and no payment"
        if (action.asset is Asset.TOKEN) != (action.mint is not None):
            return (), "its action names no asset"
        found.append(Due(action.recipient, action.mint, action.amount))
    return tuple(found), ""


def ledger(history: DaoHistory) -> dict[str, AddressHistory]:
    """The accounts that hold the treasury's funds: itself, and every token account it had."""
    return {one.address: one for one in history.of_role("treasury", "token account")}


@dataclass(frozen=True, slots=True)
class _Books:
    """The treasury's accounts, and what each transaction did to them.

    ``seen``: (account, signature) of every recorded balance; ``moved``: signature → mint →
    change of what the treasury holds, lamports under None.
    """

    treasury: str
    mine: Mapping[str, AddressHistory]
    seen: frozenset[tuple[str, str]]
    moved: Mapping[str, Mapping[str | None, int]]

    @classmethod
    def of(cls, history: DaoHistory) -> _Books:
        mine = ledger(history)
        seen: set[tuple[str, str]] = set()
        moved: dict[str, dict[str | None, int]] = {}
        for account, one in mine.items():
            for entry in one.entries:
                if (entry.lamports if one.role == "treasury" else entry.amount) is None:
                    continue
                seen.add((account, entry.signature))
                mint, change = _effect(account, entry, history.treasury)
                of_it = moved.setdefault(entry.signature, {})
                of_it[mint] = of_it.get(mint, 0) + change
        return cls(history.treasury, mine, frozenset(seen), moved)


def executions(
    history: DaoHistory, proposals: Iterable[ProposalReads], rules: Rules
) -> tuple[Execution, ...]:
    """Every payout instruction that took effect, compared with what was voted."""
    known = {one.address: one for one in proposals}
    books = _Books.of(history)
    found = [
        _execution(books, deed, action, known)
        for deed in history.deeds
        for action in deed.actions
        if _pays(action, rules) and (action.dao or history.dao) == history.dao
    ]
    return tuple(_once(found))


def _once(found: Iterable[Execution]) -> Iterator[Execution]:
    """The same executions; one vote explains one payment, so a second one is at fault."""
    first: dict[str, str] = {}
    for one in found:
        before = None if one.proposal is None else first.setdefault(
            one.proposal, f"{one.deed.signature} {one.place}"
        )  # fmt: skip
        again = before is not None and before != f"{one.deed.signature} {one.place}"
        yield replace(one, fault=f"{before} had executed it already") if again else one


def _pays(action: Action, rules: Rules) -> bool:
    rule = rules.get(action.name or "")
    return (
        action.kind is ActionKind.INSTRUCTION
        and action.took_effect
        and rule is not None
        and rule.moves_funds
    )


def _execution(
    books: _Books, deed: Deed, action: Action, known: Mapping[str, ProposalReads]
) -> Execution:
    paid = tuple(
        one for one in deed.transfers
        if one.inside == action.place and _out(one, books.mine, books.treasury)
    )  # fmt: skip
    one = known.get(action.proposal or "")
    fault, unclear = "", deed.gap
    if one is None:
        fault = "it names a proposal that the DAO does not count"
    else:
        due, why = owed(one)
        if why or unclear:
            # With instructions hidden, what is seen of the payment may be a part of it.
            unclear = unclear or why
        else:
            fault, why = _compared(paid, due, books.treasury)
            fault = fault or _netted(books, deed, due)
            unclear = why or _unseen(books, deed, paid) or _denied(one)
    return Execution(
        action.proposal, str(action.name), deed, action.place, paid, fault, unclear
    )


def _out(transfer: Transfer, mine: Mapping[str, AddressHistory], treasury: str) -> bool:
    """Whether a transfer takes something out of the treasury's accounts."""
    if transfer.source not in mine:
        return False
    return transfer.source == treasury or transfer.payer in (treasury, None)


def _compared(
    paid: tuple[Transfer, ...], due: tuple[Due, ...], treasury: str
) -> tuple[str, str]:
    """Why the transfers are not the payments that were voted, and why that can't be told."""
    if len(paid) != len(due):
        return f"it made {len(paid)} transfers where {len(due)} were voted", ""
    for one, voted in zip(paid, due, strict=True):
        kind = "sol" if voted.mint is None else "token"
        if one.kind != kind:
            return f"it made a transfer of kind {one.kind} where {kind} was voted", ""
        if one.payer is None or one.receiver is None or (voted.mint and one.mint is None):
            return "", "whose token accounts these were was not recorded"
        if one.payer != treasury:
            return f"it paid from an account of {one.payer}, not of the treasury", ""
        if one.mint != voted.mint:
            return f"it paid the mint {one.mint}, and {voted.mint} was voted", ""
        if one.receiver != voted.recipient:
            return f"it paid {one.receiver}, and {voted.recipient} was voted", ""
        if one.amount != voted.amount:
            return f"it paid {one.amount}, and {voted.amount} was voted", ""
    return "", ""


def _netted(books: _Books, deed: Deed, due: tuple[Due, ...]) -> str:
    """Why the treasury's own balances in that transaction do not show what was voted.

    Several executions may share a transaction, and somebody may pay in beside them, perhaps in
    a way that is not decoded: no more may be gone than the decoded transfers say, of any mint.
    """
    shown = books.moved.get(deed.signature, {})
    told: dict[str | None, int] = {}
    for transfer in deed.transfers:
        if transfer.kind not in ("sol", "token", "mint", "burn") or transfer.amount is None:
            continue
        if transfer.payer == books.treasury:
            told[transfer.mint] = told.get(transfer.mint, 0) - transfer.amount
        if transfer.receiver == books.treasury:
            told[transfer.mint] = told.get(transfer.mint, 0) + transfer.amount
    # Every mint, also one that nobody voted on: what left beside the payment left with it.
    meant = {voted.mint for voted in due}
    for mint in dict.fromkeys((*(voted.mint for voted in due), *shown)):
        if mint is not None and mint not in meant and shown.get(mint, 0) >= 0:
            # Nothing of it left. What came in may have been taxed on its way, by a mint that
            # anybody may make, in a transaction that anybody may send.
            continue
        if shown.get(mint, 0) < told.get(mint, 0):
            return (
                f"the treasury's balance moved by {shown.get(mint, 0)}, and its transfers "
                f"add up to {told.get(mint, 0)}"
            )
    return ""


def _unseen(books: _Books, deed: Deed, paid: tuple[Transfer, ...]) -> str:
    """Why what the treasury's balances did in that transaction can't be told."""
    for transfer in paid:
        if (str(transfer.source), deed.signature) not in books.seen:
            return f"the balance of {transfer.source} beside it was not recorded"
    # Owners are recorded before and after a transaction, never between its instructions.
    handed = {one.source for one in deed.transfers if one.kind == "hand over"}
    for transfer in paid:
        for account in (transfer.source, transfer.destination):
            if account in handed:
                return f"the owner of {account} changed in the same transaction"
    return ""


def _denied(one: ProposalReads) -> str:
    """Why the execution can't be the proposal's, by the proposal's own account."""
    said = one.proposal.value if isinstance(one.proposal, Found) else None
    return "" if said is None or said.executed else "its account does not say that it was executed"


def _effect(account: str, entry: Entry, treasury: str) -> tuple[str | None, int]:
    """Mint and change of what the treasury holds in one account; lamports for itself."""
    if account == treasury:
        before, after = entry.lamports or (0, 0)
        return None, after - before
    if entry.amount is None or entry.holder is None:
        return entry.mint, 0
    held = [
        amount if holder == treasury else 0
        for amount, holder in zip(entry.amount, entry.holder, strict=True)
    ]
    return entry.mint, held[1] - held[0]


def movements(
    history: DaoHistory, paid: Iterable[Execution], since: int
) -> Iterator[tuple[Chain, tuple[Movement, ...]]]:
    """Every change of every balance of the treasury, with its chain.

    Args:
        since: slot from which on the lists have to be whole.
    """
    by_deed: dict[str, list[Execution]] = {}
    for one in paid:
        by_deed.setdefault(one.deed.signature, []).append(one)
    for address, one in ledger(history).items():
        entries = {entry.signature: entry for entry in one.entries}
        chain = chains(one, since)[-1]
        moved = []
        for link in chain.links:
            entry = entries[link.signature]
            mint, change = _effect(address, entry, history.treasury)
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
