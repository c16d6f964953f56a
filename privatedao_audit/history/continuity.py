"""Whether a history is whole, by its balances and never by "the pages ended".

Every transaction must begin with the balance that the one before it left; the first must begin
with 0, and the last must leave what the account holds now. A transaction that moved the balance
and is missing breaks this chain, whatever a provider says of its pages. One that moved nothing
(a failed attempt) leaves no mark in a balance, and neither do several that cancel each other out:
for those the list alone speaks.

Inside a slot a node's order is its own. The chain says the order: each balance is a place, each
transaction a way from one to the next, and the order is a walk that takes every way once
(Hierholzer's algorithm, with the list's order among equals).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from privatedao_audit.history.facts import AddressHistory, Entry
from privatedao_audit.model.reads import Found, ProvenAbsent

__all__ = ["Chain", "Link", "beside", "born_at", "chains", "lamports_chain", "tokens_chain"]


@dataclass(frozen=True, slots=True)
class Link:
    """One transaction's effect on one balance, in the order that the chain gives."""

    signature: str
    slot: int
    block_time: int | None
    before: int
    after: int

    @property
    def change(self) -> int:
        """After less before; negative for a debit."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Chain:
    """The balance of one account through time.

    Attributes:
        unit: ``lamports`` or ``raw units``.
        broken: where and why the chain does not hold, as one clause; empty where it does.
    """

    address: str
    unit: str
    links: tuple[Link, ...]
    broken: str

    @property
    def moves(self) -> tuple[Link, ...]:
        """The links that changed the balance."""
        return tuple(one for one in self.links if one.change)


def chains(history: AddressHistory, since: int) -> tuple[Chain, ...]:
    """The chains of an address: lamports always, raw units for a token account.

    Args:
        since: slot from which on the list has to be whole.
    """
    found = [lamports_chain(history, since)]
    if history.role in ("token account", "voter account"):
        found.append(tokens_chain(history, since))
    return tuple(found)


def lamports_chain(history: AddressHistory, since: int) -> Chain:
    """The chain of an account's lamports."""
    links, lost = [], ""
    for one in history.entries:
        if one.lamports is None:
            lost = lost or f"the balances of {one.signature} were not recorded"
            continue
        before, after = one.lamports
        links.append(Link(one.signature, one.slot, one.block_time, before, after))
    now = history.now.value.lamports if isinstance(history.now, Found) else 0
    return _chain(history, "lamports", links, lost, now, since)


def tokens_chain(history: AddressHistory, since: int) -> Chain:
    """The chain of a token account's raw units; transactions that can't move tokens left out."""
    links, lost = [], ""
    for one in history.entries:
        if one.amount is not None:
            before, after = one.amount
            links.append(Link(one.signature, one.slot, one.block_time, before, after))
        elif one.watched and _lived(one):
            lost = lost or f"the token balances of {one.signature} were not recorded"
    now = history.now.value.amount or 0 if isinstance(history.now, Found) else 0
    chain = _chain(history, "raw units", links, lost, now, since)
    return chain if chain.broken else replace(chain, broken=_handed(history, chain.links))


def _handed(history: AddressHistory, links: Sequence[Link]) -> str:
    """Where owner or mint of a token account change between two transactions.

    Without this a debit could hide: what leaves an account while it is said to belong to another
    is none of the treasury's.
    """
    owner: str | None = None
    mint: str | None = None
    for number, (link, entry) in enumerate(beside(history, links)):
        before, after = entry.holder or (None, None)
        if number and before != owner:
            return f"{link.signature} begins with another owner than the one before it left"
        if number and mint is not None and before is not None and entry.mint != mint:
            return f"{link.signature} speaks of another mint than the one before it"
        owner, mint = after, entry.mint
    if isinstance(history.now, Found) and links and history.now.value.holder != owner:
        return "the account has another owner now than its last transaction left"
    if isinstance(history.now, Found) and owner is not None and history.now.value.mint != mint:
        return "the account has another mint now than its last transaction left"
    return ""


