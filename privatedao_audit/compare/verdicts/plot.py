"""Counts by status through time, with the blocking controls that are missing for READY.

The axis is time, so that months without a recording look like months. Lines only guide the eye
from one recording to the next, and are left out over a gap: nothing was read there.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from privatedao_audit.compare.verdicts.history import History
from privatedao_audit.compare.verdicts.told import course
from privatedao_audit.model.status import Status
from privatedao_audit.view.style import (
    LIGHT,
    STATUS_MARKS,
    FigureDisplay,
    figure_html,
    matplotlib_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: One marker and one line style per status, whatever else is drawn: two plots can be compared.
_LOOK = {
    Status.FAIL: ("X", "-"), Status.DIVERGED: ("P", (0, (1, 1))), Status.STALE: ("d", "-."),
    Status.MISSING: ("o", "--"), Status.UNKNOWN: ("s", ":"), Status.WAIVED: ("v", (0, (5, 1))),
    Status.ATTESTED: ("^", "-."), Status.PASS: ("|", "-"),
    Status.NOT_APPLICABLE: ("_", ":"),
}  # fmt: skip
_DAY = 86_400
#: Inches. Small beside the table that it goes with, and hardly wider than a phone.
_SIZE = (5.8, 3.7)
#: Share of the width that the number of a run takes.
_ROOM = 0.05
#: Runs whose counts the alt text spells out.
_SPELLED = 12


def counts(found: History) -> FigureDisplay:
    """The plot; its numbers stand in the table of the runs."""
    import matplotlib
    from matplotlib.figure import Figure

    entries = found.entries
    xs = [one.run.at.timestamp() / _DAY for one in entries]
    with matplotlib.rc_context(matplotlib_style()):
        figure = Figure(figsize=_SIZE)
        axes = figure.add_subplot()
        for status, (marker, line) in _LOOK.items():
            ys = [dict(one.counts)[status.value] for one in entries]
            if any(ys):
                mark = STATUS_MARKS[status]
                _series(axes, found, xs, ys, status.value, mark.light, marker, line, 1.2)
        blocking = [one.blocking for one in entries]
        _series(axes, found, xs, blocking, "blocking READY", LIGHT["ink"], "*", "-", 2.4)
        _finish(axes, xs)
    title = f"Controls that keep it from READY: {course(found)}"
    return figure_html(figure, alt=_alt(found), title=title)


def _series(
    axes: Axes, found: History, xs: list[float], ys: list[int], label: str, colour: str,
    marker: str, line: object, width: float,
) -> None:  # fmt: skip
    axes.plot(
        xs, ys, linestyle="none", marker=marker, color=colour, markersize=8 if width > 2 else 6,
        markeredgewidth=1.6 if marker in "|_" else 0.8, zorder=3, clip_on=False,
    )  # fmt: skip
    points = list(zip(xs, ys, strict=True))
    for number, pair in enumerate(pairwise(points), 2):
        if number not in found.gaps:
            axes.plot(
                *zip(*pair, strict=True), linestyle=line, linewidth=width, color=colour, alpha=0.75
            )
    # For the legend: how both look together.
    axes.plot([], [], linestyle=line, linewidth=width, marker=marker, color=colour, label=label)


def _finish(axes: Axes, xs: list[float]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    room = max((xs[-1] - xs[0]) * 0.04, 0.02)
    axes.set_xlim(xs[0] - room, xs[-1] + room)
    axes.set_ylim(bottom=0)
    axes.margins(y=0.1)
    locator = AutoDateLocator(minticks=3, maxticks=7, tz="UTC")
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz="UTC"))
    axes.set_xlabel("time of the recording (UTC)")
    axes.set_ylabel("controls")
    top = axes.secondary_xaxis("top")
    top.spines["top"].set_visible(False)
    top.tick_params(length=3)
    numbered = _numbered(xs, xs[-1] - xs[0] + 2 * room)
    top.set_xticks(list(numbered), list(numbered.values()))
    top.set_xlabel("run", loc="left", labelpad=5)
    axes.grid(visible=False, axis="x")
    for x in xs:
        axes.axvline(x, color=LIGHT["rule"], linewidth=0.6, zorder=0)
    assert axes.figure is not None
    handles, names = axes.get_legend_handles_labels()
    axes.figure.legend(handles, names, loc="outside lower center", ncol=5)


def _numbered(xs: list[float], width: float) -> dict[float, str]:
    """Where the numbers of runs stand: the last one, and whoever has room before it."""
    shown = {xs[-1]: str(len(xs))}
    free = xs[0]
    for number, x in enumerate(xs[:-1], 1):
        if x >= free and x <= xs[-1] - width * _ROOM:
            shown[x] = str(number)
            free = x + width * _ROOM
    return shown


def _alt(found: History) -> str:
    entries = found.entries
    shown = entries if len(entries) <= _SPELLED else [entries[0], entries[-1]]
    said = f"Number of controls by status, run 1 to {len(entries)}"
    if len(shown) < len(entries):
        said += ", of which the first and the last are told here"
    rows = [f"Blocking READY {', '.join(str(one.blocking) for one in shown)}"]
    for status in _LOOK:
        numbers = [dict(one.counts)[status.value] for one in shown]
        if any(numbers):
            rows.append(f"{status.value} {', '.join(map(str, numbers))}")
    broken = ""
    if found.gaps:
        runs = ", ".join(str(number) for number in sorted(found.gaps))
        broken = f" Lines are left out before run {runs}, where there was no recording for long."
    return f"{said}. {'. '.join(rows)}.{broken}"
