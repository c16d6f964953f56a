"""A cluster in time that is sent ahead, and nodes in front of it that can be made bad."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from privatedao_audit.chain.endpoints import Endpoint, SecretUrl
from privatedao_audit.chain.programs import LOADER_V3
from privatedao_audit.chain.series.asking import SERIES, TEAM
from privatedao_audit.chain.series.model import Series
from privatedao_audit.chain.series.prober import Prober
from privatedao_audit.chain.series.team import TeamResolver
from privatedao_audit.domains.authority.world import wallet
from privatedao_audit.domains.rpc import invented as i
from privatedao_audit.domains.rpc.checks import CHECKS
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.measure import measure, subjects
from privatedao_audit.evidence.questions import Answer, Exchange, Outcome, Question
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Read
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Target, parse

BEGAN = i.NOW
CLOCK = "SysvarC1ock11111111111111111111111111111111"
PROGRAM, DAO, TREASURY, MINT = (wallet(f"rpc {name}") for name in ("program", "dao", "treasury",
                                                                   "mint"))  # fmt: skip
SIGNATURE = "1" * 63 + "2"
_AT = "2026-01-01T00:01:10.000Z"


def target() -> Target:
    return parse(
        f"""
        schema = 1
        name = "invented"
        title = "Endpoints"
        protocol = "privatedao"
        cluster = {{ name = "localnet", genesis_hash = "{i.GENESIS}" }}
        programs = [{{ name = "governance", id = "{PROGRAM}" }}]
        mints = [{{ name = "club", address = "{MINT}", role = "governance" }}]
        [[daos]]
        name = "club"
        address = "{DAO}"
        program = "governance"
        treasury = "{TREASURY}"
        """,
        "a test",
    )


@dataclass
class Time:
    """Seconds since the series began; waiting costs nothing."""

    passed: float = 0.0

    def clock(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
        await asyncio.sleep(0)


@dataclass
class Node:
    """One endpoint. Every member but the first three makes it bad in one way."""

    label: str
    host: str
    time: Time
    genesis: str = i.GENESIS
    identity: str | None = None
    lag: int = 0
    frozen: bool = False
    skew: float = 0.0
    dated: bool = True
    lies: dict[str, Callable[[dict[str, Any]], None]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    limited: Callable[[int], bool] = lambda number: False
    down: bool = False
    knows: Callable[[str], bool] = lambda blockhash: True
    asked: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.label, SecretUrl(f"https://{self.host}/s3cret-of-{self.label}"))

    async def close(self) -> None:
        return None

    async def exchange(self, request_json: str, *, timeout: float | None = None) -> Exchange:
        request = json.loads(request_json)
        self.asked.append(request["method"])
        await asyncio.sleep(0)
        at = datetime.fromtimestamp(BEGAN + self.time.passed, UTC)
        stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        headers = (
            {"date": formatdate(at.timestamp() - self.skew, usegmt=True)} if self.dated else {}
        )
        if self.down or self.limited(len(self.asked)):
            error = "could not connect" if self.down else "HTTP 429"
            return Exchange(self.label, self.host, request_json, None if self.down else 429, {},
                            None if self.down else b"", error, stamp)  # fmt: skip
        answer = {"jsonrpc": "2.0", "id": request["id"], **self._answer(request)}
        return Exchange(self.label, self.host, request_json, 200, headers,
                        json.dumps(answer).encode(), None, stamp)  # fmt: skip

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        method, params = request["method"], request["params"]
        if method in self.refuses:
            return {"error": {"code": -32601, "message": "Method not found"}}
        return {"result": getattr(self, f"_{method}")(*params)}

    @property
    def slot(self) -> int:
        return 5_000 + int(self.time.passed * 2.5) - self.lag

    def _context(self, value: Any) -> dict[str, Any]:
        return {"context": {"slot": self.slot}, "value": value}

    def _getGenesisHash(self) -> str:
        return self.genesis

    def _getVersion(self) -> dict[str, Any]:
        return {"solana-core": "4.0.0", "feature-set": 1}

    def _getIdentity(self) -> dict[str, Any]:
        return {"identity": self.identity or i.node(self.label)}

    def _getHealth(self) -> str:
        return "ok"

    def _getFirstAvailableBlock(self) -> int:
        return 7

    def _getSlot(self, config: dict[str, Any]) -> int:
        return self.slot

    def _getBlockHeight(self, config: dict[str, Any]) -> int:
        return self.slot - 100

    def _getLatestBlockhash(self, config: dict[str, Any]) -> dict[str, Any]:
        name = "frozen" if self.frozen else f"block {self.slot}"
        return self._context({"blockhash": wallet(name), "lastValidBlockHeight": self.slot + 50})

    def _isBlockhashValid(self, blockhash: str, config: dict[str, Any]) -> dict[str, Any]:
        return self._context(self.knows(blockhash))

    def _account(self, key: str) -> dict[str, Any] | None:
        if key in self.empty:
            return None
        data = bytes(32) if key == TREASURY else key.encode()[:32] * 3
        if key == CLOCK:
            moment = BEGAN + int((self.slot - 5_000) / 2.5)
            data = struct.pack("<QqQQq", self.slot, 0, 0, 0, moment)
        value = {
            "lamports": 1_000, "owner": PROGRAM if key == DAO else LOADER_V3, "executable": False,
            "data": [base64.b64encode(data).decode(), "base64"], "rentEpoch": self.lag,
            "space": len(data),
        }  # fmt: skip
        if key in self.lies:
            self.lies[key](value)
        return value

    def _getAccountInfo(self, key: str, config: dict[str, Any]) -> dict[str, Any]:
        return self._context(self._account(key))

    def _getMultipleAccounts(self, keys: list[str], config: dict[str, Any]) -> dict[str, Any]:
        values = [self._account(key) for key in keys]
        if part := config.get("dataSlice"):
            for value in filter(None, values):
                raw = base64.b64decode(value["data"][0])
                some = raw[part["offset"] : part["offset"] + part["length"]]
                value["data"][0] = base64.b64encode(some).decode()
        return self._context(values)

    def _getSignaturesForAddress(self, key: str, config: dict[str, Any]) -> list[Any]:
        if "history" in self.empty:
            return []
        return [{"signature": SIGNATURE, "slot": 900, "err": None, "blockTime": BEGAN - 60}]

    def _getTransaction(self, signature: str, config: dict[str, Any]) -> Any:
        return None

    def _getProgramAccounts(self, program: str, config: dict[str, Any]) -> dict[str, Any]:
        found = [] if "scan" in self.empty else [{"pubkey": DAO, "account": self._account(DAO)}]
        return self._context(found)


def nodes(time: Time, first: dict[str, Any] | None = None,
          second: dict[str, Any] | None = None) -> list[Node]:  # fmt: skip
    """Two nodes with what makes them bad."""
    hosts = list(i.HOSTS.items())
    return [
        Node(label, host, time, **(change or {}))
        for (label, host), change in zip(hosts, (first, second), strict=True)
    ]


async def series_of(
    given: list[Node], time: Time, *, probes: int = 32, interval: float = 2.0, ahead: float = 0.0
) -> Read[Series]:
    """A series over these nodes; ``ahead``: of the clock of the machine that measures."""
    doors = {node.label: node for node in given}
    endpoints = [node.endpoint for node in given]

    def door(endpoint: Endpoint, *_rest: Any) -> Node:
        return doors[endpoint.label]

    def now() -> datetime:
        return datetime.fromtimestamp(BEGAN + time.passed + ahead, UTC)

    prober = Prober(endpoints, probes, interval, clock=time.clock, sleep=time.sleep, now=now,
                    make_door=door)  # fmt: skip
    team = TeamResolver(endpoints, i.GENESIS, sleep=time.sleep, make_door=door)
    return await measure(Direct({SERIES: prober, TEAM: team}), target())


class Direct:
    """Answers as a recording would give them, and every record there would be."""

    def __init__(self, resolvers: dict[str, Any]) -> None:
        self._resolvers = resolvers
        self.resolutions: list[tuple[Question, Any]] = []

    async def ask(self, question: Question) -> Answer:
        found = await self._resolvers[question.kind].resolve(question)
        self.resolutions.append((question, found))
        body = None if found.chosen is None else found.exchanges[found.chosen].body
        bodies = {}
        if found.outcome is Outcome.DIVERGED:
            bodies = {one.provider: one.body for one in found.exchanges
                      if "getMultipleAccounts" in one.request}  # fmt: skip
        return Answer(question.record_id, found.outcome, found.reason, body, found.slot,
                      found.commitment, found.providers, _AT, bodies)  # fmt: skip


def judged(found: Read[Series], **change: Any) -> dict[str, Status]:
    """What the checks say of a series, with the invented register and practice."""
    facts: RpcFacts = i.facts(series=found, subjects=subjects(target()), **change)
    return {
        control: CHECKS[control](facts, Limits()).status
        for control in CHECKS
        if control not in ("RP-06", "RP-08", "RP-10")
    }
