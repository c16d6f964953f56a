"""Hostile text on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.view import terminal
from tests.hostile.corpus import CORPUS

ALL = pytest.mark.parametrize("text", list(CORPUS.values()), ids=list(CORPUS))


@ALL
def test_a_value_is_one_printable_line_of_bounded_length(text: str) -> None:
    shown = terminal.line(text)
    assert shown.isprintable()
    assert len(shown) < 12 * terminal.VALUE_CHARACTERS
    if len(text) > terminal.VALUE_CHARACTERS:
        assert f"{len(text):,} characters, SHA-256 " in shown and "run's files" in shown
    assert "✓ PASS" not in shown and "✅ ready" not in shown


@ALL
def test_a_value_fits_its_columns(text: str) -> None:
    for columns in (10, 79):
        shown = terminal.line(text, columns=columns)
        assert terminal.width(shown) <= columns and shown.isprintable()
        assert shown == terminal.line(text) or shown.endswith("…")


@ALL
def test_each_line_of_a_block_is_led_by_a_bar(text: str) -> None:
    shown = terminal.block(text)
    assert all(one.startswith("│ ") and one.isprintable() for one in shown.split("\n"))
    assert len(shown) < 12 * terminal.BLOCK_CHARACTERS


@given(st.text(max_size=200), st.integers(2, 40))
def test_any_text_fits(text: str, columns: int) -> None:
    shown = terminal.line(text, columns=columns)
    assert terminal.width(shown) <= columns
    assert shown.isprintable() or shown == ""


def test_wide_characters_count_twice_and_marks_not_at_all() -> None:
    assert terminal.width("漢字a") == 5
    assert terminal.width("e\u0301") == 1
    assert terminal.line("漢字漢字", columns=5) == "漢字…"
    assert terminal.line("short", columns=5) == "short"
