"""Registers of the checkout as entries: signers, demonstrations, proofs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.chain.answers import is_signature
from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.custody.signers.facts import (
    Block,
    DemoList,
    Entry,
    Proof,
    Register,
)
from privatedao_audit.domains.custody.signers.proof import BadChallenge, parse
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, Read, ReadAt, Unknown, decoded, joined
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import Rows, rows

#: Of a list of demonstrations at most so many transactions are read.
MAX_TRANSACTIONS = 500

#: More proofs than this in one file are not read: each asks the chain a question.
MAX_PROOFS = 500


async def signer_registers(sources: Sources) -> tuple[Register, ...]:
    """The current signer registers of the target's cluster.

    Who may sign on another cluster says nothing of this one.
    """
    found = []
    for surface in sources.target.current("signer-register"):
        read = await _rows(sources, surface)
        change = await last_committed(sources.repository, surface.file)
        changed = Found(change.value.committer_time, change.at) if isinstance(change, Found) else (
            change
        )  # fmt: skip
        found.append(Register(surface.file, decoded(read, _entries, "the register"), changed))
    return tuple(found)


def _entries(said: Rows) -> tuple[Entry, ...]:
    return tuple(_entry(row, number) for number, row in enumerate(said.rows))


def _entry(row: dict[str, str], number: int) -> Entry:
    roles = tuple(role.strip() for role in row.get("roles", "").split("\n") if role.strip())
    return Entry(
        _key(row, number), roles, row.get("custody") or None, row.get("owner") or None,
        row.get("date") or None,
    )  # fmt: skip


def _key(row: dict[str, str], number: int) -> str:
    if not row.get("key"):
        raise ValueError(f"row {number} has no key")
    return str(parse_pubkey(row["key"], f"the key of row {number}"))


async def demo_lists(sources: Sources) -> tuple[DemoList, ...]:
    """The current lists of demonstrations of the target; transactions are read on chain."""
    found = []
    for surface in _current(sources, "demo-register"):
        keys = decoded(await _rows(sources, surface), _keys, "the register")
        found.append(DemoList(surface.file, _cluster(sources, surface), keys))
    for surface in _current(sources, "demo-transactions"):
        found.append(await _demonstrated(sources, surface))
    return tuple(found)


def _keys(said: Rows) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_key(row, number) for number, row in enumerate(said.rows)))


async def _demonstrated(sources: Sources, surface: Surface) -> DemoList:
    cluster = _cluster(sources, surface)
    read = await _rows(sources, surface)
    # A row of this list need not name a key: its transaction does.
    keys = decoded(read, lambda said: _keys(_stating(said, "key")), "the list")
    if not isinstance(read, Found):
        return DemoList(surface.file, cluster, keys)
    named = list(dict.fromkeys(r["signature"] for r in read.value.rows if r.get("signature")))
    if cluster != sources.target.cluster.name:
        unread = f"they are of {cluster}, which is not read in this audit"
        return DemoList(surface.file, cluster, keys, len(named), (), unread if named else "")
    good = [one for one in named if is_signature(one)][:MAX_TRANSACTIONS]
    reads = await sources.chain.transactions(good)
    signers: dict[str, None] = {}
    places: list[ReadAt] = []
    for one in reads:
        if isinstance(one, Found):
            signers.update(dict.fromkeys(one.value.signers))
            places.append(one.at)
    missing = len(named) - len(places)
    unread = f"{missing} of {len(named)} could not be read" if missing else ""
    return DemoList(
        surface.file, cluster, keys, len(named), tuple(signers), unread, joined(*places)
    )


def _stating(said: Rows, field: str) -> Rows:
    chosen = tuple(row for row in said.rows if row.get(field))
    return Rows(said.file, said.part, said.state, chosen)


async def proofs(sources: Sources) -> tuple[dict[str, Read[int]], tuple[Proof, ...]]:
    """How many rows each file of proofs has, and the rows with the blocks that they name."""
    files: dict[str, Read[int]] = {}
    found: list[Proof] = []
    for surface in sources.target.current("proof-of-control"):
        read = await _rows(sources, surface)
        files[surface.file] = decoded(read, _count, "the list of proofs")
        if not isinstance(files[surface.file], Found) or not isinstance(read, Found):
            continue
        found += await asyncio.gather(
            *(_proof(sources, surface.file, row) for row in read.value.rows)
        )
    return files, tuple(found)


def _count(said: Rows) -> int:
    if len(said.rows) > MAX_PROOFS:
        raise ValueError(f"it has {len(said.rows)} rows; {MAX_PROOFS} are read at most")
    return len(said.rows)


async def _proof(sources: Sources, file: str, row: dict[str, str]) -> Proof:
    message = row.get("message", "")
    return Proof(
        file, row.get("key", ""), message, row.get("signature", ""), await _block(sources, message)
    )


async def _block(sources: Sources, message: str) -> Read[Block]:
    try:
        said = parse(message)
    except BadChallenge as error:
        return Unknown(f"no block is named: {error}")
    if said.genesis_hash != sources.target.cluster.genesis_hash:
        return Unknown("the block is of another cluster")
    return await block(sources.chain, said.slot)


async def block(chain: ChainReads, slot: int) -> Read[Block]:
    """The finalized block of a slot: its hash, and the time that the cluster gives it."""
    config = {
        "commitment": "finalized",
        "encoding": "base64",
        "maxSupportedTransactionVersion": 0,
        "rewards": False,
        "transactionDetails": "none",
    }
    named = await chain.value("getBlock", [slot, config], _blockhash)
    if not isinstance(named, Found):
        return named
    time = await chain.block_time(slot)
    if not isinstance(time, Found):
        return time
    return Found(Block(named.value, time.value), joined(named.at, time.at))


def _blockhash(result: object) -> str:
    if not isinstance(result, dict):
        raise ValueError("the block is not an object")
    return shapes.key(result.get("blockhash"), "the block's hash")


async def _rows(sources: Sources, surface: Surface) -> Read[Rows]:
    return rows(surface, await sources.repository.file(surface.file))


def _current(sources: Sources, part: str) -> Sequence[Surface]:
    return [s for s in sources.target.surfaces if s.part == part and s.state == "current"]


def _cluster(sources: Sources, surface: Surface) -> str:
    return surface.cluster or sources.target.cluster.name
