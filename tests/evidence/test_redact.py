from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.evidence.redact import WITHHELD, Redactor

SECRET = 'p4ss/"word"+and=more?'
REDACTOR = Redactor([SECRET])

FORMS = [
    SECRET,
    SECRET.upper(),
    quote(SECRET, safe=""),
    quote(SECRET, safe="").lower(),
    "".join(f"%{b:02x}" for b in SECRET.encode()),
    json.dumps(SECRET),
    json.dumps(SECRET).replace("/", "\\/"),
    "".join(f"\\u{ord(c):04x}" for c in SECRET),
    SECRET.encode().hex(),
    base64.b64encode(SECRET.encode()).decode(),
    base64.urlsafe_b64encode(SECRET.encode()).decode(),
    base64.b64encode(f"u:{SECRET}".encode()).decode(),
    base64.b64encode(f"user:{SECRET}@host".encode()).decode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_found_in_every_form(form: str) -> None:
    body = f'{{"message": "at https://h/{form} it failed"}}'
    assert REDACTOR.contains(body.encode())
    cleaned = REDACTOR.clean(body)
    assert form not in cleaned
    assert WITHHELD in cleaned
    assert not REDACTOR.contains(cleaned.encode())


def test_what_holds_no_secret_is_left_as_it_is() -> None:
    text = 'plain {"a": "\\u0041 100% b64 cGxhaW4="}'
    assert REDACTOR.clean(text) == text
    assert not REDACTOR.contains(text.encode())
    assert not REDACTOR.contains(b"")


def test_only_the_secret_is_replaced() -> None:
    assert REDACTOR.clean(f"a {SECRET} b") == f"a {WITHHELD} b"


def test_short_and_no_secrets_hide_nothing() -> None:
    assert Redactor(["a", "", "abc"]).clean("abc a") == "abc a"
    assert Redactor().clean("abc") == "abc"
    assert not Redactor().contains(b"abc")


def test_a_percent_encoded_secret_of_a_url_is_found_decoded() -> None:
    assert Redactor(["a%2Fb%2Fc%2Fd"]).contains(b"echo a/b/c/d")


def test_repr_shows_no_secret() -> None:
    assert SECRET not in repr(REDACTOR)


@given(st.text(), st.binary())
def test_it_never_raises(text: str, data: bytes) -> None:
    redactor = Redactor([text, SECRET])
    assert isinstance(redactor.clean(text), str)
    assert redactor.contains(data + SECRET.encode())
    if len(text) > len(WITHHELD):
        assert text not in redactor.clean(text)


def test_odd_objects_and_lone_surrogates_are_shown() -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError(SECRET)

    assert REDACTOR.clean(Odd()) == "<Odd>"
    assert REDACTOR.clean(f"\ud800 {SECRET}") == f"\\ud800 {WITHHELD}"
    assert REDACTOR.clean(ValueError(SECRET)) == WITHHELD
