"""The multisig's own account: its state, its addresses, its bytes.

Source: Squads-Protocol/v4, state/multisig.rs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cached_property

from solders.pubkey import Pubkey

from . import addresses, borsh

INITIATE, VOTE, EXECUTE = 1, 2, 4
ALL = INITIATE | VOTE | EXECUTE

GROWTH = 10
"""An account that is too small for its members grows by room for ten at least."""

_HEAD = 132
"""Bytes before the members, with the rent collector's 32 always counted."""

_MEMBER = 33


@dataclass(frozen=True)
class Member:
    """A member and what it may do: the sum of INITIATE, VOTE and EXECUTE."""

    key: Pubkey
    mask: int = ALL

    def encode(self) -> bytes:
        """32 bytes and the mask."""
        return bytes(self.key) + bytes([self.mask])


@dataclass(frozen=True)
class Multisig:
    """A multisig's state. `time_lock` in seconds; None of `config_authority`: it rules itself.

    `spare_members`: room left in the account, as members that went leave it behind.
    """

    create_key: Pubkey
    members: tuple[Member, ...]
    threshold: int
    time_lock: int = 0
    config_authority: Pubkey | None = None
    rent_collector: Pubkey | None = None
    transaction_index: int = 0
    stale_transaction_index: int = 0
    spare_members: int = 0

    @cached_property
    def _address_and_bump(self) -> tuple[Pubkey, int]:
        return addresses.derive(addresses.multisig_seeds(self.create_key))

    @property
    def address(self) -> Pubkey:
        """The account that holds this state. It holds no authority itself: a vault does."""
        return self._address_and_bump[0]

    @property
    def room(self) -> int:
        """Bytes of the account."""
        return _HEAD + _MEMBER * (len(self.members) + self.spare_members)

    def vault(self, index: int = 0) -> Pubkey:
        """The address that votes move: upgrade authority and purse."""
        return addresses.derive(addresses.vault_seeds(self.address, index))[0]

    def transaction(self, index: int) -> Pubkey:
        """The account of the transaction that was proposed as number `index`."""
        return addresses.derive(addresses.transaction_seeds(self.address, index))[0]

    def proposal(self, index: int) -> Pubkey:
        """The account that counts the votes on transaction `index`."""
        return addresses.derive(addresses.proposal_seeds(self.address, index))[0]

    def spending_limit(self, create_key: Pubkey) -> Pubkey:
        """The account of the spending limit made under `create_key`."""
        return addresses.derive(addresses.spending_limit_seeds(self.address, create_key))[0]

    def member(self, key: Pubkey) -> Member | None:
        """The member with this key, None if it is none."""
        return next((one for one in self.members if one.key == key), None)

    def count(self, permission: int) -> int:
        """How many members have a permission."""
        return sum(1 for one in self.members if one.mask & permission)

    def with_members(self, members: tuple[Member, ...]) -> Multisig:
        """The same with other members, in the same account: `fitted` makes it grow if it must."""
        room = len(self.members) + self.spare_members
        return replace(self, members=members, spare_members=room - len(members))

    def fitted(self) -> Multisig:
        """The same in an account that is long enough."""
        if self.spare_members >= 0:
            return self
        return replace(self, spare_members=max(0, GROWTH + self.spare_members))

    def content(self) -> bytes:
        """The bytes the program writes. The account may be longer.

        An absent rent collector takes one byte, not 33, and moves all after it; the account is
        sized as if it were there.
        """
        ruler = self.config_authority
        content = borsh.account_discriminator("Multisig") + bytes(self.create_key)
        content += bytes(borsh.KEY) if ruler is None else bytes(ruler)
        content += struct.pack(
            "<HIQQ",
            self.threshold,
            self.time_lock,
            self.transaction_index,
            self.stale_transaction_index,
        )
        content += borsh.optional_key(self.rent_collector)
        content += struct.pack("<BI", self._address_and_bump[1], len(self.members))
        ordered = sorted(self.members, key=lambda one: bytes(one.key))
        return content + b"".join(one.encode() for one in ordered)

    def encode(self) -> bytes:
        """The account's bytes, as they are when nothing longer stood there before."""
        return self.content().ljust(self.room, b"\0")
