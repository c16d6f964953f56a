"""CSV: one row for every control, by the rules of :mod:`privatedao_audit.view.spreadsheet`."""

from __future__ import annotations

from privatedao_audit.report.exports.document import Control, Document
from privatedao_audit.view.spreadsheet import csv_text

COLUMNS = (
    "id", "title", "domain", "status", "underneath", "met", "blocking", "floor", "severity",
    "class", "summary", "parts", "evidence", "slot", "read_at", "remediation", "recheck",
    "verdict", "target", "cluster", "evidence_root",
)  # fmt: skip


def render(found: Document) -> bytes:
    """The controls as CSV with a header, in the order of the catalogue; UTF-8."""
    return csv_text(COLUMNS, [_row(one, found) for one in found.controls]).encode()


def _row(control: Control, found: Document) -> list[object]:
    parts = " / ".join(f"{p.status.value}: {p.label}: {p.summary}" for p in control.parts)
    at = control.read_at
    return [
        control.id,
        control.title,
        control.domain,
        control.status.value,
        control.waiver.underneath.value if control.waiver is not None else None,
        control.met,
        control.blocking,
        control.floor.value,
        control.severity.value,
        control.control_class,
        control.summary,
        parts or None,
        " ".join(control.evidence) or None,
        at.slot if at is not None else None,
        at.recorded_at if at is not None else None,
        control.remediation,
        control.recheck,
        found.verdict.word.value,
        found.target.name,
        found.target.cluster,
        found.evidence_root,
    ]
