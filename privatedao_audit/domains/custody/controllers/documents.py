"""What a written policy or path owes whatever it says: an owner, and a date that is not too old."""

from __future__ import annotations

import re
from collections.abc import Iterable

from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.controllers.facts import ControllerFacts, Document
from privatedao_audit.domains.custody.signers.dates import asked, unix_seconds
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

#: A date without a time of day may be tomorrow's where it was written.
TIME_ZONES = 86_400

#: Characters of a document that a sentence repeats.
_SHOWN = 160

_NUMBER = re.compile(r"[0-9]{1,9}")


def brief(texts: Iterable[str]) -> str:
    """What a document says, for a sentence: nobody's text may fill a page of the report."""
    told = ", ".join(texts)
    return told if len(told) <= _SHOWN else f"{told[: _SHOWN - 1]}…"


def of_program(documents: Iterable[Document], program: str) -> list[Document]:
    """The documents about one program."""
    return [one for one in documents if one.program == program]


def read_time(at: ReadAt) -> int | None:
    """When a read was made, in Unix seconds."""
    return asked(at.asked_at)


def values_of(document: Document) -> dict[str, tuple[str, ...]]:
    """What the document says; nothing where it could not be read."""
    return document.said.value.values if isinstance(document.said, Found) else {}


def unreadable(label: str, document: Document) -> Part:
    """The part for a document that was not found."""
    absent = f"The checkout has no file {document.surface.file}."
    return unread(label, document.said, absent=Status.MISSING, absent_summary=absent)


def owned_and_dated(label: str, document: Document, limit: int) -> list[Part]:
    """Whether it names its owner, and whether it is at most ``limit`` seconds old.

    The age counts from the older of the declared date and the last change in git.
    """
    return [_owned(label, document), _dated(label, document, limit)]


def _owned(label: str, document: Document) -> Part:
    part, at, file = f"{label}: owner", document.said.at, document.surface.file
    owners = [one for one in values_of(document).get("owner", ()) if not blank(one)]
    if not owners:
        return Part(part, Status.MISSING, f"{file} names no owner.", at)
    text = f"{file} is owned by {brief(owners)}, by its own words."
    return Part(part, Status.ATTESTED, text, at, observed=brief(owners))


def _dated(label: str, document: Document, limit: int) -> Part:
    part, at, file = f"{label}: date", document.said.at, document.surface.file
    dates = values_of(document).get("date", ())
    if not dates:
        return Part(part, Status.MISSING, f"{file} states no date.", at)
    if len(dates) > 1:
        return Part(part, Status.UNKNOWN, f"{file} states several dates: {brief(dates)}.", at)
    declared, now = unix_seconds(dates[0]), read_time(at)
    if declared is None:
        text = f"{file} gives {brief(dates)} as its date, which is none."
        return Part(part, Status.MISSING, text, at)
    if now is None:
        return Part(part, Status.UNKNOWN, f"When {file} was read is not known.", at)
    if declared > now + TIME_ZONES:
        text = f"{file} is dated {dates[0]}, after the time at which it was read."
        return Part(part, Status.FAIL, text, at, observed=dates[0])
    expected = f"at most {spoken(limit)} old"
    if now - declared > limit:
        text = f"{file} is dated {dates[0]}; it may be {spoken(limit)} old at most."
        return Part(part, Status.STALE, text, at, observed=dates[0], expected=expected)
    changed = document.changed
    if not isinstance(changed, Found):
        why = "no commit has it" if isinstance(changed, ProvenAbsent) else changed.reason
        text = f"{file} is dated {dates[0]}; when it last changed in git is not known: {why}."
        return Part(part, Status.UNKNOWN, text, joined(at, changed.at), observed=dates[0])
    at = joined(at, changed.at)
    when = changed.value.committer_time
    if when > now + TIME_ZONES:
        text = f"{file} last changed in a commit dated after the time at which it was read."
        return Part(part, Status.FAIL, text, at, observed=when)
    if now - when > limit:
        text = f"{file} last changed in git {spoken(now - when)} ago; {spoken(limit)} are allowed."
        return Part(part, Status.STALE, text, at, observed=dates[0], expected=expected)
    age = spoken(now - when)
    text = f"{file} is dated {dates[0]} and last changed in git {age} before it was read."
    return Part(part, Status.ATTESTED, text, at, observed=dates[0], expected=expected)


def number(text: str) -> int | None:
    """A plain number of up to nine digits; None for anything else."""
    return int(text) if _NUMBER.fullmatch(text.strip()) else None


def seconds_said(values: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The delays that a document states, hours turned into seconds; others as they stand."""
    hours = (number(one) for one in values.get("time_lock_hours", ()))
    told = values.get("time_lock_hours", ())
    turned = (t if h is None else str(h * 3600) for t, h in zip(told, hours, strict=True))
    return tuple(dict.fromkeys((*values.get("time_lock_seconds", ()), *turned)))


def policy_delay(facts: ControllerFacts, program: str) -> tuple[int | None, str, ReadAt]:
    """The longest delay in seconds that written policies of a program ask for.

    Returns:
        Seconds (None: none is stated), why that may not be all of it (empty when it is), and
        the reads it rests on.
    """
    longest: int | None = None
    doubt, places = "", [ReadAt()]
    for document in of_program(facts.policies, program):
        places.append(document.said.at)
        if not isinstance(document.said, Found):
            if not isinstance(document.said, ProvenAbsent):
                doubt = f"the upgrade policy {document.surface.file} could not be read"
            continue
        for text in seconds_said(values_of(document)):
            seconds = number(text)
            if seconds is None:
                doubt = f"{document.surface.file} states a delay of {brief([text])!r}, no number"
            else:
                longest = max(longest or 0, seconds)
    return longest, doubt, joined(*places)
