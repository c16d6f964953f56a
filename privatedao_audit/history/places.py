"""Where judgements about a history stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter
from typing import Final

from privatedao_audit.history.facts import AddressHistory, DaoHistory, Deed
from privatedao_audit.model.reads import ReadAt, joined

__all__ = ["MOST_NAMED", "of_deeds", "of_history", "with_one_more"]

#: Transactions that one judgement names at most. The lists among its evidence lead to the rest:
#: the id of a read follows from its question, and the question from the signature.
MOST_NAMED: Final = 40
_apart_from_evidence: Final = attrgetter(
    *(one.name for one in fields(ReadAt) if one.name != "evidence")
)


def of_deeds(deeds: Iterable[Deed], *more: ReadAt) -> ReadAt:
    """The position of transactions and further reads; providers and time are those of all."""
    named: list[ReadAt] = list(more)
    rest: ReadAt | None = None
    for number, deed in enumerate(deeds):
        if number < MOST_NAMED:
            named.append(deed.at)
        else:
            # Long histories: one position is kept, not one for each transaction.
            rest = with_one_more(rest, deed.at)
    found = joined(*named)
    if rest is None:
        return found
    return replace(joined(found, rest), evidence=found.evidence)


def with_one_more(rest: ReadAt | None, at: ReadAt) -> ReadAt:
    """The joined position of some reads and of one more, without their evidence."""
    if rest is not None and _same(rest, at):
        return rest
    bare = replace(at, evidence=())
    return bare if rest is None else joined(rest, bare)


def _same(one: ReadAt, other: ReadAt) -> bool:
    """Whether two positions differ in their evidence alone."""
    return _apart_from_evidence(one) == _apart_from_evidence(other)


def of_history(history: DaoHistory, *addresses: AddressHistory) -> ReadAt:
    """The position of what is said of some addresses: lists, accounts and transactions."""
    places = [place for one in addresses for place in (one.at, one.now.at)]
    deeds = _deeds(history, addresses)
    whole = [one.where for one in addresses if one.where is not None]
    if len(whole) < sum(bool(one.entries) for one in addresses):
        return of_deeds(deeds, *places)
    named = of_deeds(islice(deeds, MOST_NAMED), *places)
    return replace(joined(named, *whole), evidence=named.evidence)


def _deeds(history: DaoHistory, addresses: Iterable[AddressHistory]) -> Iterator[Deed]:
    """The transactions of some addresses, each once, by slot and signature."""
    entries = merge(*(one.entries for one in addresses), key=lambda entry: entry.slot)
    for slot, together in groupby(entries, key=lambda entry: entry.slot):
        for signature in sorted({entry.signature for entry in together}):
            deed = history.deed(slot, signature)
            if deed is not None:
                yield deed
