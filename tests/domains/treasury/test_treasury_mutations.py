"""Every leaf of a sound treasury that a rule rests on ends its PASS when it changes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from privatedao_audit.domains import registry
from privatedao_audit.domains.treasury.cases import GOOD
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.mutations_treasury import NAMES, TREASURY
from tests.domains.test_mutations import bare, still_passing


def unnoticed(control: str, good: Any, allowed: tuple[str, ...]) -> list[str]:
    """Paths of changes that a check does not notice and that are not allowed to pass."""
    found = []
    for path in still_passing(control, good, lambda facts: facts):
        for address, name in NAMES.items():
            path = path.replace(address, name)
        if not re.search("|".join(allowed), path):
            found.append(path)
    return found


@pytest.mark.parametrize("control", sorted(TREASURY))
def test_a_check_of_the_treasury_notices_every_leaf_it_rests_on(control: str) -> None:
    assert unnoticed(control, GOOD, TREASURY[control]) == []


@pytest.mark.parametrize("control", sorted(TREASURY))
def test_nothing_passes_on_a_history_that_names_no_evidence(control: str) -> None:
    check = registry.check_of(control)
    assert check is not None
    with pytest.raises(ValueError, match="without evidence"):
        status = check(bare(GOOD), Limits()).status
        assert status is Status.PASS
