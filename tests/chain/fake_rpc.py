"""A JSON-RPC node of one's own making: scripted answers over a real loopback socket."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from privatedao_audit.chain.endpoints import Endpoint, SecretUrl

GENESIS = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"
OTHER_GENESIS = "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"
SECRET = "k3y-f00df00df00df00d"


@dataclass
class Reply:
    """One scripted answer. ``raw`` replaces the JSON body; ``promise`` is a false length."""

    result: Any = None
    error: dict[str, Any] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    promise: int | None = None
    identity: Any = "same"
    drop: bool = False
    hold: asyncio.Event | None = None

    def body(self, request: dict[str, Any]) -> bytes:
        if self.raw is not None:
            return self.raw
        identity = request.get("id") if self.identity == "same" else self.identity
        outcome = {"error": self.error} if self.error else {"result": self.result}
        return json.dumps({"jsonrpc": "2.0", **outcome, "id": identity}).encode()


Script = Reply | Callable[[dict[str, Any]], Reply]


class FakeRpc:
    """Answers each method from its script; the last entry of a script repeats."""

    def __init__(self, label: str = "main", genesis: str = GENESIS) -> None:
        self.label = label
        self.requests: list[dict[str, Any]] = []
        self.in_flight = self.most_in_flight = 0
        self._scripts: dict[str, list[Script]] = {}
        self.on("getGenesisHash", Reply(genesis))

    def on(self, method: str, *script: Script) -> FakeRpc:
        self._scripts[method] = list(script)
        return self

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [request for request in self.requests if request["method"] == method]

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/{SECRET}/?api-key={SECRET}-query"

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.label, SecretUrl(self.url))

    async def __aenter__(self) -> FakeRpc:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            length = next(int(x.split(":")[1]) for x in lines if x.lower().startswith("content-l"))
            request = json.loads(await reader.readexactly(length))
            request["_line"] = lines[0]
            request["_headers"] = lines[1:]
            self.requests.append(request)
            await self._answer(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.in_flight -= 1
            writer.close()

    async def _answer(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        script = self._scripts.get(request["method"])
        if script is None:
            reply: Script = Reply(error={"code": -32601, "message": "Method not found"})
        else:
            reply = script.pop(0) if len(script) > 1 else script[0]
        if callable(reply):
            reply = reply(request)
        if reply.hold is not None:
            await reply.hold.wait()
        await asyncio.sleep(0)
        if reply.drop:
            return
        body = reply.body(request)
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body) if reply.promise is None else reply.promise),
            "Connection": "close",
            **reply.headers,
        }
        head = f"HTTP/1.1 {reply.status} X\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(head.encode() + b"\r\n")
        for start in range(0, len(body), 2**20):
            writer.write(body[start : start + 2**20])
            await writer.drain()


class FakeTime:
    """A clock that only sleeping moves; remembers how long was slept."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.seconds += seconds
        await asyncio.sleep(0)

    def now(self) -> datetime:
        start = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)
        return start + timedelta(seconds=self.seconds - 1000.0)


def account(
    data: bytes = b"abc", lamports: int = 5, owner: str = "1" * 32, executable: bool = False
) -> dict[str, Any]:
    """An account as a node writes it, with base64 data."""
    return {
        "data": [base64.b64encode(data).decode(), "base64"],
        "executable": executable,
        "lamports": lamports,
        "owner": owner,
        "rentEpoch": 18446744073709551615,
        "space": len(data),
    }


def accounts(slot: int, *values: dict[str, Any] | None) -> Reply:
    """A getMultipleAccounts answer."""
    return Reply({"context": {"apiVersion": "4.1.2", "slot": slot}, "value": list(values)})


def code(number: int, message: str = "no", data: Any = None) -> Reply:
    """A JSON-RPC error."""
    return Reply(error={"code": number, "message": message, "data": data})
