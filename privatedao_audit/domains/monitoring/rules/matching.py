"""Which alert tells of what was due, and whether it came in time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from privatedao_audit.domains.monitoring.rules.events import Due
from privatedao_audit.domains.monitoring.rules.facts import Alert, LogFile
from privatedao_audit.model.reads import Found

__all__ = ["CLOCK", "Book", "Match", "Told"]

#: Seconds by which an alert may seem to come before its block: the cluster's clock is an estimate
#: of its validators.
CLOCK = 10


class Told(IntEnum):
    """How an occurrence was told of, best first."""

    IN_TIME = 0
    AFTER_THE_LOG = 1
    WITHOUT_RECEIPT = 2
    LATE = 3
    BEFORE_IT = 4
    MISSED = 5


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one due alert. ``seconds``: from the block's time to the receipt."""

    rule: str
    due: Due
    told: Told
    seconds: int | None
    limit: int
    alert: Alert | None = None


@dataclass(slots=True)
class Book:
    """The alerts of all logs, to be looked up by rule and transaction, or rule and address."""

    signed: dict[tuple[str, str], list[Alert]] = field(default_factory=dict)
    placed: dict[tuple[str, str], list[Alert]] = field(default_factory=dict)
    #: Until when the logs tell: a log that is older than an event can't tell of it.
    until: int | None = None
    #: Alerts by address that lay in the window of something, by their identity.
    used: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, logs: Iterable[LogFile]) -> Book:
        """The book of logs that were committed.

        Rows with a fault, and rows of a time after the commit, show nothing and are left out.
        """
        book = cls()
        for log in logs:
            if not isinstance(log.alerts, Found):
                continue
            if not isinstance(log.changed, Found):
                continue  # Dated by its author's word alone; who judges the log says so.
            end = log.changed.value
            book.until = max(book.until or 0, end)
            for one in log.alerts.value:
                if one.fault or (one.received_at or 0) > end + CLOCK:
                    continue  # Nobody commits what is still to be received.
                if one.signature:
                    book.signed.setdefault((one.rule, one.signature), []).append(one)
                elif one.address:
                    book.placed.setdefault((one.rule, one.address), []).append(one)
        return book

    def match(self, rule: str, due: Due, limit: int) -> Match:
        """What the logs tell of a due alert: by signature, else by address and window."""
        time = due.event.time or 0
        found = [
            self._judged(rule, due, limit, one)
            for signature in due.signatures
            for one in self.signed.get((rule, signature), ())
        ]
        for address in due.addresses:
            for one in self.placed.get((rule, address), ()):
                judged = self._judged(rule, due, limit, one)
                # Without a signature only what lies in the window can be of this event.
                if judged.told in (Told.IN_TIME, Told.WITHOUT_RECEIPT):
                    found.append(judged)
                    self.used.add(id(one))
        if found:
            return min(found, key=lambda one: (one.told, one.seconds or 0))
        after = self.until is not None and time + limit > self.until
        return Match(rule, due, Told.AFTER_THE_LOG if after else Told.MISSED, None, limit)

    def idle(self, rule: str) -> tuple[int, int]:
        """How many alerts of a rule name an address alone, and how many of them fit nothing.

        After everything that was due was matched.
        """
        mine = {
            id(one) for (name, _address), some in self.placed.items() if name == rule
            for one in some
        }  # fmt: skip
        return len(mine), len(mine - self.used)

    def _judged(self, rule: str, due: Due, limit: int, one: Alert) -> Match:
        if one.received_at is None:
            return Match(rule, due, Told.WITHOUT_RECEIPT, None, limit, one)
        seconds = one.received_at - (due.event.time or 0)
        raised = one.received_at if one.raised_at is None else one.raised_at
        # An alert that names no transaction is of this event by its window alone.
        since = due.since if one.signature else due.event.time or 0
        if min(raised, one.received_at) - since < -CLOCK:
            told = Told.BEFORE_IT
        elif seconds > limit:
            told = Told.LATE
        else:
            told = Told.IN_TIME if one.receipt else Told.WITHOUT_RECEIPT
        return Match(rule, due, told, max(seconds, 0), limit, one)
