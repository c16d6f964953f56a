"""Changes of power out of wire bytes: token accounts, programs, multisigs."""

from __future__ import annotations

import struct

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.common import instruction_discriminator
from privatedao_audit.chain.transactions import decode_transaction
from privatedao_audit.history.powers import Power, powers
from tests.history.node import Landed, Ran, key

ACCOUNT, OWNER, OTHER, MINT, DATA = (key(w) for w in ("account", "owner", "other", "mint", "data"))
MULTISIG, SQUADS, TX, LIMIT = (key(w) for w in ("multisig", "squads", "transaction", "limit"))
NOBODY = programs.SYSTEM


def read(*ran: Ran, **change: object) -> tuple[Power, ...]:
    landed = Landed(5, ran, **change)  # type: ignore[arg-type]
    return powers(decode_transaction(landed.answer()), {MULTISIG: SQUADS})


def pubkey(text: str) -> bytes:
    return bytes(Pubkey.from_string(text))


def token(tag: int, *accounts: str, tail: bytes = b"", program: str = programs.TOKEN) -> Ran:
    return Ran(program, accounts, bytes([tag]) + tail)


def squads(name: str, *accounts: str, tail: bytes = b"", program: str = SQUADS) -> Ran:
    return Ran(program, accounts, instruction_discriminator(name) + tail)


def loader(tag: int, *accounts: str) -> Ran:
    return Ran(programs.LOADER_V3, accounts, struct.pack("<I", tag))


@pytest.mark.parametrize("program", [programs.TOKEN, programs.TOKEN_2022])
def test_powers_over_token_accounts(program: str) -> None:
    amount = struct.pack("<Q", 2**64 - 1)
    assert [(p.kind, p.subject, p.holder, p.amount, p.by) for p in read(
        token(4, ACCOUNT, OTHER, OWNER, tail=amount, program=program),
        token(13, ACCOUNT, MINT, OTHER, OWNER, tail=amount + b"\6", program=program),
        token(5, ACCOUNT, OWNER, program=program),
        token(6, ACCOUNT, OWNER, tail=b"\3\1" + pubkey(OTHER), program=program),
        token(6, ACCOUNT, OWNER, tail=b"\3\0", program=program),
        token(6, ACCOUNT, OWNER, tail=b"\2\1" + pubkey(OTHER), program=program),
        token(10, ACCOUNT, MINT, OWNER, program=program),
        token(11, ACCOUNT, MINT, OWNER, program=program),
    )] == [
        ("delegate", ACCOUNT, OTHER, 2**64 - 1, OWNER),
        ("delegate", ACCOUNT, OTHER, 2**64 - 1, OWNER),
        ("revoke", ACCOUNT, None, None, OWNER),
        ("close authority", ACCOUNT, OTHER, None, OWNER),
        ("close authority", ACCOUNT, None, None, OWNER),
        ("owner", ACCOUNT, OTHER, None, OWNER),
        ("freeze", ACCOUNT, None, None, OWNER),
        ("thaw", ACCOUNT, None, None, OWNER),
    ]  # fmt: skip


def test_transfers_and_authorities_of_mints_are_none() -> None:
    amount = struct.pack("<Q", 1)
    assert read(
        token(3, ACCOUNT, OTHER, OWNER, tail=amount),
        token(6, MINT, OWNER, tail=b"\0\0"),
    ) == ()  # fmt: skip


@pytest.mark.parametrize("ran", [token(255, ACCOUNT), token(254, ACCOUNT), token(6, ACCOUNT)])
def test_what_was_not_read_is_told_for_each_account(ran: Ran) -> None:
    assert [(p.kind, p.subject) for p in read(ran)] == [("unknown", ACCOUNT)]


