"""Asking live and on replay."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import recording_samples as samples

from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.questions import (
    Answer,
    Answers,
    Outcome,
    Question,
    Resolution,
    ask_for,
)
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording


class Scripted:
    """A resolver that counts, waits for its gate, and raises what it is told to."""

    def __init__(self, *outcomes: Resolution | BaseException) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[Question] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def resolve(self, question: Question) -> Resolution:
        self.asked.append(question)
        await self.gate.wait()
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


QUESTION = samples.slot_question()


def test_tasks_that_ask_the_same_share_one_resolution(tmp_path: Path) -> None:
    async def scenario() -> None:
        resolver = Scripted(samples.found(b"once"), samples.found(b"twice"))
        resolver.gate.clear()
        collector = Collector(recording, {"rpc": resolver})
        asking = [asyncio.create_task(collector.ask(samples.slot_question())) for _ in range(20)]
        other = asyncio.create_task(collector.ask(samples.slot_question("provider:main")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert [q.probe for q in resolver.asked] == [None, "provider:main"]
        resolver.gate.set()
        answers = await asyncio.gather(*asking, other)
        assert {answer.body for answer in answers[:20]} == {b"once"}
        assert answers[20].body == b"twice"
        assert len(resolver.asked) == 2

    with samples.open_at(tmp_path / "w.sqlite") as recording:
        asyncio.run(scenario())


def test_the_next_takes_over_when_the_one_that_resolves_is_cancelled(tmp_path: Path) -> None:
    async def scenario() -> None:
        resolver = Scripted(samples.found())
        resolver.gate.clear()
        collector = Collector(recording, {"rpc": resolver})
        first = asyncio.create_task(collector.ask(QUESTION))
        second = asyncio.create_task(collector.ask(QUESTION))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert recording.get(QUESTION) is None
        resolver.gate.set()
        assert (await second).body == b"{}"
        assert len(resolver.asked) == 2

    with samples.open_at(tmp_path / "w.sqlite") as recording:
        asyncio.run(scenario())


def test_what_is_recorded_is_not_asked_again(tmp_path: Path) -> None:
    resolver = Scripted(samples.found(b"live"))
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        live = asyncio.run(Collector(recording, {"rpc": resolver}).ask(QUESTION))
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        assert asyncio.run(Collector(recording, {"rpc": resolver}).ask(QUESTION)) == live
    assert len(resolver.asked) == 1


def test_unknown_outcomes_are_recorded_and_not_retried(tmp_path: Path) -> None:
    resolver = Scripted(Resolution(Outcome.UNKNOWN, "no RPC endpoint was given"))
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        collector = Collector(recording, {"rpc": resolver})
        first = asyncio.run(collector.ask(QUESTION))
        assert first == asyncio.run(collector.ask(QUESTION))
    assert (first.outcome, first.reason) == (Outcome.UNKNOWN, "no RPC endpoint was given")
    assert len(resolver.asked) == 1


@pytest.mark.parametrize("error", [ZeroDivisionError("defect"), KeyboardInterrupt()])
def test_what_a_resolver_raises_passes_and_nothing_is_written(
    tmp_path: Path, error: BaseException
) -> None:
    resolver = Scripted(error, samples.found())
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        collector = Collector(recording, {"rpc": resolver})
        with pytest.raises(type(error)):
            asyncio.run(collector.ask(QUESTION))
        assert recording.get(QUESTION) is None
        assert asyncio.run(collector.ask(QUESTION)).outcome is Outcome.FOUND


def test_a_kind_that_nothing_answers_is_a_defect(tmp_path: Path) -> None:
    recording = samples.open_at(tmp_path / "w.sqlite")
    with recording, pytest.raises(LookupError, match="'git'"):
        asyncio.run(Collector(recording, {}).ask(ask_for("git", "head")))


def test_progress_is_reported_once_per_question_also_when_resumed(tmp_path: Path) -> None:
    told: list[tuple[Question, Answer]] = []

    def tell(question: Question, answer: Answer) -> None:
        told.append((question, answer))

    async def scenario(collector: Collector) -> None:
        await asyncio.gather(*(collector.ask(QUESTION) for _ in range(5)))
        await collector.ask(samples.slot_question("two"))

    for _ in range(2):
        with samples.open_at(tmp_path / "w.sqlite") as recording:
            resolver = Scripted(samples.found())
            asyncio.run(scenario(Collector(recording, {"rpc": resolver}, on_answer=tell)))
    assert [question.probe for question, _ in told] == [None, "two"] * 2
    assert all(answer.body == b"{}" for _, answer in told)


def test_replay_answers_as_live(tmp_path: Path) -> None:
    steps = samples.script()

    async def ask_all(answers: Answers) -> list[Answer]:
        return [await answers.ask(question) for question, _ in steps]

    with samples.open_at(tmp_path / "w.sqlite") as recording:
        for question, resolution in steps:
            recording.put(question, resolution)
        live = asyncio.run(ask_all(Collector(recording, {})))
        recording.seal(tmp_path / "e.sqlite", samples.SEALED_AT)
    with SealedRecording.open(tmp_path / "e.sqlite") as sealed:
        assert asyncio.run(ask_all(Replay(sealed))) == live


def test_replay_does_not_know_what_was_not_asked(tmp_path: Path) -> None:
    with SealedRecording.open(samples.seal(tmp_path)) as sealed:
        answer = asyncio.run(Replay(sealed).ask(QUESTION))
    assert answer.evidence == ()
    assert answer == Answer(
        read_id="",
        outcome=Outcome.UNKNOWN,
        reason="this recording does not hold the question (getSlot)",
        body=None,
        slot=None,
        commitment=None,
        providers=(),
        asked_at=samples.SEALED_AT,
    )
