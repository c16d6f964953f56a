"""Who is told by a rule, and what they are to do: severity, route, runbook."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.signers.dates import asked, unix_seconds
from privatedao_audit.domains.monitoring.rules.facts import RuleFacts, Runbook
from privatedao_audit.domains.monitoring.rules.read_files import runbook_path, words
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status
from privatedao_audit.repository.alert_rules import Rule

__all__ = ["aged", "handled"]

Fault = tuple[Status, str]

#: A date of a document is a day, and its author's clock may be ahead.
_AHEAD = 86_400
#: A single word is found in any text, so it has to stand there as code or as a heading.
_LEAST_WORDS = 2


def handled(rule: Rule, facts: RuleFacts, limits: Limits) -> tuple[list[Fault], list[ReadAt]]:
    """What is wrong with the handling of a rule, and the reads that it rests on."""
    faults: list[Fault] = []
    places: list[ReadAt] = []
    if blank(rule.severity):
        faults.append((Status.MISSING, "it has no severity"))
    faults += _routed(rule, facts, places)
    faults += _run(rule, facts, limits, places)
    return faults, places


def _routed(rule: Rule, facts: RuleFacts, places: list[ReadAt]) -> Iterator[Fault]:
    if not blank(rule.route):
        return
    if not rule.labels or not facts.routes:
        yield Status.MISSING, "it has no route, so that nobody is told"
        return
    reasons = []
    for file, read in facts.routes.items():
        places.append(read.at)
        if not isinstance(read, Found):
            status, why = Status.MISSING, "is not in the checkout"
            if not isinstance(read, ProvenAbsent):
                status, why = Status.UNKNOWN, f"was not read ({read.reason})"
            yield status, f"the routes of {file}: it {why}"
            return
        receiver, why = read.value.route_of(rule.labels)
        if not receiver:
            reasons.append(why)
    if reasons:
        yield Status.MISSING, reasons[0]


def _run(rule: Rule, facts: RuleFacts, limits: Limits, places: list[ReadAt]) -> Iterator[Fault]:
    if blank(rule.runbook):
        yield Status.MISSING, "it names no runbook"
        return
    try:
        path, section = runbook_path(rule.runbook)
    except ValueError as error:
        yield Status.UNKNOWN, f"its runbook {error}"
        return
    read = facts.runbooks.get(path)
    if read is None:
        yield Status.UNKNOWN, f"its runbook {path} was not read"
        return
    places.append(read.at)
    if isinstance(read, ProvenAbsent):
        yield Status.MISSING, f"its runbook {path} is not in the checkout"
    elif isinstance(read, Diverged):
        yield Status.DIVERGED, f"its runbook {path}: {read.reason}"
    elif not isinstance(read, Found):
        yield Status.UNKNOWN, f"its runbook {path} was not read: {read.reason}"
    else:
        places.append(read.value.changed.at)
        yield from _speaks(rule, read.value, path, section)
        dates = [read.value.date] if read.value.date is not None else []
        status, why = aged(dates, read.value.changed, read.at, limits.contact_age_seconds)
        if status is not Status.PASS:
            yield status, f"its runbook {path} {why}"


def _speaks(rule: Rule, read: Runbook, path: str, section: str) -> Iterator[Fault]:
    text = read.sections.get(words(section)) if section else read.sections[""]
    if text is None:
        yield Status.MISSING, f"its runbook {path} has no section {section[:60]!r}"
        return
    # The number of a control is no description of what happened.
    signal = "" if rule.signal.startswith("MA-") else rule.signal
    names = [one for one in (words(rule.id), words(signal)) if one]
    spoken = (
        f" {one} " in f" {text} " and (len(one.split()) >= _LEAST_WORDS or one in read.names)
        for one in names
    )
    if not any(spoken):
        where = f"section {section[:60]!r} of {path}" if section else path
        yield (
            Status.MISSING,
            f"its runbook does not speak of it: {where} names neither rule nor signal",
        )


def aged(declared: list[str], changed: Read[int], at: ReadAt, limit: int) -> tuple[Status, str]:
    """How old a document is, by the older of what it declares and its last change in git."""
    dates = [unix_seconds(one) for one in declared]
    now = asked(at.asked_at)
    if None in dates:
        return Status.MISSING, "gives a date that is none of the calendar"
    if now is None:
        return Status.UNKNOWN, "was read at a time that is not known"
    if isinstance(changed, ProvenAbsent):
        return (
            (Status.UNKNOWN, "is in no commit, so its own word alone dates it") if dates
            else (Status.MISSING, "gives no date and is in no commit")
        )  # fmt: skip
    if not isinstance(changed, Found):
        return Status.UNKNOWN, f"changed at a time that is not known ({changed.reason})"
    known = [changed.value, *(one for one in dates if one is not None)]
    if max(known) > now + _AHEAD:
        return Status.FAIL, "is dated in the future"
    age = now - min(known)
    if age > limit:
        return Status.STALE, f"is {spoken(age)} old, more than {spoken(limit)}"
    return Status.PASS, f"is {spoken(max(age, 0))} old"
