"""A stand-in program for the local chain: it does what the instruction data tells it to.

No SBF toolchain is needed; `build` assembles the program here. The program reads a stream of
operations, from its own table when the instruction data starts with one of the table's keys
(eight bytes, as Anchor's discriminators), else from the instruction data itself. A table entry
of None means: skip the key, the stream follows it.

An operation is a code u8, a payload length u16 (little-endian) and the payload; the functions
`log`, `data`, `leave`, `call`, `write` and `give_back` write one each. Running off the end of
the stream is success; a malformed stream fails with InvalidArgument.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from .elf import link
from .interpreter import assemble

KEY_SIZE = 8
MAX_ACCOUNTS = 64
"""Accounts one instruction may name: what a legacy transaction's locks allow, and our tables."""

_MAX_SEEDS = 16


class Operation(IntEnum):
    """The codes of the operations."""

    LOG = 1
    DATA = 2
    LEAVE = 3
    CALL = 4
    WRITE = 5
    GIVE_BACK = 6


def log(text: str) -> bytes:
    """`Program log: text`."""
    return _operation(Operation.LOG, text.encode())


def data(payload: bytes) -> bytes:
    """`Program data: <base64>`, as an Anchor event is emitted."""
    return _operation(Operation.DATA, payload)


def leave(code: int) -> bytes:
    """End at once with a result: 0 succeeds, 1 to 2^32-1 is a custom error of that number."""
    if not 0 <= code < 1 << 32:
        raise ValueError(f"a custom error code is 0 to 2^32-1, not {code}")
    return _operation(Operation.LEAVE, struct.pack("<Q", code))


def write(account: int, offset: int, payload: bytes) -> bytes:
    """Write bytes into the data of an account of this instruction, which the program must own."""
    return _operation(Operation.WRITE, struct.pack("<BI", account, offset) + payload)


def give_back(payload: bytes) -> bytes:
    """Set the return data."""
    return _operation(Operation.GIVE_BACK, payload)


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
    table: Mapping[bytes, bytes | None] | None = None,
    extra: bytes = b"",
    pad_to: int | None = None,
) -> bytes:
    """The program's ELF, about 3 kB.

    `table`: op streams by their eight-byte keys; None as a stream: it follows in the instruction
    data. `extra`: bytes carried in the read-only data (a version, a security.txt), so that two
    versions have two hashes. `pad_to`: zero bytes are added up to this size, which leaves the
    executable hash as it is. Raises ValueError for a key of another size, or a size too small.
    """
    read_only = bytearray(extra)
    entries: list[tuple[int, int, int] | tuple[int, None, int]] = []
    for key, stream in (table or {}).items():
        if len(key) != KEY_SIZE:
            raise ValueError(f"a table key has {KEY_SIZE} bytes, not {len(key)}")
        number = int.from_bytes(key, "little")
        if stream is None:
            entries.append((number, None, 0))
        else:
            entries.append((number, len(read_only), len(stream)))
            read_only += stream
    program = link(assemble(entries), bytes(read_only))
    if pad_to is None:
        return program
    if pad_to < len(program):
        raise ValueError(f"the program has {len(program)} bytes, more than {pad_to}")
    return program.ljust(pad_to, b"\0")


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
