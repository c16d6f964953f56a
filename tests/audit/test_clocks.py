"""How far clocks were apart, from the Date of answers."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.audit.clocks import clocks_apart


def row(at: str = "2026-11-23T12:00:00.000Z", **headers: Any) -> dict[str, Any]:
    return {"provider": "first", "at": at, "headers": headers}


def test_the_nearest_answer_counts() -> None:
    rows = [
        row(date="Mon, 23 Nov 2026 12:05:00 GMT"), row(date="Mon, 23 Nov 2026 11:58:20 GMT"),
        {**row(date="Mon, 23 Nov 2026 12:00:01 GMT"), "provider": "second"},
    ]  # fmt: skip
    assert clocks_apart(rows) == {"first": -100, "second": 1}


@pytest.mark.parametrize(
    "record",
    [
        {}, row(), row(date="soon"), row(date=7), row(date="Mon, 23 Nov 2026 12:00:00"),
        row(at="never", date="Mon, 23 Nov 2026 12:00:00 GMT"), {"headers": None, "at": None},
    ],
)  # fmt: skip
def test_what_has_no_date_says_nothing(record: dict[str, Any]) -> None:
    assert clocks_apart([record]) == {}
