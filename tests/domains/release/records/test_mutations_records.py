"""Every leaf of sound records that a rule rests on ends its PASS when it changes."""

from __future__ import annotations

import re

import pytest

from privatedao_audit.domains import registry
from privatedao_audit.domains.release.records import sound
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.mutations_records import RECORDS
from tests.domains.test_mutations import bare, still_passing


@pytest.mark.parametrize("control", sorted(RECORDS))
def test_a_check_of_records_notices_every_leaf_it_rests_on(control: str) -> None:
    unnoticed = still_passing(control, sound.GOOD.facts(), lambda facts: facts)
    allowed = re.compile("|".join(RECORDS[control]))
    assert [path for path in unnoticed if not allowed.search(path)] == []


@pytest.mark.parametrize("control", sorted(RECORDS))
def test_nothing_passes_on_records_that_name_no_evidence(control: str) -> None:
    check = registry.check_of(control)
    assert check is not None
    try:
        status = check(bare(sound.GOOD.facts()), Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status is not Status.PASS
