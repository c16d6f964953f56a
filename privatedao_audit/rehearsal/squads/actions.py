"""What a config transaction of Squads v4 may do to its multisig, and how each is written.

A tag u8 and the fields. Source: Squads-Protocol/v4, state/config_transaction.rs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from solders.pubkey import Pubkey

from . import borsh
from .state import Member

DAY = 86_400


class Period(IntEnum):
    """How often a spending limit fills up again."""

    ONE_TIME = 0
    DAY = 1
    WEEK = 2
    MONTH = 3

    @property
    def seconds(self) -> int | None:
        """Seconds of a period (a month has 30 days); None for a limit that never fills again."""
        return {1: DAY, 2: 7 * DAY, 3: 30 * DAY}.get(self.value)


@dataclass(frozen=True)
class AddMember:
    """Let `member` in. Makes all earlier transactions stale."""

    member: Member

    def encode(self) -> bytes:
        """Tag 0."""
        return b"\0" + self.member.encode()


@dataclass(frozen=True)
class RemoveMember:
    """Take a member out. Makes all earlier transactions stale."""

    key: Pubkey

    def encode(self) -> bytes:
        """Tag 1."""
        return b"\1" + bytes(self.key)


@dataclass(frozen=True)
class ChangeThreshold:
    """Ask for another number of approvals. Makes all earlier transactions stale."""

    threshold: int

    def encode(self) -> bytes:
        """Tag 2."""
        return struct.pack("<BH", 2, self.threshold)


@dataclass(frozen=True)
class SetTimeLock:
    """Wait another number of seconds after approval. Makes all earlier transactions stale."""

    seconds: int

    def encode(self) -> bytes:
        """Tag 3."""
        return struct.pack("<BI", 3, self.seconds)


@dataclass(frozen=True)
class AddSpendingLimit:
    """Let `members` pay up to `amount` per period out of a vault, with no votes and no wait.

    `mint`: None means SOL, and `amount` lamports. No `destinations`: to anyone.
    """

    create_key: Pubkey
    amount: int
    members: tuple[Pubkey, ...]
    destinations: tuple[Pubkey, ...] = ()
    period: Period = Period.ONE_TIME
    vault_index: int = 0
    mint: Pubkey | None = None

    def arguments(self) -> bytes:
        """The fields, in the order that the instruction for controlled multisigs has too."""
        mint = bytes(borsh.KEY) if self.mint is None else bytes(self.mint)
        head = bytes(self.create_key) + bytes([self.vault_index]) + mint
        head += struct.pack("<QB", self.amount, self.period)
        return head + borsh.keys(self.members) + borsh.keys(self.destinations)

    def encode(self) -> bytes:
        """Tag 4."""
        return b"\4" + self.arguments()


@dataclass(frozen=True)
class RemoveSpendingLimit:
    """Close the spending limit at address `limit`."""

    limit: Pubkey

    def encode(self) -> bytes:
        """Tag 5."""
        return b"\5" + bytes(self.limit)


@dataclass(frozen=True)
class SetRentCollector:
    """Name who gets the rent of closed accounts; None: none are closed. Makes nothing stale."""

    collector: Pubkey | None

    def encode(self) -> bytes:
        """Tag 6."""
        return b"\6" + borsh.optional_key(self.collector)


Action = (
    AddMember
    | RemoveMember
    | ChangeThreshold
    | SetTimeLock
    | AddSpendingLimit
    | RemoveSpendingLimit
    | SetRentCollector
)


def encode_all(actions: tuple[Action, ...]) -> bytes:
    """vec<action>: a u32 count and the actions."""
    return borsh.u32(len(actions)) + b"".join(one.encode() for one in actions)
