"""Spans of time as people say them, in the sentences of findings."""

from __future__ import annotations

from typing import Final

__all__ = ["SPOKEN", "spoken"]

_UNITS: Final = ((86_400, "days"), (3_600, "h"), (60, "min"))
#: What :func:`spoken` gives, as a pattern.
SPOKEN: Final = r"[0-9]+ (?:s|min|h|days)"


def spoken(seconds: int) -> str:
    """A span in the largest unit of which it holds two: ``201 days``, ``36 h``, ``90 s``.

    What is left over is dropped, so that an age is never said to be greater than it is.

    Args:
        seconds: zero or more.
    """
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
