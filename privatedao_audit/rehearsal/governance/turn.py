"""One instruction under way: the accounts as they stand, and what the program does to them.

A rule reads accounts through its `Turn`, raises `Refused` where the real program fails, and
otherwise says what happens: accounts made and written, payments, events. `Turn.stream` gives
that as operations of the stand-in. The order of checks is Anchor's: accounts that exist are
loaded in the order of the list; those to be made are made; then seeds, relations and constraints;
then the handler.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from .. import standin
from . import codec
from .codec import Fields
from .model import NOBODY, TOKEN_PROGRAMS, Addresses, Seeds

FRAMEWORK_ERRORS = {
    "ConstraintHasOne": 2001,
    "ConstraintRaw": 2003,
    "ConstraintSeeds": 2006,
    "AccountDiscriminatorNotFound": 3001,
    "AccountDiscriminatorMismatch": 3002,
    "AccountDidNotDeserialize": 3003,
    "AccountOwnedByWrongProgram": 3007,
    "InvalidProgramId": 3008,
    "AccountNotSystemOwned": 3011,
    "AccountNotInitialized": 3012,
}
"""Anchor's own errors that an account list can meet, and their numbers."""

IN_USE = "Custom 0"
"""What the System program says of an account that is to be made and is there already."""

_INVALID_ACCOUNT_DATA = 4 << 32
_ALLOCATE, _ASSIGN = 8, 1
_APPROVE = 4


class Refused(Exception):
    """The program fails: `error` by name, and the account Anchor blames if it blames one.

    `file` is the source file of a handler's own check.
    """

    def __init__(self, error: str, *, account: str | None = None, file: str = "lib") -> None:
        super().__init__(error)
        self.error, self.account, self.file = error, account, file


@dataclass(frozen=True)
class Standing:
    """An account as it stands before the instruction; without lamports it does not exist."""

    address: Pubkey
    owner: Pubkey = SYSTEM_PROGRAM
    lamports: int = 0
    data: bytes = b""


@dataclass(frozen=True)
class TokenAccount:
    """What the program reads of a token account. `amount`: raw units."""

    mint: Pubkey
    owner: Pubkey
    amount: int


