"""How questions about the operation's endpoints are put: kinds, probes, and answers of one or two.

A question of kind ``team`` is one of kind ``rpc`` under a probe ``series:LABEL`` (that endpoint
alone) or ``series:LABEL+LABEL`` (accounts at both, compared as any two witnesses are). It belongs
to the sitting of the series, and is never resumed. Nothing here touches the network.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from privatedao_audit.evidence.questions import Answer, Answers, Question

__all__ = [
    "FAILOVER", "INTERVAL", "NO_ENDPOINT", "PROBE", "PROBES", "SERIES", "SETTLE_MS", "TEAM",
    "AtEndpoint", "AtPair",
]  # fmt: skip

#: Kinds of question: a round of the series, a read at the operation's endpoints, and the kit's
#: own failover.
SERIES: Final = "series"
TEAM: Final = "team"
FAILOVER: Final = "failover"
PROBE: Final = "series:"
NO_ENDPOINT: Final = "no endpoint of the operation was given (--team-rpc)"
#: Default: 32 rounds, 2 s apart, so that 62 s pass between the first and the last.
PROBES: Final = 32
INTERVAL: Final = 2.0
#: For so long a blockhash may be unknown to another endpoint.
SETTLE_MS: Final = 10_000


class AtEndpoint:
    """Answers of one endpoint of the operation, for typed reads (``ChainReads``)."""

    def __init__(self, answers: Answers, label: str) -> None:
        self._answers, self._label = answers, label

    async def ask(self, question: Question) -> Answer:
        """The endpoint's own answer; the probe of the question is kept behind its name."""
        return await self._answers.ask(_marked(question, self._label))


class AtPair(AtEndpoint):
    """Answers on which two endpoints of the operation agree."""

    def __init__(self, answers: Answers, first: str, second: str) -> None:
        super().__init__(answers, f"{first}+{second}")


def _marked(question: Question, who: str) -> Question:
    probe = f"{PROBE}{who}" + (f"/{question.probe}" if question.probe else "")
    return replace(question, kind=TEAM, probe=probe)
