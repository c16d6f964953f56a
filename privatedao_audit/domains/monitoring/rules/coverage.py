"""Does a rule cover its signal? Each mapping is executed on series that were made up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.domains.monitoring.rules.handling import handled
from privatedao_audit.domains.monitoring.rules.made import Scene, Scope
from privatedao_audit.domains.monitoring.rules.names import named
from privatedao_audit.domains.monitoring.rules.scenes import facets, fires_on, quiet
from privatedao_audit.domains.monitoring.rules.vocabulary import METRICS, bound
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status, worst
from privatedao_audit.repository.alert_rules import Condition, NotExecutable, Rule

__all__ = ["Coverage", "Mapped", "controls_of", "coverage", "files_unread"]

#: What a file may call a rule that is in force; no word at all is one, too.
_IN_FORCE = frozenset({"", "active", "enabled", "live", "on", "firing", "in force"})


Fault = tuple[Status, str]


@dataclass(frozen=True, slots=True)
class Mapped:
    """A rule that answers for a control.

    Attributes:
        condition: over the kit's metrics; None where it can't be executed.
        fires: places of the series that it fires on; empty where it may not be relied on.
        covers: names of the facets that these series belong to.
        limit: seconds from event to receipt.
        parts: what the control says of the rule, and of who is told by it.
    """

    rule: Rule
    condition: Condition | None
    fires: frozenset[int]
    covers: frozenset[str]
    limit: int
    parts: tuple[Part, ...]
    at: ReadAt


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rules of a control, and what of it they cover.

    Attributes:
        covered: facets of which every series fires some rule → the places of these series.
        parts: those of the facets.
    """

    rules: tuple[Mapped, ...]
    covered: Mapping[str, range]
    parts: tuple[Part, ...]


def controls_of(rule: Rule, facts: RuleFacts) -> tuple[str, ...]:
    """The controls that a rule answers for: by the target's table, else by its own signal."""
    named = facts.alerting.signals.get(rule.id)
    if named is not None:
        return named
    return (rule.signal,) if rule.signal.startswith("MA-") else ()


def files_unread(facts: RuleFacts) -> Iterator[Part]:
    """A part per file of rules that was not read, or that holds no rule."""
    for file, read in facts.files.items():
        if not isinstance(read, Found):
            text = f"The rule file {file} is not in the checkout."
            yield unread(f"file {file}", read, absent=Status.MISSING, absent_summary=text)
        elif not read.value.rules:
            text = f"The rule file {file} holds no alert rule."
            yield Part(f"file {file}", Status.UNKNOWN, text, read.at, observed=0)


@dataclass(slots=True)
class _Stage:
    """What the rules of a control are executed on, and on what of it they were seen to fire.

    Attributes:
        places: facet → places of its series among ``scenes``.
        tried: condition → the places of the series that it fires on, and whether it fires on the
            ordinary day.
    """

    key: str
    facets: Mapping[str, tuple[Scene, ...]]
    places: Mapping[str, range]
    scenes: Sequence[Scene]
    calm: Scene
    tried: dict[Condition, tuple[frozenset[int], bool]] = field(default_factory=dict)

    def fires(self, condition: Condition) -> tuple[frozenset[int], bool]:
        """As ``tried`` has it. Raises NotExecutable: it can't be executed on events."""
        known = self.tried.get(condition)
        if known is None:
            scenes = self.scenes
            on = frozenset(n for n, one in enumerate(scenes) if fires_on(condition, one, scenes))
            known = on, fires_on(condition, self.calm, scenes)
            if len(self.tried) < _MOST_TRIED:
                self.tried[condition] = known
        return known


#: The stage of each control that was set last: checks, tables and canaries ask for the same one.
_stages: dict[str, _Stage] = {}
_MOST_TRIED = 1_000


