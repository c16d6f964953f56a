"""What two facts.json differ in, and how much of each was read.

Facts are compared by what was seen, never by when: read positions are left out, or every fact of
a later run would be another. A read that was answered before and is not answered now is *lost*,
whatever it said: that is how an audit gets worse without anything failing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

_ANSWERED: Final = frozenset({"Found", "ProvenAbsent"})
_OPEN: Final = frozenset({"Unknown", "Diverged"})
#: Members by which the rows of a list are told apart, the first that all rows have, each once.
_KEYS: Final = (
    "id", "address", "signature", "label", "control", "name", "path", "file", "key", "slot",
)  # fmt: skip
#: Deeper values are compared as a whole.
_MAX_DEPTH: Final = 60


class Kind(StrEnum):
    """How a fact differs."""

    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"
    LOST = "no longer read"
    GAINED = "now read"


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that differs.

    Attributes:
        domain: name of the domain; a fact that several domains hold is listed for each.
        path: members from the domain's facts to it.
        before, after: JSON values; None where there is none.
    """

    domain: str
    path: tuple[str, ...]
    kind: Kind
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Count:
    """How many reads the facts of a domain rest on: answered, and left open."""

    answered: int = 0
    open: int = 0


def domains(facts: dict[str, Any]) -> dict[str, Any]:
    """Domain → its facts, out of the content of a facts.json."""
    found = facts.get("facts")
    return found if isinstance(found, dict) else {}


def counts(facts: dict[str, Any]) -> dict[str, Count]:
    """Domain → how many of its reads were answered."""
    return {name: count(tree) for name, tree in sorted(domains(facts).items())}


def count(tree: Any) -> Count:
    """How many reads stand in a value, answered and open."""
    answered = left_open = 0
    stack = [tree]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            kind = _kind(value)
            answered += kind in _ANSWERED
            left_open += kind in _OPEN
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return Count(answered, left_open)


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Every fact that differs, by domain and path.

    Args:
        before, after: contents of two facts.json.
    """
    one, two = domains(before), domains(after)
    found: list[Change] = []
    for name in sorted({*one, *two}):
        rows = _differ(one.get(name), two.get(name), (), name in one, name in two)
        found += [Change(name, *row) for row in rows]
    return found


def rows(facts: dict[str, Any]) -> dict[str, int]:
    """Table of the chain's history → number of its rows; the claims are compared as facts."""
    tables = facts.get("tables")
    found = {}
    for name, one in (tables if isinstance(tables, dict) else {}).items():
        number = one.get("rows") if isinstance(one, dict) else None
        if str(name).startswith("tables/") and type(number) is int:
            found[str(name)] = number
    return found


_Row = tuple[tuple[str, ...], Kind, Any, Any]


def _differ(
    before: Any, after: Any, path: tuple[str, ...], was: bool = True, there: bool = True
) -> Iterator[_Row]:
    if not (was and there):
        yield path, Kind.GONE if was else Kind.NEW, before, after
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    elif before != after or type(before) is not type(after):
        yield path, Kind.CHANGED, before, after


def _objects(
    before: dict[str, Any], after: dict[str, Any], path: tuple[str, ...]
) -> Iterator[_Row]:
    was, now = _kind(before), _kind(after)
    if was in _ANSWERED and now in _OPEN:
        yield path, Kind.LOST, before.get("value"), after.get("reason")
        return
    if was in _OPEN and now in _ANSWERED:
        yield path, Kind.GAINED, before.get("reason"), after.get("value")
        return
    if len(path) >= _MAX_DEPTH:
        if before != after:
            yield path, Kind.CHANGED, before, after
        return
    for name in sorted({*before, *after}):
        if _is_position(before.get(name)) or _is_position(after.get(name)):
            continue
        # The class of a value is no step on the way to it.
        step = path if name == "value" and was in _ANSWERED else (*path, name)
        yield from _differ(before.get(name), after.get(name), step, name in before, name in after)


def _lists(before: list[Any], after: list[Any], path: tuple[str, ...]) -> Iterator[_Row]:
    key = next((one for one in _KEYS if _told_apart(before, one) and _told_apart(after, one)), None)
    if key is not None and len(path) < _MAX_DEPTH:
        one, two = ({str(row[key]): row for row in side} for side in (before, after))
        for name in sorted({*one, *two}):
            step = (*path, f"{key} {name}")
            yield from _differ(one.get(name), two.get(name), step, name in one, name in two)
    elif len(before) == len(after) and len(path) < _MAX_DEPTH:
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differ(old, new, (*path, str(place)))
    elif before != after:
        yield path, Kind.CHANGED, before, after


def _told_apart(side: list[Any], key: str) -> bool:
    if not all(isinstance(row, dict) and isinstance(row.get(key), str | int) for row in side):
        return False
    return len({str(row[key]) for row in side}) == len(side)


def _kind(value: dict[str, Any]) -> str:
    kind = value.get("kind")
    return kind if isinstance(kind, str) and _is_position(value.get("at")) else ""


def _is_position(value: Any) -> bool:
    return isinstance(value, dict) and value.get("kind") == "ReadAt"
