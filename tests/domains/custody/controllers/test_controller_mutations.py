"""Change every leaf of sound facts, one at a time; only those no rule rests on may still hold."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.domains.authority.world import STRANGER
from privatedao_audit.domains.custody.controllers import cases
from privatedao_audit.domains.custody.controllers import cases_others as more
from privatedao_audit.domains.custody.controllers.checks import CHECKS
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.mutations_controllers import CONTROLLERS
from tests.domains.test_mutations import bare, mutants

HELD = (Status.PASS, Status.ATTESTED)


def sound(control: str) -> Any:
    """Facts that hold, with one of everything that the check looks at."""
    if control == "UA-02":
        members = {"members": list(more.MEMBERS)}
        return cases.facts(policies=(cases.policy(members),))
    if control == "UA-05":
        return cases._path()
    return more.others(
        more.role((more.VAULT,)),
        more.role((more.VAULT,), role="proof attestors", kind="attestors"),
        mint=more.mint_of(more.MULTISIG.vault(2)),
    )


def unnoticed(control: str) -> list[str]:
    facts = sound(control)
    assert CHECKS[control](facts, Limits()).status in HELD
    left, count = [], 0
    for path, other in mutants(facts.controllers):
        count += 1
        try:
            said = CHECKS[control](replace(facts, controllers=other), Limits())
        except (ValueError, KeyError, AttributeError):
            continue  # refused: a claim without evidence, or a holder of no kind
        if said.status in HELD:
            left.append(path)
    assert count > 20
    return left


@pytest.mark.parametrize("control", sorted(CONTROLLERS))
def test_a_check_notices_every_leaf_it_rests_on(control: str) -> None:
    allowed = re.compile("|".join(CONTROLLERS[control]))
    assert [path for path in unnoticed(control) if not allowed.search(path)] == []


@pytest.mark.parametrize("control", sorted(CONTROLLERS))
def test_nothing_holds_on_reads_that_name_no_evidence(control: str) -> None:
    try:
        status = CHECKS[control](bare(sound(control)), Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status not in HELD


def test_every_unread_account_ends_a_pass_of_the_other_authorities() -> None:
    for address in more.GOOD.accounts():
        if address in (more.GOOD.programs[0].id, more.GOOD.programs[0].programdata,
                       more.MULTISIG.vault()):  # fmt: skip
            continue  # of the upgrade authority, which other controls judge
        world = more.GOOD.reading(address, more.UNREAD)
        said = CHECKS["UA-09"](more.others(more.role((more.VAULT,)), world=world), Limits())
        assert said.status is Status.UNKNOWN, address


@pytest.mark.parametrize(
    "loose", [Limits(upgrade_delay_seconds=0), Limits(multisig_threshold=1)], ids=str
)
def test_a_target_can_not_loosen_what_other_authorities_need(loose: Limits) -> None:
    for case in more.CASES:
        if case.expected is not Status.PASS:
            assert CHECKS["UA-09"](case.facts, loose).status is case.expected, case.name


def test_a_target_can_ask_for_more() -> None:
    given = more.others(more.role((more.VAULT,)))
    assert CHECKS["UA-09"](given, Limits(multisig_voters=4)).status is Status.FAIL


def test_a_wallet_recorded_and_registered_is_still_one_key() -> None:
    given = more.others(more.role((STRANGER,)), registers=(more.register(STRANGER),))
    said = CHECKS["UA-09"](given, Limits())
    assert said.status is Status.FAIL
    assert {part.status for part in said.parts} == {Status.FAIL, Status.PASS}
