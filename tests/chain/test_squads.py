"""The Squads v4 multisig: round trips, the shapes it may have, and what it must not be."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import squads_multisig
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts.squads import (
    INSTRUCTIONS,
    MULTISIG_DISCRIMINATOR,
    Member,
    Multisig,
    decode_multisig,
    derive_multisig,
    derive_vault,
    find_vault_index,
    instruction_name,
    rederives,
)

OWNER = programs.SQUADS_V4
MULTISIG = "thHmF7VYNtxE1MaDzYXbfPCiq13RF6JwuWnjvDZuSmF"
VAULT = "CALHrBqx6jbzcPn2NVcinqSAHeod65v9LcDuTxsdPqBv"
KEYS = [str(Pubkey.from_bytes(bytes([n]) * 32)) for n in range(1, 9)]


def raw(key: str) -> bytes:
    return bytes(Pubkey.from_string(key))


def encode(multisig: Multisig) -> bytes:
    """The account's content, written the way the program does."""
    collector = multisig.rent_collector
    return b"".join([
        MULTISIG_DISCRIMINATOR,
        raw(multisig.create_key),
        raw(multisig.config_authority or programs.SYSTEM),
        struct.pack("<HIQQ", multisig.threshold, multisig.time_lock,
                    multisig.transaction_index, multisig.stale_transaction_index),
        b"\0" if collector is None else b"\1" + raw(collector),
        bytes([multisig.bump]),
        struct.pack("<I", len(multisig.members)),
        *(raw(member.key) + bytes([member.mask]) for member in multisig.members),
    ])


def sample(**changes: object) -> Multisig:
    """A sound autonomous 2 of 3 with a lock of two days."""
    values: dict[str, object] = {
        "create_key": KEYS[7], "config_authority": None, "threshold": 2, "time_lock": 172_800,
        "transaction_index": 3, "stale_transaction_index": 1, "rent_collector": None,
        "bump": squads_multisig(KEYS[7]).bump,
        "members": tuple(Member(key, 7) for key in KEYS[:3]),
    }
    return Multisig(**{**values, **changes})  # type: ignore[arg-type]


key_texts = st.binary(min_size=32, max_size=32).map(lambda b: str(Pubkey.from_bytes(b)))
multisigs = st.builds(
    Multisig,
    create_key=key_texts,
    config_authority=st.none() | key_texts.filter(lambda key: key != programs.SYSTEM),
    threshold=st.integers(0, 2**16 - 1),
    time_lock=st.integers(0, 2**32 - 1),
    transaction_index=st.integers(0, 2**64 - 1),
    stale_transaction_index=st.integers(0, 2**64 - 1),
    rent_collector=st.none() | key_texts,
    bump=st.integers(0, 255),
    members=st.lists(
        st.builds(Member, key_texts, st.integers(0, 7)), max_size=6, unique_by=lambda m: m.key
    ).map(tuple),
)


@given(multisigs, st.integers(0, 400))
def test_round_trip_with_any_zero_tail(multisig: Multisig, tail: int) -> None:
    assert decode_multisig(OWNER, encode(multisig) + bytes(tail)) == multisig


@given(multisigs)
def test_every_truncation_is_an_error(multisig: Multisig) -> None:
    data = encode(multisig)
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            decode_multisig(OWNER, data[:size])


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_give_a_multisig_or_a_decode_error(data: bytes, marked: bool) -> None:
    try:
        multisig = decode_multisig(OWNER, MULTISIG_DISCRIMINATOR + data if marked else data)
    except DecodeError as error:
        assert error.what.startswith("squads v4 multisig")
    else:
        assert encode(multisig)[8:] == data[: len(encode(multisig)) - 8]


@given(multisigs, st.data())
def test_changed_bytes_give_a_multisig_or_a_decode_error(
    multisig: Multisig, data: st.DataObject
) -> None:
    content = bytearray(encode(multisig))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode_multisig(OWNER, bytes(content))
    except DecodeError:
        return
    assert isinstance(found.breaches, tuple)
    assert len(found.voters) <= len(found.members)


def test_rent_collector_shifts_what_follows() -> None:
    without, collected = sample(), sample(rent_collector=KEYS[6])
    assert len(encode(collected)) == len(encode(without)) + 32
    assert decode_multisig(OWNER, encode(without)).rent_collector is None
    found = decode_multisig(OWNER, encode(collected))
    assert found.rent_collector == KEYS[6]
    assert found.members == without.members
    broken = bytearray(encode(without))
    broken[94] = 2
    with pytest.raises(DecodeError, match="rent_collector at byte 94: option tag"):
        decode_multisig(OWNER, bytes(broken))


@pytest.mark.parametrize("owner", [programs.SYSTEM, programs.SQUADS_V3, KEYS[0], ""])
def test_same_bytes_under_another_owner_are_refused(owner: str) -> None:
    with pytest.raises(DecodeError, match="not owned by the Squads v4 program"):
        decode_multisig(owner, encode(sample()))
    with pytest.raises(DecodeError, match="not owned"):
        decode_multisig(owner, b"")


