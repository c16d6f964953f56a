from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.chain.strict_json import BadJson, loads

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**128), 2**128)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_whatever_json_writes_is_read_back(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_json_or_bad_json(data: bytes) -> None:
    try:
        value = loads(data)
    except BadJson:
        return
    assert value == json.loads(data)


@pytest.mark.parametrize("number", [2**53 + 1, 2**64 - 1, 2**128 - 1, -(2**63)])
def test_large_integers_stay_exact(number: int) -> None:
    assert loads(f'{{"lamports": {number}}}'.encode())["lamports"] == number


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "Infinity is not JSON"),
        (b'{"a": 1e999}', "out of range"),
        (b"9" * 65, "65 digits"),
        (b"0." + b"1" * 5000, "characters"),
        (b'{"slot": 1, "slot": 2}', "the key 'slot' stands twice"),
        (b'{"a": {"b": 1, "b": 1}}', "'b' stands twice"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'"\xff"', "not UTF-8 at byte 1"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'["ok", "\\ud800"]', "lone surrogate \\ud800"),
        (b'{"\\udfff": 1}', "lone surrogate \\udfff"),
        (b'"\\ud83d\\u0041"', "lone surrogate"),
        (b"", "character 0"),
        (b"{} {}", "Extra data at character 3"),
        (b'{"a": 1', "character 7"),
        (b'{"a": "unfinished', "starts at character 6 does not end"),
        (b'"' + b'\\"' * 50_000, "does not end"),
        (b'"a\nb"', "control character"),
        (b"[" * 100_000, "nested deeper than 64 levels at character 64"),
        (b'{"a":' * 100_000, "nested deeper"),
        (b"[" * 65 + b"]" * 65, "nested deeper"),
        (b"]" * 100_000, "character 0"),
    ],
)
def test_what_is_not_strict_json_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(BadJson) as caught:
        loads(data)
    assert told.lower() in str(caught.value).lower()


def test_the_bounds_themselves_are_accepted() -> None:
    assert loads(b"[" * 64 + b"]" * 64)
    assert loads(b'["' + b"[{" * 1000 + b'"]') == ["[{" * 1000]
    assert loads(b'"\\ud83d\\ude00"') == "\U0001f600"
    assert loads(b'"\\\\ud800"') == "\\ud800"
    assert loads(b"[1,2]", max_bytes=5) == [1, 2]


def test_too_long_and_too_many_values_are_refused() -> None:
    with pytest.raises(BadJson, match="6 bytes are more than the 5"):
        loads(b"[1, 2]", max_bytes=5)
    with pytest.raises(BadJson, match="more than 5000000 values"):
        loads(b"[" + b"{}," * 2_000_000 + b"0]")


def test_a_message_shows_hostile_keys_in_ascii_and_short() -> None:
    with pytest.raises(BadJson) as caught:
        loads('{"KEY": 1, "KEY": 2}'.replace("KEY", "\u202e" + "x" * 500).encode())
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' + "9" * 64 + "}", '["' + "9" * 80 + '"]',
        '["a' + "1" * 40 + '","' + "2" * 40 + '"]',
        '{"' + "7" * 70 + '":-' + "8" * 63 + "}", "[1,-2,0,1.5,-2e3]", "[" * 64 + "]" * 64,
        "[" + "[]," * 70 + "[]]", '{"a":{"b":[{},[],{"c":null}]},"d":[true,false]}',
    ],
)  # fmt: skip
def test_what_is_within_the_bounds_is_read_as_by_the_library(text: str) -> None:
    assert loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize("number", ["-" + "9" * 64, "9" * 65, "1." + "0" * 63, "1e" + "0" * 63])
@pytest.mark.parametrize("around", ["%s", "[%s]", '{"a":[1,{"b":%s}]}', '["' + "9" * 80 + '",%s]'])
def test_a_number_that_is_too_long_is_refused_wherever_it_stands(number: str, around: str) -> None:
    with pytest.raises(BadJson, match="65"):
        loads((around % number).encode())
