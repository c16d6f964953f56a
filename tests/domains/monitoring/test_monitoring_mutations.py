"""Every leaf of a sound history that MA-12 rests on ends its PASS when it changes."""

from __future__ import annotations

import re

import pytest

from privatedao_audit.domains.monitoring.cases import GOOD, MULTISIG
from privatedao_audit.domains.monitoring.checks import ma_12
from privatedao_audit.model.limits import Limits
from tests.domains.mutations_treasury import MONITORING, NAMES
from tests.domains.test_mutations import bare, still_passing

#: Changes that must be among those noticed, whatever the list above allows.
_NOTICED = (
    r"\.entries\[\d+\]\.(lamports|amount)\[\d\]=int",
    r"\.now\.value\.(lamports|index)=int",
    r"\.(cut|unreadable)=",
)


def test_ma_12_notices_every_leaf_it_rests_on() -> None:
    found = []
    for path in still_passing("MA-12", GOOD, lambda facts: facts):
        for address, name in NAMES.items():
            path = path.replace(address, name)
        found.append(path)
    allowed = re.compile("|".join(MONITORING["MA-12"]))
    assert [path for path in found if not allowed.search(path)] == []


def test_a_multisig_transaction_that_is_not_seen_ends_the_pass() -> None:
    left = still_passing("MA-12", GOOD, lambda facts: facts)
    assert [path for path in left if re.search(rf"\.created\[{MULTISIG}\]", path)] == []
    missed = [path for path in left if any(re.search(one, path) for one in _NOTICED)]
    assert missed == []


def test_nothing_passes_on_a_history_that_names_no_evidence() -> None:
    with pytest.raises(ValueError, match="without evidence"):
        ma_12(bare(GOOD), Limits())