def _stage(control: str, scope: Scope) -> _Stage:
    # All that a scope says, and in its order: series stand, and are named, in this order.
    key = repr(scope)
    known = _stages.get(control)
    if known is not None and known.key == key:
        return known
    wanted = facets(control, scope)
    # Series are told apart by their place: those of two DAOs may have one name.
    places, start = {}, 0
    for name, group in wanted.items():
        places[name] = range(start, start + len(group))
        start += len(group)
    scenes = [one for group in wanted.values() for one in group]
    made = _Stage(key, wanted, places, scenes, quiet(control, scope))
    _stages[control] = made
    return made


def coverage(control: str, facts: RuleFacts, limits: Limits, scope: Scope) -> Coverage:
    """The rules that answer for a control, executed, and what of the control they cover."""
    stage = _stage(control, scope)
    scenes, places = stage.scenes, stage.places
    fired: set[int] = set()
    rules = []
    for read in facts.files.values():
        for rule in read.value.rules if isinstance(read, Found) else ():
            if control not in controls_of(rule, facts):
                continue
            assert isinstance(read, Found)
            one = _mapped(rule, facts, limits, read.at, stage)
            rules.append(one)
            fired |= one.fires
    parts = tuple(
        _facet(name, group, [scenes[n].name for n in places[name] if n not in fired], rules, facts)
        for name, group in stage.facets.items()
    )
    return Coverage(
        tuple(rules),
        {name: mine for name, mine in places.items() if mine and fired.issuperset(mine)},
        (*parts, *_dangling(control, facts)),
    )  # fmt: skip


def _mapped(rule: Rule, facts: RuleFacts, limits: Limits, at: ReadAt, stage: _Stage) -> Mapped:
    """A rule as the control sees it."""
    scenes, calm = stage.scenes, stage.calm
    faults = [*_stated(rule, facts), *_limited(rule, limits)]
    condition, on = None, frozenset[int]()
    try:
        condition = _condition(rule, facts)
        faults += named(condition)
        faults += _waiting(condition, rule, limits)
        on, always = stage.fires(condition)
        if always:
            faults.append((Status.FAIL, f"it fires on {calm.name}, which must not fire it"))
            on = frozenset()
        elif scenes and not on:
            faults.append((Status.FAIL, "it is silent on every series that must fire it"))
    except NotExecutable as error:
        condition, on = None, frozenset()
        faults.append((Status.UNKNOWN, f"not executable: {error}"))
    if any(status in (Status.FAIL, Status.MISSING) for status, _clause in faults):
        on = frozenset()
    covers = frozenset(name for name, mine in stage.places.items() if not on.isdisjoint(mine))
    limit = rule.limit_seconds or limits.alert_delay_seconds
    label = rule.id or rule.place
    told = f"Rule {label!r} of {rule.file}"
    observed = {"file": rule.file, "condition": rule.text, "limit_seconds": limit}
    parts = (
        _summed(f"rule {label}", told, faults, at, observed,
                f"fires on what it must, and not on {calm.name}"),
        _handling(rule, label, facts, limits, at),
    )  # fmt: skip
    where = joined(*(one.at for one in parts))
    return Mapped(rule, condition, on, covers, limit, parts, where)


def _handling(rule: Rule, label: str, facts: RuleFacts, limits: Limits, at: ReadAt) -> Part:
    """Who is told by a rule, and what they are to do."""
    faults, places = handled(rule, facts, limits)
    told = f"Rule {rule.id or rule.place!r}"
    observed = {"severity": rule.severity, "route": rule.route, "runbook": rule.runbook}
    good = "has a severity, a route, and a runbook that speaks of it"
    return _summed(f"handling of {label}", told, faults, joined(at, *places), observed, good)


def _summed(
    label: str, told: str, faults: list[Fault], at: ReadAt, observed: Mapping[str, object],
    good: str,
) -> Part:  # fmt: skip
    """A part over several faults: the worst first."""
    if not faults:
        return Part(label, Status.PASS, f"{told} {good}.", at, observed=observed)
    status = worst(one for one, _clause in faults)
    clauses = [clause for _s, clause in sorted(faults, key=lambda f: f[0] is not status)]
    return Part(label, status, f"{told}: {'; '.join(clauses)}.", at, observed=observed)


def _condition(rule: Rule, facts: RuleFacts) -> Condition:
    if rule.condition is None:
        raise NotExecutable(rule.why)
    return bound(rule.condition, facts.alerting.metrics)


