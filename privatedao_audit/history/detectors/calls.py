"""The instructions about one DAO, by columns.

One walk over the transactions lays them out; every detector then walks over columns of plain
values. Texts that come often are kept once, numbers as numbers, and the instructions themselves
stay packed in the history, so that a million of them fit into some hundred megabytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, overload

from privatedao_audit.history.executions import pays
from privatedao_audit.history.facts import DaoHistory, Deed
from privatedao_audit.protocols.conduct import Action, ActionKind, InstructionRule

__all__ = ["Calls", "Marks", "calls_of"]

_NO_TIME: Final = 2**64 - 1


class _Times(Sequence[int | None]):
    """Unix seconds, None where the node kept none."""

    def __init__(self) -> None:
        self._numbers = array("Q")

    def append(self, time: int | None) -> None:
        """Add the next one."""
        self._numbers.append(_NO_TIME if time is None else time)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, row: int) -> int | None: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[int | None, ...]: ...
    def __getitem__(self, row: int | slice) -> int | tuple[int | None, ...] | None:
        if isinstance(row, slice):
            return tuple(self[n] for n in range(*row.indices(len(self))))
        time = self._numbers[row]
        return None if time == _NO_TIME else time


class _Actions(Sequence[Action]):
    """The instructions of the rows, looked up in the history."""

    def __init__(self, history: DaoHistory, deeds: array[int], orders: array[int]) -> None:
        self._history, self._deeds, self._orders = history, deeds, orders

    def __len__(self) -> int:
        return len(self._deeds)

    @overload
    def __getitem__(self, row: int) -> Action: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Action, ...]: ...
    def __getitem__(self, row: int | slice) -> Action | tuple[Action, ...]:
        if isinstance(row, slice):
            return tuple(self[n] for n in range(*row.indices(len(self))))
        return self._history.deeds[self._deeds[row]].actions[self._orders[row]]


@dataclass(slots=True)
class Marks:
    """Numbers of the transactions that a detector has to look at, in the order of the history.

    Attributes:
        gaps: something in it may be missing.
        powers: it changes who decides over something.
        leaving: something leaves or closes an account that holds the treasury's funds.
        paying: it holds an instruction that pays out and took effect.
        moving: it moves tokens that may be those of the votes.
    """

    gaps: array[int] = field(default_factory=lambda: array("q"))
    powers: array[int] = field(default_factory=lambda: array("q"))
    leaving: array[int] = field(default_factory=lambda: array("q"))
    paying: array[int] = field(default_factory=lambda: array("q"))
    moving: array[int] = field(default_factory=lambda: array("q"))

    def deeds(
        self, history: DaoHistory, *marked: Sequence[int]
    ) -> Iterator[tuple[int, Deed]]:
        """The transactions of some marks with their numbers, each once, in order."""
        for number in sorted({number for some in marked for number in some}):
            yield number, history.deeds[number]


class Calls:
    """One row per instruction about the DAO, outer and inner, attempts that failed included.

    Attributes:
        does: the part of the instruction in the life of a DAO.
        name: of the instruction.
        caller: the key in the caller's place; who paid, where the rule names no place.
        proposal: what it is about; empty where it is about none.
        took_effect: its transaction succeeded.
        blamed: its transaction failed, and this is the instruction that did.
        slot, time: of the transaction; Unix seconds, None where the node kept none.
        deed: number of the transaction in the history.
        place: of the instruction in its transaction.
        tokens: the token account whose balance counts; empty where the rule names none.
        action: the instruction itself, looked up in the history.
        by: part → rows, in the order of the history.
        marks: which transactions hold more than instructions.
        unread: why an instruction about the DAO may be missing; empty where none can.
    """

    __slots__ = (
        "_order", "action", "blamed", "by", "caller", "deed", "does", "marks", "name", "place",
        "proposal", "slot", "time", "tokens", "took_effect", "unread",
    )  # fmt: skip

    def __init__(self, history: DaoHistory) -> None:
        self.does: list[str] = []
        self.name: list[str] = []
        self.caller: list[str] = []
        self.proposal: list[str] = []
        self.place: list[str] = []
        self.tokens: list[str] = []
        self.took_effect: list[bool] = []
        self.blamed: list[bool] = []
        self.slot = array("Q")
        self.time = _Times()
        self.deed = array("q")
        #: Which of its transaction's actions each one is.
        self._order = array("q")
        self.action: Sequence[Action] = _Actions(history, self.deed, self._order)
        self.by: dict[str, array[int]] = {}
        self.marks = Marks()
        self.unread = ""

    def __len__(self) -> int:
        return len(self.does)

    def of(self, *does: str) -> Sequence[int]:
        """The rows of some parts, in the order of the history."""
        if len(does) == 1:
            return self.by.get(does[0], ())
        return sorted(row for one in does for row in self.by.get(one, ()))

    def add(
        self, deed: Deed, number: int, order: int, rule: InstructionRule | None, blamed: bool,
        kept: Callable[[str], str],
    ) -> None:  # fmt: skip
        """Add an instruction: the ``order``-th action of transaction ``number``.

        Args:
            kept: gives the one copy of a text that is kept.
        """
        action, row = deed.actions[order], len(self.does)
        does = rule.does if rule is not None else ""
        caller = action.accounts.get(rule.signer) if rule is not None else None
        tokens = action.accounts.get(rule.tokens) if rule is not None else None
        rows = self.by.get(does)
        if rows is None:
            rows = self.by[does] = array("q")
        rows.append(row)
        self.does.append(does)
        self.name.append(kept(action.name or ""))
        self.caller.append(kept(caller or deed.fee_payer))
        self.proposal.append(kept(action.proposal or ""))
        self.place.append(kept(action.place))
        self.tokens.append(kept(tokens or ""))
        self.took_effect.append(action.took_effect)
        self.blamed.append(blamed)
        self.slot.append(deed.slot)
        self.time.append(deed.block_time)
        self.deed.append(number)
        self._order.append(order)


def calls_of(
    history: DaoHistory,
    rules: Mapping[str, InstructionRule],
    proposals: Collection[str],
    mint: str | None = None,
) -> Calls:
    """The instructions about a DAO: those that name it or one of its proposals.

    Args:
        mint: the token that votes, for the marks.
    """
    found = Calls(history)
    own = {history.dao, history.treasury, *proposals}
    funds = {one.address for one in history.of_role("treasury", "token account")}
    texts: dict[str, str] = {}

    def kept(text: str) -> str:
        return texts.setdefault(text, text)

    for number, deed in enumerate(history.deeds):
        _mark(found.marks, number, deed, rules, funds, mint)
        if deed.gap and not found.unread:
            found.unread = f"{deed.signature}: {deed.gap}"
        blamed = _blamed(deed)
        for order, action in enumerate(deed.actions):
            if action.kind is ActionKind.UNKNOWN_INSTRUCTION:
                # A program can change no account that the instruction does not name.
                if not found.unread and not own.isdisjoint(action.extra):
                    found.unread = (
                        f"{deed.signature} holds an instruction that is not known: {action.fault}"
                    )
                continue
            if action.kind is not ActionKind.INSTRUCTION:
                continue
            if action.dao != history.dao and action.proposal not in proposals:
                continue
            rule = rules.get(action.name or "")
            found.add(deed, number, order, rule, action is blamed, kept)
    return found


def _mark(
    marks: Marks,
    number: int,
    deed: Deed,
    rules: Mapping[str, InstructionRule],
    funds: Collection[str],
    mint: str | None,
) -> None:
    if deed.gap:
        marks.gaps.append(number)
    if deed.powers:
        marks.powers.append(number)
    if deed.transfers:
        if any(one.source in funds for one in deed.transfers):
            marks.leaving.append(number)
        if any(one.kind == "token" and one.mint in (mint, None) for one in deed.transfers):
            marks.moving.append(number)
    if any(pays(action, rules) for action in deed.actions):
        marks.paying.append(number)


def _blamed(deed: Deed) -> Action | None:
    """The instruction of the DAO's program that failed; the first one where it lies deeper."""
    if deed.succeeded:
        return None
    mine = [one for one in deed.actions if one.kind is ActionKind.INSTRUCTION]
    place = deed.failure.place if deed.failure is not None else None
    return next((one for one in mine if one.place == place), mine[0] if mine else None)
