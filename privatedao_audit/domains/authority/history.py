"""What happened at an address: its transactions, and the loader's instructions among them.

Only ProgramData is paged for a program, never the program's own id: every loader instruction that
changes code or authority has ProgramData among its accounts, while the id is in every call that
anybody makes of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from privatedao_audit.chain.layouts.loader import LoaderInstruction, UnknownLoaderInstruction
from privatedao_audit.chain.reads import SignatureRow
from privatedao_audit.chain.transactions import Instruction, Transaction, loader_actions
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, Read, joined

DEPLOY = "DeployWithMaxDataLen"
_CODE = frozenset({DEPLOY, "Upgrade"})
_SLOT = _CODE | {"ExtendProgram", "ExtendProgramChecked"}


@dataclass(frozen=True, slots=True)
class LoaderEvent:
    """One instruction of the upgradeable loader on a program or its ProgramData.

    Attributes:
        action: name of the instruction, e.g. ``Upgrade``.
        slot, block_time: of its transaction; seconds of Unix time, None where not recorded.
        succeeded: whether the transaction landed without an error.
        inner: it was an inner instruction: a multisig or a program did it.
        authority, fee_payer: who had to sign for it, and who paid.
        programdata: the ProgramData it acts on, or the buffer where it acts on one alone.
        place: where it stands in its transaction, e.g. ``0.1``.
        caller: place of the instruction that called it; None for an outer one and where the
            depth was not recorded.
        program, buffer: further accounts of a deploy or an upgrade; None elsewhere.
    """

    signature: str
    action: str
    slot: int
    block_time: int | None
    succeeded: bool
    inner: bool
    authority: str | None
    new_authority: str | None
    fee_payer: str
    programdata: str | None
    place: str = "0"
    caller: str | None = None
    program: str | None = None
    buffer: str | None = None


@dataclass(frozen=True, slots=True)
class LoaderHistory:
    """What the history of a ProgramData address shows, oldest first.

    Attributes:
        complete: the first deploy was seen and no page or transaction was missing.
        gap: why it is not complete; empty otherwise.
        unreadable: transactions that the history lists and no provider returned.
    """

    events: tuple[LoaderEvent, ...]
    complete: bool
    gap: str
    unreadable: tuple[str, ...] = ()

    @property
    def code_changes(self) -> tuple[LoaderEvent, ...]:
        """Successful deploys and upgrades, oldest first."""
        return tuple(e for e in self.events if e.succeeded and e.action in _CODE)

    @property
    def slot_changes(self) -> tuple[LoaderEvent, ...]:
        """Successful instructions that write the slot into ProgramData, oldest first."""
        return tuple(e for e in self.events if e.succeeded and e.action in _SLOT)


@dataclass(frozen=True, slots=True)
class Walk:
    """The transactions of an address, oldest first, as far as they could be read.

    Attributes:
        unreadable: listed signatures that no provider returned, or returned as something else.
        cut: why older transactions may be missing from the list; empty when none can.
        kept_from: where the list was cut by pruning alone, the slot from which on it is whole.
    """

    address: str
    transactions: tuple[Transaction, ...] = field(repr=False)
    unreadable: tuple[str, ...]
    cut: str
    kept_from: int | None = None

    def gap_since(self, slot: int) -> str:
        """Why something at or after a slot may be missing; empty when nothing can.

        A provider that keeps blocks from a later slot on may have dropped what lies before it,
        and nothing else: where a life began after that, the list has all of it.
        """
        if self.cut and (self.kept_from is None or slot < self.kept_from):
            return self.cut
        if self.unreadable:
            return f"{len(self.unreadable)} listed transactions could not be read"
        return ""

    @property
    def gap(self) -> str:
        """Why anything at all may be missing; empty when nothing can."""
        return self.gap_since(-1)


async def walk(sources: Sources, address: str, most: int | None = None) -> Read[Walk]:
    """Page an address and read its transactions.

    Args:
        most: transactions read at most, the newest ones; None: as many as the pages hold. The
            target's limits say how many pages are asked for.
    """
    pages = sources.target.limits.signature_pages
    if most is not None:
        pages = min(pages, most // 1000 + 1)
    listed = await sources.chain.signature_history(address, max_pages=pages)
    if not isinstance(listed, Found):
        return listed
    rows: Sequence[SignatureRow] = listed.value.rows
    cut = "" if listed.value.complete else listed.value.reason or "the list may be cut"
    kept_from = listed.value.first_available if listed.value.reached_end else None
    if most is not None and len(rows) > most:
        rows, cut, kept_from = rows[:most], f"it has more than {most} transactions", None
    reads = await sources.chain.transactions([row.signature for row in rows])
    transactions, unreadable, places = [], [], [listed.at]
    for row, read in reversed(list(zip(rows, reads, strict=True))):
        if not isinstance(read, Found) or not _same(row, read.value):
            unreadable.append(row.signature)
            continue
        places.append(read.at)
        transactions.append(read.value)
    found = Walk(address, tuple(transactions), tuple(unreadable), cut, kept_from)
    return Found(found, joined(*places))


def _same(row: SignatureRow, transaction: Transaction) -> bool:
    """Whether the list and the transaction tell the same: both come unsigned from a node."""
    return row.slot == transaction.slot and (row.err is None) == (transaction.err is None)


async def loader_history(sources: Sources, programdata: str) -> Read[LoaderHistory]:
    """The loader's instructions on a ProgramData account."""
    read = await walk(sources, programdata)
    if not isinstance(read, Found):
        return read
    return Found(history_of(read.value), read.at)


