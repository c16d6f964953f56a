"""A verdict history in a browser: axe, every width, without script, by keyboard, on paper."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from privatedao_audit.compare import sides
from privatedao_audit.compare.verdicts import page
from privatedao_audit.compare.verdicts.history import History, history
from tests.browser.reading import Reading

sys.path.insert(0, str(Path(__file__).parents[1] / "bundle"))
import bundle_samples

from tests.compare.story import hostile, six

Read = Callable[..., Reading]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], sides.Side]:
    """Reads one invented run, as often as one is to be altered."""
    folder = bundle_samples.run_folder(tmp_path_factory.mktemp("verdicts") / "case")
    return lambda: sides.read(folder)


@pytest.fixture(scope="module")
def found(make: Callable[[], sides.Side]) -> History:
    """Six runs, one of them disputed, with a gap of months."""
    return history(six(make))


@pytest.fixture(scope="module")
def sheet(found: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    place = tmp_path_factory.mktemp("verdicts") / "verdicts.html"
    place.write_text(page.render(found), encoding="utf-8")
    return place


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_axe_finds_nothing_and_nothing_reaches_beyond(
    read: Read, sheet: Path, scheme: str, width: int
) -> None:
    reading = read(sheet, scheme=scheme, width=width)
    assert reading.widest() == {"beyond": 0, "what": []}
    reading.open_all()
    assert reading.widest() == {"beyond": 0, "what": []}
    assert reading.violations() == []


@pytest.mark.parametrize("width", [320, 768])
def test_other_widths(read: Read, sheet: Path, width: int) -> None:
    reading = read(sheet, width=width)
    reading.open_all()
    assert reading.widest() == {"beyond": 0, "what": []}


def test_without_script_it_says_the_same(read: Read, sheet: Path) -> None:
    scripted, plain = read(sheet), read(sheet, script=False)
    scripted.js("() => document.querySelectorAll('button').forEach((e) => e.remove())")
    words = plain.page.inner_text("body").split()
    assert words == scripted.page.inner_text("body").split()
    assert {"UA-04", "Worse", "disagrees:", "UNKNOWN"} <= set(words)


def test_a_short_hash_is_copied_whole(read: Read, sheet: Path, found: History) -> None:
    reading = read(sheet)
    root = found.newest.run.root
    reading.page.get_by_role("button", name=f"Copy {root[:24]}").first.click()
    assert reading.js("window.__clipboard") == [root]
    code = reading.page.locator("code.short", has_text=root)
    assert reading.js("(e) => e.scrollWidth > e.clientWidth", code.element_handle())


def test_the_keyboard_reaches_what_is_folded(read: Read, sheet: Path) -> None:
    reading = read(sheet, "#steady")
    reading.page.locator("details.steady > summary").first.focus()
    reading.page.keyboard.press("Enter")
    assert reading.page.locator("details.steady table").first.is_visible()
    # A link to a control that never changed opens its fold.
    linked = read(sheet, "#RC-13")
    assert linked.page.locator("#RC-13").is_visible()


def test_paper_shows_what_is_folded_and_whole_hashes(
    read: Read, sheet: Path, found: History
) -> None:
    sheets = pypdf.PdfReader(io.BytesIO(read(sheet).page.pdf(prefer_css_page_size=True)))
    paper = "".join("".join(one.extract_text().split()) for one in sheets.pages)
    for one in found.entries:
        assert one.run.root in paper
    assert [strip.id for strip in found.strips if strip.id not in paper] == []
    assert "".join(found.newest.reasons[0].split()) in paper


def test_it_does_nothing_that_a_stranger_wrote(
    read: Read, make: Callable[[], sides.Side], tmp_path: Path
) -> None:
    place = tmp_path / "strange.html"
    place.write_text(page.render(history(hostile(make))), encoding="utf-8")
    reading = read(place, width=390)
    reading.open_all()
    assert reading.js("document.scripts.length") == 1
    assert reading.js("document.querySelectorAll('img').length") == 0
    assert reading.widest() == {"beyond": 0, "what": []}
