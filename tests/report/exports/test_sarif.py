"""SARIF 2.1.0, against its rules as far as the export uses the format."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from privatedao_audit.model.status import Status
from privatedao_audit.report.exports import sarif
from tests.report.exports.made import ROOT, all_with, document

_TEXT = {"type": "string", "minLength": 1}
_MESSAGE = {
    "type": "object", "required": ["text"], "additionalProperties": False,
    "properties": {"text": _TEXT},
}  # fmt: skip
_LEVEL = {"enum": ["none", "note", "warning", "error"]}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object with these members and no other, by the standard's names and types."""
    return {"type": "object", "required": required, "additionalProperties": False,
            "properties": properties}  # fmt: skip


#: The members that the export uses, in our words after OASIS SARIF 2.1.0, sections 3.13 to 3.52.
SCHEMA = closed(
    ["version", "runs", "$schema"],
    **{"$schema": {"type": "string", "pattern": "^https://docs.oasis-open.org/sarif/"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "minItems": 1, "maxItems": 1, "items": closed(
        ["tool", "results"],
        tool=closed(["driver"], driver=closed(
            ["name", "rules"], name=_TEXT, version=_TEXT,
            rules={"type": "array", "uniqueItems": True, "items": closed(
                ["id"], id=_TEXT, name=_TEXT, shortDescription=_MESSAGE, fullDescription=_MESSAGE,
                help=_MESSAGE, defaultConfiguration=closed(["level"], level=_LEVEL),
                properties={"type": "object"},
            )},
        )),
        automationDetails=closed(["id"], id={"type": "string", "pattern": "/$"}),
        invocations={"type": "array", "items": closed(
            ["executionSuccessful"], executionSuccessful={"type": "boolean"},
            endTimeUtc={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
            toolExecutionNotifications={"type": "array", "items": closed(
                ["message"], message=_MESSAGE, level=_LEVEL, descriptor=closed(["id"], id=_TEXT),
            )},
        )},
        artifacts={"type": "array", "items": closed(
            [], location=closed([], uri=_TEXT), mimeType=_TEXT,
            hashes={"type": "object", "additionalProperties": _TEXT},
        )},
        columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        properties={"type": "object"},
        results={"type": "array", "items": closed(
            ["message"], ruleId=_TEXT, ruleIndex={"type": "integer", "minimum": 0},
            kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
            level=_LEVEL, message=_MESSAGE,
            locations={"type": "array", "minItems": 1, "items": closed(
                [], physicalLocation=closed(
                    ["artifactLocation"],
                    artifactLocation=closed([], uri=_TEXT, index={"type": "integer", "minimum": 0}),
                    region=closed([], startLine={"type": "integer", "minimum": 1}),
                ),
                logicalLocations={"type": "array", "items": closed(
                    [], fullyQualifiedName=_TEXT, kind=_TEXT)},
            )},
            partialFingerprints={"type": "object", "additionalProperties": _TEXT},
            suppressions={"type": "array", "items": closed(
                ["kind"], kind={"enum": ["inSource", "external"]}, justification=_TEXT,
                status={"enum": ["accepted", "underReview", "rejected"]},
            )},
            properties={"type": "object"},
        )},
    )},
)  # fmt: skip


def run_of(data: bytes) -> dict[str, Any]:
    log = json.loads(data)
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    (run,) = log["runs"]
    return dict(run)


@pytest.mark.parametrize("render", [sarif.render, sarif.render_unmet])
def test_its_shape_is_that_of_the_standard(render: Any) -> None:
    run = run_of(render(document()))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [one.id for one in document().controls]
    assert len({rule["name"] for rule in rules}) == len(rules)
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["partialFingerprints"] == {"controlId/v1": one["ruleId"]}
        assert one["properties"]["evidenceRoot"] == ROOT
        # 3.27.10: a level beside another kind than fail may only be none, as an absent one is.
        assert ("level" in one) == (one["kind"] == "fail")


def test_every_control_has_its_result_and_no_status_hides_another() -> None:
    found = document()
    run = run_of(sarif.render(found))
    kinds = {
        "PASS": "pass", "N/A": "notApplicable", "UNKNOWN": "open", "ATTESTED": "review",
        "FAIL": "fail", "DIVERGED": "fail", "STALE": "fail", "MISSING": "fail", "WAIVED": "fail",
    }  # fmt: skip
    rows = {one["ruleId"]: one for one in run["results"]}
    assert list(rows) == [one.id for one in found.controls]
    for one in found.controls:
        row = rows[one.id]
        assert row["properties"]["status"] == one.status.value
        assert row["kind"] == kinds[one.status.value]
        assert row["message"]["text"].startswith(f"{one.status.value}: ")
        assert ("suppressions" in row) == (one.status is Status.WAIVED)
        assert row["properties"]["evidence"] == one.evidence
    assert run["properties"]["evidenceRoot"] == ROOT
    assert run["properties"]["verdict"] == "NOT READY"
    assert run["artifacts"][0]["hashes"] == {"sha-256": found.sha256}


def test_for_services_without_kinds_only_what_is_not_met_is_listed() -> None:
    found = document()
    listed = {one["ruleId"]: one for one in run_of(sarif.render_unmet(found))["results"]}
    assert set(listed) == {one.id for one in found.controls if not one.met}
    unknown = [one.id for one in found.controls if one.status is Status.UNKNOWN]
    assert unknown
    assert set(unknown) <= set(listed)
    passed = document(all_with(Status.PASS))
    assert run_of(sarif.render_unmet(passed))["results"] == []
    assert len(run_of(sarif.render(passed))["results"]) == 75


def test_the_level_of_a_rule_is_what_shows_an_unknown_where_kinds_are_not_read() -> None:
    rules = run_of(sarif.render(document()))["tool"]["driver"]["rules"]
    wanted = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
    for rule in rules:
        assert rule["defaultConfiguration"]["level"] == wanted[rule["properties"]["severity"]]


def test_no_link_and_no_placeholder_comes_of_hostile_text() -> None:
    run = run_of(sarif.render(document()))
    texts = [one["message"]["text"] for one in run["results"]]
    texts += [rule["help"]["text"] for rule in run["tool"]["driver"]["rules"]]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    texts += [one["message"]["text"] for one in notes]
    assert notes
    for text in texts:
        plain = text.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
        assert not re.search(r"[\[\]]", plain)
        assert not re.search(r"(?<!\{)\{(?!\{)|(?<!\})\}(?!\})", plain.replace("{{", "").replace(
            "}}", ""))  # fmt: skip
        assert "\u202e" not in text
        assert "\x1b" not in text


def test_an_invalid_run_is_no_success() -> None:
    given = all_with(Status.PASS)
    given["verdict"] |= {"word": "INVALID", "reason": "A self-check failed."}
    run = run_of(sarif.render(document(given)))
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["properties"]["verdict"] == "INVALID"