def test_powers_over_a_program() -> None:
    assert [(p.kind, p.subject, p.holder, p.by) for p in read(
        loader(4, DATA, OWNER, OTHER), loader(4, DATA, OWNER), loader(7, DATA, OWNER, OTHER),
        loader(5, DATA, OTHER, OWNER, key("program id")), loader(99, DATA),
    )] == [
        ("upgrade authority", DATA, OTHER, OWNER), ("upgrade authority", DATA, None, OWNER),
        ("upgrade authority", DATA, OTHER, OWNER), ("program closed", DATA, None, OWNER),
        ("unknown", DATA, None, None),
    ]  # fmt: skip


def test_an_extension_and_an_upgrade_change_no_power() -> None:
    extend = Ran(programs.LOADER_V3, (DATA, key("id"), NOBODY, OTHER), struct.pack("<II", 6, 10))
    assert read(extend) == ()


def test_the_config_authority_changes_a_multisig_alone() -> None:
    who = (MULTISIG, OWNER)
    assert [(p.kind, p.holder, p.amount, p.by, p.proposed) for p in read(
        squads("multisig_add_member", *who, tail=pubkey(OTHER) + b"\7\0"),
        squads("multisig_remove_member", *who, tail=pubkey(OTHER) + b"\0"),
        squads("multisig_change_threshold", *who, tail=struct.pack("<H", 1) + b"\0"),
        squads("multisig_set_time_lock", *who, tail=struct.pack("<I", 60) + b"\0"),
        squads("multisig_set_config_authority", *who, tail=pubkey(OTHER) + b"\0"),
        squads("multisig_set_rent_collector", *who, tail=b"\0\0"),
        squads("multisig_remove_spending_limit", *who, LIMIT, OWNER, tail=b"\0"),
    )] == [
        ("member added", OTHER, None, OWNER, False), ("member removed", OTHER, None, OWNER, False),
        ("threshold", None, 1, OWNER, False), ("time lock", None, 60, OWNER, False),
        ("config authority", OTHER, None, OWNER, False),
        ("rent collector", None, None, OWNER, False),
        ("spending limit removed", LIMIT, None, OWNER, False),
    ]  # fmt: skip


def test_changes_by_vote_are_drafts_until_they_are_executed() -> None:
    actions = struct.pack("<I", 2) + b"\2" + struct.pack("<H", 1) + b"\3" + struct.pack("<I", 0)
    found = read(
        squads("config_transaction_create", MULTISIG, TX, OWNER, OWNER, NOBODY,
               tail=actions + b"\0"),
        squads("config_transaction_execute", MULTISIG, OWNER, key("proposal"), TX),
    )  # fmt: skip
    assert [(p.kind, p.amount, p.via, p.proposed) for p in found] == [
        ("threshold", 1, TX, True), ("time lock", 0, TX, True),
        ("config executed", None, TX, False),
    ]  # fmt: skip


def test_a_multisig_is_created_with_a_threshold() -> None:
    members = struct.pack("<I", 1) + pubkey(OWNER) + b"\7"
    tail = b"\0" + struct.pack("<H", 2) + members + struct.pack("<I", 0) + b"\0\0"
    made = squads("multisig_create_v2", key("config"), key("fees"), MULTISIG, key("seed"), OWNER,
                  NOBODY, tail=tail)  # fmt: skip
    assert [(p.kind, p.subject, p.amount) for p in read(made)] == [
        ("multisig created", MULTISIG, 2)
    ]


def test_an_unknown_instruction_of_the_multisigs_program_is_told() -> None:
    odd = Ran(SQUADS, (MULTISIG, OTHER), b"nothing known")
    assert [(p.kind, p.subject) for p in read(odd)] == [("unknown", MULTISIG)]


def test_other_multisigs_and_failed_transactions_are_left_out() -> None:
    change = squads("multisig_change_threshold", OTHER, OWNER, tail=struct.pack("<H", 1) + b"\0")
    assert read(change) == ()
    failed = token(5, ACCOUNT, OWNER)
    assert read(failed, err={"InstructionError": [0, {"Custom": 1}]}) == ()
