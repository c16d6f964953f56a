"""A second provider's word on the treasury's own history.

Signatures bind who signed what, but balances, inner instructions, errors and the lists themselves
come unsigned from whoever was asked. For the accounts that hold funds the same questions go to a
second provider: what both say alike has two witnesses, and what they say differently is told.
Where the second one can't answer, the history rests on one, and its position says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from privatedao_audit.chain.reads import ChainReads, SignatureHistory
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.history.facts import AddressHistory, Deed
from privatedao_audit.history.fetch import CHUNK, Fetch, entry_of
from privatedao_audit.model.reads import Found, Read, ReadAt

__all__ = ["both", "other", "witnessed"]


async def witnessed(
    chain: ChainReads,
    fetch: Fetch,
    histories: Mapping[str, AddressHistory],
    providers: Sequence[str],
) -> tuple[dict[str, AddressHistory], dict[str, Deed]]:
    """The histories of the treasury's accounts and their transactions, after a second reading.

    Args:
        providers: labels of all providers of the run; with fewer than two nothing is asked.
    """
    found, deeds = dict(histories), dict(fetch.deeds)
    mine = [one for one in found.values() if one.role in ("treasury", "token account")]
    if len(providers) < 2:
        return found, deeds
    wanted = dict.fromkeys(entry.signature for one in mine for entry in one.entries)
    disputed: set[str] = set()
    order = list(wanted)
    for start in range(0, len(order), CHUNK):
        part = order[start : start + CHUNK]
        reads = await asyncio.gather(
            *(_again(chain, deeds[signature], providers) for signature in part)
        )
        for signature, read in zip(part, reads, strict=True):
            if not isinstance(read, Found):
                continue
            if _alike(fetch, deeds[signature], read.value, mine):
                deeds[signature] = replace(
                    deeds[signature], at=both(deeds[signature].at, read.at)
                )
            else:
                disputed.add(signature)
                text = "providers differ on its balances or its inner instructions"
                deeds[signature] = replace(deeds[signature], gap=text)
    for one in mine:
        found[one.address] = await _listed_again(chain, fetch, one, disputed, providers)
    return found, deeds


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


def _alike(
    fetch: Fetch, deed: Deed, transaction: Transaction, mine: Iterable[AddressHistory]
) -> bool:
    """Whether a second reading of a transaction says the same of what it did to these accounts.

    What only one of them recorded (logs, inner instructions) makes them differ as well: one of
    the two is then not to be believed in this.
    """
    if replace(fetch.deed(transaction, deed.at), at=deed.at) != deed:
        return False
    for one in mine:
        entry = next((e for e in one.entries if e.signature == deed.signature), None)
        if entry is not None and entry_of(transaction, one.address) != entry:
            return False
    return True


async def _listed_again(
    chain: ChainReads,
    fetch: Fetch,
    one: AddressHistory,
    disputed: set[str],
    providers: Sequence[str],
) -> AddressHistory:
    bad = next((e.signature for e in one.entries if e.signature in disputed), None)
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
