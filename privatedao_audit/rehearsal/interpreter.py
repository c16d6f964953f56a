"""The stand-in program itself, in SBF: walk the accounts, then run a stream of operations.

Registers that last: r6 the place in the stream, r7 its end, r8 the heap (`HEAP`), r9 scratch.
The loader hands a program one buffer in r1: the number of accounts u64, a record for each, the
length of the instruction data u64 and the data. An account record is a byte that is 255, or the
index of an equal account before it (then 7 bytes of padding and no more); is_signer, is_writable
and executable, one byte each @1; key @8; owner @40; lamports u64 @72; data length u64 @80; data
@88; 10,240 spare bytes; padding to eight; rent epoch u64. System calls take C structures; the
layouts stand beside their code. Sources: anza-xyz/agave, program-runtime and
syscalls/src/cpi.rs; anza-xyz/solana-sdk, program-entrypoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from .sbf import R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, WORD, Assembler, Register

HEAP = 0x3_0000_0000
# Results from 2^32 up are the runtime's own errors.
_INVALID_ARGUMENT = 2 << 32
_INSUFFICIENT_FUNDS = 6 << 32

# Our tables on the heap (32 KiB). At offset 0: a pointer to each account's record.
_METAS = 0x0400  # SolAccountMeta, 16 bytes each
_INFOS = 0x1000  # SolAccountInfo, 56 bytes each
_INSTRUCTION = 0x3000  # SolInstruction, 40 bytes
_SIGNERS = 0x3080  # SolSignerSeeds, 16 bytes
_SEEDS = 0x3100  # SolSignerSeed, 16 bytes each
_SLICE = 0x3F00  # one (address, length) for sol_log_data
_ACCOUNT_COUNT = 0x3F80
_NEXT_OPERATION = 0x3F88

# Offsets in an account record.
_IS_SIGNER, _IS_WRITABLE, _EXECUTABLE, _KEY, _OWNER = 1, 2, 3, 8, 40
_LAMPORTS, _DATA_LENGTH, _DATA = 72, 80, 88
_SPARE = 10_240


class Place(Enum):
    """Where a table entry's stream lies, when not in the read-only data."""

    FOLLOWS = "the rest of the instruction data"
    LAST_ACCOUNT = "the data of the instruction's last account"


Entry = tuple[int, int | Place, int]
"""A table entry: key, place of its stream (a number: offset in the read-only data), length."""

_LABELS = ("log", "data", "leave", "call", "write", "give back", "move", "resize")
"""The operations in the order of their codes, from 1."""


def assemble(table: Sequence[Entry]) -> Assembler:
    """The program's code, for a table of streams."""
    code = Assembler()
    _find_accounts(code)
    _choose_stream(code, table)
    _run(code)
    _change_accounts(code)
    _call(code)
    return code


def _account(code: Assembler, target: Register, at: int) -> None:
    """target = the record of the account whose index is the stream's byte `at`"""
    code.load(1, target, R6, at)
    code.multiply(target, 8)
    code.add(target, R8)
    code.load(8, target, target)


def _find_accounts(code: Assembler) -> None:
    """Fill the heap's list of account records; leave r6, r7 around the instruction data."""
    code.set(R6, R1)
    code.load(8, R7, R6)
    code.add(R6, 8)
    code.set_wide(R8, HEAP)
    code.set(R9, 0)
    code.label("account")
    code.jump_if(R7, "==", 0, "accounts done")
    code.set(R5, R9)
    code.multiply(R5, 8)
    code.add(R5, R8)
    code.load(1, R2, R6)
    code.jump_if(R2, "!=", 0xFF, "same account")
    code.store(8, R5, 0, R6)
    code.load(8, R3, R6, _DATA_LENGTH)
    code.add(R6, R3)
    code.add(R6, _DATA + _SPARE + 7)
    code.mask(R6, -8)
    code.add(R6, 8)
    code.jump("next account")
    code.label("same account")
    code.multiply(R2, 8)
    code.add(R2, R8)
    code.load(8, R3, R2)
    code.store(8, R5, 0, R3)
    code.add(R6, 8)
    code.label("next account")
    code.add(R9, 1)
    code.add(R7, -1)
    code.jump("account")
    code.label("accounts done")
    code.store(8, R8, _ACCOUNT_COUNT, R9)
    code.load(8, R7, R6)
    code.add(R6, 8)
    code.add(R7, R6)


