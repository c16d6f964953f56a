"""The instructions about one DAO, by columns.

One walk over the transactions lays them out; every detector then walks over lists of plain values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from privatedao_audit.history.facts import DaoHistory, Deed
from privatedao_audit.protocols.conduct import Action, ActionKind, InstructionRule

__all__ = ["Calls", "calls_of"]


@dataclass(slots=True)
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
        action: the instruction itself.
        by: part → rows, in the order of the history.
        unread: why an instruction about the DAO may be missing; empty where none can.
    """

    does: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    caller: list[str] = field(default_factory=list)
    proposal: list[str] = field(default_factory=list)
    took_effect: list[bool] = field(default_factory=list)
    blamed: list[bool] = field(default_factory=list)
    slot: list[int] = field(default_factory=list)
    time: list[int | None] = field(default_factory=list)
    deed: list[int] = field(default_factory=list)
    action: list[Action] = field(default_factory=list)
    by: dict[str, list[int]] = field(default_factory=dict)
    unread: str = ""

    def __len__(self) -> int:
        return len(self.does)

    def of(self, *does: str) -> list[int]:
        """The rows of some parts, in the order of the history."""
        if len(does) == 1:
            return self.by.get(does[0], [])
        return sorted(row for one in does for row in self.by.get(one, ()))


def calls_of(
    history: DaoHistory, rules: Mapping[str, InstructionRule], proposals: Collection[str]
) -> Calls:
    """The instructions about a DAO: those that name it or one of its proposals."""
    found = Calls()
    own = {history.dao, history.treasury, *proposals}
    for number, deed in enumerate(history.deeds):
        if deed.gap and not found.unread:
            found.unread = f"{deed.signature}: {deed.gap}"
        blamed = _blamed(deed)
        for action in deed.actions:
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
            _row(found, number, deed, action, rules, action is blamed)
    return found


def _row(
    found: Calls,
    number: int,
    deed: Deed,
    action: Action,
    rules: Mapping[str, InstructionRule],
    blamed: bool,
) -> None:
    name = action.name or ""
    rule = rules.get(name)
    does = rule.does if rule is not None else ""
    caller = action.accounts.get(rule.signer) if rule is not None else None
    found.by.setdefault(does, []).append(len(found.does))
    found.does.append(does)
    found.name.append(name)
    found.caller.append(caller or deed.fee_payer)
    found.proposal.append(action.proposal or "")
    found.took_effect.append(action.took_effect)
    found.blamed.append(blamed)
    found.slot.append(deed.slot)
    found.time.append(deed.block_time)
    found.deed.append(number)
    found.action.append(action)


def _blamed(deed: Deed) -> Action | None:
    """The instruction of the DAO's program that failed; the first one where it lies deeper."""
    if deed.succeeded:
        return None
    mine = [one for one in deed.actions if one.kind is ActionKind.INSTRUCTION]
    place = deed.failure.place if deed.failure is not None else None
    return next((one for one in mine if one.place == place), mine[0] if mine else None)
