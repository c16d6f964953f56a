"""The PDF: what a filing cabinet needs, and nothing fetched on the way."""

from __future__ import annotations

import builtins
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import tinyhtml5
from pypdf import PdfReader

from privatedao_audit.report.paper import for_paper
from privatedao_audit.report.pdf import PdfUnavailable, render_pdf


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def test_pages_carry_number_header_and_evidence_root(
    reader: PdfReader, findings: dict[str, Any]
) -> None:
    total = len(reader.pages)
    assert total > 5
    for number, page in enumerate(reader.pages, start=1):
        text = words(page.extract_text())
        assert f"page {number} of {total}" in text
        assert f"evidence root {findings['evidence_root'][:16]}" in text
        if number > 1:
            assert "PrivateDAO sample, mid-rollout" in text
    chapter = next(p for p in reader.pages if "Who can change the code" in p.extract_text())
    assert "Key custody" in words(chapter.extract_text())


def test_the_contents_name_the_pages(reader: PdfReader) -> None:
    contents = words(reader.pages[0].extract_text())
    found = re.search(r"Evidence register[ .]*(\d+)", contents)
    assert found is not None
    assert "Every read that a finding above names" in words(
        reader.pages[int(found[1]) - 1].extract_text()
    )


def test_every_finding_and_long_key_is_in_the_text(
    reader: PdfReader, findings: dict[str, Any], synthetic: Any
) -> None:
    text = "".join(p.extract_text() for p in reader.pages)
    for one in findings["controls"]:
        if one["domain"] == "custody":
            assert one["id"] in text
    squeezed = re.sub(r"\s", "", text)
    assert synthetic.AUTHORITY in squeezed and findings["evidence_root"] in squeezed
    assert "\u202e" not in text and "<U+202E>" in squeezed


def test_folds_are_open_on_paper(
    reader: PdfReader, custody_page: str, findings: dict[str, Any], synthetic: Any
) -> None:
    paper = for_paper(custody_page, title="t", created=synthetic.CREATED)
    cards = custody_page.count('<article class="finding')
    assert paper.count("<details") == paper.count(' open="open"') == cards > 5
    passed = next(f for f in findings["controls"] if f["id"] == "UA-04")
    card = custody_page.partition('<article class="finding s-pass" id="UA-04"')[2]
    assert "<details><summary" in card.partition("</article>")[0], "it is folded on the screen"
    text = re.sub(r"\s", "", "".join(p.extract_text() for p in reader.pages))
    assert re.sub(r"[\s`]", "", passed["requirement"]) in text


def test_the_outline_leads_through_the_document(reader: PdfReader) -> None:
    def titles(items: list[Any]) -> list[str]:
        flat: list[str] = []
        for item in items:
            flat += titles(item) if isinstance(item, list) else [str(item.title)]
        return flat

    names = titles(reader.outline)
    assert "Findings, worst first" in names and "Evidence register" in names
    assert any(name.startswith("UA-06") for name in names)


def test_it_is_tagged_and_says_what_it_is(reader: PdfReader, synthetic: Any) -> None:
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    metadata = reader.metadata
    assert metadata is not None
    assert metadata.title == "Custody" and metadata.creation_date == synthetic.CREATED


def test_every_link_within_the_document_leads_somewhere(reader: PdfReader) -> None:
    names = set(reader.named_destinations)
    goals = [
        str(note.get_object()["/Dest"])
        for page in reader.pages
        for note in page.get("/Annots", [])
        if "/Dest" in note.get_object()
    ]
    assert len(goals) > 50
    assert [goal for goal in goals if goal not in names] == []
    assert {"UA-06", "UA-05", "evidence", "verify"} <= names


def tags(reader: PdfReader) -> list[Any]:
    """Every element of the structure tree, in order."""
    found: list[Any] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if not isinstance(node, dict):
            return
        if "/S" in node:
            found.append(node)
        below = node.get("/K", [])
        below = below.get_object() if hasattr(below, "get_object") else below
        for one in below if isinstance(below, list) else [below]:
            if hasattr(one, "get_object"):
                walk(one)

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return found


def test_the_tags_say_what_everything_is(reader: PdfReader) -> None:
    kinds = [str(one["/S"]) for one in tags(reader)]
    for kind in ("/H1", "/H2", "/H3", "/P", "/Table", "/THead", "/TH", "/TD", "/L", "/LI",
                 "/Link", "/Caption"):  # fmt: skip
        assert kind in kinds
    assert kinds.count("/H1") == 1


