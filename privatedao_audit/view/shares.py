"""A plot of shares: one bar per row, cut into parts that are told apart by hatch and shade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privatedao_audit.view.plots import (
    _FILLS,
    _HATCHES,
    MOST_ROWS,
    Plot,
    _figure,
    _first,
    _label,
    _lost,
    _rows,
)
from privatedao_audit.view.style import LIGHT, figure_html, matplotlib_style
from privatedao_audit.view.table import Table

__all__ = ["Share", "shares"]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: ``amount`` in any unit, of the row's sum."""

    row: str
    kind: str
    amount: int


def shares(
    parts: Sequence[Share], *, line: int, title: str, says: str, table: Table
) -> Plot | Table:
    """Each row's parts as shares of its sum; the table alone where no row has a sum.

    Args:
        parts: in the order in which rows and kinds are to be named; amounts are not negative.
        line: percent at which a line is drawn across all bars.
        title: the finding that the plot states.
        says: one full sentence: what one sees. Counts are added to it.
        table: the numbers behind the plot.
    """
    sums: dict[str, int] = {}
    for one in parts:
        sums[one.row] = sums.get(one.row, 0) + one.amount
    rows = [row for row in _first(one.row for one in parts) if sums[row] > 0]
    if not rows:
        return table
    import matplotlib
    from matplotlib.patheffects import withStroke

    shown = rows[:MOST_ROWS]
    kinds = _first(one.kind for one in parts if one.amount)
    figure, axes = _figure(1.4 + 0.34 * len(shown))
    done = dict.fromkeys(shown, 0.0)
    for place, kind in enumerate(kinds):
        amounts = {row: sum(one.amount for one in parts if one.row == row and one.kind == kind)
                   for row in shown}  # fmt: skip
        # Whole numbers may exceed what a float holds: divided first, they don't.
        widths = [amounts[row] * 10_000 // sums[row] / 100 for row in shown]
        axes.barh(
            range(len(shown)), widths, left=[done[row] for row in shown], height=0.6,
            facecolor=_FILLS[place % len(_FILLS)], hatch=_HATCHES[place % len(_HATCHES)],
            edgecolor=LIGHT["ink"], linewidth=0.6, label=_label(kind),
        )  # fmt: skip
        for row, width in zip(shown, widths, strict=True):
            done[row] += width
    # A white rim keeps the line apart from dark bars.
    axes.axvline(
        line, color=LIGHT["ink"], linestyle="--", linewidth=1.4,
        path_effects=[withStroke(linewidth=3.5, foreground=LIGHT["page"])],
    )  # fmt: skip
    _rows(axes, shown)
    axes.set_xlim(0, 100)
    axes.set_xlabel(f"percent; the dashed line stands at {line}")
    with matplotlib.rc_context(matplotlib_style()):
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center",
                      ncol=min(4, len(kinds)))  # fmt: skip
    named = ", ".join(_label(kind) for kind in kinds)
    alt = f"{says} Bars: {len(rows)}, each cut into: {named}."
    alt += _lost(0, 0, rows=len(rows) - len(shown))
    return Plot(figure_html(figure, alt=alt, title=title), table)
