"""Plots of a series of probes for notebook 03: lag, latency, agreement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final

from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.freshness import LAG, lags
from privatedao_audit.domains.rpc.judging import Measured
from privatedao_audit.view.plots import Plot
from privatedao_audit.view.style import LIGHT, SERIES, figure_html, matplotlib_style
from privatedao_audit.view.table import Ordinary, Table
from privatedao_audit.view.text import foreign

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["NO_SERIES", "agreement", "lag", "latency", "percentile", "shown"]

NO_SERIES: Final = "No series of probes was measured or accepted."
_LINES: Final = ("-", "--", "-.", ":")
_MARKERS: Final = ("o", "x", "s", "+", "D", "^")
#: More lines or rows than these make a picture nobody reads.
_MOST_LINES: Final = 6
_MOST_ROWS: Final = 24
#: Outcome of a comparison → (words, marker, colour).
_OUTCOMES: Final = {
    "equal": ("the same bytes", "o", SERIES[2]),
    "absent": ("absent at both", "1", LIGHT["muted"]),
    "diverged": ("differs", "X", SERIES[4]),
    "single": ("one answered", "s", SERIES[1]),
    "unknown": ("not compared", "+", LIGHT["ink"]),
}


def shown(facts: RpcFacts) -> Measured | None:
    """The series that is shown: that of this run, else the youngest that the team signed."""
    from privatedao_audit.domains.rpc.judging import measured
    from privatedao_audit.model.limits import Limits

    return measured(facts, Limits())[0]


def percentile(values: Sequence[int], percent: int) -> int:
    """The smallest value that so many percent of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def lag(facts: RpcFacts) -> Plot | Table:
    """Slots that each endpoint was behind each other, probe by probe."""
    import pandas as pd

    m = shown(facts)
    pairs = [] if m is None else list(permutations(m.series.labels, 2))[:_MOST_LINES]
    rows = [
        (f"{behind} behind {ahead}", since / 1000, slots)
        for behind, ahead in pairs
        if m is not None
        for since, slots in lags(m, behind, ahead)
    ]
    table = Table(
        pd.DataFrame(rows, columns=["which", "seconds", "slots behind"], dtype=object),
        "How many slots was each endpoint behind each other, probe by probe?",
        NO_SERIES,
        ordinary=Ordinary(
            [slots is not None and slots <= 0 for _which, _since, slots in rows],
            "the one endpoint was not behind the other",
        ),
    )
    known = [slots for _which, _since, slots in rows if slots is not None]
    if not known:
        return table
    worst = max(known)
    figure, axes = _figure(3.0)
    for place, which in enumerate(dict.fromkeys(row[0] for row in rows)):
        points = [(since, slots) for name, since, slots in rows if name == which]
        axes.plot(
            [since for since, _ in points],
            [float("nan") if slots is None else slots for _, slots in points],
            linestyle=_LINES[place % 4], marker=_MARKERS[place % 6], markersize=4,
            color=SERIES[place % len(SERIES)], label=_label(which),
        )  # fmt: skip
    axes.axhline(LAG, color=LIGHT["ink"], linewidth=0.9, linestyle=(0, (1, 1.5)),
                 label=f"limit, {LAG} slots")  # fmt: skip
    _finish(axes, "seconds since the first probe", "slots behind")
    over = sum(slots > LAG for slots in known)
    title = "No endpoint was behind another"
    if worst > 0:
        title = f"No endpoint was more than {worst} slots behind another"
    if over:
        counted = f"{over} of {len(known)} measurements"
        title = f"In {counted} an endpoint was more than {LAG} slots behind"
    alt = (
        f"One line per direction, {len(pairs)} in all, over {rows[-1][1]:.0f} s; the largest lag "
        f"is {worst} slots, the limit of {LAG} is drawn across. Below zero an endpoint was ahead."
    )
    return Plot(figure_html(figure, alt=alt, title=title), table)