@dataclass
class Turn:
    """See the module. `now`: unix seconds. `rent`: lamports an account of so many bytes holds."""

    instruction: str
    at: Addresses
    accounts: Mapping[str, Standing]
    now: int
    rent: Callable[[int], int]
    extra_signers: Sequence[Pubkey] = ()
    _operations: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        listed = codec.account_list(self.instruction)
        self._places = {name: place for place, (name, _, _) in enumerate(listed)}
        self.log(f"Instruction: {_camel(self.instruction)}")

    def stream(self) -> bytes:
        """The operations so far."""
        return b"".join(self._operations)

    def refuse(self, refusal: Refused) -> None:
        """End as Anchor ends: an error line, and the error's number as the result."""
        if refusal.error == "InvalidAccountData":
            self._operations.append(standin.leave(_INVALID_ACCOUNT_DATA))
            return
        if refusal.error == IN_USE:
            return
        code = FRAMEWORK_ERRORS.get(refusal.error) or codec.error_code(refusal.error)
        blamed = (
            f"caused by account: {refusal.account}."
            if refusal.account
            else f"thrown in programs/private-dao/src/{refusal.file}.rs:1."
        )
        self.log(
            f"AnchorError {blamed} Error Code: {refusal.error}. Error Number: {code}. "
            f"Error Message: {refusal.error}."
        )
        self._operations.append(standin.leave(code))

    # Accounts as they stand

    def key(self, name: str) -> Pubkey:
        """The address passed as an account."""
        return self.accounts[name].address

    def exists(self, name: str) -> bool:
        """Whether an account holds lamports, which is all the program asks."""
        return self.accounts[name].lamports > 0

    def load(self, name: str, kind: str) -> Fields:
        """The fields of a program account. Refused as Anchor refuses another one."""
        found = self.accounts[name]
        self._initialized(name)
        if found.owner != self.at.program:
            raise Refused("AccountOwnedByWrongProgram", account=name)
        if len(found.data) < codec.DISCRIMINATOR:
            raise Refused("AccountDiscriminatorNotFound", account=name)
        if found.data[: codec.DISCRIMINATOR] != codec.discriminator("accounts", kind):
            raise Refused("AccountDiscriminatorMismatch", account=name)
        try:
            return codec.account_fields(kind, found.data)
        except codec.NotBorsh:
            raise Refused("AccountDidNotDeserialize", account=name) from None

    def load_token(self, name: str) -> TokenAccount:
        """A token account of either token program, as a typed account of the list."""
        self._initialized(name)
        if self.accounts[name].owner not in TOKEN_PROGRAMS:
            raise Refused("AccountOwnedByWrongProgram", account=name)
        return self.parse_token(name)

    def parse_token(self, name: str) -> TokenAccount:
        """A token account's first fields: mint @0, owner @32, amount u64 @64, state @108."""
        data = self.accounts[name].data
        # A longer account of Token-2022 says at byte 165 what it is: 2 is a token account.
        if len(data) < 165 or data[108] == 0 or (len(data) > 165 and data[165] != 2):
            raise Refused("InvalidAccountData")
        (amount,) = struct.unpack_from("<Q", data, 64)
        return TokenAccount(
            Pubkey.from_bytes(data[:32]), Pubkey.from_bytes(data[32:64]), int(amount)
        )

    def load_mint_supply(self, name: str) -> int:
        """The supply of a mint of either token program, raw units (u64 @36; state @45)."""
        self._initialized(name)
        found = self.accounts[name]
        if found.owner not in TOKEN_PROGRAMS:
            raise Refused("AccountOwnedByWrongProgram", account=name)
        data = found.data
        # With extensions a mint is padded to 165 bytes, and byte 165 says 1 for a mint.
        plain = len(data) == 82
        if not (plain or (len(data) > 165 and data[165] == 1)) or data[45] == 0:
            raise Refused("InvalidAccountData")
        return int(struct.unpack_from("<Q", data, 36)[0])

    def system_account(self, name: str) -> None:
        """Refuse an account that the System program does not own."""
        if self.accounts[name].owner != SYSTEM_PROGRAM:
            raise Refused("AccountNotSystemOwned", account=name)

    def token_program(self, name: str = "token_program") -> None:
        """Refuse anything but one of the two token programs."""
        if self.key(name) not in TOKEN_PROGRAMS:
            raise Refused("InvalidProgramId", account=name)

    def _initialized(self, name: str) -> None:
        found = self.accounts[name]
        if found.owner == SYSTEM_PROGRAM and found.lamports == 0:
            raise Refused("AccountNotInitialized", account=name)

    # Checks

    def seeds(self, name: str, *seeds: bytes) -> int:
        """Refuse an account that is not at the address of the seeds; the bump."""
        address, bump = self.at.derive(list(seeds))
        if address != self.key(name):
            raise Refused("ConstraintSeeds", account=name)
        return bump

    def has_one(self, name: str, fields: Mapping[str, Any], target: str) -> None:
        """Refuse an account whose field does not name the account of the same name."""
        if fields[target] != self.key(target):
            raise Refused("ConstraintHasOne", account=name)

    def constrain(self, holds: bool, name: str, error: str = "ConstraintRaw") -> None:
        """Refuse an account that breaks a constraint."""
        if not holds:
            raise Refused(error, account=name)

    # What happens

    def log(self, text: str) -> None:
        """A line of the program's log."""
        self._operations.append(standin.log(text))

    def make(self, name: str, kind: str, seeds: Seeds, *, payer: str) -> int:
        """Make the account as Anchor's init does; its bump.

        Where lamports lie at the address already, the System program tops them up, allocates
        and assigns, and fails by itself when the account is in use.
        """
        bump = self.seeds(name, *seeds)
        size = codec.ALLOCATED[kind]
        signing = [*seeds, bytes([bump])]
        system, place = self._places["system_program"], self._places[name]
        needed, there = self.rent(size), self.accounts[name].lamports
        if there == 0:
            self._operations.append(
                standin.create_account(
                    system,
                    self._places[payer],
                    place,
                    lamports=needed,
                    space=size,
                    owner=self.at.program,
                    seeds=signing,
                )
            )
        else:
            if there < needed:
                self.pay(payer, name, needed - there)
            metas = [(place, True, True)]
            for payload in (
                struct.pack("<IQ", _ALLOCATE, size),
                struct.pack("<I", _ASSIGN) + bytes(self.at.program),
            ):
                self._operations.append(standin.call(system, metas, payload, signing))
            if self.accounts[name].owner != SYSTEM_PROGRAM:
                raise Refused(IN_USE)
        return bump

    def make_if_needed(
        self, name: str, kind: str, seeds: Seeds, *, payer: str
    ) -> tuple[Fields | None, int]:
        """The fields of the account if it is there, else None and it is made; and the bump."""
        bump = self.seeds(name, *seeds)
        if self.accounts[name].owner != SYSTEM_PROGRAM:
            return self.load(name, kind), bump
        return None, self.make(name, kind, seeds, payer=payer)

    def put(self, name: str, kind: str, fields: Mapping[str, Any]) -> None:
        """Write the fields into the account."""
        written = codec.account_bytes(kind, fields)
        self._operations.append(standin.write(self._places[name], 0, written))

    def pay(self, source: str, target: str, lamports: int, seeds: Seeds | None = None) -> None:
        """A System transfer, signed by `seeds` (without bump) if the source is derived."""
        self._operations.append(
            standin.system_transfer(
                self._places["system_program"],
                self._places[source],
                self._places[target],
                lamports,
                self._signing(seeds),
            )
        )

    def pay_token(self, source: str, target: str, owner: str, amount: int, seeds: Seeds) -> None:
        """A plain token transfer by the account's owner, who signs by `seeds`."""
        self._operations.append(
            standin.token_transfer(
                self._places["token_program"],
                self._places[source],
                self._places[target],
                self._places[owner],
                amount,
                self._signing(seeds),
            )
        )

    def approve_token(
        self, account: str, delegate: str, owner: str, amount: int, seeds: Seeds
    ) -> None:
        """A token account's owner, who signs by `seeds`, lets somebody else spend from it."""
        metas = [(account, False, True), (delegate, False, False), (owner, True, False)]
        self._operations.append(
            standin.call(
                self._places["token_program"],
                [(self._places[name], signs, writes) for name, signs, writes in metas],
                struct.pack("<BQ", _APPROVE, amount),
                self._signing(seeds),
            )
        )

    def move(self, source: str, target: str, lamports: int) -> None:
        """Take lamports of a program account directly."""
        self._operations.append(standin.move(self._places[source], self._places[target], lamports))

    def emit(self, event: str, **fields: Any) -> None:
        """An event."""
        self._operations.append(standin.data(codec.event_bytes(event, fields)))

    def _signing(self, seeds: Seeds | None) -> Seeds:
        return [] if seeds is None else [*seeds, bytes([self.at.derive(seeds)[1]])]


def demand(holds: bool, error: str, file: str = "lib") -> None:
    """A handler's own check. Raises Refused when it does not hold."""
    if not holds:
        raise Refused(error, file=file)


def is_somebody(key: Pubkey) -> bool:
    """Whether a key is not the all-zero one."""
    return key != NOBODY


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
