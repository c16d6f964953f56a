"""Read what runs, how it got there, and what the checkout says was released."""

from __future__ import annotations

import asyncio

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain.layouts import loader
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.domains.authority.collect import collect_authorities
from privatedao_audit.domains.authority.history import events_of, loader_history
from privatedao_audit.domains.release.facts import (
    ProgramRelease,
    RecordedTransaction,
    ReleaseFacts,
    SourceOf,
)
from privatedao_audit.domains.release.provenance import collect as provenance
from privatedao_audit.domains.release.records import collect as records
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, decoded
from privatedao_audit.model.target import Program, Surface
from privatedao_audit.repository.surfaces import statement

#: The parts that say which program it is and how it got there.
_DECLARING = ("release-record", "source-declaration", "anchor-toml", "idl")


async def collect(sources: Sources) -> ReleaseFacts:
    """Facts of release control."""
    authority = await collect_authorities(sources)
    programs = await asyncio.gather(*(_program(sources, p) for p in sources.target.programs))
    return ReleaseFacts(
        sources.target.cluster.name,
        tuple(programs),
        authority,
        await records.collect(sources, programs, authority),
        await provenance.collect(sources, programs, authority),
    )


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
    mine = [s for s in mine if s.part in _DECLARING]
    surfaces = await read_surfaces(sources, mine)
    programdata = loader.programdata_address(program.id)
    history = await loader_history(sources, programdata)
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


def _recorded(transaction: Transaction) -> RecordedTransaction:
    return RecordedTransaction(
        signature=transaction.signatures[0],
        slot=transaction.slot,
        block_time=transaction.block_time,
        succeeded=transaction.err is None,
        events=tuple(events_of(transaction)),
    )
