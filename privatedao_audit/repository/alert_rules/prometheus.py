"""Prometheus rule files: alerting rules; recording rules are passed over.

Source: the Prometheus documentation of alerting rules, version 2. A key that it does not know
makes the file bad, as it does for promtool: Prometheus would not load it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from privatedao_audit.repository.alert_rules import promql
from privatedao_audit.repository.alert_rules.model import (
    MAX_RULES,
    Condition,
    NotExecutable,
    Rule,
    RuleFile,
    seconds,
)
from privatedao_audit.repository.alert_rules.rows import limit_of
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.structured import parse

_GROUP: Final = frozenset({"name", "interval", "query_offset", "limit", "rules", "labels"})
_RULE: Final = frozenset(
    {"alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"}
)
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ZERO = re.compile(r"0+(ms|[smhdwy])?")


def prometheus_rules(file: str, sha256: str, data: bytes) -> RuleFile:
    """The alerting rules of a Prometheus rule file.

    Raises:
        BadDocument: not such a file, or one that Prometheus would refuse.
    """
    tree = parse("yaml", data, file).value
    if not isinstance(tree, dict) or set(tree) != {"groups"}:
        raise BadDocument(f"{file}: a Prometheus rule file has groups at its top, and nothing else")
    groups = tree["groups"]
    if groups is not None and not isinstance(groups, list):
        raise BadDocument(f"{file}: groups is no list")
    rules: list[Rule] = []
    names: set[str] = set()
    for group in groups or ():
        rules += _group(file, group, names)
        if len(rules) > MAX_RULES:
            raise BadDocument(f"{file}: more than {MAX_RULES} rules")
    return RuleFile(file, sha256, tuple(rules))


def _group(file: str, group: Any, names: set[str]) -> list[Rule]:
    if not isinstance(group, dict) or not isinstance(group.get("name"), str):
        raise BadDocument(f"{file}: a group has no name")
    name = group["name"]
    if not name or name in names:
        raise BadDocument(f"{file}: the group name {name[:60]!a} is empty or given twice")
    names.add(name)
    _known(file, f"group {name[:60]!a}", group, _GROUP)
    rows = group.get("rules") or []
    if not isinstance(rows, list):
        raise BadDocument(f"{file}: the rules of group {name[:60]!a} are no list")
    found = []
    for number, row in enumerate(rows, 1):
        where = f"group {name[:60]!a}, rule {number}"
        if not isinstance(row, dict):
            raise BadDocument(f"{file}: {where} is no mapping")
        _known(file, where, row, _RULE)
        if ("alert" in row) == ("record" in row):
            raise BadDocument(f"{file}: {where} must be an alert or a record")
        if "alert" in row:
            found.append(_rule(file, where, row))
    return found


def _known(file: str, where: str, row: dict[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise BadDocument(
            f"{file}: {where} has a key that Prometheus does not know: {unknown[0]!a}"
        )


def _rule(file: str, where: str, row: dict[str, Any]) -> Rule:
    alert, expression = row["alert"], row.get("expr")
    if not isinstance(alert, str) or not alert:
        raise BadDocument(f"{file}: {where} has no name")
    labels = _texts(file, where, row.get("labels"), "labels")
    notes = _texts(file, where, row.get("annotations"), "annotations")
    text = str(expression) if isinstance(expression, (str, int, float)) else ""
    condition, why = _condition(text, row.get("for"))
    limit, fault = limit_of(notes.get("limit_seconds", labels.get("limit_seconds")))
    return Rule(
        id=alert, file=file, place=where, signal=labels.get("signal", notes.get("signal", "")),
        condition=condition, why=why, text=text, severity=labels.get("severity", ""),
        runbook=notes.get("runbook", notes.get("runbook_url", "")), limit_seconds=limit,
        labels={"alertname": alert, **labels}, faults=(fault,) if fault else (),
    )  # fmt: skip


def _condition(text: str, hold: Any) -> tuple[Condition | None, str]:
    try:
        if not text.strip():
            raise NotExecutable("it states no expression")
        # Prometheus takes a `for` of 0 as none.
        none = hold in (None, 0) or bool(_ZERO.fullmatch(str(hold)))
        return promql.condition(text, 0 if none else seconds(str(hold), "time of 'for'")), ""
    except NotExecutable as error:
        return None, str(error)


def _texts(file: str, where: str, value: Any, what: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadDocument(f"{file}: the {what} of {where} are no mapping")
    found = {}
    for key, text in value.items():
        if not _LABEL.fullmatch(key):
            raise BadDocument(f"{file}: {where} has a bad name among its {what}: {key[:60]!a}")
        if isinstance(text, bool) or not isinstance(text, (str, int, float)):
            raise BadDocument(f"{file}: {what} of {where}: {key[:60]!a} is no text")
        found[key] = str(text)
    return found