def test_another_deployment_only_when_named() -> None:
    assert decode_multisig(KEYS[0], encode(sample()), program=KEYS[0]) == sample()
    with pytest.raises(DecodeError, match="not owned"):
        decode_multisig(OWNER, encode(sample()), program=KEYS[0])


def test_another_discriminator_is_refused() -> None:
    data = b"\x1a\x5e\xbd\xbb\x74\x88\x35\x21" + encode(sample())[8:]
    with pytest.raises(DecodeError, match=r"discriminator at byte 0: not a Multisig"):
        decode_multisig(OWNER, data)


def test_config_authority_is_none_only_when_all_zero() -> None:
    assert decode_multisig(OWNER, encode(sample())).config_authority is None
    held = decode_multisig(OWNER, encode(sample(config_authority=KEYS[5])))
    assert held.config_authority == KEYS[5]
    one_bit = bytearray(encode(sample()))
    one_bit[71] = 1
    assert decode_multisig(OWNER, bytes(one_bit)).config_authority is not None


def test_permissions_split_the_members() -> None:
    masks = (1, 2, 4, 3, 6, 7, 0)
    members = tuple(Member(key, mask) for key, mask in zip(KEYS, masks, strict=False))
    found = decode_multisig(OWNER, encode(sample(members=members)))
    assert found.initiators == (KEYS[0], KEYS[3], KEYS[5])
    assert found.voters == (KEYS[1], KEYS[3], KEYS[4], KEYS[5])
    assert found.executors == (KEYS[2], KEYS[4], KEYS[5])


def test_unknown_permission_and_repeated_member_are_refused() -> None:
    with pytest.raises(DecodeError, match=r"members\[1\]\.permissions at byte 165: mask 8"):
        decode_multisig(OWNER, encode(sample(members=(Member(KEYS[0], 7), Member(KEYS[1], 8)))))
    with pytest.raises(DecodeError, match=r"members\[2\]\.key at byte 166: the same member"):
        members = (Member(KEYS[0], 7), Member(KEYS[1], 7), Member(KEYS[0], 2))
        decode_multisig(OWNER, encode(sample(members=members)))


def test_member_count_is_bounded_by_the_account() -> None:
    data = encode(sample())
    with pytest.raises(DecodeError, match="at most 3"):
        decode_multisig(OWNER, data[:96] + struct.pack("<I", 4) + data[100:])


def test_nonzero_tail_is_reported_and_changes_nothing_else() -> None:
    data = encode(sample())
    assert not decode_multisig(OWNER, data + bytes(330)).tail_nonzero
    left_over = decode_multisig(OWNER, data + raw(KEYS[4]) + b"\7" + bytes(297))
    assert left_over.tail_nonzero
    assert left_over.members == sample().members


def test_sound_multisig_breaks_no_invariant() -> None:
    assert sample().breaches == ()
    assert sample().members_sorted


@pytest.mark.parametrize(("changes", "clause"), [
    ({"threshold": 0}, "threshold is 0"),
    ({"threshold": 4}, "threshold 4 is above the 3 voters"),
    ({"time_lock": 90 * 86_400 + 1}, "time lock"),
    ({"stale_transaction_index": 4}, "stale"),
    ({"members": tuple(Member(key, 7) for key in reversed(KEYS[:3]))}, "not sorted"),
    ({"members": tuple(Member(key, 6) for key in KEYS[:3])}, "no member may initiate"),
    ({"members": tuple(Member(key, 5) for key in KEYS[:3])}, "no member may vote"),
    ({"members": tuple(Member(key, 3) for key in KEYS[:3])}, "no member may execute"),
])
def test_broken_invariants_are_named(changes: dict[str, object], clause: str) -> None:
    found = decode_multisig(OWNER, encode(sample(**changes)))
    assert any(clause in breach for breach in found.breaches)


def test_address_rederives_from_the_create_key() -> None:
    multisig = sample()
    address = derive_multisig(multisig.create_key)
    assert rederives(address, multisig)
    assert not rederives(KEYS[0], multisig)
    assert not rederives(address, sample(create_key=KEYS[0]))
    assert not rederives(address, sample(bump=(multisig.bump - 1) % 256))
    assert not rederives(address, multisig, program=KEYS[0])


def test_vault_of_a_real_multisig() -> None:
    assert derive_vault(MULTISIG) == VAULT
    assert find_vault_index(MULTISIG, VAULT) == 0
    assert find_vault_index(MULTISIG, derive_vault(MULTISIG, 255)) == 255
    assert find_vault_index(MULTISIG, KEYS[0]) is None
    with pytest.raises(ValueError, match="vault"):
        find_vault_index(MULTISIG, "nonsense")


def test_discriminators_follow_from_the_names() -> None:
    assert len(INSTRUCTIONS) == 36
    for discriminator, name in INSTRUCTIONS.items():
        assert hashlib.sha256(f"global:{name}".encode()).digest()[:8] == discriminator, name
    assert hashlib.sha256(b"account:Multisig").digest()[:8] == MULTISIG_DISCRIMINATOR


def test_instruction_names() -> None:
    approve = bytes.fromhex("9025a488bcd82af8")
    assert instruction_name(approve + b"memo") == "proposal_approve"
    assert instruction_name(approve[:7]) is None
    assert instruction_name(bytes(8)) is None
