"""A history as tables: calls, instructions, events, balance changes, failures.

Columns are plain lists that share their texts with the facts, so a million rows cost little more
than their references. Amounts are Python integers throughout, also in the frames: a float would
round what lies above 2^53. ``TABLES`` gives the same rows one by one, for what is written to disk
(``history.columns``) whatever its length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from privatedao_audit.history.continuity import Chain, chains
from privatedao_audit.history.facts import DaoHistory, Deed
from privatedao_audit.protocols.conduct import Action, ActionKind

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = [
    "BALANCES",
    "CALLS",
    "EVENTS",
    "FAILURES",
    "INSTRUCTIONS",
    "TABLES",
    "Columns",
    "balances",
    "calls",
    "events",
    "failures",
    "instructions",
]

_WHERE: Final = ("signature", "slot", "block_time")
#: Columns of the tables, in order.
CALLS: Final = (*_WHERE, "place", "program", "caller", "start", "succeeded")
INSTRUCTIONS: Final = (
    *_WHERE, "place", "instruction", "discriminator", "took_effect", "proposal", "fee_payer",
    "signers", "fault",
)  # fmt: skip
EVENTS: Final = (*_WHERE, "place", "event", "discriminator", "proposal", "fields", "fault")
BALANCES: Final = (*_WHERE, "account", "unit", "before", "after", "change")
FAILURES: Final = (*_WHERE, "instruction", "place", "proposal", "code", "error", "fee_payer")

_INSTRUCTION: Final = (ActionKind.INSTRUCTION, ActionKind.UNKNOWN_INSTRUCTION)


@dataclass(frozen=True, slots=True)
class Columns:
    """A table by columns of equal length."""

    names: tuple[str, ...]
    columns: Mapping[str, list[Any]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.columns[self.names[0]])

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, each in the order of the names."""
        return zip(*(self.columns[name] for name in self.names), strict=True)

    def frame(self) -> DataFrame:
        """The table as a frame of objects, so that every integer stays exact."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns), columns=list(self.names), dtype=object)


def calls(history: DaoHistory) -> Columns:
    """One row per instruction of any program, outer and inner, failed transactions included.

    Of a transaction that failed, inner ones are those that its node recorded.
    """
    return _filled(CALLS, _calls(history))


def _calls(history: DaoHistory) -> Iterator[tuple[Any, ...]]:
    return (
        (deed.signature, deed.slot, deed.block_time, one.place, one.program, one.caller,
         one.start, deed.succeeded)
        for deed in history.deeds
        for one in deed.calls
    )  # fmt: skip


def instructions(history: DaoHistory) -> Columns:
    """One row per instruction of the DAO's program, outer and inner, failed ones included.

    One that the interface does not know is a row without a name, never left out.
    """
    return _filled(INSTRUCTIONS, _instructions(history))


def _instructions(history: DaoHistory) -> Iterator[tuple[Any, ...]]:
    return _rows(
        history, lambda action: action.kind in _INSTRUCTION,
        lambda deed, a: (
            a.place, a.name, a.discriminator, a.took_effect, a.proposal, deed.fee_payer,
            tuple(a.signers.values()), a.fault,
        ),
    )  # fmt: skip


def events(history: DaoHistory) -> Columns:
    """One row per event that the DAO's program emitted, bound to it by the log stack."""
    return _filled(EVENTS, _events(history))


def _events(history: DaoHistory) -> Iterator[tuple[Any, ...]]:
    return _rows(
        history, lambda action: action.kind not in _INSTRUCTION,
        lambda _deed, a: (
            a.place, a.name, a.discriminator, a.proposal, dict(a.fields), a.fault
        ),
    )  # fmt: skip


def balances(chains: list[Chain]) -> Columns:
    """One row per change of a balance, in the order of each chain."""
    return _filled(BALANCES, (row for chain in chains for row in _balances(chain)))


def _balances(chain: Chain) -> Iterator[tuple[Any, ...]]:
    return (
        (link.signature, link.slot, link.block_time, chain.address, chain.unit, link.before,
         link.after, link.change)
        for link in chain.links if link.change
    )  # fmt: skip


def _all_balances(history: DaoHistory) -> Iterator[tuple[Any, ...]]:
    for one in history.histories.values():
        for chain in chains(one, -1):
            yield from _balances(chain)


def failures(history: DaoHistory) -> Columns:
    """One row per failed transaction: the instruction of the DAO's program that failed, and why.

    The instruction is the one at the place of the failure, or the first of the program where the
    error was raised deeper or elsewhere.
    """
    return _filled(FAILURES, _failures(history))


def _failures(history: DaoHistory) -> Iterator[tuple[Any, ...]]:
    return (_failure(deed) for deed in history.deeds if not deed.succeeded)


def _failure(deed: Deed) -> tuple[Any, ...]:
    mine = [a for a in deed.actions if a.kind in _INSTRUCTION]
    place = deed.failure.place if deed.failure is not None else None
    at = next((a for a in mine if a.place == place), mine[0] if mine else None)
    return (
        deed.signature, deed.slot, deed.block_time, at.name if at else None, place,
        at.proposal if at else None, deed.failure.code if deed.failure else None,
        deed.failure.name if deed.failure else None, deed.fee_payer,
    )  # fmt: skip


def _rows(
    history: DaoHistory,
    wanted: Callable[[Action], bool],
    cells: Callable[[Deed, Action], tuple[Any, ...]],
) -> Iterator[tuple[Any, ...]]:
    return (
        (deed.signature, deed.slot, deed.block_time, *cells(deed, action))
        for deed in history.deeds
        for action in deed.actions
        if wanted(action)
    )


def _filled(names: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> Columns:
    columns: dict[str, list[Any]] = {name: [] for name in names}
    lists = tuple(columns.values())
    for row in rows:
        for column, cell in zip(lists, row, strict=True):
            column.append(cell)
    return Columns(names, columns)


#: Name of a table → its columns, and its rows one by one in the order of the history.
TABLES: Final[
    Mapping[str, tuple[tuple[str, ...], Callable[[DaoHistory], Iterator[tuple[Any, ...]]]]]
] = {
    "calls": (CALLS, _calls),
    "instructions": (INSTRUCTIONS, _instructions),
    "events": (EVENTS, _events),
    "balances": (BALANCES, _all_balances),
    "failures": (FAILURES, _failures),
}
