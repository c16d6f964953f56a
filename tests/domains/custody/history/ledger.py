"""A node with a multisig's life on it, as bytes: what collectors read of it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.common import account_discriminator, instruction_discriminator
from privatedao_audit.domains.authority.world import (
    CODE,
    GOVERNANCE,
    MEMBERS,
    STRANGER,
    Multisig,
    World,
    found,
    key_bytes,
    wallet,
)
from privatedao_audit.domains.custody.history.world import (
    ADDRESS,
    OWNER,
    PROGRAMDATA,
    VAULT,
    proposal_at,
    transaction_at,
)
from tests.domains.node import DEPLOYER

KEY = str(DEPLOYER.pubkey())
BUFFER, NONCE = wallet("buffer of the ledger"), wallet("nonce of the ledger")
NOTHING = b"\0"  # an absent memo


@dataclass(frozen=True)
class Call:
    """An instruction; inner ones are called by it."""

    program: str
    accounts: tuple[str, ...]
    data: bytes
    inner: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Told:
    """A transaction of several instructions, signed by the deployer."""

    slot: int
    calls: tuple[Call, ...]
    failed: bool = False
    recorded: bool = True
    time: int | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        everyone = [call for one in self.calls for call in (one, *one.inner)]
        return tuple(dict.fromkeys(key for one in everyone for key in one.accounts))

    @property
    def signed(self) -> Transaction:
        payer = DEPLOYER.pubkey()
        # Accounts of inner instructions have to stand in the message too.
        instructions = [
            Instruction(Pubkey.from_string(one.program), one.data, [
                AccountMeta(Pubkey.from_string(key), key == KEY, True) for key in one.accounts])
            for one in self.calls
        ]  # fmt: skip
        extra = [key for key in (*self.accounts, *self._programs()) if key != KEY]
        listed = [AccountMeta(Pubkey.from_string(key), False, True) for key in extra]
        instructions.append(
            Instruction(Pubkey.from_string(programs.COMPUTE_BUDGET), b"\2\0\0\0\0", listed)
        )
        blockhash = Hash(self.slot.to_bytes(32, "little"))
        return Transaction([DEPLOYER], Message.new_with_blockhash(instructions, payer, blockhash),
                           blockhash)  # fmt: skip

    def _programs(self) -> tuple[str, ...]:
        return tuple(call.program for one in self.calls for call in one.inner)

    @property
    def signature(self) -> str:
        return str(self.signed.signatures[0])

    @property
    def _err(self) -> Any:
        return {"InstructionError": [0, "Custom"]} if self.failed else None

    def row(self) -> dict[str, Any]:
        return {"signature": self.signature, "slot": self.slot, "err": self._err,
                "blockTime": self._time}  # fmt: skip

    @property
    def _time(self) -> int:
        return self.slot * 1_000 if self.time is None else self.time

    def answer(self) -> dict[str, Any]:
        signed = self.signed
        keys = [str(key) for key in signed.message.account_keys]
        meta: dict[str, Any] = {"err": self._err, "logMessages": []}
        if self.recorded:
            meta["innerInstructions"] = [
                {"index": number, "instructions": [
                    {"programIdIndex": keys.index(call.program), "stackHeight": 2,
                     "accounts": [keys.index(key) for key in call.accounts],
                     "data": _base58(call.data)}
                    for call in one.inner]}
                for number, one in enumerate(self.calls) if one.inner
            ]  # fmt: skip
        wire = base64.b64encode(bytes(signed)).decode()
        return {"slot": self.slot, "blockTime": self._time, "version": "legacy", "meta": meta,
                "transaction": [wire, "base64"]}  # fmt: skip


def _base58(data: bytes) -> str:
    letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = letters[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


# Instructions


def loader(tag: int, *accounts: str, tail: bytes = b"") -> Call:
    return Call(programs.LOADER_V3, accounts, tag.to_bytes(4, "little") + tail)


def write(offset: int, piece: bytes) -> Call:
    tail = offset.to_bytes(4, "little") + len(piece).to_bytes(8, "little") + piece
    return loader(1, BUFFER, KEY, tail=tail)


def upgrade(authority: str, buffer: str = BUFFER) -> Call:
    return loader(3, PROGRAMDATA, GOVERNANCE, buffer, KEY, STRANGER, STRANGER, authority)


def squads(name: str, *accounts: str, data: bytes = b"", inner: Sequence[Call] = ()) -> Call:
    return Call(OWNER, (ADDRESS, *accounts), instruction_discriminator(name) + data, tuple(inner))


def created(multisig: Multisig) -> Call:
    members = b"".join(key_bytes(one.key) + bytes([one.mask]) for one in multisig.members)
    data = b"\0" + multisig.threshold.to_bytes(2, "little")
    data += len(multisig.members).to_bytes(4, "little") + members
    data += multisig.time_lock.to_bytes(4, "little") + b"\0" + NOTHING
    call = squads("multisig_create_v2", data=data)
    roles = (STRANGER, STRANGER, ADDRESS, multisig.create_key, KEY, programs.SYSTEM)
    return Call(OWNER, roles, call.data)


KEYS = (VAULT, PROGRAMDATA, GOVERNANCE, BUFFER, KEY, programs.LOADER_V3, STRANGER)


def message(keys: tuple[str, ...] = KEYS) -> bytes:
    """The upgrade in the encoding of instruction arguments."""
    out = bytes([1, 1, 4, len(keys)]) + b"".join(key_bytes(key) for key in keys)
    return out + bytes([1, 5, 7, 1, 2, 3, 4, 6, 6, 0]) + b"\4\0" + b"\3\0\0\0" + b"\0"


def proposed(index: int = 1) -> tuple[Call, Call]:
    raw = message()
    data = b"\0\0" + len(raw).to_bytes(4, "little") + raw + NOTHING
    new = (MEMBERS[0], MEMBERS[0], programs.SYSTEM)
    return (
        squads("vault_transaction_create", transaction_at(index), *new, data=data),
        squads("proposal_create", proposal_at(index), *new,
               data=index.to_bytes(8, "little") + b"\0"),
    )  # fmt: skip


def approved(member: int, index: int = 1) -> Call:
    return squads("proposal_approve", MEMBERS[member], proposal_at(index), data=NOTHING)


def executed(*inner: Call, index: int = 1) -> Call:
    roles = (proposal_at(index), transaction_at(index), MEMBERS[0], *KEYS)
    return squads("vault_transaction_execute", *roles, inner=inner)


def nonce_advanced() -> Call:
    return Call(programs.SYSTEM, (NONCE, STRANGER, MEMBERS[0]), b"\4\0\0\0")


# The life


LIFE: tuple[Told, ...] = (
    Told(100, (loader(2, KEY, PROGRAMDATA, GOVERNANCE, wallet("first buffer"), STRANGER, STRANGER,
                      STRANGER, KEY, tail=bytes(8)),)),
    Told(110, (created(Multisig()),)),
    Told(120, (loader(4, PROGRAMDATA, KEY, VAULT),)),
    Told(130, (loader(0, BUFFER, KEY),)),
    Told(131, (write(0, b"\0" * 4), write(len(CODE) - 4, CODE[-4:]))),
    Told(132, (write(0, CODE[:-4]),)),
    Told(133, (loader(4, BUFFER, KEY, VAULT),)),
    Told(140, proposed()),
    Told(150, (approved(0),)),
    Told(151, (nonce_advanced(), approved(1))),
    Told(160, (loader(6, PROGRAMDATA, GOVERNANCE, tail=(8).to_bytes(4, "little")),)),
    Told(170, (upgrade(KEY, wallet("buffer of a stranger")),), failed=True),
    Told(250, (executed(upgrade(VAULT)),)),
)  # fmt: skip


def proposal(status: int, index: int = 1) -> bytes:
    """A Proposal account: 5 executed, 3 approved."""
    votes = (2).to_bytes(4, "little") + key_bytes(MEMBERS[0]) + key_bytes(MEMBERS[1])
    return (
        account_discriminator("Proposal") + key_bytes(ADDRESS) + index.to_bytes(8, "little")
        + bytes([status]) + (250_000).to_bytes(8, "little") + b"\xff" + votes + bytes(8)
    )  # fmt: skip


@dataclass(frozen=True)
class Seat(Multisig):
    """The multisig after its one transaction."""

    stale_transaction_index: int = 0

    def data(self) -> bytes:
        raw = super().data()
        return raw[:78] + (1).to_bytes(8, "little") + raw[86:]


def world(**accounts: Any) -> World:
    """The chain at the end of the life; accounts of a transaction that is over are closed."""
    end = World().program(slot=250)
    end = World(programs=end.programs, multisigs=(Seat(),))
    for address, (owner, data) in accounts.items():
        end = end.reading(address, found(address, owner, data))
    return end
