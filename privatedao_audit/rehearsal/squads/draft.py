"""One instruction in the making: data, accounts and the script of what the stand-in does.

A script runs calls first, then writes, then moves of lamports, as the runtime wants it; a
refusal ends it after the calls made so far, as the real program makes accounts before it judges.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from solders.instruction import AccountMeta
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from .. import standin
from . import addresses, borsh
from .accounts import ConfigTransaction, Proposal, SpendingLimit, VaultTransaction
from .addresses import SQUADS
from .rules import Refused
from .state import Multisig

_ASSIGN, _ALLOCATE = 1, 8
_Kind = TypeVar("_Kind")


class Chain(Protocol):
    """What a model must know of the chain: `LocalNode` for one."""

    def clock(self) -> int:
        """Unix seconds."""

    def account(self, address: Pubkey) -> bytes | None:
        """The data of an account, None when there is none."""

    def balance(self, address: Pubkey) -> int:
        """Lamports of an account, 0 when there is none."""

    def rent_exempt(self, size: int) -> int:
        """Lamports an account of `size` bytes must hold."""


@dataclass(frozen=True)
class Books:
    """What stands on the chain of one multisig. `multisig` is None before it was made."""

    multisig: Multisig | None = None
    proposals: dict[int, Proposal] = field(default_factory=dict)
    transactions: dict[int, VaultTransaction | ConfigTransaction] = field(default_factory=dict)
    limits: dict[Pubkey, SpendingLimit] = field(default_factory=dict)

    def now(self) -> Multisig:
        """The multisig. Raises ValueError when it was not made yet."""
        if self.multisig is None:
            raise ValueError("this multisig was not made yet: create() comes first")
        return self.multisig

    def proposal(self, index: int) -> Proposal:
        """The votes on a transaction. Refused when there are none, or none any more."""
        return _existing(self.proposals.get(index))

    def vault_transaction(self, index: int) -> VaultTransaction:
        """A vault transaction. Refused when there is none, or another kind."""
        found = _existing(self.transactions.get(index))
        if not isinstance(found, VaultTransaction):
            raise Refused("AccountDiscriminatorMismatch")
        return found

    def config_transaction(self, index: int) -> ConfigTransaction:
        """A config transaction. Refused when there is none, or another kind."""
        found = _existing(self.transactions.get(index))
        if not isinstance(found, ConfigTransaction):
            raise Refused("AccountDiscriminatorMismatch")
        return found

    def limit(self, address: Pubkey) -> SpendingLimit:
        """A spending limit. Refused when there is none at this address."""
        return _existing(self.limits.get(address))


def _existing(found: _Kind | None) -> _Kind:
    if found is None:
        raise Refused("AccountNotInitialized")
    return found


@dataclass(frozen=True)
class Order:
    """An instruction ready to be planted and sent, and the books once it has landed.

    `error`: the name of the error it will fail with, None when it will not be refused.
    """

    data: bytes
    accounts: tuple[AccountMeta, ...]
    stream: bytes
    after: Books
    error: str | None = None


class Draft:
    """The parts of an `Order`, put together one by one."""

    def __init__(
        self, chain: Chain, name: str, arguments: bytes, accounts: Sequence[AccountMeta]
    ) -> None:
        self.chain = chain
        self._data = borsh.instruction_discriminator(name) + arguments
        self._accounts = tuple(accounts)
        camel = "".join(part.capitalize() for part in name.split("_"))
        self._calls = standin.log(f"Instruction: {camel}")
        self._writes = b""
        self._moves = b""

    def at(self, key: Pubkey) -> int:
        """The place of an account in the list."""
        return next(place for place, one in enumerate(self._accounts) if one.pubkey == key)

    def log(self, text: str) -> None:
        """A line of the program's own."""
        self._calls += standin.log(text)

    def call(
        self,
        program: Pubkey,
        accounts: Sequence[tuple[Pubkey, bool, bool]],
        payload: bytes,
        seeds: Sequence[bytes] = (),
    ) -> None:
        """An inner instruction; an account is (key, is signer, is writable)."""
        metas = [(self.at(key), signer, writable) for key, signer, writable in accounts]
        self._calls += standin.call(self.at(program), metas, payload, seeds)

    def create(self, payer: Pubkey, new: Pubkey, space: int, seeds: list[bytes]) -> None:
        """Make an account of the program's own, paid by `payer`.

        At an address that somebody has paid into already it takes three inner instructions
        instead of one, as Anchor makes them.
        """
        signing, rent = addresses.with_bump(seeds), self.chain.rent_exempt(space)
        held = self.chain.balance(new)
        system = self.at(SYSTEM_PROGRAM)
        if not held:
            self._calls += standin.create_account(
                system,
                self.at(payer),
                self.at(new),
                lamports=rent,
                space=space,
                owner=SQUADS,
                seeds=signing,
            )
            return
        if held < rent:
            self.pay(payer, new, rent - held)
        own = [(new, True, True)]
        self.call(SYSTEM_PROGRAM, own, struct.pack("<IQ", _ALLOCATE, space), signing)
        self.call(SYSTEM_PROGRAM, own, struct.pack("<I", _ASSIGN) + bytes(SQUADS), signing)

    def pay(
        self, source: Pubkey, target: Pubkey, lamports: int, seeds: Sequence[bytes] = ()
    ) -> None:
        """Lamports from a wallet, or from a vault that signs by its seeds."""
        self._calls += standin.system_transfer(
            self.at(SYSTEM_PROGRAM), self.at(source), self.at(target), lamports, seeds
        )

    def write(self, account: Pubkey, content: bytes) -> None:
        """Write an account of the program's own from its start.

        What stood there behind `content` stays, as it does when Anchor writes an account.
        """
        self._writes += standin.write(self.at(account), 0, content)

    def room(self, account: Pubkey) -> int:
        """Bytes of an account as it stands now."""
        return len(self.chain.account(account) or b"")

    def grow(self, account: Pubkey, room: int, payer: Pubkey) -> None:
        """Make an account of the program's own longer, paid by `payer`."""
        missing = self.chain.rent_exempt(room) - self.chain.balance(account)
        if missing > 0:
            self.pay(payer, account, missing)
        self._writes += standin.resize(self.at(account), room)

    def close(self, account: Pubkey, collector: Pubkey) -> None:
        """Empty an account of the program's own; an account without lamports is gone."""
        self._writes += standin.resize(self.at(account), 0)
        lamports = self.chain.balance(account)
        self._moves += standin.move(self.at(account), self.at(collector), lamports)

    def done(self, after: Books, *, error: str | None = None) -> Order:
        """The order. `error`: what an inner instruction will fail with, where that is known."""
        stream = self._calls + self._writes + self._moves
        return Order(self._data, self._accounts, stream, after, error)

    def refused(self, refusal: Refused, before: Books) -> Order:
        """The order that fails with the program's own error, after the calls made so far."""
        name, code = refusal.name, refusal.code
        text = f"Error Code: {name}. Error Number: {code}. Error Message: {name}."
        stream = self._calls + standin.log(f"AnchorError occurred. {text}") + standin.leave(code)
        return Order(self._data, self._accounts, stream, before, name)
