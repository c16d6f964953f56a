"""Sample headers, questions and resolutions of the recording tests. No randomness, no clock."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from privatedao_audit.evidence import entries, merkle, records
from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution, ask_for
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader
from privatedao_audit.evidence.sealed import SealedRecording

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
STARTED_AT = "2026-11-23T09:30:00.000Z"
SEALED_AT = "2026-11-23T09:40:00.000Z"


def clock(minutes: float = 1) -> Callable[[], datetime]:
    """A clock that stands some minutes after the start."""
    return lambda: START + timedelta(minutes=minutes)


def header(**changes: Any) -> RunHeader:
    members: dict[str, Any] = {
        "kit_version": "0.1.0",
        "target_name": "sample",
        "cluster": "localnet",
        "target": {"name": "sample", "limits": {"max_lag_slots": 150}},
        "started_at": STARTED_AT,
    }
    return RunHeader(**{**members, **changes})


def open_at(path: Path, minutes: float = 1, **changes: Any) -> Recording:
    return Recording.open(path, header(**changes), clock=clock(minutes))


def exchange(body: bytes | None = b"{}", **changes: Any) -> Exchange:
    members: dict[str, Any] = {
        "provider": "main",
        "host": "rpc.example.org",
        "request": '{"id":1,"jsonrpc":"2.0","method":"getSlot"}',
        "status": 200,
        "headers": {"content-type": "application/json"},
        "body": body,
        "error": None,
        "at": "2026-11-23T09:31:00.000Z",
    }
    return Exchange(**{**members, **changes})


def slot_question(probe: str | None = None) -> Question:
    return ask_for("rpc", "getSlot", [{"commitment": "finalized"}], probe=probe)


def found(body: bytes = b"{}", slot: int | None = 7, **changes: Any) -> Resolution:
    made = (exchange(body, **changes),)
    return Resolution(
        Outcome.FOUND,
        exchanges=made,
        chosen=0,
        slot=slot,
        commitment="finalized",
        providers=(made[0].provider,),
    )


def entry_of(question: Question, resolution: Resolution) -> entries.Entry:
    return entries.entry(question, resolution, lambda: STARTED_AT)


def script(count: int = 40) -> list[tuple[Question, Resolution]]:
    """Questions of every outcome with their resolutions; the same on every call."""
    dice = random.Random(5)
    steps: list[tuple[Question, Resolution]] = []
    for number in range(count):
        at = records.timestamp(START + timedelta(milliseconds=number))
        request = json.dumps({"id": number, "method": "getTransaction", "params": [number]})
        body = json.dumps({"id": number, "result": dice.randbytes(40 * (number % 9)).hex()})
        answer = exchange(body.encode(), request=request, at=at)
        other = exchange(body.encode() + b" ", provider="second", request=request, at=at)
        refused = exchange(None, request=request, at=at, status=None, error="connection refused")
        resolution = (
            Resolution(Outcome.FOUND, None, (refused, answer), 1, 100 + number, "finalized"),
            Resolution(Outcome.ABSENT, None, (answer,), 0, 100 + number, "finalized"),
            Resolution(Outcome.UNKNOWN, "no provider answered", (refused, refused)),
            Resolution(Outcome.DIVERGED, "main and second differ", (answer, other)),
            Resolution(Outcome.UNKNOWN, "no RPC endpoint was given"),
        )[number % 5]
        steps.append((ask_for("rpc", "getTransaction", [number]), resolution))
    blob = exchange(dice.randbytes(9_000), provider="checkout", host="", request="docs/a.json")
    steps.append(
        (
            ask_for("file", "read", {"path": "docs/a.json"}),
            Resolution(Outcome.FOUND, None, (blob,), 0, providers=("checkout",)),
        )
    )
    return steps


def seal(folder: Path, steps: list[tuple[Question, Resolution]] | None = None) -> Path:
    """A sealed recording in ``folder``."""
    path = folder / "evidence.sqlite"
    with open_at(folder / "working.sqlite") as recording:
        for question, resolution in script() if steps is None else steps:
            recording.put(question, resolution)
        recording.seal(path, SEALED_AT)
        recording.discard()
    return path


def everything(sealed: SealedRecording) -> tuple[Any, ...]:
    """All that can be read from a sealed recording."""
    rows = list(sealed.records())
    bodies = [sealed.body(row["body_sha256"]) for row in rows if row.get("body_sha256")]
    answers = [sealed.answer(question) for question, _ in script()]
    return rows, bodies, answers, sealed.run, sealed.evidence_root, sealed.window()


def edit(path: Path, *statements: tuple[str, tuple[Any, ...]], reseal: bool = False) -> None:
    """Change a sealed file as an attacker would; ``reseal`` makes its root fit again."""
    path.chmod(0o644)
    db = sqlite3.connect(path, isolation_level=None)
    for statement, values in statements:
        db.execute(statement, values)
    if reseal:
        reads = [raw for (raw,) in db.execute("SELECT record FROM read ORDER BY id")]
        (run,) = db.execute("SELECT value FROM meta WHERE name = 'run'").fetchone()
        made = [raw for (raw,) in db.execute("SELECT record FROM exchange ORDER BY id")]
        (bodies,) = db.execute("SELECT count(*) FROM body").fetchone()
        rows = [*reads, run, *made]
        leaves = [row.encode() if isinstance(row, str) else row for row in rows]
        for name, value in (
            ("evidence_root", merkle.root(leaves).encode()),
            ("records", b"%d" % len(leaves)),
            ("bodies", b"%d" % bodies),
        ):
            db.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
    db.close()
