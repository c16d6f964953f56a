"""Cases: facts of a known truth, and what a check must say of them.

They ship with the kit, because a check that has never been seen to fail proves nothing: tests
run every one of them, and a run can do so again before it trusts its own verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from privatedao_audit.model.reads import ReadAt
from privatedao_audit.model.status import Status


@dataclass(frozen=True, slots=True)
class Case:
    """Facts of one domain with the status that a control's check must give them.

    Attributes:
        control: id of the control, e.g. ``UA-06``.
        name: what is special about the facts, in a phrase; unique within the control.
        facts: the domain's facts dataclass.
        expected: what the check says of them under the kit's default limits.
    """

    control: str
    name: str
    facts: Any
    expected: Status


@lru_cache(maxsize=1_024)
def on_chain(question: str, *, slot: int = 1_000) -> ReadAt:
    """Where an invented chain read stands: one evidence id per question, two witnesses."""
    return ReadAt(
        evidence=(f"r-{question}",),
        slot=slot,
        commitment="finalized",
        providers=("first", "second"),
        asked_at="2026-01-01T00:00:00.000Z",
    )


@lru_cache(maxsize=1_024)
def in_checkout(file: str) -> ReadAt:
    """Where an invented read of a file stands."""
    return ReadAt(
        evidence=(f"r-{file}",), providers=("checkout",), asked_at="2026-01-01T00:00:00.000Z"
    )
