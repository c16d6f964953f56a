"""Alertmanager: to whom an alert goes.

Source: the Alertmanager documentation of its configuration. A receiver that notifies nobody, and
an alert that is muted, go nowhere. Inhibitions are not looked at: what one alert silences comes
while that other one is told. Values of a receiver are never kept: they hold secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from privatedao_audit.repository.alert_rules.model import Matcher, NotExecutable
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.structured import parse

_MATCHER = re.compile(
    r"""\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*("[^"\\]*"|'[^'\\]*'|[^"'{},\s]+)\s*"""
)
_MUTES = ("mute_time_intervals", "active_time_intervals")


@dataclass(frozen=True, slots=True)
class _Route:
    receiver: str
    matchers: tuple[Matcher, ...]
    goes_on: bool
    muted: bool
    routes: tuple[_Route, ...]


@dataclass(frozen=True, slots=True)
class Routes:
    """A routing tree.

    Attributes:
        receivers: name → whether it notifies anybody.
    """

    file: str
    receivers: Mapping[str, bool]
    _root: _Route

    def route_of(self, labels: Mapping[str, str]) -> tuple[str, str]:
        """Who is notified of an alert with these labels, and why nobody surely is; one is empty."""
        taken = list(_taken(self._root, labels))
        heard = [one for one in taken if self.receivers.get(one.receiver)]
        if not heard:
            names = ", ".join(sorted({one.receiver for one in taken})) or "none"
            return "", f"its receiver in {self.file} ({names[:80]}) notifies nobody"
        awake = [one for one in heard if not one.muted]
        if not awake:
            return "", f"its route in {self.file} is muted at times"
        return ", ".join(dict.fromkeys(one.receiver for one in awake)), ""


def _taken(route: _Route, labels: Mapping[str, str]) -> Iterator[_Route]:
    """The deepest routes that an alert takes: children in order, until one does not go on."""
    found = False
    for child in route.routes:
        if all(one.holds(labels) for one in child.matchers):
            found = True
            yield from _taken(child, labels)
            if not child.goes_on:
                break
    if not found:
        yield route


def alertmanager_routes(file: str, data: bytes) -> Routes:
    """The routing tree of an Alertmanager configuration.

    Raises:
        BadDocument: not such a file, or a matcher that is not understood: which alerts go where
            could then not be told.
    """
    tree = parse("yaml", data, file).value
    if not isinstance(tree, dict) or not isinstance(tree.get("route"), dict):
        raise BadDocument(f"{file}: an Alertmanager configuration has a route")
    receivers: dict[str, bool] = {}
    for row in tree.get("receivers") or ():
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            raise BadDocument(f"{file}: a receiver has no name")
        if row["name"] in receivers:
            raise BadDocument(f"{file}: a receiver is given twice: {row['name'][:60]!a}")
        receivers[row["name"]] = any(
            key.endswith("_configs") and isinstance(value, list) and value
            for key, value in row.items()
        )
    root = _route(file, tree["route"], "", 0)
    if root.matchers or not root.receiver:
        raise BadDocument(f"{file}: the first route has a receiver and no matchers")
    unknown = sorted(name for name in _named(root) if name not in receivers)
    if unknown:
        raise BadDocument(f"{file}: a route names an unknown receiver {unknown[0][:60]!a}")
    return Routes(file, receivers, root)


def _named(route: _Route) -> Iterator[str]:
    yield route.receiver
    for child in route.routes:
        yield from _named(child)


def _route(file: str, row: Any, receiver: str, depth: int) -> _Route:
    if not isinstance(row, dict) or depth > 16:
        raise BadDocument(f"{file}: a route is no mapping, or routes are nested too deeply")
    own = row.get("receiver", receiver)
    children = row.get("routes") or []
    if not isinstance(own, str) or not isinstance(children, list):
        raise BadDocument(f"{file}: a route is malformed")
    try:
        matchers = tuple(_matchers(file, row))
    except NotExecutable as error:
        raise BadDocument(f"{file}: a route's matcher is not understood: {error}") from None
    return _Route(
        own, matchers, row.get("continue") is True, any(row.get(key) for key in _MUTES),
        tuple(_route(file, child, own, depth + 1) for child in children),
    )  # fmt: skip


def _matchers(file: str, row: Mapping[str, Any]) -> Iterator[Matcher]:
    for key, op in (("match", "="), ("match_re", "=~")):
        old = row.get(key) or {}
        if not isinstance(old, dict):
            raise BadDocument(f"{file}: {key} of a route is no mapping")
        for label, value in old.items():
            yield Matcher(label, op, str(value))  # type: ignore[arg-type]
    listed = row.get("matchers") or []
    for one in listed if isinstance(listed, list) else [listed]:
        match = _MATCHER.fullmatch(one) if isinstance(one, str) else None
        if match is None:
            raise BadDocument(f"{file}: a route's matcher is not understood: {str(one)[:60]!a}")
        yield Matcher(match[1], match[2], match[3].strip("\"'"))  # type: ignore[arg-type]
