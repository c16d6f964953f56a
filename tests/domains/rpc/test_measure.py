"""Series over endpoints that are good, and over such as are bad in every way we know."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from privatedao_audit.chain.series.model import Series, dump, parse
from privatedao_audit.domains.authority.world import wallet
from privatedao_audit.domains.rpc import invented as i
from privatedao_audit.domains.rpc.checks import CHECKS
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.model.status import Status
from tests.domains.rpc.endpoints import (
    DAO,
    MINT,
    TREASURY,
    Time,
    judged,
    nodes,
    series_of,
    subjects,
    target,
)

#: The transaction of the fake history is none that could be decoded, so what rests on it is open.
SOUND = {
    "RP-03": Status.PASS, "RP-04": Status.PASS, "RP-05": Status.PASS, "RP-07": Status.PASS,
}  # fmt: skip


def measured(first: dict[str, Any] | None = None, second: dict[str, Any] | None = None,
             **options: Any) -> Series:  # fmt: skip
    time = Time()
    found = asyncio.run(series_of(nodes(time, first, second), time, **options))
    assert isinstance(found, Found)
    assert parse(dump(found.value)) == found.value
    return found.value


def told(first: dict[str, Any] | None = None, second: dict[str, Any] | None = None,
         **options: Any) -> dict[str, Status]:  # fmt: skip
    time = Time()
    return judged(asyncio.run(series_of(nodes(time, first, second), time, **options)))


def test_a_sound_series_has_every_round_and_every_read() -> None:
    series = measured()
    assert len(series.rounds) == 32
    assert series.rounds[-1].since_ms == 62_000
    assert {one.outcome for one in series.compared} == {"equal"}
    assert [one.address for one in series.compared] == [s.address for s in subjects(target())]
    assert series.told("first", "genesis").value == i.GENESIS  # type: ignore[union-attr]
    assert series.told("second", "program scan").outcome == "served"  # type: ignore[union-attr]
    seen = series.rounds[3].seen["second"]
    assert (seen.asked, seen.answered, seen.limited, seen.health) == (8, 8, 0, "ok")
    assert all(one.valid for turn in series.rounds for one in turn.valid)


def test_sound_endpoints_pass_what_does_not_rest_on_a_transaction() -> None:
    found = told()
    assert {name: found[name] for name in SOUND} == SOUND


def test_no_url_and_no_key_is_in_a_series() -> None:
    assert b"s3cret" not in dump(measured())


def _poorer(value: dict[str, Any]) -> None:
    value["lamports"] -= 1


@pytest.mark.parametrize("address", [TREASURY, DAO, MINT])
def test_a_lie_about_one_account_alone_diverges(address: str) -> None:
    # Nobody touched the account since: the one transaction of the history is older.
    series = measured(second={"lies": {address: _poorer}})
    by_address = {one.address: one.outcome for one in series.compared}
    assert by_address.pop(address) == "diverged"
    assert set(by_address.values()) == {"equal"}
    assert told(second={"lies": {address: _poorer}})["RP-04"] is Status.DIVERGED


def test_the_rent_epoch_is_never_compared() -> None:
    # The fake node's rent epoch is its lag.
    assert {one.outcome for one in measured(second={"lag": 3}).compared} == {"equal"}


def test_a_lagging_endpoint_fails_though_its_health_is_ok() -> None:
    found = told(second={"lag": 40})
    assert found["RP-05"] is Status.FAIL
    assert told(second={"lag": 20})["RP-05"] is Status.PASS
    assert told(first={"lag": 40})["RP-05"] is Status.FAIL


def test_both_behind_alike_are_found_by_the_clock() -> None:
    found = told({"lag": 400}, {"lag": 400})
    assert found["RP-05"] is Status.FAIL


def test_a_frozen_blockhash_fails() -> None:
    assert told(second={"frozen": True})["RP-03"] is Status.FAIL


def test_a_blockhash_that_the_other_takes_later_is_asked_for_again() -> None:
    time = Time()
    given = nodes(time)
    refused: dict[str, float] = {}

    def knows(blockhash: str) -> bool:
        return time.passed - refused.setdefault(blockhash, time.passed) >= 5

    given[1].knows = knows
    found = asyncio.run(series_of(given, time))
    assert isinstance(found, Found)
    again = [one.after_ms for turn in found.value.rounds for one in turn.valid
             if one.by == "second" and one.valid]  # fmt: skip
    assert len(again) == 32
    assert min(again) >= 5_000
    assert max(again) <= 10_000
    assert judged(found)["RP-03"] is Status.PASS


def test_blockhashes_that_are_never_taken_fail() -> None:
    assert told(second={"knows": lambda blockhash: False})["RP-03"] is Status.FAIL


def test_another_cluster_fails_and_its_slots_are_not_compared() -> None:
    found = told(second={"genesis": i.OTHER_GENESIS})
    assert found["RP-02"] is Status.FAIL
    assert found["RP-05"] is Status.FAIL
    series = measured(second={"genesis": i.OTHER_GENESIS})
    assert {one.outcome for one in series.compared} <= {"single", "unknown"}
    facts = i.facts(series=Found(series, i.GOOD.series.at), subjects=subjects(target()))
    labels = [part.label for part in CHECKS["RP-05"](facts, Limits()).parts]
    assert "second behind first" not in labels


@pytest.mark.parametrize(
    ("empty", "what"),
    [({"history"}, "history"), ({"scan"}, "program scan"), ({DAO}, "accounts")],
    ids=["history", "scan", "account"],
)
def test_empty_answers_for_what_exists_fail(empty: set[str], what: str) -> None:
    series = measured(second={"empty": frozenset(empty)})
    assert series.told("second", what).outcome == "empty"  # type: ignore[union-attr]
    assert series.told("first", what).outcome == "served"  # type: ignore[union-attr]
    assert told(second={"empty": frozenset(empty)})["RP-09"] is Status.FAIL


def test_a_refused_scan_is_refused_and_not_empty() -> None:
    series = measured(second={"refuses": frozenset({"getProgramAccounts"})})
    assert series.told("second", "program scan").outcome == "refused"  # type: ignore[union-attr]


def test_the_clock_of_this_machine_is_checked() -> None:
    for ahead in (90.0, -90.0):
        assert told(ahead=ahead)["RP-05"] is Status.UNKNOWN
    assert told({"dated": False}, {"dated": False})["RP-05"] is Status.UNKNOWN
    assert told(second={"skew": 30.0})["RP-05"] is Status.UNKNOWN


def test_a_storm_of_429_is_counted_and_fails() -> None:
    change = {"limited": lambda number: number % 3 == 0}
    series = measured(second=change)
    assert sum(turn.seen["second"].limited for turn in series.rounds) > 50
    assert told(second=change)["RP-02"] is Status.FAIL


def test_an_endpoint_that_is_down_is_no_reason_to_stop() -> None:
    found = told(second={"down": True})
    assert found["RP-02"] is Status.FAIL
    assert found["RP-07"] is Status.UNKNOWN
    assert found["RP-04"] is Status.FAIL


def test_when_nobody_answers_the_network_here_may_be_at_fault() -> None:
    assert set(told({"down": True}, {"down": True}).values()) == {Status.UNKNOWN}


def test_one_node_behind_two_endpoints_fails() -> None:
    same = {"identity": wallet("one node")}
    assert told(same, same)["RP-02"] is Status.FAIL


def test_a_short_series_leaves_the_lag_open() -> None:
    assert told(probes=10)["RP-05"] is Status.UNKNOWN
    assert told(probes=40, interval=1.0)["RP-05"] is Status.UNKNOWN


def test_without_endpoints_nothing_is_measured() -> None:
    found = asyncio.run(series_of([], Time()))
    assert found == Unknown("no endpoint of the operation was given (--team-rpc)", found.at)
    assert set(judged(found).values()) == {Status.UNKNOWN}
