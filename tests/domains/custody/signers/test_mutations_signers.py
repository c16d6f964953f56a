"""Every leaf of sound facts about signers that a rule rests on ends its PASS when it changes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from privatedao_audit.domains import registry
from privatedao_audit.domains.custody.signers.invented import facts
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.mutations_signers import SIGNERS
from tests.domains.test_mutations import bare, mutants, still_passing


@pytest.mark.parametrize("control", sorted(SIGNERS))
def test_a_check_of_signers_notices_every_leaf_it_rests_on(control: str) -> None:
    unnoticed = still_passing(control, facts(), lambda given: given)
    allowed = re.compile("|".join(SIGNERS[control]))
    assert [path for path in unnoticed if not allowed.search(path)] == []


def test_the_two_registers_are_attested_by_whole_rows_alone() -> None:
    check = registry.check_of("SD-02")
    assert check is not None
    good = facts()
    assert check(good, Limits()).status is Status.ATTESTED
    unnoticed = [
        path
        for path, other in mutants(good.signers)
        if check(replace(good, signers=other), Limits()).status is Status.ATTESTED
    ]
    # Rows of people who are neither treasury (5) nor reviewer (6), and another key or owner.
    allowed = re.compile(
        r"entries\.value\[[0-4]\]|entries\.value\[[56]\]\.(key|custody|owner)=|\.file="
        r"|changed\.value=int|^\.(target|genesis|demos|proof|vaults|observed|roles)"
    )
    assert [path for path in unnoticed if not allowed.search(path)] == []


@pytest.mark.parametrize("control", [*sorted(SIGNERS), "SD-02"])
def test_nothing_passes_on_signers_that_name_no_evidence(control: str) -> None:
    check = registry.check_of(control)
    assert check is not None
    try:
        status = check(bare(facts()), Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status not in (Status.PASS, Status.ATTESTED)
