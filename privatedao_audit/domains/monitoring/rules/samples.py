"""Conditions over sampled series, as Prometheus evaluates them.

Source: promql/functions.go of Prometheus 2 (extrapolatedRate), and its documentation. promtool's
answers to the same series are compared in the tests.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.repository.alert_rules import Condition

__all__ = ["LOOKBACK", "Fired", "Labels", "Series", "fires", "vector"]

#: A sample older than this is no value any more, in seconds.
LOOKBACK: Final = 300

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A series: its labels, and (time in seconds, value) in the order of time."""

    metric: str
    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def key(self) -> Labels:
        """The labels as a key."""
        return tuple(sorted(self.labels.items()))

    def as_facts(self) -> dict[str, Any]:
        """What findings tell of it: how long it is, and not each value."""
        return {"metric": self.metric, "labels": dict(self.labels), "points": len(self.points)}

    def since(self, start: float, end: float) -> tuple[tuple[float, float], ...]:
        """The points after ``start`` and up to ``end``."""
        left = bisect_right(self.points, (start, float("inf")))
        return self.points[left : bisect_right(self.points, (end, float("inf")))]


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that began to fire at a time, for these labels."""

    time: float
    labels: Labels


def vector(condition: Condition, series: Iterable[Series], time: float) -> dict[Labels, float]:
    """What the condition's expression gives at a time: labels → value, those that fulfil it."""
    return _vector(condition, _chosen(condition, series), time)


def _chosen(condition: Condition, series: Iterable[Series]) -> list[tuple[Labels, Series]]:
    """The series that the condition looks at, each with its labels as a key."""
    return [
        (one.key, one) for one in series
        if one.metric == condition.selector.metric
        and all(m.holds(one.labels) for m in condition.selector.matchers)
    ]  # fmt: skip


def _vector(
    condition: Condition, chosen: Iterable[tuple[Labels, Series]], time: float
) -> dict[Labels, float]:
    values = {
        key: value for key, one in chosen if (value := _value(condition, one, time)) is not None
    }
    if condition.over == "absent":
        named = {m.label: m.value for m in condition.selector.matchers if m.op == "="}
        values = {} if values else {tuple(sorted(named.items())): 1.0}
    if condition.across != "each":
        values = _together(condition, values)
    return {key: value for key, value in values.items() if condition.compares(value)}


def fires(condition: Condition, series: Sequence[Series], times: Iterable[float]) -> list[Fired]:
    """When alerts begin to fire, the condition being evaluated at these times in order."""
    active: dict[Labels, float] = {}
    told: set[Labels] = set()
    found = []
    chosen = _chosen(condition, series)
    for time in times:
        now = _vector(condition, chosen, time)
        active = {key: active.get(key, time) for key in now}
        told &= active.keys()
        for key, since in active.items():
            if key not in told and time - since >= condition.hold:
                told.add(key)
                found.append(Fired(time, key))
    return found


def _value(condition: Condition, one: Series, time: float) -> float | None:
    if condition.window == 0:
        points = one.since(time - LOOKBACK, time)
        return points[-1][1] if points else None
    points = one.since(time - condition.window, time)
    if condition.over in ("increase", "rate"):
        grown = _increase(points, time - condition.window, time)
        if grown is None:
            return None
        value, factor = grown
        return value * (factor / condition.window if condition.over == "rate" else factor)
    if not points:
        return None
    values = [value for _time, value in points]
    return {
        "count": float(len(values)),
        "sum": sum(values),
        "max": max(values),
        "min": min(values),
        "absent": 1.0,
    }[condition.over]


def _increase(
    points: Sequence[tuple[float, float]], start: float, end: float
) -> tuple[float, float] | None:
    """How much a counter grew, and the factor that carries it on to the ends of the window.

    None below two samples.
    """
    if len(points) < 2:
        return None
    (first, low), (last, high) = points[0], points[-1]
    grown, before = high - low, low
    for _time, value in points:
        grown += before if value < before else 0.0  # It was set back, and began anew at 0.
        before = value
    sampled = last - first
    apart = sampled / (len(points) - 1)
    to_start, to_end = first - start, end - last
    if grown > 0 and low >= 0:
        # It can't have been below 0 before the first sample.
        to_start = min(to_start, sampled * (low / grown))
    reach = sampled
    for gap in (to_start, to_end):
        reach += gap if gap < apart * 1.1 else apart / 2
    return grown, reach / sampled


_ACROSS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "sum": sum, "max": max, "min": min, "count": len,
}  # fmt: skip


def _together(condition: Condition, values: Mapping[Labels, float]) -> dict[Labels, float]:
    groups: dict[Labels, list[float]] = {}
    for key, value in values.items():
        kept = tuple(pair for pair in key if pair[0] in condition.by)
        groups.setdefault(kept, []).append(value)
    joined = _ACROSS[condition.across]
    return {key: float(joined(found)) for key, found in groups.items()}
