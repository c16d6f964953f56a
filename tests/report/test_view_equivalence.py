"""Every view of a run holds the same controls, statuses and evidence root: the bundled samples."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import tinyhtml5
from defusedxml.ElementTree import fromstring
from pypdf import PdfReader

from privatedao_audit.audit.opening import over
from privatedao_audit.bundle.views import check_documents
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from privatedao_audit.model import target as targets
from privatedao_audit.report.exports import FORMATS, files, read
from privatedao_audit.report.html import render_report
from privatedao_audit.report.pdf import render_pdf

#: The domain whose document is set as PDF: it is the shortest, and every PDF carries all findings.
_SHORT = "gate"


class Views:
    """One sample, judged anew from its recording, in every form that a reader may get."""

    def __init__(self, sample: str) -> None:
        found, self.page, short = asyncio.run(self._judged(sample))
        self.findings = canonical.dump_file(found)
        self.exports = files(read(self.findings), tuple(FORMATS))
        self.pdf = render_pdf(
            short, title=sample, attachment=("findings.json", self.findings),
            created=datetime(2026, 11, 23, tzinfo=UTC),
        )  # fmt: skip

    @staticmethod
    async def _judged(sample: str) -> tuple[dict[str, Any], str, str]:
        target = targets.load(sample)
        place = targets.bundled_recording(target, sample)
        assert place is not None
        with SealedRecording.open(place) as sealed:
            audit = await over(target, sealed, "a sealed recording")
            await audit.collect(audit.scope.domains)
            found = audit.report_json(
                method={"kit_version": "test", "lock": None}, canaries={},
                evidence_root=sealed.evidence_root, slot_window=sealed.window(), invalid=False,
            )  # fmt: skip
            page = render_report(found, [], sealed)
            return found, page, render_report(found, [], sealed, domain=_SHORT)


@pytest.fixture(scope="module", params=["sample", "sample-healthy"])
def views(request: pytest.FixtureRequest) -> Views:
    return Views(request.param)


Held = tuple[dict[str, str], set[str]]


def of_findings(data: bytes) -> Held:
    found = json.loads(data)
    return {one["id"]: one["status"] for one in found["controls"]}, {found["evidence_root"]}


def in_json(views: Views) -> Held:
    return of_findings(views.findings)


def in_html(views: Views) -> Held:
    tree = tinyhtml5.parse(views.page, namespace_html_elements=False)
    rows = {
        str(one.get("id")): str(one.get("data-status"))
        for one in tree.iter()
        if "finding" in (one.get("class") or "").split() and one.get("data-status")
    }
    roots = {"".join(one.itertext()) for one in tree.iter("code") if one.get("id") == "root"}
    return rows, roots


def in_pdf(views: Views) -> Held:
    ((_, contents),) = PdfReader(io.BytesIO(views.pdf)).attachments.items()
    (data,) = contents
    assert data == views.findings
    return of_findings(data)


def in_sarif(views: Views) -> Held:
    (run,) = json.loads(views.exports["findings.sarif"])["runs"]
    rows = {one["ruleId"]: one["properties"]["status"] for one in run["results"]}
    roots = {one["properties"]["evidenceRoot"] for one in run["results"]}
    return rows, {*roots, run["properties"]["evidenceRoot"]}


def in_csv(views: Views) -> Held:
    text = io.StringIO(views.exports["findings.csv"].decode(), newline="")
    table = list(csv.DictReader(text))
    return {one["id"]: one["status"] for one in table}, {one["evidence_root"] for one in table}


def in_junit(views: Views) -> Held:
    rows, roots = {}, set()
    for case in fromstring(views.exports["findings.junit.xml"]).iter("testcase"):
        said = [line.split(": ", 1) for line in (case.findtext("system-out") or "").split("\n")]
        told = {one[0]: one[1] for one in reversed(said) if len(one) == 2}
        if "control" in told:
            rows[told["control"]] = told["status"]
            roots.add(told["evidence root"])
    return rows, roots


def in_oscal(views: Views) -> Held:
    value = json.loads(views.exports["assessment-results.oscal.json"])["assessment-results"]
    (result,) = value["results"]
    rows, roots = {}, set()
    for one in (*result["findings"], result, value["metadata"]):
        props = {p["name"]: p["value"] for p in one["props"]}
        roots.add(props["evidence-root"])
        if "target" in one:
            rows[one["target"]["target-id"]] = props["status"]
    return rows, roots


@pytest.mark.parametrize("view", [in_html, in_pdf, in_sarif, in_csv, in_junit, in_oscal])
def test_a_view_holds_the_same_findings_and_evidence_root(
    views: Views, view: Callable[[Views], Held]
) -> None:
    rows, roots = in_json(views)
    assert len(rows) == 75
    assert len(roots) == 1
    assert view(views) == (rows, roots)


def test_the_short_views_hold_counts_verdict_and_root(views: Views) -> None:
    found = json.loads(views.findings)
    text = views.exports["summary.md"].decode()
    for status, count in found["verdict"]["counts"].items():
        assert f" {status} | {count} |" in text
    for name in ("summary.md", "badge.svg"):
        assert found["verdict"]["word"] in views.exports[name].decode()
        assert found["evidence_root"] in views.exports[name].decode()


def test_what_is_left_out_for_code_scanning_is_met(views: Views) -> None:
    (run,) = json.loads(views.exports["code-scanning.sarif"])["runs"]
    rows, _ = in_json(views)
    left_out = set(rows) - {one["ruleId"] for one in run["results"]}
    assert {rows[one] for one in left_out} <= {"PASS", "ATTESTED", "N/A"}


def test_the_checks_of_a_bundle_say_the_same_of_page_and_pdf(views: Views) -> None:
    check_documents(
        {"findings.json": views.findings, "report.html": views.page.encode(),
         "report.pdf": views.pdf}, json.loads(views.findings),
    )  # fmt: skip
