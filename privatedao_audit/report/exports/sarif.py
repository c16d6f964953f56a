"""SARIF 2.1.0: a rule and a result for every control.

Sources: OASIS SARIF 2.1.0 with errata 01, sections 3.11 (messages), 3.27.9 (kind), 3.27.10
(level), 3.27.17 (fingerprints), 3.35 (suppressions). A kind other than ``fail`` may have no level
but ``none``, which is what an absent level means then; so it is left out. A service that does not
read kinds, as GitHub code scanning, takes the rule's own level for such a result, and thus shows
UNKNOWN; it would show PASS as well, so ``render_unmet`` leaves out what is met.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from privatedao_audit.model.status import Severity, Status, Verdict
from privatedao_audit.report.exports.document import Control, Document
from privatedao_audit.view.text import visible

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}  # fmt: skip
#: The kind of result that a status is. ATTESTED below its floor is something to look at.
_KINDS = {
    Status.PASS: "pass", Status.NOT_APPLICABLE: "notApplicable", Status.UNKNOWN: "open",
    Status.ATTESTED: "review", Status.FAIL: "fail", Status.DIVERGED: "fail", Status.STALE: "fail",
    Status.MISSING: "fail", Status.WAIVED: "fail",
}  # fmt: skip
#: Where a result points: the file that it was made from.
_PLACE = "findings.json"


def render(found: Document) -> bytes:
    """A SARIF log with a result for every control."""
    return _log(found, found.controls)


def render_unmet(found: Document) -> bytes:
    """The same without the controls that are met, for services that take any result for an alert.

    What is waived stays, with its suppression.
    """
    return _log(found, [one for one in found.controls if not one.met])


def _log(found: Document, controls: Sequence[Control]) -> bytes:
    rules = {one.id: number for number, one in enumerate(found.controls)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "privatedao-audit",
                "version": visible(found.method.kit_version),
                "rules": [_rule(one) for one in found.controls],
            }
        },
        "automationDetails": {"id": f"privatedao-audit/{visible(found.target.name)}/"},
        "invocations": [
            {
                "executionSuccessful": found.verdict.word is not Verdict.INVALID,
                "endTimeUtc": found.run.recorded_at,
                "toolExecutionNotifications": [
                    {"level": "warning", "descriptor": {"id": visible(one.id)},
                     "message": {"text": _message(one.text)}}
                    for one in found.doubts
                ],
            }
        ],
        "artifacts": [
            {
                "location": {"uri": _PLACE},
                "hashes": {"sha-256": found.sha256},
                "mimeType": "application/json",
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, rules[one.id], found) for one in controls],
        "properties": {
            "evidenceRoot": found.evidence_root,
            "verdict": found.verdict.word.value,
            "reason": visible(found.verdict.reason),
            "counts": found.verdict.counts,
            "total": found.verdict.total,
            "target": visible(found.target.name),
            "cluster": visible(found.target.cluster),
            "programs": [visible(one) for one in found.target.program_ids],
            "catalogue": visible(found.method.catalogue),
        },
    }  # fmt: skip
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(log, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _rule(control: Control) -> dict[str, Any]:
    help_text = f"{control.remediation}\n\nLook again: {control.recheck}"
    return {
        "id": control.id,
        "name": _name(control.title),
        "shortDescription": {"text": _sentence(control.title)},
        "fullDescription": {"text": _message(control.requirement)},
        "help": {"text": _message(help_text, lines=True)},
        "defaultConfiguration": {"level": _LEVELS[control.severity]},
        "properties": {
            "tags": ["readiness", control.domain, *(visible(one) for one in control.frameworks)],
            "severity": control.severity.value,
            "class": control.control_class,
            "blocking": control.blocking,
            "floor": control.floor.value,
        },
    }


def _result(control: Control, index: int, found: Document) -> dict[str, Any]:
    kind = _KINDS[control.status]
    result: dict[str, Any] = {
        "ruleId": control.id,
        "ruleIndex": index,
        "kind": kind,
        "message": {"text": _message(f"{control.status.value}: {control.summary}")},
        "locations": [_location(found)],
        "partialFingerprints": {"controlId/v1": control.id},
        "properties": {
            "status": control.status.value,
            "met": control.met,
            "evidenceRoot": found.evidence_root,
            "evidence": [visible(one) for one in control.evidence],
            "parts": [
                {"label": visible(one.label), "status": one.status.value,
                 "summary": visible(one.summary), "evidence": [visible(e) for e in one.evidence]}
                for one in control.parts
            ],
        },
    }  # fmt: skip
    if kind == "fail":
        result["level"] = _LEVELS[control.severity]
    if control.read_at is not None:
        result["properties"]["slot"] = control.read_at.slot
        result["properties"]["readAt"] = control.read_at.recorded_at
    if control.waiver is not None:
        told = f"{control.waiver.owner} accepts {control.waiver.underneath.value} until "
        told += f"{control.waiver.expires}: {control.waiver.reason}"
        result["properties"]["underneath"] = control.waiver.underneath.value
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": visible(told)}
        ]
    return result


def _location(found: Document) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _PLACE, "index": 0},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {"fullyQualifiedName": visible(one), "kind": "resource"}
            for one in found.target.program_ids
        ],
    }


def _message(text: str, *, lines: bool = False) -> str:
    """Plain text of a message: no placeholder and no link can come of it (3.11.5, 3.11.6)."""
    shown = visible(text, lines=lines).replace("\\", "\\\\")
    for mark, escaped in (("{", "{{"), ("}", "}}"), ("[", "\\["), ("]", "\\]")):
        shown = shown.replace(mark, escaped)
    return shown


def _sentence(text: str) -> str:
    return _message(text.rstrip(".") + ".")


def _name(title: str) -> str:
    """The title as an identifier of letters and digits, as rules of other tools have it."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in title).split()
    return "".join(word[:1].upper() + word[1:] for word in words) or "Control"
