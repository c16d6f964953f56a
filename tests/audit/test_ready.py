"""The samples decide: READY for the right cluster only, and every blocking control can end it."""

from __future__ import annotations

import asyncio

import pytest

from privatedao_audit.audit.opening import replay
from privatedao_audit.audit.summary import sum_up
from privatedao_audit.model import target as targets
from privatedao_audit.model.status import Floor, Status, meets_floor
from tests.audit.ready import Walk, Walked


@pytest.fixture(scope="module")
def whole() -> Walk:
    """The finished rollout that ships with the kit."""
    target = targets.load("sample-healthy")
    recording = targets.bundled_recording(target, "sample-healthy")
    assert recording is not None
    return Walk(target, recording)


def test_the_finished_rollout_is_ready_for_a_local_rehearsal_cluster(whole: Walk) -> None:
    unmet = {
        one["id"]: one["summary"] for one in whole.blocking
        if not meets_floor(Status(one["status"]), Floor(one["floor"]))
    }  # fmt: skip
    assert unmet == {}
    summary = whole.verdict()
    assert (summary["word"], summary["blocking"]) == ("READY", [])
    assert {one["status"] for one in whole.findings} <= {"PASS", "ATTESTED", "N/A"}


def test_ready_says_openly_that_it_is_a_rehearsal(whole: Walk) -> None:
    (network,) = [one for one in whole.findings if one["id"] == "RG-06"]
    assert "for a local rehearsal cluster only" in network["summary"]
    card = whole.base.verdict()
    assert "not-mainnet" in [row["id"] for row in card.self_doubt]
    (mainnet,) = [row for row in whole.base.boundary() if row["id"] == "HB-11"]
    assert mainnet["state"] == "open"


def test_one_changed_answer_ends_every_blocking_control(
    whole: Walk, capsys: pytest.CaptureFixture[str]
) -> None:
    walked = {one["id"]: whole.ended(one) for one in whole.blocking}
    ended = [one for one in walked.values() if isinstance(one, Walked)]
    with capsys.disabled():
        print("\n\ncontrol status   verdict       change    answer")
        print("\n".join(map(str, ended)))
    assert [name for name, one in walked.items() if one is None] == []
    assert {one.verdict for one in ended} <= {"NOT READY", "INCONCLUSIVE"}
    assert len(ended) == len(whole.blocking) > 60


def test_the_rollout_in_the_middle_is_not_ready() -> None:
    target = targets.load("sample")
    recording = targets.bundled_recording(target, "sample")
    assert recording is not None

    async def judged() -> str:
        audit = await replay(target, recording, "a test")
        await audit.collect(audit.scope.domains)
        return str(sum_up(audit.findings(), invalid=False)["word"])

    assert asyncio.run(judged()) == "NOT READY"
