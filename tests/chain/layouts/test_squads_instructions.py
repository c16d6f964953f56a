"""Squads v4 instructions: who did what, by role."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.common import UnknownInstruction
from privatedao_audit.chain.layouts.squads import arguments as args
from tests.chain.layouts.encoding import (
    KEYS,
    ZERO,
    anchor,
    blob,
    key,
    key_vector,
    option,
    text,
    u8,
    u16,
    u32,
    u64,
    vector,
)

A, B, C, D, E, F, G, H = KEYS[:8]
SQUADS = programs.SQUADS_V4
#: Discriminators as the facts about the deployed program state them.
KNOWN = {
    "multisig_create_v2": "32ddc75d28f58be9", "vault_transaction_create": "30fa4ea8d0e2dad3",
    "vault_transaction_execute": "c208a15799a419ab",
    "config_transaction_create": "9bec57e4894b5127",
    "config_transaction_execute": "7292f4bdfc8c2428", "proposal_create": "dc3c49e01e6c4f9f",
    "proposal_approve": "9025a488bcd82af8", "proposal_reject": "f33e869ce66af687",
    "proposal_cancel": "1b2a7fed26a354cb", "proposal_cancel_v2": "cd29c23ddc8b10f7",
    "spending_limit_use": "1039827fc1149b86", "batch_execute_transaction": "ac2cb398157feab4",
    "multisig_add_member": "01dbd76cb8e5d608", "multisig_remove_member": "d975b1d2b691da48",
    "multisig_change_threshold": "8d2a0f7ea95c3eb5", "multisig_set_time_lock": "949a794dd4fe9b48",
    "multisig_set_config_authority": "8f5dc78f5ca9c1e8",
    "config_transaction_accounts_close": "50cb54359770bbba",
    "vault_transaction_accounts_close": "c447bbb00223aaa5",
    "vault_batch_transaction_account_close": "8612136a814461f7",
    "batch_accounts_close": "dac407af82660bff", "multisig_add_spending_limit": "0bf29f2a56c55973",
    "multisig_remove_spending_limit": "e4c6886f7b04b271",
    "transaction_buffer_create": "f5c9716c253f1d59",
    "vault_transaction_create_from_buffer": "de36954457f630e7",
}  # fmt: skip
COMPACT = b"".join([u8(1, 1, 0), u8(2), key(A), key(B), u8(1), u8(1), u8(1) + b"\0", u16(2) + b"hi",
                    u8(0)])
MEMO = option(text("why"))


def data(name: str, body: bytes = b"") -> bytes:
    return anchor(name, "global") + body


def decoded(name: str, accounts: list[str], body: bytes = b"") -> squads.SquadsInstruction:
    found = squads.decode_instruction(accounts, data(name, body))
    assert isinstance(found, squads.SquadsInstruction), found
    assert found.trailing == 0
    return found


def test_discriminators_of_the_deployed_program() -> None:
    for name, mark in KNOWN.items():
        assert squads.INSTRUCTIONS[bytes.fromhex(mark)] == name


@pytest.mark.parametrize(("name", "list_"), [
    ("proposal_approve", "approved"), ("proposal_reject", "rejected"),
    ("proposal_cancel", "cancelled"), ("proposal_cancel_v2", "cancelled"),
])
def test_votes_by_member_and_proposal(name: str, list_: str) -> None:
    found = decoded(name, [A, B, C, ZERO], MEMO)
    assert (found.account("multisig"), found.actor, found.account("proposal")) == (A, B, C)
    assert found.vote == list_
    assert found.arguments == args.Memo("why")
    assert decoded(name, [A, B, C, ZERO], option(None)).arguments == args.Memo(None)


def test_creating_a_vault_transaction() -> None:
    body = u8(1, 2) + blob(COMPACT) + MEMO
    found = decoded("vault_transaction_create", [A, B, C, D, ZERO], body)
    assert isinstance(found.arguments, args.CreateVaultTransaction)
    assert (found.arguments.vault_index, found.arguments.ephemeral_signers) == (1, 2)
    assert found.arguments.message.account_keys == (A, B)
    assert (found.actor, found.account("transaction"), found.account("rent_payer")) == (C, B, D)
    assert found.vote is None
    bad = squads.decode_instruction([A, B, C, D, ZERO], data(
        "vault_transaction_create", u8(1, 2) + blob(COMPACT + b"\1") + MEMO))
    assert isinstance(bad, UnknownInstruction) and "follow the content" in bad.reason


def test_executing_names_the_member_in_each_order() -> None:
    vault = decoded("vault_transaction_execute", [A, B, C, D, E, F])
    assert (vault.account("proposal"), vault.account("transaction"), vault.actor) == (B, C, D)
    assert vault.remaining == (E, F)
    config = decoded("config_transaction_execute", [A, B, C, D, SQUADS, SQUADS, E])
    assert (config.actor, config.account("proposal"), config.account("transaction")) == (B, C, D)
    assert config.account("rent_payer") is None
    assert config.remaining == (E,)
    batch = decoded("batch_execute_transaction", [A, B, C, D, E, F])
    assert (batch.actor, batch.account("batch"), batch.account("transaction")) == (B, D, E)


def test_creating_a_multisig() -> None:
    members = vector([key(A) + u8(7), key(B) + u8(2)])
    body = option(key(H)) + u16(2) + members + u32(86_400) + option(None) + MEMO
    found = decoded("multisig_create_v2", [A, B, C, D, E, ZERO], body)
    assert (found.account("multisig"), found.account("create_key"), found.actor) == (C, D, E)
    assert found.arguments == args.CreateMultisig(
        H, 2, (squads.Member(A, 7), squads.Member(B, 2)), 86_400, None, "why"
    )
    autonomous = decoded("multisig_create_v2", [A, B, C, D, E, ZERO],
                         option(key(ZERO)) + body[33:])
    assert isinstance(autonomous.arguments, args.CreateMultisig)
    assert autonomous.arguments.config_authority is None


LIMIT = b"".join([key(D), u8(0), key(ZERO), u64(5), u8(0), key_vector([A]), key_vector([])])


@pytest.mark.parametrize(("name", "body", "change"), [
    ("multisig_add_member", key(C) + u8(7), squads.AddMember(squads.Member(C, 7))),
    ("multisig_remove_member", key(C), squads.RemoveMember(C)),
    ("multisig_change_threshold", u16(1), squads.ChangeThreshold(1)),
    ("multisig_set_time_lock", u32(0), squads.SetTimeLock(0)),
    ("multisig_set_config_authority", key(C), args.SetConfigAuthority(C)),
    ("multisig_set_config_authority", key(ZERO), args.SetConfigAuthority(None)),
    ("multisig_set_rent_collector", option(key(C)), squads.SetRentCollector(C)),
    ("multisig_add_spending_limit", LIMIT,
     squads.AddSpendingLimit(D, 0, None, 5, "once", (A,), ())),
])
def test_changes_by_the_config_authority(name: str, body: bytes, change: object) -> None:
    found = decoded(name, [A, B, C, D, ZERO], body + MEMO)
    assert found.arguments == args.ConfigChange(change, "why")  # type: ignore[arg-type]
    assert (found.account("multisig"), found.actor) == (A, B)


@pytest.mark.parametrize(("name", "accounts", "body", "expected"), [
    ("config_transaction_create", 5, vector([u8(2) + u16(1)]) + MEMO,
     args.CreateConfigTransaction((squads.ChangeThreshold(1),), "why")),
    ("proposal_create", 5, u64(9) + u8(1), args.CreateProposal(9, True)),
    ("batch_create", 5, u8(3) + MEMO, args.CreateBatch(3, "why")),
    ("batch_add_transaction", 7, u8(0) + blob(COMPACT),
     args.AddToBatch(0, squads.decode_message(COMPACT))),
    ("spending_limit_use", 10, u64(5) + u8(9) + MEMO, args.UseSpendingLimit(5, 9, "why")),
    ("transaction_buffer_create", 5, u8(1, 2) + bytes(32) + u16(7) + blob(b"ab"),
     args.CreateBuffer(1, 2, "00" * 32, 7, b"ab")),
    ("transaction_buffer_extend", 3, blob(b"cd"), args.ExtendBuffer(b"cd")),
    ("vault_transaction_create_from_buffer", 7, u8(1, 2) + blob(bytes(6)) + MEMO,
     args.CreateFromBuffer(1, 2, "why")),
    ("multisig_remove_spending_limit", 4, MEMO, args.Memo("why")),
    ("program_config_set_authority", 2, key(C), args.SetProgramAuthority(C)),
    ("program_config_set_treasury", 2, key(C), args.SetProgramTreasury(C)),
    ("program_config_set_multisig_creation_fee", 2, u64(4), args.SetCreationFee(4)),
    ("program_config_init", 3, key(A) + u64(4) + key(C), args.InitProgramConfig(A, 4, C)),
])
def test_arguments(name: str, accounts: int, body: bytes, expected: object) -> None:
    assert decoded(name, KEYS[:accounts], body).arguments == expected
    for size in range(len(body)):
        found = squads.decode_instruction(KEYS[:accounts], data(name, body[:size]))
        assert isinstance(found, UnknownInstruction) and found.name == name
    few = squads.decode_instruction([A], data(name, body))
    assert isinstance(few, UnknownInstruction) and "needs more" in few.reason


@pytest.mark.parametrize("name", sorted(squads.INSTRUCTIONS.values()))
def test_no_instruction_is_read_without_its_accounts(name: str) -> None:
    found = squads.decode_instruction([], data(name, bytes(400)))
    assert isinstance(found, UnknownInstruction)
    assert found.name == name


def test_closing_finished_accounts_has_no_actor() -> None:
    found = decoded("vault_transaction_accounts_close", [A, B, C, D, ZERO])
    assert found.actor is None
    assert found.account("rent_collector") == D


def test_trailing_bytes_are_counted() -> None:
    found = squads.decode_instruction([A, B, C], data("proposal_approve", option(None) + b"xyz"))
    assert isinstance(found, squads.SquadsInstruction)
    assert found.trailing == 3


def test_unknown_instructions_are_kept() -> None:
    found = squads.decode_instruction([A], bytes(8))
    assert found == UnknownInstruction("squads v4", None, "its discriminator is not in the table")
    assert isinstance(squads.decode_instruction([A], b"\1"), UnknownInstruction)


@given(st.sampled_from(sorted(squads.INSTRUCTIONS)), st.binary(max_size=120), st.integers(0, 12))
def test_never_raises(mark: bytes, body: bytes, accounts: int) -> None:
    found = squads.decode_instruction(KEYS[:accounts], mark + body)
    assert found.name == squads.INSTRUCTIONS[mark]