def _choose_stream(code: Assembler, table: Sequence[Entry]) -> None:
    """Point r6 and r7 at a table's stream if the data starts with its key."""
    code.set(R2, R7)
    code.subtract(R2, R6)
    code.jump_if(R2, "<", 8, "run")
    code.load(8, R2, R6)
    for number, (key, place, length) in enumerate(table):
        code.set_wide(R3, key)
        if isinstance(place, Place):
            code.jump_if(R2, "==", R3, place.name)
            continue
        code.jump_if(R2, "!=", R3, f"not entry {number}")
        code.set_constant_address(R6, place)
        code.set(R7, R6)
        code.add(R7, length)
        code.jump("run")
        code.label(f"not entry {number}")
    code.jump("run")
    code.label(Place.FOLLOWS.name)
    code.add(R6, 8)
    code.jump("run")
    code.label(Place.LAST_ACCOUNT.name)
    code.load(8, R2, R8, _ACCOUNT_COUNT)
    code.jump_if(R2, "==", 0, "malformed")
    code.add(R2, -1)
    code.multiply(R2, 8)
    code.add(R2, R8)
    code.load(8, R6, R2)
    code.load(8, R7, R6, _DATA_LENGTH)
    code.add(R6, _DATA)
    code.add(R7, R6)


def _run(code: Assembler) -> None:
    """The loop over the operations, and all of them but the call."""
    code.label("run")
    code.jump_if(R6, "==", R7, "success")
    code.set(R2, R6)
    code.add(R2, 3)
    code.jump_if(R2, ">", R7, "malformed")
    code.load(1, R9, R6)
    code.load(2, R3, R6, 1)
    code.add(R6, 3)
    code.set(R2, R6)
    code.add(R2, R3)
    code.jump_if(R2, ">", R7, "malformed")
    code.store(8, R8, _NEXT_OPERATION, R2)
    for number, label in enumerate(_LABELS, 1):
        code.jump_if(R9, "==", number, label)
    code.label("malformed")
    code.set_wide(R0, _INVALID_ARGUMENT)
    code.exit()
    code.label("success")
    code.set(R0, 0)
    code.exit()
    code.label("next")
    code.load(8, R6, R8, _NEXT_OPERATION)
    code.jump("run")

    code.label("log")
    code.set(R1, R6)
    code.set(R2, R3)
    code.call("sol_log_")
    code.jump("next")

    code.label("data")
    code.store(8, R8, _SLICE, R6)
    code.store(8, R8, _SLICE + 8, R3)
    code.set(R1, R8)
    code.add(R1, _SLICE)
    code.set(R2, 1)
    code.call("sol_log_data")
    code.jump("next")

    code.label("give back")
    code.set(R1, R6)
    code.set(R2, R3)
    code.call("sol_set_return_data")
    code.jump("next")

    code.label("leave")
    code.load(8, R0, R6)
    code.exit()


def _change_accounts(code: Assembler) -> None:
    """The operations on accounts that the program owns."""
    code.label("write")  # account u8, offset u32, bytes
    _account(code, R4, 0)
    code.load(4, R5, R6, 1)
    code.add(R4, R5)
    code.add(R4, _DATA)
    code.add(R6, 5)
    code.load(8, R2, R8, _NEXT_OPERATION)
    code.label("word")
    code.set(R5, R6)
    code.add(R5, WORD)
    code.jump_if(R5, ">", R2, "byte")
    code.load(8, R3, R6)
    code.store(8, R4, 0, R3)
    code.add(R6, WORD)
    code.add(R4, WORD)
    code.jump("word")
    code.label("byte")
    code.jump_if(R6, ">=", R2, "next")
    code.load(1, R3, R6)
    code.store(1, R4, 0, R3)
    code.add(R6, 1)
    code.add(R4, 1)
    code.jump("byte")

    code.label("move")  # from u8, to u8, lamports u64
    _account(code, R4, 0)
    _account(code, R5, 1)
    code.load(8, R3, R6, 2)
    code.load(8, R2, R4, _LAMPORTS)
    code.jump_if(R3, ">", R2, "poor")
    code.subtract(R2, R3)
    code.store(8, R4, _LAMPORTS, R2)
    # Only now: the two may be one account.
    code.load(8, R2, R5, _LAMPORTS)
    code.add(R2, R3)
    code.store(8, R5, _LAMPORTS, R2)
    code.jump("next")
    code.label("poor")
    code.set_wide(R0, _INSUFFICIENT_FUNDS)
    code.exit()

    code.label("resize")  # account u8, length u64
    _account(code, R4, 0)
    code.load(8, R3, R6, 1)
    code.store(8, R4, _DATA_LENGTH, R3)
    code.jump("next")


