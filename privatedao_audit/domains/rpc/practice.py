"""RP-06 and RP-08: is trouble told of, and has the team's client been seen to fail over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.signers.dates import asked, unix_seconds
from privatedao_audit.domains.monitoring.rules.coverage import Mapped, coverage, files_unread
from privatedao_audit.domains.monitoring.rules.drills import drilled
from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.domains.monitoring.rules.made import Scope
from privatedao_audit.domains.monitoring.rules.matching import CLOCK
from privatedao_audit.domains.rpc.facts import Drill, RpcFacts
from privatedao_audit.domains.rpc.judging import Fault, registered
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.domains.treasury.papers.facts import Paper
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status, worst

__all__ = ["alerting", "failover"]

#: Rules that tell of endpoints in trouble answer for this control of monitoring.
_SIGNAL: Final = "MA-07"
_NO_SCOPE: Final = Scope((), (), (), {}, Detection())
#: A failover that takes longer is none: windows of votes close meanwhile.
_LONGEST: Final = 3_600


def alerting(facts: RpcFacts, limits: Limits) -> Iterator[Part]:
    """The parts of RP-06."""
    yield from files_unread(facts.rules)
    covered = coverage(_SIGNAL, facts.rules, limits, _NO_SCOPE)
    for one in covered.rules:
        yield from one.parts
    yield from covered.parts
    if covered.rules:
        yield _fired(covered.rules, facts.rules, limits)


def _fired(rules: tuple[Mapped, ...], facts: RuleFacts, limits: Limits) -> Part:
    """Whether one of the rules that may be relied on fired, and somebody received it."""
    sound = [one for one in rules if one.covers]
    logged = _logged(sound, facts, limits)
    if logged is not None:
        return logged
    tried = [drilled(one, facts, limits) for one in sound]
    for status, text, at in tried:
        if status is Status.PASS:
            told = f"{text[:1].upper()}{text[1:]}"
            return Part("fired", Status.ATTESTED, f"{told}.", at, observed="drill")
    at = joined(*(one.at for one in rules), *(log.alerts.at for log in facts.logs))
    for status, text, where in tried:
        # What a drill shows to be wrong is told before that there is none.
        if status not in (Status.PASS, Status.UNKNOWN):
            return Part("fired", status, text, where)
    unread_logs = [log for log in facts.logs if not isinstance(log.alerts, Found)]
    if unread_logs:
        text = f"The log of alerts {unread_logs[0].file} was not read."
        return Part("fired", Status.UNKNOWN, text, at)
    if not sound:
        return Part("fired", Status.UNKNOWN, "No rule can be relied on, so none was looked up.", at)
    text = "No rule about endpoints was ever seen to fire: neither a log nor a drill shows it."
    return Part("fired", Status.MISSING if facts.drills or facts.logs else Status.UNKNOWN, text, at)


def _logged(rules: list[Mapped], facts: RuleFacts, limits: Limits) -> Part | None:
    names = {one.rule.id for one in rules}
    newest: tuple[int, str, ReadAt] | None = None
    for log in facts.logs:
        if not isinstance(log.alerts, Found):
            continue
        now = asked(log.alerts.at.asked_at)
        changed = log.changed.value if isinstance(log.changed, Found) else None
        if now is None or changed is None:
            continue  # Dated by its own word alone.
        for alert in log.alerts.value:
            when = alert.received_at
            if alert.fault or alert.rule not in names or not alert.receipt or when is None:
                continue
            # Nobody commits what is still to be received.
            if now - limits.drill_age_seconds <= when <= min(now, changed + CLOCK) and (
                newest is None or when > newest[0]
            ):
                newest = when, alert.rule, joined(log.alerts.at, log.changed.at)
    if newest is None:
        return None
    when, rule, at = newest
    text = f"The log shows that rule {rule!r} fired and was received, with a receipt."
    return Part("fired", Status.ATTESTED, text, at, observed="log")


def failover(facts: RpcFacts, limits: Limits) -> Iterator[Part]:
    """The parts of RP-08."""
    for paper in facts.drills:
        label = f"drill {paper.file}"
        if isinstance(paper.said, Found):
            yield _drill(label, paper, paper.said.value, facts, limits)
        else:
            text = f"The record of a failover {paper.file} is not in the checkout."
            yield unread(label, paper.said, absent=Status.MISSING, absent_summary=text)


def _drill(label: str, paper: Paper[Drill], drill: Drill, facts: RpcFacts, limits: Limits) -> Part:
    faults = [*_stated(drill), *_times(drill), *_between(drill, facts), *_log(drill)]
    status, told = age(paper, drill.date, limits.drill_age_seconds)
    if status is not Status.PASS:
        faults.append((status, told))
    at = joined(paper.said.at, paper.changed.at, drill.found_sha256.at)
    seen = {"client": drill.client, "from": drill.primary, "to": drill.fallback}
    if faults:
        status = worst(one for one, _ in faults)
        clauses = [text for _s, text in sorted(faults, key=lambda fault: fault[0] is not status)]
        return Part(label, status, f"The failover of {paper.file}: {'; '.join(clauses)}.", at, seen)
    cut, served = unix_seconds(drill.cut_at) or 0, unix_seconds(drill.served_at) or 0
    text = (
        f"{drill.client} went from {drill.primary} to {drill.fallback} and read again "
        f"{served - cut} s after the cut; its log is kept."
    )
    return Part(label, Status.PASS, text[:1].upper() + text[1:], at, observed=seen)


def _stated(drill: Drill) -> Iterator[Fault]:
    for name in ("client", "primary", "fallback", "owner"):
        if blank(getattr(drill, name)):
            yield Status.MISSING, f"it names no {name}"


def _times(drill: Drill) -> Iterator[Fault]:
    stated = {"cut": drill.cut_at, "switch": drill.switched_at, "first good read": drill.served_at}
    times = {name: unix_seconds(text) for name, text in stated.items()}
    for name, moment in times.items():
        # A day is no time of a switch that takes seconds.
        if moment is None or "T" not in stated[name].upper():
            yield Status.MISSING, f"it gives no time of the {name}"
            return
    order = [moment for moment in times.values() if moment is not None]
    if order != sorted(order) or order[0] == order[-1]:
        yield Status.FAIL, "cut, switch and first good read do not follow each other"
    elif order[-1] - order[0] > _LONGEST:
        yield Status.FAIL, f"it took {order[-1] - order[0]} s, more than {_LONGEST} s"
    said = None if drill.date is None else unix_seconds(drill.date)
    if said is not None and abs(order[0] - said) > 2 * 86_400:
        yield Status.FAIL, "its date is not that of its times"


def _between(drill: Drill, facts: RpcFacts) -> Iterator[Fault]:
    """The drill is of the endpoints that the register names."""
    roles = {one.row.label: one.row.role for one in registered(facts)}
    if not roles:
        yield Status.UNKNOWN, "no register says whose endpoints these are"
        return
    for role, label in (("primary", drill.primary), ("fallback", drill.fallback)):
        if blank(label):
            continue
        if label not in roles:
            yield Status.FAIL, f"the register names no endpoint {label}"
        elif roles[label] != role:
            yield Status.FAIL, f"the register has {label} as {roles[label]}, not as {role}"


def _log(drill: Drill) -> Iterator[Fault]:
    """Only a log that is kept shows more than somebody's word."""
    if blank(drill.log) or blank(drill.log_sha256):
        yield Status.ATTESTED, "no log of the client is kept, so it stands on its own word"
    elif not isinstance(drill.found_sha256, Found):
        missing = "is not in the checkout"
        why = getattr(drill.found_sha256, "reason", missing)
        status = Status.MISSING if why == missing else Status.UNKNOWN
        yield status, f"the log {drill.log} {why}"
    elif drill.found_sha256.value != drill.log_sha256:
        yield Status.FAIL, f"the log {drill.log} has another hash than the record states"
