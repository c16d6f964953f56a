"""Authorities that change hands, and proposals that nobody expects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.history.detectors import DETECTORS, Announced, Detection
from privatedao_audit.history.powers import Power, PowerKind
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.protocols.facts import Outcome
from tests.history.detectors.life import (
    ALICE,
    AT,
    BOB,
    BOSS,
    CAROL,
    DATA,
    DAVE,
    DAY,
    KEEPER,
    MULTISIG,
    START,
    STRANGER,
    VAULT,
    Life,
    a_good_life,
    replace_story,
)

HAND_OVER, OPERATOR = "transfer_dao_authority", "transfer_treasury_operator_authority"


def handed(name: str, by: str, to: str, ok: bool = True) -> Life:
    life = a_good_life()
    life.call(50, name, by, fields={"new_authority": to}, ok=ok)
    return life


@pytest.mark.parametrize(
    ("name", "by", "to"),
    [(HAND_OVER, BOSS, STRANGER), (HAND_OVER, VAULT, STRANGER), (HAND_OVER, BOSS, KEEPER),
     (OPERATOR, BOSS, STRANGER), (HAND_OVER, VAULT, BOSS)],
)  # fmt: skip
def test_a_hand_over_to_an_unexpected_key_fires(name: str, by: str, to: str) -> None:
    life = handed(name, by, to)
    (hit,) = life.detect("authority-change").hits
    assert by in hit.text and to in hit.text
    assert life.fired() == {"authority-change"}


@pytest.mark.parametrize(
    ("name", "by", "to", "ok"),
    [(HAND_OVER, STRANGER, VAULT, True), (HAND_OVER, STRANGER, BOSS, True),
     (OPERATOR, STRANGER, BOSS, True), (HAND_OVER, BOSS, STRANGER, False)],
)  # fmt: skip
def test_a_hand_over_to_whom_it_belongs_or_one_that_failed_is_silent(
    name: str, by: str, to: str, ok: bool
) -> None:
    assert handed(name, by, to, ok).detect("authority-change").silent


def test_a_hand_over_to_nobody_that_is_told_is_incomplete() -> None:
    life = a_good_life()
    life.call(50, HAND_OVER, BOSS)
    assert "does not say to whom" in life.detect("authority-change").unable


@pytest.mark.parametrize(("by", "hits"), [(BOSS, 0), (VAULT, 0), (STRANGER, 1)])
def test_policies_are_set_by_whom_they_belong_to(by: str, hits: int) -> None:
    life = a_good_life()
    life.call(50, "update_dao_governance_policy_v3", by)
    assert len(life.detect("authority-change").hits) == hits


@pytest.mark.parametrize(("by", "hits"), [(BOSS, 1), (VAULT, 0), (STRANGER, 2)])
def test_a_policy_that_is_changed_later_has_to_come_from_a_vault(by: str, hits: int) -> None:
    life = a_good_life()
    life.call(50, "initialize_dao_governance_policy_v3", by)
    life.call(60, "initialize_dao_settlement_policy_v3", VAULT)
    life.call(70, "update_dao_governance_policy_v3", by)
    for number in (-3, -2, -1):
        (action,) = life.deeds[number].actions
        place = "settlement" if "settlement" in str(action.name) else "governance"
        accounts = {**action.accounts, "policy": place, "system_program": programs.SYSTEM}
        life.deeds[number] = replace(
            life.deeds[number], actions=(replace(action, accounts=accounts),)
        )
    found = life.detect("authority-change").hits
    assert len(found) == hits
    assert all("single key" in hit.text or "not registered" in hit.text for hit in found)


def test_an_authority_that_nobody_handed_over_is_incomplete() -> None:
    story = a_good_life().story()
    dao = replace(story.reads.dao.value, authorities={"authority": STRANGER})  # type: ignore[union-attr]
    reads = replace(story.reads, dao=Found(dao, AT))
    said = DETECTORS["authority-change"].run(replace_story(story, reads=reads), Detection())
    assert f"is {STRANGER} now" in said.unable


def ruled(*powers: Power) -> Life:
    life = a_good_life()
    life.deed(5, powers=(Power("0", "multisig created", MULTISIG, None, 2, ALICE),))
    for number, one in enumerate(powers):
        life.deed(60 + number, powers=(one,))
    return life


@pytest.mark.parametrize(
    ("kind", "holder", "amount", "says"),
    [
        ("threshold", None, 1, "from 2 to 1"),
        ("threshold", None, 3, "from 2 to 3"),
        ("time lock", None, 0, "to 0 seconds"),
        ("config authority", STRANGER, None, f"to {STRANGER}"),
        ("member added", STRANGER, None, "who is not registered"),
        ("member removed", ALICE, None, "registered member"),
        ("spending limit", STRANGER, 5, "spending limit"),
    ],
)
def test_changes_of_the_multisig_fire_by_vote_and_without(
    kind: PowerKind, holder: str | None, amount: int | None, says: str
) -> None:
    alone = ruled(Power("0", kind, MULTISIG, holder, amount, BOSS))
    (hit,) = alone.detect("authority-change").hits
    assert says in hit.text and f"by {BOSS} alone" in hit.text
    assert alone.fired() == {"authority-change"}

    draft = Power("0", kind, MULTISIG, holder, amount, ALICE, "tx 1", proposed=True)
    voted = ruled(draft, Power("0", "config executed", MULTISIG, by=ALICE, via="tx 1"))
    (hit,) = voted.detect("authority-change").hits
    assert says in hit.text and "by a vote" in hit.text and len(hit.signatures) == 2


@pytest.mark.parametrize(
    ("kind", "holder", "amount"),
    [("threshold", None, 2), ("config authority", None, None), ("member added", ALICE, None),
     ("member removed", STRANGER, None), ("rent collector", STRANGER, None),
     ("spending limit removed", "limit", None)],
)  # fmt: skip
def test_changes_that_give_nobody_anything_are_silent(
    kind: PowerKind, holder: str | None, amount: int | None
) -> None:
    assert ruled(Power("0", kind, MULTISIG, holder, amount, BOSS)).fired() == set()


def test_what_was_put_to_the_vote_and_never_executed_is_silent() -> None:
    draft = Power("0", "threshold", MULTISIG, None, 1, ALICE, "tx 1", proposed=True)
    assert ruled(draft).detect("authority-change").silent


def test_an_execution_of_what_was_not_seen_is_incomplete() -> None:
    life = ruled(Power("0", "config executed", MULTISIG, by=ALICE, via="tx 9"))
    assert "was not seen" in life.detect("authority-change").unable


def test_an_instruction_of_the_multisig_that_was_not_read_is_incomplete() -> None:
    life = ruled(Power("0", "unknown", MULTISIG))
    assert "was not read" in life.detect("authority-change").unable


def upgraded(by: str, to: str | None, subject: str = DATA) -> Life:
    life = a_good_life()
    life.deed(50, powers=(Power("0", "upgrade authority", subject, to, by=by),))
    return life


@pytest.mark.parametrize(("by", "to"), [(BOSS, STRANGER), (VAULT, BOSS), (VAULT, None)])
def test_the_upgrade_authority_at_an_unexpected_key_fires(by: str, to: str | None) -> None:
    assert upgraded(by, to).fired() == {"authority-change"}


def test_the_upgrade_authority_at_the_vault_is_silent_and_so_is_a_buffers() -> None:
    assert upgraded(BOSS, VAULT).fired() == set()
    assert upgraded(BOSS, STRANGER, "a buffer").fired() == set()


def test_a_closed_program_fires() -> None:
    life = a_good_life()
    life.deed(50, powers=(Power("0", "program closed", DATA, by=BOSS),))
    assert "closed the program data" in life.detect("authority-change").hits[0].text


# Proposals


def more(*slots: int, by: str = ALICE) -> Life:
    life = a_good_life()
    for number, slot in enumerate(slots, start=2):
        life.propose(slot, number, by, outcome=Outcome.OPEN, votes={}, unlocks_at=None)
    return life


def test_three_proposals_within_an_hour_are_a_flash() -> None:
    life = more(5 * DAY, 5 * DAY + 1_800, 5 * DAY + 3_600)
    (hit,) = life.detect("unexpected-proposal").hits
    assert hit.weight == 3 and len(hit.signatures) == 3
    assert life.fired() == {"unexpected-proposal"}


def test_slower_ones_are_none() -> None:
    assert more(5 * DAY, 5 * DAY + 1_800, 5 * DAY + 3_601).detect("unexpected-proposal").silent


def test_a_proposer_that_never_proposed_fires_once() -> None:
    life = more(5 * DAY, 6 * DAY, 7 * DAY)
    life.propose(8 * DAY, 5, STRANGER, outcome=Outcome.OPEN, votes={})
    life.propose(9 * DAY, 6, STRANGER, outcome=Outcome.OPEN, votes={})
    (hit,) = life.detect("unexpected-proposal").hits
    assert hit.text.startswith(f"Proposal 5 is the first one by {STRANGER}")
    assert life.detect("unexpected-proposal", Detection(proposers=(STRANGER,))).silent


@pytest.mark.parametrize("by", [BOSS, KEEPER, VAULT])
def test_registered_keys_are_not_new(by: str) -> None:
    life = more(5 * DAY, 6 * DAY)
    life.propose(8 * DAY, 4, by, outcome=Outcome.OPEN, votes={})
    assert life.detect("unexpected-proposal").silent


def test_in_a_young_dao_everybody_is_new() -> None:
    life = a_good_life()
    life.propose(8 * DAY, 2, STRANGER, outcome=Outcome.OPEN, votes={})
    assert life.detect("unexpected-proposal").silent


def test_a_key_of_demonstrations_is_new_all_the_same() -> None:
    life = more(5 * DAY, 6 * DAY)
    life.known = replace(life.known, roles={**life.known.roles, "demo": frozenset({DAVE})})
    life.propose(8 * DAY, 4, DAVE, outcome=Outcome.OPEN, votes={})
    assert len(life.detect("unexpected-proposal").hits) == 1


def planned(*rows: Announced) -> Life:
    life = a_good_life()
    life.known = replace(life.known, calendar=Found(rows, AT))
    return life


def row(number: int, opens: int = 0, **more: str | bool | None) -> Announced:
    given = {"proposer": ALICE, "day": True, **more}
    return Announced(str(number), opens=START - START % DAY + opens, **given)  # type: ignore[arg-type]


def test_announced_proposals_are_silent() -> None:
    assert planned(row(0), row(1)).detect("unexpected-proposal").silent
    assert planned(Announced(title=""), row(0), row(1)).detect("unexpected-proposal").silent


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ((row(0),), "does not announce it"),
        ((row(0), row(1, proposer=BOB)), f"announces it by {BOB}"),
        ((row(0), row(1, 4 * DAY)), "at another time"),
    ],
)
def test_proposals_outside_the_calendar_fire(rows: tuple[Announced, ...], says: str) -> None:
    (hit,) = planned(*rows).detect("unexpected-proposal").hits
    assert says in hit.text and hit.text.startswith("Proposal 1 by")


def test_what_was_announced_for_one_day_is_no_flash() -> None:
    life = more(DAY, DAY + 1, DAY + 2)
    announced = tuple(row(number) for number in range(5))
    life.known = replace(life.known, calendar=Found(announced, AT))
    assert life.detect("unexpected-proposal").silent


def test_a_calendar_that_was_not_read_is_incomplete_and_none_is_noted() -> None:
    life = a_good_life()
    life.known = replace(life.known, calendar=Unknown("row 3: 'soon' is no date"))
    assert "'soon'" in life.detect("unexpected-proposal").unable
    life.known = replace(life.known, calendar=ProvenAbsent(AT))
    assert "names none" in life.detect("unexpected-proposal").note


def test_a_proposer_announced_in_the_calendar_is_not_new() -> None:
    life = more(5 * DAY, 6 * DAY)
    life.propose(8 * DAY, 4, CAROL, outcome=Outcome.OPEN, votes={})
    rows = tuple(row(n, slot) for n, slot in ((0, 0), (1, 0), (2, 5 * DAY), (3, 6 * DAY)))
    life.known = replace(
        life.known, calendar=Found((*rows, row(4, 8 * DAY, proposer=CAROL)), AT)
    )
    assert life.detect("unexpected-proposal").silent
