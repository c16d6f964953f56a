"""OSCAL assessment-results: a finding for every control, an observation for every part.

Source: NIST OSCAL 1.1, the assessment-results model. It knows ``satisfied`` and ``not-satisfied``
alone, so UNKNOWN is not satisfied, with the reason ``other`` and in words; the kit's own status
stands in a property of every finding. Identifiers are UUIDs of version 5 made from the evidence
root, so that the same recording judged in the same way gives the same bytes.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from privatedao_audit.model.status import Status
from privatedao_audit.report.exports.document import Control, Document, Part, standing
from privatedao_audit.view.text import visible

#: Names the kit's own properties; a name, and no address of a page.
NAMESPACE = "urn:privatedao-audit:oscal"
VERSION = "1.1.3"
#: Characters of a text; values of properties are one line.
_LONGEST = 8_000
_REASONS = {
    Status.PASS: "pass", Status.FAIL: "fail", Status.DIVERGED: "fail", Status.STALE: "fail",
    Status.MISSING: "fail",
}  # fmt: skip


def render(found: Document) -> bytes:
    """An assessment-results document."""
    ids = _Ids(found.evidence_root)
    value = {"assessment-results": _results(found, ids)}
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


@dataclass(frozen=True, slots=True)
class _Ids:
    """UUIDs of version 5 below the evidence root."""

    root: str

    def of(self, *names: str) -> str:
        """The identifier of something; equal names under one root have equal identifiers."""
        text = json.dumps([self.root, *names], ensure_ascii=True)
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}:{text}"))


def _results(found: Document, ids: _Ids) -> dict[str, Any]:
    plan = ids.of("plan", found.method.catalogue, found.method.target)
    return {
        # The same recording judged otherwise is another document about the same things.
        "uuid": ids.of("document", found.sha256),
        "metadata": {
            "title": _text(f"Readiness of {found.target.title}"),
            "last-modified": found.run.recorded_at,
            "version": _line(found.method.kit_version),
            "oscal-version": VERSION,
            "props": [_prop("evidence-root", found.evidence_root)],
            "links": [{"href": f"#{plan}", "rel": "reference"}],
        },
        "import-ap": {
            "href": f"#{plan}",
            "remarks": "There is no OSCAL assessment plan; the resource names what stood for one.",
        },
        "results": [_result(found, ids)],
        "back-matter": {
            "resources": [
                {
                    "uuid": plan,
                    "title": "Catalogue of controls and target profile",
                    "description": _text(
                        f"The readiness controls of privatedao-audit {found.method.kit_version}, "
                        f"applied to the target {found.target.name}."
                    ),
                    "props": [
                        _prop("catalogue-sha256", found.method.catalogue),
                        _prop("target-sha256", found.method.target),
                    ],
                }
            ]
        },
    }


def _result(found: Document, ids: _Ids) -> dict[str, Any]:
    tool, said = ids.of("tool", found.method.kit_version), found.verdict
    observations = [
        _observation(control, part, found, ids, tool)
        for control in found.controls
        for part in control.parts
    ]
    times = [one["collected"] for one in observations]
    result: dict[str, Any] = {
        "uuid": ids.of("result", found.sha256),
        "title": _text(f"{said.word.value}: {found.target.title} on {found.target.cluster}"),
        "description": _text(said.reason),
        "start": min([*times, found.run.recorded_at]),
        "end": found.run.recorded_at,
        "props": [
            _prop("verdict", said.word.value),
            _prop("evidence-root", found.evidence_root),
            _prop("findings-sha256", found.sha256),
            _prop("cluster", found.target.cluster),
            *(_prop("program-id", one) for one in found.target.program_ids),
            *(_prop("count", str(number), status) for status, number in said.counts.items()),
            *(_prop("self-doubt", one.text, one.id) for one in found.doubts),
        ],
        "local-definitions": {
            "assessment-assets": {
                "components": [
                    {
                        "uuid": tool,
                        "type": "software",
                        "title": "privatedao-audit",
                        "description": _text(f"Version {found.method.kit_version}"),
                        "status": {"state": "operational"},
                    }
                ],
                "assessment-platforms": [
                    {
                        "uuid": ids.of("platform", found.method.kit_version),
                        "uses-components": [{"component-uuid": tool}],
                    }
                ],
            }
        },
        "reviewed-controls": {
            "control-selections": [
                {"include-controls": [{"control-id": one.id} for one in found.controls]}
            ]
        },
        "findings": [_finding(one, found, ids) for one in found.controls],
    }
    if observations:
        result["observations"] = observations
    return result


def _observation(
    control: Control, part: Part, found: Document, ids: _Ids, tool: str
) -> dict[str, Any]:
    at = control.read_at
    collected = found.run.recorded_at if at is None or at.recorded_at is None else at.recorded_at
    one: dict[str, Any] = {
        "uuid": ids.of("part", control.id, part.label, found.sha256),
        "title": _text(f"{control.id}: {part.label}"),
        "description": _text(part.summary),
        "methods": ["TEST" if part.evidence else "UNKNOWN"],
        "collected": collected,
        "props": [_prop("status", part.status.value)],
        "origins": [{"actors": [{"type": "tool", "actor-uuid": tool}]}],
    }
    if part.evidence:
        one["relevant-evidence"] = [
            {
                "description": _text(f"Read {name} of the sealed recording"),
                "props": [_prop("evidence-id", name)],
            }
            for name in part.evidence
        ]
    return one


def _finding(control: Control, found: Document, ids: _Ids) -> dict[str, Any]:
    satisfied = standing(control) == "met"
    status: dict[str, Any] = {
        "state": "satisfied" if satisfied else "not-satisfied",
        "reason": _REASONS.get(control.status, "other"),
        "remarks": _text(_remarks(control)),
    }
    target: dict[str, Any] = {"type": "objective-id", "target-id": control.id, "status": status}
    if control.status is Status.NOT_APPLICABLE:
        target["implementation-status"] = {"state": "not-applicable"}
    one: dict[str, Any] = {
        "uuid": ids.of("control", control.id, found.sha256),
        "title": _text(f"{control.id} {control.title}"),
        "description": _text(control.requirement),
        "props": [
            _prop("status", control.status.value),
            _prop("severity", control.severity.value),
            _prop("blocking", "yes" if control.blocking else "no"),
            _prop("floor", control.floor.value),
            _prop("evidence-root", found.evidence_root),
        ],
        "target": target,
        "remarks": _text(f"Remediation: {control.remediation}"),
    }
    if control.waiver is not None:
        one["props"].append(_prop("underneath", control.waiver.underneath.value))
    if control.parts:
        one["related-observations"] = [
            {"observation-uuid": ids.of("part", control.id, part.label, found.sha256)}
            for part in control.parts
        ]
    return one


def _remarks(control: Control) -> str:
    if control.waiver is not None:
        return (
            f"WAIVED: {control.waiver.underneath.value} underneath, accepted by "
            f"{control.waiver.owner} until {control.waiver.expires}: {control.waiver.reason}"
        )
    return f"{control.status.value}: {control.summary}"


def _prop(name: str, value: str, group: str | None = None) -> dict[str, str]:
    prop = {"name": name, "ns": NAMESPACE, "value": _line(value)}
    return prop if group is None else {**prop, "remarks": _text(group)}


def _line(text: str) -> str:
    """One line without space at its ends, which the format asks for; never empty."""
    return " ".join(visible(text).split())[:_LONGEST].strip() or "(empty)"


def _text(text: str) -> str:
    """Markup text: what could be read as markup or a parameter is escaped."""
    shown = _line(text)
    for mark in "\\`*_<>[]{}":
        shown = shown.replace(mark, "\\" + mark)
    return shown
