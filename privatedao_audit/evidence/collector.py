"""Asking live: each question once, recorded before anybody sees its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

from privatedao_audit.evidence.questions import Answer, Question, Resolver
from privatedao_audit.evidence.recording import Recording


class Collector:
    """Answers questions through resolvers and records them; see ``questions.Answers``."""

    def __init__(
        self,
        recording: Recording,
        resolvers: Mapping[str, Resolver],
        *,
        on_answer: Callable[[Question, Answer], None] | None = None,
    ) -> None:
        """
        Args:
            resolvers: kind of question → what answers it.
            on_answer: called once per question that this collector was asked, after it is
                recorded, also when a resumed recording held it already.
        """
        self._recording = recording
        self._resolvers = dict(resolvers)
        self._on_answer = on_answer
        self._reported: set[str] = set()
        # One lock per question that somebody is asking right now.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def held(self, question: Question) -> Answer | None:
        """The recorded answer, carried or given already; None, and nobody is asked, else."""
        return self._recording.get(question)

    async def ask(self, question: Question) -> Answer:
        """Answer from the recording, or resolve and record.

        Tasks that ask the same question at the same time share one resolution; when the one
        that resolves is cancelled, the next takes over. Whatever a resolver raises passes
        through, and nothing is recorded then.

        Raises:
            LookupError: no resolver for this kind of question.
            RecordingError: see :meth:`Recording.put`.
        """
        lock = self._locks.setdefault(question.key, asyncio.Lock())
        async with lock:
            answer = self._recording.get(question)
            if answer is None:
                resolver = self._resolvers.get(question.kind)
                if resolver is None:
                    raise LookupError(f"nothing answers questions of the kind {question.kind!r}")
                answer = self._recording.put(question, await resolver.resolve(question))
        if self._on_answer is not None and answer.read_id not in self._reported:
            self._reported.add(answer.read_id)
            self._on_answer(question, answer)
        return answer
