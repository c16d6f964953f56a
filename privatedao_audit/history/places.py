"""Where judgements about a history stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from privatedao_audit.history.facts import AddressHistory, DaoHistory, Deed
from privatedao_audit.model.reads import ReadAt, joined

__all__ = ["MOST_NAMED", "of_deeds", "of_history"]

#: Transactions that one judgement names at most. The lists among its evidence lead to the rest:
#: the id of a read follows from its question, and the question from the signature.
MOST_NAMED: Final = 40


def of_deeds(deeds: Iterable[Deed], *more: ReadAt) -> ReadAt:
    """The position of transactions and further reads; providers and time are those of all."""
    all_of_them = tuple(deeds)
    whole = joined(*more, *(one.at for one in all_of_them))
    named = joined(*more, *(one.at for one in all_of_them[:MOST_NAMED]))
    return replace(whole, evidence=named.evidence)


def of_history(history: DaoHistory, *addresses: AddressHistory) -> ReadAt:
    """The position of what is said of some addresses: lists, accounts and transactions."""
    seen = {(e.slot, e.signature) for one in addresses for e in one.entries}
    deeds = (history.deed(*place) for place in sorted(seen))
    places = [place for one in addresses for place in (one.at, one.now.at)]
    return of_deeds((one for one in deeds if one is not None), *places)
