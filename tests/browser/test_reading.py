"""What a reader does with a report: filters, permalinks, evidence, copies."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.reading import Reading

Read = Callable[..., Reading]
Doc = dict[str, Any]

STATUS, DOMAIN, COUNT = "select[name=status]", "select[name=domain]", "form.filter output"


def ids(findings: Doc, **wanted: str) -> set[str]:
    """Controls whose members are as wanted."""
    return {
        one["id"]
        for one in findings["controls"]
        if all(one[name] == value for name, value in wanted.items())
    }


def visible_controls(reading: Reading, findings: Doc) -> set[str]:
    """Controls whose card or row a reader sees."""
    return set(reading.shown(", ".join(f"[id='{one}']" for one in ids(findings))))


def has_focus(reading: Reading, id: str) -> bool:
    """Whether the keyboard is at an element or within it."""
    found = "(id) => !!document.activeElement?.closest(`[id='${id}']`)"
    return bool(reading.js(found, id))


@pytest.mark.parametrize("status", ["FAIL", "UNKNOWN", "PASS", "ATTESTED", "N/A", "WAIVED"])
def test_filter_by_status_shows_these_and_says_how_many(
    read: Read, report: Path, findings: Doc, status: str
) -> None:
    reading = read(report)
    everything = ids(findings)
    assert visible_controls(reading, findings) == everything
    reading.page.select_option(STATUS, status)
    wanted = ids(findings, status=status)
    assert visible_controls(reading, findings) == wanted and wanted
    count = reading.page.locator(COUNT)
    expect(count).to_have_text(re.compile(rf"\b{len(wanted)} of {len(everything)}\b"))
    assert count.get_attribute("aria-live") == "polite"
    reading.page.select_option(STATUS, "")
    assert visible_controls(reading, findings) == everything


def test_filters_work_together(read: Read, report: Path, findings: Doc) -> None:
    reading = read(report)
    reading.page.select_option(DOMAIN, "custody")
    assert visible_controls(reading, findings) == ids(findings, domain="custody")
    reading.page.select_option(STATUS, "FAIL")
    assert visible_controls(reading, findings) == {"UA-06"}
    reading.page.select_option(STATUS, "DIVERGED")
    assert visible_controls(reading, findings) == set()
    expect(reading.page.locator(COUNT)).to_have_text(re.compile(r"\b0 of \d+"))


def test_a_domain_document_filters_by_status(read: Read, custody: Path, findings: Doc) -> None:
    reading = read(custody)
    assert reading.page.locator(DOMAIN).count() == 0
    reading.page.select_option(STATUS, "ATTESTED")
    assert visible_controls(reading, findings) == {"UA-02"}


def test_counts_on_the_front_lead_to_their_findings(
    read: Read, report: Path, findings: Doc
) -> None:
    reading = read(report)
    reading.page.click(".counts a:has-text('FAIL')")
    assert visible_controls(reading, findings) == ids(findings, status="FAIL")
    assert reading.in_view("#findings")


def test_cells_of_the_domain_table_lead_to_theirs(read: Read, report: Path, findings: Doc) -> None:
    reading = read(report)
    reading.page.click("#domains a[data-filter-domain=custody][data-filter-status=PASS]")
    wanted = ids(findings, domain="custody", status="PASS")
    assert visible_controls(reading, findings) == wanted
    assert reading.in_view("#" + reading.js("location.hash.slice(1)"))


def test_open_all_and_close_all(read: Read, report: Path) -> None:
    reading = read(report)
    folds = "() => [...document.querySelectorAll('article.finding > details')].map((d) => d.open)"
    reading.page.click("button:has-text('Open all')")
    assert set(reading.js(folds)) == {True}
    reading.page.click("button:has-text('Close all')")
    assert set(reading.js(folds)) == {False}


@pytest.mark.parametrize("control", ["UA-06", "RC-02", "TR-04", "IR-02"])
def test_a_permalink_opens_and_focuses_its_control(
    read: Read, report: Path, findings: Doc, control: str
) -> None:
    reading = read(report, f"#{control}")
    assert control in ids(findings)
    assert reading.in_view(f"#{control}")
    assert has_focus(reading, control)
    closed = "(id) => document.querySelectorAll(`[id='${id}'] > details:not([open])`).length"
    assert reading.js(closed, control) == 0


def test_a_permalink_brings_back_what_a_filter_hid(read: Read, report: Path, findings: Doc) -> None:
    reading = read(report)
    reading.page.select_option(STATUS, "FAIL")
    assert "RC-02" not in visible_controls(reading, findings)
    reading.js("location.hash = '#RC-02'")
    expect(reading.page.locator("#RC-02")).to_be_visible()
    assert reading.in_view("#RC-02") and has_focus(reading, "RC-02")
    assert reading.page.input_value(STATUS) == ""


def test_back_and_forward_go_where_the_reader_was(read: Read, report: Path, findings: Doc) -> None:
    reading = read(report)
    link = reading.page.locator("#UA-06 a.evidence").first
    reading.js("location.hash = '#UA-06'")
    target = link.get_attribute("href")
    assert target is not None
    link.click()
    expect(reading.page).to_have_url(reading.url + target)
    assert reading.in_view(target) and has_focus(reading, target[1:])
    reading.page.select_option(STATUS, "PASS")
    reading.page.go_back()
    expect(reading.page).to_have_url(reading.url + "#UA-06")
    expect(reading.page.locator("#UA-06")).to_be_visible()
    assert reading.in_view("#UA-06") and has_focus(reading, "UA-06")
    reading.page.go_forward()
    expect(reading.page).to_have_url(reading.url + target)
    assert reading.in_view(target) and has_focus(reading, target[1:])


@pytest.mark.parametrize("fragment", ["#no-such", "#%", "#%E0%A4%A", "#a'b\"<c>", "#__proto__"])
def test_a_fragment_that_leads_nowhere_does_no_harm(
    read: Read, report: Path, findings: Doc, fragment: str
) -> None:
    reading = read(report, fragment)
    assert visible_controls(reading, findings) == ids(findings)
    reading.page.select_option(STATUS, "FAIL")
    assert visible_controls(reading, findings) == ids(findings, status="FAIL")


def test_three_clicks_from_the_front_to_the_bytes(
    read: Read, report: Path, synthetic: Any, findings: Doc
) -> None:
    """Count → evidence link → recorded answer; and the bytes are those of the recording."""
    reading = read(report)
    reading.page.click(".counts a:has-text('FAIL')")
    first = reading.page.locator("article.finding:visible a.evidence").first
    entry = first.get_attribute("href")
    assert entry is not None
    first.click()
    reading.page.locator(f"{entry} details.bytes > summary").first.click()
    body = reading.page.locator(f"{entry} details.bytes pre").first
    expect(body).to_be_visible()
    recording = synthetic.recording()
    exchange = recording.exchange(recording.read(entry[1:])["chosen"])
    bytes_ = recording.body(exchange["body_sha256"])
    assert hashlib.sha256(bytes_).hexdigest() in reading.page.inner_text(entry)
    told = re.sub(r"\s", "", body.inner_text())
    assert re.sub(r"\s", "", bytes_.decode())[:200] in told


def test_every_finding_of_the_sample_leads_to_its_evidence(read: Read, sample: Path) -> None:
    reading = read(sample)
    links = reading.js(
        "() => [...document.querySelectorAll('a.evidence')].map((a) => a.getAttribute('href'))"
    )
    assert len(links) > 5
    for link in sorted(set(links)):
        assert reading.js("(id) => !!document.getElementById(id)", link[1:]), link


def test_copy_puts_the_whole_value_into_the_clipboard(
    read: Read, report: Path, synthetic: Any
) -> None:
    reading = read(report)
    code = reading.page.locator(".masthead code[data-copy]").first
    button = code.locator("xpath=following-sibling::button[1]")
    assert button.get_attribute("aria-label") is not None
    button.click()
    expect(button).to_have_text("copied")
    assert reading.js("__clipboard") == [synthetic.PROGRAM]


def test_what_became_of_a_copy_is_announced(read: Read, report: Path) -> None:
    """WCAG 4.1.3: who does not see the button change has to hear it."""
    reading = read(report)
    reading.page.locator("button.copy").first.click()
    live = reading.page.locator("[role=status], [aria-live=polite], output").filter(
        has_text=re.compile("copied", re.I)
    )
    expect(live).to_have_count(1)


def test_without_a_clipboard_the_value_gets_selected(
    read: Read, report: Path, synthetic: Any
) -> None:
    reading = read(report)
    reading.js("window.__noClipboard = true")
    button = reading.page.locator(".masthead button.copy").first
    button.click()
    expect(button).to_have_text("selected")
    assert reading.js("getSelection().toString().trim()") == synthetic.PROGRAM
    assert reading.js("__clipboard") == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_double_click_selects_a_whole_address(
    read: Read, report: Path, synthetic: Any, width: int
) -> None:
    """However it breaks into lines, an address is one word without hidden characters."""
    reading = read(report, width=width)
    places = (
        ".masthead code[data-copy]",
        "#UA-06 dl.value code",
        ".cell table td",
        "#UA-06 .part-head .id",
    )
    for place in places:
        for address in (synthetic.PROGRAM, synthetic.AUTHORITY):
            shown = reading.page.locator(place).filter(has_text=re.compile(f"^{address}$"))
            if shown.count() == 0:
                continue
            one = shown.first
            one.scroll_into_view_if_needed()
            box = one.bounding_box()
            assert box is not None
            one.dblclick(position={"x": 12, "y": 10 if place != ".cell table td" else 14})
            assert reading.js("getSelection().toString().trim()") == address, place
    assert reading.js("document.body.innerText.match(/[\\u00ad\\u200b\\u2060]/)") is None


def test_every_address_of_the_sample_is_in_the_text_unbroken(read: Read, sample: Path) -> None:
    reading = read(sample)
    reading.open_all()
    found = reading.js(
        "() => [...document.querySelectorAll('code')].map((c) => c.textContent)"
        ".filter((t) => /^[1-9A-HJ-NP-Za-km-z\\s\\u200b\\u00ad]{40,50}$/.test(t))"
        # An address is one word, or pieces of one; a sentence has small words between.
        ".filter((t) => !/ [a-z]{1,9} /.test(t))"
    )
    assert len(found) > 5
    whole = re.compile(r"[1-9A-HJ-NP-Za-km-z]{43,44}|[0-9a-f]{40}")
    assert [text for text in found if not whole.fullmatch(text)] == []