def beside(history: AddressHistory, links: Iterable[Link]) -> Iterator[tuple[Link, Entry]]:
    """The links of a chain, each with its entry; links differ in order inside a slot alone."""
    entries = groupby(history.entries, key=lambda one: one.slot)
    for slot, together in groupby(links, key=lambda one: one.slot):
        found = next(group for at, group in entries if at == slot)
        by = {entry.signature: entry for entry in found}
        for link in together:
            yield link, by[link.signature]


def born_at(history: AddressHistory) -> int | None:
    """Slot of the first transaction of an account that begins without lamports; else None."""
    first = history.entries[0] if history.entries else None
    if first is None or first.lamports is None or first.lamports[0] != 0:
        return None
    return first.slot


def _lived(entry: Entry) -> bool:
    """Whether the account had lamports before or after: without any it held no tokens."""
    return entry.lamports is None or entry.lamports != (0, 0)


def _chain(
    history: AddressHistory, unit: str, links: list[Link], lost: str, now: int, since: int
) -> Chain:
    ordered, broken = _ordered(links, unit)
    faults = [history.gap_since(since), lost, broken, _ends(history, ordered, unit, now)]
    return Chain(history.address, unit, ordered, next((one for one in faults if one), ""))


def _ends(history: AddressHistory, links: Sequence[Link], unit: str, now: int) -> str:
    if not isinstance(history.now, (Found, ProvenAbsent)):
        return f"what it holds now is not known: {history.now.reason}"
    if not links:
        return f"it holds {now} {unit}, and no transaction shows whence" if now else ""
    if links[0].before != 0:
        return (
            f"its first known transaction {links[0].signature} begins with {links[0].before} "
            f"{unit}"
        )
    if links[-1].after != now:
        return (
            f"{links[-1].signature} leaves {links[-1].after} {unit}, and the account holds {now} "
            "now"
        )
    return ""


def _ordered(links: list[Link], unit: str) -> tuple[tuple[Link, ...], str]:
    """The links in the order of the chain, and where it breaks; empty where it does not."""
    ordered: list[Link] = []
    broken = ""
    for slot, group in groupby(links, key=lambda one: one.slot):
        together = list(group)
        start = ordered[-1].after if ordered else (0 if _starts(together, 0) else None)
        walk = _walk(together, start) if len(together) > 1 else together
        for one in walk:
            if ordered and ordered[-1].after != one.before and not broken:
                broken = (
                    f"in slot {slot} {one.signature} begins with {one.before} {unit}, and "
                    f"{ordered[-1].signature} before it left {ordered[-1].after}"
                )
            ordered.append(one)
    return tuple(ordered), broken


def _starts(together: Sequence[Link], balance: int) -> bool:
    return any(one.before == balance for one in together)


def _walk(together: list[Link], start: int | None) -> list[Link]:
    """The links of one slot as a walk from a balance through all of them.

    As they stand where that holds already, or where no walk exists: the break is told then.
    """
    first = together[0].before if start is None else start
    if _holds(together, first):
        return together
    # Last in, first out: the list's order among equal ways.
    ways: dict[int, list[Link]] = {}
    for one in reversed(together):
        ways.setdefault(one.before, []).append(one)
    stack: list[tuple[int, Link | None]] = [(first, None)]
    walk: list[Link] = []
    while stack:
        balance, _ = stack[-1]
        if ways.get(balance):
            one = ways[balance].pop()
            stack.append((one.after, one))
        else:
            _, taken = stack.pop()
            if taken is not None:
                walk.append(taken)
    walk.reverse()
    return walk if len(walk) == len(together) and _holds(walk, first) else together


def _holds(links: Sequence[Link], balance: int) -> bool:
    for one in links:
        if one.before != balance:
            return False
        balance = one.after
    return True
