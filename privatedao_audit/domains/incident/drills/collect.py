"""Read the drill records of the checkout, and what their signatures did."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.incident.drills.facts import Acted, Call, Carried, Drill, DrillFile
from privatedao_audit.domains.incident.drills.record import Row, rows_of
from privatedao_audit.domains.incident.drills.recorded import opened
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.reads import Found, Read, Unknown, decoded
from privatedao_audit.protocols.base import ActionKind, GovernanceProtocol
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

__all__ = ["collect_drills"]

#: Most recordings that are opened, and most transactions that are asked for, in one run.
MAX_RECORDINGS: Final = 20
MAX_SIGNATURES: Final = 300


@dataclass(slots=True)
class _Budget:
    recordings: int = MAX_RECORDINGS
    signatures: int = MAX_SIGNATURES


async def collect_drills(sources: Sources) -> tuple[DrillFile, ...]:
    """The current drill records of the target, with the transactions that they name.

    A drill may be of any cluster: those of the target's are looked up on it, others in the
    recording that they carry.
    """
    budget = _Budget()
    found = []
    for surface in sources.target.surfaces:
        if surface.part != "drill-record" or surface.state != "current":
            continue
        data = await sources.repository.file(surface.file)
        rows = decoded(data, partial(rows_of, surface), f"the file {surface.file}")
        drills: Read[tuple[Drill, ...]]
        if isinstance(rows, Found):
            drills = Found(
                tuple([await _drill(sources, surface.file, row, budget) for row in rows.value]),
                rows.at,
            )
        else:
            drills = rows
        changed = decoded(
            await last_committed(sources.repository, surface.file),
            lambda change: change.committer_time, "the change",
        )  # fmt: skip
        found.append(DrillFile(surface.file, drills, changed))
    return tuple(found)


async def _drill(sources: Sources, file: str, row: Row, budget: _Budget) -> Drill:
    cluster = sources.target.cluster
    texts = row.texts
    # A public cluster has one genesis hash, which its name says already.
    genesis = texts["genesis_hash"] or GENESIS_HASHES.get(texts["cluster"], "")
    here = texts["cluster"] == cluster.name and genesis == cluster.genesis_hash
    acted: Mapping[str, Read[Acted]] = {}
    recording: Read[Carried] | None = None
    if not row.fault:
        reads: Mapping[str, Read[Transaction]] = {}
        if texts["recording"]:
            recording, reads = await _recording(sources, file, row, budget)
        if here:
            reads = await _landed(sources, row.signatures, budget)
        elif not texts["recording"]:
            other = Unknown("it is of another cluster, and the drill carries no recording")
            reads = dict.fromkeys(row.signatures, other)
        extra = recording.value.programs if isinstance(recording, Found) and not here else ()
        acted = {name: _acted(sources, read, extra) for name, read in reads.items()}
    return Drill(
        place=row.place,
        path=texts["path"],
        date=texts["date"],
        cluster=texts["cluster"],
        genesis_hash=genesis,
        here=here,
        started_at=row.time("started_at"),
        detected_at=row.time("detected_at"),
        contained_at=row.time("contained_at"),
        instruction=texts["instruction"],
        participants=row.participants,
        gaps=row.gaps,
        acted=acted,
        recording=recording,
        fault=row.fault,
    )


async def _recording(
    sources: Sources, file: str, row: Row, budget: _Budget
) -> tuple[Read[Carried], Mapping[str, Read[Transaction]]]:
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), row.texts["recording"]))
    why = ""
    if path.startswith(("/", "..")) or "\\" in path or "\0" in path:
        why = "its recording lies outside the checkout"
    elif budget.recordings <= 0:
        why = f"only {MAX_RECORDINGS} recordings are opened"
    if why:
        return Unknown(why), dict.fromkeys(row.signatures, Unknown(why))
    budget.recordings -= 1
    data = await sources.repository.file(path)
    return await opened(data, row.texts["evidence_root"], row.signatures)


async def _landed(
    sources: Sources, signatures: Sequence[str], budget: _Budget
) -> Mapping[str, Read[Transaction]]:
    asked = signatures[: max(budget.signatures, 0)]
    budget.signatures -= len(asked)
    reads = await sources.chain.transactions(asked)
    left = Unknown(f"only {MAX_SIGNATURES} transactions of drills are asked for")
    return {**dict.fromkeys(signatures, left), **dict(zip(asked, reads, strict=True))}


def _acted(
    sources: Sources, read: Read[Transaction], stand_ins: Sequence[str]
) -> Read[Acted]:
    if not isinstance(read, Found):
        return read
    transaction = read.value
    calls: tuple[Call, ...] = ()
    complete = False
    try:
        protocol = protocol_of(sources.target.protocol)
    except UnknownProtocol:
        pass
    else:
        scoped = [one.id for one in sources.target.programs]
        programs = list(dict.fromkeys((*scoped, *stand_ins)))
        calls = tuple(
            one for id in programs for one in _calls(protocol, transaction, id, id in scoped)
        )
        complete = all(protocol.actions(transaction, id).complete for id in programs)
    return Found(
        Acted(
            transaction.block_time, transaction.succeeded, transaction.signers, calls, complete
        ),
        read.at,
    )  # fmt: skip


def _calls(
    protocol: GovernanceProtocol, transaction: Transaction, program: str, scoped: bool
) -> Iterator[Call]:
    for action in protocol.actions(transaction, program).of(ActionKind.INSTRUCTION):
        rule = protocol.instruction_rules.get(action.name or "")
        if rule is not None and action.fault is None:
            signer = action.signers.get(rule.signer, "")
            by_key = bool(signer) and is_on_curve(signer)
            yield Call(rule.instruction, signer, by_key, scoped)
