"""Series in time: how many of something happened within some seconds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

__all__ = ["deviation", "series"]

#: A median deviation times this is a standard deviation, for a normal spread.
_NORMAL = 1.4826


def series(times: Sequence[int], least: int, within: int) -> list[tuple[int, int]]:
    """Where at least so many of sorted moments lie within a window.

    Args:
        times: Unix seconds, ascending.
        within: seconds; moments that are exactly so far apart lie in one window.

    Returns:
        First and last place of each series; windows that overlap are one series.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for place, time in enumerate(times):
        while time - times[start] > within:
            start += 1
        if place - start + 1 >= least:
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], place)
            else:
                found.append((start, place))
    return found


def deviation(values: Sequence[int], zeros: int = 0) -> tuple[float, float]:
    """Median and robust standard deviation (median absolute deviation × 1.4826).

    Args:
        zeros: how many zeros belong to the values and are not among them.
    """
    if not values and not zeros:
        return 0.0, 0.0
    everything = [*values, *([0] * zeros)]
    middle = median(everything)
    return float(middle), _NORMAL * float(median(abs(one - middle) for one in everything))
