from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import pytest

from privatedao_audit.audit.scope import (
    KIND,
    NoScope,
    Scope,
    ScopeResolver,
    read_scope,
    repository_state,
)
from privatedao_audit.domains.custody.cases import GOOD, record
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.questions import Answer, Outcome, Question, ask_for
from privatedao_audit.model import canonical

AT = "2026-01-01T00:00:00.000Z"
WHOLE = Scope(
    ("release", "custody", "rpc", "monitoring", "treasury", "incident", "gate"),
    (("first", "one.example"), ("second", "two.example")),
    True,
)


@dataclass
class Told:
    """Answers each method with a body; what is not told is unknown."""

    bodies: dict[str, bytes]
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        body = self.bodies.get(question.method)
        outcome = Outcome.UNKNOWN if body is None else Outcome.FOUND
        return Answer(question.record_id, outcome, None, body, None, None, ("kit",), AT)


def body_of(scope: Scope) -> bytes:
    resolution = asyncio.run(ScopeResolver(scope).resolve(ask_for(KIND, "scope")))
    assert resolution.outcome is Outcome.FOUND
    (exchange,) = resolution.exchanges
    assert exchange.body is not None
    assert exchange.host == ""
    return exchange.body


@pytest.mark.parametrize(
    "scope",
    [
        WHOLE,
        Scope(("gate",), (), False),
        Scope(("release", "gate"), WHOLE.providers, True),
        Scope(("release",), (), True, ("governance",)),
    ],
)
def test_a_scope_comes_back_as_it_was_recorded(scope: Scope) -> None:
    body = body_of(scope)
    assert canonical.dumps(json.loads(body)) == body
    assert asyncio.run(read_scope(Told({"scope": body}))) == scope


def test_domains_come_back_in_catalogue_order_and_unknown_ones_not_at_all() -> None:
    mixed = Scope(("gate", "nonsense", "release"), (), False)
    assert asyncio.run(read_scope(Told({"scope": body_of(mixed)}))).domains == ("release", "gate")


def test_a_recording_without_a_scope_is_told_so() -> None:
    with pytest.raises(NoScope, match="not made by a run"):
        asyncio.run(read_scope(Told({})))


def test_labels() -> None:
    assert WHOLE.labels == ("first", "second")


COMMIT = "a" * 40
FILE = record().surface.file


def state_of(**bodies: object) -> tuple[object, Told]:
    told = Told({
        name.replace("_", "-"): json.dumps(body).encode() for name, body in bodies.items()
    })  # fmt: skip
    profile = GOOD.target().model_copy(update={"surfaces": (record().surface,)})
    return asyncio.run(repository_state(Sources(profile, told, ()))), told


HEAD = {"commit": COMMIT, "ref": None}
TRACKED = {"entries": {FILE: {"kind": "file", "id": "b" * 40}}}


@pytest.mark.parametrize(
    ("changed", "dirty"), [({"files": []}, False), ({"files": [FILE]}, True), (None, None)]
)
def test_where_the_checkout_stands(changed: object, dirty: bool | None) -> None:
    bodies = {"head": HEAD, "tree_at": TRACKED}
    if changed is not None:
        bodies["dirty"] = changed  # type: ignore[assignment]
    state, _ = state_of(**bodies)
    assert state == {"commit": COMMIT, "dirty": dirty}


def test_a_commit_that_can_not_be_read_is_none() -> None:
    assert state_of()[0] is None


def test_whether_files_differ_is_not_known_when_none_is_tracked() -> None:
    state, told = state_of(head=HEAD, tree_at={"entries": {}}, dirty={"files": []})
    assert state == {"commit": COMMIT, "dirty": None}
    assert "dirty" not in {question.method for question in told.asked}
