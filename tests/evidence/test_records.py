"""Record forms: ids, strict decoding, and resolutions that contradict themselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import recording_samples as samples
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.evidence import canonical_bytes, entries, records
from privatedao_audit.evidence.questions import (
    Exchange,
    Outcome,
    Question,
    Resolution,
    ask_for,
)
from privatedao_audit.model import canonical

# The members that the format of version 1 fixes; a change here is a new schema version.
READ_MEMBERS = [
    "asked_at",
    "chosen",
    "commitment",
    "exchanges",
    "id",
    "kind",
    "method",
    "outcome",
    "params",
    "probe",
    "providers",
    "reason",
    "record",
    "slot",
]
EXCHANGE_MEMBERS = [
    "at",
    "body_length",
    "body_sha256",
    "error",
    "headers",
    "host",
    "id",
    "provider",
    "record",
    "request",
    "status",
    "withheld",
]


def entry(resolution: Resolution, question: Question | None = None) -> entries.Entry:
    return entries.entry(
        question or samples.slot_question(), resolution, lambda: samples.STARTED_AT
    )


def test_the_shapes() -> None:
    made = entry(samples.found(b"{}"))
    assert sorted(made.read) == READ_MEMBERS
    assert sorted(made.exchanges[0]) == EXCHANGE_MEMBERS
    assert made.read["id"] == samples.slot_question().record_id
    assert made.read["chosen"] == made.exchanges[0]["id"]
    assert made.read["asked_at"] == made.exchanges[0]["at"]


def test_an_exchange_id_is_the_hash_of_the_rest() -> None:
    record = entry(samples.found()).exchanges[0]
    rest = {key: value for key, value in record.items() if key != "id"}
    assert record["id"] == "x-" + canonical.digest(rest)[:16]


def test_equal_attempts_of_one_read_stay_apart() -> None:
    refused = samples.exchange(None, status=None, error="connection refused")
    made = entry(Resolution(Outcome.UNKNOWN, "refused", (refused, refused, refused)))
    assert [record.get("ordinal") for record in made.exchanges] == [None, 1, 2]
    assert len(set(made.read["exchanges"])) == 3


def test_an_outcome_without_exchanges_has_the_time_of_the_clock() -> None:
    made = entry(Resolution(Outcome.UNKNOWN, "no RPC endpoint was given"))
    assert made.read["asked_at"] == samples.STARTED_AT


WHOLE = samples.exchange()
FAILED = samples.exchange(None, error="reset")


@pytest.mark.parametrize(
    ("resolution", "message"),
    [
        (Resolution(Outcome.FOUND, exchanges=(WHOLE,)), "no answer is chosen"),
        (Resolution(Outcome.FOUND, exchanges=(WHOLE,), chosen=1), "does not exist"),
        (Resolution(Outcome.FOUND, exchanges=(WHOLE,), chosen=-1), "does not exist"),
        (Resolution(Outcome.FOUND, exchanges=(FAILED,), chosen=0), "no whole answer"),
        (
            Resolution(Outcome.FOUND, exchanges=(samples.exchange(error="cut"),), chosen=0),
            "no whole answer",
        ),
        (Resolution(Outcome.ABSENT), "nothing was asked"),
        (Resolution(Outcome.UNKNOWN), "without a reason"),
        (Resolution(Outcome.UNKNOWN, ""), "without a reason"),
        (Resolution(Outcome.DIVERGED, None, (WHOLE,)), "without a reason"),
        (Resolution(Outcome.DIVERGED, "differ", (WHOLE, WHOLE), 0), "one answer is chosen"),
        (Resolution(Outcome.DIVERGED, "differ", (WHOLE, WHOLE)), "fewer than two"),
        (Resolution(Outcome.UNKNOWN, "x", slot=-1), "slot"),
        (Resolution(Outcome.UNKNOWN, "x", slot=2**53), "2\\^53"),
        (Resolution(Outcome.UNKNOWN, "x", (samples.exchange(withheld=True),)), "withheld"),
        (Resolution(Outcome.UNKNOWN, "x", (samples.exchange(at="yesterday"),)), "at: .*RFC 3339"),
    ],
)
def test_a_resolution_that_contradicts_itself_is_refused(
    resolution: Resolution, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        entry(resolution)


def test_a_body_beyond_the_limit_is_refused() -> None:
    body = bytes(records.MAX_BODY + 1)
    with pytest.raises(ValueError, match="body_length"):
        entry(samples.found(body))


def diverged_answers(*exchanges: Exchange) -> dict[str, bytes]:
    made = entry(Resolution(Outcome.DIVERGED, "main and second differ", exchanges))
    by_id = {record["id"]: record for record in made.exchanges}
    return entries.answer(made.read, by_id.__getitem__, made.bodies.__getitem__).answers


def test_diverged_keeps_the_last_answer_of_each_provider_to_the_question_itself() -> None:
    def by(provider: str, body: bytes | None, method: str = "getSlot", **more: Any) -> Exchange:
        return samples.exchange(
            body, provider=provider, request=json.dumps({"method": method}), **more
        )

    answers = diverged_answers(
        by("main", b"genesis", "getGenesisHash"),
        by("main", b"first"),
        by("second", b"other"),
        by("main", b"again"),
        by("second", b"<html>", error="not JSON"),
        by("main", b"signatures", "getSignaturesForAddress"),
    )
    assert answers == {"main": b"again", "second": b"other"}


def test_requests_that_name_no_method_count_as_answers() -> None:
    answers = diverged_answers(
        samples.exchange(b"a", request="docs/a.json"),
        samples.exchange(b"b", request="[1]", provider="second"),
        samples.exchange(b"c", request="[" * 100_000, provider="third"),
    )
    assert answers == {"main": b"a", "second": b"b", "third": b"c"}


def test_text_that_is_not_well_formed_is_recorded_visibly() -> None:
    made = entry(
        Resolution(
            Outcome.UNKNOWN,
            "bad \ud800 text\x00",
            (samples.exchange(request="\udfff\x00", headers={"x-\udc00": "\ud800"}),),
        )
    )
    assert made.read["reason"] == "bad \\ud800 text\x00"
    assert made.exchanges[0]["request"] == "\\udfff\x00"
    assert made.exchanges[0]["headers"] == {"x-\\udc00": "\\ud800"}
    for record in (made.read, *made.exchanges):
        assert records.decode(records.encode(record)) == record


RAW = records.encode(entry(samples.found()).exchanges[0])
READ = records.encode(entry(samples.found()).read)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (RAW + b"\n", "not canonical"),
        (RAW.replace(b":", b": ", 1), "not canonical"),
        (RAW[:-1], "not canonical"),
        (b"\xff" + RAW, "not canonical"),
        (b'{"b":1,"a":2}', "canonical order"),
        (b'{"a":1,"a":1}', "come twice"),
        ('{"\U00010000":1,"\ue000":2}'.encode(), "neither a run"),
        ('{"\ue000":1,"\U00010000":2}'.encode(), "canonical order"),
        (b'{"a":1.0}', "not an integer"),
        (b'{"a":1e999}', "not an integer"),
        (b'{"a":NaN}', "not an integer"),
        (b'{"a":9007199254740992}', "beyond 2\\^53"),
        (b'{"a":' + b"9" * 10_000 + b"}", "beyond 2\\^53"),
        (b'{"a":-0}', "not canonical"),
        (b'{"a":"\\ud800"}', "not canonical"),
        (b"[" * 100_000, "too deeply"),
        (b"[]", "neither a run"),
        (b"{}", "neither a run"),
        (b'{"record":[]}', "neither a run"),
        (b'{"record":"exchange"}', "Field required"),
        (RAW.replace(b'"status":200', b'"status":201'), "id is not that"),
        (RAW.replace(b'"status":200', b'"status":true'), "status"),
        (RAW.replace(b'"status":', b'"statute":'), "canonical order|Extra|Field required"),
        (READ.replace(b"getSlot", b"getSloth"), "id is not that of the question"),
        (READ.replace(b'"found"', b'"sound"'), "outcome"),
        (READ.replace(b'"reason":null', b'"reason":7'), "reason"),
    ],
)
def test_bytes_that_are_no_record_are_refused(raw: bytes, message: str) -> None:
    with pytest.raises(records.BadRecord, match=message):
        records.decode(raw)


def test_foreign_names_in_an_error_are_escaped_and_cut() -> None:
    record = json.loads(READ) | {"\x1b[2J\u202e" + "x" * 500: 1}
    with pytest.raises(records.BadRecord) as caught:
        records.decode(records.encode(record))
    assert str(caught.value).isascii()
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 100


def test_a_record_decodes_to_itself() -> None:
    assert records.decode(RAW) == json.loads(RAW)
    assert records.decode(READ) == json.loads(READ)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_the_fast_canonical_check_accepts_what_canonical_writes(value: Any) -> None:
    raw = canonical.dumps(value)
    assert canonical.dumps(canonical_bytes.loads(raw)) == raw


@given(JSON, st.integers(0, 2**16), st.integers(1, 255))
def test_the_fast_canonical_check_equals_the_slow_one(value: Any, place: int, flip: int) -> None:
    raw = bytearray(canonical.dumps(value))
    raw[place % len(raw)] ^= flip
    try:
        slow = canonical.dumps(json.loads(raw.decode())) == raw
    except ValueError:
        slow = False
    try:
        canonical_bytes.loads(bytes(raw))
        fast = True
    except ValueError:
        fast = False
    assert fast == slow


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))
def test_times_come_back(when: datetime) -> None:
    text = records.timestamp(when)
    assert records.timestamp(records.moment(text)) == text
    assert abs(records.moment(text) - when).total_seconds() < 0.001


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T09:30:00+00:00",
        "2026-13-01T00:00:00Z",
        "2026-11-23T09:30:00Z\n",
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|month"):
        records.moment(text)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        records.timestamp(datetime(2026, 11, 23))


def test_a_run_record_is_bound_to_its_target() -> None:
    header = samples.header()
    raw = records.encode(header.record())
    assert records.header_of(records.decode(raw)) == header
    with pytest.raises(records.BadRecord, match="digest of the target"):
        records.decode(raw.replace(b"150", b"151"))


def test_a_target_with_floats_cannot_be_recorded() -> None:
    with pytest.raises(canonical.NotCanonical):
        samples.header(target={"share": 0.5}).record()


@given(
    st.text(max_size=20), st.text(max_size=20), st.none() | st.text(max_size=20),
    st.recursive(st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
                 lambda some: st.lists(some) | st.dictionaries(st.text(), some), max_leaves=8),
)  # fmt: skip
def test_the_key_of_a_question_is_the_canonical_form_of_its_members(
    kind: str, method: str, probe: str | None, params: Any
) -> None:
    asked = ask_for(kind, method, params, probe=probe)
    members = {
        "kind": kind, "method": method, "params": json.loads(asked.params), "probe": probe
    }  # fmt: skip
    assert asked.key == canonical.dumps(members).decode()
