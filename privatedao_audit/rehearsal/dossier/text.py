"""TOML, dates and other plain text of a rehearsal's documents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

_WIDTH = 72

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]


def toml(about: str, content: Mapping[str, Value]) -> str:
    """A TOML document: a comment, the plain values, then tables and arrays of tables.

    Strings are written in ASCII with escapes, so that text off the chain can't break out.
    Raises ValueError for a character beyond the basic multilingual plane.
    """
    lines = [f"# {line}" for line in about.splitlines()]
    _table(lines, (), content)
    return "\n".join(lines) + "\n"


def _table(lines: list[str], place: tuple[str, ...], content: Mapping[str, Value]) -> None:
    later: list[tuple[str, Mapping[str, Value], bool]] = []
    for key, value in content.items():
        if isinstance(value, Mapping):
            later.append((key, value, False))
        elif _is_tables(value):
            later += [(key, one, True) for one in value]  # type: ignore[misc, union-attr]
        else:
            lines.append(f"{key} = {_value(value)}")
    for key, table, repeated in later:
        name = ".".join((*place, key))
        lines += ["", f"[[{name}]]" if repeated else f"[{name}]"]
        _table(lines, (*place, key), table)


def _is_tables(value: Value) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) > 0
        and all(isinstance(one, Mapping) for one in value)
    )


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        if any(ord(one) > 0xFFFF for one in value):
            raise ValueError("a TOML escape of JSON's kind ends at U+FFFF")
        return json.dumps(value)
    if isinstance(value, Mapping):
        raise ValueError("a table inside a plain list is not written here")
    if not value:
        return "[]"
    rows = [_value(one) for one in value]
    short = "[" + ", ".join(rows) + "]"
    if len(short) <= _WIDTH:
        return short
    return "[\n" + "".join(f"  {one},\n" for one in rows) + "]"


def utc(moment: int) -> str:
    """A time as `2026-11-23T09:30:00Z`, from unix seconds."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(moment: int) -> str:
    """A date as `2026-11-23`, from unix seconds."""
    return utc(moment)[:10]


def front_matter(fields: Mapping[str, str]) -> str:
    """The head of a Markdown document, between two lines of dashes."""
    rows = [f"{key}: {value}" for key, value in fields.items()]
    return "\n".join(["---", *rows, "---", ""]) + "\n"
