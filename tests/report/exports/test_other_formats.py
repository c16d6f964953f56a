"""CSV, Markdown and the badge."""

from __future__ import annotations

import csv as standard
import io
import re
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from markdown_it import MarkdownIt

from privatedao_audit.model.status import Status
from privatedao_audit.report.exports import badge, csv, markdown
from tests.report.exports.made import HOSTILE, ROOT, all_with, document, value

SVG = "{http://www.w3.org/2000/svg}"


def table() -> list[dict[str, str]]:
    return list(standard.DictReader(io.StringIO(csv.render(document()).decode(), newline="")))


def test_every_control_is_a_row_of_the_csv() -> None:
    found, rows = document(), table()
    assert [row["id"] for row in rows] == [one.id for one in found.controls]
    assert [row["status"] for row in rows] == [one.status.value for one in found.controls]
    assert {row["evidence_root"] for row in rows} == {ROOT}
    assert {row["verdict"] for row in rows} == {"NOT READY"}
    assert [row["met"] for row in rows] == ["yes" if one.met else "no" for one in found.controls]
    assert [row["evidence"].split() for row in rows] == [one.evidence for one in found.controls]


def test_no_cell_of_the_csv_computes() -> None:
    for row in table():
        for cell in row.values():
            assert not re.match(r"[ '\"]*[=+\-@|%]", cell) or cell.startswith("'")
            assert "\u202e" not in cell
            assert "\n" not in cell


def tokens(data: bytes) -> list[Any]:
    text = data.decode()
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [
        child for token in parser.parse(text) for child in [token, *(token.children or [])]
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", [HOSTILE, "`", "``", " ` ", "a`` `b", "", "\n# x", "|", "a" * 9_999]
)
def test_a_code_span_holds_whatever_is_written(text: str) -> None:
    found = tokens(f"x {markdown.code(text)} y".encode())
    assert [one.type for one in found if one.type not in ("text", "inline")] == [
        "paragraph_open", "code_inline", "paragraph_close",
    ]  # fmt: skip


def test_a_summary_holds_no_markup_but_its_own() -> None:
    data = markdown.render(document())
    kinds = {token.type for token in tokens(data)}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "fence", "s_open",
                        "blockquote_open", "hr", "code_block"}  # fmt: skip
    text = data.decode()
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "## Readiness: NOT READY", "### Missing for READY", "### Why this could be wrong",
    ]  # fmt: skip
    outside = re.sub(r"(`+).*?\1", "", text)
    assert "@everyone" not in outside
    assert "http" not in outside
    assert len(text) < 60_000


def test_a_summary_says_what_counts() -> None:
    found, text = document(), markdown.render(document()).decode()
    for status, count in found.verdict.counts.items():
        assert re.search(rf"^\| \S+ {re.escape(status)} \| {count} \|$", text, re.MULTILINE)
    assert "| all | 75 |" in text
    assert ROOT in text
    missing = found.missing()
    listed = re.findall(r"^- \*\*([A-Z]{2}-\d\d)\*\* \S+ ([A-Z/]+)", text, re.MULTILINE)
    assert listed == [(one.id, one.status.value) for one in missing[: len(listed)]]
    assert f"- and {len(missing) - len(listed)} more in the report" in text
    ready = markdown.render(document(all_with(Status.PASS))).decode()
    assert "## Readiness: READY" in ready
    assert "Nothing among the blocking controls." in ready


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast of two colours."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True))

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("status", "told"),
    [(Status.PASS, "READY"), (Status.UNKNOWN, "INCONCLUSIVE · 75 unknown"),
     (Status.FAIL, "NOT READY · 75 bad")],
)  # fmt: skip
def test_a_badge_says_it_in_words(status: Status, told: str) -> None:
    root = fromstring(badge.render(document(all_with(status))))
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert texts == ["readiness localnet 2026-11-23", told]
    assert root.attrib["role"] == "img"
    title = root.findtext(f"{SVG}title") or ""
    assert told.split(" ·")[0] in title
    assert ROOT in (root.findtext(f"{SVG}desc") or "")
    for one in root.iter(f"{SVG}rect"):
        assert contrast(one.attrib["fill"], "#ffffff") >= 4.5


def test_a_badge_holds_nothing_but_text() -> None:
    data = badge.render(document())
    root = fromstring(data, forbid_dtd=True)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {
        "svg", "title", "desc", "rect", "g", "text",
    }  # fmt: skip
    assert b"<script" not in data
    given = value()
    given["target"]["cluster"] = HOSTILE
    fromstring(badge.render(document(given)), forbid_dtd=True)
    width = float(root.attrib["width"])
    for one in root.iter(f"{SVG}text"):
        assert float(one.attrib["x"]) + float(one.attrib["textLength"]) <= width
