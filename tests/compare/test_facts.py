"""Facts are compared by what was seen, and a read that is no longer answered is lost."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.compare import facts
from privatedao_audit.compare.facts import Count, Kind

AT = {"kind": "ReadAt", "evidence": ["r-1"], "slot": 1, "asked_at": "2026-11-23T09:30:00.000Z"}
LATER = {**AT, "evidence": ["r-2"], "slot": 9}


def found(value: Any, at: Any = None) -> dict[str, Any]:
    return {"kind": "Found", "value": value, "at": at or AT}


def unknown(reason: str) -> dict[str, Any]:
    return {"kind": "Unknown", "reason": reason, "at": LATER}


ABSENT = {"kind": "ProvenAbsent", "at": AT}


def told(before: Any, after: Any) -> list[tuple[str, str, Any, Any]]:
    rows = facts.changes({"facts": {"custody": before}}, {"facts": {"custody": after}})
    assert {row.domain for row in rows} <= {"custody"}
    return [(" ".join(row.path), row.kind.value, row.before, row.after) for row in rows]


def test_when_something_was_read_is_no_difference() -> None:
    assert told({"a": found(1, AT)}, {"a": found(1, LATER)}) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (found(1), found(2), Kind.CHANGED),
        (found(1), ABSENT, Kind.GONE),
        (found(1), unknown("no answer"), Kind.LOST),
        (ABSENT, unknown("no answer"), Kind.LOST),
        (ABSENT, {"kind": "Diverged", "reason": "two", "at": AT}, Kind.LOST),
        (unknown("no answer"), found(1), Kind.GAINED),
        (unknown("no answer"), ABSENT, Kind.GAINED),
    ],
)
def test_outcomes(before: Any, after: Any, kind: Kind) -> None:
    assert kind.value in {row[1] for row in told({"a": before}, {"a": after})}


def test_a_true_is_not_a_one() -> None:
    assert told({"a": True}, {"a": 1}) == [("a", "changed", True, 1)]


def test_rows_are_matched_by_what_names_them() -> None:
    before = {"rows": [{"address": "A", "n": 1}, {"address": "B", "n": 2}]}
    after = {"rows": [{"address": "C", "n": 7}, {"address": "B", "n": 3}]}
    assert told(before, after) == [
        ("rows address A", "gone", {"address": "A", "n": 1}, None),
        ("rows address B n", "changed", 2, 3),
        ("rows address C", "new", None, {"address": "C", "n": 7}),
    ]


def test_a_name_that_comes_twice_names_nothing() -> None:
    before = {"rows": [{"address": "A", "n": 1}, {"address": "A", "n": 2}]}
    after = {"rows": [{"address": "A", "n": 1}]}
    assert told(before, after) == [("rows", "changed", before["rows"], after["rows"])]


def test_deep_values_are_compared_as_a_whole() -> None:
    def deep(leaf: int) -> Any:
        value: Any = leaf
        for _ in range(90):
            value = {"in": value}
        return value

    assert told(deep(1), deep(1)) == []
    ((path, kind, _, _),) = told(deep(1), deep(2))
    assert kind == "changed" and len(path.split()) == 60


def test_a_domain_that_is_gone_is_one_row() -> None:
    rows = facts.changes({"facts": {"custody": {"a": 1}}}, {"facts": {}})
    assert [(row.domain, row.path, row.kind) for row in rows] == [("custody", (), Kind.GONE)]


def test_reads_are_counted_wherever_they_stand() -> None:
    tree = {"a": found({"b": found(1)}), "c": [unknown("x"), ABSENT], "d": {"kind": "Found"}}
    assert facts.count(tree) == Count(3, 1)


@pytest.mark.parametrize("tables", [None, [], {"tables/t": 3}, {"tables/t": {"rows": True}}])
def test_tables_of_another_shape_have_no_rows(tables: Any) -> None:
    assert facts.rows({"tables": tables}) == {}
    tables = {"tables/t.parquet": {"rows": 3}, "claims.csv": {"rows": 9}}
    assert facts.rows({"tables": tables}) == {"tables/t.parquet": 3}
