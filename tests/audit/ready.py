"""Walk every blocking control of a READY recording: what one changed answer does to it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.opening import replay
from privatedao_audit.audit.scope import Scope, read_scope
from privatedao_audit.audit.summary import sum_up
from privatedao_audit.evidence.questions import Answer, Kept, Outcome, Question
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.catalogue import domain
from privatedao_audit.model.status import Floor, Status, meets_floor
from privatedao_audit.model.target import Target

#: So many answers of one control are changed, one after the other, before the walk gives up.
MOST_TRIED = 60


@dataclass(frozen=True)
class Walked:
    """What ended one control: the change, the answer, and what it came to."""

    control: str
    change: str
    question: str
    status: str
    verdict: str

    def __str__(self) -> str:
        return f"{self.control}  {self.status:9}{self.verdict:14}{self.change:9} {self.question}"


class Changed:
    """The answers of a recording, one of them withheld or turned into "it is not there"."""

    def __init__(self, answers: Kept, read_id: str, outcome: Outcome) -> None:
        self._answers, self._read_id, self._outcome = answers, read_id, outcome
        self.question = ""

    async def ask(self, question: Question) -> Answer:
        return self._changed(question, await self._answers.ask(question))

    def held(self, question: Question) -> Answer | None:
        answer = self._answers.held(question)
        return None if answer is None else self._changed(question, answer)

    def _changed(self, question: Question, answer: Answer) -> Answer:
        if answer.read_id != self._read_id:
            return answer
        self.question = f"{question.kind} {question.method} {question.params}"[:110]
        reason = "withheld by a test" if self._outcome is Outcome.UNKNOWN else None
        return replace(answer, outcome=self._outcome, reason=reason, body=None)


class Walk:
    """The audit of a recording, and what becomes of it when one answer changes."""

    def __init__(self, target: Target, recording: Path) -> None:
        self.base = asyncio.run(self._collected(target, recording))
        self.findings = self.base.findings()
        self._answers = Replay(SealedRecording.open(recording))
        self._scope: Scope = asyncio.run(read_scope(self._answers))
        self._shared = Counter(one for f in self.findings for one in set(f["evidence"]))

    @staticmethod
    async def _collected(target: Target, recording: Path) -> Audit:
        audit = await replay(target, recording, "a test")
        await audit.collect(audit.scope.domains)
        return audit

    @property
    def blocking(self) -> list[dict[str, Any]]:
        return [one for one in self.findings if one["blocking"]]

    def verdict(self, found: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return sum_up(self.findings if found is None else found, invalid=False)

    def ended(self, finding: dict[str, Any]) -> Walked | None:
        """The first change of one answer that ends a control.

        Answers that no other control rests on come first, and every other time one on which many
        rest: what is proven in two ways outlasts the loss of either.
        """
        ranked = sorted(finding["evidence"], key=lambda one: (self._shared[one], one))
        turns = dict.fromkeys(
            one for pair in zip(ranked, reversed(ranked), strict=True) for one in pair
        )
        for read_id in list(turns)[:MOST_TRIED]:
            for outcome in (Outcome.ABSENT, Outcome.UNKNOWN):
                walked = self._try(finding, read_id, outcome)
                if walked is not None:
                    return walked
        return None

    def _try(self, finding: dict[str, Any], read_id: str, outcome: Outcome) -> Walked | None:
        answers = Changed(self._answers, read_id, outcome)
        audit = Audit(self.base.target, answers, self._scope, self.base.recorded_at, "a test")
        name = domain(finding["domain"]).name
        # Other domains stand as they were: what is changed is of this one.
        audit._facts = {k: v for k, v in self.base._facts.items() if k != name}
        try:
            asyncio.run(audit.collect([name]))
        except Exception as error:
            raise AssertionError(f"{read_id} {outcome} broke {name}: {error!r}") from error
        after = audit.finding(finding["id"])
        assert not audit.broken, audit.broken
        if meets_floor(Status(after["status"]), Floor(after["floor"])):
            return None
        word = self.verdict([after if f["id"] == after["id"] else f for f in self.findings])["word"]
        change = "absent" if outcome is Outcome.ABSENT else "withheld"
        return Walked(finding["id"], change, answers.question, after["status"], word)
