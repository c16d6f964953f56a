"""The IDL account: an honest one, and every way it can be something else."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.chain.anchor.account import (
    IDL_DISCRIMINATOR,
    decode_idl_account,
    idl_address,
)
from privatedao_audit.chain.anchor.idl import MAX_IDL_BYTES, parse_idl
from privatedao_audit.chain.borsh import DecodeError
from tests.chain.anchor.samples import KEY, OTHER, PROGRAM, privatedao_json


def account(packed: bytes, *, authority: bytes = KEY, length: int | None = None) -> bytes:
    size = len(packed) if length is None else length
    return IDL_DISCRIMINATOR + authority + struct.pack("<I", size) + packed


def bad(data: bytes) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        decode_idl_account(PROGRAM, PROGRAM, data)
    return caught.value


def test_the_discriminator_is_the_known_one() -> None:
    assert IDL_DISCRIMINATOR == bytes.fromhex("184662bf3a907b9e")


def test_an_honest_account() -> None:
    raw = privatedao_json()
    data = account(zlib.compress(raw))
    for tail in (b"", bytes(500), b"left over from a longer one"):
        found = decode_idl_account(PROGRAM, PROGRAM, data + tail)
        assert found.idl_bytes == raw
        assert found.authority == str(Pubkey.from_bytes(KEY))
    assert parse_idl(found.idl_bytes).name == "private_dao"


def test_an_erased_authority_is_none() -> None:
    data = account(zlib.compress(b"{}"), authority=bytes(32))
    assert decode_idl_account(PROGRAM, PROGRAM, data).authority is None


def test_the_address_follows_from_the_program() -> None:
    program = Pubkey.from_string(PROGRAM)
    base = next(
        hashlib.sha256(bytes([bump]) + bytes(program) + b"ProgramDerivedAddress").digest()
        for bump in range(255, -1, -1)
        if not Pubkey(
            hashlib.sha256(bytes([bump]) + bytes(program) + b"ProgramDerivedAddress").digest()
        ).is_on_curve()
    )
    expected = hashlib.sha256(base + b"anchor:idl" + bytes(program)).digest()
    assert idl_address(PROGRAM) == str(Pubkey(expected))
    with pytest.raises(ValueError, match="program id"):
        idl_address("no key")


def test_another_owner_is_refused() -> None:
    with pytest.raises(DecodeError, match="not the program"):
        decode_idl_account(OTHER, PROGRAM, account(zlib.compress(b"{}")))


def test_another_account_is_refused() -> None:
    error = bad(b"\0" + account(zlib.compress(b"{}"))[1:])
    assert error.what.endswith("discriminator") and error.offset == 0


def test_every_cut_is_refused() -> None:
    data = account(zlib.compress(b'{"a": 1}'))
    for length in range(len(data)):
        assert "Anchor IDL account" in bad(data[:length]).what


@pytest.mark.parametrize("length", [1000, 2**31, 2**32 - 1])
def test_a_length_beyond_the_account(length: int) -> None:
    assert f"length {length}" in bad(account(zlib.compress(b"{}"), length=length)).why


def test_an_account_without_content() -> None:
    error = bad(account(b"") + bytes(100))
    assert "no IDL has been written" in error.why and error.offset == 40


def test_content_that_is_not_exactly_one_stream() -> None:
    packed = zlib.compress(b"{}" * 100)
    assert "not a zlib stream" in bad(account(b"no zlib at all")).why
    assert "cut short" in bad(account(packed[:-1])).why
    assert "3 bytes follow" in bad(account(packed + b"abc")).why
    damaged = packed[:-1] + bytes([packed[-1] ^ 1])  # the checksum
    assert "not a zlib stream" in bad(account(damaged)).why


def test_a_bomb_stops_at_the_bound() -> None:
    packer = zlib.compressobj(9)
    chunk = bytes(2**20)
    bomb = b"".join(packer.compress(chunk) for _ in range(64)) + packer.flush()
    assert len(bomb) < 100_000
    assert f"more than {MAX_IDL_BYTES}" in bad(account(bomb)).why


def test_content_at_the_bound() -> None:
    raw = random.Random(1).randbytes(1000) * (MAX_IDL_BYTES // 1000 + 1)
    whole = decode_idl_account(PROGRAM, PROGRAM, account(zlib.compress(raw[:MAX_IDL_BYTES])))
    assert len(whole.idl_bytes) == MAX_IDL_BYTES
    assert "more than" in bad(account(zlib.compress(raw[: MAX_IDL_BYTES + 1]))).why
