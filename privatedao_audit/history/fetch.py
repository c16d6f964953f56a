"""All transactions of a set of addresses, each read once and told as it comes.

Signatures first, failed ones included, then the transactions, some hundreds at a time: what is
kept is what they say, never their bytes. Every signature of every transaction is verified where
it is read (``ChainReads.transaction``), so a provider can leave out or invent a balance, but no
signer and no instruction. Two addresses that name the same transaction share its reading; an
address that becomes known later gets its part out of the recording, not from the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.chain.answers import SignatureRow
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.common import UnknownInstruction
from privatedao_audit.chain.reads import ChainReads, SignatureHistory
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.history.facts import Deed, Entry
from privatedao_audit.history.powers import powers
from privatedao_audit.history.transfers import transfers
from privatedao_audit.model.reads import Found, Read, ReadAt
from privatedao_audit.protocols.base import Actions, Failure

__all__ = ["CHUNK", "Fetch", "Listed", "entry_of"]

#: Transactions held in memory at a time, before they are told and dropped.
CHUNK: Final = 400

_CREATES: Final = frozenset(
    {
        "vault_transaction_create", "vault_transaction_create_from_buffer",
        "config_transaction_create", "batch_create",
    }
)  # fmt: skip


@dataclass
class Listed:
    """The list of one address while its transactions are read; rows newest first."""

    read: Read[SignatureHistory]
    rows: tuple[SignatureRow, ...] = ()
    entries: dict[str, Entry] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def ordered(self) -> tuple[Entry, ...]:
        """Its entries oldest first; inside a slot in the order of the list."""
        place = {row.signature: -n for n, row in enumerate(self.rows)}
        return tuple(
            sorted(self.entries.values(), key=lambda e: (e.slot, place.get(e.signature, 1)))
        )


class Fetch:
    """Reads histories for one DAO.

    Args:
        actions: what a transaction asked of the DAO's program.
        failure: why a transaction failed.
        program: the DAO's program.
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
        pages: int,
        multisigs: Mapping[str, str],
        owner: str,
    ) -> None:
        self._chain, self._actions, self._failure = chain, actions, failure
        self._program = program
        self.pages, self._multisigs, self._owner = pages, multisigs, owner
        self.listed: dict[str, Listed] = {}
        self.deeds: dict[str, Deed] = {}
        #: Token accounts that were the owner's beside one of these transactions.
        self.owned: dict[str, None] = {}

    async def follow(self, addresses: Iterable[str]) -> None:
        """Read the whole history of addresses that are not followed yet."""
        new = [one for one in dict.fromkeys(addresses) if one not in self.listed]
        reads = await asyncio.gather(
            *(self._chain.signature_history(one, self.pages) for one in new)
        )
        for address, read in zip(new, reads, strict=True):
            rows = read.value.rows if isinstance(read, Found) else ()
            self.listed[address] = Listed(read, rows)
        await self._read({a: self.listed[a].rows for a in new})

    async def catch_up(self, address: str, until_slot: int, probe: str) -> None:
        """Add what landed at an address after its list was read, up to a slot."""
        listed = self.listed[address]
        newest = listed.rows[0].signature if listed.rows else None
        page = await self._chain.signature_page(address, until=newest, probe=probe)
        if not isinstance(page, Found):
            return
        rows = tuple(
            row for row in page.value
            if row.slot <= until_slot and row.signature not in listed.entries
        )  # fmt: skip
        listed.rows = (*rows, *listed.rows)
        await self._read({address: rows})

    async def _read(self, rows: dict[str, Sequence[SignatureRow]]) -> None:
        """Read the transactions of these rows and tell them, a chunk at a time, oldest first."""
        named: dict[str, list[tuple[str, SignatureRow]]] = {}
        for address, some in rows.items():
            for row in some:
                named.setdefault(row.signature, []).append((address, row))
        order = sorted(named, key=lambda s: (named[s][0][1].slot, s))
        for start in range(0, len(order), CHUNK):
            chunk = order[start : start + CHUNK]
            reads = await self._chain.transactions(chunk)
            for signature, read in zip(chunk, reads, strict=True):
                self._tell(signature, read, named[signature])

    def _tell(
        self, signature: str, read: Read[Transaction], rows: list[tuple[str, SignatureRow]]
    ) -> None:
        for address, row in rows:
            if not isinstance(read, Found) or not _same(row, read.value):
                self.listed[address].unreadable.append(signature)
        if not isinstance(read, Found):
            return
        transaction = read.value
        for side in (transaction.balances.tokens_before, transaction.balances.tokens_after):
            for one in side or ():
                if one.owner == self._owner:
                    self.owned[one.account] = None
        if signature not in self.deeds:
            self.deeds[signature] = self.deed(transaction, read.at)
        # Also where its own list lacks it: lists of some nodes leave out lookup tables.
        for address in self.listed.keys() & set(transaction.account_keys):
            self.listed[address].entries.setdefault(signature, entry_of(transaction, address))

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
        )

    def _failed(self, transaction: Transaction) -> Failure | None:
        try:
            return self._failure(transaction)
        except DecodeError:
            return None  # an error in a shape that no node sends; that it failed is still told


def _same(row: SignatureRow, transaction: Transaction) -> bool:
    """Whether the list and the transaction tell the same: both come unsigned from a node."""
    return row.slot == transaction.slot and (row.err is None) == (transaction.err is None)


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
