"""Why a finding turned: the piles of a comparison, told apart a little further.

What moved is the chain or the checkout; what nothing accounts for may have been left out of a run,
may not have been answered, or may have grown too old. In doubt a change is *not explained*.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from privatedao_audit.compare.deltas import Pile
from privatedao_audit.compare.piles import Sorted
from privatedao_audit.compare.verdicts.runs import Run

_CHECKOUT = frozenset({"file", "git"})
_ANSWERED = frozenset({"found", "absent"})


class Cause(StrEnum):
    """By what a finding turned."""

    CHAIN = "chain moved"
    CHECKOUT = "documents or sources changed"
    METHOD = "method changed"
    AGED = "evidence aged"
    PROVIDER = "provider disagrees"
    SILENT = "not answered any more"
    ANSWERED = "answered now"
    SCOPE = "scope differs"
    OPEN = "not explained"


#: What each means, one sentence.
MEANING = {
    Cause.CHAIN: "Slots or histories of the two recordings account for what differs.",
    Cause.CHECKOUT: "A file or the history of the audited repository differs, under another "
    "commit.",
    Cause.METHOD: "Nothing that it rests on differs, and version, catalogue, target, lock or "
    "limits do.",
    Cause.AGED: "The same was observed under the same method, and its age is beyond its limit now.",
    Cause.PROVIDER: "The recordings prove that a provider served something else.",
    Cause.SILENT: "A read that it rests on was answered in the run before and not in this one.",
    Cause.ANSWERED: "A read that it rests on was not answered in the run before, and is in this "
    "one.",
    Cause.SCOPE: "One of the two runs left its domain out, or did not ask what it rests on.",
    Cause.OPEN: "Neither recording accounts for it.",
}


def cause(one: Sorted, before: Run, after: Run) -> tuple[Cause, str]:
    """The cause of a difference between two runs, and the sentence that says more. Pure.

    Args:
        one: the control in its pile; not of those that are the same.
    """
    was, now = (_row(run, one.id) for run in (before, after))
    if was is None or now is None:
        return Cause.METHOD, one.why
    for run, which in ((after, "this run"), (before, "the run before")):
        if now["domain"] not in run.findings["run"]["domains"]:
            return Cause.SCOPE, f"Its domain, {now['domain']}, was left out of {which}."
    if one.pile is Pile.DISAGREES:
        return Cause.PROVIDER, one.why
    if one.pile is Pile.MOVED:
        files = one.by is not None and one.by.kind in _CHECKOUT
        return Cause.CHECKOUT if files else Cause.CHAIN, one.why
    found = _unread(was, now, before, after)
    if found is not None and (one.pile is Pile.OPEN or found[0] is Cause.ANSWERED):
        return found
    aged = _aged(was, now)
    if one.pile is Pile.METHOD:
        return Cause.METHOD, f"{one.why} It may also have aged." if aged else one.why
    if aged and one.by is None:
        return Cause.AGED, "What was observed is the same; its age is beyond the limit now."
    return Cause.OPEN, one.why


def _row(run: Run, name: str) -> dict[str, Any] | None:
    return next((row for row in run.findings["controls"] if row["id"] == name), None)


def _unread(
    was: Mapping[str, Any], now: Mapping[str, Any], before: Run, after: Run
) -> tuple[Cause, str] | None:
    """What one of the runs did not ask, or was not told."""
    then, later = (run.recorded.outcomes for run in (before, after))
    if now["status"] == "UNKNOWN" != was["status"]:
        rested = [name for name in was["evidence"] if _outcome(then, name) in _ANSWERED]
        for name in rested:
            if _outcome(later, name) == "unknown":
                return Cause.SILENT, f"{name} was answered then and not now: {later[name][1]}."
        unasked = [name for name in rested if name not in later]
        if unasked:
            many = f"{len(unasked)} of {len(rested)}"
            return Cause.SCOPE, f"Of the reads that it rested on, {many} were not asked for."
    if was["status"] == "UNKNOWN" != now["status"]:
        for name in now["evidence"]:
            if _outcome(then, name) == "unknown" and _outcome(later, name) in _ANSWERED:
                return Cause.ANSWERED, f"{name} was not answered then: {then[name][1]}."
    return None


def _outcome(outcomes: Mapping[str, tuple[str, str]], name: str) -> str:
    return outcomes.get(name, ("",))[0]


def _aged(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether it is STALE now, over parts that observed the same before."""
    if now["status"] != "STALE" or was["status"] == "STALE":
        return False
    seen = [(part["label"], part["observed"]) for part in was["parts"]]
    stale = [part for part in now["parts"] if part["status"] == "STALE"]
    return bool(stale) and all((part["label"], part["observed"]) in seen for part in stale)
