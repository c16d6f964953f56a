"""Read what runs, how it got there, and what the checkout says was released."""

from __future__ import annotations

import asyncio

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain.layouts import loader
from privatedao_audit.chain.layouts.loader import UnknownLoaderInstruction
from privatedao_audit.chain.transactions import Transaction, loader_actions
from privatedao_audit.domains.authority.collect import collect_authorities
from privatedao_audit.domains.release.facts import (
    LoaderEvent,
    LoaderHistory,
    ProgramRelease,
    RecordedTransaction,
    ReleaseFacts,
    SourceOf,
)
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, Read, decoded, joined
from privatedao_audit.model.target import Program, Surface
from privatedao_audit.repository.surfaces import statement


async def collect(sources: Sources) -> ReleaseFacts:
    """Facts of release control."""
    authority = await collect_authorities(sources)
    programs = await asyncio.gather(*(_program(sources, p) for p in sources.target.programs))
    return ReleaseFacts(sources.target.cluster.name, tuple(programs), authority)


async def read_surfaces(sources: Sources, surfaces: list[Surface]) -> tuple[SourceOf, ...]:
    """The statements of surfaces, in the target's order."""
    cluster = sources.target.cluster.name
    files = await asyncio.gather(*(sources.repository.file(s.file) for s in surfaces))
    return tuple(
        SourceOf(surface, statement(surface, cluster, read))
        for surface, read in zip(surfaces, files, strict=True)
    )


async def _program(sources: Sources, program: Program) -> ProgramRelease:
    mine = [s for s in sources.target.surfaces if s.program == program.name]
    mine = [s for s in mine if s.part != "custody-record"]
    surfaces = await read_surfaces(sources, mine)
    programdata = loader.programdata_address(program.id)
    history = await _history(sources, programdata)
    named = _signatures(surfaces)
    reads = await asyncio.gather(*(sources.chain.transaction(s) for s in named))
    recorded = {
        signature: decoded(read, _recorded, "the transaction")
        for signature, read in zip(named, reads, strict=True)
    }
    return ProgramRelease(program.name, program.id, programdata, history, recorded, surfaces)


def _signatures(surfaces: tuple[SourceOf, ...]) -> list[str]:
    """Well-formed deployment signatures of current records."""
    named: dict[str, None] = {}
    for source in surfaces:
        if isinstance(source.said, Found) and source.surface.state == "current":
            for text in source.said.value.values.get("deployment_signature", ()):
                if _is_signature(text):
                    named[text] = None
    return list(named)


def _is_signature(text: str) -> bool:
    """Whether a document's text is the base58 form of 64 bytes: only then it can be asked for."""
    try:
        shapes.signature(text, "the recorded signature")
    except ValueError:
        return False
    return True


async def _history(sources: Sources, address: str) -> Read[LoaderHistory]:
    pages = sources.target.limits.signature_pages
    listed = await sources.chain.signature_history(address, max_pages=pages)
    if not isinstance(listed, Found):
        return listed
    rows = listed.value.rows
    reads = await sources.chain.transactions([row.signature for row in rows])
    events: list[LoaderEvent] = []
    unreadable: list[str] = []
    gaps: list[str] = []
    if not listed.value.complete:
        gaps.append(listed.value.reason or "the list of signatures may be cut")
    places = [listed.at]
    for row, read in reversed(list(zip(rows, reads, strict=True))):
        if not isinstance(read, Found):
            unreadable.append(row.signature)
            continue
        places.append(read.at)
        gaps += _not_understood(read.value)
        events += [event for event in _events(read.value) if event.programdata == address]
    if unreadable:
        gaps.append(f"{len(unreadable)} listed transactions could not be read")
    if not any(e.action == "DeployWithMaxDataLen" and e.succeeded for e in events):
        gaps.append("the first deploy is not in the history")
    gap = gaps[0] if gaps else ""
    return Found(LoaderHistory(tuple(events), not gap, gap, tuple(unreadable)), joined(*places))


def _not_understood(transaction: Transaction) -> list[str]:
    """Why a landed transaction may hide a loader instruction; nothing for a failed one."""
    if transaction.err is not None:
        return []
    name = transaction.signatures[0]
    if not transaction.inner_recorded:
        return [f"the inner instructions of {name} were not recorded"]
    if any(isinstance(a.detail, UnknownLoaderInstruction) for a in loader_actions(transaction)):
        return [f"{name} holds a loader instruction that does not decode"]
    return []


def _recorded(transaction: Transaction) -> RecordedTransaction:
    return RecordedTransaction(
        signature=transaction.signatures[0],
        slot=transaction.slot,
        block_time=transaction.block_time,
        succeeded=transaction.err is None,
        events=tuple(_events(transaction)),
    )


def _events(transaction: Transaction) -> list[LoaderEvent]:
    """The loader instructions of a transaction that decode, in order of execution."""
    return [
        LoaderEvent(
            signature=transaction.signatures[0],
            action=action.detail.name,
            slot=transaction.slot,
            block_time=transaction.block_time,
            succeeded=action.succeeded,
            inner=action.instruction.inner_index is not None,
            authority=action.detail.authority,
            new_authority=action.detail.new_authority,
            fee_payer=transaction.account_keys[0],
            programdata=action.detail.programdata or action.detail.subject,
        )
        for action in loader_actions(transaction)
        if isinstance(action.detail, loader.LoaderInstruction)
    ]
