"""A drill in place of an occurrence: the same rule file fired, with a receipt, not long ago."""

from __future__ import annotations

from datetime import UTC, datetime

from privatedao_audit.domains.monitoring.rules.coverage import Mapped
from privatedao_audit.domains.monitoring.rules.facts import Drill, DrillFile, RuleFacts
from privatedao_audit.domains.monitoring.rules.handling import aged
from privatedao_audit.domains.monitoring.rules.matching import CLOCK
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.status import Status

__all__ = ["drilled"]

#: Seconds by which the clock of whoever commits may be behind that of the alerts.
_CLOCKS = 3_600


def drilled(one: Mapped, facts: RuleFacts, limits: Limits) -> tuple[Status, str, ReadAt]:
    """What the latest drill of a rule shows: status, words, and where it stands.

    The words are a clause for PASS, else a sentence.
    """
    name = one.rule.id
    found: list[tuple[DrillFile, Drill]] = []
    for file in facts.drills:
        if isinstance(file.drills, Found):
            found += [(file, drill) for drill in file.drills.value if drill.rule == name]
    unread = [file for file in facts.drills if not isinstance(file.drills, Found)]
    at = joined(one.at, *(file.drills.at for file in facts.drills))
    if unread and not found:
        read = unread[0].drills
        if isinstance(read, ProvenAbsent):
            text = f"The record of drills {unread[0].file} is not in the checkout."
            return Status.MISSING, text, at
        status = Status.DIVERGED if isinstance(read, Diverged) else Status.UNKNOWN
        return status, f"The record of drills {unread[0].file} was not read.", at
    if not found:
        text = f"Nothing happened that rule {name!r} had to tell of, and no drill fired it."
        return Status.UNKNOWN, text, at
    file, drill = max(found, key=lambda pair: pair[1].fired_at or -1)
    at = joined(one.at, file.drills.at, file.changed.at, drill.landed.at)
    status, why = _judged(one, file, drill, facts, limits)
    if status is not Status.PASS:
        return status, f"The last drill of rule {name!r} ({drill.place}) {why}.", at
    return Status.PASS, f"by drill, rule {name!r} fired on {drill.cluster}, {why}", at


def _judged(
    one: Mapped, file: DrillFile, drill: Drill, facts: RuleFacts, limits: Limits
) -> tuple[Status, str]:
    if drill.fault:
        return Status.UNKNOWN, f"is malformed: {drill.fault}"
    if drill.fired_at is None or drill.received_at is None or not drill.receipt:
        return Status.MISSING, "gives no times, or no receipt"
    rules = facts.files.get(one.rule.file)
    current = rules.value.sha256 if isinstance(rules, Found) else ""
    if drill.rule_file_sha256 != current:
        return Status.STALE, "was of another version of the rule file"
    seconds = drill.received_at - drill.fired_at
    if seconds < -CLOCK:
        return Status.FAIL, "was received before it fired"
    if seconds > one.limit:
        return Status.FAIL, f"took {seconds} s to be received, its limit is {one.limit} s"
    if isinstance(file.changed, Found) and drill.received_at > file.changed.value + _CLOCKS:
        return Status.FAIL, "was received after its record had been committed"
    status, why = _landed(one, drill, facts)
    if status is not Status.PASS:
        return status, why
    assert isinstance(file.drills, Found)
    moments = [_day(drill.fired_at), *([drill.date] if drill.date else [])]
    status, age = aged(moments, file.changed, file.drills.at, limits.drill_age_seconds)
    if status is not Status.PASS:
        return status, age
    return Status.PASS, f"and its alert was received after {max(seconds, 0)} s ({why})"


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _landed(one: Mapped, drill: Drill, facts: RuleFacts) -> tuple[Status, str]:
    """Whether the transaction of a drill on the audited cluster is there, at that time."""
    if not drill.signature:
        return Status.PASS, "it names no transaction"
    if drill.cluster != facts.cluster:
        return Status.PASS, "its transaction is of a cluster that is not read"
    if isinstance(drill.landed, ProvenAbsent):
        return Status.FAIL, f"names the transaction {drill.signature}, which is not on the cluster"
    if not isinstance(drill.landed, Found):
        return Status.UNKNOWN, f"names a transaction that was not read: {drill.landed.reason}"
    seconds = (drill.received_at or 0) - drill.landed.value
    if not -CLOCK <= seconds <= one.limit:
        return Status.FAIL, f"was received {seconds} s after its transaction"
    return Status.PASS, "its transaction was read on the cluster"
