"""The strict reader: what it gives back, and that it stops instead of reading on."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from privatedao_audit.chain.borsh import Cursor, DecodeError, base58_bytes

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58_text(data: bytes) -> str:
    """Plain base58, digit by digit: slow and obviously right."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def test_integers_are_little_endian() -> None:
    cursor = Cursor(bytes(range(1, 16)) + struct.pack("<q", -2), "sample")
    assert cursor.u8("a") == 0x01
    assert cursor.u16("b") == 0x0302
    assert cursor.u32("c") == 0x07060504
    assert cursor.u64("d") == 0x0F0E0D0C0B0A0908
    assert cursor.i64("e") == -2
    assert cursor.remaining() == 0
    cursor.finish()


@given(st.integers(0, 2**128 - 1))
def test_u128(value: int) -> None:
    assert Cursor(value.to_bytes(16, "little"), "sample").u128("a") == value


@given(st.integers(-(2**63), 2**63 - 1))
def test_i64(value: int) -> None:
    assert Cursor(struct.pack("<q", value), "sample").i64("a") == value


@pytest.mark.parametrize("read", [Cursor.boolean, Cursor.option])
def test_boolean_and_option_tag_are_zero_or_one(read: Callable[[Cursor, str], bool]) -> None:
    assert read(Cursor(b"\0", "sample"), "flag") is False
    assert read(Cursor(b"\1", "sample"), "flag") is True
    for value in range(2, 256):
        with pytest.raises(DecodeError, match=f"must be 0 or 1, is {value}"):
            read(Cursor(bytes([value]), "sample"), "flag")


def test_pubkey_is_base58_text() -> None:
    key = Pubkey.new_unique()
    assert Cursor(bytes(key), "sample").pubkey("owner") == str(key)


@given(st.text())
def test_string(text: str) -> None:
    raw = text.encode("utf-8")
    cursor = Cursor(struct.pack("<I", len(raw)) + raw + b"x", "sample")
    assert cursor.string("title") == text
    assert cursor.remaining() == 1


def test_string_that_is_not_utf8_is_refused_and_not_consumed() -> None:
    cursor = Cursor(b"\2\0\0\0a\xff", "sample")
    with pytest.raises(DecodeError, match="not UTF-8") as caught:
        cursor.string("title")
    assert caught.value.offset == 0
    assert cursor.offset == 0


def test_length_is_bounded_by_what_is_left() -> None:
    cursor = Cursor(struct.pack("<I", 3) + bytes(95), "sample")
    with pytest.raises(DecodeError, match="length 3, but the bytes left hold at most 2"):
        cursor.vec_length("members", 32)
    assert cursor.offset == 0
    assert cursor.vec_length("members", 31) == 3


def test_huge_length_costs_nothing() -> None:
    with pytest.raises(DecodeError, match="length 4294967295"):
        Cursor(b"\xff" * 8, "sample").vec_length("members")
    with pytest.raises(DecodeError, match="length 18446744073709551615"):
        Cursor(b"\xff" * 8, "sample").vec_length_u64("bytes")


def test_a_length_without_a_minimum_size_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="minimum_item_size"):
        Cursor(bytes(8), "sample").vec_length("members", 0)


def test_error_names_layout_field_and_offset() -> None:
    cursor = Cursor(bytes(10), "squads v4 multisig")
    cursor.u64("discriminator")
    with pytest.raises(DecodeError) as caught:
        cursor.u32("threshold")
    error = caught.value
    assert (error.what, error.offset) == ("squads v4 multisig.threshold", 8)
    assert str(error) == "squads v4 multisig.threshold at byte 8: needs 4 bytes, 2 are left"


def test_error_survives_a_process_border() -> None:
    error = DecodeError("a layout.field", 7, "some reason")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.what, copy.offset, copy.why) == ("a layout.field", 7, "some reason")
    assert str(copy) == str(error)


def test_trailing_bytes_and_zero_tail() -> None:
    cursor = Cursor(b"\1\0\0", "sample")
    assert not cursor.tail_is_zero()
    with pytest.raises(DecodeError, match="3 bytes follow the content, not all zero"):
        cursor.expect_zero_tail()
    cursor.u8("a")
    assert cursor.tail_is_zero()
    cursor.expect_zero_tail()
    with pytest.raises(DecodeError, match="2 bytes follow the content"):
        cursor.finish()
    assert cursor.rest() == b"\0\0"
    cursor.finish()
    assert cursor.tail_is_zero()


@pytest.mark.parametrize("value", [5, None, "text", [1, 2]])
def test_only_bytes_are_read(value: object) -> None:
    with pytest.raises(DecodeError, match="expected bytes"):
        Cursor(value, "sample")  # type: ignore[arg-type]


READS: list[Callable[[Cursor], object]] = [
    lambda c: c.u8("x"), lambda c: c.u16("x"), lambda c: c.u32("x"), lambda c: c.u64("x"),
    lambda c: c.u128("x"), lambda c: c.i64("x"), lambda c: c.boolean("x"),
    lambda c: c.option("x"), lambda c: c.pubkey("x"), lambda c: c.string("x"),
    lambda c: c.vec_length("x", 7), lambda c: c.vec_length_u64("x"), lambda c: c.fixed(5, "x"),
]


@given(st.binary(max_size=64), st.lists(st.sampled_from(READS), max_size=20))
def test_any_bytes_give_a_value_or_a_decode_error(
    data: bytes, reads: list[Callable[[Cursor], object]]
) -> None:
    cursor = Cursor(data, "fuzz")
    for read in reads:
        before = cursor.offset
        try:
            read(cursor)
        except DecodeError:
            assert cursor.offset == before
        else:
            assert before < cursor.offset <= len(data)


@given(st.binary(max_size=200))
def test_base58_round_trip(data: bytes) -> None:
    assert base58_bytes(base58_text(data), "data") == data


def test_base58_known_answers() -> None:
    assert base58_bytes("", "data") == b""
    assert base58_bytes("11", "data") == b"\0\0"
    assert base58_bytes("2NEpo7TZRRrLZSi2U", "data") == b"Hello World!"
    key = "SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf"
    assert base58_bytes(key, "data") == bytes(Pubkey.from_string(key))


@pytest.mark.parametrize("text", ["0", "1O", "abcI", "l", " 1", "1\n", "é", "\ud800", "\u0661"])
def test_base58_refuses_other_characters(text: str) -> None:
    with pytest.raises(DecodeError, match="not base58"):
        base58_bytes(text, "data")


def test_base58_is_bounded_and_typed() -> None:
    with pytest.raises(DecodeError, match="at most 44"):
        base58_bytes("2" * 45, "key", limit=44)
    with pytest.raises(DecodeError, match="expected base58 text, got NoneType"):
        base58_bytes(None, "data")
