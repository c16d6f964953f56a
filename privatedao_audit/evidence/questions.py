"""Logical questions and their answers, apart from how they travel.

A run asks each question once. Live, a ``Resolver`` answers it from a network, a checkout or
git, with all the retries, failover and cross-checking that this takes; the outcome is recorded
as one ``read``. On replay the same question is answered from that row. Everything above this
module is therefore the same code live and on replay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

from privatedao_audit.model import canonical


class Outcome(StrEnum):
    """The four things that can come of a question."""

    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    DIVERGED = "diverged"


@dataclass(frozen=True, slots=True)
class Question:
    """One logical question.

    Attributes:
        kind: which resolver answers it: ``rpc``, ``file`` or ``git``.
        method: what is asked, e.g. ``getMultipleAccounts``, ``read``, ``rev-parse``.
        params: canonical JSON text of the parameters; use :func:`ask_for` to build one.
        probe: tells apart questions that are asked on purpose more than once, or of one
            provider: ``provider:LABEL``, ``closing``, ``series:17``.
    """

    kind: str
    method: str
    params: str
    probe: str | None = None

    @property
    def key(self) -> str:
        """The identity of the question: canonical JSON of its members."""
        return _key(self.kind, self.method, self.params, self.probe)

    @property
    def record_id(self) -> str:
        """Id of the read that answers it; the same question has the same id in every run."""
        return "r-" + canonical.sha256(self.key.encode())[:16]


@lru_cache(maxsize=4096)
def _key(kind: str, method: str, params: str, probe: str | None) -> str:
    # Each question needs its key several times on its way into the recording.
    # The parameters are canonical already, and stand between the other members as they are.
    one, two, four = (canonical.dumps(text).decode() for text in (kind, method, probe))
    return f'{{"kind":{one},"method":{two},"params":{params},"probe":{four}}}'


def ask_for(kind: str, method: str, params: Any = None, *, probe: str | None = None) -> Question:
    """Build a question; members of objects that are None are dropped, keys are sorted."""
    return Question(kind, method, canonical.dumps(_without_none(params)).decode(), probe)


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(v) for v in value]
    return value


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt at one source: an HTTP request, a file opened, a git command.

    Attributes:
        provider: label of the source (never its URL); ``checkout`` for files and git.
        host: host name without path, query, user or port secrets; empty off the network.
        request: the request as sent (JSON text, a path, a git argument list).
        status: HTTP status; None where there is none.
        headers: the few response headers that are kept.
        body: exact bytes of the answer; None when nothing came, or when it was withheld.
        error: what went wrong, without secrets; None when the answer arrived whole.
        withheld: the answer contained a configured secret and was not kept.
        at: UTC, RFC 3339 with milliseconds, when the answer (or the failure) was there.
    """

    provider: str
    host: str
    request: str
    status: int | None
    headers: dict[str, str]
    body: bytes | None
    error: str | None
    at: str
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a resolver came to.

    Attributes:
        outcome: found, absent, unknown or diverged.
        reason: why, for unknown and diverged; a phrase for people.
        exchanges: every attempt, in the order made.
        chosen: index into ``exchanges`` of the answer that stands; None when there is none.
        slot, commitment: position of that answer.
        providers: labels that gave this same answer.
    """

    outcome: Outcome
    reason: str | None = None
    exchanges: tuple[Exchange, ...] = ()
    chosen: int | None = None
    slot: int | None = None
    commitment: str | None = None
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A recorded outcome, as everything above sees it.

    Attributes:
        read_id: evidence id of the read; empty where the recording holds none.
        body: exact bytes of the chosen answer; None unless found (or absent with a body).
        asked_at: UTC time of the outcome.
        answers: for diverged, provider label → body, all of them.
    """

    read_id: str
    outcome: Outcome
    reason: str | None
    body: bytes | None
    slot: int | None
    commitment: str | None
    providers: tuple[str, ...]
    asked_at: str
    answers: dict[str, bytes] = field(default_factory=dict)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The ids under which others can look the answer up: one, or none."""
        return (self.read_id,) if self.read_id else ()


class Resolver(Protocol):
    """Answers the questions of one kind, live."""

    async def resolve(self, question: Question) -> Resolution:
        """Ask; every failure is an outcome. Only a defect or an interrupt raises."""
        ...


class Answers(Protocol):
    """Where collectors ask. Live it records; on replay it looks up."""

    async def ask(self, question: Question) -> Answer:
        """Answer the question; the same question always has the same answer in one run."""
        ...


class Kept(Answers, Protocol):
    """Answers that also tell what is recorded, without asking anybody."""

    def held(self, question: Question) -> Answer | None:
        """The recorded answer; None where there is none."""
        ...
