"""Series that were made up: what a rule must fire on, and what it must stay silent on.

They hold the addresses of the target, so that a rule which watches one account or one variant of
an instruction is seen to miss the others. Counters exist before anything happens and begin above
0, as those of a watcher that has run for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from privatedao_audit.domains.monitoring.rules import scenes_of_alerts as alerts
from privatedao_audit.domains.monitoring.rules.events import Event, dues
from privatedao_audit.domains.monitoring.rules.made import (
    START,
    DaoScope,
    Scene,
    Scope,
    call,
    moved,
)
from privatedao_audit.domains.monitoring.rules.samples import Series, fires
from privatedao_audit.domains.monitoring.rules.vocabulary import METRICS
from privatedao_audit.repository.alert_rules import Condition

__all__ = ["facets", "fires_on", "quiet"]

_SCRAPE: Final = 15
#: Scrapes lie between evaluations, never on the edge of a window.
_OFFSET: Final = 7
_BEFORE: Final = 7
_SLOW: Final = 3_600
#: How many further series exist beside those that move.
_BESIDE: Final = 8


def facets(control: str, scope: Scope) -> dict[str, tuple[Scene, ...]]:
    """What a control asks to be told of, by name, each with the series that must fire a rule."""
    if control in alerts.FACETS:
        return alerts.FACETS[control](scope)
    made: dict[str, tuple[Scene, ...]] = {
        "MA-01": _called(scope, "propose", "proposal_created"),
        "MA-02": _called(scope, "finalize", "proposal_finalized"),
        "MA-03": tuple(_executed(scope)),
        "MA-05": tuple(scene for dao in scope.daos for scene in _movements(dao)),
        "MA-06": tuple(_authorities(scope)),
    }
    names = {
        "MA-01": "every creation of a proposal", "MA-02": "every finalize",
        "MA-03": "every execution", "MA-05": "every movement of the treasury",
        "MA-06": "every transaction on what rules the program",
    }  # fmt: skip
    return {names[control]: made[control]}


_CALLERS: Final = (("a registered key", True), ("a stranger", False))


def _called(scope: Scope, does: str, metric: str) -> tuple[Scene, ...]:
    return tuple(
        Scene(f"{name} in {dao.address} by {who}", (call(metric, dao, name, registered=known),))
        for dao in scope.daos
        for name in scope.calls.get(does, ())
        for who, known in _CALLERS
    )


def _executed(scope: Scope) -> Iterator[Scene]:
    for dao in scope.daos:
        mint = next(iter(dao.tokens.items()), alerts.ANY_TOKENS)
        for name in scope.calls.get("execute", ()):
            for who, known in _CALLERS:
                done = (
                    call("treasury_executed", dao, name, registered=known),
                    call("execute_attempted", dao, name, registered=known, outcome="succeeded",
                         expected="true" if known else "false", unlocked="true"),
                )  # fmt: skip
                for what, held in (("SOL", None), ("tokens", mint)):
                    paid = moved(dao, held, "out", explained=known)
                    yield Scene(f"{name} of {dao.address} in {what} by {who}", (*done, paid))


def _movements(dao: DaoScope) -> Iterator[Scene]:
    for way, explained in (("in", True), ("out", True), ("out", False)):
        how = way if explained else f"{way}, unexplained,"
        lamports = moved(dao, None, way, explained=explained)
        yield Scene(f"lamports {how} of {dao.treasury}", (lamports,))
        for account, mint in (*dao.tokens.items(), alerts.ANY_TOKENS):
            one = moved(dao, (account, mint), way, explained=explained)
            yield Scene(f"tokens {how} of {account}", (one,))


def _authorities(scope: Scope) -> Iterator[Scene]:
    for kind, addresses in (("multisig", scope.multisigs), ("program", scope.program_data)):
        for address in addresses:
            for outcome in ("succeeded", "failed"):
                labels = {"subject": address, "kind": kind, "caller": "anyone", "outcome": outcome}
                event = Event("authority_activity", START, labels)
                yield Scene(f"a transaction on {address} that {outcome}", (event,))


#: Metrics that a control asks for: an ordinary day holds none of them for that control.
_OWN: Final[Mapping[str, frozenset[str]]] = {
    "MA-01": frozenset({"proposal_created"}),
    "MA-02": frozenset({"proposal_finalized"}),
    "MA-03": frozenset({"treasury_executed", "execute_attempted", "treasury_lamports_moved",
                        "treasury_tokens_moved"}),
    "MA-05": frozenset({"treasury_executed", "execute_attempted", "treasury_lamports_moved",
                        "treasury_tokens_moved"}),
}  # fmt: skip


def quiet(control: str, scope: Scope) -> Scene:
    """An ordinary day that a rule for this control must not speak of."""
    if control == "MA-07":
        return alerts.QUIET_NETWORK
    events = []
    for dao in scope.daos:
        for number, (does, metric) in enumerate(
            (("propose", "proposal_created"), ("finalize", "proposal_finalized"),
             ("execute", "treasury_executed"))
        ):  # fmt: skip
            for name in scope.calls.get(does, ())[:1]:
                events.append(replace(call(metric, dao, name), time=START + number * 120))
        events += [
            call("execute_attempted", dao, name, outcome="succeeded", expected="true",
                 unlocked="true")
            for name in scope.calls.get("execute", ())[:1]
        ]  # fmt: skip
        small = max(dao.balance // 100, 1)
        events += [replace(moved(dao, None, "in"), amount=small),
                   replace(moved(dao, None, "out"), amount=small)]  # fmt: skip
    own = _OWN.get(control, frozenset())
    return Scene("an ordinary day", tuple(one for one in events if one.metric not in own))


def fires_on(condition: Condition, scene: Scene, known: Iterable[Scene]) -> bool:
    """Whether a condition fires on a scene.

    Args:
        condition: over the kit's metrics.
        known: scenes of the control: some of their series exist, though they don't move.

    Raises:
        NotExecutable: it can't be executed on events.
    """
    metric = METRICS[condition.selector.metric]
    if condition.form == "plain" and not metric.gauge:
        return bool(dues(condition, scene.events))
    slow = max(condition.window, condition.hold) > _SLOW
    step = 60 if slow else _SCRAPE
    last = max((one.time or START for one in scene.events), default=START)
    end = last + min(condition.window, _SLOW) + condition.hold + 4 * step
    begin = START - condition.window - 600
    if metric.gauge:
        end = max(end, START + alerts.LASTS)
        series = [_gauge(one, begin, end, step) for one in scene.gauges]
    else:
        series = _counters(condition.selector.metric, scene, known, begin, end, step)
    times = range(START - 4 * step, end, step)
    return bool(fires(condition, series, times))


def _counters(
    metric: str, scene: Scene, known: Iterable[Scene], begin: int, end: int, step: int
) -> list[Series]:
    events = [one for one in scene.events if one.metric == metric]
    labels = {
        tuple(sorted(one.labels.items())): one.labels
        for other in (scene, *islice(known, _BESIDE))
        for one in other.events
        if one.metric == metric
    }
    found = []
    for key, named in labels.items():
        mine = sorted(
            (one.time or START, one.amount) for one in events
            if tuple(sorted(one.labels.items())) == key
        )  # fmt: skip
        points, value, at = [], _BEFORE, 0
        for time in range(begin + _OFFSET, end, step):
            while at < len(mine) and mine[at][0] <= time:
                value += mine[at][1]
                at += 1
            points.append((float(time), float(value)))
        found.append(Series(metric, named, tuple(points)))
    return found


def _gauge(one: Series, begin: int, end: int, step: int) -> Series:
    """A gauge of two points, before and during a trouble, as it would have been sampled.

    The trouble ends: a rule that waits for longer than it lasts tells nobody of it.
    """
    (_early, usual), (_late, then) = one.points
    points = tuple(
        (float(time), then if START <= time < START + alerts.LASTS else usual)
        for time in range(begin + _OFFSET, end, step)
    )
    return replace(one, points=points)
