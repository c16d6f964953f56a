"""Change every leaf of a sound history, one at a time; only those no rule rests on may pass."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.domains.custody.history import variations as cases
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.cases_accepted import approved, limited, row, vote
from privatedao_audit.domains.custody.history.checks import CHECKS
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status
from tests.domains.mutations_history import HISTORY, NOTICED
from tests.domains.test_mutations import bare, still_passing


def sound(control: str) -> Any:
    """Facts that pass, with a nonce account in them for the control that looks at those."""
    if control == "UA-10":
        return w.facts(signers=cases.used(), nonces=cases.nonce())
    return w.facts()


def unnoticed(control: str) -> list[str]:
    facts = sound(control)
    return still_passing(control, facts.history, lambda one: replace(facts, history=one))


@pytest.mark.parametrize("control", sorted(HISTORY))
def test_a_check_notices_every_leaf_it_rests_on(control: str) -> None:
    left = unnoticed(control)
    allowed, noticed = (re.compile("|".join(one[control])) for one in (HISTORY, NOTICED))
    assert [path for path in left if not allowed.search(path)] == []
    assert [path for path in left if noticed.search(path)] == []


@pytest.mark.parametrize("control", sorted(HISTORY))
def test_nothing_passes_on_reads_that_name_no_evidence(control: str) -> None:
    try:
        status = CHECKS[control](bare(sound(control)), Limits()).status
    except ValueError as refused:
        assert "without evidence" in str(refused)
    else:
        assert status is not Status.PASS


@pytest.mark.parametrize("given", [limited(row()), approved(vote())], ids=["limit", "upgrade"])
def test_every_word_of_an_accepted_power_counts(given: Any) -> None:
    accepted = given.history.accepted

    def with_(forms: Any) -> Any:
        return replace(given, history=replace(given.history, accepted=forms))

    left = still_passing("UA-07", accepted, with_)
    # Who answers and why is the team's word; a commit by another name, or a second apart, too.
    allowed = re.compile(
        r"\.file=|\.said\.value\.(file|part|state)=|\[(reason|owner)\]=|\.changed\.value\.\w+="
    )
    assert [path for path in left if not allowed.search(path)] == []
