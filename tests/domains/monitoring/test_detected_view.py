"""What notebook 04 shows of detectors and lives: tables, plots, and what stands in their place."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from privatedao_audit.audit import open_audit
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.monitoring import view
from privatedao_audit.domains.monitoring.detected import detected, stories
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.watch import Watch
from privatedao_audit.history.powers import Power
from privatedao_audit.protocols.facts import Outcome
from privatedao_audit.view.plots import Plot
from tests.history.detectors.life import (
    ALICE,
    BOB,
    BOSS,
    DAO,
    DATA,
    KEEPER,
    START,
    STRANGER,
    UNLOCK,
    VAULT,
    Life,
    a_good_life,
    key,
)
from tests.hostile.corpus import CORPUS

PLOTS = (view.life, view.failing, view.concentration, view.authorities, view.balance)
NOTHING = MonitoringFacts(GovernanceFacts("another", "that protocol is not known", {}, ()), {})


def facts(life: Life) -> MonitoringFacts:
    story = life.story()
    governance = GovernanceFacts("privatedao", "", {DAO: "the club"}, (story.reads,))
    return MonitoringFacts(governance, {DAO: story.history}, watch=Watch(life.known))


def eventful() -> Life:
    life = a_good_life()
    life.call(50, "transfer_dao_authority", BOSS, fields={"new_authority": STRANGER})
    life.deed(60, powers=(Power("0", "upgrade authority", DATA, VAULT, by=BOSS),))
    life.call(UNLOCK + 20_000, "execute_proposal", STRANGER, 1, ok=False)
    return life


def rows(shown: Any) -> list[dict[str, Any]]:
    table = shown.table if isinstance(shown, Plot) else shown
    return table.frame.to_dict("records")  # type: ignore[no-any-return]


def test_every_detector_stands_in_the_table_with_what_it_looks_for() -> None:
    said = {row["detector"]: row for row in rows(view.detections(facts(eventful())))}
    assert len(said) == 11
    assert said["Unexpected execute attempts"]["found"] == "1 found"
    assert said["A lone hand"]["found"] == "nothing"
    assert said["Tokens that voted twice"]["found"] == "incomplete"
    assert "were not followed" in said["Tokens that voted twice"]["what it could not judge"]
    assert "the target names none" in said["Unexpected proposals"]["what it did not look at"]
    assert all(len(row["what it looks for"].split()) > 15 for row in said.values())
    shown = view.detections(facts(eventful()))
    assert shown.ordinary is not None
    folded = {name for name, usual in zip(said, shown.ordinary.rows, strict=True) if usual}
    assert "A lone hand" in folded
    # Neither what was found nor what could not be judged is out of sight.
    assert not folded & {"Unexpected execute attempts", "Tokens that voted twice",
                         "Unexpected proposals"}  # fmt: skip


def test_hits_are_listed_oldest_first_with_their_transactions() -> None:
    found = rows(view.hits(facts(eventful())))
    assert [(row["detector"], row["about"]) for row in found] == [
        ("Changes of authority", "the club"), ("Unexpected execute attempts", "proposal 1"),
    ]  # fmt: skip
    assert found[0]["when"] == (START + 50, 50)
    assert STRANGER in found[0]["what happened"]
    assert found[0]["last transaction"].startswith("s")


def test_a_life_line_has_its_phases_and_what_was_tried() -> None:
    shown = view.life(facts(eventful()))
    assert isinstance(shown, Plot)
    assert shown.figure.title == (
        "1 of 2 proposals were executed; 3 attempts to decide or execute failed"
    )
    for word in ("voting", "reveal", "attempt that failed", "executed"):
        assert word in shown.figure.svg
    first, second = rows(shown)
    assert (first["outcome"], second["outcome"]) == ("executed", "passed")
    assert first["executed"].endswith("UTC") and second["executed"] == "–"
    assert (first["failed"], second["failed"]) == (2, 1)


def test_failures_are_told_by_instruction_and_caller() -> None:
    shown = view.failing(facts(eventful()))
    assert isinstance(shown, Plot)
    assert shown.figure.title == "3 instructions of the program failed, by 2 callers"
    assert f"keeper {KEEPER[:4]}…{KEEPER[-4:]}" in shown.figure.svg
    assert [row["instruction"] for row in rows(shown)] == ["execute_proposal"] * 3


def test_many_callers_share_a_marker_and_stand_in_the_table() -> None:
    life = a_good_life()
    for number in range(20):
        life.call(9_000 + number, "finalize_proposal", key(f"caller {number}"), 1, ok=False)
    shown = view.failing(facts(life))
    assert isinstance(shown, Plot)
    assert "others" in shown.figure.svg
    assert len({row["paid by"] for row in rows(shown)}) == 21


def test_the_shares_of_a_vote_are_told_by_wallet() -> None:
    life = a_good_life()
    life.propose(30_000, 2, votes={ALICE: (70, "yes"), BOB: (30, "no")}, outcome=Outcome.PASSED)
    shown = view.concentration(facts(life))
    assert isinstance(shown, Plot)
    assert shown.figure.title.startswith("In 1 of 3 votes one wallet held more than half")
    assert [row["share"] for row in rows(shown) if row["no."] == "2"] == ["70 %", "30 %"]
    assert shown.table.ordinary is not None
    assert [int(row["share"][:-2]) <= 50 for row in rows(shown)] == shown.table.ordinary.rows


def test_changes_of_authority_are_marked_where_nobody_registered_them() -> None:
    shown = view.authorities(facts(eventful()))
    assert isinstance(shown, Plot)
    assert shown.figure.title == "1 of 4 changes of authority were not to be expected"
    assert [(row["what"], row["unexpected"]) for row in rows(shown)] == [
        ("DAO: authority", False), ("DAO: authority", False), ("DAO: authority", True),
        ("upgrade authority", False),
    ]  # fmt: skip
    assert shown.table.ordinary is not None
    assert shown.table.ordinary.rows == [True, True, False, True]


@pytest.mark.parametrize("draw", PLOTS)
def test_plots_are_the_same_bytes_each_time_and_have_alt_texts(draw: Any) -> None:
    given = facts(eventful())
    first, second = draw(given), draw(given)
    assert isinstance(first, Plot)
    assert first.figure.svg == second.figure.svg
    assert len(first.figure.alt.split()) >= 12 and first.figure.alt.endswith(".")


@pytest.mark.parametrize("draw", [*PLOTS, view.detections, view.hits])
def test_without_a_protocol_the_reason_stands_in_their_place(draw: Any) -> None:
    assert "that protocol is not known" in str(draw(NOTHING))
    assert stories(NOTHING) == {} and detected(NOTHING) == {}


def test_hostile_titles_are_text() -> None:
    life = a_good_life()
    for number, text in enumerate(CORPUS.values(), start=2):
        life.propose(30_000 + number, number, votes={ALICE: (7, "yes")}, title=text)
    given = facts(life)
    for draw in (view.life, view.concentration):
        shown = draw(given)
        assert isinstance(shown, Plot)
        assert "<script" not in shown.figure.svg.lower()
        assert [row for row in rows(shown) if row["no."] == "2"]
        assert shown.figure._repr_mimebundle_()


def test_a_history_that_was_not_read_is_left_out_of_the_stories() -> None:
    given = facts(eventful())
    assert detected(replace(given, histories={})) == {}


def replayed(target: str) -> dict[str, Any]:
    async def read() -> dict[str, Any]:
        audit = await open_audit("monitoring", target=target)
        (found,) = detected(await audit.facts("monitoring")).values()
        return dict(found)

    return asyncio.run(read())


def test_the_finished_rollout_is_silent_over_its_whole_life() -> None:
    said = replayed("sample-healthy")
    assert {name: [hit.text for hit in one.hits] for name, one in said.items() if one.hits} == {}


def test_the_rollout_in_the_middle_shows_its_real_faults_and_nothing_else() -> None:
    said = replayed("sample")
    faults = {name: len(one.hits) for name, one in said.items() if one.hits}
    # A recording that holds the calendar shows two proposals that it lacks as well.
    assert faults.pop("unexpected-proposal", 2) == 2
    assert faults == {"unexpected-execute": 1, "treasury-power": 1, "authority-change": 1}
