"""A stand-in program for the local chain: it does what the instruction data tells it to.

No SBF toolchain is needed; `build` assembles the program here. The program reads a stream of
operations, from its own table when the instruction data starts with one of the table's keys
(eight bytes, as Anchor's discriminators), else from the instruction data itself. A table entry
of None means: skip the key, the stream follows it. A table entry of `SCRIPT` means: the stream
is the whole data of the instruction's last account, so that the instruction data can be a real
program's own, to the byte; `scripted` makes such an instruction.

An operation is a code u8, a payload length u16 (little-endian) and the payload; the functions
`log`, `data`, `leave`, `call`, `write`, `give_back`, `move` and `resize` write one each, and
`create_account`, `system_transfer` and `token_transfer` the calls that programs make most.
Running off the end of the stream is success; a malformed stream fails with InvalidArgument.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, IntEnum
from hashlib import sha256
from typing import Final, Protocol

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from .elf import link
from .interpreter import Entry, Place, assemble

KEY_SIZE = 8
MAX_ACCOUNTS = 64
"""Accounts one instruction may name: what a legacy transaction's locks allow, and our tables."""

_MAX_SEEDS = 16
_CREATE_ACCOUNT, _TRANSFER = 0, 2
_TOKEN_TRANSFER = 3


class Script(Enum):
    """The mark of a table entry whose stream rides in the last account; see `SCRIPT`."""

    LAST_ACCOUNT = "in the last account"


SCRIPT: Final = Script.LAST_ACCOUNT


class Planter(Protocol):
    """Where an account can be planted without a transaction: `LocalNode` for one."""

    def set_account(self, address: Pubkey, *, owner: Pubkey, data: bytes) -> None:
        """Plant an account as it stands, rent-exempt."""


class Operation(IntEnum):
    """The codes of the operations."""

    LOG = 1
    DATA = 2
    LEAVE = 3
    CALL = 4
    WRITE = 5
    GIVE_BACK = 6
    MOVE = 7
    RESIZE = 8


def log(text: str) -> bytes:
    """`Program log: text`."""
    return _operation(Operation.LOG, text.encode())


def data(payload: bytes) -> bytes:
    """`Program data: <base64>`, as an Anchor event is emitted."""
    return _operation(Operation.DATA, payload)


def leave(code: int) -> bytes:
    """End at once with a result: 0 succeeds, 1 to 2^32-1 is a custom error of that number.

    A multiple of 2^32 is one of the runtime's own errors, such as 4 << 32 for
    InvalidAccountData (solana-program-error). Raises ValueError for any other number.
    """
    if not 0 <= code < 1 << 32 and (code % (1 << 32) or not 1 <= code >> 32 <= 26):
        raise ValueError(f"a custom error code is 0 to 2^32-1, not {code}")
    return _operation(Operation.LEAVE, struct.pack("<Q", code))


def write(account: int, offset: int, payload: bytes) -> bytes:
    """Write bytes into the data of an account of this instruction, which the program must own."""
    return _operation(Operation.WRITE, struct.pack("<BI", account, offset) + payload)


def give_back(payload: bytes) -> bytes:
    """Set the return data."""
    return _operation(Operation.GIVE_BACK, payload)


def move(source: int, target: int, lamports: int) -> bytes:
    """Take lamports of an account that the program owns to another account of the instruction.

    Fails with InsufficientFunds when the account has fewer. Calls come before it in a stream:
    the runtime balances the books at each call, over the accounts that the call names.
    """
    return _operation(Operation.MOVE, struct.pack("<BBQ", source, target, lamports))


def resize(account: int, size: int) -> bytes:
    """Give the data of an account that the program owns another length.

    New bytes are zero, and there may be 10,240 more than at the start of the instruction.
    """
    return _operation(Operation.RESIZE, struct.pack("<BQ", account, size))


def create_account(
    program: int,
    payer: int,
    new: int,
    *,
    lamports: int,
    space: int,
    owner: Pubkey,
    seeds: Sequence[bytes] = (),
) -> bytes:
    """Call the System program (at index `program`) to make an account of `space` zero bytes.

    `seeds` sign for the new account; without them it must have signed the transaction. At most
    10,240 bytes. The bytes are filled by `write`, from the same stream, when `owner` is us.
    """
    payload = struct.pack("<IQQ", _CREATE_ACCOUNT, lamports, space) + bytes(owner)
    return call(program, [(payer, True, True), (new, True, True)], payload, seeds)


def system_transfer(
    program: int, source: int, target: int, lamports: int, seeds: Sequence[bytes] = ()
) -> bytes:
    """Call the System program to pay lamports from an account that it owns; `seeds` sign."""
    payload = struct.pack("<IQ", _TRANSFER, lamports)
    return call(program, [(source, True, True), (target, False, True)], payload, seeds)


def token_transfer(
    program: int, source: int, target: int, authority: int, amount: int, seeds: Sequence[bytes] = ()
) -> bytes:
    """Call a token program's plain Transfer of `amount` raw units; `seeds` sign as authority."""
    payload = struct.pack("<BQ", _TOKEN_TRANSFER, amount)
    metas = [(source, False, True), (target, False, True), (authority, True, False)]
    return call(program, metas, payload, seeds)


