"""Read the team's archives, decode what they keep, and ask the chain for the same transactions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain.transactions import Transaction, decode_transaction, verify_signatures
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.archive.facts import (
    Archive,
    ArchiveFacts,
    Imprint,
    KeptRow,
)
from privatedao_audit.domains.treasury.archive.imprint import ASPECTS, imprint
from privatedao_audit.history.witness import both, other
from privatedao_audit.model.reads import Diverged, Found, Read, decoded
from privatedao_audit.model.target import Surface
from privatedao_audit.protocols.conduct import ActionKind
from privatedao_audit.protocols.registry import protocol_of
from privatedao_audit.repository import documents

__all__ = ["MAX_ROWS", "collect_archive"]

#: Executed actions are few; an archive of more rows is split into several files.
MAX_ROWS: Final = 2_000

_Executes = Callable[[Transaction], tuple[str, ...]]


async def collect_archive(sources: Sources, governance: GovernanceFacts) -> ArchiveFacts:
    """The current archives of the target, and the chain's word on every transaction in them."""
    executes = _executing(governance)
    archives = []
    for surface in sources.target.current("transaction-archive"):
        read = await sources.repository.file(surface.file)
        stated = decoded(read, partial(_genesis, surface), "the archive")
        rows = decoded(
            read, partial(_rows, surface, executes=executes), f"the archive {surface.file}"
        )
        said = stated.value if isinstance(stated, Found) else ()
        archives.append(Archive(surface.file, said, rows))
    wanted = [
        row.signature
        for one in archives if isinstance(one.rows, Found)
        for row in one.rows.value
    ]  # fmt: skip
    unique = list(dict.fromkeys(wanted))
    reads = await sources.chain.transactions(unique)
    chain: dict[str, Read[Imprint]] = {}
    for key, seen in zip(unique, reads, strict=True):
        first = decoded(seen, imprint, "the transaction")
        chain[key] = await _witnessed(sources, key, first)
    return ArchiveFacts(sources.target.cluster.genesis_hash, tuple(archives), chain)


async def _witnessed(sources: Sources, signature: str, first: Read[Imprint]) -> Read[Imprint]:
    """What a second provider says of the same transaction, where there is one that answers.

    Outcome, balances, inner instructions and logs come unsigned from whoever was asked.
    """
    label = other(first.at, sources.providers) if len(sources.providers) > 1 else None
    if label is None or not isinstance(first, Found):
        return first
    probe = f"provider:{label}"
    second = decoded(
        await sources.chain.transaction(signature, probe=probe), imprint, "the transaction"
    )
    if not isinstance(second, Found):
        return first
    at = both(first.at, second.at)
    odd = [
        name for name in ASPECTS
        if None not in (first.value.get(name), second.value.get(name))
        and first.value.get(name) != second.value.get(name)
    ]  # fmt: skip
    if odd:
        return Diverged(f"provider {label} and another one differ on the {odd[0]} of it", at)
    # What one of them did not keep rests on the other alone.
    whole = all((first.value.get(n) is None) == (second.value.get(n) is None) for n in ASPECTS)
    return Found(first.value, at) if whole else first


def _executing(governance: GovernanceFacts) -> _Executes:
    """What tells the proposals that a transaction executes, under the target's protocol."""
    if governance.unsupported:
        return lambda tx: ()
    protocol = protocol_of(governance.protocol)
    programs = tuple(dict.fromkeys(one.program for one in governance.daos))
    rules = protocol.instruction_rules

    def executes(tx: Transaction) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for program in programs:
            for action in protocol.actions(tx, program).items:
                rule = rules.get(action.name or "")
                if (
                    action.kind is ActionKind.INSTRUCTION
                    and action.took_effect
                    and rule is not None
                    and rule.moves_funds
                    and action.proposal is not None
                ):
                    found[action.proposal] = None
        return tuple(found)

    return executes


def _genesis(surface: Surface, data: bytes) -> tuple[str, ...]:
    place = surface.fields.get("genesis_hash")
    if place is None:
        return ()
    found = documents.select(documents.parse(surface.format, data), place)
    return tuple(dict.fromkeys(str(one)[:100] for one in found if one is not None))


def _rows(surface: Surface, data: bytes, executes: _Executes) -> tuple[KeptRow, ...]:
    document = documents.parse(surface.format, data)
    place = surface.rows or ""
    arrays = documents.select(document, "" if place == "/" else place)
    if not arrays:
        raise documents.BadDocument(f"there is nothing at {place}")
    found: list[KeptRow] = []
    for array in arrays:
        if not isinstance(array, list):
            raise documents.BadDocument(f"{place} is a {type(array).__name__}, not a list")
        if len(found) + len(array) > MAX_ROWS:
            raise documents.BadDocument(f"{place} has more than {MAX_ROWS} rows")
        for row in array:
            if not isinstance(row, dict):
                raise documents.BadDocument(f"{place}/{len(found)} is not an object")
            fields = {
                name: next(iter(documents.select(documents.Document(surface.format, row), where)),
                           None)
                for name, where in surface.fields.items()
                if name != "genesis_hash"
            }  # fmt: skip
            found.append(_row(len(found), fields, executes))
    return tuple(found)


def _row(number: int, fields: dict[str, Any], executes: _Executes) -> KeptRow:
    name = fields.get("signature")
    try:
        signature = shapes.signature(name, "the signature")
    except ValueError:
        raise documents.BadDocument(f"row {number} names no signature") from None
    wire, meta = fields.get("transaction"), fields.get("meta")
    if wire is None or meta is None:
        lacks = "transaction" if wire is None else "meta"
        return KeptRow(number, signature, None, f"it keeps the signature and no {lacks}")
    answer = {
        "transaction": [wire, "base64"] if isinstance(wire, str) else wire,
        "meta": meta,
        "slot": fields.get("slot"),
        "blockTime": fields.get("block_time"),
    }
    if fields.get("version") is not None:
        answer["version"] = fields["version"]
    try:
        tx = decode_transaction(answer)
        authentic = verify_signatures(tx.wire)
        done = executes(tx)
    except ValueError as error:
        return KeptRow(number, signature, None, f"what it keeps does not decode: {error}")
    return KeptRow(
        number=number,
        signature=signature,
        imprint=imprint(tx),
        fault="",
        another=tx.signature != signature,
        authentic=authentic,
        executes=done,
    )
