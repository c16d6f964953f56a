"""What a collector is given: the target, and typed reads of the chain and the checkout."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.evidence.carried import Carried
from privatedao_audit.evidence.questions import Answer, Answers, Question
from privatedao_audit.model.target import Target
from privatedao_audit.repository.reads import RepositoryReads


@dataclass(frozen=True, slots=True)
class Sources:
    """Where facts come from, live or on replay.

    Attributes:
        target: what is audited.
        answers: where questions go.
        providers: labels of the RPC providers of this run; empty when there is none.
        probe: set on a second collection, so that its questions are asked anew.
        carried: finalized history of the recording that this one continues.
        memo: what was collected for one domain and serves another.
    """

    target: Target
    answers: Answers
    providers: tuple[str, ...]
    probe: str | None = None
    carried: Carried | None = None
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def chain(self) -> ChainReads:
        """Typed reads of the chain, finalized."""
        return ChainReads(self._asking(), carried=self.carried if self.probe is None else None)

    @property
    def repository(self) -> RepositoryReads:
        """Typed reads of the checkout."""
        return RepositoryReads(self.answers)

    def under(self, probe: str) -> Sources:
        """The same sources asking every question of the chain anew, under a probe label.

        Labels add up (``again/closing``): a question that was asked under one of them alone
        would be answered from what was recorded then.
        """
        label = probe if self.probe is None else f"{self.probe}/{probe}"
        return replace(self, probe=label, memo={})

    def _asking(self) -> Answers:
        return self.answers if self.probe is None else _Probing(self.answers, self.probe)


@dataclass(frozen=True, slots=True)
class _Probing:
    """Labels questions, so that asking again is a question of its own."""

    answers: Answers
    probe: str

    async def ask(self, question: Question) -> Answer:
        label = self.probe if question.probe is None else f"{question.probe}/{self.probe}"
        return await self.answers.ask(replace(question, probe=label))
