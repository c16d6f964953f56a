"""Loader accounts and instructions: real ones made by the runtime, and hostile ones."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts.loader import (
    INSTRUCTION_NAMES,
    Buffer,
    LegacyProgram,
    LoaderInstruction,
    LoaderV4Program,
    Program,
    ProgramData,
    Uninitialized,
    UnknownLoaderInstruction,
    decode_account,
    decode_instruction,
    executable_hash,
    programdata_address,
)

V3 = programs.LOADER_V3
ELF = b"\x7fELF" + bytes(range(200))
KEY = "CALHrBqx6jbzcPn2NVcinqSAHeod65v9LcDuTxsdPqBv"
RAW_KEY = bytes(Pubkey.from_string(KEY))
keys = st.binary(min_size=32, max_size=32)


def text(raw: bytes) -> str:
    return str(Pubkey.from_bytes(raw))


def programdata(slot: int, authority: bytes | None, elf: bytes, stale: bytes = bytes(32)) -> bytes:
    option = b"\0" + stale if authority is None else b"\1" + authority
    return struct.pack("<IQ", 3, slot) + option + elf


# Accounts


@given(keys)
def test_program_round_trip(pointer: bytes) -> None:
    data = struct.pack("<I", 2) + pointer
    assert decode_account(V3, data, executable=True) == Program(text(pointer))
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            decode_account(V3, data[:size])


def test_program_pointer_is_checked_against_the_derivation() -> None:
    program = "EP9xE8MJZ6FfyEwLqns6HDdUZBknEa7WGYs1Jzsecuva"
    assert Program("FKyt5DcmRQcCF8kzMGjCvfGb3ZPHMQnH1SqiG9Mi8xEc").points_home(program)
    assert not Program(KEY).points_home(program)
    assert programdata_address(program) == "FKyt5DcmRQcCF8kzMGjCvfGb3ZPHMQnH1SqiG9Mi8xEc"


@given(st.integers(0, 2**64 - 1), keys | st.none(), st.binary(max_size=80), keys)
def test_programdata_round_trip(
    slot: int, authority: bytes | None, elf: bytes, stale: bytes
) -> None:
    data = programdata(slot, authority, elf, stale)
    expected = ProgramData(slot, None if authority is None else text(authority), elf)
    assert decode_account(V3, data, executable=False) == expected
    for size in range(45):
        with pytest.raises(DecodeError):
            decode_account(V3, data[:size])


def test_renounced_authority_is_none_whatever_the_stale_key_says() -> None:
    account = decode_account(V3, programdata(7, None, ELF, stale=RAW_KEY))
    assert isinstance(account, ProgramData)
    assert account.upgrade_authority is None
    assert account.executable == ELF
    assert KEY not in repr(account)


def test_authority_option_is_zero_or_one() -> None:
    data = bytearray(programdata(7, RAW_KEY, ELF))
    data[12] = 2
    with pytest.raises(DecodeError, match=r"ProgramData\.authority at byte 12: option tag"):
        decode_account(V3, bytes(data))


@given(keys | st.none(), st.binary(max_size=80))
def test_buffer_round_trip(authority: bytes | None, elf: bytes) -> None:
    option = b"\0" + RAW_KEY if authority is None else b"\1" + authority
    data = struct.pack("<I", 1) + option + elf
    expected = Buffer(None if authority is None else text(authority), elf)
    assert decode_account(V3, data, executable=False) == expected
    for size in range(37):
        with pytest.raises(DecodeError):
            decode_account(V3, data[:size])


def test_uninitialized() -> None:
    assert decode_account(V3, bytes(4)) == Uninitialized()
    assert decode_account(V3, bytes(36), executable=False) == Uninitialized()


@pytest.mark.parametrize("data", [
    struct.pack("<I", 2) + RAW_KEY, programdata(7, RAW_KEY, ELF),
    struct.pack("<I", 1) + b"\1" + RAW_KEY + ELF, bytes(4),
])
@pytest.mark.parametrize(
    "owner", [programs.SYSTEM, programs.NATIVE_LOADER, programs.SQUADS_V4, KEY, "", V3 + " "]
)
def test_right_bytes_under_another_owner_are_refused(owner: str, data: bytes) -> None:
    with pytest.raises(DecodeError, match="owner is not a BPF loader"):
        decode_account(owner, data)


def test_owner_is_checked_before_the_tag() -> None:
    with pytest.raises(DecodeError, match="owner"):
        decode_account(programs.SYSTEM, b"")


def test_unknown_state_and_contradicting_flag() -> None:
    with pytest.raises(DecodeError, match="unknown state 4"):
        decode_account(V3, struct.pack("<I", 4) + bytes(60))
    with pytest.raises(DecodeError, match="not executable"):
        decode_account(V3, struct.pack("<I", 2) + RAW_KEY, executable=False)
    with pytest.raises(DecodeError, match="never executable"):
        decode_account(V3, programdata(7, None, ELF), executable=True)


def test_longer_program_account_may_only_hold_zeros() -> None:
    data = struct.pack("<I", 2) + RAW_KEY
    assert decode_account(V3, data + bytes(9)) == Program(KEY)
    with pytest.raises(DecodeError, match="not all zero"):
        decode_account(V3, data + b"\0\1")


@pytest.mark.parametrize("owner", [programs.LOADER_V1, programs.LOADER_V2])
@pytest.mark.parametrize("executable", [True, False, None])
def test_legacy_loaders_hold_the_executable(owner: str, executable: bool | None) -> None:
    expected = LegacyProgram(owner, executable, ELF)
    assert decode_account(owner, ELF, executable=executable) == expected
    with pytest.raises(DecodeError, match="empty"):
        decode_account(owner, b"", executable=executable)


def test_loader_v4_is_recognised() -> None:
    data = struct.pack("<Q", 9) + RAW_KEY + struct.pack("<Q", 2) + ELF
    expected = LoaderV4Program(9, KEY, "finalized", ELF)
    assert decode_account(programs.LOADER_V4, data) == expected
    with pytest.raises(DecodeError, match="unknown status 3"):
        decode_account(programs.LOADER_V4, data[:40] + struct.pack("<Q", 3))
    with pytest.raises(DecodeError):
        decode_account(programs.LOADER_V4, data[:47])


@given(
    st.sampled_from([V3, programs.LOADER_V1, programs.LOADER_V2, programs.LOADER_V4]),
    st.binary(max_size=120) | st.builds(lambda t, b: struct.pack("<I", t) + b,
                                        st.integers(0, 4), st.binary(max_size=60)),
    st.sampled_from([True, False, None]),
)
def test_any_bytes_give_an_account_or_a_decode_error(
    owner: str, data: bytes, executable: bool | None
) -> None:
    try:
        account = decode_account(owner, data, executable=executable)
    except DecodeError as error:
        assert "loader" in error.what
    else:
        assert account is not None


def test_executable_hash_cuts_trailing_zeros_only() -> None:
    code = b"\0\x7fELF\0\0code"
    expected = hashlib.sha256(code).hexdigest()
    assert executable_hash(code) == expected
    assert executable_hash(code + bytes(4096)) == expected
    assert executable_hash(code + b"\0\1") != expected
    assert executable_hash(b"\0" + code) != expected


@pytest.mark.parametrize("nothing", [b"", bytes(100)])
def test_nothing_has_no_executable_hash(nothing: bytes) -> None:
    with pytest.raises(DecodeError, match="nothing but zero bytes"):
        executable_hash(nothing)


# Instructions

ACCOUNTS = [text(bytes([n]) * 32) for n in range(1, 10)]
A, B, C, D, E, F, G, H, LAST = ACCOUNTS
RENT, CLOCK, SYSTEM = E, F, G


def tag(number: int, rest: bytes = b"") -> bytes:
    return struct.pack("<I", number) + rest


@pytest.mark.parametrize(("accounts", "data", "expected"), [
    ([A, B], tag(0), {"buffer": A, "authority": B}),
    ([A, B], tag(1, struct.pack("<IQ", 96, 3) + b"abc"),
     {"buffer": A, "authority": B, "offset": 96, "size": 3, "payload": b"abc"}),
    ([A, B, C, D, E, F, G, H], tag(2, struct.pack("<Q", 5000)),
     {"payer": A, "programdata": B, "program": C, "buffer": D, "authority": H, "size": 5000}),
    ([A, B, C, D, E, F, G], tag(3),
     {"programdata": A, "program": B, "buffer": C, "recipient": D, "authority": G}),
    ([A, B, C], tag(4), {"subject": A, "authority": B, "new_authority": C}),
    ([A, B], tag(4), {"subject": A, "authority": B}),
    ([A, B, C, D], tag(5), {"subject": A, "recipient": B, "authority": C, "program": D}),
    ([A, B, C], tag(5), {"subject": A, "recipient": B, "authority": C}),
    ([A, B, SYSTEM, D], tag(6, struct.pack("<I", 64)),
     {"programdata": A, "program": B, "payer": D, "size": 64}),
    ([A, B], tag(6, struct.pack("<I", 64)), {"programdata": A, "program": B, "size": 64}),
    ([A, B, C], tag(7), {"subject": A, "authority": B, "new_authority": C}),
    ([A, B, C], tag(8), {"programdata": A, "program": B, "authority": C}),
    ([A, B, C, SYSTEM, E], tag(9, struct.pack("<I", 64)),
     {"programdata": A, "program": B, "authority": C, "payer": E, "size": 64}),
])
def test_every_tag_by_role(accounts: list[str], data: bytes, expected: dict[str, object]) -> None:
    number = data[0]
    wanted = LoaderInstruction(number, INSTRUCTION_NAMES[number], **expected)  # type: ignore[arg-type]
    assert decode_instruction(accounts, data) == wanted
    # Matched on the tag: what follows is counted, never a reason to look away.
    longer = decode_instruction([*accounts, LAST], data + b"\x07xyz")
    assert isinstance(longer, LoaderInstruction)
    assert (longer.tag, longer.trailing, longer.flag) == (number, 4, None)
    for size in range(len(data)):
        assert isinstance(decode_instruction(accounts, data[:size]), UnknownLoaderInstruction)


@pytest.mark.parametrize("number", [2, 3, 5])
@pytest.mark.parametrize("flag", [False, True])
def test_optional_trailing_boolean(number: int, flag: bool) -> None:
    body = struct.pack("<Q", 1) if number == 2 else b""
    found = decode_instruction(ACCOUNTS, tag(number, body + bytes([flag])))
    assert isinstance(found, LoaderInstruction)
    assert (found.flag, found.trailing) == (flag, 0)


@pytest.mark.parametrize("number", range(10))
def test_too_few_accounts_is_unknown_and_named(number: int) -> None:
    body = struct.pack("<IQ", 0, 0)
    found = decode_instruction([A], tag(number, body))
    assert isinstance(found, UnknownLoaderInstruction)
    assert found.tag == number
    assert INSTRUCTION_NAMES[number] in found.reason


def test_unreadable_instructions_are_kept() -> None:
    short = decode_instruction(ACCOUNTS, b"\3\0\0")
    assert isinstance(short, UnknownLoaderInstruction) and short.tag is None
    new = decode_instruction(ACCOUNTS, tag(10))
    assert isinstance(new, UnknownLoaderInstruction) and new.tag == 10
    write = decode_instruction(ACCOUNTS, tag(1, struct.pack("<IQ", 0, 2**40) + b"abc"))
    assert isinstance(write, UnknownLoaderInstruction) and "1099511627776" in write.reason


def test_renouncing() -> None:
    gone, moved = decode_instruction([A, B], tag(4)), decode_instruction([A, B, C], tag(4))
    upgrade = decode_instruction(ACCOUNTS, tag(3))
    assert isinstance(gone, LoaderInstruction) and gone.renounces
    assert isinstance(moved, LoaderInstruction) and not moved.renounces
    assert isinstance(upgrade, LoaderInstruction) and not upgrade.renounces


@given(st.lists(st.sampled_from(ACCOUNTS), max_size=9), st.binary(max_size=40))
def test_decoding_an_instruction_never_raises(accounts: list[str], data: bytes) -> None:
    found = decode_instruction(accounts, data)
    if isinstance(found, UnknownLoaderInstruction):
        assert found.reason
    else:
        assert found.name == INSTRUCTION_NAMES[int.from_bytes(data[:4], "little")]
