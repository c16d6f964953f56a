"""What a history is made of: entries of addresses, and what each transaction did.

Amounts are lamports or raw token units as integers, times Unix seconds. Nothing here judges:
whether a history is whole, and whether a movement is explained, is worked out from these facts
by the pure functions of ``continuity`` and ``reconcile``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from privatedao_audit.history.packed import Packed
from privatedao_audit.history.powers import Power
from privatedao_audit.model.reads import Found, Read, ReadAt
from privatedao_audit.protocols.conduct import Action, Failure

__all__ = [
    "AddressHistory",
    "Call",
    "DaoHistory",
    "Deed",
    "Entry",
    "Holding",
    "Role",
    "Transfer",
    "TransferKind",
]

#: Why an address is followed.
Role = Literal[
    "dao", "proposal", "treasury", "token account", "multisig", "program data", "voter account",
    "program",
]  # fmt: skip

#: What moves money: lamports, tokens, tokens made or destroyed, an account emptied and closed,
#: a token account's owner changed, and an instruction that could be any of these.
TransferKind = Literal["sol", "token", "mint", "burn", "close", "hand over", "unknown"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction as one address saw it.

    Attributes:
        lamports: before and after; None where the node did not record it.
        amount: raw units before and after, of a token account, 0 where it was none; None where
            nothing is said of it, so that it can't have moved.
        holder: owner of the token account before and after; None where it was none.
        mint: of the token account; None where nothing is said of it.
        watched: a token program took part, so that tokens could have moved.
    """

    signature: str
    slot: int
    block_time: int | None
    succeeded: bool
    lamports: tuple[int, int] | None
    amount: tuple[int, int] | None = None
    holder: tuple[str | None, str | None] | None = None
    mint: str | None = None
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """An account as it stands at the end of the reading; all zero where it does not exist.

    Attributes:
        amount: raw units of a token account; None for any other account.
        opaque: it can hold amounts that nobody but its owner can read.
        index: number of the last transaction of a multisig; None for any other account.
    """

    lamports: int
    amount: int | None = None
    holder: str | None = None
    mint: str | None = None
    opaque: bool = False
    index: int | None = None


