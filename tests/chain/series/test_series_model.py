"""The JSON of a series: one shape, strict, bounded, and free of contradictions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from privatedao_audit.chain.series.model import MAX_BYTES, BadSeries, dump, parse
from privatedao_audit.domains.rpc import invented as i

GOOD = json.loads(dump(i.series()))


def changed(**change: Any) -> bytes:
    return json.dumps({**GOOD, **change}).encode()


def test_a_series_survives_its_file() -> None:
    series = i.series()
    assert parse(dump(series)) == series
    assert dump(parse(dump(series))) == dump(series)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"null", b'{"schema": 1}', b"\xff", b"{" * 100, b"[" * 100_000,
        b'{"schema": "a", "schema": "b"}', b"NaN", b" " * (MAX_BYTES + 1),
    ],
    ids=["empty", "list", "null", "poor", "not UTF-8", "open", "deep", "twice", "NaN", "too long"],
)  # fmt: skip
def test_what_is_no_series_is_refused(data: bytes) -> None:
    with pytest.raises(BadSeries):
        parse(data)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "privatedao-audit/rpc-series/2"},
        {"extra": 1},
        {"genesis": "not a key"},
        {"ended_ms": GOOD["began_ms"] - 1},
        {"ended_ms": -1},
        {"ended_ms": 1.5},
        {"ended_ms": True},
        {"rounds": GOOD["rounds"][1:]},
        {"rounds": [*GOOD["rounds"], GOOD["rounds"][0]]},
        {"rounds": [GOOD["rounds"][0], {**GOOD["rounds"][1], "since_ms": 0}]},
        {"plan": {**GOOD["plan"], "probes": 3}},
        {"plan": {**GOOD["plan"], "endpoints": GOOD["plan"]["endpoints"][:1]}},
        {"plan": {**GOOD["plan"], "endpoints": [GOOD["plan"]["endpoints"][0]] * 2}},
        {"compared": [{**GOOD["compared"][0], "second": "third"}]},
        {"compared": [{**GOOD["compared"][0], "second": "first"}]},
        {"compared": [{**GOOD["compared"][0], "outcome": "fine"}]},
        {"served": [{**GOOD["served"][0], "label": "third"}]},
        {"began_ms": GOOD["ended_ms"] - 1_000},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_series_that_can_not_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadSeries):
        parse(changed(**change))


def _first_seen(**change: Any) -> bytes:
    one = GOOD["rounds"][0]
    seen = {**one["seen"], "first": {**one["seen"]["first"], **change}}
    return changed(rounds=[{**one, "seen": seen}, *GOOD["rounds"][1:]])


@pytest.mark.parametrize(
    "change",
    [
        {"answered": 9}, {"ms": [1] * 9}, {"at_ms": 5}, {"blockhash": "0" * 32},
        {"slots": {"newest": 4}}, {"slots": {"confirmed": -1}}, {"health": "x" * 301},
        {"height": "7"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_an_answer_that_can_not_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadSeries):
        parse(_first_seen(**change))


def test_the_message_says_where_and_repeats_nothing() -> None:
    with pytest.raises(BadSeries, match=r"rounds\.0\.seen\.first\.height") as caught:
        parse(_first_seen(height="s3cret"))
    assert "s3cret" not in str(caught.value)
