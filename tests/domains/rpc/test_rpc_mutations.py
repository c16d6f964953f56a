"""Every leaf of a sound series, register and practice that a control rests on ends its PASS.

RP-06 rests on rules, logs and drills, whose leaves are changed for MA-07.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.domains.rpc import invented as i
from privatedao_audit.domains.rpc.checks import CHECKS
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from tests.domains.mutations_rpc import RPC
from tests.domains.test_mutations import bare, still_passing

_ROUNDS = i.series().rounds


def _thin() -> RpcFacts:
    """The sound facts without rounds, which are changed apart, and without alert rules."""
    thin = replace(i.series(), rounds=())
    return i.facts(rules=RuleFacts(), series=Found(thin, i.GOOD.series.at))


def _whole(facts: RpcFacts) -> Any:
    if not isinstance(facts.series, Found):
        return facts
    rounds = facts.series.value.rounds or _ROUNDS
    return replace(facts, series=replace(facts.series, value=replace(
        facts.series.value, rounds=rounds)))  # fmt: skip


@pytest.mark.parametrize("control", sorted(RPC))
def test_a_check_notices_every_leaf_it_rests_on(control: str) -> None:
    left = still_passing(control, _thin(), _whole)
    unnoticed = [where for where in left if not any(re.search(one, where) for one in RPC[control])]
    assert unnoticed == []


@pytest.mark.parametrize("control", sorted(RPC))
def test_nothing_is_allowed_that_no_leaf_has(control: str) -> None:
    left = still_passing(control, _thin(), _whole)
    idle = [one for one in RPC[control] if not any(re.search(one, where) for where in left)]
    assert idle == []


@pytest.mark.parametrize("control", sorted(RPC))
def test_nothing_passes_on_reads_that_name_no_evidence(control: str) -> None:
    try:
        said = CHECKS[control](bare(i.GOOD), Limits())
    except ValueError as error:
        assert "without evidence" in str(error)
    else:
        assert said.status is not Status.PASS


#: A member of what an endpoint told in every round, changed in all → controls that must notice.
NOTICED = {
    "slots": ({"slots": {}}, {"RP-01", "RP-05"}),
    "height": ({"height": None}, {"RP-01", "RP-03"}),
    "a height that stands": ({"height": 5}, {"RP-03"}),
    "blockhash": ({"blockhash": None}, {"RP-01", "RP-03"}),
    "a blockhash that stands": ({"blockhash": i.node("x")}, {"RP-03"}),
    "clock": ({"clock_time": None}, {"RP-01", "RP-05"}),
    "a clock of another day": ({"clock_time": i.NOW - i.DAY}, {"RP-05"}),
    "date": ({"date": i.NOW - i.DAY}, {"RP-05"}),
    "this machine's clock": ({"at_ms": (i.NOW - i.DAY) * 1000}, {"RP-05"}),
    "identity": ({"identity": i.node("second")}, {"RP-02"}),
}


@pytest.mark.parametrize("name", NOTICED)
def test_what_every_round_tells_is_noticed(name: str) -> None:
    change, controls = NOTICED[name]
    found = i.measured(lambda label, number: i.seen(label, number, **change), i.seen)  # type: ignore[arg-type]
    noticed = {
        control for control in ("RP-01", "RP-02", "RP-03", "RP-05")
        if CHECKS[control](found, Limits()).status is not Status.PASS
    }  # fmt: skip
    assert controls <= noticed


def test_what_an_endpoint_says_of_its_own_condition_changes_nothing() -> None:
    for health in ("", "error -32005 (Node is behind by 100 slots)"):

        def sick(label: str, number: int, health: str = health) -> Any:
            return i.seen(label, number, health=health)

        found = i.measured(sick, sick)
        for control in CHECKS:
            good = CHECKS[control](i.GOOD, Limits()).status
            assert CHECKS[control](found, Limits()).status is good
