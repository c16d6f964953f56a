"""Messages as a multisig keeps them: order of keys, flags, lookups, and both ways of writing."""

from __future__ import annotations

import struct

import pytest
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.squads.message import StoredMessage, compile_message

VAULT, HELPER, WATCHER, STATE, OTHER, CLOCK, PROGRAM, SECOND = (
    wallet.address(name)
    for name in ("vault", "helper", "watcher", "state", "other", "clock", "program", "second")
)
TABLE = wallet.address("table")
FIRST_CALL = Instruction(
    PROGRAM,
    b"\1\2\3",
    [
        AccountMeta(CLOCK, False, False),
        AccountMeta(STATE, False, True),
        AccountMeta(WATCHER, True, False),
        AccountMeta(VAULT, True, False),
    ],
)
SECOND_CALL = Instruction(
    SECOND,
    b"",
    [
        AccountMeta(HELPER, True, True),
        AccountMeta(OTHER, False, True),
        AccountMeta(STATE, False, False),
        AccountMeta(PROGRAM, False, False),
    ],
)
CALLS = [FIRST_CALL, SECOND_CALL]


def _flags(message: StoredMessage) -> dict[Pubkey, tuple[bool, bool]]:
    return {
        key: (message.signs(at), message.writes(at)) for at, key in enumerate(message.all_keys())
    }


def test_keys_stand_by_what_they_may_do_with_the_vault_first() -> None:
    message = compile_message(VAULT, CALLS)
    assert message.keys == (VAULT, HELPER, WATCHER, STATE, OTHER, CLOCK, PROGRAM, SECOND)
    assert (message.signers, message.writable_signers, message.writable_others) == (3, 2, 2)
    assert _flags(message) == {
        VAULT: (True, True),
        HELPER: (True, True),
        WATCHER: (True, False),
        STATE: (False, True),
        OTHER: (False, True),
        CLOCK: (False, False),
        PROGRAM: (False, False),
        SECOND: (False, False),
    }
    first, second = message.instructions
    assert (first.program, first.accounts, first.data) == (6, bytes([5, 3, 2, 0]), b"\1\2\3")
    assert (second.program, second.accounts, second.data) == (7, bytes([1, 4, 3, 6]), b"")


def test_the_account_has_long_lengths_and_the_instruction_short_ones() -> None:
    message = compile_message(VAULT, CALLS)
    keys = b"".join(bytes(one) for one in message.keys)
    long = b"\3\2\2" + struct.pack("<I", 8) + keys + struct.pack("<I", 2)
    long += b"\6" + struct.pack("<I", 4) + b"\5\3\2\0" + struct.pack("<I", 3) + b"\1\2\3"
    long += b"\7" + struct.pack("<I", 4) + b"\1\4\3\6" + struct.pack("<I", 0)
    assert message.encode() == long + struct.pack("<I", 0)
    short = b"\3\2\2\x08" + keys + b"\2"
    short += b"\6\4\5\3\2\0\3\0\1\2\3"
    short += b"\7\4\1\4\3\6\0\0"
    assert message.wire() == short + b"\0"


def test_keys_of_a_table_are_looked_up_unless_they_sign_or_are_called() -> None:
    table = AddressLookupTableAccount(TABLE, [PROGRAM, WATCHER, CLOCK, OTHER, VAULT, STATE])
    message = compile_message(VAULT, CALLS, [table])
    assert message.keys == (VAULT, HELPER, WATCHER, PROGRAM, SECOND)
    (lookup,) = message.lookups
    assert (lookup.table, lookup.writable, lookup.readonly) == (TABLE, b"\5\3", b"\2")
    assert message.all_keys() == (*message.keys, STATE, OTHER, CLOCK)
    assert _flags(message) == _flags(compile_message(VAULT, CALLS))
    assert message.encode().endswith(
        struct.pack("<I", 1) + bytes(TABLE) + b"\2\0\0\0\5\3" + b"\1\0\0\0\2"
    )
    assert message.wire().endswith(b"\1" + bytes(TABLE) + b"\2\5\3" + b"\1\2")


def test_an_execution_lists_tables_then_keys_then_what_they_load() -> None:
    tables = [
        AddressLookupTableAccount(TABLE, [OTHER, CLOCK]),
        AddressLookupTableAccount(SECOND, [STATE]),
        AddressLookupTableAccount(PROGRAM, [wallet.address("not asked for")]),
    ]
    message = compile_message(VAULT, CALLS, tables)
    listed = message.accounts(frozenset([VAULT]))
    assert [meta.pubkey for meta in listed] == [
        TABLE, SECOND, VAULT, HELPER, WATCHER, PROGRAM, SECOND, OTHER, CLOCK, STATE
    ]  # fmt: skip
    # The indexes count all writable ones first, whichever table they come from.
    assert message.all_keys()[-3:] == (OTHER, STATE, CLOCK)
    # The vault does not sign the transaction; the program signs for it.
    assert [meta.pubkey for meta in listed if meta.is_signer] == [HELPER, WATCHER]
    assert {meta.pubkey for meta in listed if meta.is_writable} == {VAULT, HELPER, OTHER, STATE}


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="needs an instruction"):
        compile_message(VAULT, [])
    many = [AccountMeta(wallet.address(f"key {n}"), False, False) for n in range(256)]
    with pytest.raises(ValueError, match="one byte counts"):
        compile_message(VAULT, [Instruction(PROGRAM, b"", many)])
    long = compile_message(VAULT, [Instruction(PROGRAM, bytes(65_536), [])])
    with pytest.raises(ValueError, match="65536 bytes"):
        long.wire()
