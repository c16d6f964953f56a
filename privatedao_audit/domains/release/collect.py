"""Read what runs, how it got there, and what the checkout says was released."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Iterable
from functools import partial

from privatedao_audit.chain.answers import is_signature
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
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, decoded, joined
from privatedao_audit.model.target import Program, Surface
from privatedao_audit.repository.cargo import Features, features_of
from privatedao_audit.repository.reads import RepositoryReads
from privatedao_audit.repository.store import OBJECT_ID
from privatedao_audit.repository.surfaces import Crate, statement

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
    """The statements of surfaces, in the target's order; Rust files as they would be built."""
    cluster = sources.target.cluster.name
    files = await asyncio.gather(*(sources.repository.file(s.file) for s in surfaces))
    read = {
        at: statement(surface, cluster, given)
        for at, (surface, given) in enumerate(zip(surfaces, files, strict=True))
        if surface.format != "rust"
    }
    records = [SourceOf(surfaces[at], said) for at, said in read.items()]
    commit = only_commit(records, cluster)
    for at, surface in enumerate(surfaces):
        if at not in read:
            crate = Crate(
                await features_around(sources.repository, surface.file, commit),
                await _build_commands(sources, surface),
            )
            read[at] = statement(surface, cluster, files[at], crate)
    return tuple(SourceOf(surface, read[at]) for at, surface in enumerate(surfaces))


def only_commit(records: Iterable[SourceOf], cluster: str) -> str | None:
    """The one full commit id that current release records name; None where it is not one."""
    named = {
        value.lower()
        for source in records
        if source.surface.part == "release-record" and source.surface.is_current(cluster)
        and isinstance(source.said, Found)
        for value in source.said.value.values.get("release_commit", ())
    }  # fmt: skip
    (only,) = named if len(named) == 1 else ("",)
    return only if OBJECT_ID.fullmatch(only) else None


async def features_around(
    repository: RepositoryReads, file: str, commit: str | None
) -> Read[Features]:
    """The cargo features of the crate around a source file.

    Args:
        commit: where its manifest is read; None: in the working tree.
    """
    places: list[ReadAt] = []
    folder = posixpath.dirname(file)
    while True:
        path = posixpath.join(folder, "Cargo.toml")
        read = await (repository.blob_at(commit, path) if commit else repository.file(path))
        if not isinstance(read, ProvenAbsent):
            found = decoded(read, partial(features_of, manifest=path), f"the file {path}")
            if not isinstance(found, Found):
                return found
            if found.value is not None:
                return Found(found.value, joined(*places, found.at))
        places.append(read.at)
        if not folder:
            return ProvenAbsent(joined(*places))
        folder = posixpath.dirname(folder)


async def _build_commands(sources: Sources, source: Surface) -> tuple[str, ...]:
    """The command lines that current records of the program's build state."""
    cluster = sources.target.cluster.name
    found: dict[str, None] = {}
    for surface in sources.target.current("build-record"):
        if surface.program == source.program:
            said = statement(surface, cluster, await sources.repository.file(surface.file))
            if isinstance(said, Found):
                found |= dict.fromkeys(said.value.values.get("command", ()))
    return tuple(found)


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
                if is_signature(text):
                    named[text] = None
    return list(named)


def _recorded(transaction: Transaction) -> RecordedTransaction:
    return RecordedTransaction(
        signature=transaction.signatures[0],
        slot=transaction.slot,
        block_time=transaction.block_time,
        succeeded=transaction.err is None,
        events=tuple(events_of(transaction)),
    )
