"""Rules of the past: which of them a history proves for a slot."""

from __future__ import annotations

import pytest

from privatedao_audit.chain.layouts import squads
from privatedao_audit.domains.authority.history import Walk
from privatedao_audit.domains.authority.world import MEMBERS, STRANGER
from privatedao_audit.domains.custody.history import variations as v
from privatedao_audit.domains.custody.history import world as w
from privatedao_audit.domains.custody.history.facts import MultisigHistory
from privatedao_audit.domains.custody.history.log import squads_log
from privatedao_audit.domains.custody.history.replay import replay
from privatedao_audit.domains.custody.history.then import Then, rules_then
from privatedao_audit.domains.custody.history.world import ADDRESS, OWNER
from privatedao_audit.model.reads import Found
from tests.domains.custody.history.ledger import LIFE
from tests.domains.custody.history.test_history_log import read


def then(one: MultisigHistory, slot: int) -> Then:
    assert isinstance(one.log, Found)
    return rules_then(one, {one.address: replay(one, one.log.value)}, slot)


def test_the_rules_of_a_slot_are_all_that_were_in_force_in_it() -> None:
    assert isinstance(w.HISTORY.log, Found)
    end = replay(w.HISTORY, w.HISTORY.log.value)
    assert [slot for slot, _ in end.timeline] == [120, 400]
    assert end.rules_in(119) == ()
    assert [one.time_lock for one in end.rules_in(120)] == [w.SHORT]
    assert [one.time_lock for one in end.rules_in(399)] == [w.SHORT]
    assert [one.time_lock for one in end.rules_in(400)] == [w.SHORT, w.LONG]
    assert [one.time_lock for one in end.rules_in(9_999)] == [w.LONG]


def test_before_its_creation_a_multisig_has_no_threshold() -> None:
    assert then(w.HISTORY, 119).threshold is None
    found = then(w.HISTORY, 300)
    assert (found.threshold, found.members) == (2, frozenset(MEMBERS))


def test_the_highest_threshold_of_the_slot_counts() -> None:
    one = v.three_needed().history.multisigs[0]
    assert then(one, 300).threshold == 3
    assert then(one, 1_600).threshold == 3
    assert then(one, 1_601).threshold == 2


@pytest.mark.parametrize(
    ("kept_from", "slot", "threshold"), [(150, 150, 2), (150, 149, None), (None, 900, None)]
)
def test_a_cut_history_proves_what_lies_behind_the_cut(
    kept_from: int | None, slot: int, threshold: int | None
) -> None:
    one = v.multisig(log=v.cut_log(kept_from=kept_from))
    assert then(one, slot).threshold == threshold


def test_a_change_in_the_very_slot_leaves_the_threshold_open() -> None:
    change = squads.ChangeThreshold(2)
    one = v.multisig(log=v.cut_log(v.by_config_authority(700, change)))
    assert [then(one, slot).threshold for slot in (699, 700, 701)] == [None, None, 2]
    lock = v.multisig(log=v.cut_log(v.by_config_authority(700, squads.SetTimeLock(5))))
    assert then(lock, 699).threshold == 2


def test_a_removed_member_was_one() -> None:
    joined = v.by_config_authority(700, squads.AddMember(squads.Member(STRANGER, 7)))
    one = v.multisig(log=v.cut_log(joined))
    assert then(one, 900).members == {*MEMBERS, STRANGER}


def test_no_multisig_no_threshold() -> None:
    found = rules_then(None, {}, 5)
    assert (found.threshold, found.members) == (None, frozenset())


@pytest.mark.parametrize(
    ("cut", "kept_from", "unreadable", "whole_from"),
    [
        ("", None, (), None),
        ("older history may be cut", 400, (), 400),
        ("it has more pages", None, (), None),
        ("older history may be cut", 400, ("lost",), None),
    ],
)
def test_a_log_knows_from_when_on_it_is_whole(
    cut: str, kept_from: int | None, unreadable: tuple[str, ...], whole_from: int | None
) -> None:
    transactions = read(*LIFE[5:])
    found = squads_log(Walk(ADDRESS, transactions, unreadable, cut, kept_from), OWNER)
    assert found.whole_from == whole_from