def history_of(found: Walk) -> LoaderHistory:
    """The loader's instructions on the ProgramData account that was walked."""
    events = [
        event
        for transaction in found.transactions
        for event in events_of(transaction)
        if event.programdata == found.address
    ]
    deploys = [e for e in events if e.action == DEPLOY and e.succeeded]
    # A deploy creates the account, so nothing that matters lies before the first one.
    gaps = [found.gap_since(deploys[0].slot if deploys else -1)]
    gaps += [text for transaction in found.transactions for text in not_understood(transaction)]
    if not deploys:
        gaps.append("the first deploy is not in the history")
    gap = next((text for text in gaps if text), "")
    return LoaderHistory(tuple(events), not gap, gap, found.unreadable)


def not_understood(transaction: Transaction) -> list[str]:
    """Why a landed transaction may hide a loader instruction; nothing for a failed one."""
    if transaction.err is not None:
        return []
    name = transaction.signature
    if not transaction.inner_recorded:
        return [f"the inner instructions of {name} were not recorded"]
    if any(isinstance(a.detail, UnknownLoaderInstruction) for a in loader_actions(transaction)):
        return [f"{name} holds a loader instruction that does not decode"]
    return []


def events_of(transaction: Transaction) -> list[LoaderEvent]:
    """The loader instructions of a transaction that decode, in order of execution."""
    return [
        LoaderEvent(
            signature=transaction.signature,
            action=action.detail.name,
            slot=transaction.slot,
            block_time=transaction.block_time,
            succeeded=action.succeeded,
            inner=action.instruction.inner_index is not None,
            authority=action.detail.authority,
            new_authority=action.detail.new_authority,
            fee_payer=transaction.fee_payer,
            programdata=action.detail.programdata or action.detail.subject,
            place=action.instruction.place,
            caller=_caller(transaction, action.instruction),
            program=action.detail.program,
            buffer=action.detail.buffer,
        )
        for action in loader_actions(transaction)
        if isinstance(action.detail, LoaderInstruction)
    ]


def _caller(transaction: Transaction, instruction: Instruction) -> str | None:
    if instruction.parent is None:
        return None
    return transaction.instructions[instruction.parent].place
