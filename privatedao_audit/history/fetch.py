"""All transactions of a set of addresses, each read once and told as it comes.

Signatures first, failed ones included, then the transactions, some hundreds at a time: what is
kept is what they say, packed, never their bytes, so that memory stays bounded. Every signature of
every transaction is verified where it is read (``ChainReads.transaction``), so a provider can
leave out or invent a balance, but no signer and no instruction. Two addresses that name the same
transaction share its reading; an address that becomes known later gets its part out of the
recording, not from the network.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from sys import intern
from typing import Final

from privatedao_audit.chain.answers import SignatureRow
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.common import UnknownInstruction
from privatedao_audit.chain.reads import ChainReads, SignatureHistory
from privatedao_audit.chain.signature_rows import SignatureRows, mark_of
from privatedao_audit.chain.signatures import MAX_SIGNATURES
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.history.facts import Call, Deed
from privatedao_audit.history.listed import Listed, Window, deed_log, entry_of
from privatedao_audit.history.powers import powers
from privatedao_audit.history.transfers import transfers
from privatedao_audit.model.reads import Found, Read, ReadAt, Unknown
from privatedao_audit.protocols.base import Actions, Failure

__all__ = ["CHUNK", "Fetch"]

#: Transactions held in memory at a time, before they are told and dropped.
CHUNK: Final = 400

_NO_SLOT: Final = 1 << 53

#: One transaction and the rows of all addresses that name it.
_Named = tuple[str, list[tuple[str, SignatureRow]]]

_CREATES: Final = frozenset(
    {
        "vault_transaction_create", "vault_transaction_create_from_buffer",
        "config_transaction_create", "batch_create",
    }
)  # fmt: skip


class Fetch:
    """Reads histories for one DAO.

    Args:
        actions: what a transaction asked of the DAO's program.
        failure: why a transaction failed.
        program: the DAO's program.
        dao: the DAO; what only the program's own list names of other DAOs is left out.
        pages: most pages of 1,000 signatures per address.
        multisigs: multisig → the program that owns it, whose transactions are counted.
        owner: whose token accounts are told: the treasury.
    """

    def __init__(
        self,
        chain: ChainReads,
        actions: Callable[[Transaction], Actions],
        failure: Callable[[Transaction], Failure],
        program: str,
        dao: str,
        pages: int,
        multisigs: Mapping[str, str],
        owner: str,
    ) -> None:
        self._chain, self._actions, self._failure = chain, actions, failure
        self._program, self._dao = program, dao
        self.pages, self._multisigs, self._owner = pages, multisigs, owner
        self.listed: dict[str, Listed] = {}
        self._deeds = deed_log()
        self._told: set[bytes] = set()
        #: One copy of each mark, for the sets of all addresses.
        self._marks: dict[bytes, bytes] = {}
        #: Slot of the newest transaction that was read.
        self.newest: int | None = None
        #: Token accounts that were the owner's beside one of these transactions.
        self.owned: dict[str, None] = {}

    def deeds(self) -> Sequence[Deed]:
        """Every transaction that was read, oldest first."""
        return self._deeds.in_order()

    def each(self) -> Iterator[Deed]:
        """Every transaction that was read so far, as it came."""
        return iter(self._deeds)

    async def follow(self, addresses: Iterable[str]) -> None:
        """Read the whole history of addresses that are not followed yet."""
        new = [one for one in dict.fromkeys(addresses) if one not in self.listed]

        async def one(address: str) -> None:
            read = await self._chain.signature_history(address, self.pages)
            self.listed[address] = Listed(read, _rows(read))

        # In their order, whichever list is there first.
        self.listed |= {address: Listed(_UNREAD) for address in new}
        await asyncio.gather(*map(one, new))
        await self._read({address: self.listed[address].wanted() for address in new})

    async def follow_within(
        self, windows: Mapping[str, Sequence[Window]], pages: int, most: int
    ) -> None:
        """Read what addresses did within some slots, as far as ``most`` transactions each."""
        new = {key: spans for key, spans in windows.items() if key not in self.listed}

        async def one(address: str, spans: Sequence[Window]) -> None:
            since = min(first for first, _ in spans)
            read = await self._chain.signature_history(address, pages, since=since)
            listed = Listed(read, _rows(read), windows=spans)
            self.bound(listed, most)
            self.listed[address] = listed

        self.listed |= {address: Listed(_UNREAD) for address in new}
        await asyncio.gather(*(one(*item) for item in new.items()))
        await self._read({address: self.listed[address].wanted() for address in new})

    async def follow_bounded(self, address: str, most: int) -> None:
        """Read the history of one address if it is no longer than ``most``; else its list alone."""
        if address in self.listed:
            return
        pages = min(self.pages, most // MAX_SIGNATURES + 2)
        read = await self._chain.signature_history(address, pages)
        listed = self.listed[address] = Listed(read, _rows(read))
        self.bound(listed, most)
        await self._read({address: listed.wanted()})

    @staticmethod
    def bound(listed: Listed, most: int) -> None:
        """Leave the transactions of a list alone that names more than ``most`` wanted ones."""
        if sum(1 for _ in islice(listed.wanted(), most + 1)) > most:
            listed.cut = f"more than {most} transactions are listed, and none was read for it"

    async def catch_up(self, address: str, until_slot: int, probe: str) -> None:
        """Add what landed at an address after its list was read, up to a slot."""
        listed = self.listed[address]
        newest = listed.rows[0].signature if listed.rows else None
        page = await self._chain.signature_page(address, until=newest, probe=probe)
        if not isinstance(page, Found):
            return
        rows = SignatureRows(
            row for row in page.value
            if row.slot <= until_slot and mark_of(row.signature) not in listed.seen
        )  # fmt: skip
        added = list(reversed(rows))
        rows.extend(listed.rows)
        listed.rows = rows
        await self._read({address: iter(added)})

    async def _read(self, rows: Mapping[str, Iterator[SignatureRow]]) -> None:
        """Read the transactions of these rows and tell them, a chunk at a time, oldest first."""
        order = _together(rows)
        while chunk := list(islice(order, CHUNK)):
            reads = await self._chain.transactions([signature for signature, _ in chunk])
            for (signature, named), read in zip(chunk, reads, strict=True):
                self._tell(signature, read, named)

    def _tell(
        self, signature: str, read: Read[Transaction], rows: list[tuple[str, SignatureRow]]
    ) -> None:
        for address, row in rows:
            if not isinstance(read, Found) or not _same(row, read.value):
                self.listed[address].unreadable.append(signature)
        # No list names a slot beyond 53 bits: such an answer is unreadable for each that names it.
        if not isinstance(read, Found) or read.value.slot >= _NO_SLOT:
            return
        transaction = read.value
        for side in (transaction.balances.tokens_before, transaction.balances.tokens_after):
            for one in side or ():
                if one.owner == self._owner:
                    self.owned[one.account] = None
        mark = mark_of(signature)
        mark = self._marks.setdefault(mark, mark)
        mine = self.listed.keys() & set(transaction.account_keys)
        if mark not in self._told:
            deed = self.deed(transaction, read.at)
            if not self._of_others(deed, mine):
                self._told.add(mark)
                self._deeds.append(deed)
                self.newest = max(self.newest or 0, deed.slot)
        # Also where its own list lacks it: lists of some nodes leave out lookup tables.
        for address in mine:
            self.listed[address].add(mark, entry_of(transaction, address))
            if mark in self._told:
                self.listed[address].rests_on(read.at)

    def _of_others(self, deed: Deed, touched: Iterable[str]) -> bool:
        """Whether only the program's own list leads to it, and it is about other DAOs alone."""
        if any(address != self._program for address in touched) or not deed.actions:
            return False
        return all(one.dao not in (None, self._dao) for one in deed.actions)

    def deed(self, transaction: Transaction, at: ReadAt) -> Deed:
        """What a transaction asked of the DAO's program and what money it moved."""
        found = self._actions(transaction)
        gap = ""
        if not transaction.inner_recorded and transaction.succeeded:
            gap = "the node kept no inner instructions"
        if any(i.inner_index is not None and i.parent is None for i in transaction.instructions):
            gap = gap or "the depth of its inner instructions was not recorded"
        return Deed(
            signature=transaction.signature,
            slot=transaction.slot,
            block_time=transaction.block_time,
            succeeded=transaction.succeeded,
            fee_payer=transaction.fee_payer,
            actions=found.items,
            transfers=transfers(transaction, self._program),
            gap=gap,
            unheard=found.why or "",
            at=at,
            created=_created(transaction, self._multisigs),
            failure=None if transaction.succeeded else self._failed(transaction),
            powers=powers(transaction, self._multisigs),
            calls=_calls(transaction),
        )

    def _failed(self, transaction: Transaction) -> Failure | None:
        try:
            return self._failure(transaction)
        except DecodeError:
            return None  # an error in a shape that no node sends; that it failed is still told