def test_every_figure_has_a_text_for_those_who_do_not_see_it(reader: PdfReader) -> None:
    figures = [one for one in tags(reader) if one["/S"] == "/Figure"]
    assert len(figures) == 2
    assert all(str(one.get("/Alt", "")).strip() for one in figures)
    assert str(figures[0]["/Alt"]) == "Both providers stay within the limit of 32 slots"


def test_a_table_over_several_pages_repeats_its_header(reader: PdfReader) -> None:
    head = "Required, and what to do"
    pages = [words(page.extract_text()) for page in reader.pages]
    assert any("controls that this version does not evaluate" in page for page in pages)
    with_rows = [p for p in pages if re.search(r"To do: ", p) and "does not block" in p]
    assert with_rows and all(head in page for page in with_rows)


def test_no_heading_stands_alone_at_the_foot_of_a_page(
    reader: PdfReader, custody_page: str
) -> None:
    root = tinyhtml5.parse(custody_page, namespace_html_elements=False)
    headings = {
        words("".join(e.itertext())) for tag in ("h2", "h3") for e in root.iter(tag)
    }  # fmt: skip
    assert "Findings, worst first" in headings
    for page in reader.pages:
        body = page.extract_text().split("evidence root 5e88")[0]
        last = [line for line in map(words, body.splitlines()) if line][-1]
        assert last not in headings


def test_what_only_a_screen_has_leaves_the_text_around_it_alone(synthetic: Any) -> None:
    page = (
        "<html><head></head><body>a<form>b</form>c<p>d<span class='exact'>e</span>f</p>"
        "<div class='highlight'><pre><span class='n'>x</span> = <b>1</b>\n</pre></div></body>"
    )
    paper = for_paper(page, title="t", created=synthetic.CREATED)
    assert "<body>ac<p>df</p>" in paper and "<pre>x = 1</pre>" in paper


def test_letters_that_no_bundled_font_has_are_spelled_out(synthetic: Any) -> None:
    page = "<html><head></head><body><p>漢 é ✓ → Ω<b>x</b>漢</p></body></html>"
    paper = for_paper(page, title="t", created=synthetic.CREATED)
    assert "&lt;U+6F22&gt; é ✓" in paper and "<b>x</b>&lt;U+6F22&gt;" in paper


def test_findings_json_is_attached_byte_for_byte(
    reader: PdfReader, findings: dict[str, Any]
) -> None:
    assert list(reader.attachments) == ["findings.json"]
    (attached,) = reader.attachments["findings.json"]
    assert json.loads(attached) == findings


MAKE = """
import hashlib, json, runpy, sys
module = runpy.run_path(sys.argv[1])
from privatedao_audit.report.html import render_report
from privatedao_audit.report.pdf import render_pdf
said = module["findings"]()
page = render_report(said, module["notebooks"](said), module["recording"](), domain="custody")
pdf = render_pdf(page, title="Custody", created=module["CREATED"],
                 attachment=("findings.json", json.dumps(said, sort_keys=True).encode()))
print(hashlib.sha256(pdf).hexdigest())
"""


def test_the_same_run_gives_the_same_bytes_in_any_process(pdf: bytes, synthetic: Any) -> None:
    made = {
        subprocess.run(
            [sys.executable, "-c", MAKE, synthetic.__file__], capture_output=True, check=True,
            text=True, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout.strip()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }  # fmt: skip
    assert made == {hashlib.sha256(pdf).hexdigest()}


def test_a_file_address_is_not_opened(tmp_path: Path, synthetic: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of this machine")
    page = (
        f"<html><head></head><body><p>before</p><img src='{secret.as_uri()}' alt='x'>"
        f"<a rel=attachment href='{secret.as_uri()}'>a</a>"
        f"<object data='{secret.as_uri()}'></object><p>after</p></body></html>"
    )
    made = render_pdf(page, title="t", attachment=None, created=synthetic.CREATED)
    opened = PdfReader(io.BytesIO(made))
    assert "before" in opened.pages[0].extract_text() and "after" in opened.pages[0].extract_text()
    assert list(opened.attachments) == []
    streams = b"".join(
        bytes(obj.get_data())
        for obj in (opened.get_object(n) for n in range(1, len(opened.xref[0]) + 1))
        if hasattr(obj, "get_data")
    )
    assert b"the secret of this machine" not in streams


def test_without_pango_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, synthetic: Any
) -> None:
    real = builtins.__import__

    def broken(name: str, *args: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libgobject-2.0-0': a long story\nof many lines")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(PdfUnavailable) as caught:
        render_pdf("<html></html>", title="t", attachment=None, created=synthetic.CREATED)
    message = str(caught.value)
    assert "\n" not in message and "long story" not in message
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in message


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render_pdf("<html></html>", title="t", attachment=None, created=datetime(2026, 1, 1))