def _call(code: Assembler) -> None:
    """A call: program u8, n u8, n times (account u8, 1 signer | 2 writable), seeds, data."""
    # SolInstruction: program id @0, metas @8 and their number @16, data @24 and its length @32.
    code.label("call")
    _account(code, R4, 0)
    code.add(R4, _KEY)
    code.store(8, R8, _INSTRUCTION, R4)
    code.set(R5, R8)
    code.add(R5, _METAS)
    code.store(8, R8, _INSTRUCTION + 8, R5)
    code.load(1, R3, R6, 1)
    code.store(8, R8, _INSTRUCTION + 16, R3)
    code.add(R6, 2)
    code.label("meta")  # SolAccountMeta: key @0, is_writable @8, is_signer @9
    code.jump_if(R3, "==", 0, "metas done")
    _account(code, R4, 0)
    code.add(R4, _KEY)
    code.store(8, R5, 0, R4)
    code.load(1, R4, R6, 1)
    code.set(R2, R4)
    code.mask(R2, 1)
    code.store(1, R5, 9, R2)
    code.shift_right(R4, 1)
    code.mask(R4, 1)
    code.store(1, R5, 8, R4)
    code.add(R5, 16)
    code.add(R6, 2)
    code.add(R3, -1)
    code.jump("meta")
    code.label("metas done")

    # SolSignerSeeds: seeds @0, their number @8; a SolSignerSeed is an address and a length.
    code.load(1, R3, R6)
    code.add(R6, 1)
    code.store(8, R8, _SIGNERS + 8, R3)
    code.set(R5, R8)
    code.add(R5, _SEEDS)
    code.store(8, R8, _SIGNERS, R5)
    code.label("seed")
    code.jump_if(R3, "==", 0, "seeds done")
    code.load(1, R4, R6)
    code.add(R6, 1)
    code.store(8, R5, 0, R6)
    code.store(8, R5, 8, R4)
    code.add(R6, R4)
    code.add(R5, 16)
    code.add(R3, -1)
    code.jump("seed")
    code.label("seeds done")
    code.store(8, R8, _INSTRUCTION + 24, R6)
    code.load(8, R2, R8, _NEXT_OPERATION)
    code.subtract(R2, R6)
    code.store(8, R8, _INSTRUCTION + 32, R2)

    _describe_accounts(code)
    code.set(R1, R8)
    code.add(R1, _INSTRUCTION)
    code.set(R2, R8)
    code.add(R2, _INFOS)
    code.load(8, R3, R8, _ACCOUNT_COUNT)
    code.set(R4, R8)
    code.add(R4, _SIGNERS)
    code.set(R5, 0)
    code.load(8, R0, R8, _SIGNERS + 8)
    code.jump_if(R0, "==", 0, "invoke")
    code.set(R5, 1)
    code.label("invoke")
    code.call("sol_invoke_signed_c")
    code.jump_if(R0, "==", 0, "next")
    code.exit()


def _describe_accounts(code: Assembler) -> None:
    """A SolAccountInfo for each account of this instruction.

    Addresses of key @0, lamports @8, data @24, owner @32; data length @16; rent epoch @40;
    is_signer @48, is_writable @49, executable @50.
    """
    code.set(R5, R8)
    code.add(R5, _INFOS)
    code.set(R9, 0)
    code.load(8, R3, R8, _ACCOUNT_COUNT)
    code.label("info")
    code.jump_if(R9, ">=", R3, "infos done")
    code.set(R4, R9)
    code.multiply(R4, 8)
    code.add(R4, R8)
    code.load(8, R4, R4)
    for place, record in ((0, _KEY), (8, _LAMPORTS), (24, _DATA), (32, _OWNER)):
        code.set(R2, R4)
        code.add(R2, record)
        code.store(8, R5, place, R2)
    code.load(8, R2, R4, _DATA_LENGTH)
    code.store(8, R5, 16, R2)
    code.set(R2, -1)
    code.store(8, R5, 40, R2)
    for place, record in ((48, _IS_SIGNER), (49, _IS_WRITABLE), (50, _EXECUTABLE)):
        code.load(1, R2, R4, record)
        code.store(1, R5, place, R2)
    code.add(R5, 56)
    code.add(R9, 1)
    code.jump("info")
    code.label("infos done")
