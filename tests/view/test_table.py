"""Tables and what their columns hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from privatedao_audit.view.columns import Address, Amount, Moment, Plain, Verdict
from privatedao_audit.view.table import SHOWN_ROWS, Table
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
