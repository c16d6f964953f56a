"""The verdict over findings, and what is missing for READY."""

from __future__ import annotations

from collections import Counter
from typing import Any

from privatedao_audit.model.status import (
    READING_ORDER,
    Floor,
    Status,
    Verdict,
    meets_floor,
    verdict,
)

METHOD_SCHEMA = {"name": "privatedao-audit/findings", "version": 1}

_SEVERITIES = ("critical", "high", "medium", "low")


def sum_up(found: list[dict[str, Any]], *, invalid: bool) -> dict[str, Any]:
    """Verdict, counts and blocking items, in the shape of findings.json.

    Args:
        found: all findings of the catalogue: the denominator is fixed.
        invalid: a canary or a self-check of the run failed.
    """
    blocking = [f for f in found if f["blocking"]]
    word = verdict([(Status(f["status"]), Floor(f["floor"])) for f in blocking], invalid=invalid)
    counts = Counter(f["status"] for f in found)
    return {
        "word": word.value,
        "reason": _reason(word, blocking),
        "counts": {status.value: counts.get(status.value, 0) for status in READING_ORDER},
        "total": len(found),
        "blocking": missing_for_ready(blocking),
    }


def missing_for_ready(blocking: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The blocking controls that keep the verdict from READY, in the order in which to do them.

    What is shown to be bad comes before what is not known, what is graver before what is less
    so, and otherwise the order of the catalogue, in which later domains build on earlier ones.
    """
    unmet = [
        f
        for f in blocking
        if not meets_floor(Status(f["status"]), Floor(f["floor"])) or f["status"] == "WAIVED"
    ]
    order = {f["id"]: place for place, f in enumerate(unmet)}
    unmet.sort(
        key=lambda f: (
            f["status"] in ("UNKNOWN", "WAIVED"),
            _SEVERITIES.index(f["severity"]),
            order[f["id"]],
        )
    )
    return [{"id": f["id"], "status": f["status"]} for f in unmet]


def _reason(word: Verdict, blocking: list[dict[str, Any]]) -> str:
    total = len(blocking)
    unknown = sum(f["status"] == "UNKNOWN" for f in blocking)
    bad = [f for f in blocking if f["status"] in ("FAIL", "DIVERGED", "STALE", "MISSING")]
    met = sum(meets_floor(Status(f["status"]), Floor(f["floor"])) for f in blocking)
    if word is Verdict.INVALID:
        return "A self-check of the run failed, so nothing below can be relied on."
    if word is Verdict.NOT_READY:
        below = total - unknown - len(bad) - met
        more = f", {below} below the floor" if below else ""
        return (
            f"{len(bad)} of {total} blocking controls are shown not to hold{more}, "
            f"and {unknown} are not known."
        )
    if word is Verdict.INCONCLUSIVE:
        return f"{unknown} of {total} blocking controls are not known; none is shown to be bad."
    if word is Verdict.CONDITIONAL:
        return "Every blocking control is met or covered by a live waiver."
    return f"All {total} blocking controls are met."
