"""Every leaf that a check of the gate rests on ends its PASS when it changes."""

from __future__ import annotations

import re

import pytest

from privatedao_audit.domains.gate.checks import CHECKS
from privatedao_audit.domains.gate.external import cases as external
from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.papers import cases as papers
from privatedao_audit.domains.gate.reach import cases as reach
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.mutations_gate import GATE
from tests.domains.test_mutations import bare, still_passing


def good(control: str) -> GateFacts:
    return {"RG-05": external.GOOD, "RG-07": reach.GOOD}.get(control, papers.GOOD)


@pytest.mark.parametrize("control", sorted(GATE))
def test_a_check_notices_every_leaf_it_rests_on(control: str) -> None:
    own, allowed = GATE[control]
    still = still_passing(control, good(control), lambda facts: facts)
    mine = [path for path in still if re.search(own, path)]
    assert mine
    assert [path for path in mine if not re.search("|".join(allowed), path)] == []


@pytest.mark.parametrize("control", sorted(GATE))
def test_nothing_passes_on_reads_that_name_no_evidence(control: str) -> None:
    try:
        status = CHECKS[control](bare(good(control)), Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status is not Status.PASS
