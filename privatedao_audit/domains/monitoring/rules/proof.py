"""Did the rules tell of what happened? The team's own rules over the recorded history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from privatedao_audit.domains.custody.signers.dates import asked
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules.coverage import Coverage, Mapped
from privatedao_audit.domains.monitoring.rules.drills import drilled
from privatedao_audit.domains.monitoring.rules.events import Due, Event, dues
from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.domains.monitoring.rules.matching import Book, Match, Told
from privatedao_audit.domains.monitoring.rules.occurrences import Occurrences
from privatedao_audit.domains.monitoring.rules.samples import fires
from privatedao_audit.domains.monitoring.rules.vocabulary import METRICS
from privatedao_audit.history.places import MOST_NAMED
from privatedao_audit.model.finding import Judgement, Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status
from privatedao_audit.repository.alert_rules import NotExecutable

__all__ = ["Backtest", "backtest", "proof"]

#: How many occurrences a part names.
_NAMED = 20
#: So many alerts of a rule that name an address alone, most of them of nothing, are those of a
#: clock: every window holds one, whatever happens.
_CLOCKWORK = 4


@dataclass(slots=True)
class Backtest:
    """The rules of a control over what happened.

    Attributes:
        matches: occurrence → the best that any rule made of it, in the order of time.
        fired: ids of rules that told of something in time.
        unclear: why something that was due may be missing, one clause each.
        idle: rules whose alerts by address are mostly of nothing → how many there are, and how
            many of them fit nothing.
        at: of the events.
    """

    matches: dict[tuple[str, ...], Match] = field(default_factory=dict)
    fired: set[str] = field(default_factory=set)
    unclear: list[str] = field(default_factory=list)
    idle: dict[str, tuple[int, int]] = field(default_factory=dict)
    at: ReadAt = field(default_factory=ReadAt)

    @property
    def told(self) -> list[Match]:
        """Every occurrence, oldest first."""
        return sorted(self.matches.values(), key=lambda one: (one.due.event.time or 0,
                                                              one.due.event.slot))  # fmt: skip


def backtest(rules: Sequence[Mapped], facts: RuleFacts, happened: Occurrences) -> Backtest:
    """What the rules of a control were due to tell, and what the logs show."""
    book, found = Book.of(facts.logs), Backtest()
    places: dict[tuple[str, ...], ReadAt] = {}
    for one in rules:
        if one.condition is None or not one.covers:
            continue
        try:
            due = _dues(one, facts, happened)
        except NotExecutable as error:
            found.unclear.append(f"rule {one.rule.id!r}: {error}")
            continue
        found.unclear += _unable(one, happened)
        for item in due:
            match = book.match(one.rule.id, item, one.limit)
            if match.told is Told.IN_TIME:
                found.fired.add(one.rule.id)
            key = _key(item)
            if key not in found.matches or match.told < found.matches[key].told:
                found.matches[key] = match
                places[key] = item.event.at
    for one in rules:
        whole, idle = book.idle(one.rule.id)
        if whole >= _CLOCKWORK and 2 * idle > whole:
            found.idle[one.rule.id] = whole, idle
    found.at = _place(list(places.values()))
    return found


def _key(due: Due) -> tuple[str, ...]:
    """What an alert tells of: the transaction.

    Two kinds of behaviour in one transaction are therefore told by one alert, of the rule of
    either. Somebody was then told of that transaction, which is what a backtest asks.
    """
    last = due.event
    return last.signatures[-1:] or (str(last.time), *sorted(last.labels.values()))


def _place(places: Sequence[ReadAt]) -> ReadAt:
    return joined(*places[:MOST_NAMED])


def _dues(one: Mapped, facts: RuleFacts, happened: Occurrences) -> tuple[Due, ...]:
    assert one.condition is not None
    if not METRICS[one.condition.selector.metric].gauge:
        return dues(one.condition, happened.events)
    if not isinstance(facts.probes, Found):
        reason = getattr(facts.probes, "reason", "there is no series of probes")
        raise NotExecutable(reason)
    series = facts.probes.value
    metric = one.condition.selector.metric
    if not any(other.metric == metric and other.points for other in series):
        raise NotExecutable(f"the series of probes hold no {metric}")
    times = sorted({int(time) for one in series for time, _value in one.points})
    return tuple(
        Due((Event(metric, int(fired.time), dict(fired.labels),
                   addresses=frozenset(value for _label, value in fired.labels),
                   at=facts.probes.at),))
        for fired in fires(one.condition, series, times)
    )  # fmt: skip


def _unable(one: Mapped, happened: Occurrences) -> Iterator[str]:
    assert one.condition is not None
    metric = one.condition.selector.metric
    for name, why in happened.unable.items():
        if name == metric:
            yield f"rule {one.rule.id!r}: {why}"
        elif metric == "behaviour" and name.startswith("behaviour "):
            kind = name.removeprefix("behaviour ")
            if all(m.holds({"kind": kind}) for m in one.condition.selector.matchers
                   if m.label == "kind"):  # fmt: skip
                yield f"rule {one.rule.id!r}: {why}"


def proof(
    facts: MonitoringFacts,
    limits: Limits,
    covered: Coverage,
    happened: Occurrences,
    complete: Judgement,
) -> Iterator[Part]:
    """The parts of the proof: the history, what was due, and a drill for what never was."""
    rules = [one for one in covered.rules if one.covers]
    if not rules:
        return
    yield _history(complete)
    tested = backtest(rules, facts.rules, happened)
    yield from _probed(rules, facts.rules, limits)
    yield from _due(tested, facts.rules)
    for name, series in covered.covered.items():
        mine = [one for one in rules if name in one.covers]
        yield _proven(name, series, mine, tested, facts.rules, limits)


def _history(complete: Judgement) -> Part:
    label = "history"
    if complete.status is Status.PASS:
        text = "The history is whole, as MA-12 shows."
        return Part(label, Status.PASS, text, complete.at)
    if complete.status is Status.DIVERGED:
        text = f"The history is disputed (MA-12): {complete.summary}"
        return Part(label, Status.DIVERGED, _ended(text), complete.at)
    text = f"The history is not whole (MA-12), so an occurrence may be missing: {complete.summary}"
    return Part(label, Status.UNKNOWN, _ended(text), complete.at)


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _probed(rules: Sequence[Mapped], facts: RuleFacts, limits: Limits) -> Iterator[Part]:
    """Whether the series of probes is young enough to say how the endpoints are."""
    if not isinstance(facts.probes, Found) or not any(
        one.condition is not None and METRICS[one.condition.selector.metric].gauge for one in rules
    ):
        return
    last = max((int(one.points[-1][0]) for one in facts.probes.value if one.points), default=None)
    now, most = asked(facts.probes.at.asked_at), limits.rpc_series_age_seconds
    if last is None or now is None:
        text = "How old the series of probes is can't be told."
        yield Part("probes", Status.UNKNOWN, text, facts.probes.at)
    elif now - last > most:
        ended = f"ended {spoken(now - last)} before it was read, more than {spoken(most)}"
        text = f"The series of probes {ended}."
        yield Part("probes", Status.STALE, text, facts.probes.at)


_BAD = {Told.LATE: "late", Told.BEFORE_IT: "before it happened", Told.MISSED: "not alerted"}


def _due(tested: Backtest, facts: RuleFacts) -> Iterator[Part]:
    label = "alerts"
    if tested.unclear:
        text = f"What was due is not fully known: {tested.unclear[0]}."
        yield Part("what was due", Status.UNKNOWN, text, tested.at, observed=len(tested.unclear))
    told = tested.told
    if not told:
        return
    for rule, (whole, idle) in tested.idle.items():
        text = (
            f"Of {whole} alerts of rule {rule!r} that name an address and no transaction {idle} "
            "are of nothing that happened, so that the others show nothing."
        )
        yield Part(f"alerts of {rule}", Status.UNKNOWN, text, tested.at, observed=[whole, idle])
    for log in facts.logs:
        if not isinstance(log.alerts, Found):
            text = f"The log of alerts {log.file} is not in the checkout."
            yield unread(f"log {log.file}", log.alerts, absent=Status.MISSING, absent_summary=text)
        elif not isinstance(log.changed, Found):
            why = "no commit has it"
            if not isinstance(log.changed, ProvenAbsent):
                why = log.changed.reason
            text = f"The log of alerts {log.file} is dated by its own word alone: {why}."
            where = joined(log.alerts.at, log.changed.at)
            yield Part(f"log {log.file}", Status.UNKNOWN, text, where)
    if not any(isinstance(log.alerts, Found) and isinstance(log.changed, Found)
               for log in facts.logs):  # fmt: skip
        if not facts.logs:
            text = f"{len(told)} occurrences were due, and the target maps no log of alerts."
            yield Part(label, Status.UNKNOWN, text, tested.at)
        return
    at = joined(*(one.alerts.at for one in facts.logs), tested.at)
    counts = {kind: [one for one in told if one.told is kind] for kind in Told}
    observed = {
        "occurrences": len(told),
        **{_name(kind): _shown(rows) for kind, rows in counts.items()
           if rows and kind is not Told.IN_TIME},
    }  # fmt: skip
    bad = [one for one in told if one.told in _BAD]
    if bad:
        text = f"{len(bad)} of {len(told)} occurrences were not alerted in time: {_told(bad[0])}."
        yield Part(label, Status.FAIL, text, at, observed=observed)
        return
    for kind, status, why in (
        (Told.WITHOUT_RECEIPT, Status.MISSING, "have an alert without receipt"),
        (Told.AFTER_THE_LOG, Status.UNKNOWN, "are younger than the log of alerts"),
    ):
        if counts[kind]:
            text = f"{len(counts[kind])} of {len(told)} occurrences {why}: "
            yield Part(label, status, f"{text}{_told(counts[kind][0])}.", at, observed=observed)
            return
    slowest = max(one.seconds or 0 for one in told)
    text = f"All {len(told)} occurrences were alerted in time; the slowest took {slowest} s."
    yield Part(label, Status.PASS, text, at, observed=observed)


def _name(kind: Told) -> str:
    return kind.name.lower().replace("_", " ")


def _shown(rows: Sequence[Match]) -> list[Mapping[str, object]]:
    return [
        {"rule": one.rule, "transaction": (one.due.event.signatures or ("",))[-1],
         "seconds": one.seconds, "limit": one.limit}
        for one in rows[:_NAMED]
    ]  # fmt: skip


def _told(one: Match) -> str:
    what = (one.due.event.signatures or ("a probe",))[-1]
    if one.told is Told.LATE:
        return f"the alert of {what} came after {one.seconds} s, its limit is {one.limit} s"
    if one.told is Told.BEFORE_IT:
        return f"the alert of {what} is dated before it happened"
    return f"{what}, of which rule {one.rule!r} had to tell"


def _proven(
    name: str,
    series: range,
    rules: Sequence[Mapped],
    tested: Backtest,
    facts: RuleFacts,
    limits: Limits,
) -> Part:
    """Whether rules that were seen to fire, on chain or in a drill, cover a facet together."""
    label = f"proof: {name}"
    logs = [one.alerts.at for one in facts.logs]
    proven: set[int] = set()
    told: list[str] = []
    places: list[ReadAt] = []
    left: list[tuple[Mapped, Status, str, ReadAt]] = []
    for one in rules:
        if one.rule.id in tested.fired:
            proven |= one.fires
            told.append(f"rule {one.rule.id!r} told of what happened, in time")
            places += [one.at, *logs, tested.at]
            continue
        status, text, at = drilled(one, facts, limits)
        if status is Status.PASS:
            proven |= one.fires
            told.append(text)
            places.append(at)
        else:
            left.append((one, status, text, at))
    if proven.issuperset(series):
        text = "; ".join(told)
        return Part(label, Status.PASS, f"{text[:1].upper()}{text[1:]}.", joined(*places))
    open_ones = [one for one in left if not proven.issuperset(one[0].fires & set(series))]
    _one, status, text, at = min(open_ones, key=lambda one: _ORDER.index(one[1]))
    return Part(label, status, text, at)


#: What a drill comes to, best first.
_ORDER = (Status.PASS, Status.UNKNOWN, Status.STALE, Status.MISSING, Status.DIVERGED, Status.FAIL)
