"""findings.json is read strictly: what contradicts itself is exported to nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from privatedao_audit.model.status import Status, Verdict
from privatedao_audit.report.exports import FORMATS, BadFindings, files, read
from privatedao_audit.report.exports.document import MAX_BYTES, standing
from tests.report.exports.made import ROOT, document, raw, value


def test_sound_findings_are_read() -> None:
    found = document()
    assert found.evidence_root == ROOT
    assert len(found.controls) == found.verdict.total == 75
    assert found.verdict.word is Verdict.NOT_READY
    assert {one.status for one in found.controls} == set(Status)
    assert [one.id for one in found.missing()] == [one.id for one in found.verdict.blocking]
    assert {standing(one) for one in found.controls} == {"met", "bad", "unknown", "accepted"}
    assert all(standing(c) == "unknown" for c in found.controls if c.status is Status.UNKNOWN)


def first(given: dict[str, Any], status: str) -> dict[str, Any]:
    return next(one for one in given["controls"] if one["status"] == status and one["parts"])


def to_pass(given: dict[str, Any]) -> None:
    first(given, "FAIL")["status"] = "PASS"


def to_ready(given: dict[str, Any]) -> None:
    given["verdict"] |= {"word": "READY", "blocking": []}


def fewer_unknown(given: dict[str, Any]) -> None:
    given["verdict"]["counts"]["UNKNOWN"] = 0


def one_blocking_less(given: dict[str, Any]) -> None:
    given["verdict"]["blocking"].pop()


def one_control_less(given: dict[str, Any]) -> None:
    given["controls"].pop()
    given["verdict"]["total"] -= 1


def twice(given: dict[str, Any]) -> None:
    given["controls"][1] = given["controls"][0]


def part_twice(given: dict[str, Any]) -> None:
    parts = first(given, "PASS")["parts"]
    parts[1]["label"] = parts[0]["label"]


def waived_for_nothing(given: dict[str, Any]) -> None:
    first(given, "WAIVED")["waiver"] = None


def waiver_over_a_lesser(given: dict[str, Any]) -> None:
    first(given, "WAIVED")["waiver"]["underneath"] = "PASS"


def other_root(given: dict[str, Any]) -> None:
    given["evidence_root"] = "0" * 63


def newer(given: dict[str, Any]) -> None:
    given["schema"]["version"] = 2


def no_status(given: dict[str, Any]) -> None:
    given["controls"][0]["status"] = "OK"


def truthy(given: dict[str, Any]) -> None:
    given["controls"][0]["blocking"] = 1


def hostile_id(given: dict[str, Any]) -> None:
    given["controls"][0]["id"] = "RC-01\n"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (to_pass, "is not what its parts come to"),
        (to_ready, "the word of its verdict"),
        (fewer_unknown, "the counts of its verdict"),
        (one_blocking_less, "the blocking of its verdict"),
        (one_control_less, "every control of its catalogue"),
        (twice, "a control twice"),
        (part_twice, "a part twice"),
        (waived_for_nothing, "is not what its parts come to"),
        (waiver_over_a_lesser, "is not what its parts come to"),
        (other_root, "no evidence root"),
        (newer, "another schema"),
        (no_status, "shape of findings: controls.0.status"),
        (truthy, "controls.0.blocking"),
        (hostile_id, "controls.0.id"),
    ],
)
def test_what_contradicts_itself_is_refused(
    change: Callable[[dict[str, Any]], None], why: str
) -> None:
    given = value()
    change(given)
    with pytest.raises(BadFindings, match=why):
        read(raw(given))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"a":1,"a":2}', b"\xff", b'{"schema": {}}', b"[" * 9999,
             b'{"a": "\\ud800"}']
)  # fmt: skip
def test_bytes_that_are_no_findings(data: bytes) -> None:
    with pytest.raises(BadFindings):
        read(data)


def test_too_many_bytes() -> None:
    with pytest.raises(BadFindings, match="at most"):
        read(b" " * (MAX_BYTES + 1))


def test_the_order_of_what_is_missing_is_advice() -> None:
    given = value()
    given["verdict"]["blocking"].reverse()
    assert [one.id for one in document(given).missing()] != [one.id for one in document().missing()]


def test_equal_findings_give_equal_bytes_and_others_do_not() -> None:
    every = tuple(FORMATS)
    once = files(document(), every)
    assert once == files(document(), every)
    assert list(once) == [name for makers in FORMATS.values() for name in makers]
    given = value()
    given["evidence_root"] = "1" * 64
    other = files(document(given), every)
    assert all(once[name] != other[name] for name in once)


def test_formats_are_chosen() -> None:
    assert list(files(document(), ("badge", "csv"))) == ["findings.csv", "badge.svg"]
    with pytest.raises(KeyError, match="pdf"):
        files(document(), ("pdf",))
