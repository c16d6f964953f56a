"""Plots: what they state can be read in grey, in words, and in the table behind them."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import Any

import pandas as pd
import pytest

from privatedao_audit.report.clean_html import inline_svg
from privatedao_audit.view import plots
from privatedao_audit.view.plots import Across, Event, Movement, Span, lifelines, steps, timeline
from privatedao_audit.view.table import Table
from tests.hostile.corpus import CORPUS

T0 = 1_760_000_000
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def table() -> Table:
    return Table(pd.DataFrame([(1, "a")], columns=["slot", "what"]), "What happened?", "Nothing.")


def drawn(plot: Any) -> tuple[ET.Element, str, str]:
    """The figure as it enters the page, its words, and its alt text."""
    assert isinstance(plot, plots.Plot)
    root = ET.fromstring(inline_svg(plot.figure.svg, alt=plot.figure.alt, prefix="p-"))
    return root, " | ".join(root.itertext()), plot.figure.alt


def a_timeline(table: Table, events: list[Event], **more: Any) -> Any:
    words = {"title": "It changed once", "says": "Two rows over slots.", "across": Across.SLOT}
    return timeline(events, **{**words, **more}, table=table)


EVENTS = [Event(100, "Upgrade", "succeeded"), Event(200, "Upgrade", "failed"),
          Event(None, "Extend", "succeeded"), Event(300, "Extend", "succeeded")]  # fmt: skip


def test_a_timeline_names_rows_kinds_axis_and_finding(table: Table) -> None:
    plot = a_timeline(table, EVENTS)
    _, words, alt = drawn(plot)
    for said in ("It changed once", "Upgrade", "Extend", "succeeded", "failed", "slot"):
        assert said in words
    assert alt.startswith("Two rows over slots. In all: 2 × Upgrade, 1 × Extend.")
    assert "1 without a time that can be drawn are in the table only" in alt
    assert plot.table is table


def test_kinds_differ_by_marker_and_not_by_colour_alone(table: Table) -> None:
    kinds = [Event(n, "row", f"kind {n}") for n in range(6)]
    root, _, _ = drawn(a_timeline(table, kinds))
    shapes = {path.get("d") for d in root.iter(f"{SVG}defs") for path in d.iter(f"{SVG}path")}
    assert len(shapes) >= 6
    assert len(plots._marked([e.kind for e in kinds])) == 6
    assert len({marker for marker, _ in plots._marked(e.kind for e in kinds).values()}) == 6


def test_without_a_known_moment_the_table_stands_alone(table: Table) -> None:
    assert a_timeline(table, [Event(None, "a", "b")]) is table
    assert lifelines([], across=Across.SLOT, title="t", says="s", table=table) is table
    assert steps({"a": []}, across=Across.SLOT, unit="SOL", decimals=9, title="t", says="s",
                 table=table) is table  # fmt: skip


def test_more_points_than_fit_are_thinned_and_that_is_said(table: Table) -> None:
    many = [Event(n, "row", "kind") for n in range(plots.MOST_POINTS + 500)]
    plot = a_timeline(table, many)
    assert "500 more are in the table and not drawn" in plot.figure.alt
    assert len(plot.figure.svg) < 1_000_000


def a_life(table: Table, spans: list[Span], events: list[Event], **more: Any) -> Any:
    words = {"title": "Two lives", "says": "Two proposals.", "across": Across.TIME}
    return lifelines(spans, events, **{**words, **more}, table=table)


SPANS = [Span(T0 + n * 5_000, T0 + n * 5_000 + 5_000, "1", kind)
         for n, kind in enumerate(("commit", "reveal", "timelock"))]  # fmt: skip


def test_phases_differ_by_hatch_and_keep_it_in_the_page(table: Table) -> None:
    root, words, alt = drawn(a_life(table, SPANS, [Event(T0 + 9, "1", "voted")]))
    patterns = {p.get("id") for p in root.iter(f"{SVG}pattern")}
    fills = [re.match(r"url\(#(.+)\)", e.get("fill", "")) for e in root.iter()]
    used = {match[1] for match in fills if match}
    assert len(patterns) >= 2 and used == patterns
    assert all(one.startswith("p-") for one in patterns)
    for said in ("commit", "reveal", "timelock", "voted", "time (UTC)"):
        assert said in words
    assert "each cut into its phases: commit, reveal, timelock" in alt


def test_a_phase_that_ends_before_it_begins_is_said(table: Table) -> None:
    plot = a_life(table, [*SPANS, Span(T0 + 9, T0, "1", "odd")], [])
    assert "without a sound beginning and end, not drawn: 1." in plot.figure.alt


def test_more_lives_than_fit_are_said(table: Table) -> None:
    spans = [Span(T0, T0 + 9, str(n), "commit") for n in range(plots.MOST_ROWS + 3)]
    assert "3 more rows are in the table and not drawn" in a_life(table, spans, []).figure.alt


def test_steps_name_what_moved_and_mark_what_needs_a_look(table: Table) -> None:
    moved = [Movement(T0, 5 * 10**9, "deposit"), Movement(T0 + 90, 4 * 10**9, "executed vote"),
             Movement(T0 + 99, 0, "unexplained")]  # fmt: skip
    plot = steps({"treasury": moved}, across=Across.TIME, unit="SOL", decimals=9,
                 title="One debit is unexplained", says="A balance falls.", table=table,
                 plain="executed vote")  # fmt: skip
    _, words, alt = drawn(plot)
    for said in ("SOL", "treasury", "deposit", "unexplained", "One debit is unexplained"):
        assert said in words
    assert "executed vote" not in words
    assert alt == "A balance falls. Movements: 3, of them 1 deposit, 1 unexplained."


@pytest.mark.parametrize("text", list(CORPUS.values()), ids=list(CORPUS))
def test_hostile_labels_are_drawn_as_text(table: Table, text: str) -> None:
    root, words, alt = drawn(a_timeline(table, [Event(1, text, text)]))
    tags = {e.tag.removeprefix(SVG) for e in root.iter()}
    assert tags <= {"svg", "title", "g", "defs", "path", "rect", "text", "use", "clipPath"}
    assert words.replace("\n", "").isprintable() and alt.isprintable()
    assert "✓ PASS" not in words
    assert len(alt) < 400


@pytest.mark.parametrize("at", [-(2**63), -1, 2**63 - 1])
@pytest.mark.parametrize("across", list(Across))
def test_an_absurd_moment_is_said_and_does_not_press_the_others(
    table: Table, at: int, across: Across
) -> None:
    _, words, alt = drawn(a_timeline(table, [Event(at, "a", "b"), Event(T0, "a", "b")],
                                     across=across))  # fmt: skip
    assert across.value in words and "In all: 1 × a." in alt
    assert "1 without a time that can be drawn" in alt
    life = a_life(table, [*SPANS, Span(at, 2**70, "1", "odd")], [], across=across)
    assert "without a sound beginning and end, not drawn: 1." in life.figure.alt
    moved = {"a": [Movement(at, 5, "k"), Movement(T0, 5, "k")]}
    plot = steps(moved, across=across, unit="SOL", decimals=9, title="t", says="s", table=table)
    assert "Movements: 1, of" in plot.figure.alt and "1 without a time" in plot.figure.alt


@pytest.mark.parametrize("across", list(Across))
def test_the_beginning_of_time_can_be_drawn(table: Table, across: Across) -> None:
    assert "without" not in a_timeline(table, [Event(0, "a", "b")], across=across).figure.alt


def test_a_cell_shows_the_figure_and_then_the_table(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    import IPython.display

    shown: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", lambda *what: shown.extend(what))
    plot = a_timeline(table, EVENTS)
    plot._ipython_display_()
    assert shown == [plot.figure, table]


MAKE = """
import sys, hashlib
from privatedao_audit.view.plots import *
table = None
spans = [Span(0, 5, "1", "a"), Span(5, 9, "1", "b")]
plot = lifelines(spans, [Event(3, "1", "c")], across=Across.SLOT, title="t", says="s", table=table)
print(hashlib.sha256(plot.figure.svg.encode()).hexdigest())
"""


def test_a_plot_is_the_same_bytes_in_any_process() -> None:
    import os

    made = {
        subprocess.run(
            [sys.executable, "-c", MAKE], capture_output=True, check=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "MPLBACKEND": "agg"},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(made) == 1


def test_the_module_loads_no_drawing_library() -> None:
    code = (
        "import sys, privatedao_audit.view.plots, privatedao_audit.view.spreadsheet, "
        "privatedao_audit.view.terminal; "
        "sys.exit(any(m in sys.modules for m in ('matplotlib', 'numpy', 'pandas', 'IPython')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_many_rows_with_dollar_signs_are_no_formulas(table: Table) -> None:
    rows = [f"{number} $$\\href{{x}}{{y}}" for number in range(30)]
    plot = a_timeline(table, [Event(number, row, "kind") for number, row in enumerate(rows)])
    _, words, _ = drawn(plot)
    assert all(row in words for row in rows)
