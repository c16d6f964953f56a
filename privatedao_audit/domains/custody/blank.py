"""Cells and fields of documents that say nothing."""

from __future__ import annotations

#: What stands there until somebody fills it.
_NOTHING_SAID = frozenset(
    {
        "", "tbd", "tba", "tbc", "todo", "n/a", "none", "null", "unknown", "xxx", "fixme",
        "pending", "placeholder", "to be named", "to be defined", "to be decided", "…",
    }
)  # fmt: skip


def blank(text: str | None) -> bool:
    """Whether a text says nothing, or only that somebody has still to say it."""
    return text is None or text.strip().casefold().strip(".?- <>[]") in _NOTHING_SAID
