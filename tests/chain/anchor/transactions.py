"""Transactions put together by hand, as decode_transaction would give them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from privatedao_audit.chain.transactions import Instruction, Transaction

PROGRAM = "EP9xE8MJZ6FfyEwLqns6HDdUZBknEa7WGYs1Jzsecuva"
OTHER = "SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf"
SYSTEM = "11111111111111111111111111111111"
PAYER = "4Mm5YTRbJuyA8NcWM85wTnx6ZQMXNph2DSnzCCKLhsMD"


def outer(program: str, index: int, data: bytes = b"") -> Instruction:
    return Instruction(program, (), data, index)


def inner(
    program: str, index: int, number: int, parent: int | None, *,
    data: bytes = b"", height: int | None = 2, accounts: tuple[str, ...] = (),
) -> Instruction:
    return Instruction(program, accounts, data, index, number, height, parent)


def transaction(
    instructions: Sequence[Instruction], logs: Sequence[str] | None, *,
    err: Any = None, inner_recorded: bool = True,
) -> Transaction:
    programs = tuple(dict.fromkeys(item.program for item in instructions))
    return Transaction(
        signatures=("1" * 64,), slot=7, block_time=None, err=err, version="legacy",
        account_keys=(PAYER, *programs), signers=(PAYER,), recent_blockhash=SYSTEM,
        log_messages=None if logs is None else tuple(logs), instructions=tuple(instructions),
        inner_recorded=inner_recorded, wire=b"",
    )


def data_line(*payloads: bytes) -> str:
    return "Program data: " + " ".join(base64.b64encode(item).decode() for item in payloads)


def run(program: str, *lines: str, depth: int = 1, end: str = "success") -> list[str]:
    """The log of one run of a program, with ``lines`` inside."""
    return [
        f"Program {program} invoke [{depth}]", *lines,
        f"Program {program} consumed 100 of 200000 compute units", f"Program {program} {end}",
    ]