def latency(facts: RpcFacts) -> Plot | Table:
    """How long answers took: the median of each probe, and percentiles over all."""
    import pandas as pd

    m = shown(facts)
    rows: list[tuple[Any, ...]] = []
    lines: dict[str, list[tuple[float, int, int]]] = {}
    for label in m.series.labels if m is not None else ():
        assert m is not None
        every = [ms for seen in m.series.of(label) if seen is not None for ms in seen.ms]
        if not every:
            continue
        rows.append((label, m.series.host(label), len(every), *(percentile(every, p) for p in
                     (50, 90, 95, 99)), max(every)))  # fmt: skip
        lines[label] = [
            (turn.since_ms / 1000, percentile(seen.ms, 50), max(seen.ms))
            for turn in m.series.rounds
            if (seen := turn.seen.get(label)) is not None and seen.ms
        ]
    table = Table(
        pd.DataFrame(
            rows,
            columns=["endpoint", "host", "answers", "50 % (ms)", "90 % (ms)", "95 % (ms)",
                     "99 % (ms)", "longest (ms)"],
            dtype=object,
        ),
        "How long did answers take, in milliseconds as the measuring machine saw them?",
        NO_SERIES,
    )  # fmt: skip
    if not lines:
        return table
    figure, axes = _figure(3.0)
    for place, (label, points) in enumerate(list(lines.items())[:_MOST_LINES]):
        colour = SERIES[place % len(SERIES)]
        seconds = [since for since, _, _ in points]
        axes.plot(seconds, [middle for _, middle, _ in points], linestyle=_LINES[place % 4],
                  marker=_MARKERS[place % 6], markersize=4, color=colour,
                  label=_label(f"{label}, median"))  # fmt: skip
        axes.plot(seconds, [longest for _, _, longest in points], linestyle=":", linewidth=0.9,
                  marker=_MARKERS[place % 6], markersize=2.5, color=colour, alpha=0.75,
                  label=_label(f"{label}, longest"))  # fmt: skip
    axes.set_ylim(bottom=0)
    _finish(axes, "seconds since the first probe", "milliseconds")
    title = f"At each endpoint 95 % of the answers came within {max(row[5] for row in rows)} ms"
    alt = (
        f"Per endpoint the median and the longest answer of each probe, {len(lines)} endpoints. "
        f"The longest of all took {max(row[-1] for row in rows)} ms."
    )
    return Plot(figure_html(figure, alt=alt, title=title), table)


def agreement(facts: RpcFacts) -> Plot | Table:
    """Which accounts are the same at which endpoints."""
    import pandas as pd

    m = shown(facts)
    found = () if m is None else m.series.compared
    table = Table(
        pd.DataFrame(
            [(one.what, one.address, f"{one.first} and {one.second}", _OUTCOMES[one.outcome][0],
              one.slot, one.reason or "nothing") for one in found],
            columns=["account", "address", "endpoints", "outcome", "slot", "what differs"],
            dtype=object,
        ),
        "Do the endpoints show the same bytes for each account of the operation?",
        NO_SERIES if m is None else "No account was compared: two endpoints are needed.",
        ordinary=Ordinary(
            [one.outcome == "equal" for one in found], "both endpoints show the same bytes"
        ),
    )  # fmt: skip
    if not found:
        return table
    import matplotlib

    pairs = list(dict.fromkeys(f"{one.first} and {one.second}" for one in found))
    names = list(dict.fromkeys((one.what, one.address) for one in found))[:_MOST_ROWS]
    with matplotlib.rc_context(matplotlib_style()):
        figure, axes = _figure(1.5 + 0.3 * len(names))
        for outcome, (words, marker, colour) in _OUTCOMES.items():
            mine = [one for one in found
                    if one.outcome == outcome and (one.what, one.address) in names]  # fmt: skip
            if mine:
                axes.plot(
                    [pairs.index(f"{one.first} and {one.second}") for one in mine],
                    [names.index((one.what, one.address)) for one in mine],
                    linestyle="none", marker=marker, color=colour, markersize=8, label=words,
                )  # fmt: skip
        axes.set_yticks(range(len(names)), [_label(what) for what, _ in names])
        axes.set_xticks(range(len(pairs)), [_label(pair) for pair in pairs])
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(-0.6, len(pairs) - 0.4)
        axes.tick_params(length=0)
        _legend(axes)
    bad = sum(one.outcome == "diverged" for one in found)
    equal = sum(one.outcome in ("equal", "absent") for one in found)
    title = (
        f"{bad} of {len(found)} comparisons differ" if bad
        else f"{equal} of {len(found)} comparisons are equal, none differs"
    )  # fmt: skip
    alt = (
        f"One row per account, {len(names)} of them, one column per pair of endpoints; a mark "
        f"tells whether both show the same bytes. Equal: {equal}, different: {bad}."
    )
    return Plot(figure_html(figure, alt=alt, title=title), table)


def _figure(height: float) -> tuple[Figure, Axes]:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(matplotlib_style()):
        figure = Figure(figsize=(7.2, height))
        return figure, figure.add_subplot()


def _finish(axes: Axes, across: str, up: str) -> None:
    import matplotlib

    with matplotlib.rc_context(matplotlib_style()):
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        axes.margins(x=0.03, y=0.12)
        _legend(axes)


def _legend(axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if labels and axes.figure is not None:
        axes.figure.legend(handles, labels, loc="outside lower center", ncol=min(4, len(labels)))


def _label(text: str) -> str:
    told = foreign(text[:36])
    return "".join(c if c <= "\u024f" else f"<U+{ord(c):04X}>" for c in told)
