"""TR-03 and TR-09: contacts, and the named evidence files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.domains.treasury.papers.facts import Contact, Paper
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, joined
from privatedao_audit.model.status import Status, worst

__all__ = ["PURPOSES", "reachable"]

PURPOSES: Final = ("recovery", "incident")
_LEAST_KINDS: Final = 2


def reachable(facts: TreasuryFacts, limits: Limits) -> Iterator[Part]:
    """The parts of TR-03: for recovery and for incidents, owned contacts of two kinds."""
    for paper in facts.contacts:
        if not isinstance(paper.said, Found):
            text = f"The list of contacts {paper.file} is not in the checkout."
            yield unread(paper.file, paper.said, absent=Status.MISSING, absent_summary=text)
    read = [paper for paper in facts.contacts if isinstance(paper.said, Found)]
    if read:
        for purpose in PURPOSES:
            yield _purpose(purpose, read, limits)


def _purpose(purpose: str, papers: list[Paper[tuple[Contact, ...]]], limits: Limits) -> Part:
    at = joined(*(place for one in papers for place in (one.said.at, one.changed.at)))
    label = f"contacts for {purpose}"
    rows = [
        (paper, one)
        for paper in papers
        if isinstance(paper.said, Found)
        for one in paper.said.value
        if purpose in one.purposes
    ]
    good: dict[str, str] = {}
    faults: list[tuple[Status, str]] = []
    for paper, one in rows:
        status, told = age(paper, one.date, limits.contact_age_seconds)
        if one.fault:
            status, told = Status.MISSING, f"a {one.kind or 'contact'} of {paper.file}: {one.fault}"
        elif not one.owned:
            status, told = Status.MISSING, f"a {one.kind} of {paper.file} has no owner"
        if status is not Status.PASS:
            faults.append((status, told))
        elif one.value not in good.values():
            # The same address under two names of a kind is one way to reach somebody.
            good.setdefault(one.kind, one.value)
    seen = {"rows": len(rows), "kinds": sorted(good)}
    wanted = f"at least {_LEAST_KINDS} kinds, owned and fresh"
    if not rows:
        text = f"No contact is listed for {purpose}."
        return Part(label, Status.MISSING, text, at, observed=seen, expected=wanted)
    if len(good) >= _LEAST_KINDS:
        text = f"For {purpose} there are contacts of {len(good)} kinds: {', '.join(sorted(good))}."
        return Part(label, Status.ATTESTED, text, at, observed=seen, expected=wanted)
    text = f"For {purpose} contacts of {len(good)} kinds can be relied on"
    status = Status.MISSING
    if faults:
        status = worst(one for one, _told in faults)
        text += f"; {next(told for one, told in faults if one is status)}"
    return Part(label, status, f"{text}.", at, observed=seen, expected=wanted)
