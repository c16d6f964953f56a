"""Whether a document is as new as the sources that it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privatedao_audit.domains.gate.papers.facts import Paper, Sourced
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Found, ProvenAbsent, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

__all__ = ["fresh"]


def fresh(paper: Paper[Any], label: str) -> Iterator[Part]:
    """One part for each crate that the document must not be older than.

    Commits are set against each other by descent; only where neither lies in the history of the
    other do their times decide, which committers declare themselves.
    """
    if not paper.sources:
        yield Part(f"{label}: age", Status.UNKNOWN, "It is about no program in scope.")
    for one in paper.sources:
        status, told = _stands(paper, one)
        at = joined(paper.said.at, paper.changed.at, one.changed.at, one.before.at, one.after.at)
        named = [label, one.crate or one.program, one.release[:12]]
        seen = {
            "document": paper.changed.value.commit if isinstance(paper.changed, Found) else None,
            "sources": one.changed.value.commit if isinstance(one.changed, Found) else None,
        }
        yield Part(
            f"{': '.join(x for x in named if x)}: age", status, told, at,
            observed=seen, expected="the document is not older than the sources",
        )  # fmt: skip


def _stands(paper: Paper[Any], one: Sourced) -> tuple[Status, str]:
    file = paper.file
    if isinstance(paper.changed, ProvenAbsent):
        return Status.UNKNOWN, f"{file} is in no commit, so that nothing dates it."
    if not isinstance(paper.changed, Found):
        return Status.UNKNOWN, f"When {file} last changed is not known: {paper.changed.reason}."
    if not isinstance(one.changed, Found):
        why = getattr(one.changed, "reason", "the release commit does not have them")
        text = f"When the sources of {one.program} last changed is not known: {why}."
        return Status.UNKNOWN, text
    if not isinstance(one.before, Found) or not isinstance(one.after, Found):
        lost = one.before if not isinstance(one.before, Found) else one.after
        why = getattr(lost, "reason", "one of the commits is not there")
        return Status.UNKNOWN, f"Which of the two changed first is not known: {why}."
    mine, theirs = paper.changed.value, one.changed.value
    place = one.crate or one.program
    if one.before.value:
        return Status.PASS, f"{file} last changed at or after the last change of {place}."
    if one.after.value or mine.committer_time < theirs.committer_time:
        late = max(0, theirs.committer_time - mine.committer_time)
        return Status.STALE, (
            f"{file} last changed in {mine.commit[:12]}, {spoken(late)} before {place} "
            f"last changed, in {theirs.commit[:12]}."
        )
    return Status.PASS, f"{file} changed on another branch, no earlier than {place}."
