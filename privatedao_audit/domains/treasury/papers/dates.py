"""How old a row of a document is: by the older of its own date and its file's last commit."""

from __future__ import annotations

from typing import Any

from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.signers.dates import asked, unix_seconds
from privatedao_audit.domains.treasury.papers.facts import Paper
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

__all__ = ["AHEAD", "age"]

#: A clock of a document's author may be ahead by so many seconds; a day is what a date can mean.
AHEAD = 86_400


def age(paper: Paper[Any], declared: str | None, limit: int | None) -> tuple[Status, str]:
    """How fresh something in a document is.

    A file that no commit holds, or that differs from the commit, is dated by its own word alone,
    which anybody can renew: that is not known.

    Args:
        declared: the date as the document says it.
        limit: seconds; None: it has to be dated, however old it is.

    Returns:
        PASS or what is wrong, and a clause for a sentence.
    """
    file = paper.file
    if declared is None or blank(declared):
        return Status.MISSING, f"{file} gives no date for it"
    said = unix_seconds(declared)
    if said is None:
        return Status.MISSING, f"the date that {file} gives for it is none of the calendar"
    now = asked(paper.said.at.asked_at)
    if now is None:
        return Status.UNKNOWN, f"when {file} was read is not known"
    if isinstance(paper.changed, ProvenAbsent):
        return Status.UNKNOWN, f"{file} is in no commit, so that only its own word dates it"
    if not isinstance(paper.changed, Found):
        return Status.UNKNOWN, f"when {file} last changed is not known: {paper.changed.reason}"
    if max(said, paper.changed.value) > now + AHEAD:
        return Status.FAIL, f"{file} dates it in the future"
    old = max(0, now - min(said, paper.changed.value))
    if limit is not None and old > limit:
        return Status.STALE, f"in {file} it is {spoken(old)} old, more than {spoken(limit)}"
    return Status.PASS, f"{spoken(old)} old"
