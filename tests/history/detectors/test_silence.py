"""An ordinary life is silent, and whatever can't be seen is said by every detector it concerns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.history.detectors import DETECTORS, Detection, Story, detect
from privatedao_audit.history.powers import Power
from privatedao_audit.model.reads import Unknown
from tests.history.detectors.life import (
    DAO,
    MULTISIG,
    START,
    a_good_life,
    replace_story,
    unknown,
    with_gap,
)

#: Those that read the instructions about the DAO.
BY_CALLS = {
    "unexpected-execute", "repeated-failures", "failure-spike", "unexpected-proposal",
    "vote-anomaly", "authority-change", "double-vote",
}  # fmt: skip
#: Those that read what the treasury holds.
BY_MONEY = {"outflow-unexplained", "balance-step", "treasury-power"}


def unable(story: Story) -> set[str]:
    return {name for name, one in detect(story, Detection()).items() if one.unable}


def test_an_ordinary_life_is_silent() -> None:
    assert a_good_life().fired() == set()
    # The voters' own token accounts were not followed, and it says so.
    assert unable(a_good_life().story()) == {"double-vote"}


def test_every_detector_explains_itself() -> None:
    for name, one in DETECTORS.items():
        assert one.id == name
        assert len(one.explanation.split()) >= 20
        assert one.title and not one.title.endswith(".")
    assert len(DETECTORS) == 11


def test_every_hit_names_its_detector_and_its_transactions() -> None:
    life = a_good_life()
    life.call(30, "execute_proposal", DAO, 1, ok=False)
    said = detect(life.story(), Detection())
    assert set(said) == set(DETECTORS)
    for name, one in said.items():
        assert one.detector == name
        for hit in one.hits:
            assert hit.detector == name
            assert hit.signatures and hit.at.evidence
            assert hit.text.endswith(".")
            assert hit.block_time is not None and hit.block_time > START


def test_a_cut_list_makes_what_rests_on_it_incomplete() -> None:
    assert unable(with_gap(a_good_life().story(), "dao")) >= BY_CALLS
    assert unable(with_gap(a_good_life().story(), "proposal")) >= BY_CALLS
    life = a_good_life()
    life.hold(2, "account", 0, 5, "somebody")
    assert unable(with_gap(life.story(), "token account")) >= BY_MONEY


def test_a_cut_list_of_the_multisig_concerns_the_authorities() -> None:
    life = a_good_life()
    life.deed(5, powers=(Power("0", "multisig created", MULTISIG, None, 2, None),))
    story = with_gap(life.story(), "multisig")
    assert unable(story) == {"authority-change", "double-vote"}


def test_an_unknown_instruction_about_the_dao_makes_it_incomplete() -> None:
    life = a_good_life()
    life.deed(50, unknown(DAO))
    assert unable(life.story()) >= BY_CALLS | {"outflow-unexplained"}


def test_an_unknown_instruction_about_others_does_not() -> None:
    life = a_good_life()
    life.deed(50, unknown("another DAO"))
    assert unable(life.story()) == {"double-vote"}


def test_lost_inner_instructions_make_it_incomplete() -> None:
    life = a_good_life()
    life.deed(50, gap="the node kept no inner instructions")
    assert unable(life.story()) >= BY_CALLS | {"outflow-unexplained"}


def test_a_dao_that_was_not_read_makes_it_incomplete() -> None:
    story = a_good_life().story()
    reads = replace(story.reads, dao=Unknown("every provider answered 503"))
    assert unable(replace_story(story, reads=reads)) >= BY_CALLS


def test_proposals_beyond_the_limit_make_it_incomplete() -> None:
    story = a_good_life().story()
    reads = replace(story.reads, gaps=("of 9 proposals the first 2 were read: that is the limit",))
    assert unable(replace_story(story, reads=reads)) >= BY_CALLS


def test_a_treasury_without_history_makes_it_incomplete() -> None:
    story = a_good_life().story()
    histories = {k: v for k, v in story.history.histories.items() if v.role != "treasury"}
    lost = replace_story(story, history=replace(story.history, histories=histories))
    assert unable(lost) >= BY_CALLS | BY_MONEY


@pytest.mark.parametrize(
    ("name", "value"),
    [("repeated_failures", 0), ("step_percent", 101), ("executors", ("no key",)), ("unknown", 1)],
)
def test_parameters_are_strict(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        Detection.model_validate({name: value})
