"""JSON, TOML, Anchor.toml and IDL headers from bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.repository import documents, structured
from privatedao_audit.repository.documents import BadDocument, IdlHeader, Missing

KEY = "11111111111111111111111111111111"
OTHER = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"


def js(value: object) -> documents.Document:
    return documents.parse("json", json.dumps(value).encode())


def test_pointer_of_rfc_6901() -> None:
    document = js({"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, " ": 7, "n": None, "01": 9})
    for place, value in (
        ("/foo/0", "bar"),
        ("/foo", ["bar", "baz"]),
        ("/", 0),
        ("/a~1b", 1),
        ("/m~0n", 8),
        ("/ ", 7),
        ("/n", None),
        ("/01", 9),
    ):
        assert documents.pointer(document, place) == value
    assert documents.pointer(document, "") == document.value
    for place, at in (
        ("/foo/2", "2"), ("/foo/01", "01"), ("/foo/-", "-"), ("/foo/-1", "-1"),
        ("/foo/0/x", "x"), ("/x/y", "x"), ("/n/0", "0"), ("/foo/²", "²"),
    ):  # fmt: skip
        assert documents.pointer(document, place) == Missing(at)
    for place in ("foo", "/a~", "/a~2"):
        with pytest.raises(BadDocument, match="JSON pointer"):
            documents.pointer(document, place)


def test_select_over_lists() -> None:
    document = js({"s": [{"k": "a"}, {"k": "b"}], "empty": [], "*": {"x": 1}, "o": {"k": 1}})
    assert documents.select(document, "/s/*/k") == ["a", "b"]
    assert documents.select(document, "/s/1/k") == ["b"]
    assert documents.select(document, "/empty/*/k") == []
    assert documents.select(document, "/gone/*/k") == []
    assert documents.select(document, "/*/x") == [1]
    with pytest.raises(BadDocument, match="does not stand on a list"):
        documents.select(document, "/o/*")
    # A signer without a key is not a signer less.
    with pytest.raises(BadDocument, match="an item of the list has no 'k'"):
        documents.select(js({"s": [{"k": "a"}, {"q": "b"}]}), "/s/*/k")
    with pytest.raises(BadDocument, match="more than"):
        documents.select(js({"s": [0] * (structured.MAX_SELECTED + 1)}), "/s/*")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not strict JSON"),
        (b"{", "not strict JSON"),
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":1e999}', "out of range"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b"1" * 5000, "digits"),
    ],
)
def test_bad_json(data, told) -> None:
    with pytest.raises(BadDocument, match=told) as caught:
        documents.parse("json", data, "docs/x.json")
    assert str(caught.value).startswith("docs/x.json")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a = ", "not TOML"),
        (b"a = 1\na = 2", "not TOML"),
        (b"a = nan", "finite"),
        (b"a = 1e999", "finite"),
        (b"a = " + b"1" * 1900 + b"\n" + b"b = [" + b"[" * 1500, "not TOML|nested"),
        (b"a = " + b"[" * 200 + b"]" * 200, "nested"),
        (b"a" + b".a" * 900 + b" = 1", "nested deeper"),
        (b"a = '" + b"x" * 3000 + b"'", "line 1: more than"),
        (b"#" + b"\n" * 300_000, "bytes"),
        (b"a = '\xff'", "line 1: not UTF-8"),
        (b"\xef\xbb\xbfa = 1", "byte order mark"),
    ],
)
def test_bad_toml(data, told) -> None:
    with pytest.raises(BadDocument, match=told):
        documents.parse("toml", data)


def test_good_toml_with_crlf_and_dates() -> None:
    document = documents.parse("toml", b"[a]\r\nd = 2026-11-23T09:30:00Z\r\nn = [1, 2.5]\r\n")
    assert document.value == {"a": {"d": "2026-11-23T09:30:00+00:00", "n": [1, 2.5]}}
    with pytest.raises(BadDocument, match="none of json, toml, yaml"):
        documents.parse("ini", b"a: 1")


@given(st.binary(max_size=200))
def test_any_bytes_parse_or_are_bad(data: bytes) -> None:
    for read in (
        lambda: documents.parse("json", data),
        lambda: documents.parse("toml", data),
        lambda: documents.anchor_toml(data),
        lambda: documents.anchor_idl(data),
        lambda: documents.rust_declare_ids(data),
    ):
        try:
            assert read() is not None
        except BadDocument as error:
            assert str(error)


def test_anchor_toml() -> None:
    text = f"""
[toolchain]
anchor_version = "1.0.1"
[programs.devnet]
one = "{KEY}"
two = {{ address = "{OTHER}", path = "x" }}
[programs.m]
one = "{OTHER}"
[provider]
cluster = "Testnet"
"""
    found = documents.anchor_toml(text.encode())
    assert found.programs == {"devnet": {"one": KEY, "two": OTHER}, "mainnet": {"one": OTHER}}
    assert (found.provider_cluster, found.anchor_version) == ("testnet", "1.0.1")
    assert found.solana_version is None
    empty = documents.anchor_toml(b"")
    assert (empty.programs, empty.provider_cluster) == ({}, None)


def test_a_provider_url_is_not_repeated() -> None:
    data = b'[provider]\ncluster = "https://rpc.example.org/?key=SECRET"\n'
    assert documents.anchor_toml(data).provider_cluster == "custom"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ('[programs.devnet]\none = "x"', "'one' on 'devnet'"),
        ("[programs.devnet]\none = 7", "expected a base58 key"),
        ('[programs.devnet]\none = { path = "x" }', "expected a base58 key"),
        ("programs = 1", "'programs' is not a table"),
        ("[programs]\ndevnet = 1", "not a table"),
        (f'[programs.d]\na="{KEY}"\n[programs.devnet]\na="{OTHER}"', "under two names"),
        ("[provider]\ncluster = 1", "'cluster' is not text"),
    ],
)
def test_bad_anchor_toml(data, told) -> None:
    with pytest.raises(BadDocument, match=told):
        documents.anchor_toml(data.encode())


def idl(**members: object) -> bytes:
    return json.dumps({"instructions": [], **members}).encode()


def test_idl_of_both_forms() -> None:
    new = idl(address=KEY, metadata={"name": "p", "version": "0.1.0", "spec": "0.1.0"})
    assert documents.anchor_idl(new) == IdlHeader(KEY, "p", "0.1.0", "0.1.0")
    old = idl(name="p", version="0.1.0", metadata={"address": KEY})
    assert documents.anchor_idl(old) == IdlHeader(KEY, "p", "0.1.0", None)
    assert documents.anchor_idl(idl(name="p", version="1")).address is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"[]", "not an Anchor IDL"),
        (b"{}", "lists no instructions"),
        (idl(address=KEY), "no name"),
        (idl(address="x", metadata={"name": "p", "version": "1"}), "not a base58 key"),
        (idl(address=7, metadata={"name": "p", "version": "1"}), "expected a base58 key"),
        (idl(address=KEY, metadata={"address": OTHER, "name": "p", "version": "1"}), "different"),
        (idl(address=KEY, metadata=[]), "not a table"),
    ],
)
def test_bad_idl(data, told) -> None:
    with pytest.raises(BadDocument, match=told):
        documents.anchor_idl(data)
