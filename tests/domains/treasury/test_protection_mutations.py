"""Every leaf that TR-01 to TR-04 and TR-09 rest on ends their good status when it changes."""

from __future__ import annotations

import re

import pytest

from privatedao_audit.domains.treasury import protected
from privatedao_audit.domains.treasury.checks import CHECKS
from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.tokens.cases import GOOD as POWERS
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.mutations_protection import NOTICED, PROTECTION
from tests.domains.mutations_treasury import NAMES
from tests.domains.test_mutations import bare, mutants


def good(control: str) -> TreasuryFacts:
    return POWERS if control == "TR-02" else protected.protected()


def unnoticed(control: str) -> set[str]:
    """Paths of changes under which the status stays; the addresses stand by their names."""
    check, facts = CHECKS[control], good(control)
    before = check(facts, Limits()).status
    assert before is (Status.ATTESTED if control == "TR-03" else Status.PASS)
    found = set()
    for path, other in mutants(facts):
        try:
            after = check(other, Limits()).status
        except ValueError:
            continue  # facts that can't be: a pair of one
        if after is before:
            for address, name in NAMES.items():
                path = path.replace(address, name)
            found.add(path)
    return found


@pytest.mark.parametrize("control", sorted(PROTECTION))
def test_a_check_notices_every_leaf_it_rests_on(control: str) -> None:
    own, allowed = PROTECTION[control]
    still = unnoticed(control)
    mine = [path for path in still if re.search(own, path)]
    assert mine
    assert [path for path in mine if not re.search("|".join(allowed), path)] == []
    assert [path for path in NOTICED.get(control, ()) if path in still] == []


@pytest.mark.parametrize("control", sorted(PROTECTION))
def test_nothing_passes_on_reads_that_name_no_evidence(control: str) -> None:
    try:
        status = CHECKS[control](bare(good(control)), Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status not in (Status.PASS, Status.ATTESTED)
