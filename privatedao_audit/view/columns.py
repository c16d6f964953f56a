"""Kinds of table columns: how a value reads, and what a spreadsheet gets of it.

A kind turns a raw value into text for people and into one or more plain cells for a spreadsheet.
A value that is not of the kind is shown as it stands: a table must not fail on what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from privatedao_audit.model.status import Status
from privatedao_audit.view.style import plain_mark
from privatedao_audit.view.text import cut, foreign
from privatedao_audit.view.units import instant

_NAME_CHARACTERS = 120


class Kind(Protocol):
    """What a column holds."""

    def text(self, value: Any) -> str:
        """The value as people read it; safe to be shown once HTML is escaped."""
        ...

    def names(self, column: str) -> tuple[str, ...]:
        """The column's names in a spreadsheet: one, or several where a value has parts."""
        ...

    def cells(self, value: Any) -> tuple[Any, ...]:
        """The value's cells in a spreadsheet, as many as there are names."""
        ...


def is_nothing(value: Any) -> bool:
    """None or NaN: there is no value."""
    return value is None or (isinstance(value, float) and value != value)


def plain(value: Any) -> str:
    """A value of no special kind as people read it."""
    if is_nothing(value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return foreign(str(value))


@dataclass(frozen=True, slots=True)
class Plain:
    """Text, numbers, yes and no."""

    def text(self, value: Any) -> str:
        return plain(value)

    def names(self, column: str) -> tuple[str, ...]:
        return (column,)

    def cells(self, value: Any) -> tuple[Any, ...]:
        return (None if is_nothing(value) else value,)


@dataclass(frozen=True, slots=True)
class Address:
    """A key, in full wherever it stands, after the name it is known by.

    Attributes:
        known: names by key, for example ``{"9xQe…": "treasury of the DAO"}``.
    """

    known: Mapping[str, str] = field(default_factory=dict)

    def text(self, value: Any) -> str:
        name = self.known.get(str(value))
        if name is None:
            return plain(value)
        known = foreign(cut(name, _NAME_CHARACTERS, whole="a name that long is no name"))
        return f"{known}: {plain(value)}"

    def names(self, column: str) -> tuple[str, ...]:
        return (column, f"{column} (name)") if self.known else (column,)

    def cells(self, value: Any) -> tuple[Any, ...]:
        if is_nothing(value):
            return (None, None) if self.known else (None,)
        return (value, self.known.get(str(value))) if self.known else (value,)


@dataclass(frozen=True, slots=True)
class Amount:
    """A raw integer amount with its unit: ``1.5 SOL (1500000000 lamports)``.

    Values are integers or decimal strings of raw units; nothing is rounded.

    Attributes:
        unit, raw_unit: for example ``SOL`` and ``lamports``.
        decimals: how many decimal places one raw unit stands for.
    """

    unit: str = "SOL"
    raw_unit: str = "lamports"
    decimals: int = 9

    def text(self, value: Any) -> str:
        raw = _integer(value)
        if raw is None:
            return plain(value)
        return foreign(f"{self._scaled(raw)} {self.unit} ({raw} {self.raw_unit})")

    def names(self, column: str) -> tuple[str, ...]:
        return (f"{column} ({self.unit})", f"{column} ({self.raw_unit})")

    def cells(self, value: Any) -> tuple[Any, ...]:
        raw = _integer(value)
        if raw is None:
            return (None, None if is_nothing(value) else value)
        return (Decimal(self._scaled(raw)), raw)

    def _scaled(self, raw: int) -> str:
        sign, digits = "-" if raw < 0 else "", str(abs(raw)).rjust(self.decimals + 1, "0")
        if self.decimals == 0:
            return sign + digits
        rest = digits[-self.decimals :].rstrip("0")
        return sign + digits[: -self.decimals] + (f".{rest}" if rest else "")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time with its slot: ``2026-11-23 09:30:00 UTC, slot 342118204``.

    Values are pairs of Unix seconds and slot; either may be None.
    """

    def text(self, value: Any) -> str:
        if not (isinstance(value, tuple | list) and len(value) == 2):
            return plain(value)
        when, slot = map(_integer, value)
        parts = [] if when is None else [instant(when)]
        parts += [] if slot is None else [f"slot {slot}"]
        return ", ".join(parts) or "–"

    def names(self, column: str) -> tuple[str, ...]:
        return (f"{column} (UTC)", f"{column} (slot)")

    def cells(self, value: Any) -> tuple[Any, ...]:
        if not (isinstance(value, tuple | list) and len(value) == 2):
            return (None if is_nothing(value) else value, None)
        when, slot = map(_integer, value)
        return (None if when is None else instant(when), slot)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status with its glyph. Only a column of this kind can show one."""

    def text(self, value: Any) -> str:
        known = isinstance(value, str) and value in tuple(Status)
        return plain_mark(value) if known else plain(value)

    def names(self, column: str) -> tuple[str, ...]:
        return (column,)

    def cells(self, value: Any) -> tuple[Any, ...]:
        return (None if is_nothing(value) else str(value),)


def _integer(value: Any) -> int | None:
    """An exact integer, or None. Floats are none: they have lost digits already."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= 40 and value.lstrip("-").isdecimal():
        return int(value) if value.isascii() and value.count("-") <= 1 else None
    if hasattr(value, "item") and not isinstance(value, float):  # a number of numpy's
        return _integer(value.item())
    return None
