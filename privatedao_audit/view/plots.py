"""Plots that several chapters draw: time lines, life lines and steps.

Each states its finding in the title, tells kinds apart by marker, hatch or line style as well as
by colour, so that grey print keeps them apart, says in its alt text what one sees, and has the
table of its numbers behind it. What the plot cannot show (a time that is not known, more points
than fit) is said in the alt text and stands in the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from privatedao_audit.model.status import Status
from privatedao_audit.view.style import (
    LIGHT,
    SERIES,
    STATUS_MARKS,
    FigureDisplay,
    figure_html,
    matplotlib_style,
)
from privatedao_audit.view.table import Table
from privatedao_audit.view.text import foreign

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: More marks than this make a picture nobody reads; evenly spaced ones are drawn, and it is said.
MOST_POINTS = 2_000
#: More rows than this do not fit a page; the first are drawn, and it is said.
MOST_ROWS = 40
_LABEL_CHARACTERS = 34
#: Markers and hatches by order of use. Filled and hollow take turns.
_MARKERS = ("o", "x", "s", "+", "D", "^", "1", "v")
#: A star in the colour of a failure; its shape alone tells it in grey.
_ALARM = ("*", STATUS_MARKS[Status.FAIL].light)
_HATCHES = ("", "////", "||||", "xxxx", "----", "\\\\\\\\")
_FILLS = (SERIES[0], "#e9edf2", "#c9d6e4", "#ffffff", "#7fa7c9", "#f4f5f3")
_LINES = ("-", "--", "-.", ":")


class Across(Enum):
    """What runs from left to right."""

    SLOT = "slot"
    TIME = "time (UTC)"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at one moment.

    Attributes:
        at: slot, or Unix seconds; None where it is not known. A moment before 1970
            or after 2200 stands in the table only.
        row: the line it stands on.
        kind: what the marker tells, for example ``succeeded``.
    """

    at: int | None
    row: str
    kind: str


@dataclass(frozen=True, slots=True)
class Span:
    """A phase of a life: from ``begin`` to ``end`` (slots or Unix seconds), of some kind."""

    begin: int
    end: int
    row: str
    kind: str


