"""Amounts, times and durations as people read them: unit, exact raw value, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

_LAMPORTS_PER_SOL = 1_000_000_000


def lamports(amount: int) -> str:
    """An amount of SOL with its exact lamports: ``1.5 SOL (1500000000 lamports)``."""
    whole, rest = divmod(abs(amount), _LAMPORTS_PER_SOL)
    digits = f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
    return f"{'-' if amount < 0 else ''}{digits} SOL ({amount} lamports)"


def raw_units(amount: int, mint: str, decimals: int | None = None) -> str:
    """An amount of a token in raw units, and scaled where the mint's decimals are known."""
    scaled = "" if decimals is None else f" ({_scaled(amount, decimals)})"
    return f"{amount} raw units{scaled} of the mint {mint}"


def instant(unix_seconds: int) -> str:
    """A moment in UTC, to the second; the bare number where no calendar has such a date."""
    try:
        return f"{datetime.fromtimestamp(unix_seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return f"Unix second {unix_seconds}"


def seconds(count: int) -> str:
    """A duration in seconds, with hours or days beside it where they say more."""
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(count) >= size:
            return f"{count} s ({_scaled(count * 10 // size, 1)} {name})"
    return f"{count} s"


def _scaled(amount: int, decimals: int) -> str:
    sign, digits = "-" if amount < 0 else "", str(abs(amount)).rjust(decimals + 1, "0")
    if decimals == 0:
        return sign + digits
    whole, rest = digits[:-decimals], digits[-decimals:].rstrip("0")
    return sign + whole + (f".{rest}" if rest else "")
