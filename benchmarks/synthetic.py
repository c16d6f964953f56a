"""A synthetic life of a DAO of any length as a sealed recording, for ``history_scale.py``.

Every transaction is signed, and answered as a node answers. One in ten pays into the treasury, two
try to execute too early and fail, seven tell a vote. All of a life's balances chain: the first
transaction makes every account, and what the accounts hold at the end does not depend on the
length, so that the few small answers beside the transactions are recorded once and copied.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from privatedao_audit.chain import programs
from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.treasury import invented
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
from privatedao_audit.history.collect import collect_history
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.protocols.facts import DaoReads
from privatedao_audit.protocols.registry import protocol_of

PROTOCOL = protocol_of("privatedao")
PROGRAM, DAO = invented.PROGRAM, invented.DAO
PROPOSALS = [str(Keypair.from_seed(bytes([40 + n]) * 32).pubkey()) for n in range(10)]
PAYER = Keypair.from_seed(bytes([30]) * 32)
RECORD = str(Keypair.from_seed(bytes([31]) * 32).pubkey())
#: The last transaction lands here, however many come before it.
LAST_SLOT = 10**9
AT = "2026-11-23T10:00:00.000Z"
_HELD, _TREASURY_HELD = 10_000_000, 10**15
_DEPOSIT = bytes((2, 129, 72, 214, 50, 94, 151, 230))
_EXECUTE = bytes((186, 60, 116, 133, 108, 128, 111, 28))
_REVEAL = bytes((100, 157, 139, 17, 186, 75, 185, 149))
_PAGE = 1_000


def reads() -> DaoReads:
    """The DAO with its ten proposals, none of which passed yet."""
    waiting = invented.READS.proposals[2]
    assert isinstance(waiting.proposal, Found) and isinstance(invented.READS.dao, Found)
    made = []
    for number, address in enumerate(PROPOSALS):
        said = replace(waiting.proposal.value, address=address, id=str(number))
        made.append(replace(
            waiting, id=str(number), address=address,
            proposal=Found(said, on_chain(f"proposal-{number}")),
            payout=ProvenAbsent(on_chain(f"payout-{number}")),
        ))  # fmt: skip
    dao = replace(invented.READS.dao.value, proposal_count=len(made))
    return replace(
        invented.READS, dao=Found(dao, invented.READS.dao.at), proposals=tuple(made), gaps=()
    )


(TREASURY,) = (one.address for one in PROTOCOL.treasuries(reads()))


@dataclass(frozen=True, slots=True)
class Made:
    """One transaction: where it belongs, and what a node answers."""

    signature: str
    slot: int
    err: Any
    touches: tuple[str, ...]
    answer: dict[str, Any]


def life(count: int) -> Iterator[Made]:
    """The transactions of a life, oldest first."""
    deposits = (count + 9) // 10
    treasury = 0
    for number in range(count):
        slot = LAST_SLOT if number == count - 1 else number + 1
        proposal = PROPOSALS[number // 10 % len(PROPOSALS)]
        if number % 10 == 0:
            amount = _TREASURY_HELD - deposits + 1 if number == 0 else 1
            also = PROPOSALS if number == 0 else ()
            keys = (DAO, TREASURY, str(PAYER.pubkey()), programs.SYSTEM, *also)
            data = _DEPOSIT + struct.pack("<Q", amount)
            moved = {TREASURY: (treasury, treasury + amount)}
            treasury += amount
            yield _made(number, slot, keys, data, moved, None, amount)
        elif number % 10 in (1, 2):
            keys = (DAO, proposal, TREASURY, str(PAYER.pubkey()), RECORD)
            moved = {TREASURY: (treasury, treasury)}
            err = {"InstructionError": [0, {"Custom": 6006}]}
            yield _made(number, slot, keys, _EXECUTE, moved, err, None)
        else:
            keys = (proposal, RECORD, str(PAYER.pubkey()))
            yield _made(number, slot, keys, _REVEAL + b"\1" + bytes(32), {}, None, None)


def _made(
    number: int, slot: int, keys: tuple[str, ...], data: bytes,
    moved: dict[str, tuple[int, int]], err: Any, paid: int | None,
) -> Made:  # fmt: skip
    signer = str(PAYER.pubkey())
    metas = [AccountMeta(Pubkey.from_string(k), k == signer, k != programs.SYSTEM) for k in keys]
    call = Instruction(Pubkey.from_string(PROGRAM), data, metas)
    blockhash = Hash(number.to_bytes(32, "little"))
    message = Message.new_with_blockhash([call], PAYER.pubkey(), blockhash)
    signed = Transaction([PAYER], message, blockhash)
    accounts = [str(one) for one in message.account_keys]
    born = number == 0
    before, after = [], []
    for key in accounts:
        old, new = moved.get(key, (0 if born else _HELD, _HELD))
        if key == signer:
            old, new = 10**17 - 5000 * number, 10**17 - 5000 * (number + 1)
        before.append(old)
        after.append(new)
    inner = []
    logs = [f"Program {PROGRAM} invoke [1]"]
    if paid is not None:
        places = [accounts.index(signer), accounts.index(TREASURY)]
        inner = [{"index": 0, "instructions": [{
            "programIdIndex": accounts.index(programs.SYSTEM), "accounts": places,
            "data": _base58(struct.pack("<IQ", 2, paid)), "stackHeight": 2,
        }]}]  # fmt: skip
        logs += [f"Program {programs.SYSTEM} invoke [2]", f"Program {programs.SYSTEM} success"]
    logs.append(
        f"Program {PROGRAM} success" if err is None
        else f"Program {PROGRAM} failed: custom program error: 0x1776"
    )  # fmt: skip
    answer = {
        "slot": slot, "blockTime": 1_800_000_000 + number, "version": "legacy",
        "transaction": [base64.b64encode(bytes(signed)).decode(), "base64"],
        "meta": {
            "err": err, "status": {"Ok": None} if err is None else {"Err": err},
            "fee": 5000, "preBalances": before, "postBalances": after,
            "innerInstructions": inner, "logMessages": logs, "preTokenBalances": [],
            "postTokenBalances": [], "rewards": [], "computeUnitsConsumed": 9_000,
            "loadedAddresses": {"writable": [], "readonly": []},
        },
    }  # fmt: skip
    touches = (PROGRAM, *(key for key in keys if key in _FOLLOWED))
    return Made(str(signed.signatures[0]), slot, err, touches, answer)


_FOLLOWED = frozenset({DAO, TREASURY, *PROPOSALS})
_LONG = (PROGRAM, DAO, TREASURY, *PROPOSALS)


def _base58(data: bytes) -> str:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


class _Small:
    """Answers what is asked beside transactions and long lists."""

    def __init__(self, count: int) -> None:
        self._made = {one.signature: one for one in life(count)}

    async def resolve(self, question: Question) -> Resolution:
        result, slot = self._result(question.method, json.loads(question.params))
        return Resolution(Outcome.FOUND, None, (_exchange(question.method, result),), 0, slot,
                          "finalized", ("main",))  # fmt: skip

    def _result(self, method: str, params: list[Any]) -> tuple[Any, int | None]:
        if method == "getTransaction":
            return self._made[params[0]].answer, None
        if method == "getSignaturesForAddress":
            rows = [_row(one) for one in self._made.values() if params[0] in one.touches]
            return ([] if "before" in params[1] else rows[::-1]), None
        if method == "getFirstAvailableBlock":
            return 0, None
        if method == "getTokenAccountsByOwner":
            return {"context": {"slot": LAST_SLOT}, "value": []}, LAST_SLOT
        values = [self._account(key) for key in params[0]]
        return {"context": {"slot": LAST_SLOT}, "value": values}, LAST_SLOT

    @staticmethod
    def _account(key: str) -> dict[str, Any] | None:
        held = _TREASURY_HELD if key == TREASURY else _HELD if key in _LONG else None
        return None if held is None else {
            "lamports": held, "owner": programs.SYSTEM, "executable": False, "rentEpoch": 0,
            "space": 0, "data": ["", "base64"],
        }  # fmt: skip


def _row(one: Made) -> dict[str, Any]:
    return {"signature": one.signature, "slot": one.slot, "err": one.err, "memo": None,
            "blockTime": one.answer["blockTime"], "confirmationStatus": "finalized"}  # fmt: skip


def _exchange(method: str, result: Any) -> Exchange:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    request = json.dumps({"id": 1, "jsonrpc": "2.0", "method": method})
    return Exchange("main", "main.example", request, 200, {}, body, None, AT)


async def collected(chain: ChainReads, count: int) -> DaoHistory:
    """The whole history, with as many pages as it has."""
    return await collect_history(chain, PROTOCOL, reads(), pages=count // _PAGE + 3)


def build(count: int, place: Path) -> None:
    """Seal the recording of a life of ``count`` transactions (at least 20) at ``place``."""
    working = place.with_suffix(".partial")
    header = RunHeader("benchmark", "synthetic", "localnet", {"name": "synthetic"}, AT)
    recording = Recording.open(working, header, clock=lambda: records.moment(AT))
    try:
        collector = Collector(recording, {"rpc": _Small(20)})
        asyncio.run(collected(ChainReads(collector), 20))
        # Beside the open recording: opened again, it would forget its closing reads.
        with closing(sqlite3.connect(working, isolation_level=None)) as db:
            _bulk(db, count)
        recording.seal(place, timestamp(utc_now()))
        recording.discard()
    finally:
        recording.close()


def _bulk(db: sqlite3.Connection, count: int) -> None:
    """Put transactions and long lists in, in the order of their ids: the trees grow at one end."""
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -262144")
    db.execute("BEGIN")
    _forget_long(db)
    for name, columns in (("read", "id, record"), ("exchange", "id, record"),
                          ("body", "sha256, length, packed")):  # fmt: skip
        db.execute(f"CREATE TABLE staged_{name} ({columns})")
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in _LONG}
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


def _forget_long(db: sqlite3.Connection) -> None:
    """Take out the transactions and long lists of the small life, with what they rest on."""
    kept: set[str] = set()
    for name, raw in db.execute("SELECT id, record FROM read").fetchall():
        read = json.loads(raw)
        long = read["method"] == "getSignaturesForAddress" and read["params"][0] in _LONG
        if long or read["method"] == "getTransaction":
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