@dataclass(frozen=True, slots=True)
class Movement:
    """A change of an amount.

    Attributes:
        at: slot or Unix seconds.
        after: the amount after it, in raw units.
        kind: what it was, for example ``executed vote`` or ``unexplained``.
    """

    at: int
    after: int
    kind: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure and the table behind it; a notebook cell shows one after the other."""

    figure: FigureDisplay
    table: Table

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.figure, self.table)


def timeline(
    events: Sequence[Event], *, across: Across, title: str, says: str, table: Table
) -> Plot | Table:
    """Moments on one line per row; the table alone where no moment is known.

    Args:
        events: in the order in which rows and kinds are to be named.
        across: what ``at`` counts.
        title: the finding that the plot states.
        says: one full sentence: what one sees. Counts are added to it.
        table: the numbers behind the plot.
    """
    known = [e for e in events if _drawable(e.at, across)]
    if not known:
        return table
    rows = _first(e.row for e in known)
    drawn = _thinned([e for e in known if e.row in rows[:MOST_ROWS]])
    shown = rows[:MOST_ROWS]
    figure, axes = _figure(1.3 + 0.3 * len(shown))
    for kind, (marker, colour) in _marked(_first(e.kind for e in known)).items():
        mine = [e for e in drawn if e.kind == kind]
        _points(axes, [e.at or 0 for e in mine], [shown.index(e.row) for e in mine],
                kind, marker, colour, across)  # fmt: skip
    _rows(axes, shown)
    _finish(axes, across)
    counts = ", ".join(
        f"{sum(e.row == row for e in known)} × {_label(row)}" for row in shown[:12]
    )  # fmt: skip
    lost = _lost(len(events) - len(known), len(known) - len(drawn))
    return Plot(figure_html(figure, alt=f"{says} In all: {counts}.{lost}", title=title), table)


def lifelines(
    spans: Sequence[Span], events: Sequence[Event] = (), *, across: Across, title: str, says: str,
    table: Table,
) -> Plot | Table:  # fmt: skip
    """One bar per row, cut into phases by hatch and shade, with moments marked on it.

    Args: as for :func:`timeline`; ``spans`` are the phases. A phase that ends before it begins, or
    at no date of a calendar, is left out of the picture and counted in the alt text.
    """
    sound = [
        s for s in spans
        if s.end >= s.begin and _drawable(s.begin, across) and _drawable(s.end, across)
    ]  # fmt: skip
    if not sound:
        return table
    rows = _first(s.row for s in sound)
    shown = rows[:MOST_ROWS]
    figure, axes = _figure(1.4 + 0.34 * len(shown))
    kinds = _first(s.kind for s in sound)
    for place, kind in enumerate(kinds):
        for number, row in enumerate(shown):
            bars = [(_x(s.begin, across), _x(s.end, across) - _x(s.begin, across))
                    for s in sound if s.kind == kind and s.row == row]  # fmt: skip
            axes.broken_barh(
                bars, (number - 0.3, 0.6), facecolor=_FILLS[place % len(_FILLS)],
                hatch=_HATCHES[place % len(_HATCHES)], edgecolor=LIGHT["ink"], linewidth=0.6,
                label=_label(kind) if number == 0 else None,
            )  # fmt: skip
    known = [e for e in events if _drawable(e.at, across) and e.row in shown]
    drawn = _thinned(known)
    for kind, (marker, _) in _marked(_first(e.kind for e in known)).items():
        mine = [e for e in drawn if e.kind == kind]
        _points(axes, [e.at or 0 for e in mine], [shown.index(e.row) for e in mine],
                kind, marker, LIGHT["ink"], across, over=True)  # fmt: skip
    _rows(axes, shown)
    _finish(axes, across)
    phases = ", ".join(_label(kind) for kind in kinds)
    untimed = sum(not _drawable(e.at, across) for e in events)
    lost = _lost(untimed, len(known) - len(drawn), rows=len(rows) - len(shown))
    if len(sound) < len(spans):
        lost += f" Phases without a sound beginning and end, not drawn: {len(spans) - len(sound)}."
    alt = f"{says} Lives: {len(rows)}, each cut into its phases: {phases}.{lost}"
    return Plot(figure_html(figure, alt=alt, title=title), table)


def steps(
    series: dict[str, Sequence[Movement]], *, across: Across, unit: str, decimals: int, title: str,
    says: str, table: Table, plain: str = "", alarm: str = "",
) -> Plot | Table:  # fmt: skip
    """Amounts through time: a step at every movement, marked by what it was.

    Args:
        series: for each name its movements, in order of time.
        unit: of the vertical axis, for example ``SOL``.
        decimals: decimal places of a raw unit in ``unit``.
        plain: the kind of movement that gets no marker, because it needs no look.
        alarm: the kind that has to be seen first: its marker is like no other's.
        across, title, says, table: as for :func:`timeline`.
    """
    moved = {n: [m for m in one if _drawable(m.at, across)] for n, one in series.items()}
    untimed = sum(map(len, series.values())) - sum(map(len, moved.values()))
    moved = {name: one for name, one in moved.items() if one}
    if not moved:
        return table
    figure, axes = _figure(3.0)
    lost = 0
    everything = _first(m.kind for one in moved.values() for m in one if m.kind != plain)
    marks = _marked(one for one in everything if one != alarm)
    if alarm in everything:
        marks[alarm] = _ALARM
    named: set[str] = set()
    for place, (name, all_of_it) in enumerate(moved.items()):
        drawn = _thinned(all_of_it)
        lost += len(all_of_it) - len(drawn)
        axes.step(
            [_x(m.at, across) for m in drawn], [m.after / 10**decimals for m in drawn],
            where="post", color=SERIES[place % len(SERIES)], linestyle=_LINES[place % len(_LINES)],
            label=_label(name),
        )  # fmt: skip
        for kind, (marker, colour) in marks.items():
            mine = [m for m in drawn if m.kind == kind]
            _points(axes, [m.at for m in mine], [m.after / 10**decimals for m in mine],
                    "" if kind in named else kind, marker, colour, across)  # fmt: skip
            named |= {kind} if mine else set()
    axes.set_ylabel(unit)
    axes.margins(y=0.12)  # a marker at the top is whole
    if all(m.after >= 0 for one in moved.values() for m in one):
        axes.set_ylim(bottom=0)
    _finish(axes, across)
    count = sum(map(len, moved.values()))
    kinds = ", ".join(
        f"{sum(m.kind == kind for one in moved.values() for m in one)} {_label(kind)}"
        for kind in everything
    )
    alt = f"{says} Movements: {count}" + (f", of them {kinds}" if kinds else "") + "."
    return Plot(figure_html(figure, alt=alt + _lost(untimed, lost), title=title), table)


def _figure(height: float) -> tuple[Figure, Axes]:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(matplotlib_style()):
        figure = Figure(figsize=(7.2, height))
        return figure, figure.add_subplot()


def _points(
    axes: Axes, xs: Sequence[int], ys: Sequence[float], kind: str, marker: str, colour: str,
    across: Across, *, over: bool = False,
) -> None:  # fmt: skip
    if not xs:
        return
    from matplotlib.patheffects import withStroke

    # A white rim keeps a marker apart from the hatch below it.
    rim: dict[str, Any] = {}
    if over:
        rim["path_effects"] = [withStroke(linewidth=4, foreground=LIGHT["page"])]
    axes.plot(
        [_x(x, across) for x in xs], ys, linestyle="none", marker=marker, color=colour,
        markersize=7, markeredgewidth=1.6 if marker in "x+1" else 0.8,
        label=_label(kind) if kind else None, zorder=3, **rim,
    )  # fmt: skip


def _rows(axes: Axes, rows: Sequence[str]) -> None:
    import matplotlib

    # Ticks are made here, and their letters are read as formulas unless the style says otherwise.
    with matplotlib.rc_context(matplotlib_style()):
        axes.set_yticks(range(len(rows)), [_label(row) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")


def _finish(axes: Axes, across: Across) -> None:
    import matplotlib
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    with matplotlib.rc_context(matplotlib_style()):
        if across is Across.SLOT:
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        else:
            locator = AutoDateLocator(minticks=3, maxticks=7, tz="UTC")
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz="UTC"))
        axes.set_xlabel(across.value)
        axes.margins(x=0.03)
        handles, labels = axes.get_legend_handles_labels()
        if labels and axes.figure is not None:
            axes.figure.legend(
                handles, labels, loc="outside lower center", ncol=min(4, len(labels))
            )


#: Unix seconds of the year 2200. One absurd date would press all others into one place.
_LATEST = 7_258_118_400
_LAST_SLOT = 2**53


def _drawable(at: int | None, across: Across) -> bool:
    return at is not None and 0 <= at < (_LAST_SLOT if across is Across.SLOT else _LATEST)


def _x(at: int, across: Across) -> float:
    return float(at) if across is Across.SLOT else at / 86_400  # matplotlib counts days


def _marked(kinds: Iterable[str]) -> dict[str, tuple[str, str]]:
    return {
        kind: (_MARKERS[n % len(_MARKERS)], SERIES[n % len(SERIES)] if n % 2 == 0 else LIGHT["ink"])
        for n, kind in enumerate(kinds)
    }


def _first(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _thinned(items: list[Any]) -> list[Any]:
    if len(items) <= MOST_POINTS:
        return items
    step = (len(items) - 1) / (MOST_POINTS - 1)
    return [items[round(n * step)] for n in range(MOST_POINTS)]


def _lost(untimed: int, thinned: int, rows: int = 0) -> str:
    said = ""
    if untimed:
        said += f" {untimed} without a time that can be drawn are in the table only."
    if thinned > 0:
        said += f" {thinned:,} more are in the table and not drawn."
    if rows > 0:
        said += f" {rows:,} more rows are in the table and not drawn."
    return said


def _label(text: str) -> str:
    """A label that fits, in letters that every font has; no hidden character, no status mark."""
    shown = foreign(text[: _LABEL_CHARACTERS + 1])
    shown = "".join(c if c <= "\u024f" or c in "…–×" else f"<U+{ord(c):04X}>" for c in shown)
    return shown if len(shown) <= _LABEL_CHARACTERS else shown[: _LABEL_CHARACTERS - 1] + "…"
