"""Conditions over events as they happened: when an alert was due, and of which transactions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.domains.monitoring.rules.vocabulary import METRICS
from privatedao_audit.model.reads import ReadAt
from privatedao_audit.repository.alert_rules import Condition, NotExecutable

__all__ = ["Due", "Event", "dues", "selected"]

_RISING: Final = (">", ">=")
#: Longest series, in seconds: that of the detectors.
_SERIES: Final = 3_600


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a metric counts.

    Attributes:
        time: Unix seconds of the block; None where the node kept none.
        amount: 1, or lamports or raw units that moved.
        signatures: of the transactions it rests on; empty in a series that was made up.
        addresses: what an alert may name instead of the transaction.
        since: Unix seconds of the first of these transactions, where they are several.
    """

    metric: str
    time: int | None
    labels: MappingOf[str, str]
    amount: int = 1
    signatures: tuple[str, ...] = ()
    slot: int = 0
    addresses: frozenset[str] = frozenset()
    at: ReadAt = field(default_factory=ReadAt)
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """An alert that was due: the event that completed it last, with those it adds up."""

    events: tuple[Event, ...]

    @property
    def event(self) -> Event:
        """The event that completed it."""
        return self.events[-1]

    @property
    def since(self) -> int:
        """From when on an alert that names one of them may come: a series is told as it goes on.

        At most an hour before the last: what takes longer is several things, and an alert of the
        first of them tells nothing of the last.
        """
        times = [one.since or one.time or 0 for one in self.events]
        return max(min(times), (self.event.time or 0) - _SERIES)

    @property
    def signatures(self) -> frozenset[str]:
        """The transactions that an alert may name."""
        return frozenset(name for one in self.events for name in one.signatures)

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses that an alert may name."""
        return frozenset(key for one in self.events for key in one.addresses)


def selected(condition: Condition, events: Iterable[Event]) -> list[Event]:
    """The events that the condition looks at, in the order of time."""
    found = [
        one for one in events
        if one.metric == condition.selector.metric
        and all(m.holds(one.labels) for m in condition.selector.matchers)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.time or 0, one.slot))


def dues(condition: Condition, events: Iterable[Event]) -> tuple[Due, ...]:
    """When the condition was fulfilled: once per event where one event is enough, else once per
    rise above the threshold.

    A rule of Prometheus is taken at its meaning (how much a counter grew in the window), because
    nobody knows when it was sampled.

    Raises:
        NotExecutable: the condition says nothing of events, or one of them has no time.
    """
    if METRICS[condition.selector.metric].gauge:
        raise NotExecutable("it reads values that no history of the chain holds")
    mine = selected(condition, events)
    if any(one.time is None for one in mine):
        raise NotExecutable("the time of a block is not known")
    if condition.over == "occurrence":
        return tuple(Due((one,)) for one in mine)
    if condition.over not in ("count", "sum", "increase", "rate") or condition.op not in _RISING:
        raise NotExecutable("it does not ask how much happened")
    if condition.form == "promql" and condition.over in ("count", "sum"):
        raise NotExecutable("it counts samples of a counter, and not what happened")
    if condition.across not in ("each", "sum"):
        raise NotExecutable(f"the {condition.across} of several series is not counted in events")
    groups: dict[tuple[str, ...], list[Event]] = {}
    for one in mine:
        groups.setdefault(_group(condition, one), []).append(one)
    found = [due for group in groups.values() for due in _episodes(condition, group)]
    return tuple(sorted(found, key=lambda one: (one.event.time or 0, one.event.slot)))


def _group(condition: Condition, one: Event) -> tuple[str, ...]:
    if condition.across == "sum":
        return tuple(one.labels.get(label, "") for label in condition.by)
    return tuple(f"{key}={value}" for key, value in sorted(one.labels.items()))


def _episodes(condition: Condition, group: Sequence[Event]) -> Iterator[Due]:
    window: deque[Event] = deque()
    total, firing = 0, False
    for one in group:
        now = one.time or 0
        while window and (window[0].time or 0) <= now - condition.window:
            total -= _weight(condition, window.popleft())
        firing = firing and condition.compares(_shown(condition, total))
        window.append(one)
        total += _weight(condition, one)
        alone = condition.compares(_shown(condition, _weight(condition, one)))
        reached = condition.compares(_shown(condition, total))
        # What is over before it held long enough never fires.
        lasts = condition.hold < condition.window
        if lasts and (alone or (reached and not firing)):
            yield Due((one,) if alone else tuple(window))
        firing = reached


def _weight(condition: Condition, one: Event) -> int:
    return 1 if condition.over == "count" else one.amount


def _shown(condition: Condition, total: int) -> float:
    return total / condition.window if condition.over == "rate" else float(total)
