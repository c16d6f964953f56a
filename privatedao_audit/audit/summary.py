"""The verdict over findings, and what is missing for READY."""

from __future__ import annotations

from collections import Counter
from graphlib import TopologicalSorter
from typing import Any

from privatedao_audit.model import catalogue
from privatedao_audit.model.status import (
    READING_ORDER,
    Effort,
    Floor,
    Status,
    Verdict,
    meets_floor,
    verdict,
)

METHOD_SCHEMA = {"name": "privatedao-audit/findings", "version": 1}

_EFFORTS = list(Effort)
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


def missing_for_ready(blocking: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocking controls that keep the verdict from READY, in the order in which to do them.

    What a control builds on comes before it. Otherwise what is shown to be bad comes before what
    is not known, the shorter work before the longer, the graver before the less grave, and then
    the order of the catalogue. What a more urgent control builds on is as urgent as that.

    Returns:
        Rows of ``id``, ``status``, ``effort`` and ``after``: the open controls to settle first.
    """
    known = catalogue.load()
    unmet = {
        f["id"]: f
        for f in blocking
        if not meets_floor(Status(f["status"]), Floor(f["floor"])) or f["status"] == "WAIVED"
    }
    after = {name: [one for one in known[name].needs if one in unmet] for name in unmet}
    urgency = {
        name: (
            f["status"] in ("UNKNOWN", "WAIVED"),
            _EFFORTS.index(known[name].effort),
            _SEVERITIES.index(f["severity"]),
            place,
        )
        for place, (name, f) in enumerate(unmet.items())
    }
    sorter = TopologicalSorter(after)
    for name in reversed(tuple(sorter.static_order())):
        for one in after[name]:
            urgency[one] = min(urgency[one], (*urgency[name][:3], urgency[one][3]))
    sorter = TopologicalSorter(after)
    sorter.prepare()
    ready = sorted(sorter.get_ready(), key=urgency.__getitem__)
    order: list[str] = []
    while ready:
        name = ready.pop(0)
        order.append(name)
        sorter.done(name)
        ready = sorted([*ready, *sorter.get_ready()], key=urgency.__getitem__)
    return [
        {
            "id": name,
            "status": unmet[name]["status"],
            "effort": known[name].effort.value,
            "after": after[name],
        }
        for name in order
    ]


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