@dataclass(frozen=True, slots=True)
class AddressHistory:
    """The history of one address, oldest first in the order of the list.

    Attributes:
        unreadable: listed transactions that no provider returned, or not as they were listed.
        cut: why the list may lack older transactions; empty where the node says that it doesn't.
        kept_from: where the list ends only because older blocks were dropped, the slot from
            which on it is whole; None where it may lack anything.
        now: the account after its last transaction.
        at: where the list was read.
        disputed: what two providers say differently of it; empty where they agree, and where
            only one was asked.
        where: of all its transactions together, without their evidence; None where they were not
            joined as they were read, so that whoever asks has to walk through them.
    """

    address: str
    role: Role
    entries: Sequence[Entry]
    unreadable: tuple[str, ...]
    cut: str
    kept_from: int | None
    now: Read[Holding]
    at: ReadAt
    disputed: str = ""
    where: ReadAt | None = None

    def as_facts(self) -> dict[str, Any]:
        """What facts.json holds of it: how many entries, and what is known of the list."""
        return {
            "kind": "AddressHistory",
            "address": self.address,
            "role": self.role,
            "entries": len(self.entries),
            "unreadable": self.unreadable,
            "cut": self.cut,
            "kept_from": self.kept_from,
            "now": self.now,
            "at": self.at,
            "disputed": self.disputed,
        }

    def between(self, first: int, last: int) -> Iterator[Entry]:
        """Its entries from one slot to another, both inclusive."""
        entries = self.entries
        for place in range(_first_at(entries, first), len(entries)):
            entry = entries[place]
            if entry.slot > last:
                return
            yield entry

    def gap_since(self, slot: int) -> str:
        """Why the list may lack something at or after a slot; empty where it can't."""
        if self.disputed:
            return self.disputed
        if self.cut and (self.kept_from is None or slot < self.kept_from):
            return self.cut
        if self.unreadable:
            listed = f"transaction {self.unreadable[0]}"
            more = len(self.unreadable) - 1
            return f"{listed}{f' and {more} more' if more else ''} could not be read as listed"
        return ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One instruction that moves lamports or tokens, or what decides over them.

    Attributes:
        place: of the instruction in its transaction, e.g. ``0.1``.
        source, destination: accounts; None where it has none.
        amount: lamports or raw units; None where the instruction does not say (a close moves
            all there is).
        mint: None for lamports, and where a plain transfer does not name it.
        authority: who had to sign for it.
        payer, receiver: the wallets behind source and destination: of token accounts their
            owners as recorded beside the transaction, of others the accounts themselves; None
            where that was not recorded.
        inside: place of the nearest instruction of the DAO's program that it ran in; None
            outside any, and where the depth was not recorded.
        touches: of an instruction that is not understood, the accounts that it may have moved
            something out of; empty for every other.
    """

    place: str
    kind: TransferKind
    source: str | None
    destination: str | None
    amount: int | None
    mint: str | None
    authority: str | None
    payer: str | None
    receiver: str | None
    inside: str | None
    touches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One instruction of any program, outer or inner.

    Attributes:
        place: of the instruction in its transaction, e.g. ``0.1``.
        caller: the program whose instruction called it; None for an outer one, and where the
            depth was not recorded.
        start: the first eight bytes of its data, hexadecimal: an Anchor program's discriminator.
    """

    place: str
    program: str
    caller: str | None
    start: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One transaction: what it asked of the DAO's program, and what money it moved.

    Attributes:
        actions: of the DAO's program, instructions and events.
        transfers: every one in it, whoever's money it is; empty for a failed transaction.
        gap: why instructions or transfers in it may be missing; empty where none can.
        unheard: why events in it may be missing, e.g. a log that was cut; empty likewise.
        created: multisig → how many transactions of that multisig it made.
        failure: why it failed; None where it did not, and where that can't be read.
        powers: what it changed of who decides over token accounts, programs and multisigs.
        calls: every instruction of it, whichever program's, in the order of execution.
    """

    signature: str
    slot: int
    block_time: int | None
    succeeded: bool
    fee_payer: str
    actions: tuple[Action, ...]
    transfers: tuple[Transfer, ...]
    gap: str
    unheard: str = ""
    at: ReadAt = field(default=ReadAt())
    created: Mapping[str, int] = field(default_factory=dict)
    failure: Failure | None = None
    powers: tuple[Power, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class DaoHistory:
    """The whole history of one DAO, of its treasury and of the accounts around it.

    The token accounts with which somebody voted are followed as far as the votes need it: within
    the slots from the first to the last commit or delegation on each of their proposals.

    Attributes:
        histories: address → its history.
        deeds: every transaction of these histories, oldest first: their slots never fall.
        listed: token program → the token accounts that it says the treasury owns.
        gaps: what could not be followed at all, one sentence each.
    """

    dao: str
    program: str
    treasury: str
    histories: Mapping[str, AddressHistory]
    deeds: Sequence[Deed]
    listed: Mapping[str, Read[tuple[str, ...]]]
    gaps: tuple[str, ...] = ()

    def as_facts(self) -> dict[str, Any]:
        """What facts.json holds of it: how much there is. The rest stands in the run's tables."""
        return {
            "kind": "DaoHistory",
            "dao": self.dao,
            "program": self.program,
            "treasury": self.treasury,
            "deeds": len(self.deeds),
            "histories": {key: one.as_facts() for key, one in self.histories.items()},
            "listed": self.listed,
            "gaps": self.gaps,
        }

    def of_role(self, *roles: Role) -> tuple[AddressHistory, ...]:
        """The histories of one or several roles, in the order of reading."""
        return tuple(one for one in self.histories.values() if one.role in roles)

    def unlisted(self) -> tuple[str, ...]:
        """Token accounts that don't fit the lists of the token programs, sorted.

        Those that are listed and were not followed, and those that are the treasury's now and
        that no list names: a list that lacks one may lack others.
        """
        listed = {key for r in self.listed.values() if isinstance(r, Found) for key in r.value}
        mine = {one.address: one for one in self.of_role("token account")}
        held = {
            key for key, one in mine.items()
            if isinstance(one.now, Found) and one.now.value.holder == self.treasury
        }  # fmt: skip
        return tuple(sorted((listed - mine.keys()) | (held - listed)))

    def deed(self, slot: int, signature: str) -> Deed | None:
        """The transaction of a slot with that signature; None where it was not read."""
        number = self.number(slot, signature)
        return None if number is None else self.deeds[number]

    def number(self, slot: int, signature: str) -> int | None:
        """The number of that transaction among ``deeds``; None where it was not read."""
        deeds = self.deeds
        for number in range(_first_at(deeds, slot), len(deeds)):
            deed = deeds[number]
            if deed.slot != slot:
                break
            if deed.signature == signature:
                return number
        return None


def _first_at(sequence: Sequence[Deed] | Sequence[Entry], slot: int) -> int:
    """Place of the first one in a slot or after it."""
    if isinstance(sequence, Packed):
        return sequence.first_at(slot)
    return bisect_left(sequence, slot, key=lambda one: one.slot)
