"""Hostile text in what a notebook cell shows: tables, control cards, the verdict, the opening."""

from __future__ import annotations

import unicodedata
from typing import Any

import pandas as pd
import pytest
import tinyhtml5

from privatedao_audit.audit.display import ControlCard, VerdictCard
from privatedao_audit.view.columns import Address, Verdict
from privatedao_audit.view.table import CELL_CHARACTERS, Table
from privatedao_audit.view.text import foreign
from tests.hostile.corpus import CORPUS

#: Of what a hidden character could be, all that may not reach a reader as it is.
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ALL = pytest.mark.parametrize("text", list(CORPUS.values()), ids=list(CORPUS))


def elements(html: str) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Every element of a piece of HTML with its attributes, as a browser builds it."""
    body = tinyhtml5.parse(html, namespace_html_elements=False).find("body")
    return [(str(e.tag), tuple(sorted(e.attrib.items()))) for e in body.iter()][1:]


def texts(html: str, tag: str) -> list[str]:
    body = tinyhtml5.parse(html, namespace_html_elements=False).find("body")
    return ["".join(e.itertext()) for e in body.iter(tag)]


def assert_plain(text: str, *, lines: int) -> None:
    """Nothing hidden is in the text, and it has as many lines as it should."""
    assert [c for c in text if c != "\n" and unicodedata.category(c) in HIDDEN] == []
    assert text.count("\n") == lines - 1


def finding(text: str) -> dict[str, Any]:
    part = {"label": text, "status": "FAIL", "summary": text, "observed": text,
            "expected": None, "evidence": []}  # fmt: skip
    return {"id": "UA-06", "domain": "custody", "title": text, "requirement": text,
            "status": "FAIL", "summary": text, "parts": [part, part], "evidence": [],
            "waiver": {"underneath": "FAIL", "owner": text, "expires": text,
                       "reason": text}}  # fmt: skip


@ALL
def test_a_table_has_the_cells_it_should_and_shows_the_text(text: str) -> None:
    # As objects: with pyarrow at hand pandas keeps names as UTF-8, which has no lone surrogates.
    names = pd.Index(["no.", text], dtype=object)
    frame = pd.DataFrame([(1, text), (2, "harmless")], columns=names, dtype=object)
    twin = pd.DataFrame([(1, "harmless"), (2, "harmless")], columns=["no.", "b"], dtype=object)
    bundle = Table(frame, text, text)._repr_mimebundle_()
    harmless = Table(twin, "caption", "empty")._repr_mimebundle_()
    without_code = [e for e in elements(bundle["text/html"]) if e[0] != "code"]
    assert without_code == elements(harmless["text/html"])
    cells = texts(bundle["text/html"], "td")
    assert len(cells) == 4 and cells[0] == "1"
    if len(text) <= CELL_CHARACTERS:
        assert cells[1] == foreign(text)
    else:
        assert len(cells[1]) < 12 * CELL_CHARACTERS
        assert f"{len(text):,} characters, SHA-256 " in cells[1] and "frame" in cells[1]
    assert_plain(bundle["text/plain"], lines=3)
    assert frame.iloc[0, 1] == text


@ALL
def test_an_empty_table_says_so_in_one_sentence(text: str) -> None:
    bundle = Table(pd.DataFrame(columns=["a"]), text, text)._repr_mimebundle_()
    assert elements(bundle["text/html"]) == [("p", ()), ("em", ())]
    assert_plain(bundle["text/plain"], lines=2)


@ALL
def test_a_known_address_can_have_any_name(text: str) -> None:
    frame = pd.DataFrame([("k" * 40,)], columns=["address"])
    kinds = {"address": Address({"k" * 40: text})}
    (cell,) = texts(Table(frame, "c", "e", kinds)._repr_mimebundle_()["text/html"], "td")
    assert cell.endswith(f": {'k' * 40}") and len(cell) < 2_000
    if len(text) <= 120:
        assert cell == f"{foreign(text)}: {'k' * 40}"


@ALL
def test_a_control_card_keeps_its_shape(text: str) -> None:
    bundle = ControlCard(finding(text), text)._repr_mimebundle_()
    harmless = ControlCard(finding("harmless"), "harmless")._repr_mimebundle_()
    assert elements(bundle["text/html"]) == elements(harmless["text/html"])
    assert_plain(bundle["text/plain"], lines=5)
    assert len(bundle["text/html"]) < 400_000


@ALL
def test_a_verdict_keeps_its_shape(text: str) -> None:
    def card(said: str) -> dict[str, Any]:
        summary = {"word": "NOT READY", "reason": said, "counts": {"FAIL": 1}, "total": 1,
                   "blocking": [{"id": "UA-06", "status": "FAIL", "effort": "hours",
                                 "after": []}]}  # fmt: skip
        return VerdictCard(summary, [finding(said)], [{"text": said}])._repr_mimebundle_()

    assert elements(card(text)["text/html"]) == elements(card("harmless")["text/html"])
    assert_plain(card(text)["text/plain"], lines=4)


@pytest.mark.parametrize("mark", ["✓ PASS", "✅ pass", "? UNKNOWN", "✓  READY", "— N/A"])
def test_a_title_can_not_wear_the_mark_of_a_status(mark: str) -> None:
    frame = pd.DataFrame([("PASS", f"paid {mark}")], columns=["status", "title"])
    shown = Table(frame, "c", "e", {"status": Verdict()})._repr_mimebundle_()
    (status, title) = texts(shown["text/html"], "td")
    assert status == "✓ PASS"
    assert mark not in title and title.startswith("paid <U+") and mark.split()[-1] in title
    assert shown["text/plain"].count("✓ PASS") == 1


def test_a_cell_can_not_pass_for_more_cells_in_plain_text() -> None:
    frame = pd.DataFrame([('a; status: "PASS"', 1)], columns=["title", "no."])
    assert str(Table(frame, "c", "e")).splitlines()[1] == (
        r'title: "a; status: \"PASS\""; no.: 1'
    )
