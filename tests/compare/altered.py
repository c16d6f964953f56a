"""Changing what a run says, for the tests of comparing."""

from __future__ import annotations

from typing import Any

from privatedao_audit.compare.sides import Side


def control(side: Side, name: str) -> dict[str, Any]:
    (row,) = [row for row in side.findings["controls"] if row["id"] == name]
    return row  # type: ignore[no-any-return]


def status(side: Side, name: str, word: str, *parts: str, waived: str | None = None) -> None:
    """Give a control a status, and parts of these statuses."""
    row = control(side, name)
    row["status"] = word
    row["parts"] = [{"label": str(n), "status": part, "observed": n, "evidence": []}
                    for n, part in enumerate(parts)]  # fmt: skip
    row["observed_sha256"] = f"{word}{parts}"
    row["waiver"] = {"underneath": waived} if waived else None
