"""Squads v4 multisigs for the local chain: accounts in their real layout, and a stand-in program.

The real Squads program is not redistributed here. In its place, at its own id, stands the
stand-in program, which signs for vaults as the real one does (same seeds, same inner
instruction, same discriminator on the outer one) but counts no votes and waits for no time lock:
who may execute what is for the rehearsal's script to respect. The account is written by this
module alone, apart from the decoder of `privatedao_audit.chain`. Layout and seeds:
Squads-Protocol/v4, programs/squads_multisig_program/src/state.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from . import loader, standin
from .node import LocalNode

SQUADS = Pubkey.from_string("SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf")

INITIATE, VOTE, EXECUTE = 1, 2, 4
ALL = INITIATE | VOTE | EXECUTE

_SEED = b"multisig"
_ACCOUNT_DISCRIMINATOR = sha256(b"account:Multisig").digest()[:8]
_EXECUTE_DISCRIMINATOR = sha256(b"global:vault_transaction_execute").digest()[:8]
_KEY = 32
_MEMBER = 33


@dataclass(frozen=True)
class Member:
    """A member and what it may do: the sum of INITIATE, VOTE and EXECUTE."""

    key: Pubkey
    mask: int = ALL


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
        return Pubkey.find_program_address([_SEED, _SEED, bytes(self.create_key)], SQUADS)

    @property
    def address(self) -> Pubkey:
        """The account that holds this state. It holds no authority itself: a vault does."""
        return self._address_and_bump[0]

    def vault(self, index: int = 0) -> Pubkey:
        """The address that votes move: upgrade authority and purse."""
        return Pubkey.find_program_address(self._vault_seeds(index), SQUADS)[0]

    def transaction(self, index: int) -> Pubkey:
        """The account of the transaction that was proposed as number `index`."""
        return Pubkey.find_program_address(self._transaction_seeds(index), SQUADS)[0]

    def proposal(self, index: int) -> Pubkey:
        """The account that counts the votes on transaction `index`."""
        seeds = [*self._transaction_seeds(index), b"proposal"]
        return Pubkey.find_program_address(seeds, SQUADS)[0]

    def encode(self) -> bytes:
        """The account's bytes.

        An absent rent collector takes one byte, not 33, and moves all after it; the account is
        sized as if it were there, so it ends in zero bytes then.
        """
        nobody = bytes(_KEY)
        content = _ACCOUNT_DISCRIMINATOR + bytes(self.create_key)
        content += nobody if self.config_authority is None else bytes(self.config_authority)
        content += struct.pack(
            "<HIQQ",
            self.threshold,
            self.time_lock,
            self.transaction_index,
            self.stale_transaction_index,
        )
        if self.rent_collector is None:
            content += b"\0"
        else:
            content += b"\1" + bytes(self.rent_collector)
        content += struct.pack("<BI", self._address_and_bump[1], len(self.members))
        for member in sorted(self.members, key=lambda one: bytes(one.key)):
            content += bytes(member.key) + bytes([member.mask])
        room = len(content) + _MEMBER * self.spare_members
        return content.ljust(room + (_KEY if self.rent_collector is None else 0), b"\0")

    def plant(self, node: LocalNode) -> None:
        """Put the account on the chain, or overwrite it there, by a cheat."""
        node.set_account(self.address, owner=SQUADS, data=self.encode())

    def execute(
        self, index: int, member: Pubkey, inner: Sequence[Instruction], vault_index: int = 0
    ) -> Instruction:
        """vault_transaction_execute of transaction `index`, signed by `member`.

        The vault signs the `inner` instructions, which the outer one carries in its own data
        (the real program reads them from the transaction account).
        """
        seeds = self._vault_seeds(vault_index)
        vault, bump = Pubkey.find_program_address(seeds, SQUADS)
        return standin.relay(
            SQUADS,
            inner,
            vault,
            [*seeds, bytes([bump])],
            key=_EXECUTE_DISCRIMINATOR,
            leading=[
                AccountMeta(self.address, False, False),
                AccountMeta(self.proposal(index), False, True),
                AccountMeta(self.transaction(index), False, False),
                AccountMeta(member, True, False),
            ],
        )

    def _vault_seeds(self, index: int) -> list[bytes]:
        return [_SEED, bytes(self.address), b"vault", bytes([index])]

    def _transaction_seeds(self, index: int) -> list[bytes]:
        return [_SEED, bytes(self.address), b"transaction", struct.pack("<Q", index)]


def plant_program(node: LocalNode) -> None:
    """Put the stand-in at the Squads v4 id, with no upgrade authority."""
    loader.plant(node, SQUADS, standin.build({_EXECUTE_DISCRIMINATOR: None}))
