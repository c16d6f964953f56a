"""What a transaction asked of the program, and what the program said happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final

from privatedao_audit.chain.anchor.events import EVENT_CPI_TAG, events
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.transactions import Instruction, Transaction
from privatedao_audit.protocols.conduct import Action, ActionKind, Actions
from privatedao_audit.protocols.privatedao.interface import interface, plain

__all__ = ["actions"]

_WIDTH: Final = 8
#: sha256("anchor:idl")[:8] read as a u64 and written little-endian: the framework's own
#: instructions for an IDL account (Anchor, lang/src/idl.rs).
_IDL_TAG: Final = bytes.fromhex("40f4bc78a7e9690a")


def actions(transaction: Transaction, program: str) -> Actions:
    """Every instruction of ``program`` and every event that it emitted.

    An event that names no DAO gets the one that an instruction of the same transaction names
    beside the same proposal. Nothing is dropped: what can not be read is listed with the reason.
    """
    if program not in transaction.account_keys:
        # A program that is no account of a transaction can not run in it.
        return Actions((), True, None)
    found = [
        _instruction(transaction, item)
        for item in transaction.instructions
        # A self-call that carries an event is listed as that event, when it took effect.
        if item.program == program
        and not (transaction.succeeded and item.data.startswith(EVENT_CPI_TAG))
    ]
    missing = [] if transaction.inner_recorded else ["the node kept no inner instructions"]
    emitted = events(transaction, {program: interface()})
    for event in emitted.found:
        decoded = event.decoded
        fault = None if decoded.is_exact else f"{len(decoded.trailing)} bytes follow its fields"
        found.append(
            _base(transaction, program, event.place, ActionKind.EVENT)(
                name=decoded.name,
                discriminator=interface().discriminator("event", decoded.name).hex(),
                fields=plain(decoded.fields),
                dao=decoded.fields.get("dao"),
                proposal=decoded.fields.get("proposal"),
                fault=fault,
            )
        )
    for unknown in emitted.unknown:
        found.append(
            _base(transaction, program, unknown.place, ActionKind.UNKNOWN_EVENT)(
                discriminator=unknown.data[:_WIDTH].hex(), fault=unknown.why
            )
        )
    if emitted.why is not None and emitted.why not in missing:
        missing.append(emitted.why)
    # events() names lost inner instructions too; said once.
    why = "; ".join(dict.fromkeys("; ".join(missing).split("; "))) if missing else None
    return Actions(tuple(_bound(found)), why is None, why)


def _base(
    transaction: Transaction, program: str, place: str, kind: ActionKind
) -> Callable[..., Action]:
    """A maker of actions that stand at ``place``; what is not given is empty."""
    nothing: dict[str, Any] = {
        "name": None, "discriminator": "", "callers": None, "accounts": {}, "extra": (),
        "signers": {}, "fields": {}, "dao": None, "proposal": None, "fault": None,
    }  # fmt: skip

    def make(**given: Any) -> Action:
        return Action(
            kind=kind,
            program=program,
            signature=transaction.signature,
            slot=transaction.slot,
            block_time=transaction.block_time,
            place=place,
            took_effect=transaction.succeeded,
            **{**nothing, **given},
        )

    return make


def _instruction(transaction: Transaction, item: Instruction) -> Action:
    try:
        callers: tuple[str, ...] | None = transaction.callers(item)
    except ValueError:
        callers = None
    discriminator = item.data[:_WIDTH]
    name = _names().get(discriminator)
    common = {"callers": callers, "discriminator": discriminator.hex()}
    if name is None:
        fault = "the interface has no instruction of this discriminator"
        if discriminator == _IDL_TAG:
            fault = "the framework's own instruction about an IDL account"
        return _base(transaction, item.program, item.place, ActionKind.UNKNOWN_INSTRUCTION)(
            **common,
            extra=item.accounts,
            signers=_extra_signers(transaction, item.accounts),
            fault=fault,
        )
    faults = []
    fields: dict[str, Any] = {}
    try:
        decoded = interface().instruction(item.data)
        fields = plain(decoded.fields)
        if not decoded.is_exact:
            faults.append(f"{len(decoded.trailing)} bytes follow its arguments")
    except DecodeError as error:
        faults.append(str(error))
    names = interface().account_names(name)
    accounts = dict(zip(names, item.accounts, strict=False))
    extra = item.accounts[len(names) :]
    if len(item.accounts) < len(names):
        faults.append(f"{len(item.accounts)} accounts, the instruction takes {len(names)}")
    return _base(transaction, item.program, item.place, ActionKind.INSTRUCTION)(
        **common,
        name=name,
        accounts=accounts,
        extra=extra,
        signers=_signers(transaction, name, accounts) | _extra_signers(transaction, extra),
        fields=fields,
        dao=accounts.get("dao"),
        proposal=accounts.get("proposal"),
        fault="; ".join(faults) or None,
    )


def _signers(
    transaction: Transaction, name: str, accounts: dict[str, str]
) -> dict[str, str]:
    """Those accounts that must sign, and did.

    In a transaction that failed an account can stand in a signer's place without its signature;
    in one that succeeded a program may have signed for an address of its own.
    """
    must = _must_sign()[name]
    return {
        role: key
        for role, key in accounts.items()
        if role in must and (transaction.succeeded or key in transaction.signers)
    }


def _extra_signers(transaction: Transaction, extra: tuple[str, ...]) -> dict[str, str]:
    """Further signers of the transaction that were handed on, e.g. attestors."""
    return {
        f"extra {number}": key
        for number, key in enumerate(extra)
        if key in transaction.signers
    }


def _bound(found: list[Action]) -> list[Action]:
    """The same with the DAO filled in where another action of the transaction tells it."""
    daos: dict[str, set[str]] = {}
    for action in found:
        if action.proposal is not None and action.dao is not None:
            daos.setdefault(action.proposal, set()).add(action.dao)
    bound = []
    for action in found:
        known = daos.get(action.proposal or "", set())
        if action.dao is None and len(known) == 1:
            action = replace(action, dao=next(iter(known)))
        bound.append(action)
    return bound


@cache
def _names() -> dict[bytes, str]:
    known = interface()
    return {known.discriminator("instruction", n): n for n in known.names("instruction")}


@cache
def _must_sign() -> dict[str, frozenset[str]]:
    return {
        item.name: frozenset(account.name for account in item.accounts if account.signer)
        for item in interface().idl.instructions
    }
