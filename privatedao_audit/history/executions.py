"""The instructions that paid out, each compared with what was voted.

For tokens the event and the instruction name token accounts, the proposal names the wallet: the
account's owner beside the transaction joins the two. The recipient's own balance is never asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from privatedao_audit.history.facts import AddressHistory, DaoHistory, Deed, Entry, Transfer
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.protocols.conduct import Action, ActionKind, InstructionRule
from privatedao_audit.protocols.facts import Asset, ProposalReads

__all__ = ["Due", "Execution", "Rules", "effect", "executions", "ledger", "owed", "pays"]

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
    """The treasury's accounts, and what the transactions that pay out did to them.

    ``seen``: (account, signature) of every recorded balance; ``moved``: signature → mint →
    change of what the treasury holds, lamports under None.
    """

    treasury: str
    mine: Mapping[str, AddressHistory]
    seen: frozenset[tuple[str, str]]
    moved: Mapping[str, Mapping[str | None, int]]

    @classmethod
    def of(cls, history: DaoHistory, wanted: Collection[str]) -> _Books:
        mine = ledger(history)
        seen: set[tuple[str, str]] = set()
        moved: dict[str, dict[str | None, int]] = {}
        for account, one in mine.items():
            for entry in one.entries:
                if entry.signature not in wanted:
                    continue
                if (entry.lamports if one.role == "treasury" else entry.amount) is None:
                    continue
                seen.add((account, entry.signature))
                mint, change = effect(account, entry, history.treasury)
                of_it = moved.setdefault(entry.signature, {})
                of_it[mint] = of_it.get(mint, 0) + change
        return cls(history.treasury, mine, frozenset(seen), moved)


def executions(
    history: DaoHistory,
    proposals: Iterable[ProposalReads],
    rules: Rules,
    paying: Iterable[Deed] | None = None,
) -> tuple[Execution, ...]:
    """Every payout instruction that took effect, compared with what was voted.

    Args:
        paying: the transactions that hold one, where somebody knows them already.
    """
    known = {one.address: one for one in proposals}
    done = [
        (deed, action)
        for deed in (history.deeds if paying is None else paying)
        for action in deed.actions
        if pays(action, rules) and (action.dao or history.dao) == history.dao
    ]
    books = _Books.of(history, {deed.signature for deed, _action in done})
    return tuple(_once([_execution(books, deed, action, known) for deed, action in done]))


def _once(found: Iterable[Execution]) -> Iterator[Execution]:
    """The same executions; one vote explains one payment, so a second one is at fault."""
    first: dict[str, str] = {}
    for one in found:
        before = None if one.proposal is None else first.setdefault(
            one.proposal, f"{one.deed.signature} {one.place}"
        )  # fmt: skip
        again = before is not None and before != f"{one.deed.signature} {one.place}"
        yield replace(one, fault=f"{before} had executed it already") if again else one


def pays(action: Action, rules: Rules) -> bool:
    """Whether an instruction pays out, or could, and took effect."""
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


def effect(account: str, entry: Entry, treasury: str) -> tuple[str | None, int]:
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