#: Bytes of an instruction's data that say what it is.
_START: Final = 8
_UNREAD: Final = Unknown("its list was not read")


def _rows(read: Read[SignatureHistory]) -> Sequence[SignatureRow]:
    return read.value.rows if isinstance(read, Found) else ()


def _together(rows: Mapping[str, Iterator[SignatureRow]]) -> Iterator[_Named]:
    """The transactions of several lists, each once, by slot and signature."""

    def tagged(address: str, some: Iterator[SignatureRow]) -> Iterator[tuple[str, SignatureRow]]:
        return ((address, row) for row in some)

    merged = heapq.merge(*(tagged(*item) for item in rows.items()), key=lambda one: one[1].slot)
    for _slot, group in groupby(merged, key=lambda one: one[1].slot):
        named: dict[str, list[tuple[str, SignatureRow]]] = {}
        for address, row in group:
            named.setdefault(row.signature, []).append((address, row))
        yield from sorted(named.items())


def _same(row: SignatureRow, transaction: Transaction) -> bool:
    """Whether the list and the transaction tell the same: both come unsigned from a node."""
    return row.slot == transaction.slot and (row.err is None) == (transaction.err is None)


def _calls(transaction: Transaction) -> tuple[Call, ...]:
    """Every instruction of a transaction, with the program that called it."""
    of = transaction.instructions
    return tuple(
        Call(one.place, intern(one.program), None if one.parent is None
             else intern(of[one.parent].program), one.data[:_START].hex())
        for one in of
    )  # fmt: skip


def _created(transaction: Transaction, multisigs: Mapping[str, str]) -> dict[str, int]:
    """How many transactions of each multisig it made, by instructions of the owning program."""
    counts: dict[str, int] = {}
    if not transaction.succeeded:
        return counts
    for item in transaction.instructions:
        if item.program not in multisigs.values():
            continue
        detail = squads.decode_instruction(item.accounts, item.data, program=item.program)
        if isinstance(detail, UnknownInstruction) or detail.name not in _CREATES:
            continue
        multisig = detail.account("multisig")
        if multisig is not None and multisigs.get(multisig) == item.program:
            counts[multisig] = counts.get(multisig, 0) + 1
    return counts
