"""What one address's list names, and what the address saw of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

from privatedao_audit.chain.answers import SignatureRow
from privatedao_audit.chain.signatures import SignatureHistory
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.history.facts import Deed, Entry
from privatedao_audit.history.packed import Log
from privatedao_audit.history.places import with_one_more
from privatedao_audit.model.reads import Read, ReadAt

__all__ = ["Listed", "Window", "deed_log", "entry_of"]

#: First and last slot, both inclusive, of which the transactions are wanted.
Window = tuple[int, int]


def deed_log() -> Log[Deed]:
    """A log of transactions by slot and signature."""
    return Log(lambda one: (one.slot, one.signature))


#: Entries packed together: small, since hundreds of addresses are looked at here and there.
_TOGETHER: Final = 128


def _entry_log() -> Log[Entry]:
    return Log(lambda one: (one.slot, ""), _TOGETHER, _TOGETHER)


@dataclass
class Listed:
    """The list of one address while its transactions are read; rows newest first.

    Attributes:
        windows: of which slots transactions are read; None: all.
        cut: why none are read though they are listed; empty where they are.
        where: of all its transactions together, without their evidence.
    """

    read: Read[SignatureHistory]
    rows: Sequence[SignatureRow] = ()
    entries: Log[Entry] = field(default_factory=_entry_log)
    seen: set[bytes] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    windows: Sequence[Window] | None = None
    cut: str = ""
    where: ReadAt | None = None

    def rests_on(self, at: ReadAt) -> None:
        """Join the position of one of its transactions to those of the others."""
        self.where = with_one_more(self.where, at)

    def add(self, mark: bytes, entry: Entry) -> None:
        """Keep what the address saw of a transaction, once."""
        if mark not in self.seen:
            self.seen.add(mark)
            self.entries.append(entry)

    def wanted(self) -> Iterator[SignatureRow]:
        """The rows whose transactions are read, oldest first."""
        if self.cut:
            return
        for row in reversed(self.rows):
            if self.windows is None or any(a <= row.slot <= b for a, b in self.windows):
                yield row

    def ordered(self) -> Sequence[Entry]:
        """Its entries oldest first; inside a slot in the order of the list."""
        entries = self.entries.in_order()
        if all(a < b for a, b in pairwise(one.slot for one in entries)):
            return entries
        log: Log[Entry] = _entry_log()
        rows = groupby(reversed(self.rows), key=lambda row: row.slot)
        slot, group = next(rows, (None, iter(())))
        for at, together in groupby(entries, key=lambda entry: entry.slot):
            while slot is not None and slot < at:
                slot, group = next(rows, (None, iter(())))
            place: dict[str, int] = {}
            if slot == at:
                place = {row.signature: n for n, row in enumerate(group)}
            last = len(place)
            for entry in sorted(together, key=lambda one: place.get(one.signature, last)):
                log.append(entry)
        return log.in_order()


def entry_of(transaction: Transaction, address: str) -> Entry:
    """What one address saw of a transaction."""
    balances = transaction.balances
    sides = balances.tokens(address)
    before, after = sides if sides is not None else (None, None)
    return Entry(
        signature=transaction.signature,
        slot=transaction.slot,
        block_time=transaction.block_time,
        succeeded=transaction.succeeded,
        lamports=balances.lamports(address),
        amount=None
        if sides is None
        else (before.amount if before else 0, after.amount if after else 0),
        holder=None
        if sides is None
        else (before.owner if before else None, after.owner if after else None),
        mint=(after or before).mint if after or before else None,  # type: ignore[union-attr]
        watched=balances.tokens_watched,
    )
