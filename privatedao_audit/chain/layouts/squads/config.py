"""How a Squads v4 multisig changes, and who may spend without votes.

Sources: Squads-Protocol/v4, programs/squads_multisig_program/src/state/{config_transaction,
spending_limit,program_config}.rs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import squads_spending_limit
from privatedao_audit.chain.borsh import Cursor
from privatedao_audit.chain.layouts.common import (
    account_discriminator,
    choice,
    keys,
    open_account,
    option_key,
    zero_is_none,
)
from privatedao_audit.chain.layouts.squads.multisig import ALL_PERMISSIONS, Member

__all__ = [
    "PERIODS",
    "PERIOD_SECONDS",
    "AddMember",
    "AddSpendingLimit",
    "ChangeThreshold",
    "ConfigAction",
    "ConfigTransaction",
    "ProgramConfig",
    "RemoveMember",
    "RemoveSpendingLimit",
    "SetRentCollector",
    "SetTimeLock",
    "SpendingLimit",
    "decode_config_transaction",
    "decode_program_config",
    "decode_spending_limit",
]

PERIODS: Final = ("once", "day", "week", "month")

#: Seconds after which a limit is whole again; the program counts a month as 30 days.
PERIOD_SECONDS: Final = {"once": None, "day": 86_400, "week": 604_800, "month": 2_592_000}


@dataclass(frozen=True, slots=True)
class AddMember:
    """A new key with its permission mask, or more permissions for one that is there."""

    member: Member


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """A key leaves the multisig. Spending limits that name it stay."""

    key: str


@dataclass(frozen=True, slots=True)
class ChangeThreshold:
    """Another number of votes."""

    threshold: int


@dataclass(frozen=True, slots=True)
class SetTimeLock:
    """Another lock, in seconds."""

    time_lock: int


@dataclass(frozen=True, slots=True)
class AddSpendingLimit:
    """``members`` may send ``amount`` per period from a vault with no vote and no time lock.

    ``mint`` None is SOL, and the amount lamports; else the mint's base units. No
    ``destinations`` means to anybody.
    """

    create_key: str
    vault_index: int
    mint: str | None
    amount: int
    period: str
    members: tuple[str, ...]
    destinations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveSpendingLimit:
    """The spending limit at that address ends."""

    spending_limit: str


@dataclass(frozen=True, slots=True)
class SetRentCollector:
    """Who gets the rent of closed accounts; None: they can't be closed."""

    rent_collector: str | None


ConfigAction = (
    AddMember | RemoveMember | ChangeThreshold | SetTimeLock | AddSpendingLimit
    | RemoveSpendingLimit | SetRentCollector
)


@dataclass(frozen=True, slots=True)
class ConfigTransaction:
    """Changes to the multisig itself, run together when approved."""

    multisig: str
    creator: str
    index: int
    bump: int
    actions: tuple[ConfigAction, ...]


@dataclass(frozen=True, slots=True)
class SpendingLimit:
    """A standing permission to spend from a vault without votes and without time lock.

    ``mint`` None is SOL. ``amount`` and ``remaining`` are lamports or the mint's base units,
    ``last_reset`` a Unix time in seconds. Any one of ``members`` may use it, also after leaving
    the multisig; no ``destinations`` means to anybody.
    """

    multisig: str
    create_key: str
    vault_index: int
    mint: str | None
    amount: int
    period: str
    remaining: int
    last_reset: int
    bump: int
    members: tuple[str, ...]
    destinations: tuple[str, ...]

    def rederives(self, address: str, program: str = programs.SQUADS_V4) -> bool:
        """Whether ``address`` is where this multisig and create key lead."""
        return squads_spending_limit(self.multisig, self.create_key, program) == (
            address, self.bump,
        )


@dataclass(frozen=True, slots=True)
class ProgramConfig:
    """The program's own settings: who may change them, and what a new multisig costs.

    ``creation_fee`` in lamports. ``reserved_nonzero``: the space kept for later is in use, by a
    version of the program that this decoder does not know.
    """

    authority: str
    creation_fee: int
    treasury: str
    reserved_nonzero: bool = False


def read_member(cursor: Cursor, name: str) -> Member:
    """A key and its mask; DecodeError for unknown permission bits."""
    key = cursor.pubkey(f"{name}.key")
    start = cursor.offset
    mask = cursor.u8(f"{name}.permissions")
    if mask & ~ALL_PERMISSIONS:
        raise cursor.error(f"{name}.permissions", f"mask {mask} has unknown bits", start)
    return Member(key, mask)


