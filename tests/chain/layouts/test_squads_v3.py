"""Squads v3: accounts, derivations, instructions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import squads_v3
from privatedao_audit.chain.layouts.common import UnknownInstruction
from tests.chain.layouts.encoding import (
    KEYS,
    anchor,
    blob,
    key,
    key_vector,
    refuses_every_cut,
    refuses_other_owners,
    u8,
    u16,
    u32,
    vector,
)

OWNER = programs.SQUADS_V3
A, B, C, D = KEYS[:4]
MS = "7ZyDFzet6sKgZLN4D89JLfo7chu2n7nYdkFt5RCFk8Sf"
AUTHORITY = "CvQZZ23qYDWF2RUpxYJ8y9K4skmuvYEEjH7fK58jtipQ"


def ms(threshold: int = 2, keys: tuple[str, ...] = (A, B, C), bump: int = 254,
       transaction: int = 9, change: int = 4) -> bytes:
    return b"".join([anchor("Ms"), u16(threshold), u16(1), u32(transaction), u32(change), u8(bump),
                     key(D), u8(0), key_vector(keys)])


def transaction(status: int = 2) -> bytes:
    return b"".join([anchor("MsTransaction"), key(A), key(MS), u32(9), u32(1), u8(253, status, 2),
                     u8(252), key_vector([A, B]), key_vector([C]), key_vector([]), u8(1)])


def instruction() -> bytes:
    metas = vector([key(A) + u8(1, 0), key(B) + u8(0, 1)])
    return b"".join([anchor("MsInstruction"), key(D), metas, blob(b"run"), u8(2, 251, 0)])


@pytest.mark.parametrize(("decode", "data"), [
    (squads_v3.decode_ms, ms()), (squads_v3.decode_ms_transaction, transaction()),
    (squads_v3.decode_ms_instruction, instruction()),
])
def test_strictness(decode, data: bytes) -> None:  # type: ignore[no-untyped-def]
    found = decode(OWNER, data)
    assert not found.tail_nonzero
    assert decode(OWNER, data + bytes(64)) == found
    assert decode(OWNER, data + b"\1").tail_nonzero
    refuses_every_cut(decode, OWNER, data)
    refuses_other_owners(decode, data, right=OWNER)
    with pytest.raises(DecodeError, match="another type"):
        decode(OWNER, bytes(8) + data[8:])


def test_ms() -> None:
    found = squads_v3.decode_ms(OWNER, ms())
    assert (found.threshold, found.keys, found.create_key) == (2, (A, B, C), D)
    assert (found.transaction_index, found.ms_change_index) == (9, 4)
    assert found.breaches == ()
    with pytest.raises(DecodeError, match="the same key twice"):
        squads_v3.decode_ms(OWNER, ms(keys=(A, B, A)))
    with pytest.raises(DecodeError, match="boolean"):
        squads_v3.decode_ms(OWNER, ms()[:53] + u8(2) + ms()[54:])


@pytest.mark.parametrize(("data", "clause"), [
    (ms(0), "threshold is 0"), (ms(4), "above the 3 keys"), (ms(keys=()), "no keys"),
    (ms(keys=(B, A)), "not sorted"), (ms(transaction=3), "change index"),
])
def test_broken_invariants_are_named(data: bytes, clause: str) -> None:
    assert any(clause in one for one in squads_v3.decode_ms(OWNER, data).breaches)


def test_transaction_and_instruction() -> None:
    found = squads_v3.decode_ms_transaction(OWNER, transaction())
    assert (found.status, found.instructions, found.executed) == ("execute-ready", 2, 1)
    assert (found.approved, found.rejected, found.ms) == ((A, B), (C,), MS)
    with pytest.raises(DecodeError, match="unknown tag 6"):
        squads_v3.decode_ms_transaction(OWNER, transaction(6))
    one = squads_v3.decode_ms_instruction(OWNER, instruction())
    assert one.accounts == (squads_v3.AccountMeta(A, True, False),
                            squads_v3.AccountMeta(B, False, True))
    assert (one.program, one.data, one.instruction_index) == (D, b"run", 2)


def test_authority_of_a_real_multisig() -> None:
    assert squads_v3.derive_authority(MS).address == AUTHORITY
    assert squads_v3.find_authority_index(MS, AUTHORITY) == 1
    assert squads_v3.find_authority_index(MS, A, last=3) is None
    with pytest.raises(ValueError, match="authority"):
        squads_v3.find_authority_index(MS, "nonsense")


def test_address_rederives_from_the_create_key() -> None:
    address, bump = squads_v3.derive_ms(D)
    assert squads_v3.decode_ms(OWNER, ms(bump=bump)).rederives(address)
    assert not squads_v3.decode_ms(OWNER, ms(bump=bump)).rederives(MS)
    first = squads_v3.derive_transaction(MS, 1).address
    assert first != squads_v3.derive_transaction(MS, 2).address
    assert squads_v3.derive_instruction(first, 1) != squads_v3.derive_instruction(first, 2)


def test_instructions_by_role() -> None:
    found = squads_v3.decode_instruction([A, B, C, D], anchor("execute_transaction", "global"))
    assert isinstance(found, squads_v3.SquadsV3Instruction)
    assert (found.account("member"), found.account("transaction")) == (C, B)
    assert (found.remaining, found.data) == ((D,), b"")
    vote = squads_v3.decode_instruction([A, B, C], anchor("approve_transaction", "global"))
    assert isinstance(vote, squads_v3.SquadsV3Instruction) and vote.account("member") == C
    assert anchor("execute_transaction", "global").hex() == "e7ad315beb184413"


@given(st.binary(max_size=12), st.integers(0, 3))
def test_unknown_instructions_are_kept(data: bytes, accounts: int) -> None:
    found = squads_v3.decode_instruction(KEYS[:accounts], b"\0" + data)
    assert isinstance(found, UnknownInstruction)
    few = squads_v3.decode_instruction([], anchor("approve_transaction", "global") + data)
    assert isinstance(few, UnknownInstruction) and few.name == "approve_transaction"