def call(
    program: int,
    accounts: Iterable[tuple[int, bool, bool]],
    payload: bytes,
    seeds: Sequence[bytes] = (),
) -> bytes:
    """Call a program (an inner instruction), signing for the address of `seeds` if there are any.

    `program` and each account are indexes into this instruction's accounts; an account is
    (index, is signer, is writable). `seeds` hold the bump as their last. Raises ValueError when
    there are too many accounts or seeds.
    """
    metas = [(index, int(signer) | int(writable) << 1) for index, signer, writable in accounts]
    if len(metas) > MAX_ACCOUNTS or len(seeds) > _MAX_SEEDS or any(len(s) > 32 for s in seeds):
        raise ValueError(f"a call takes {MAX_ACCOUNTS} accounts and 16 seeds of 32 bytes at most")
    body = bytes([program, len(metas)])
    body += b"".join(bytes(meta) for meta in metas)
    body += bytes([len(seeds)]) + b"".join(bytes([len(seed)]) + seed for seed in seeds)
    return _operation(Operation.CALL, body + payload)


def build(
    table: Mapping[bytes, bytes | Script | None] | None = None,
    extra: bytes = b"",
    pad_to: int | None = None,
) -> bytes:
    """The program's ELF, about 3 kB.

    `table`: op streams by their eight-byte keys; None as a stream: it follows in the instruction
    data; `SCRIPT`: it is the data of the last account. `extra`: bytes carried in the read-only
    data (a version, a security.txt), so that two versions have two hashes. `pad_to`: zero bytes
    are added up to this size, which leaves the executable hash as it is. Raises ValueError for a
    key of another size, or a size too small.
    """
    read_only = bytearray(extra)
    entries: list[Entry] = []
    for key, stream in (table or {}).items():
        if len(key) != KEY_SIZE:
            raise ValueError(f"a table key has {KEY_SIZE} bytes, not {len(key)}")
        number = int.from_bytes(key, "little")
        if stream is None:
            entries.append((number, Place.FOLLOWS, 0))
        elif isinstance(stream, Script):
            entries.append((number, Place.LAST_ACCOUNT, 0))
        else:
            entries.append((number, len(read_only), len(stream)))
            read_only += stream
    program = link(assemble(entries), bytes(read_only))
    if pad_to is None:
        return program
    if pad_to < len(program):
        raise ValueError(f"the program has {len(program)} bytes, more than {pad_to}")
    return program.ljust(pad_to, b"\0")


def scripted(
    node: Planter,
    program: Pubkey,
    data: bytes,
    accounts: Sequence[AccountMeta],
    stream: bytes,
    *,
    label: str,
    at: Pubkey | None = None,
) -> Instruction:
    """An instruction with a real program's data and accounts, that does what `stream` says.

    `data` must start with a `SCRIPT` key of the program's table. The stream is planted in an
    account of its own, which comes last and is read only; its address is made of `label` and
    the stream, so the same story has the same addresses. `at` is another address for it, where
    a later stream shall replace this one. Raises ValueError when there are too many accounts.
    """
    if len(accounts) >= MAX_ACCOUNTS:
        raise ValueError(f"{len(accounts)} accounts and a script, and {MAX_ACCOUNTS} are allowed")
    digest = sha256(b"privatedao-audit script\0" + label.encode() + b"\0" + stream).digest()
    script = Pubkey.from_bytes(digest) if at is None else at
    node.set_account(script, owner=SYSTEM_PROGRAM, data=stream)
    return Instruction(program, data, [*accounts, AccountMeta(script, False, False)])


def relay(
    standin: Pubkey,
    inner: Sequence[Instruction],
    signer: Pubkey,
    seeds: Sequence[bytes],
    *,
    key: bytes = b"",
    leading: Sequence[AccountMeta] = (),
) -> Instruction:
    """An instruction to a stand-in that makes it call `inner`, signing as `signer`.

    `signer` is the address that `seeds` (bump included) give under the stand-in's id; the outer
    instruction asks no signature of it. `key` goes before the op stream (see `build`), `leading`
    accounts before all others, as a real program's own accounts would.
    """
    accounts = list(leading)
    places: dict[Pubkey, int] = {}

    def place(meta: AccountMeta) -> int:
        at = places.get(meta.pubkey)
        if at is None:
            at = places[meta.pubkey] = len(accounts)
            outer_signer = meta.is_signer and meta.pubkey != signer
            accounts.append(AccountMeta(meta.pubkey, outer_signer, meta.is_writable))
        else:
            seen = accounts[at]
            accounts[at] = AccountMeta(
                seen.pubkey,
                seen.is_signer or (meta.is_signer and meta.pubkey != signer),
                seen.is_writable or meta.is_writable,
            )
        return at

    stream = b""
    for one in inner:
        metas = [(place(meta), meta.is_signer, meta.is_writable) for meta in one.accounts]
        program = place(AccountMeta(one.program_id, False, False))
        stream += call(program, metas, bytes(one.data), seeds)
    if len(accounts) > MAX_ACCOUNTS:
        raise ValueError(f"{len(accounts)} accounts, and a stand-in takes {MAX_ACCOUNTS}")
    return Instruction(standin, key + stream, accounts)


def _operation(code: Operation, payload: bytes) -> bytes:
    if len(payload) > 0xFFFF:
        raise ValueError(f"an operation's payload has 65,535 bytes at most, not {len(payload)}")
    return struct.pack("<BH", code, len(payload)) + payload
