"""The cover sheet says what verifying came to, offline, and nothing that a stranger wrote runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import bundle_samples as samples

from privatedao_audit.bundle import cover, signing
from privatedao_audit.bundle.verify import Report, verify

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def sheet(raw: bytes, **how: object) -> tuple[str, Report]:
    report = verify(raw, now=NOW, **how)  # type: ignore[arg-type]
    return cover.render(raw, report, now=NOW, name="case.zip"), report


def test_it_names_signers_digests_verdict_counts_and_age(signed: bytes) -> None:
    team = str(samples.TEAM.pubkey())
    text, report = sheet(signed, signers={team: signing.Role.TEAM})
    for words in (report.bundle_digest, report.evidence_root, team, str(samples.AUDITOR.pubkey()),
                  "NOT READY", "2 days before", "case.zip", "named by the reader",
                  "not a key that the reader named", "Consistent, and vouched for"):  # fmt: skip
        assert words in text
    assert report.verdict is not None
    shown = re.findall(r"<b>(\d+)</b> <span class=\"mark\"><span[^>]*>.</span> ([A-Z/]+)<", text)
    assert {word: int(count) for count, word in shown} == report.verdict["counts"]


def test_it_says_when_nobody_is_known_and_nobody_signed(raw: bytes) -> None:
    text, _ = sheet(raw)
    assert "who made it is not known" in text and "Nobody signed this bundle." in text


def test_a_refused_bundle_gets_no_verdict(raw: bytes) -> None:
    files = samples.files_of(raw)
    files["facts.json"] = b"{}\n"
    text, report = sheet(samples.zipped(files))
    assert not report.ok
    assert "Refused" in text and report.problems[0][0] in text
    assert "NOT READY" not in text and "controls of the catalogue" not in text
    text, _ = sheet(b"nothing")
    assert "Refused" in text and "did not get that far" in text


def test_it_is_the_same_bytes_on_the_same_day(signed: bytes) -> None:
    report = verify(signed, now=NOW)
    first = cover.render(signed, report, now=NOW, name="case.zip")
    later = NOW + timedelta(hours=2)
    again = verify(signed, now=later)
    assert cover.render(signed, again, now=later, name="case.zip") == first


def test_what_a_signer_wrote_is_text(raw: bytes) -> None:
    said = "<script>alert(1)</script>\u202e"
    text, _ = sheet(samples.sign(raw, samples.AUDITOR, "auditor", said))
    assert "&lt;script&gt;alert(1)" in text and "&lt;U+202E&gt;" in text
    assert text.count("<script>") == 1
    assert re.search(r'(?:src|href)="(?!#|data:)', text) is None
    assert "default-src &#39;none&#39;" in text
