from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privatedao_audit.model import canonical
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, Unknown
from privatedao_audit.model.status import Status

SAFE = 2**53 - 1
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ({"b": 1, "a": [True, False, None]}, '{"a":[true,false,null],"b":1}'),
        # The sample of RFC 8785, section 3.2.3: order by UTF-16 code units, not by code points.
        (
            {
                "\u20ac": "Euro Sign",
                "\r": "Carriage Return",
                "\ufb33": "Hebrew Letter Dalet With Dagesh",
                "1": "One",
                "\U0001f600": "Emoji: Grinning Face",
                "\x80": "Control",
                "\u00f6": "Latin Small Letter O With Diaeresis",
            },
            '{"\\r":"Carriage Return","1":"One","\x80":"Control",'
            '"\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign",'
            '"\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
        ),
        # Section 3.2.2.2: the short escapes, lower-case hexadecimal, and nothing else escaped.
        ("\u20ac$\x0f\nA'B\"\\\\\"/\b\t\f\x7f\u2028", '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/'
         '\\b\\t\\f\x7f\u2028"'),
        (SAFE, "9007199254740991"),
        (-SAFE, "-9007199254740991"),
        (Status.NOT_APPLICABLE, '"N/A"'),
        ((1, 2), "[1,2]"),
    ],
)  # fmt: skip
def test_canonical_bytes(value: Any, text: str) -> None:
    assert canonical.dumps(value) == text.encode()
    assert canonical.dump_file(value) == text.encode() + b"\n"


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (1.0, "$: float"),
        ({"a": [0, 0.5]}, "$.a[1]: float"),
        (float("nan"), "$: float"),
        (SAFE + 1, "beyond 2^53"),
        ({"a": -SAFE - 1}, "$.a: "),
        ({1: 2}, "not a string"),
        ({None: 2}, "not a string"),
        (b"x", "$: bytes"),
        ({"a": {"b": {1, 2}}}, "$.a.b: set"),
        (object(), "object"),
        ({"\ud800": 1, "\\ud800": 2}, "the same text"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_place(value: Any, place: str) -> None:
    with pytest.raises(canonical.NotCanonical) as caught:
        canonical.dumps(value)
    assert place in str(caught.value)


@settings(deadline=None)
@given(TREES)
def test_bytes_are_stable_valid_and_say_the_same(value: Any) -> None:
    data = canonical.dumps(value)
    again = json.loads(data)
    assert canonical.dumps(again) == data
    if "\\ud" not in data.decode():
        assert again == value


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.integers(-SAFE, SAFE)))
def test_the_order_of_members_does_not_matter(value: dict[str, int]) -> None:
    backwards = dict(reversed(list(value.items())))
    assert canonical.digest(backwards) == canonical.digest(value)


def test_lone_surrogates_are_made_visible() -> None:
    assert canonical.well_formed("a\ud800b") == "a\\ud800b"
    assert canonical.dumps({"\udfff": "\ud800"}) == b'{"\\\\udfff":"\\\\ud800"}'
    assert canonical.well_formed("plain \U0001f600") == "plain \U0001f600"


def test_plain_keeps_the_kinds_of_reads_apart() -> None:
    at = ReadAt(("r-1",), 7, "finalized", ("main",), "2026-01-01T00:00:00Z")
    place = {
        "kind": "ReadAt",
        "evidence": ["r-1"],
        "slot": 7,
        "commitment": "finalized",
        "providers": ["main"],
        "asked_at": "2026-01-01T00:00:00Z",
        "carried": False,
    }
    assert canonical.plain(Found(b"abc", at)) == {
        "kind": "Found",
        "value": {"bytes": 3, "sha256": canonical.sha256(b"abc")},
        "at": place,
    }
    assert canonical.plain(ProvenAbsent(at)) == {"kind": "ProvenAbsent", "at": place}
    assert canonical.plain(Unknown("why", at))["reason"] == "why"


class Long:
    def as_facts(self) -> dict[str, int]:
        return {"rows": 2**60}


def test_what_says_itself_what_is_told_of_it_is_asked() -> None:
    assert canonical.plain({"a": (Long(),)}) == {"a": [{"rows": str(2**60)}]}


@dataclass
class Sample:
    amount: int
    keys: frozenset[str]


def test_plain_makes_json_of_everything_facts_are_made_of() -> None:
    made = canonical.plain({"a": Sample(2**64 - 1, frozenset({"z", "b"})), 3: (Status.PASS, True)})
    assert made == {
        "a": {"kind": "Sample", "amount": "18446744073709551615", "keys": ["b", "z"]},
        "3": ["PASS", True],
    }
    assert canonical.dumps(made)
    assert canonical.plain(SAFE) == SAFE
    assert canonical.plain(-SAFE - 1) == "-9007199254740992"


def test_digests() -> None:
    assert canonical.sha256(b"") == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert canonical.digest({}) == canonical.sha256(b"{}")
