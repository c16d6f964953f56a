"""How far the clock of the recording machine was from those of the providers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from privatedao_audit.evidence.records import moment

__all__ = ["clocks_apart"]


def clocks_apart(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Label of a provider → seconds by which its HTTP Date is ahead of our clock.

    Of all its answers the one that is nearest counts: a clock that is wrong is wrong in each of
    them, while a Date can be late, or come from a cache.

    Args:
        records: of a recording; those without a Date that can be read say nothing.
    """
    found: dict[str, list[int]] = defaultdict(list)
    for record in records:
        headers, at = record.get("headers"), record.get("at")
        stated = headers.get("date") if isinstance(headers, Mapping) else None
        if not isinstance(stated, str) or not isinstance(at, str):
            continue
        try:
            theirs, ours = parsedate_to_datetime(stated), moment(at)
            apart = (theirs - ours).total_seconds()
        except (TypeError, ValueError):
            continue
        found[str(record.get("provider", ""))].append(int(apart))
    return {label: min(rows, key=abs) for label, rows in found.items()}
