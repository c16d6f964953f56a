"""IR-06: is there an owner, and can people be reached?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from privatedao_audit.domains.incident.facts import IncidentFacts
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.domains.treasury.papers.facts import Contact, Paper
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status, worst

__all__ = ["reachable"]

_LEAST_KINDS: Final = 2
_OWNER = re.compile(r"\bowner\b", re.IGNORECASE)


def reachable(facts: IncidentFacts, limits: Limits) -> Iterator[Part]:
    """The parts of IR-06: one named owner, and contacts of two kinds, all in date."""
    for paper in facts.contacts:
        if not isinstance(paper.said, Found):
            text = f"The list of incident contacts {paper.file} is not in the checkout."
            yield unread(paper.file, paper.said, absent=Status.MISSING, absent_summary=text)
    rows = [
        (paper, one) for paper in facts.contacts if isinstance(paper.said, Found)
        for one in paper.said.value
    ]  # fmt: skip
    if any(isinstance(paper.said, Found) for paper in facts.contacts):
        at = joined(*(place for one in facts.contacts for place in (one.said.at, one.changed.at)))
        yield _owner(rows, at, limits)
        yield _kinds(rows, at, limits)


_Rows = Sequence[tuple[Paper[tuple[Contact, ...]], Contact]]


def _judged(
    paper: Paper[tuple[Contact, ...]], one: Contact, limits: Limits
) -> tuple[Status, str]:
    if one.fault:
        return Status.MISSING, f"a {one.kind or 'contact'} of {paper.file}: {one.fault}"
    if not one.owned:
        return Status.MISSING, f"a {one.kind} of {paper.file} has no owner"
    return age(paper, one.date, limits.contact_age_seconds)


def _owner(rows: _Rows, at: ReadAt, limits: Limits) -> Part:
    label, wanted = "incident owner", "one, in date and reachable"
    mine = [(paper, one) for paper, one in rows if _OWNER.search(one.role)]
    people = list(dict.fromkeys(one.who for _paper, one in mine))
    seen = {"owners": len(people), "ways to reach": sorted({one.kind for _p, one in mine})}
    if not people:
        text = "No contact has the role of the incident owner: nobody is the first to be called."
        return Part(label, Status.MISSING, text, at, seen, wanted)
    if len(people) > 1:
        text = f"{len(people)} people are the incident owner; one of them has to be the first."
        return Part(label, Status.MISSING, text, at, seen, wanted)
    judged = [_judged(paper, one, limits) for paper, one in mine]
    if any(status is Status.PASS for status, _why in judged):
        text = f"One incident owner is named, and reached by {' and '.join(_kinds_of(mine))}."
        return Part(label, Status.ATTESTED, text, at, seen, wanted)
    status = worst(one for one, _why in judged)
    why = next(told for one, told in judged if one is status)
    text = f"The incident owner can't be relied on: {why}."
    return Part(label, status, text, at, seen, wanted)


def _kinds_of(rows: _Rows) -> list[str]:
    return sorted({one.kind for _paper, one in rows})


def _kinds(rows: _Rows, at: ReadAt, limits: Limits) -> Part:
    label = "contacts"
    wanted = f"at least {_LEAST_KINDS} kinds, owned and in date"
    good: dict[str, str] = {}
    faults: list[tuple[Status, str]] = []
    for paper, one in rows:
        status, why = _judged(paper, one, limits)
        if status is not Status.PASS:
            faults.append((status, why))
        elif one.value not in good.values():
            # One address under two kinds is one way to reach somebody.
            good.setdefault(one.kind, one.value)
    seen = {"kinds": sorted(good), "values": [good[kind] for kind in sorted(good)]}
    if len(good) >= _LEAST_KINDS:
        text = f"Incident contacts of {len(good)} kinds are listed: {', '.join(sorted(good))}."
        return Part(label, Status.ATTESTED, text, at, seen, wanted)
    text, status = f"Incident contacts of {len(good)} kinds can be relied on", Status.MISSING
    if faults:
        status = worst(one for one, _why in faults)
        text += f"; {next(why for one, why in faults if one is status)}"
    return Part(label, status, f"{text}.", at, seen, wanted)
