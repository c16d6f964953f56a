"""The resolvers of series, of the operation's endpoints, and of the kit's own failover."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from privatedao_audit.chain.series.failover import FailoverCheck
from privatedao_audit.chain.series.prober import Prober
from privatedao_audit.chain.series.team import TeamResolver
from privatedao_audit.domains.rpc import invented as i
from privatedao_audit.evidence.questions import Outcome, Resolution, ask_for
from tests.domains.rpc.endpoints import Node, Time, nodes


def door_of(given: list[Node]) -> Any:
    doors = {node.label: node for node in given}
    return lambda endpoint, *_rest: doors[endpoint.label]


def prober(given: list[Node], time: Time, **options: Any) -> Prober:
    return Prober(
        [node.endpoint for node in given], clock=time.clock, sleep=time.sleep,
        make_door=door_of(given), **options,
    )  # fmt: skip


def ask(resolver: Any, *questions: Any) -> list[Resolution]:
    async def all_of_them() -> list[Resolution]:
        return [await resolver.resolve(one) for one in questions]

    return asyncio.run(all_of_them())


def turn(number: int) -> Any:
    return ask_for("series", "round", {"number": number}, probe=f"series:{number}")


PLAN = ask_for("series", "plan", {}, probe="series:plan")


def test_a_round_keeps_every_answer_behind_its_digest() -> None:
    time = Time()
    plan, first = ask(prober(nodes(time), time, probes=2, interval=5.0), PLAN, turn(0))
    assert json.loads(plan.exchanges[0].body or b"")["interval_ms"] == 5_000
    assert first.outcome is Outcome.FOUND
    assert first.chosen == len(first.exchanges) - 1
    asked = [json.loads(one.request)["method"] for one in first.exchanges[:-1]]
    assert len(asked) == 2 * 9
    assert asked.count("getSlot") == 6
    assert asked.count("isBlockhashValid") == 2
    assert {one.provider for one in first.exchanges} == {"first", "second", "kit"}


def test_rounds_keep_their_distance_and_their_turn() -> None:
    time = Time()
    one = prober(nodes(time), time, probes=3, interval=4.0)
    ask(one, PLAN, turn(0), turn(1))
    assert time.passed == 4.0
    with pytest.raises(ValueError, match="out of turn"):
        ask(one, turn(1))
    ask(one, turn(2))
    with pytest.raises(ValueError, match="out of turn"):
        ask(one, turn(3))


@pytest.mark.parametrize(("probes", "interval"), [(0, 1.0), (3_601, 1.0), (1, 0.0), (1, 601.0)])
def test_a_series_has_bounds(probes: int, interval: float) -> None:
    with pytest.raises(ValueError, match="possible"):
        Prober([], probes, interval)


def test_without_endpoints_there_is_nothing_to_ask() -> None:
    (found,) = ask(Prober([]), PLAN)
    assert (found.outcome, found.reason) == (
        Outcome.UNKNOWN, "no endpoint of the operation was given (--team-rpc)",
    )  # fmt: skip
    (found,) = ask(TeamResolver([], i.GENESIS), ask_for("team", "getSlot", [], probe="series:a"))
    assert found.outcome is Outcome.UNKNOWN


def test_answers_of_the_operation_are_of_the_endpoint_that_is_named() -> None:
    given = nodes(Time())
    team = TeamResolver([one.endpoint for one in given], i.GENESIS, make_door=door_of(given))
    one, lost = ask(
        team,
        ask_for("team", "getVersion", [], probe="series:second"),
        ask_for("team", "getVersion", [], probe="series:third"),
    )
    assert one.providers == ("second",)
    assert "getVersion" not in given[0].asked
    assert (lost.outcome, lost.reason) == (Outcome.UNKNOWN, "no endpoint named third was given")
    with pytest.raises(ValueError, match="names none"):
        ask(team, ask_for("team", "getVersion", []))


def test_with_the_first_provider_cut_off_the_second_answers() -> None:
    given = nodes(Time())
    check = FailoverCheck([one.endpoint for one in given], i.GENESIS, make_door=door_of(given))
    (found,) = ask(check, ask_for("failover", "getSlot"))
    assert (found.outcome, found.providers) == (Outcome.FOUND, ("second",))
    assert given[0].asked == []
    assert found.exchanges[0].error is not None
    assert "cut off on purpose" in found.exchanges[0].error


def test_one_provider_has_nothing_to_fail_over_to() -> None:
    given = nodes(Time())[:1]
    (found,) = ask(FailoverCheck([given[0].endpoint], i.GENESIS), ask_for("failover", "getSlot"))
    assert found.outcome is Outcome.UNKNOWN