def _in_force(rule: Rule) -> bool:
    return rule.status.casefold() in _IN_FORCE


def _stated(rule: Rule, facts: RuleFacts) -> Iterator[Fault]:
    for fault in rule.faults:
        yield Status.UNKNOWN, fault
    if not rule.id:
        yield Status.MISSING, "it has no id, so that no alert can name it"
    if not _in_force(rule):
        yield Status.MISSING, f"it stands as {rule.status[:40]!r}, and is not in force"
    same = [one for one in _all(facts) if one.id == rule.id and _name(one) == _name(rule)]
    if rule.id and len(same) > 1:
        if len({_substance(one) for one in same}) > 1:
            yield Status.FAIL, "another rule of the same id says otherwise"
        else:
            yield Status.UNKNOWN, "it is given twice, and which of them is in force is not said"


def _limited(rule: Rule, limits: Limits) -> Iterator[Fault]:
    most = limits.alert_own_delay_seconds
    if rule.limit_seconds is not None and rule.limit_seconds > most:
        yield Status.FAIL, f"it allows itself {rule.limit_seconds} s, more than {most} s"


def _waiting(condition: Condition, rule: Rule, limits: Limits) -> Iterator[Fault]:
    """An event that has to stay for longer than the limit can't be told of within it.

    Of a value the limit begins when the rule fires, as nobody knows when the trouble began.
    """
    limit = rule.limit_seconds or limits.alert_delay_seconds
    if condition.hold > limit and not METRICS[condition.selector.metric].gauge:
        yield Status.FAIL, f"it waits {condition.hold} s before it fires, its limit is {limit} s"


def _all(facts: RuleFacts) -> Iterator[Rule]:
    for read in facts.files.values():
        if isinstance(read, Found):
            yield from read.value.rules


def _name(rule: Rule) -> tuple[str, str]:
    # Prometheus has one name for an alert at several severities.
    return rule.id, rule.severity if rule.labels else ""


def _substance(rule: Rule) -> tuple[object, ...]:
    return (rule.text, rule.severity, rule.route, rule.runbook, rule.limit_seconds, rule.status,
            tuple(sorted(rule.labels.items())))  # fmt: skip


def _facet(
    name: str,
    scenes: Sequence[Scene],
    silent: Sequence[str],
    rules: Sequence[Mapped],
    facts: RuleFacts,
) -> Part:
    """Whether some rule fires on each series of a facet; ``silent``: those that fire none."""
    label = f"coverage: {name}"
    read = [one for one in facts.files.values() if isinstance(one, Found)]
    at = joined(*(one.at for one in read))
    if not scenes:
        text = f"What is to be watched was not read, so no series of {name} could be made."
        return Part(label, Status.UNKNOWN, text, at)
    if not silent:
        by = [one.rule.id for one in rules if name in one.covers]
        text = f"Rules fire on each of {len(scenes)} series of {name}: {', '.join(by)}."
        return Part(label, Status.PASS, text, at, observed=by)
    shown = f"{silent[0]}" + (f" and {len(silent) - 1} more" if len(silent) > 1 else "")
    if len(read) < len(facts.files) or any(one.condition is None for one in rules):
        text = f"No rule that could be read and executed covers {name}: {shown}."
        return Part(label, Status.UNKNOWN, text, at, observed=list(silent[:20]))
    text = f"No rule covers {name}: {shown}."
    return Part(label, Status.MISSING, text, at, observed=list(silent[:20]))


def _dangling(control: str, facts: RuleFacts) -> Iterator[Part]:
    """Rules that the target maps and that no file holds."""
    if not facts.files or any(not isinstance(one, Found) for one in facts.files.values()):
        return
    known = {one.id for one in _all(facts)}
    at = joined(*(one.at for one in facts.files.values()))
    for name, controls in facts.alerting.signals.items():
        if control in controls and name not in known:
            text = f"The target maps a rule {name!r}, and no rule file holds it."
            yield Part(f"rule {name}", Status.MISSING, text, at)
