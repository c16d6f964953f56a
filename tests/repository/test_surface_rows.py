"""Surfaces that are lists: rows, and lists of files with their hashes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import hashlists
from privatedao_audit.repository.surfaces import MAX_ROWS, Rows, rows

AT = in_checkout("list.json")
SUM = hashlib.sha256(b"x").hexdigest()


def mapped(part: str = "demo-register", **change: Any) -> Surface:
    given = {"part": part, "file": "list.json", "format": "json", "rows": "/rows",
             "fields": {"key": "/key", "label": "/label"}, **change}  # fmt: skip
    return Surface.model_validate(given)


def listing(**change: Any) -> Surface:
    fields = {"path": "/path", "sha256": "/sha256", "bytes": "/bytes", "aggregate": "/sum",
              "algorithm": "/algorithm"}  # fmt: skip
    return mapped("hash-list", **{"program": "governance", "fields": fields, **change})


def of(document: Any, surface: Surface | None = None) -> Any:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return rows(surface or mapped(), Found(data, AT))


def files_of(document: Any, surface: Surface | None = None) -> Any:
    return hashlists.read_list(surface or listing(), Found(json.dumps(document).encode(), AT))


def test_rows_are_read_in_order_with_what_they_have() -> None:
    read = of({"rows": [{"key": "a", "label": "one"}, {"key": "b", "label": None}, {"label": 7}]})

    assert isinstance(read, Found)
    assert isinstance(read.value, Rows)
    assert read.value.rows == ({"key": "a", "label": "one"}, {"key": "b"}, {"label": "7"})
    assert (read.value.file, read.value.part, read.value.state) == (
        "list.json", "demo-register", "current",
    )  # fmt: skip
    assert read.at == AT


@pytest.mark.parametrize("blank", [None, "", "  ", "\t\n"])
def test_a_blank_says_nothing(blank: str | None) -> None:
    read = of({"rows": [{"key": blank, "label": "one"}, {"key": blank}]})
    assert isinstance(read, Found)
    # The rows stay: a row of nothing is no empty list.
    assert read.value.rows == ({"label": "one"}, {})


def test_lists_of_scalars_in_a_row_are_joined() -> None:
    surface = mapped("signer-register", fields={"key": "/key", "roles": "/roles/*"})
    read = of({"rows": [{"key": "a", "roles": ["one", "two"]}]}, surface)
    assert isinstance(read, Found)
    assert read.value.rows == ({"key": "a", "roles": "one\ntwo"},)


def test_several_arrays_are_one_list() -> None:
    read = of({"waves": [{"rows": [{"key": "a"}]}, {"rows": [{"key": "b"}]}]},
              mapped(rows="/waves/*/rows"))  # fmt: skip
    assert isinstance(read, Found)
    assert [row["key"] for row in read.value.rows] == ["a", "b"]


def test_a_document_that_is_the_list_itself() -> None:
    read = of([{"key": "a"}], mapped(rows="/"))
    assert isinstance(read, Found)
    assert read.value.rows == ({"key": "a"},)


def test_an_empty_list_is_found_empty() -> None:
    read = of({"rows": []})
    assert isinstance(read, Found)
    assert read.value.rows == ()


def test_toml_tables_are_rows() -> None:
    surface = mapped(format="toml", file="list.toml")
    read = rows(surface, Found(b'[[rows]]\nkey = "a"\n[[rows]]\nkey = "b"\n', AT))
    assert isinstance(read, Found)
    assert [row["key"] for row in read.value.rows] == ["a", "b"]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"other": []}, "nothing at /rows"),
        ({"rows": {}}, "not a list"),
        ({"rows": None}, "not a list"),
        ({"rows": ["a"]}, "not an object"),
        ({"rows": [{"key": True}]}, "holds a bool"),
        ({"rows": [{"key": {"deep": 1}}]}, "holds a dict"),
        ({"rows": [{"key": 1.5}]}, "holds a float"),
        ({"rows": [{}] * (MAX_ROWS + 1)}, "more than"),
        (b"\xff", "not UTF-8"),
        (b'{"rows": [], "rows": []}', "twice|again|duplicate|repeated"),
    ],
)
def test_a_list_that_can_not_be_found_is_not_an_empty_list(document: Any, says: str) -> None:
    read = of(document)
    assert isinstance(read, Unknown), read
    assert "list.json does not decode" in read.reason
    assert re.search(says, read.reason), read.reason


def test_what_was_not_read_stays_as_it_is() -> None:
    absent, unread = ProvenAbsent(AT), Unknown("no checkout was given")
    assert rows(mapped(), absent) == absent
    assert rows(mapped(), unread) == unread
    assert hashlists.read_list(listing(), unread) == unread


def test_a_hash_list_is_read_with_what_its_document_states() -> None:
    files = [{"path": "a", "sha256": SUM.upper(), "bytes": 1}, {"path": "b"}]
    read = files_of({"sum": SUM, "algorithm": "sha256", "rows": files})

    assert isinstance(read, Found)
    first, second = read.value.files
    assert (first.path, first.sha256, first.length, first.malformed) == ("a", SUM, 1, False)
    assert (second.path, second.sha256, second.length) == ("b", None, None)
    assert (read.value.aggregate, read.value.algorithm) == (SUM, "sha256")


def test_what_is_no_hash_is_said_to_be_none() -> None:
    read = files_of({"rows": [{"path": "a", "sha256": SUM[:-1]}]})
    assert isinstance(read, Found)
    assert read.value.files[0].malformed
    assert read.value.files[0].sha256 is None
    assert read.value.aggregate is None


def test_the_aggregate_is_over_the_rows_in_their_order() -> None:
    one = hashlists.Listed("a", SUM, None)
    two = hashlists.Listed("b", SUM, None)
    lines = f"a:{SUM}\nb:{SUM}".encode()
    assert hashlists.aggregate_of((one, two)) == hashlib.sha256(lines).hexdigest()
    assert hashlists.aggregate_of((two, one)) != hashlists.aggregate_of((one, two))


@pytest.mark.parametrize(
    "document",
    [
        {"rows": [{"sha256": SUM}]},
        {"rows": [{"path": "a\nb:" + SUM, "sha256": SUM}]},
        {"rows": [{"path": "a", "bytes": "many"}]},
        {"rows": [{"path": "a"}], "sum": 7},
        {"rows": [{"path": f"f{n}"} for n in range(hashlists.MAX_LISTED + 1)]},
    ],
    ids=[
        "no path",
        "a path that forges a line",
        "bytes in words",
        "aggregate a number",
        "too long",
    ],
)
def test_a_bad_hash_list_is_unknown(document: Any) -> None:
    assert isinstance(files_of(document), Unknown)
