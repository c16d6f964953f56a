"""What instructions would do, in words, and when nobody can say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts import squads, system
from privatedao_audit.chain.layouts.common import UnknownInstruction
from privatedao_audit.chain.layouts.describe import PROGRAM_NAMES, describe, describe_message
from tests.chain.layouts.encoding import (
    KEYS,
    ZERO,
    anchor,
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

A, B, C, D, E, F, G = KEYS[:7]
SYSTEM, LOADER, TOKEN, SQUADS = (
    programs.SYSTEM, programs.LOADER_V3, programs.TOKEN, programs.SQUADS_V4,
)
LIMIT = key(D) + u8(0) + key(ZERO) + u64(5) + u8(1) + key_vector([A]) + key_vector([])


@pytest.mark.parametrize(("program", "accounts", "data", "words"), [
    (LOADER, [A, B, C, D, E, F, G], u32(3), f"upgrades program {B} from buffer {C}"),
    (LOADER, [A, B, C, D, E, F, G, KEYS[7]], u32(2) + u64(9),
     f"deploys program {C} from buffer {D}"),
    (LOADER, [A, B], u32(4), f"gives up the authority over {A} for good"),
    (LOADER, [A, B, C], u32(4), f"hands the authority over {A} to {C}"),
    (LOADER, [A, B, C], u32(7), f"hands the authority over {A} to {C}"),
    (LOADER, [A, B, C, D], u32(5), f"closes program {D}, its lamports to {B}"),
    (LOADER, [A, B, C], u32(5), f"closes account {A}, its lamports to {B}"),
    (LOADER, [A, B], u32(6) + u32(10), f"extends program {B} by 10 bytes"),
    (LOADER, [A, B], u32(1) + u32(4) + u64(2) + b"ab", f"writes 2 bytes at 4 into buffer {A}"),
    (LOADER, [A, B], u32(0), f"makes buffer {A}, written by {B}"),
    (LOADER, [A, B, C], u32(8), f"moves program {B} to loader v4"),
    (SYSTEM, [A, B], u32(2) + u64(7), f"sends 7 lamports, {A} to {B}"),
    (SYSTEM, [A, B, C], u32(4), f"advances nonce {A} of {C}"),
    (SYSTEM, [A, B], u32(7) + key(C), f"sets the authority of nonce {A} to {C}"),
    (SYSTEM, [A, B, C, D, E], u32(5) + u64(7), f"takes 7 lamports from nonce {A} to {B}"),
    (SYSTEM, [A, B], u32(0) + u64(7) + u64(1) + key(C),
     f"makes account {B} with 7 lamports for {C}"),
    (SYSTEM, [A], u32(1) + key(C), f"gives account {A} to program {C}"),
    (SYSTEM, [A], u32(8) + u64(1), f"Allocate on {A}"),
    (TOKEN, [A, B, C], u8(3) + u64(5), f"sends 5 base units, {A} to {B}"),
    (TOKEN, [A, B, C, D], u8(12) + u64(5) + u8(6), f"sends 5 base units of mint {B}, {A} to {C}"),
    (TOKEN, [A, B, C], u8(4) + u64(5), f"lets {B} move 5 base units of {A}"),
    (TOKEN, [A, B, C], u8(7) + u64(5), f"mints 5 base units of {A} to {B}"),
    (TOKEN, [A, B, C], u8(8) + u64(5), f"burns 5 base units of {B} from {A}"),
    (TOKEN, [A, B, C], u8(9), f"closes token account {A}, its lamports to {B}"),
    (TOKEN, [A, B], u8(6, 0) + option(key(C)), f"hands the mint authority of {A} to {C}"),
    (TOKEN, [A, B], u8(6, 1) + option(None), f"gives up the freeze authority of {A} for good"),
    (TOKEN, [A, B, C], u8(10), f"FreezeAccount on {A}"),
    (programs.ASSOCIATED_TOKEN, [A, B, C, D, SYSTEM, TOKEN], u8(1),
     f"makes token account {B} of {C} for mint {D}"),
    (SQUADS, [A, B, C], anchor("proposal_approve", "global") + option(None),
     f"{B} votes on {C}: approved"),
    (SQUADS, [A, B], anchor("multisig_add_member", "global") + key(C) + u8(7) + option(None),
     f"changes multisig {A} by its config authority: add member {C} with mask 7"),
    (SQUADS, [A, B, C, D, SYSTEM],
     anchor("multisig_add_spending_limit", "global") + LIMIT + option(None),
     f"changes multisig {A} by its config authority: spending limit of 5 lamports (day) from "
     f"vault 0 for {A} to anybody"),
    (SQUADS, [A, B, C, D, SYSTEM],
     anchor("config_transaction_create", "global")
     + vector([u8(1) + key(B), u8(2) + u16(1), u8(3) + u32(0), u8(5) + key(C), u8(6, 0)])
     + option(None),
     f"proposes to multisig {A}: remove member {B}; threshold 1; time lock 0 s; remove spending "
     f"limit {C}; rent collector None"),
    (SQUADS, [A, B], anchor("multisig_set_config_authority", "global") + key(C) + option(None),
     f"changes multisig {A} by its config authority: config authority {C}"),
    (SQUADS, [A, B, C, D, E, SYSTEM],
     anchor("multisig_create_v2", "global") + option(None) + u16(1) + vector([key(A) + u8(7)])
     + u32(60) + option(None) + option(None), f"makes multisig {C}, 1 of 1, time lock 60 s"),
    (SQUADS, KEYS[:10], anchor("spending_limit_use", "global") + u64(5) + u8(9) + option(None),
     f"spends 5 from vault {D} to {E} by a limit"),
    (SQUADS, [A, B, C, D], anchor("vault_transaction_execute", "global"),
     f"vault_transaction_execute on multisig {A}"),
    (programs.SQUADS_V3, [A, B, C], anchor("approve_transaction", "global"),
     f"approve_transaction on {A}"),
    (programs.SPL_GOVERNANCE, [A, B, C], u8(16), f"ExecuteTransaction on {A}"),
])
def test_words(program: str, accounts: list[str], data: bytes, words: str) -> None:
    action = describe(program, accounts, data)
    assert action.text == words
    assert action.understood and action.accounts
    assert action.program_name == PROGRAM_NAMES[program]
    # An account that nobody resolved could be any account.
    assert not describe(program, [None, *accounts[1:]], data).understood


@pytest.mark.parametrize(("program", "accounts", "data", "words"), [
    (None, [A], b"x", "from a lookup table that was not resolved"),
    (D, [A, B], b"abc", f"calls program {D} with 3 bytes and 2 accounts"),
    (LOADER, [A], u32(3), "Upgrade of program"), (LOADER, [A], b"\3", "an instruction of program"),
    (SYSTEM, [A], u32(99), "tag 99"), (SYSTEM, [A, B], u32(2), "Transfer of program"),
    (TOKEN, [A], u8(0), "InitializeMint on"), (TOKEN, [A], u8(255), "Batch on"),
    (SQUADS, [A], bytes(8), "not understood"),
    (programs.SQUADS_V3, [A], anchor("add_member", "global"), "needs 3"),
    (programs.SPL_GOVERNANCE, [A, B], u8(19) + b"rules", f"SetGovernanceConfig on {A}"),
    (programs.ASSOCIATED_TOKEN, [A, B, C, D], u8(2), "not understood"),
    (programs.COMPUTE_BUDGET, [], u8(2) + u32(9), "calls program"),
])
def test_what_is_not_understood_says_so(
    program: str | None, accounts: list[str], data: bytes, words: str
) -> None:
    action = describe(program, accounts, data)
    assert words in action.text
    assert not action.understood


def test_a_copy_of_governance_only_where_it_was_recognised() -> None:
    assert not describe(D, [A, B, C], u8(16)).understood
    action = describe(D, [A, B, C], u8(16), governance_programs=[D])
    assert action.understood and action.program_name == "spl governance"


def test_memo_text_never_reaches_the_words() -> None:
    memo = option(text("</script>\u202e"))
    action = describe(SQUADS, [A, B, C], anchor("proposal_approve", "global") + memo)
    assert action.text == f"{B} votes on {C}: approved"


def test_message_of_an_upgrade_by_a_vault() -> None:
    keys = [G, B, C, D, E, F, LOADER, A]
    compact = b"".join([
        u8(1, 1, 3), u8(len(keys)), *(key(one) for one in keys), u8(1),
        u8(6) + u8(7) + u8(7, 1, 2, 3, 4, 5, 0) + u16(4) + u32(3), u8(0),
    ])
    message = squads.decode_message(compact)
    action, = describe_message(message)
    assert action.text == f"upgrades program {B} from buffer {C}"
    assert dict(action.accounts)["authority"] == G
    table = compact[:-1] + u8(1) + key(KEYS[20]) + u8(1, 0) + u8(0)
    hidden = squads.decode_message(table.replace(u8(7, 1, 2, 3, 4, 5, 0), u8(7, 8, 2, 3, 4, 5, 0)))
    assert not describe_message(hidden)[0].understood
    shown, = describe_message(hidden, [D])
    assert shown.understood and shown.text == f"upgrades program {D} from buffer {C}"


@given(st.sampled_from([*PROGRAM_NAMES, D]), st.integers(0, 9), st.binary(max_size=60))
def test_never_raises(program: str, accounts: int, data: bytes) -> None:
    assert describe(program, KEYS[:accounts], data).text


@given(st.sampled_from(sorted(squads.INSTRUCTIONS)), st.binary(max_size=60))
def test_never_raises_on_squads(mark: bytes, data: bytes) -> None:
    assert describe(SQUADS, KEYS[:12], mark + data).text


@pytest.mark.parametrize(("tag", "accounts", "body"), [
    (3, 2, key(A) + u64(2) + b"ab" + u64(5) + u64(6) + key(B)),
    (9, 2, key(A) + u64(2) + b"ab" + u64(6) + key(B)),
    (10, 2, key(A) + u64(2) + b"ab" + key(B)),
    (11, 3, u64(5) + u64(2) + b"ab" + key(B)),
    (6, 3, key(C)), (12, 1, b""),
])
def test_other_system_instructions(tag: int, accounts: int, body: bytes) -> None:
    found = system.decode_instruction(KEYS[:accounts], u32(tag) + body)
    assert isinstance(found, system.SystemInstruction)
    assert found.owner == (B if tag in (3, 9, 10, 11) else None)
    assert found.lamports == (5 if tag in (3, 11) else None)
    assert found.space == (6 if tag in (3, 9) else None)
    assert found.new_authority == (C if tag == 6 else None)
    for size in range(len(body)):
        cut = system.decode_instruction(KEYS[:accounts], u32(tag) + body[:size])
        assert isinstance(cut, UnknownInstruction)