def read_spending_limit(cursor: Cursor, name: str) -> AddSpendingLimit:
    """The fields of a new limit, in the order of the action and of the instruction."""
    return AddSpendingLimit(
        create_key=cursor.pubkey(f"{name}.create_key"),
        vault_index=cursor.u8(f"{name}.vault_index"),
        mint=zero_is_none(cursor.pubkey(f"{name}.mint")),
        amount=cursor.u64(f"{name}.amount"),
        period=choice(cursor, f"{name}.period", PERIODS),
        members=keys(cursor, f"{name}.members"),
        destinations=keys(cursor, f"{name}.destinations"),
    )


def read_actions(cursor: Cursor) -> tuple[ConfigAction, ...]:
    """A vector of config actions; DecodeError for an unknown one, never skipped."""
    actions: list[ConfigAction] = []
    for number in range(cursor.vec_length("actions", 2)):
        actions.append(_action(cursor, f"actions[{number}]"))
    return tuple(actions)


def _action(cursor: Cursor, name: str) -> ConfigAction:
    start = cursor.offset
    match cursor.u8(name):
        case 0:
            return AddMember(read_member(cursor, name))
        case 1:
            return RemoveMember(cursor.pubkey(f"{name}.old_member"))
        case 2:
            return ChangeThreshold(cursor.u16(f"{name}.new_threshold"))
        case 3:
            return SetTimeLock(cursor.u32(f"{name}.new_time_lock"))
        case 4:
            return read_spending_limit(cursor, name)
        case 5:
            return RemoveSpendingLimit(cursor.pubkey(f"{name}.spending_limit"))
        case 6:
            return SetRentCollector(option_key(cursor, f"{name}.new_rent_collector"))
        case tag:
            raise cursor.error(name, f"unknown action {tag}, known are 0 to 6", start)


def decode_config_transaction(
    owner: str, data: bytes, *, program: str = programs.SQUADS_V4
) -> ConfigTransaction:
    """A ConfigTransaction account. Raises DecodeError; the tail must be zero."""
    cursor = open_account(
        owner, data, layout="squads v4 config transaction", program=program,
        discriminator=account_discriminator("ConfigTransaction"),
    )
    found = ConfigTransaction(
        multisig=cursor.pubkey("multisig"),
        creator=cursor.pubkey("creator"),
        index=cursor.u64("index"),
        bump=cursor.u8("bump"),
        actions=read_actions(cursor),
    )
    cursor.expect_zero_tail()
    return found


def decode_spending_limit(
    owner: str, data: bytes, *, program: str = programs.SQUADS_V4
) -> SpendingLimit:
    """A SpendingLimit account. Raises DecodeError; the tail must be zero."""
    cursor = open_account(
        owner, data, layout="squads v4 spending limit", program=program,
        discriminator=account_discriminator("SpendingLimit"),
    )
    found = SpendingLimit(
        multisig=cursor.pubkey("multisig"),
        create_key=cursor.pubkey("create_key"),
        vault_index=cursor.u8("vault_index"),
        mint=zero_is_none(cursor.pubkey("mint")),
        amount=cursor.u64("amount"),
        period=choice(cursor, "period", PERIODS),
        remaining=cursor.u64("remaining_amount"),
        last_reset=cursor.i64("last_reset"),
        bump=cursor.u8("bump"),
        members=keys(cursor, "members", distinct=True),
        destinations=keys(cursor, "destinations"),
    )
    cursor.expect_zero_tail()
    return found


def decode_program_config(
    owner: str, data: bytes, *, program: str = programs.SQUADS_V4
) -> ProgramConfig:
    """The ProgramConfig account. Raises DecodeError."""
    cursor = open_account(
        owner, data, layout="squads v4 program config", program=program,
        discriminator=account_discriminator("ProgramConfig"),
    )
    authority = cursor.pubkey("authority")
    fee = cursor.u64("multisig_creation_fee")
    treasury = cursor.pubkey("treasury")
    reserved = cursor.fixed(64, "reserved")
    cursor.expect_zero_tail()
    return ProgramConfig(authority, fee, treasury, reserved_nonzero=any(reserved))
