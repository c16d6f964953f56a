"""Every leaf that IR-01 to IR-07 rest on ends their good status when it changes."""

from __future__ import annotations

import re

import pytest

from privatedao_audit.domains.incident import invented
from privatedao_audit.domains.incident.checks import CHECKS
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.mutations_incident import INCIDENT
from tests.domains.test_mutations import bare, mutants


def unnoticed(control: str) -> set[str]:
    """Paths of changes of what is the control's own, under which its status stays."""
    check, own = CHECKS[control], INCIDENT[control][0]
    before = check(invented.GOOD, Limits()).status
    assert before is (Status.PASS if control == "IR-07" else Status.ATTESTED)
    found = set()
    for path, other in mutants(invented.GOOD):
        if not re.search(own, path):
            continue
        try:
            after = check(other, Limits()).status
        except (ValueError, KeyError, AttributeError):
            continue  # facts that can't be: an element or a read that is none
        if after is before:
            found.add(path)
    return found


def test_every_control_of_the_domain_is_mutated() -> None:
    assert set(INCIDENT) == set(CHECKS)


@pytest.mark.parametrize("control", sorted(INCIDENT))
def test_a_check_notices_every_leaf_it_rests_on(control: str) -> None:
    still = unnoticed(control)
    assert still
    allowed = re.compile("|".join(INCIDENT[control][1]))
    assert sorted(path for path in still if not allowed.search(path)) == []


@pytest.mark.parametrize("control", sorted(INCIDENT))
def test_nothing_is_good_on_reads_that_name_no_evidence(control: str) -> None:
    try:
        status = CHECKS[control](bare(invented.GOOD), Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status not in (Status.PASS, Status.ATTESTED)
