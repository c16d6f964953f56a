"""JUnit XML by the rules that its readers share: there is no standard to test against.

Ours, after the Ant and Jenkins schemas: ``testsuites`` holds ``testsuite`` holds ``testcase``; a
case has at most one of failure, error and skipped, then its output; counts are those of the
cases; a timestamp has no zone.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from defusedxml.ElementTree import fromstring

from privatedao_audit.model.status import Status
from privatedao_audit.report.exports import junit
from tests.report.exports.made import ROOT, all_with, document, value

_ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp",
                  "hostname"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"}, "error": {"message", "type"}, "skipped": {"message"},
    "property": {"name", "value"}, "properties": set(), "system-out": set(),
}  # fmt: skip
_CHILDREN = {
    "testsuites": r"(testsuite )+", "testsuite": r"(properties )?(testcase )*",
    "testcase": r"(failure |error |skipped )?(system-out )?", "properties": r"(property )*",
}  # fmt: skip


def parsed(data: bytes) -> ElementTree.Element:
    root = fromstring(data, forbid_dtd=True)
    for element in root.iter():
        assert set(element.attrib) == _ATTRIBUTES[element.tag], element.tag
        children = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(_CHILDREN.get(element.tag, ""), children), element.tag
        if element.tag in ("testsuite", "testsuites"):
            cases = list(element.iter("testcase"))
            tags = [child.tag for case in cases for child in case]
            counted = (len(cases), *(tags.count(t) for t in ("failure", "error", "skipped")))
            names = ("tests", "failures", "errors", "skipped")
            assert tuple(int(element.attrib[name]) for name in names) == counted
        if element.tag == "testsuite":
            stamp = element.attrib["timestamp"]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", stamp)
    return root


def outcomes(data: bytes) -> dict[str, str]:
    """Control id (or verdict) → what its case holds; ``passed`` where it holds nothing."""
    found = {}
    for case in parsed(data).iter("testcase"):
        kinds = [child.tag for child in case if child.tag != "system-out"]
        found[case.attrib["name"].split()[0]] = kinds[0] if kinds else "passed"
    return found


def test_every_control_is_a_case_and_unknown_an_error() -> None:
    found = document()
    told = outcomes(junit.render(found))
    assert next(iter(told)) == "verdict"
    assert sorted(told) == sorted(["verdict", *(one.id for one in found.controls)])
    for one in found.controls:
        wanted = {
            Status.PASS: "passed", Status.UNKNOWN: "error", Status.WAIVED: "skipped",
            Status.NOT_APPLICABLE: "skipped",
            Status.ATTESTED: "passed" if one.met else "failure",
        }.get(one.status, "failure")  # fmt: skip
        assert told[one.id] == wanted, (one.id, one.status)


@pytest.mark.parametrize(
    ("status", "word"),
    [(Status.PASS, "passed"), (Status.UNKNOWN, "error"), (Status.FAIL, "failure"),
     (Status.STALE, "failure")],
)  # fmt: skip
def test_the_verdict_is_a_case(status: Status, word: str) -> None:
    told = outcomes(junit.render(document(all_with(status))))
    assert set(told.values()) == {word}


def test_an_invalid_run_is_red_though_every_control_passed() -> None:
    given = all_with(Status.PASS)
    given["verdict"] |= {"word": "INVALID", "reason": "A self-check failed."}
    assert outcomes(junit.render(document(given)))["verdict"] == "error"


def test_the_output_names_evidence_root_and_status() -> None:
    found = document()
    cases = {
        case.attrib["name"].split()[0]: case.findtext("system-out") or ""
        for case in parsed(junit.render(found)).iter("testcase")
    }
    for one in found.controls:
        lines = cases[one.id].split("\n")
        assert f"status: {one.status.value}" in lines
        assert f"evidence root: {ROOT}" in lines
        assert f"evidence: {' '.join(one.evidence) or 'none'}" in lines
    assert "verdict: NOT READY" in cases["verdict"]


def test_hostile_text_stays_text() -> None:
    data = junit.render(document())
    root = parsed(data)
    assert b"<script" not in data
    assert b"]]>" not in data
    assert "\u202e" not in data.decode()
    messages = [one.attrib["message"] for one in root.iter("failure")]
    assert any("<script>alert(1)</script>" in text for text in messages)
    given = value()
    given["target"]["name"] = 'a"><x y="'
    assert parsed(junit.render(document(given))).tag == "testsuites"
