"""Hostile text in CSV: every file reads back, and nothing in it computes."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.view.columns import Address, Amount, Moment, Verdict
from privatedao_audit.view.spreadsheet import CELL_CHARACTERS, csv_text, guarded
from privatedao_audit.view.table import Table
from privatedao_audit.view.text import visible
from tests.hostile.corpus import CORPUS, FORMULAS

ALL = pytest.mark.parametrize("text", list(CORPUS.values()), ids=list(CORPUS))
STARTS = tuple("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")


def read(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def computes(cell: str) -> bool:
    """Whether a spreadsheet might take the cell for a formula."""
    return cell.strip(' "').startswith(STARTS)


@ALL
def test_one_row_is_one_line_and_reads_back(text: str) -> None:
    made = csv_text(["title", "note"], [(text, "after"), ("next", "row")])
    lines = made.split("\r\n")
    assert len(lines) == 4 and lines[-1] == "" and "\n" not in "".join(lines)
    head, first, second = read(made)
    assert head == ["title", "note"] and second == ["next", "row"] and first[1] == "after"
    assert not computes(first[0])
    assert len(first[0]) <= 8 * CELL_CHARACTERS
    if len(text) > CELL_CHARACTERS:
        assert f"{len(text):,} characters, SHA-256 " in first[0]
    else:
        # Nothing but apostrophes was added.
        assert first[0].replace("'", "") == visible(text).replace("'", "")


@ALL
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_no_other_separator_begins_a_formula(text: str, delimiter: str) -> None:
    made = csv_text(["title"], [(text,)])
    # As lax as a spreadsheet: quotes that do not open a field are ordinary characters.
    rows = csv.reader(io.StringIO(made, newline=""), delimiter=delimiter)
    cells = [cell for row in rows for cell in row]
    bare = [cell for line in made.splitlines() for cell in line.split(delimiter)]
    assert [cell[:40] for cell in cells + bare if computes(cell)] == []


@pytest.mark.parametrize("text", list(FORMULAS.values()), ids=list(FORMULAS))
def test_each_formula_is_text(text: str) -> None:
    shown = guarded(text)
    assert shown != text
    assert shown.startswith(("'", "<U+", "fine;'=cmd"))


@given(st.text(max_size=60))
def test_any_text_is_harmless_and_one_cell(text: str) -> None:
    ((cell, after),) = read(csv_text(["a", "b"], [(text, 1)]))[1:]
    assert after == "1" and not computes(cell)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"), (-5, "-5"), (123456789012345, "123456789012345"), (True, "yes"), (None, ""),
        (1234567890123456, "\"'1234567890123456\""), (18446744073709551615,
        "\"'18446744073709551615\""), (Decimal("-1.5"), "-1.5"), (2.5, "2.5"),
        (float("nan"), ""), ("1000000", "1000000"), ("1.5", "1.5"), ("007", "\"'007\""),
        ("1e5", "\"'1e5\""), ("-5", "\"'-5\""), ("2026-11-23", '"2026-11-23"'), ("", '""'),
        (float("inf"), "\"'inf\""), ("1,5", "\"'1,5\""), ("١٢", '"١٢"'),
    ],
)  # fmt: skip
def test_numbers_stay_numbers_and_lose_no_digit(value: object, written: str) -> None:
    assert csv_text(["n"], [(value,)]) == f'"n"\r\n{written}\r\n'


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells where the header has 2"):
        csv_text(["a", "b"], [(1,)])


def test_a_table_gives_all_its_rows_and_the_parts_of_its_values() -> None:
    frame = pd.DataFrame(
        [("k1", 1_500_000_000, (1_700_000_000, 7), "PASS"), ("k2", "x", (None, None), "odd")],
        columns=["to", "amount", "when", "status"],
    )  # fmt: skip
    kinds = {"to": Address({"k1": "=treasury"}), "amount": Amount(), "when": Moment(),
             "status": Verdict()}  # fmt: skip
    rows = read(Table(frame, "c", "e", kinds, rows=1).to_csv())
    assert rows == [
        ["to", "to (name)", "amount (SOL)", "amount (lamports)", "when (UTC)", "when (slot)",
         "status"],
        ["k1", "'=treasury", "1.5", "1500000000", "2023-11-14 22:13:20 UTC", "7", "PASS"],
        ["k2", "", "", "x", "", "", "odd"],
    ]  # fmt: skip


def test_hostile_column_names_are_guarded_too() -> None:
    frame = pd.DataFrame([(1,)], columns=["=cmd|x"])
    assert read(Table(frame, "c", "e").to_csv())[0] == ["'=cmd|x"]
