"""A second provider's word on the treasury's own history.

Signatures bind who signed what, but balances, inner instructions, errors and the lists themselves
come unsigned from whoever was asked. For the accounts that hold funds the same questions go to a
second provider: what both say alike has two witnesses, and what they say differently is told.
Where the second one can't answer, the history rests on one, and its position says so.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice

from privatedao_audit.chain.reads import ChainReads, SignatureHistory
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.history.facts import AddressHistory, Deed, Entry
from privatedao_audit.history.fetch import CHUNK, Fetch
from privatedao_audit.history.listed import deed_log, entry_of
from privatedao_audit.history.places import with_one_more
from privatedao_audit.model.reads import Found, Read, ReadAt

__all__ = ["both", "other", "witnessed"]


async def witnessed(
    chain: ChainReads,
    fetch: Fetch,
    histories: Mapping[str, AddressHistory],
    providers: Sequence[str],
) -> tuple[dict[str, AddressHistory], Sequence[Deed]]:
    """The histories of the treasury's accounts and all transactions, after a second reading.

    Args:
        providers: labels of all providers of the run; with fewer than two nothing is asked.
    """
    found, deeds = dict(histories), fetch.deeds()
    mine = [one for one in found.values() if one.role in ("treasury", "token account")]
    if len(providers) < 2:
        return found, deeds
    funds = {one.address for one in mine}
    where: dict[str, ReadAt] = {}
    disputed: set[str] = set()
    log = deed_log()
    pairs = _beside(deeds, found.values())
    while part := list(islice(pairs, CHUNK)):
        reads = await asyncio.gather(
            *(_again(chain, deed, providers) for deed, all_seen in part if funds & all_seen.keys())
        )
        answers = iter(reads)
        for deed, all_seen in part:
            seen = {key: entry for key, entry in all_seen.items() if key in funds}
            read = next(answers) if seen else None
            if isinstance(read, Found):
                if _alike(fetch, deed, read.value, seen):
                    deed = replace(deed, at=both(deed.at, read.at))
                else:
                    disputed.add(deed.signature)
                    text = "providers differ on its balances or its inner instructions"
                    deed = replace(deed, gap=text)
            log.append(deed)
            for address in all_seen:
                where[address] = with_one_more(where.get(address), deed.at)
    found = {key: replace(one, where=where.get(key)) for key, one in found.items()}
    for one in [found[one.address] for one in mine]:
        found[one.address] = await _listed_again(chain, fetch, one, disputed, providers)
    return found, log.in_order()


def _beside(
    deeds: Iterable[Deed], histories: Iterable[AddressHistory]
) -> Iterator[tuple[Deed, dict[str, Entry]]]:
    """Every transaction with what each followed address saw of it, address → entry."""

    def tagged(one: AddressHistory) -> Iterator[tuple[str, Entry]]:
        return ((one.address, entry) for entry in one.entries)

    merged = heapq.merge(*map(tagged, histories), key=lambda pair: pair[1].slot)
    groups = groupby(merged, key=lambda pair: pair[1].slot)
    at, group = next(groups, (None, iter(())))
    for slot, together in groupby(deeds, key=lambda deed: deed.slot):
        while at is not None and at < slot:
            at, group = next(groups, (None, iter(())))
        seen: dict[str, dict[str, Entry]] = {}
        if at == slot:
            for address, entry in group:
                seen.setdefault(entry.signature, {})[address] = entry
        for deed in together:
            yield deed, seen.get(deed.signature, {})


def both(first: ReadAt, second: ReadAt) -> ReadAt:
    """The position of what two providers said alike."""
    return replace(
        first,
        evidence=tuple(dict.fromkeys((*first.evidence, *second.evidence))),
        providers=tuple(sorted({*first.providers, *second.providers})),
    )


def other(at: ReadAt, providers: Sequence[str]) -> str | None:
    """A provider that did not give this answer."""
    return next((label for label in providers if label not in at.providers), None)


async def _again(
    chain: ChainReads, deed: Deed, providers: Sequence[str]
) -> Read[Transaction] | None:
    label = other(deed.at, providers)
    if label is None:
        return None
    return await chain.transaction(deed.signature, probe=f"provider:{label}")


def _alike(fetch: Fetch, deed: Deed, transaction: Transaction, seen: Mapping[str, Entry]) -> bool:
    """Whether a second reading of a transaction says the same of what it did to these accounts.

    What only one of them recorded (logs, inner instructions) makes them differ as well: one of
    the two is then not to be believed in this.
    """
    if replace(fetch.deed(transaction, deed.at), at=deed.at) != deed:
        return False
    return all(entry_of(transaction, address) == entry for address, entry in seen.items())


async def _listed_again(
    chain: ChainReads,
    fetch: Fetch,
    one: AddressHistory,
    disputed: set[str],
    providers: Sequence[str],
) -> AddressHistory:
    bad = (
        next((e.signature for e in one.entries if e.signature in disputed), None)
        if disputed
        else None
    )
    if bad is not None:
        return replace(one, disputed=f"providers differ on transaction {bad}")
    label = other(one.at, providers)
    if label is None:
        return one
    read = await chain.signature_history(one.address, fetch.pages, probe=f"provider:{label}")
    if not isinstance(read, Found):
        return one
    why, alike = _compared(one, read.value, label)
    if why:
        return replace(one, disputed=why)
    return replace(one, at=both(one.at, read.at)) if alike else one


def _compared(one: AddressHistory, second: SignatureHistory, label: str) -> tuple[str, bool]:
    """Why a second list contradicts the history, and whether it says the same.

    Transactions that landed after the account was read contradict nothing, and neither does a
    provider that keeps less: it is no witness then.
    """
    known = {entry.signature for entry in one.entries} | set(one.unreadable)
    last = one.now.at.slot
    for row in second.rows:
        if row.signature not in known and (last is None or row.slot <= last):
            text = f"provider {label} lists {row.signature}, which was not in the first list"
            return text, False
    listed = {row.signature for row in second.rows}
    missing = [entry for entry in one.entries if entry.signature not in listed]
    if not missing:
        return "", second.reached_end
    newest = second.rows[0].slot if second.rows else -1
    if second.reached_end and not second.first_available and missing[0].slot < newest:
        return f"provider {label} does not list {missing[0].signature}", False
    return "", False
