"""What checks work out once and share never stands for something else."""

from __future__ import annotations

from dataclasses import replace

from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules import coverage as executed
from privatedao_audit.domains.monitoring.rules import invented as i
from privatedao_audit.domains.monitoring.rules.checks import CHECKS
from privatedao_audit.domains.monitoring.rules.coverage import Coverage, coverage
from privatedao_audit.domains.monitoring.rules.made import Scope
from privatedao_audit.domains.monitoring.rules.occurrences import scope_of
from privatedao_audit.model.finding import Judgement
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, Unknown

SCOPE = scope_of(i.GOOD)


def _covered(scope: Scope) -> Coverage:
    rules = i.with_rows(condition='any occurrence of proposal_created{instruction="one"}')
    return coverage("MA-01", rules, Limits(), scope)


def _alone(scope: Scope) -> Coverage:
    executed._stages.clear()
    return _covered(scope)


def test_rules_are_executed_on_the_series_of_their_own_scope() -> None:
    moved = replace(SCOPE, daos=tuple(replace(one, address="elsewhere") for one in SCOPE.daos))
    two, turned = (
        replace(SCOPE, calls={**SCOPE.calls, "propose": names})
        for names in (("one", "two"), ("two", "one"))
    )
    scopes = (SCOPE, moved, two, turned)
    due = [_alone(one) for one in scopes]

    assert all(due.count(one) == 1 for one in due)
    assert [sorted(one.rules[0].fires) for one in due] == [[], [], [0, 1], [2, 3]]
    for number in (0, 1, 0, 2, 3, 2, 1):
        assert _covered(scopes[number]) == due[number]


def test_conditions_are_told_apart_by_all_they_say() -> None:
    executed._stages.clear()
    said = [
        [part.status for one in coverage("MA-07", i.with_rows("rpc-lag", condition=text),
                                         Limits(), SCOPE).rules for part in one.parts]
        for text in ("rpc_slot_lag > 32 slots for 60 s", "rpc_slot_lag > 5000 slots for 60 s",
                     "rpc_slot_lag > 32 slots for 60 s")
    ]  # fmt: skip
    assert said[0] == said[2] != said[1]


def _judged(facts: MonitoringFacts) -> Judgement:
    return CHECKS["MA-01"](facts, Limits())


def test_the_wholeness_of_one_custody_is_not_that_of_another() -> None:
    lost = replace(i.GOOD, multisigs={i.MULTISIG: Unknown("the disk answered EIO")})
    other = replace(i.GOOD, program_data=())
    older = replace(i.GOOD, uncounted={"another multisig": "squads-v3"})
    good = _judged(i.GOOD)

    for facts in (lost, other, older):
        assert _judged(facts) != good
        assert _judged(i.GOOD) == good
    same = {i.MULTISIG: Found("squads", i.at("multisig owner"))}
    assert _judged(replace(i.GOOD, multisigs=same)).status is good.status
