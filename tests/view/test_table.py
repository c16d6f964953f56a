"""Tables and what their columns hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from privatedao_audit.view.columns import Address, Amount, Moment, Plain, Verdict
from privatedao_audit.view.table import SHOWN_ROWS, Ordinary, Table
from privatedao_audit.view.text import cut, foreign

KEY = "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin"


@pytest.mark.parametrize(
    ("kind", "value", "text", "cells"),
    [
        (Plain(), None, "–", (None,)),
        (Plain(), float("nan"), "–", (None,)),
        (Plain(), True, "yes", (True,)),
        (Plain(), 7, "7", (7,)),
        (Address(), KEY, KEY, (KEY,)),
        (Address({KEY: "vault"}), KEY, f"vault: {KEY}", (KEY, "vault")),
        (Address({KEY: "vault"}), "other", "other", ("other", None)),
        (Address({KEY: "vault"}), None, "–", (None, None)),
        (Amount(), 1_500_000_000, "1.5 SOL (1500000000 lamports)",
         (Decimal("1.5"), 1_500_000_000)),
        (Amount(), "18446744073709551615",
         "18446744073.709551615 SOL (18446744073709551615 lamports)",
         (Decimal("18446744073.709551615"), 18446744073709551615)),
        (Amount(), -1, "-0.000000001 SOL (-1 lamports)", (Decimal("-0.000000001"), -1)),
        (Amount("PDAO", "raw units", 0), 5, "5 PDAO (5 raw units)", (Decimal(5), 5)),
        (Amount(), 1.5, "1.5", (None, 1.5)),
        (Amount(), "many", "many", (None, "many")),
        (Amount(), None, "–", (None, None)),
        (Amount(), True, "yes", (None, True)),
        (Moment(), (1_700_000_000, 7), "2023-11-14 22:13:20 UTC, slot 7",
         ("2023-11-14 22:13:20 UTC", 7)),
        (Moment(), (None, 7), "slot 7", (None, 7)),
        (Moment(), (None, None), "–", (None, None)),
        (Moment(), (2**63, None), f"Unix second {2**63}", (f"Unix second {2**63}", None)),
        (Moment(), "never", "never", ("never", None)),
        (Verdict(), "FAIL", "✗ FAIL", ("FAIL",)),
        (Verdict(), "GREAT", "GREAT", ("GREAT",)),
        (Verdict(), None, "–", (None,)),
    ],
)  # fmt: skip
def test_a_value_reads_well_and_a_spreadsheet_gets_its_parts(
    kind: Any, value: Any, text: str, cells: tuple[Any, ...]
) -> None:
    assert kind.text(value) == text
    assert kind.cells(value) == cells
    assert len(kind.names("column")) == len(cells)


def test_amounts_from_a_frame_of_numbers_keep_every_digit() -> None:
    frame = pd.DataFrame({"amount": [2**53 + 1, 2**62]})
    shown = str(Table(frame, "c", "e", {"amount": Amount(unit="T", raw_unit="raw", decimals=0)}))
    assert f"{2**53 + 1} T ({2**53 + 1} raw)" in shown and str(2**62) in shown


def test_a_long_table_says_how_much_it_does_not_show() -> None:
    frame = pd.DataFrame({"n": range(SHOWN_ROWS + 1_234)})
    bundle = Table(frame, "c", "e")._repr_mimebundle_()
    for shown in bundle.values():
        assert "1,234 more rows are not shown here" in shown and "to_csv()" in shown
    assert bundle["text/html"].count("<tr>") == SHOWN_ROWS + 1
    assert Table(frame, "c", "e").to_csv().count("\r\n") == len(frame) + 1


def test_a_table_that_fits_says_nothing_of_the_sort() -> None:
    frame = pd.DataFrame({"n": [1, 2]})
    assert "not shown" not in str(Table(frame, "c", "e"))


def test_keys_are_whole_and_set_as_code() -> None:
    html = Table(pd.DataFrame({"k": [KEY]}), "c", "e")._repr_mimebundle_()["text/html"]
    assert f"<td><code>{KEY}</code></td>" in html


def test_a_cut_says_length_hash_and_where_the_whole_is() -> None:
    assert cut("short", 5, whole="there") == "short"
    assert cut("longer", 5, whole="the whole is there") == (
        "longe… [6 characters, SHA-256 73834addcec75faf…; the whole is there]"
    )
    assert cut("\ud800" * 3, 1, whole="x").startswith("\ud800… [3 characters")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("✓ PASS", "<U+2713> PASS"), ("✗fail", "<U+2717>fail"), ("☑   Ready", "<U+2611>   Ready"),
        ("? UNKNOWN", "<U+003F> UNKNOWN"), ("is it so? pass it on", "is it so? pass it on"),
        ("a ≠ b", "a ≠ b"), ("≠ DIVERGED", "<U+2260> DIVERGED"), ("✓ passing", "✓ passing"),
        ("PASS", "PASS"), ("\u202e✓ PASS", "<U+202E><U+2713> PASS"),
    ],
)  # fmt: skip
def test_a_mark_before_a_status_word_is_written_out(text: str, shown: str) -> None:
    assert foreign(text) == shown


def html_of(table: Table) -> str:
    return table._repr_mimebundle_()["text/html"]


def lags(values: list[int], usual: list[bool] | None = None) -> Table:
    frame = pd.DataFrame({"probe": range(len(values)), "behind": values}, dtype=object)
    flags = [value == 0 for value in values] if usual is None else usual
    return Table(
        frame, "Which probe was behind?", "", ordinary=Ordinary(flags, "it was <not> behind")
    )


def test_ordinary_rows_are_folded_below_the_others_and_counted() -> None:
    made = html_of(lags([0, 7, 0, 0, 9, 0]))
    shown, _, folded = made.partition("<details>")
    assert "<td>7</td>" in shown and "<td>9</td>" in shown and "<td>0</td></tr>" not in shown
    assert folded.startswith(
        "<summary>4 more rows, in each of which it was &lt;not&gt; behind</summary><table>"
    )
    assert folded.count("<tr>") == 1 + 4 and "<td>7</td>" not in folded


def test_with_ordinary_rows_alone_a_sentence_stands_in_front() -> None:
    made = html_of(lags([0] * 5))
    shown, _, folded = made.partition("<details>")
    assert shown == "<p><em>Which probe was behind?</em></p>"
    assert folded.startswith("<summary>In each of the 5 rows it was &lt;not&gt; behind</summary>")
    assert folded.count("<tr>") == 1 + 5


@pytest.mark.parametrize(
    ("values", "usual"),
    [([0, 0, 0, 7], None), ([0] * 5, [True] * 4), ([0] * 5, [True] * 6), ([7] * 5, None)],
)
def test_few_ordinary_rows_or_marks_that_do_not_fit_fold_nothing(
    values: list[int], usual: list[bool] | None
) -> None:
    made = html_of(lags(values, usual))
    assert "<details>" not in made and made.count("<tr>") == 1 + len(values)


def test_rows_beyond_the_bound_stay_out_of_the_fold_too() -> None:
    values = [0, 7] * (SHOWN_ROWS // 2 + 3)
    made = html_of(lags(values))
    assert made.count("<tr>") == 2 + SHOWN_ROWS
    assert f"{SHOWN_ROWS // 2} more rows, in each" in made and "6 more rows are not shown" in made


def test_text_and_spreadsheet_have_folded_rows_in_their_places() -> None:
    table = lags([0, 7, 0, 0, 0])
    assert str(table).splitlines()[1:3] == ["probe: 0; behind: 0", "probe: 1; behind: 7"]
    assert len(str(table).splitlines()) == 6
    assert table.to_csv().split()[1:3] == ["0,0", "1,7"]


def alike(rows: int, **more: list[object]) -> str:
    frame = pd.DataFrame(
        {"DAO": ["a <b>"] * rows, "key": [KEY] * rows, "n": list(range(rows)),
         "m": list(range(rows)), **more}, dtype=object,
    )  # fmt: skip
    return html_of(Table(frame, "What?", "", {"status": Verdict()}))


def test_a_column_that_says_the_same_in_every_row_is_said_once() -> None:
    made = alike(4, status=["PASS"] * 4)
    said = f"<caption>What? In every row: DAO: a &lt;b&gt;; key: <code>{KEY}</code>.</caption>"
    assert said in made and made.count(KEY) == 1
    # A status keeps its place in each row.
    assert made.count("✓ PASS") == 4 and made.count('<th scope="col">') == 3


def test_few_rows_and_long_cells_keep_their_columns() -> None:
    assert "In every row" not in alike(3)
    assert "long:" not in alike(4, long=["w" * 91] * 4)


def test_two_columns_are_left_of_a_table_whose_rows_are_all_alike() -> None:
    made = html_of(Table(pd.DataFrame({"a": [1] * 5, "b": [2] * 5, "c": [3] * 5}), "What?", ""))
    assert "In every row: a: 1." in made and made.count('<th scope="col">') == 2


def test_a_cut_table_says_nothing_of_rows_it_does_not_show() -> None:
    frame = pd.DataFrame({"a": [1] * 9 + [2], "b": range(10), "c": range(10)}, dtype=object)
    assert "In every row" not in html_of(Table(frame, "What?", "", rows=8))
