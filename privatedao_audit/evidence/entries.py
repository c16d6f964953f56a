"""From a resolution to its records, and from records back to the answer.

Live and replay build an answer with the same function from the same records, so that nothing
above can see a difference between them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from privatedao_audit.evidence import records
from privatedao_audit.evidence.questions import (
    Answer,
    Exchange,
    Outcome,
    Question,
    Resolution,
)
from privatedao_audit.model import canonical


@dataclass(frozen=True, slots=True)
class Entry:
    """What one question adds to a recording.

    Attributes:
        read: the read record.
        exchanges: its exchange records, in the order made.
        bodies: SHA-256 (hexadecimal) → exact bytes.
    """

    read: dict[str, Any]
    exchanges: tuple[dict[str, Any], ...]
    bodies: dict[str, bytes]


def entry(question: Question, resolution: Resolution, now: Callable[[], str]) -> Entry:
    """The records of one resolved question.

    Args:
        now: gives the time of an outcome that rests on no exchange at all.

    Raises:
        ValueError: the resolution contradicts itself (a defect of its resolver), e.g. found
            without a body, or withheld with one.
    """
    bodies: dict[str, bytes] = {}
    made: list[dict[str, Any]] = []
    taken: set[str] = set()
    for exchange in resolution.exchanges:
        record = _exchange_record(exchange, taken)
        taken.add(record["id"])
        made.append(record)
        if exchange.body is not None:
            bodies[record["body_sha256"]] = exchange.body
    chosen = None
    if resolution.chosen is not None:
        if not 0 <= resolution.chosen < len(made):
            raise ValueError(f"{question.method}: the chosen exchange does not exist")
        chosen = made[resolution.chosen]
    read = records.read_record(
        {
            "id": question.record_id,
            "kind": question.kind,
            "method": question.method,
            "params": json.loads(question.params),
            "probe": question.probe,
            "outcome": resolution.outcome.value,
            "reason": resolution.reason,
            "exchanges": [record["id"] for record in made],
            "chosen": chosen["id"] if chosen else None,
            "slot": resolution.slot,
            "commitment": resolution.commitment,
            "providers": list(resolution.providers),
            "asked_at": (chosen or made[-1])["at"] if made else now(),
        }
    )
    if resolution.outcome is Outcome.FOUND:
        check_stands(chosen)
    if resolution.outcome is Outcome.DIVERGED and len(_last_answers(read, made)) < 2:
        raise ValueError(f"{question.method}: diverged, but fewer than two answers are kept")
    return Entry(read, tuple(made), bodies)


def check_stands(exchange: dict[str, Any] | None) -> None:
    """Make sure that a found read rests on an answer that arrived whole.

    Raises:
        BadRecord: there is none, it failed, or its body was not kept.
    """
    if exchange is None or exchange["body_sha256"] is None or exchange["error"] is not None:
        raise records.BadRecord("found, but the chosen exchange holds no whole answer")


def answer(
    read: dict[str, Any],
    exchange_of: Callable[[str], dict[str, Any]],
    body_of: Callable[[str], bytes],
) -> Answer:
    """The answer that a read record and what it rests on amount to."""
    outcome = Outcome(read["outcome"])
    body = None
    if outcome in (Outcome.FOUND, Outcome.ABSENT) and read["chosen"] is not None:
        digest = exchange_of(read["chosen"])["body_sha256"]
        body = body_of(digest) if digest is not None else None
    answers = {}
    if outcome is Outcome.DIVERGED:
        made = map(exchange_of, read["exchanges"])
        answers = {label: body_of(sha) for label, sha in _last_answers(read, made).items()}
    return Answer(
        read_id=read["id"],
        outcome=outcome,
        reason=read["reason"],
        body=body,
        slot=read["slot"],
        commitment=read["commitment"],
        providers=tuple(read["providers"]),
        asked_at=read["asked_at"],
        answers=answers,
    )


def _exchange_record(exchange: Exchange, taken: set[str]) -> dict[str, Any]:
    members = {
        "provider": exchange.provider,
        "host": exchange.host,
        "request": exchange.request,
        "status": exchange.status,
        "headers": exchange.headers,
        "body_sha256": None if exchange.body is None else canonical.sha256(exchange.body),
        "body_length": None if exchange.body is None else len(exchange.body),
        "error": exchange.error,
        "withheld": exchange.withheld,
        "at": exchange.at,
    }
    record = records.exchange_record(members)
    ordinal = 0
    # Two refused connections within a millisecond are two attempts, and both are kept.
    while record["id"] in taken:
        ordinal += 1
        record = records.exchange_record({**members, "ordinal": ordinal})
    return record


def _last_answers(read: dict[str, Any], made: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Provider label → body hash of its last whole answer to the question itself.

    A resolver may ask something else on the way (recent signatures, the genesis hash); such an
    exchange is no answer, so requests of another method are left out. Requests that do not
    name a method (files, git) all count.
    """
    last: dict[str, str] = {}
    for exchange in made:
        if exchange["error"] is not None or exchange["body_sha256"] is None:
            continue
        if _method(exchange["request"]) in (None, read["method"]):
            last[exchange["provider"]] = exchange["body_sha256"]
    return last


def _method(request: str) -> str | None:
    try:
        value = json.loads(request)
    except (ValueError, RecursionError):
        return None
    method = value.get("method") if isinstance(value, dict) else None
    return method if isinstance(method, str) else None
