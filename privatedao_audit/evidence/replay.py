"""Asking a sealed recording: the same answers as live, and Unknown for what was not asked."""

from __future__ import annotations

from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.evidence.sealed import SealedRecording


class Replay:
    """Answers questions from a sealed recording; see ``questions.Answers``."""

    def __init__(self, sealed: SealedRecording) -> None:
        self._sealed = sealed

    def held(self, question: Question) -> Answer | None:
        """The recorded answer; None where there is none."""
        return self._sealed.answer(question)

    async def ask(self, question: Question) -> Answer:
        """The recorded answer; Unknown, and resting on no read, when the run did not ask it.

        A later kit asks an older recording what nobody asked then. The id of such a question is
        in no record, so naming it as evidence would point at nothing.

        Raises:
            RecordingDamaged: the file was changed after it was opened.
        """
        answer = self._sealed.answer(question)
        if answer is not None:
            return answer
        run = self._sealed.run
        return Answer(
            read_id="",
            outcome=Outcome.UNKNOWN,
            reason=f"this recording does not hold the question ({question.method})",
            body=None,
            slot=None,
            commitment=None,
            providers=(),
            asked_at=run.sealed_at or run.started_at,
        )
