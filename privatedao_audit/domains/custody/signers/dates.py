"""Dates of documents, and how old they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})"
)


def unix_seconds(text: str) -> int | None:
    """The moment that a date of a document means; a day is its first second in UTC.

    None for a text that is no date of the calendar, or a time without its zone.
    """
    text = text.strip()
    if not (_DAY.fullmatch(text) or _MOMENT.fullmatch(text)):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())


def asked(asked_at: str | None) -> int | None:
    """The Unix second of a read; None where it never happened."""
    return None if asked_at is None else unix_seconds(asked_at)
