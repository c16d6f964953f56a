"""Every case has the status that it promises, and the cases cover what a check can get wrong."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

import pytest

from privatedao_audit.domains import registry
from privatedao_audit.domains.cases import Case
from privatedao_audit.domains.custody.cases import CASES as CUSTODY
from privatedao_audit.domains.gate.cases import CASES as GATE
from privatedao_audit.domains.incident.cases import CASES as INCIDENT
from privatedao_audit.domains.monitoring.cases import CASES as MONITORING
from privatedao_audit.domains.release.cases import CASES as RELEASE
from privatedao_audit.domains.rpc.cases import CASES as RPC
from privatedao_audit.domains.treasury.cases import CASES as TREASURY
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model.finding import Position, finding
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status

CASES = (*RELEASE, *CUSTODY, *RPC, *MONITORING, *TREASURY, *INCIDENT, *GATE)
EVALUATED = {
    *(f"RC-{n:02}" for n in range(1, 16)),
    *(f"UA-{n:02}" for n in range(1, 11)),
    *(f"SD-{n:02}" for n in range(1, 6)),
    *(f"TR-{n:02}" for n in range(1, 10)),
    *(f"MA-{n:02}" for n in range(1, 13)),
    *(f"RP-{n:02}" for n in range(1, 11)),
    *(f"IR-{n:02}" for n in range(1, 8)),
    *(f"RG-{n:02}" for n in range(1, 8)),
}


def named(case: Case) -> str:
    return f"{case.control} {case.name}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_case_has_the_status_it_promises(case: Case) -> None:
    check = registry.check_of(case.control)
    assert check is not None
    before = deepcopy(case.facts)

    said = check(case.facts, Limits())

    assert said.status is case.expected, [(p.label, p.status, p.summary) for p in said.parts]
    assert check(case.facts, Limits()) == said
    assert case.facts == before


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_judgement_is_fit_for_a_report(case: Case) -> None:
    check = registry.check_of(case.control)
    assert check is not None
    said = check(case.facts, Limits())
    control = catalogue.load()[case.control]

    found = finding(control, said, Position("genesis", "2026-01-01T00:00:00Z"))

    assert canonical.dumps(found) == canonical.dumps(deepcopy(found))
    assert found["status"] == case.expected.value
    # A bundle is refused when a finding rests on reads and does not say when they were made.
    assert all(part.at.asked_at for part in said.parts if part.at.evidence)
    assert found["summary"][0].isupper() or found["summary"][0].isalnum()
    assert found["summary"].rstrip(")").endswith((".", "it"))
    labels = [part.label for part in said.parts]
    assert len(set(labels)) == len(labels), "two parts of one name: one hides the other's value"
    for part in said.parts:
        assert part.summary.endswith("."), part.summary
        if part.status in (Status.PASS, Status.NOT_APPLICABLE):
            assert part.at.evidence
        if part.status is Status.FAIL:
            assert part.at.evidence, f"{part.label}: shown to be bad by nothing"


def test_the_evaluated_controls_are_those_of_the_plans() -> None:
    planned = {control for plan in registry.PLANS.values() for control in plan.checks}
    assert planned == EVALUATED == {case.control for case in CASES}
    for name, plan in registry.PLANS.items():
        assert {catalogue.load()[control].domain for control in plan.checks} <= {name}


@pytest.mark.parametrize("control", sorted(EVALUATED))
def test_each_control_is_shown_failing_unknown_and_passing(control: str) -> None:
    seen = Counter(case.expected for case in CASES if case.control == control)
    assert seen[Status.FAIL] >= 2
    assert seen[Status.UNKNOWN] >= 2
    floor = catalogue.load()[control].floor
    good = seen[Status.PASS] or (floor.value == "ATTESTED" and seen[Status.ATTESTED])
    assert good >= 1
    assert seen[Status.DIVERGED] >= 1


@pytest.mark.parametrize("control", sorted(EVALUATED))
def test_the_rule_is_written_in_words(control: str) -> None:
    check = registry.check_of(control)
    assert check is not None
    assert check.__doc__ is not None
    assert len(check.__doc__.split()) > 15


def test_names_of_cases_are_unique() -> None:
    twice = [name for name, count in Counter(map(named, CASES)).items() if count > 1]
    assert twice == []


def test_a_control_without_an_evaluation_has_no_check() -> None:
    assert registry.check_of("TR-99") is None
    assert registry.check_of("nonsense") is None


@pytest.mark.parametrize(
    "loose",
    [Limits(upgrade_delay_seconds=0), Limits(multisig_threshold=1), Limits(multisig_voters=1)],
    ids=["delay", "threshold", "voters"],
)
def test_a_target_can_not_loosen_the_floor_of_the_power_tuple(loose: Limits) -> None:
    check = registry.check_of("UA-06")
    assert check is not None
    for case in CUSTODY:
        if case.control == "UA-06" and case.expected is not Status.PASS:
            assert check(case.facts, loose).status is case.expected, case.name


@pytest.mark.parametrize(
    "strict",
    [
        Limits(upgrade_delay_seconds=86_401),
        Limits(multisig_threshold=3),
        Limits(multisig_voters=4),
    ],
    ids=["delay", "threshold", "voters"],
)
def test_a_target_can_ask_for_more(strict: Limits) -> None:
    check = registry.check_of("UA-06")
    good = next(c for c in CUSTODY if c.control == "UA-06" and c.expected is Status.PASS)
    assert check is not None
    assert check(good.facts, strict).status is Status.FAIL
