"""The cover sheet of a bundle: what it says, who signed it, and what checking it came to.

It is made by whoever verifies, from the bundle's bytes and a date that they name, so that the
same bundle gives the same sheet on the same day. It is no part of the bundle and proves nothing by
itself: it says which checks held, and how to repeat them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from privatedao_audit.bundle import container, layout
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.manifest import object_of
from privatedao_audit.bundle.verify import Report
from privatedao_audit.evidence.records import moment
from privatedao_audit.model.status import READING_ORDER
from privatedao_audit.report.html import render_page
from privatedao_audit.view.style import STATUS_MARKS


def render(raw: bytes, report: Report, *, now: datetime, name: str) -> str:
    """The cover sheet of a bundle as one offline page.

    Args:
        raw: the bundle.
        report: what verifying these bytes came to; a refused bundle gets a sheet that says so.
        now: with a zone; its day is printed, and the age is told in whole days.
        name: of the file, without the way to it.
    """
    found = _findings(raw) if report.ok else None
    verdict = report.verdict if report.ok else None
    counts = verdict["counts"] if verdict else {}
    shown = [(STATUS_MARKS[status], counts.get(status.value, 0)) for status in READING_ORDER]
    return render_page(
        "cover.html.j2",
        style="compare.css",
        title=f"{report.target or name}: cover sheet",
        name=name,
        report=report,
        found=found,
        counts=shown if verdict else [],
        total=sum(counts.values()),
        day=f"{now:%Y-%m-%d}",
        age=_age(report, now),
        outlived=[control for control, end in report.perishable if end < now],
    )


def _findings(raw: bytes) -> dict[str, object] | None:
    try:
        files = container.read(raw)
        return object_of(files[layout.FINDINGS].data, layout.FINDINGS, "findings")
    except (BadBundle, KeyError):
        return None


def _age(report: Report, now: datetime) -> str:
    """How long ago it was recorded, in whole days."""
    if not report.recorded_at:
        return ""
    age = now - moment(report.recorded_at)
    if age < timedelta(minutes=-5):
        return "later than the clock of the machine that checked it"
    days = max(age, timedelta(0)).days
    return "less than a day before" if days == 0 else f"{days} day{'s' if days > 1 else ''} before"
