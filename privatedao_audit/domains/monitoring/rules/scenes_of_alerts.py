"""Scenes of what looks wrong: failures, outflows, strange behaviour, endpoints in trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from privatedao_audit.domains.monitoring.rules.events import Event
from privatedao_audit.domains.monitoring.rules.made import (
    START,
    DaoScope,
    Scene,
    Scope,
    call,
    moved,
)
from privatedao_audit.domains.monitoring.rules.samples import Series

__all__ = ["ANY_TOKENS", "BEHAVIOURS", "FACETS", "LASTS", "QUIET_NETWORK"]

#: A token account that the treasury does not have yet, and its mint: anybody can open one.
ANY_TOKENS: Final = ("a new token account", "a new mint")
#: Seconds between the failures of a series.
_APART: Final = 20
#: Seconds in which failures are a spike (the detector's), and by which a series stays below its
#: time: what is sampled comes later.
_HOUR: Final = 3_600
_MARGIN: Final = 120
#: For how long an endpoint is in trouble, in seconds: a quarter of an hour in which nobody can vote
#: through it is nothing to sleep through.
LASTS: Final = 900
#: Slots by which an endpoint in trouble is behind: the 60 s that RP-05 lets a block be old.
_BEHIND: Final = 150

#: Kinds of behaviour that look unauthorized → how the facet is called.
BEHAVIOURS: Final = {
    "authority-change": "changes of an authority",
    "unexpected-proposal": "proposals outside the calendar or by new proposers",
    "vote-anomaly": "voting anomalies",
    "lone-hand": "one wallet proposing, voting alone and executing",
    "double-vote": "tokens that voted twice",
}


def _behaviour(dao: DaoScope, kind: str) -> Event:
    return Event("behaviour", START, {"dao": dao.address, "kind": kind, "subject": "somebody"})


def _burst(one: Event, number: int, apart: int = _APART) -> tuple[Event, ...]:
    return tuple(replace(one, time=START + n * apart) for n in range(number))


def _failed(dao: DaoScope, action: str, instruction: str, *, registered: bool) -> Event:
    return call("call_failed", dao, instruction, registered=registered, action=action,
                error="some error")  # fmt: skip


def _failing(
    scope: Scope, does: tuple[str, ...], number: int, kind: str, within: int
) -> Iterator[Scene]:
    """Series of failures, one after the other; of each action one that takes all of its time.

    Without that one, a window that is too short for any real series would do.
    """
    for dao in scope.daos:
        for action in does:
            for name in scope.calls.get(action, ())[:1]:
                apart = max((within - _MARGIN) // max(number - 1, 1), 1)
                one = _failed(dao, action, name, registered=False)
                events = _burst(one, number, apart)
                told = replace(_behaviour(dao, kind), time=events[-1].time)
                text = f"{number} failures of {name} in {dao.address}, {apart} s apart"
                yield Scene(text, (*events, told))
            for name in scope.calls.get(action, ()):
                for known in (True, False):
                    events = _burst(_failed(dao, action, name, registered=known), number)
                    told = replace(_behaviour(dao, kind), time=events[-1].time)
                    who = "a registered key" if known else "a stranger"
                    text = f"{number} failures of {name} in {dao.address} by {who}"
                    yield Scene(text, (*events, told))


def _spikes(scope: Scope) -> dict[str, tuple[Scene, ...]]:
    number = scope.detection.failure_spike
    does = tuple(scope.calls)
    scenes = tuple(_failing(scope, does, number, "failure-spike", _HOUR))
    return {"failure spikes of one instruction and caller": scenes}


def _repeated(scope: Scope) -> dict[str, tuple[Scene, ...]]:
    number = scope.detection.repeated_failures
    within = scope.detection.repeated_within_seconds
    return {
        f"repeated failures of {action}": tuple(
            _failing(scope, (action,), number, "repeated-failures", within)
        )
        for action in ("finalize", "execute")
    }


def _attempts(scope: Scope) -> dict[str, tuple[Scene, ...]]:
    strangers, outside = [], []
    for dao in scope.daos:
        for name in scope.calls.get("execute", ()):
            for outcome, unlocked in (("succeeded", True), ("failed", True), ("failed", False)):
                strangers.append(_attempt(dao, name, outcome, known=False, unlocked=unlocked))
            outside += [_attempt(dao, name, "failed", known=known, unlocked=False)
                        for known in (True, False)]  # fmt: skip
    return {
        "execute attempts by unexpected callers": tuple(strangers),
        "execute attempts outside the unlock window": tuple(outside),
    }


def _attempt(dao: DaoScope, name: str, outcome: str, *, known: bool, unlocked: bool) -> Scene:
    tried = call("execute_attempted", dao, name, registered=known, outcome=outcome,
                 expected="true" if known else "false",
                 unlocked="true" if unlocked else "false")  # fmt: skip
    shown = (
        _failed(dao, "execute", name, registered=known)
        if outcome == "failed"
        else call("treasury_executed", dao, name, registered=known)
    )
    who = "an expected caller" if known else "a stranger"
    when = "after" if unlocked else "before"
    text = f"{name} in {dao.address} by {who} {when} the unlock that {outcome}"
    return Scene(text, (tried, shown, _behaviour(dao, "unexpected-execute")))


def _anomalies(scope: Scope) -> dict[str, tuple[Scene, ...]]:
    outflows, steps = [], []
    for dao in scope.daos:
        for held in (None, *dao.tokens.items(), ANY_TOKENS):
            what = "lamports" if held is None else f"tokens of {held[0]}"
            gone = moved(dao, held, "out", explained=False)
            outflows.append(Scene(f"{what} without a vote",
                                  (gone, _behaviour(dao, "outflow-unexplained"))))  # fmt: skip
        share = dao.balance * scope.detection.step_percent // 100
        step = replace(moved(dao, None, "out"), amount=max(share, 1))
        steps.append(Scene(f"a step of {scope.detection.step_percent} % of {dao.treasury}",
                           (step, _behaviour(dao, "balance-step"))))  # fmt: skip
    return {
        "outflows without an executed proposal": tuple(outflows),
        "anomalous steps of the balance": tuple(steps),
    }


def _behaviours(scope: Scope) -> dict[str, tuple[Scene, ...]]:
    return {
        name: tuple(Scene(f"{kind} in {d.address}", (_behaviour(d, kind),)) for d in scope.daos)
        for kind, name in BEHAVIOURS.items()
    }


def _endpoint(metric: str, usual: float, then: float) -> Series:
    points = ((float(START - 1), usual), (float(START), then))
    return Series(metric, {"endpoint": "some endpoint"}, points)


def _network(lag: float = 2.0, up: float = 1.0, differ: float = 0.0) -> tuple[Series, ...]:
    return (
        _endpoint("rpc_slot_lag", 2.0, lag),
        _endpoint("rpc_up", 1.0, up),
        _endpoint("rpc_answers_differ", 0.0, differ),
    )


QUIET_NETWORK: Final = Scene("endpoints that answer alike", gauges=_network())


def _troubles(scope: Scope) -> dict[str, tuple[Scene, ...]]:
    del scope
    return {
        "an endpoint that is behind": (
            Scene(f"an endpoint {_BEHIND} slots behind for 15 minutes",
                  gauges=_network(lag=_BEHIND)),
        ),
        "an endpoint that does not answer": (
            Scene("an endpoint that is down for 15 minutes", gauges=_network(up=0.0)),
        ),
        "an endpoint that answers otherwise": (
            Scene("an endpoint that differs for 15 minutes", gauges=_network(differ=1.0)),
        ),
    }  # fmt: skip


#: Control → its facets, for the controls whose series are made here.
FACETS: Final[dict[str, Callable[[Scope], dict[str, tuple[Scene, ...]]]]] = {
    "MA-04": _spikes,
    "MA-07": _troubles,
    "MA-08": _attempts,
    "MA-09": _repeated,
    "MA-10": _anomalies,
    "MA-11": _behaviours,
}
