"""A page full of what strangers write is still the page that both verifiers expect."""

from __future__ import annotations

from typing import Any

import pytest

from privatedao_audit.bundle import markup
from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.report.html import page_frame, render_report, verdict_lines
from tests.hostile.corpus import CORPUS
from tests.hostile.test_report import made_of

NAME, STEM = "domains/02_key_custody.html", "02_key_custody"
_Page = tuple[dict[str, Any], Any, str]


@pytest.fixture(scope="module")
def hostile() -> _Page:
    """Findings, recording and page; INVALID, because one of its cells alone has a verdict line."""
    said, books, index = made_of(list(CORPUS.values()))
    said["verdict"]["word"] = "INVALID"
    return said, index, render_report(said, books, index, domain="custody")


def test_the_one_file_expects_every_word_of_it(hostile: _Page) -> None:
    said, _, page = hostile
    alone.check_words_of(NAME, page, {f"notebooks/{STEM}.ipynb": b"x"}, said)
    with pytest.raises(alone.Refused):
        alone.check_words_of(NAME, page.replace("</dd>", "!</dd>", 1), {}, said)


def test_the_package_expects_every_word_and_no_harm_in_its_chapter(hostile: _Page) -> None:
    said, index, page = hostile
    before, after = page_frame(said, [STEM], index, domain="custody")
    assert page.startswith(before) and page.endswith(after)
    chapter = page[len(before) : -len(after)]
    markup.check(NAME, chapter, "chapter-02-key-custody", lines=True)
    assert "<U+202E>" in chapter or "&lt;U+202E&gt;" in chapter


def test_a_verdict_line_is_found_in_whatever_spelling(hostile: _Page) -> None:
    said, _, page = hostile
    (row,) = [one for one in said["controls"] if one["id"] == "UA-06"]
    ours = verdict_lines([row])["UA-06"]
    assert ours == alone.verdict_line(row)
    assert sum(page.count(line) for line in alone.spelled(ours)) == 1
