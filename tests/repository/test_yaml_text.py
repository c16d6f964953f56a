"""YAML of the checkout: strict, bounded, and of the same types as JSON."""

from __future__ import annotations

import pytest

from privatedao_audit.repository import documents
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.yaml_text import MAX_YAML, documents_of


def test_the_types_are_those_of_json() -> None:
    source = "a: 1\nb: on\nc: true\nd: ~\ne: [1.5, '2', 2026-11-23, 0x10, 1_000]\nf: |\n  12\n"
    assert documents_of(source, "f") == [
        {"a": 1, "b": "on", "c": True, "d": None,
         "e": [1.5, "2", "2026-11-23", "0x10", "1_000"], "f": "12\n"}
    ]  # fmt: skip


def test_a_stream_may_hold_several_documents_and_a_surface_one() -> None:
    assert documents_of("a: 1\n---\nb: 2\n", "f") == [{"a": 1}, {"b": 2}]
    assert documents.parse("yaml", b"a: [1]\n").value == {"a": [1]}
    for source in (b"a: 1\n---\nb: 2\n", b"", b"# nothing\n"):
        with pytest.raises(BadDocument, match="one is expected"):
            documents.parse("yaml", source)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("a: &x [1]\nb: *x\n", "line 1: anchors and aliases are refused"),
        ("a: 1\nb: *x\n", "line 2: anchors and aliases are refused"),
        ("a: !!python/object/apply:os.system ['true']\n", "tags are refused"),
        ("a: 1\na: 2\n", "line 2: the key 'a' is given twice"),
        ("<<: {a: 1}\n", "must be plain text"),
        ("? [1, 2]\n: 3\n", "must be plain text"),
        ("a: 1e9999\n", "not a finite number"),
        ("a: [1\n", "not YAML"),
        ("a:\tb: c\n", "not YAML"),
        ("[" * 70 + "]" * 70, "nested deeper"),
        ("a" * (MAX_YAML + 1), "may have"),
        ("a: \x07\n", "not YAML"),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_and_why(source: str, told: str) -> None:
    with pytest.raises(BadDocument, match=told):
        documents_of(source, "rules.yml")


def test_a_bomb_of_aliases_never_unpacks() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(BadDocument, match="anchors and aliases"):
        documents_of("\n".join(rows), "bomb.yml")
