"""TR-04: every executed action is kept, and each copy is what the chain shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privatedao_audit.domains.treasury.archive.facts import Archive, ArchiveFacts, KeptRow
from privatedao_audit.domains.treasury.archive.imprint import ASPECTS, MAY_LACK
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.payments import none_executed, rules_of
from privatedao_audit.domains.treasury.proposals import not_all, not_read
from privatedao_audit.history.reconcile import Execution, executions
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.facts import DaoReads

__all__ = ["retained"]

_Row = tuple[Archive, KeptRow]


def retained(facts: TreasuryFacts) -> Iterator[Part]:
    """The parts of TR-04."""
    archive = facts.archive
    rows = tuple(_rows(archive))
    due = 0
    quiet: list[Part] = []
    for reads in facts.governance.daos:
        found = list(_due(facts, reads, rows))
        if found:
            due += 1
            yield from found
        else:
            history = facts.histories[reads.address]
            quiet.append(none_executed(reads, history, f"proposals of {reads.address}"))
    if due:
        yield from quiet
        yield from _files(archive)
        yield from _copies(archive, rows)
        return
    # Nothing is owed; what is kept all the same has still to be true.
    yield from (quiet if not rows else (*quiet, *_copies(archive, rows)))


def _rows(archive: ArchiveFacts) -> Iterator[_Row]:
    """The rows of the archives of this cluster, with their file."""
    for one in archive.archives:
        if isinstance(one.rows, Found) and not _elsewhere(archive, one):
            yield from ((one, row) for row in one.rows.value)


def _elsewhere(archive: ArchiveFacts, one: Archive) -> bool:
    return bool(one.genesis) and set(one.genesis) != {archive.genesis_hash}


def _files(archive: ArchiveFacts) -> Iterator[Part]:
    for one in archive.archives:
        if not isinstance(one.rows, Found):
            text = f"The archive {one.file} is not in the checkout."
            yield unread(one.file, one.rows, absent=Status.MISSING, absent_summary=text)
        elif _elsewhere(archive, one):
            text = f"{one.file} is an archive of another cluster."
            yield Part(one.file, Status.MISSING, text, one.rows.at, observed=list(one.genesis),
                       expected=archive.genesis_hash)  # fmt: skip


def _due(facts: TreasuryFacts, reads: DaoReads, rows: tuple[_Row, ...]) -> Iterator[Part]:
    """One part for each executed action of a DAO, and for what may hide one."""
    dao = reads.address
    if not isinstance(reads.dao, Found):
        yield unread(
            f"DAO {dao}", reads.dao, absent=Status.UNKNOWN, absent_summary="There is no such DAO."
        )
        return
    history = facts.histories.get(dao)
    if history is None:
        yield Part(f"DAO {dao}", Status.UNKNOWN, "The history of this DAO was not read.",
                   reads.dao.at)  # fmt: skip
        return
    yield from not_all(reads, f"proposals of {dao}")
    done = executions(history, reads.proposals, rules_of(facts))
    executed = {one.proposal for one in done}
    for one in reads.proposals:
        label = f"proposal {one.id} ({one.address})"
        if not isinstance(one.proposal, Found):
            yield not_read(label, one.proposal)
        elif one.proposal.value.executed and one.address not in executed:
            yield _unseen(label, one.address, one.proposal.at, facts.archive, rows)
    for signature in dict.fromkeys(one.deed.signature for one in done):
        mine = [one for one in done if one.deed.signature == signature]
        yield _kept(signature, mine, facts.archive, rows)


def _places(archive: ArchiveFacts) -> list[ReadAt]:
    return [one.rows.at for one in archive.archives]


def _unseen(
    label: str, proposal: str, at: ReadAt, archive: ArchiveFacts, rows: tuple[_Row, ...]
) -> Part:
    """An executed proposal whose transaction no provider shows any more."""
    mine = [row for _one, row in rows if proposal in row.executes and row.authentic]
    where = joined(at, *_places(archive))
    if mine:
        text = (
            f"It was executed; of {mine[0].signature} the archive holds an authentic copy, and "
            "its landing is not provable, since no list shows it."
        )
        return Part(label, Status.UNKNOWN, text, where, observed=mine[0].signature)
    status, text = _lacking(archive, "It was executed, and")
    return Part(label, status, text, where)


def _lacking(archive: ArchiveFacts, told: str) -> tuple[Status, str]:
    """What the lack of a copy means: MISSING where archives are mapped and all were read."""
    if not archive.archives:
        return Status.UNKNOWN, f"{told} the target maps no archive of executed actions."
    if not all(isinstance(one.rows, Found) for one in archive.archives):
        return Status.UNKNOWN, f"{told} not every archive could be read."
    return Status.MISSING, f"{told} no archive keeps its transaction."


def _kept(
    signature: str, done: list[Execution], archive: ArchiveFacts, rows: tuple[_Row, ...]
) -> Part:
    """Whether one executing transaction is kept; whether the copy is right is told by row."""
    label = f"execution {signature}"
    at = joined(done[0].deed.at, *_places(archive))
    mine = [(one, row) for one, row in rows if row.signature == signature]
    whole = [(one, row) for one, row in mine if row.imprint is not None]
    if whole:
        text = f"{whole[0][0].file} keeps {signature}, row {whole[0][1].number}."
        return Part(label, Status.PASS, text, at, observed=signature)
    if mine:
        text = f"{mine[0][0].file} names {signature}, and {mine[0][1].fault}."
        return Part(label, Status.MISSING, text, at)
    status, text = _lacking(archive, f"{signature} executed a proposal, and")
    return Part(label, status, text, at)


def _copies(archive: ArchiveFacts, rows: tuple[_Row, ...]) -> Iterator[Part]:
    for one, row in rows:
        if row.imprint is not None:
            yield _copy(archive, one, row, row.imprint)


def _copy(archive: ArchiveFacts, one: Archive, row: KeptRow, kept: Any) -> Part:
    """Whether the copy in one row is the transaction of the chain."""
    label = f"{one.file} row {row.number}"
    chain = archive.chain.get(row.signature)
    if row.another:
        text = f"{label} names {row.signature} and keeps another transaction."
        return Part(label, Status.FAIL, text, one.rows.at, observed=row.signature)
    if not row.authentic:
        text = f"{label}: what it keeps of {row.signature} is not what was signed."
        return Part(label, Status.FAIL, text, one.rows.at, observed=row.signature)
    if chain is None:
        text = f"{label}: the chain was not asked for {row.signature}."
        return Part(label, Status.UNKNOWN, text, one.rows.at)
    at = joined(one.rows.at, chain.at)
    if not isinstance(chain, Found):
        part = unread(label, chain, absent=Status.UNKNOWN, absent_summary="")
        if part.status is not Status.UNKNOWN:
            return part
        text = f"{label}: {row.signature} is authentic, landing not provable: no provider has it."
        return Part(label, Status.UNKNOWN, text, at, observed=row.signature)
    shown = {name: chain.value.get(name) for name in ASPECTS}
    altered = [
        name for name, digest in shown.items()
        if digest is not None and kept.get(name) not in (digest, None)
    ]  # fmt: skip
    altered += [name for name in shown if kept.get(name) is None and name not in MAY_LACK]
    if altered:
        text = f"{label}: of {row.signature} the {altered[0]} are not those of the chain."
        return Part(label, Status.FAIL, text, at, observed=sorted(altered), expected=[])
    lacks = sorted(n for n, digest in shown.items() if digest is not None and not kept.get(n))
    if lacks:
        text = f"{label}: of {row.signature} the {lacks[0]} are not kept."
        return Part(label, Status.MISSING, text, at, observed=lacks, expected=[])
    open_ = sorted(n for n, digest in shown.items() if digest is None and n != "block time")
    if open_:
        text = f"{label}: the chain no longer shows the {open_[0]} of {row.signature}."
        return Part(label, Status.UNKNOWN, text, at, observed=open_)
    text = f"{label}: every aspect of {row.signature} is that of the chain."
    return Part(label, Status.PASS, text, at, observed=row.signature)
