"""A synthetic life of a DAO of any length as a sealed recording, for ``history_scale.py``.

The life is that of ``synthetic_life.py``, answered as a node answers. All of its balances chain,
and what the accounts hold at the end does not depend on the length, so that the few small answers
beside transactions and lists are recorded once, from a life of one round.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

from solders.pubkey import Pubkey
from synthetic_life import (
    DAO,
    FOUND,
    HELD,
    LAST_SLOT,
    MINT,
    PROGRAM,
    PROTOCOL,
    ROUND,
    TREASURY,
    TREASURY_HELD,
    VOTERS,
    Made,
    life,
    proposals,
    reads,
)

from privatedao_audit.chain import programs
from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.evidence import records, storage
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.questions import (
    Exchange,
    Outcome,
    Question,
    Resolution,
    ask_for,
)
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
from privatedao_audit.history import collect
from privatedao_audit.history.collect import collect_history
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.model import canonical
from privatedao_audit.protocols.facts import DaoReads

__all__ = ["DAO", "FOUND", "ROUND", "bodies", "build", "collected", "reads"]

AT = "2026-11-23T10:00:00.000Z"
_PAGE = 1_000
_HOLDERS = {one.account: one for one in VOTERS}


class _Small:
    """Answers what is asked beside transactions and long lists."""

    def __init__(self, long: set[str]) -> None:
        self._made = {one.signature: one for one in life(ROUND)}
        self._long = long

    async def resolve(self, question: Question) -> Resolution:
        result, slot = self._result(question.method, json.loads(question.params))
        return Resolution(Outcome.FOUND, None, (_exchange(question.method, result),), 0, slot,
                          "finalized", ("main",))  # fmt: skip

    def _result(self, method: str, params: list[Any]) -> tuple[Any, int | None]:
        if method == "getTransaction":
            return self._made[params[0]].answer, None
        if method == "getSignaturesForAddress":
            rows = [_row(one) for one in self._made.values() if params[0] in one.touches][::-1]
            names = [row["signature"] for row in rows]
            before = params[1].get("before")
            start = 0 if before is None else names.index(before) + 1
            return rows[start : start + _PAGE], None
        if method == "getFirstAvailableBlock":
            return 0, None
        if method == "getTokenAccountsByOwner":
            return {"context": {"slot": LAST_SLOT}, "value": []}, LAST_SLOT
        values = [self._account(key) for key in params[0]]
        return {"context": {"slot": LAST_SLOT}, "value": values}, LAST_SLOT

    def _account(self, key: str) -> dict[str, Any] | None:
        if key not in self._long:
            return None
        held = TREASURY_HELD if key == TREASURY else HELD
        owner, data = programs.SYSTEM, b""
        if key in _HOLDERS:
            owner, one = programs.TOKEN, _HOLDERS[key]
            who = [bytes(Pubkey.from_string(text)) for text in (MINT, one.key)]
            # Mint, owner, amount; no delegate, initialised, not native, no close authority.
            data = b"".join(who) + struct.pack("<Q36xB12x8x36x", one.held, 1)
        return {
            "lamports": held, "owner": owner, "executable": False, "rentEpoch": 0,
            "space": len(data), "data": [base64.b64encode(data).decode(), "base64"],
        }  # fmt: skip


def _row(one: Made) -> dict[str, Any]:
    return {"signature": one.signature, "slot": one.slot, "err": one.err, "memo": None,
            "blockTime": one.answer["blockTime"], "confirmationStatus": "finalized"}  # fmt: skip


def _exchange(method: str, result: Any) -> Exchange:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    request = json.dumps({"id": 1, "jsonrpc": "2.0", "method": method})
    return Exchange("main", "main.example", request, 200, {}, body, None, AT)


async def collected(chain: ChainReads, count: int, said: DaoReads) -> DaoHistory:
    """The whole history, with as many pages as it has; ``said``: the DAO, by ``reads(count)``."""
    # Sixty pairs of voters lend in every round of this life, in the long one more often than the
    # kit follows anybody else's account; without them the detector would have less to do.
    collect.MOST_OF_VOTER = max(1_000, 3 * count // ROUND)
    return await collect_history(chain, PROTOCOL, said, pages=count // _PAGE + 3)


def build(count: int, place: Path) -> None:
    """Seal the recording of a life of ``count`` transactions (whole rounds) at ``place``."""
    working = place.with_suffix(".partial")
    header = RunHeader("benchmark", "synthetic", "localnet", {"name": "synthetic"}, AT)
    recording = Recording.open(working, header, clock=lambda: records.moment(AT))
    long = {PROGRAM, DAO, TREASURY, *proposals(count), *_HOLDERS}
    try:
        collector = Collector(recording, {"rpc": _Small(long)})
        # All proposals stand in the DAO; only the first has a history yet.
        asyncio.run(collected(ChainReads(collector), count, reads(count)))
        # Beside the open recording: opened again, it would forget its closing reads.
        with closing(sqlite3.connect(working, isolation_level=None)) as db:
            _bulk(db, count, long)
        recording.seal(place, timestamp(utc_now()))
        recording.discard()
    finally:
        recording.close()


def _bulk(db: sqlite3.Connection, count: int, long: set[str]) -> None:
    """Put transactions and long lists in, in the order of their ids: the trees grow at one end."""
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -262144")
    db.execute("BEGIN")
    _forget_long(db, long)
    for name, columns in (("read", "id, record"), ("exchange", "id, record"),
                          ("body", "sha256, length, packed")):  # fmt: skip
        db.execute(f"CREATE TABLE staged_{name} ({columns})")
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in sorted(long)}
    config = {"commitment": "finalized", "encoding": "base64",
              "maxSupportedTransactionVersion": 0}  # fmt: skip
    for one in life(count):
        for address in one.touches:
            lists[address].append(_row(one))
        _stage(db, ask_for("rpc", "getTransaction", [one.signature, config]), one.answer)
    for address, rows in lists.items():
        rows.reverse()
        for start in range(0, len(rows) + _PAGE, _PAGE):
            page = rows[start : start + _PAGE]
            before = rows[min(start, len(rows)) - 1]["signature"] if start else None
            _stage(db, ask_for("rpc", "getSignaturesForAddress", [address, {
                "commitment": "finalized", "limit": _PAGE, "before": before,
            }]), page)  # fmt: skip
            if not page:
                break
    for name, key in (("read", "id"), ("exchange", "id"), ("body", "sha256")):
        db.execute(f"INSERT OR IGNORE INTO {name} SELECT * FROM staged_{name} ORDER BY {key}")
        db.execute(f"DROP TABLE staged_{name}")
    db.execute("COMMIT")


def _forget_long(db: sqlite3.Connection, long: set[str]) -> None:
    """Take out the transactions and long lists of the small life, with what they rest on."""
    kept: set[str] = set()
    for name, raw in db.execute("SELECT id, record FROM read").fetchall():
        read = json.loads(raw)
        listed = read["method"] == "getSignaturesForAddress" and read["params"][0] in long
        if listed or read["method"] == "getTransaction":
            db.execute("DELETE FROM read WHERE id = ?", (name,))
        else:
            kept.update(read["exchanges"])
    bodies: set[str] = set()
    for name, raw in db.execute("SELECT id, record FROM exchange").fetchall():
        if name in kept:
            bodies.add(json.loads(raw)["body_sha256"])
        else:
            db.execute("DELETE FROM exchange WHERE id = ?", (name,))
    for (name,) in db.execute("SELECT sha256 FROM body").fetchall():
        if name not in bodies:
            db.execute("DELETE FROM body WHERE sha256 = ?", (name,))


def _stage(db: sqlite3.Connection, question: Question, result: Any) -> None:
    made = _exchange(question.method, result)
    assert made.body is not None
    sha256 = canonical.sha256(made.body)
    exchange: dict[str, Any] = {
        "record": "exchange", "provider": made.provider, "host": made.host,
        "request": made.request, "status": 200, "headers": {}, "body_sha256": sha256,
        "body_length": len(made.body), "error": None, "withheld": False, "at": AT,
    }  # fmt: skip
    exchange["id"] = records.exchange_id(exchange)
    read = {
        "record": "read", "id": question.record_id, "kind": "rpc", "method": question.method,
        "params": json.loads(question.params), "probe": None, "outcome": "found", "reason": None,
        "exchanges": [exchange["id"]], "chosen": exchange["id"], "slot": None,
        "commitment": "finalized", "providers": ["main"], "asked_at": AT,
    }  # fmt: skip
    db.execute("INSERT INTO staged_read VALUES (?, ?)", (read["id"], records.encode(read)))
    db.execute("INSERT INTO staged_exchange VALUES (?, ?)",
               (exchange["id"], records.encode(exchange)))  # fmt: skip
    db.execute("INSERT INTO staged_body VALUES (?, ?, ?)",
               (sha256, len(made.body), storage.pack(made.body)))  # fmt: skip


def bodies(place: Path, most: int) -> list[tuple[str, bytes]]:
    """Signature and answer of some transactions of a sealed recording."""
    from privatedao_audit.evidence.sealed import SealedRecording

    found = []
    with SealedRecording.open(place) as sealed:
        for read in sealed.reads():
            if read["method"] == "getTransaction":
                answer = sealed.answer(records.question_of(read))
                assert answer is not None and answer.body is not None
                found.append((str(read["params"][0]), answer.body))
                if len(found) == most:
                    break
    return found

