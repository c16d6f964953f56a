"""The instructions of a transaction that change who decides over what.

Token accounts (delegate, close authority, owner, freeze), programs (upgrade authority), and the
configuration of multisigs, outer and inner. What could be one of these and can't be read is listed
as ``unknown``, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts import loader, squads
from privatedao_audit.chain.layouts.common import UnknownInstruction
from privatedao_audit.chain.layouts.squads import arguments as args
from privatedao_audit.chain.layouts.token import instructions as token
from privatedao_audit.chain.transactions import Instruction, Transaction

__all__ = ["Power", "PowerKind", "powers"]

#: What changes. ``config`` is a change of a multisig put to the vote, told by ``via``;
#: ``config executed`` says that what stands under ``via`` took effect.
PowerKind = Literal[
    "delegate", "revoke", "close authority", "owner", "freeze", "thaw",
    "upgrade authority", "program closed",
    "multisig created", "threshold", "time lock", "member added", "member removed",
    "config authority", "spending limit", "spending limit removed", "rent collector",
    "config executed", "unknown",
]  # fmt: skip

_TOKEN_PROGRAMS = (programs.TOKEN, programs.TOKEN_2022)
_POWERS: dict[str | None, PowerKind] = {
    "account-owner": "owner", "close-account": "close authority",
}  # fmt: skip
_SIMPLE: dict[str, PowerKind] = {
    "Approve": "delegate", "ApproveChecked": "delegate", "Revoke": "revoke",
    "FreezeAccount": "freeze", "ThawAccount": "thaw",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Power:
    """One change of who decides over something, in a transaction that succeeded.

    Attributes:
        place: of the instruction in its transaction.
        subject: the account that is decided over: token account, ProgramData or multisig; of an
            unknown instruction one of its accounts.
        holder: who holds it from now on, or which member comes or goes; None: nobody, or no key
            is concerned.
        amount: raw units that a delegate may spend, the new threshold, or the new time lock in
            seconds.
        by: who had to sign for it.
        via: the account of the multisig's transaction that holds the change; None where the
            instruction itself makes it.
        proposed: it is put to the vote only, and takes effect when ``via`` is executed.
    """

    place: str
    kind: PowerKind
    subject: str
    holder: str | None = None
    amount: int | None = None
    by: str | None = None
    via: str | None = None
    proposed: bool = False


def powers(transaction: Transaction, multisigs: Mapping[str, str]) -> tuple[Power, ...]:
    """Every change of power in a transaction that succeeded, in order of execution.

    Args:
        multisigs: multisig → the program that owns it; changes of others are left out.
    """
    if not transaction.succeeded:
        return ()
    found: list[Power] = []
    for item in transaction.instructions:
        if item.program in _TOKEN_PROGRAMS:
            found += _token(item)
        elif item.program == programs.LOADER_V3:
            found += _loader(item)
        elif item.program in multisigs.values():
            found += (one for one in _squads(item)
                      if multisigs.get(one.subject) == item.program)  # fmt: skip
    return tuple(found)


def _unread(item: Instruction) -> Iterator[Power]:
    for account in dict.fromkeys(item.accounts):
        yield Power(item.place, "unknown", account)


def _token(item: Instruction) -> Iterator[Power]:
    detail = token.decode_instruction(item.accounts, item.data)
    if isinstance(detail, UnknownInstruction) or detail.name == "Batch":
        yield from _unread(item)
        return
    if detail.name == "SetAuthority":
        power = _POWERS.get(detail.power)
        if power is not None:
            yield Power(item.place, power, str(detail.account("subject")),
                        detail.new_authority, by=detail.account("authority"))  # fmt: skip
        return
    kind = _SIMPLE.get(detail.name)
    if kind is not None:
        yield Power(
            item.place, kind, str(detail.account("source")), detail.account("delegate"),
            detail.amount, detail.account("authority"),
        )  # fmt: skip


def _loader(item: Instruction) -> Iterator[Power]:
    detail = loader.decode_instruction(item.accounts, item.data)
    if isinstance(detail, loader.UnknownLoaderInstruction):
        yield from _unread(item)
    elif detail.name in ("SetAuthority", "SetAuthorityChecked"):
        yield Power(item.place, "upgrade authority", str(detail.subject),
                    detail.new_authority, by=detail.authority)  # fmt: skip
    elif detail.name == "Close":
        yield Power(item.place, "program closed", str(detail.subject), by=detail.authority)


def _squads(item: Instruction) -> Iterator[Power]:
    detail = squads.decode_instruction(item.accounts, item.data, program=item.program)
    if isinstance(detail, UnknownInstruction):
        yield from _unread(item)
        return
    multisig = detail.account("multisig")
    if multisig is None:
        return
    given, by = detail.arguments, detail.actor
    if isinstance(given, args.CreateMultisig):
        yield Power(item.place, "multisig created", multisig, given.config_authority,
                    given.threshold, by)  # fmt: skip
    elif isinstance(given, args.CreateConfigTransaction):
        for action in given.actions:
            yield _change(item, multisig, action, by, detail.account("transaction"))
    elif isinstance(given, args.ConfigChange):
        yield _change(item, multisig, given.change, by, None)
    elif detail.name == "multisig_remove_spending_limit":
        limit = detail.account("spending_limit")
        yield Power(item.place, "spending limit removed", multisig, limit, by=by)
    elif detail.name == "config_transaction_execute":
        yield Power(item.place, "config executed", multisig, by=by,
                    via=detail.account("transaction"))  # fmt: skip


def _change(
    item: Instruction, multisig: str, change: args.Change | squads.RemoveSpendingLimit,
    by: str | None, via: str | None,
) -> Power:  # fmt: skip
    def told(kind: PowerKind, holder: str | None = None, amount: int | None = None) -> Power:
        return Power(item.place, kind, multisig, holder, amount, by, via, via is not None)

    match change:
        case squads.AddMember():
            return told("member added", change.member.key)
        case squads.RemoveMember():
            return told("member removed", change.key)
        case squads.ChangeThreshold():
            return told("threshold", amount=change.threshold)
        case squads.SetTimeLock():
            return told("time lock", amount=change.time_lock)
        case args.SetConfigAuthority():
            return told("config authority", change.config_authority)
        case squads.AddSpendingLimit():
            return told("spending limit", change.members[0] if change.members else None,
                        change.amount)  # fmt: skip
        case squads.RemoveSpendingLimit():
            return told("spending limit removed", change.spending_limit)
        case squads.SetRentCollector():
            return told("rent collector", change.rent_collector)
        case _:
            assert_never(change)
