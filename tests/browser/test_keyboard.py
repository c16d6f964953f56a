"""A report read with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.reading import Reading

Read = Callable[..., Reading]

_FOCUSABLE = """() => {
  window.__order = [...document.querySelectorAll(
    "a[href], button, select, input, summary, [tabindex]")]
    .filter((e) => e.tabIndex >= 0 && !e.disabled)
    .filter((e) => e.checkVisibility({ visibilityProperty: true }));
  return window.__order.length;
}"""
_AT = "() => window.__order.indexOf(document.activeElement)"
_SEEN = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  return {
    name: `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 30)}`,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight
            && box.right > 0 && box.left < document.documentElement.clientWidth,
  };
}"""


def _tab(reading: Reading, back: bool = False) -> None:
    reading.page.keyboard.press("Shift+Tab" if back else "Tab")


@pytest.mark.parametrize("document", ["report", "custody", "notebooks"])
def test_the_first_stop_skips_to_the_content(
    read: Read, request: pytest.FixtureRequest, document: str
) -> None:
    reading = read(request.getfixturevalue(document))
    assert not reading.js("document.querySelector('.skip').getBoundingClientRect().left >= 0")
    _tab(reading)
    assert reading.js("document.activeElement.matches('.skip')")
    assert reading.js(_SEEN)["inside"]
    goal = reading.js("document.activeElement.getAttribute('href')")
    reading.page.keyboard.press("Enter")
    assert reading.js("location.hash") == goal
    assert reading.in_view(goal)
    _tab(reading)
    after = "(id) => !!(document.querySelector(id).compareDocumentPosition("
    after += "document.activeElement) & (Node.DOCUMENT_POSITION_FOLLOWING | 16))"
    assert reading.js(after, goal), "the next stop lies before the content"


@pytest.mark.parametrize("document", ["report", "custody", "notebooks"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_stop_comes_in_order_and_shows_where_it_is(
    read: Read, request: pytest.FixtureRequest, document: str, scheme: str
) -> None:
    reading = read(request.getfixturevalue(document), scheme=scheme)
    total = reading.js(_FOCUSABLE)
    assert total > 10
    hidden: list[Any] = []
    for place in range(min(total, 70)):
        _tab(reading)
        assert reading.js(_AT) == place
        seen = reading.js(_SEEN)
        if not (seen["ring"] and seen["inside"]):
            hidden.append(seen)
    assert hidden == []
    _tab(reading, back=True)
    assert reading.js(_AT) == min(total, 70) - 2


def test_nothing_jumps_the_queue(read: Read, report: Path) -> None:
    reading = read(report)
    assert reading.js("[...document.querySelectorAll('[tabindex]')].filter("
                      "(e) => e.tabIndex > 0).length") == 0  # fmt: skip
    assert reading.js("document.querySelectorAll('[accesskey], [autofocus]').length") == 0


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_folds_open_and_close(read: Read, report: Path, key: str) -> None:
    reading = read(report)
    fold = "#UA-06 > details"
    reading.page.focus(f"{fold} > summary")
    state = reading.js(f"document.querySelector('{fold}').open")
    for expected in (not state, state):
        reading.page.keyboard.press(key)
        assert reading.js(f"document.querySelector('{fold}').open") is expected
    assert reading.js(f"document.activeElement.matches('{fold} > summary')")


def test_filters_without_a_mouse(read: Read, report: Path, findings: dict[str, Any]) -> None:
    reading = read(report)
    reading.page.focus("select[name=status]")
    reading.page.keyboard.type("FAIL")
    assert reading.page.input_value("select[name=status]") == "FAIL"
    failed = sum(one["status"] == "FAIL" for one in findings["controls"])
    assert f"{failed} of " in reading.page.inner_text("form.filter output")
    reading.page.keyboard.press("Home")
    assert reading.page.input_value("select[name=status]") == ""
    reading.page.focus("button[data-fold=open]")
    reading.page.keyboard.press("Space")
    closed = "document.querySelectorAll('article.finding > details:not([open])').length"
    assert reading.js(closed) == 0


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_copying_without_a_mouse(read: Read, report: Path, synthetic: Any, key: str) -> None:
    reading = read(report)
    reading.page.focus(".masthead button.copy")
    reading.page.keyboard.press(key)
    reading.page.wait_for_function("__clipboard.length === 1")
    assert reading.js("__clipboard") == [synthetic.PROGRAM]


def test_a_hidden_finding_is_no_stop(read: Read, report: Path) -> None:
    reading = read(report)
    reading.page.select_option("select[name=status]", "FAIL")
    reading.page.focus("button[data-fold='']")
    stops = []
    for _ in range(6):
        _tab(reading)
        stops.append(reading.js("document.activeElement.closest('.finding')?.dataset.status"))
    assert set(stops) == {"FAIL"}


def test_evidence_and_back_without_a_mouse(read: Read, report: Path) -> None:
    reading = read(report)
    link = reading.page.locator("#UA-06 a.evidence").first
    goal = link.get_attribute("href")
    assert goal is not None
    link.focus()
    reading.page.keyboard.press("Enter")
    assert reading.js("location.hash") == goal
    _tab(reading)
    assert reading.js("(id) => !!document.activeElement.closest(id)", goal)
    reading.page.keyboard.press("Alt+ArrowLeft")
    reading.page.go_back()
    assert reading.js("location.hash") == ""
