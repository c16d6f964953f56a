"""The other accounts of Squads v4: proposals, transactions, spending limits, batches, config.

Each `encode` gives the account's bytes; those of a proposal are what the program writes, and its
account is `size` long. Source: Squads-Protocol/v4, programs/squads_multisig_program/src/state.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from solders.pubkey import Pubkey

from . import borsh
from .actions import Action, Period, encode_all
from .message import StoredMessage

_RESERVED = 64


class Status(IntEnum):
    """Where a proposal stands. The program no longer sets EXECUTING, which has no timestamp."""

    DRAFT = 0
    ACTIVE = 1
    REJECTED = 2
    APPROVED = 3
    EXECUTING = 4
    EXECUTED = 5
    CANCELLED = 6


@dataclass(frozen=True)
class Proposal:
    """The votes on one transaction.

    `timestamp`: unix seconds since when `status` holds, so that Executed overwrites the moment of
    approval; None for EXECUTING only. The votes are sorted by key.
    """

    multisig: Pubkey
    index: int
    status: Status
    timestamp: int | None
    bump: int
    approved: tuple[Pubkey, ...] = ()
    rejected: tuple[Pubkey, ...] = ()
    cancelled: tuple[Pubkey, ...] = ()

    @staticmethod
    def size(members: int) -> int:
        """Bytes of the account: room for every member in each of the three lists."""
        return 70 + 3 * borsh.KEY * members

    def encode(self) -> bytes:
        """The bytes the program writes. Raises ValueError for a timestamp too many or missing."""
        if (self.timestamp is None) != (self.status is Status.EXECUTING):
            raise ValueError(f"a timestamp of {self.timestamp} does not go with {self.status.name}")
        content = borsh.account_discriminator("Proposal") + bytes(self.multisig)
        content += struct.pack("<QB", self.index, self.status)
        if self.timestamp is not None:
            content += struct.pack("<q", self.timestamp)
        content += bytes([self.bump])
        votes = (self.approved, self.rejected, self.cancelled)
        return content + b"".join(borsh.keys(sorted(one, key=bytes)) for one in votes)


@dataclass(frozen=True)
class VaultTransaction:
    """Instructions that a vault will sign once its proposal is approved."""

    multisig: Pubkey
    creator: Pubkey
    index: int
    bump: int
    vault_index: int
    vault_bump: int
    message: StoredMessage
    ephemeral_bumps: bytes = b""

    def encode(self) -> bytes:
        """The account's bytes, all of them."""
        content = borsh.account_discriminator("VaultTransaction")
        content += bytes(self.multisig) + bytes(self.creator)
        content += struct.pack("<QBBB", self.index, self.bump, self.vault_index, self.vault_bump)
        return content + borsh.octets(self.ephemeral_bumps) + self.message.encode()


@dataclass(frozen=True)
class ConfigTransaction:
    """Changes to the multisig itself, once their proposal is approved."""

    multisig: Pubkey
    creator: Pubkey
    index: int
    bump: int
    actions: tuple[Action, ...]

    def encode(self) -> bytes:
        """The account's bytes, all of them."""
        content = borsh.account_discriminator("ConfigTransaction")
        content += bytes(self.multisig) + bytes(self.creator)
        return content + struct.pack("<QB", self.index, self.bump) + encode_all(self.actions)


@dataclass(frozen=True)
class SpendingLimit:
    """What some keys may pay out of a vault without a vote.

    `amount`, `remaining`: raw units of `mint`, lamports where it is None. `last_reset`: unix
    seconds. `members` need not be members of the multisig.
    """

    multisig: Pubkey
    create_key: Pubkey
    vault_index: int
    mint: Pubkey | None
    amount: int
    period: Period
    remaining: int
    last_reset: int
    bump: int
    members: tuple[Pubkey, ...]
    destinations: tuple[Pubkey, ...] = ()

    def encode(self) -> bytes:
        """The account's bytes, all of them."""
        content = borsh.account_discriminator("SpendingLimit")
        content += bytes(self.multisig) + bytes(self.create_key) + bytes([self.vault_index])
        content += bytes(borsh.KEY) if self.mint is None else bytes(self.mint)
        content += struct.pack("<QBQq", self.amount, self.period, self.remaining, self.last_reset)
        content += bytes([self.bump])
        members = sorted(self.members, key=bytes)
        return content + borsh.keys(members) + borsh.keys(self.destinations)


@dataclass(frozen=True)
class Batch:
    """A transaction in several parts, each in a `BatchTransaction` of its own."""

    multisig: Pubkey
    creator: Pubkey
    index: int
    bump: int
    vault_index: int
    vault_bump: int
    size: int = 0
    executed: int = 0

    def encode(self) -> bytes:
        """The account's bytes, all of them."""
        content = borsh.account_discriminator("Batch") + bytes(self.multisig) + bytes(self.creator)
        content += struct.pack("<QBBB", self.index, self.bump, self.vault_index, self.vault_bump)
        return content + struct.pack("<II", self.size, self.executed)


@dataclass(frozen=True)
class BatchTransaction:
    """One part of a batch. The program calls it VaultBatchTransaction."""

    bump: int
    message: StoredMessage
    ephemeral_bumps: bytes = b""

    def encode(self) -> bytes:
        """The account's bytes, all of them."""
        content = borsh.account_discriminator("VaultBatchTransaction") + bytes([self.bump])
        return content + borsh.octets(self.ephemeral_bumps) + self.message.encode()


@dataclass(frozen=True)
class ProgramConfig:
    """Who sets the price of a new multisig, the price in lamports, and who gets it."""

    authority: Pubkey
    treasury: Pubkey
    creation_fee: int = 0

    def encode(self) -> bytes:
        """The account's bytes, all of them."""
        content = borsh.account_discriminator("ProgramConfig") + bytes(self.authority)
        content += struct.pack("<Q", self.creation_fee) + bytes(self.treasury)
        return content + bytes(_RESERVED)
