"""Shares: bars that add up, are told apart in grey, and have their table behind them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from privatedao_audit.report.clean_html import inline_svg
from privatedao_audit.view.plots import MOST_ROWS, Plot
from privatedao_audit.view.shares import Share, shares
from privatedao_audit.view.table import Table

TABLE = Table(pd.DataFrame([(1, "a")], columns=["no.", "who"]), "Who held what?", "Nobody.")


def drawn(*parts: Share) -> Plot:
    shown = shares(parts, line=50, title="One decides", says="Votes.", table=TABLE)
    assert isinstance(shown, Plot)
    return shown


def test_a_plot_names_rows_kinds_and_finding() -> None:
    shown = drawn(Share("1 Pay", "largest", 60), Share("1 Pay", "second", 40))
    root = ET.fromstring(inline_svg(shown.figure.svg, alt=shown.figure.alt, prefix="p-"))
    words = " | ".join(root.itertext())
    for said in ("One decides", "1 Pay", "largest", "second", "the dashed line stands at 50"):
        assert said in words
    assert shown.figure.alt == "Votes. Bars: 1, each cut into: largest, second."
    assert shown.table is TABLE


def test_kinds_differ_by_hatch_and_not_by_colour_alone() -> None:
    shown = drawn(*(Share("row", f"kind {n}", 1) for n in range(4)))
    assert len(set(re.findall(r'<pattern id="([^"]+)"', shown.figure.svg))) >= 3


def test_kinds_without_any_amount_are_not_named() -> None:
    assert "others" not in drawn(Share("row", "first", 1), Share("row", "others", 0)).figure.svg


@pytest.mark.parametrize("parts", [(), (Share("row", "kind", 0),)])
def test_without_a_sum_the_table_stands_alone(parts: tuple[Share, ...]) -> None:
    assert shares(parts, line=50, title="t", says="s", table=TABLE) is TABLE


def test_amounts_beyond_a_float_are_shares_all_the_same() -> None:
    shown = drawn(Share("row", "a", 2**2_000), Share("row", "b", 2**2_000))
    assert shown.figure.svg.count("<pattern") >= 1


def test_more_rows_than_fit_are_counted() -> None:
    shown = drawn(*(Share(f"row {n}", "kind", 1) for n in range(MOST_ROWS + 3)))
    assert "3 more rows are in the table and not drawn" in shown.figure.alt
