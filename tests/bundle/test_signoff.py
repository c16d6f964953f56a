"""The sign-off sheet: what it shows, that it is the same each time, and what gets none."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path

import bundle_samples as samples
import pypdf
import pytest
from annotated import GOOD, HEAD, attached, prepared
from bundle_samples import AUDITOR, TEAM
from click.testing import CliRunner

from privatedao_audit.bundle import signoff
from privatedao_audit.bundle.errors import CannotSign
from privatedao_audit.bundle.verify import verify
from privatedao_audit.cli import group
from privatedao_audit.report.pdf import render_pdf


def words(html: str) -> str:
    body = html[html.index("<body>") : html.rindex("<script>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture(scope="module")
def noted(raw: bytes) -> bytes:
    """Signed by the team, who does not agree, and by the auditor, with annotations."""
    return attached(prepared(samples.sign(raw, TEAM, "team", "The <b>vault</b> moved."), GOOD))


def test_it_shows_what_is_signed(noted: bytes) -> None:
    report = verify(noted)
    sheet = signoff.make(noted)
    shown = words(sheet.html)
    for text in (
        report.bundle_digest, report.evidence_root, "NOT READY", "A. Auditor, Two Eyes Ltd",
        "Custody and release, by replay.", "The vault's history was read twice.",
        "One signer could not be reached.", str(AUDITOR.pubkey()), str(TEAM.pubkey()),
        "disagrees with NOT READY: The <b>vault</b> moved.", "For the auditor", "For the team",
        "With these annotations the verdict is NOT READY , as found",
    ):  # fmt: skip
        assert text in shown, text
    assert "<b>vault</b>" not in sheet.html
    assert "draft" not in shown
    assert sheet.created.isoformat().startswith("2026-11-23T09:32:00")


def test_places_to_sign_carry_the_digest(noted: bytes) -> None:
    """A sheet of paper can be put behind another front page."""
    html = signoff.make(noted).html
    places = html[html.index('id="places"') : html.index('id="verify"')]
    assert verify(noted).bundle_digest in places


def test_the_same_bundle_gives_the_same_bytes(noted: bytes) -> None:
    once, twice = signoff.make(noted), signoff.make(noted)
    assert once == twice
    papers = [
        render_pdf(one.html, title=one.title, attachment=None, created=one.created)
        for one in (once, twice)
    ]
    assert papers[0] == papers[1]
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(papers[0])).pages)
    assert verify(noted).bundle_digest in "".join(text.split())


def test_unsigned_annotations_are_a_draft(raw: bytes) -> None:
    shown = words(signoff.make(raw, draft=GOOD).html)
    assert "A draft: no key in the bundle has signed these annotations yet" in shown
    assert "No key has signed this bundle yet" in shown
    assert "No annotations" in words(signoff.make(raw).html)


def test_hostile_text_stays_text(raw: bytes) -> None:
    text = HEAD.replace("Two Eyes Ltd", "<script>alert(1)</script>\\u202e")
    html = signoff.make(raw, draft=text.encode()).html
    assert "<script>alert" not in html
    assert "\u202e" not in html and "U+202E" in html


def test_what_does_not_verify_gets_none(noted: bytes) -> None:
    with pytest.raises(CannotSign, match="does not verify"):
        signoff.make(noted[:-1])
    with pytest.raises(CannotSign, match="is missing"):
        signoff.make(noted, draft=b"schema = 1")


def test_the_command_writes_page_and_paper(noted: bytes, tmp_path: Path) -> None:
    place, draft = tmp_path / "bundle.zip", tmp_path / "draft.toml"
    place.write_bytes(noted)
    draft.write_bytes(GOOD)
    out = tmp_path / "sheets" / "signoff.html"
    done = CliRunner().invoke(
        group, ["signoff", str(place), "--annotations", str(draft), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert out.read_text("utf-8") == signoff.make(noted, draft=GOOD).html
    assert out.with_suffix(".pdf").read_bytes().startswith(b"%PDF-")
    assert place.read_bytes() == noted


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--out", "sheet.txt"], "ends in .html"),
        (["--out", "sheet.html", "--annotations", "nowhere.toml"], "no such file"),
        ([], "Missing option '--out'"),
    ],
)
def test_bad_usage_is_told(
    noted: bytes, tmp_path: Path, options: list[str], words: str
) -> None:
    place = tmp_path / "bundle.zip"
    place.write_bytes(noted)
    done = CliRunner().invoke(group, ["signoff", str(place), *options])
    assert done.exit_code != 0
    assert words in done.output
