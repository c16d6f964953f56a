"""Whoever reads it, on whatever: axe, light and dark, phone to desk, paper, and no script."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdf
import pytest

from privatedao_audit.report.html import render_report
from tests.browser.reading import Reading

Read = Callable[..., Reading]
DOCUMENTS = ("report", "custody", "notebooks", "sample")

#: The sample's page is a hundred times as long as the others and shows no other kinds of things:
#: it is read once, on a phone.
SCHEMES = [(d, s) for d in DOCUMENTS for s in ("light", "dark") if d != "sample"]
WIDTHS = [(d, w) for d in DOCUMENTS for w in (390, 768, 1280) if d != "sample" or w == 390]

each = pytest.mark.parametrize("document", DOCUMENTS)


def page_of(request: pytest.FixtureRequest, document: str) -> Path:
    path: Path = request.getfixturevalue(document)
    return path


@pytest.mark.parametrize(("document", "scheme"), SCHEMES)
def test_axe_finds_nothing(
    read: Read, request: pytest.FixtureRequest, document: str, scheme: str
) -> None:
    reading = read(page_of(request, document), scheme=scheme)
    reading.open_all()
    assert reading.violations() == []


@pytest.mark.parametrize("document", ["report", "sample"])
def test_axe_finds_nothing_on_a_phone(
    read: Read, request: pytest.FixtureRequest, document: str
) -> None:
    """As it comes: folded, one column."""
    assert read(page_of(request, document), width=390).violations() == []


def test_axe_bites(read: Read, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><html><title>x</title><body><p style='color:#bbb;background:#fff'>faint"
        "</p><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='><button></button>",
        encoding="utf-8",
    )
    rules = {one.split(":")[0] for one in read(bad).violations()}
    assert {"color-contrast", "image-alt", "button-name", "html-has-lang"} <= rules


@each
def test_the_reader_gets_the_scheme_they_prefer(
    read: Read, request: pytest.FixtureRequest, document: str
) -> None:
    page = page_of(request, document)
    shade = """() => {
      const [r, g, b] = getComputedStyle(document.documentElement)
        .backgroundColor.match(/[\\d.]+/g).map(Number);
      return (r + g + b) / 765;
    }"""
    dark, light = read(page, scheme="dark"), read(page)
    assert light.js(shade) > 0.9
    assert dark.js(shade) < 0.2
    dark.page.emulate_media(media="print", color_scheme="dark")
    assert dark.js(shade) > 0.9, "paper is light whatever the screen is"


@pytest.mark.parametrize(("document", "width"), WIDTHS)
def test_nothing_reaches_beyond_the_window(
    read: Read, request: pytest.FixtureRequest, document: str, width: int
) -> None:
    reading = read(page_of(request, document), width=width)
    assert reading.widest() == {"beyond": 0, "what": []}
    reading.open_all()
    assert reading.widest() == {"beyond": 0, "what": []}


@each
def test_without_script_everything_reads(
    read: Read, request: pytest.FixtureRequest, document: str
) -> None:
    page = page_of(request, document)
    scripted, plain = read(page), read(page, script=False)
    for one in (scripted, plain):
        one.page.wait_for_load_state("load")
    assert plain.page.locator("form.filter:visible").count() == 0, "filters that can't work"
    assert plain.page.locator("button:visible").count() == 0, "buttons that can't work"
    fold = plain.page.query_selector("details:not([open]) > summary:visible")
    assert fold is not None
    inside = fold.query_selector("xpath=following-sibling::*[1]")
    assert inside is not None and not inside.is_visible()
    fold.click()
    assert inside.is_visible()
    _unfold(plain)
    _unfold(scripted)
    scripted.js("() => document.querySelectorAll('form.filter, button, [role=status]')"
                ".forEach((e) => e.remove())")  # fmt: skip
    assert _words(plain) == _words(scripted)


def _unfold(reading: Reading) -> None:
    reading.page.evaluate(
        "() => document.querySelectorAll('details').forEach((d) => { d.open = true; })"
    )


def _words(reading: Reading) -> list[str]:
    return reading.page.inner_text("body").split()


@pytest.fixture(scope="module")
def marked(synthetic: Any, findings: dict[str, Any], folder: Path) -> tuple[Path, list[str]]:
    """A report with a word of its own in every place that folds, and these words."""
    said, words = copy.deepcopy(findings), []
    for number, one in enumerate(said["controls"]):
        if one["domain"] != "custody":
            continue
        one["requirement"] = f"Req{number:03}Q"
        words.append(one["requirement"])
        if one["status"] != "UNKNOWN" and not one["parts"]:
            one["observed"] = f"Obs{number:03}Q"
            words.append(one["observed"])
        for place, part in enumerate(one["parts"]):
            part["observed"] = f"Par{number:03}{place}Q"
            words.append(part["observed"])
    books = synthetic.notebooks(said)
    page = render_report(said, books, synthetic.recording(), domain="custody")
    path = folder / "marked.html"
    path.write_text(page, encoding="utf-8")
    return path, words


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_print_shows_what_is_folded(
    read: Read, marked: tuple[Path, list[str]], script: bool
) -> None:
    path, words = marked
    reading = read(path, script=script)
    unseen = [word for word in words if reading.page.get_by_text(word).first.is_hidden()]
    assert unseen, "nothing was folded on the screen, so this would show nothing"
    sheets = pypdf.PdfReader(io.BytesIO(reading.page.pdf(prefer_css_page_size=True)))
    paper = "".join("".join(sheet.extract_text().split()) for sheet in sheets.pages)
    assert len(words) > 20
    assert [word for word in words if word not in paper] == []


def test_print_has_no_controls_of_the_screen(read: Read, report: Path) -> None:
    reading = read(report)
    reading.page.emulate_media(media="print")
    assert reading.page.locator("button:visible, select:visible, .skip:visible").count() == 0
    assert reading.page.locator("article.finding:visible").count() > 0


def test_a_filter_does_not_cut_the_paper(read: Read, report: Path) -> None:
    """A printed report is the whole one, whatever was filtered on the screen when it was printed:
    paper can't say that something is hidden."""
    reading = read(report)
    reading.page.select_option("select[name=status]", "PASS")
    reading.page.emulate_media(media="print")
    assert reading.page.locator("#UA-06").is_visible()


def test_headings_step_down_one_at_a_time(read: Read, report: Path) -> None:
    reading = read(report)
    levels = reading.js(
        "() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) => +h.localName[1])"
    )
    assert levels.count(1) == 1 and levels[0] == 1
    assert [b for a, b in pairwise(levels) if b > a + 1] == []


def test_every_table_says_what_it_answers(read: Read, sample: Path) -> None:
    reading = read(sample)
    assert reading.js("document.querySelectorAll('table').length") > 5
    assert reading.js("[...document.querySelectorAll('table')].filter("
                      "(t) => !t.caption?.textContent.trim()).length") == 0  # fmt: skip
