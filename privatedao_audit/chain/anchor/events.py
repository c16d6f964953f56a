"""What programs said of themselves: Anchor events, out of logs and out of self-calls.

``emit!`` writes a "Program data: " line; ``emit_cpi!`` makes the program call itself, with data
that begins with a fixed tag, under the signature of a PDA that only the program can sign for. A
log can be cut or not kept, so an absent event proves nothing unless ``complete``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from privatedao_audit.chain.addresses import find_program_address
from privatedao_audit.chain.anchor.calls import instructions_by_invocation
from privatedao_audit.chain.anchor.interface import Decoded, Interface
from privatedao_audit.chain.anchor.logs import LogLine, read_logs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.transactions import Instruction, Transaction

__all__ = ["EVENT_CPI_TAG", "Event", "Events", "UnknownEvent", "event_authority", "events"]

#: sha256("anchor:event")[:8] read as a u64 and written little-endian (Anchor, lang/src/event.rs).
EVENT_CPI_TAG: Final = bytes.fromhex("e445a52e51cb9a1d")

Source = Literal["log", "cpi"]


@dataclass(frozen=True, slots=True)
class Event:
    """An event that took effect.

    ``place`` is the instruction that emitted it ("2" outer, "2.5" inner), or "log N" (the log
    element) where that could not be told. ``decoded.trailing`` is for the caller to judge.
    """

    program: str
    decoded: Decoded
    source: Source
    place: str


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """Data of a known program that could not be read as one of its events, and why."""

    program: str
    source: Source
    place: str
    why: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Events:
    """The events of one transaction: those out of the log in order, then those of self-calls.

    ``complete`` means that no event of the programs asked about is missing from ``found`` and
    ``unknown`` together; else ``why`` says what could not be seen.
    """

    found: tuple[Event, ...]
    unknown: tuple[UnknownEvent, ...]
    complete: bool
    why: str | None


@lru_cache(maxsize=256)
def event_authority(program: str) -> str:
    """The PDA under whose signature a program emits events by calling itself."""
    return find_program_address([b"__event_authority"], program).address


def events(transaction: Transaction, interfaces: Mapping[str, Interface]) -> Events:
    """Events of the programs in ``interfaces`` (program id -> interface).

    A failed transaction has none, whatever its log says: they did not happen.
    """
    if not transaction.succeeded:
        return Events((), (), True, None)
    # A program that is no account of the transaction can not have run in it.
    if not any(program in transaction.account_keys for program in interfaces):
        return Events((), (), True, None)
    collected = _Collector(interfaces)
    missing = collected.logs(transaction)
    missing += collected.calls(transaction)
    why = "; ".join(missing) or None
    return Events(tuple(collected.found), tuple(collected.unknown), why is None, why)


class _Collector:
    """Events while they are gathered; each source returns what of it could not be seen."""

    def __init__(self, interfaces: Mapping[str, Interface]) -> None:
        self._interfaces = interfaces
        self.found: list[Event] = []
        self.unknown: list[UnknownEvent] = []

    def _add(self, program: str, source: Source, place: str, data: bytes) -> None:
        try:
            decoded = self._interfaces[program].event(data)
        except DecodeError as error:
            self._add_unknown(program, source, place, str(error), data)
        else:
            self.found.append(Event(program, decoded, source, place))

    def _add_unknown(
        self, program: str, source: Source, place: str, why: str, data: bytes
    ) -> None:
        self.unknown.append(UnknownEvent(program, source, place, why, data))

    def logs(self, transaction: Transaction) -> list[str]:
        logs = read_logs(transaction.log_messages)
        by_invocation = instructions_by_invocation(transaction, logs)
        for line in logs.lines:
            if line.kind == "data" and line.program in self._interfaces:
                self._line(line, by_invocation)
        if not logs.recorded:
            return ["the node kept no logs"]
        if logs.truncated:
            return ["the log is cut"]
        return [] if logs.broken is None else [f"the log contradicts itself ({logs.broken})"]

    def _line(self, line: LogLine, by_invocation: tuple[Instruction, ...]) -> None:
        place = f"log {line.element}"
        if line.invocation is not None and line.invocation < len(by_invocation):
            place = by_invocation[line.invocation].place
        assert line.program is not None
        if len(line.payloads) == 1:
            self._add(line.program, "log", place, line.payloads[0])
        else:
            why = f"{len(line.payloads)} values in one data line, an event has one"
            self._add_unknown(line.program, "log", place, why, b"".join(line.payloads))

    def calls(self, transaction: Transaction) -> list[str]:
        missing = [] if transaction.inner_recorded else ["the node kept no inner instructions"]
        for item in transaction.instructions:
            if item.program not in self._interfaces or not item.data.startswith(EVENT_CPI_TAG):
                continue
            data = item.data[len(EVENT_CPI_TAG) :]
            why = _no_self_call(transaction, item)
            if why is None:
                self._add(item.program, "cpi", item.place, data)
            else:
                self._add_unknown(item.program, "cpi", item.place, why, data)
        return missing


def _no_self_call(transaction: Transaction, item: Instruction) -> str | None:
    """Why an instruction with the tag is no event of its program, None when it is one."""
    if item.inner_index is None:
        return "called by the transaction, not by the program itself"
    try:
        callers = transaction.callers(item)
    except ValueError:
        return "its caller was not recorded"
    if callers[0] != item.program:
        return "called by another program"
    if item.accounts != (event_authority(item.program),):
        return "not signed by the program's event authority alone"
    return None
