"""Rules from a list of a document: the kit's own form, and any other by the target's mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from privatedao_audit.repository.alert_rules import plain, promql
from privatedao_audit.repository.alert_rules.model import (
    MAX_RULES,
    Condition,
    NotExecutable,
    Rule,
    RuleFile,
)
from privatedao_audit.repository.errors import BadDocument

_WHOLE = re.compile(r"[1-9][0-9]{0,8}")


def rules_of_rows(file: str, sha256: str, rows: Sequence[Mapping[str, str]]) -> RuleFile:
    """The rules that the rows of a surface state, in the document's order.

    Raises:
        BadDocument: more rules than are read.
    """
    if len(rows) > MAX_RULES:
        raise BadDocument(f"{file}: {len(rows)} rules; {MAX_RULES} are read at most")
    return RuleFile(file, sha256, tuple(_rule(file, n, row) for n, row in enumerate(rows)))


def _rule(file: str, number: int, row: Mapping[str, str]) -> Rule:
    text = row.get("condition", row.get("expression", "")).strip()
    condition, why = _condition(row, text)
    faults = [f"{name} has several values" for name, value in row.items() if "\n" in value]
    limit, fault = limit_of(row.get("limit_seconds"))
    if fault:
        faults.append(fault)
    runbook = row.get("runbook", "").strip()
    section = row.get("section", "").strip()
    return Rule(
        id=row.get("id", "").strip(), file=file, place=f"rule {number + 1}",
        signal=row.get("signal", "").strip(), condition=condition, why=why, text=text,
        severity=row.get("severity", "").strip(), route=row.get("route", "").strip(),
        runbook=f"{runbook}#{section}" if runbook and section else runbook,
        limit_seconds=limit, status=row.get("status", "").strip(), faults=tuple(faults),
    )  # fmt: skip


def _condition(row: Mapping[str, str], text: str) -> tuple[Condition | None, str]:
    try:
        if "expression" in row and "condition" in row:
            raise NotExecutable("it states a condition and an expression")
        return (promql.condition(text) if "expression" in row else plain.condition(text)), ""
    except NotExecutable as error:
        return None, str(error)


def limit_of(text: str | None) -> tuple[int | None, str]:
    """A rule's own limit in seconds, and what is wrong with it; None where it states none."""
    if text is None or not text.strip():
        return None, ""
    if not _WHOLE.fullmatch(text.strip()):
        return None, f"its limit {text[:40]!a} is no whole number of seconds above 0"
    return int(text), ""
