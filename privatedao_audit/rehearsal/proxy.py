"""A provider in front of the local chain: repairs its answers, and fails when a test says so.

A small HTTP/1.1 server on the loopback address, in a thread with a loop of its own, so that
synchronous and asynchronous tests use it alike.
"""

from __future__ import annotations

import asyncio
import json
import threading
import zlib
from collections.abc import Callable, Mapping
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx2

from . import faults as fault_kinds
from .faults import Fault, Faults
from .node import LocalNode
from .repairs import Repairs, RpcError

_MOST_HEADER_BYTES = 64 * 1024
_MOST_BODY_BYTES = 8 * 1024 * 1024
_PIECE = 64 * 1024
_JSON = "application/json"


class _Request:
    """One HTTP request: `method`, `target` (path and query), `headers`, `body`."""

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        self.method, self.target, self.headers, self.body = method, target, headers, body


class _BadRequest(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Proxy:
    """`with Proxy(node) as proxy: ... proxy.url`. Faults are added to `proxy.faults`.

    `upstream`: a LocalNode, or the URL of one. `api_key`: if given, `url` carries it as
    `?api-key=` and a request without it gets 401; for tests of secrets, so any text does.
    `identity`: what getIdentity says in place of the chain's own. `now`: Unix seconds for the
    header Date, which is left out otherwise.
    """

    def __init__(
        self,
        upstream: LocalNode | str,
        faults: Faults | None = None,
        *,
        api_key: str | None = None,
        identity: str | None = None,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._upstream = upstream if isinstance(upstream, str) else upstream.rpc_url
        self._started_ago = 0 if isinstance(upstream, str) else upstream.started_ago
        self._api_key = api_key
        self._identity = identity
        self._now = now
        self.faults = faults if faults is not None else Faults()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where to send JSON-RPC, with the key if there is one."""
        query = "" if self._api_key is None else f"?api-key={self._api_key}"
        return f"http://127.0.0.1:{self._port}/{query}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="rehearsal-proxy", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port and every connection. Safe to call twice."""
        loop, leave, thread = self._loop, self._leave, self._thread
        self._loop = self._leave = self._thread = None
        if loop is not None and leave is not None and thread is not None:
            loop.call_soon_threadsafe(leave.set)
            thread.join()

    # The server

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:  # handed to the thread that waits in __enter__
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        limits = httpx2.Limits(max_connections=16)
        tasks: set[asyncio.Task[None]] = set()
        async with httpx2.AsyncClient(timeout=30, trust_env=False, limits=limits) as client:
            self._client = client
            self._repairs = Repairs(self._ask, self.faults, self._started_ago)

            async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                assert task is not None
                tasks.add(task)
                try:
                    await self._converse(reader, writer)
                except (ConnectionError, asyncio.CancelledError):
                    pass  # the client went away, or the proxy is being stopped
                finally:
                    tasks.discard(task)
                    writer.close()

            server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=_MOST_HEADER_BYTES)
            self._port = server.sockets[0].getsockname()[1]
            leave = self._leave
            self._ready.set()
            await leave.wait()
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                request = await _read_request(reader)
            except _BadRequest as bad:
                await _send(writer, bad.status, b"", close=True)
                return
            if request is None or not await self._respond(request, writer):
                return

    async def _respond(self, request: _Request, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open."""
        if self._api_key is not None:
            given = parse_qs(urlsplit(request.target).query).get("api-key")
            if given != [self._api_key]:
                await _send(writer, 401, b"invalid api key")
                return True
        if request.method != "POST":
            await _send(writer, 405, b"Used HTTP Method is not allowed. POST is required")
            return True
        try:
            calls = json.loads(request.body)
            batch = calls if isinstance(calls, list) else [calls]
            methods = [str(one["method"]) for one in batch]
            method, identity = methods[0], batch[0].get("id")
        except (ValueError, LookupError, TypeError, RecursionError):
            problem = {"code": -32700, "message": "Parse error"}
            await _send(writer, 200, _body({"jsonrpc": "2.0", "error": problem, "id": None}))
            return True
        fault = self.faults.strike(method)
        if isinstance(fault, fault_kinds.Delay):
            await asyncio.sleep(fault.seconds)
            fault = None
        match fault:
            case fault_kinds.Status():
                headers = dict(fault.headers)
                if fault.retry_after is not None:
                    headers["Retry-After"] = fault.retry_after
                await _send(writer, fault.code, fault.body, headers=headers)
                return True
            case fault_kinds.Raw():
                body = fault.body.replace(b"%id%", json.dumps(identity).encode())
                await _send(writer, 200, body, content_type=fault.content_type)
                return True
            case fault_kinds.HugeBody():
                await _stream(writer, identity, fault.size)
                return True
            case fault_kinds.GzipBomb():
                await _send(
                    writer, 200, _bomb(identity, fault.size), headers={"Content-Encoding": "gzip"}
                )
                return True
            case fault_kinds.Drop(keep=None):
                writer.transport.abort()
                return False
        try:
            # In a batch only the first call suffers.
            answers: Any = [
                await self._answer(one, fault if place == 0 else None, request)
                for place, one in enumerate(batch)
            ]
        except httpx2.HTTPError:
            await _send(writer, 502, b"the local chain does not answer")
            return True
        if not isinstance(calls, list):
            answers = answers[0]
        body = _body(answers)
        match fault:
            case fault_kinds.Truncated():
                body = body[: fault.keep]
            case fault_kinds.Drop(keep=int() as keep):
                await _send(writer, 200, body[:keep], declared=max(len(body), keep + 1))
                writer.transport.abort()
                return False
        dated = {} if self._now is None else {"Date": formatdate(self._now(), usegmt=True)}
        await _send(writer, 200, body, headers=dated)
        return request.headers.get("connection", "").lower() != "close"

    async def _answer(self, call: Any, fault: Fault | None, request: _Request) -> dict[str, Any]:
        answer: dict[str, Any] = {"jsonrpc": "2.0"}
        try:
            answer["result"] = await self._result(call, fault, request)
        except RpcError as error:
            answer["error"] = {"code": error.code, "message": error.message}
            if error.data is not None:
                answer["error"]["data"] = error.data
        answer["id"] = fault.id if isinstance(fault, fault_kinds.WrongId) else call.get("id")
        return answer

    async def _result(self, call: Any, fault: Fault | None, request: _Request) -> Any:
        match fault:
            case fault_kinds.Replace():
                return fault.result
            case fault_kinds.Fail():
                raise RpcError(fault.code, fault.message, fault.data)
            case fault_kinds.EchoRequest():
                host = request.headers.get("host", "")
                raise RpcError(-32603, f"upstream refused http://{host}{request.target}")
        params = call.get("params") or []
        if not isinstance(params, list):
            raise RpcError(-32602, "Invalid params: a list is expected")
        if call.get("method") == "getIdentity" and self._identity is not None:
            return {"identity": self._identity}
        result = await self._repairs.answer(str(call.get("method")), params)
        return fault.function(result) if isinstance(fault, fault_kinds.Change) else result

    async def _ask(self, method: str, params: list[Any]) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = (await self._client.post(self._upstream, json=body)).json()
        if "error" in answer:
            error = answer["error"]
            raise RpcError(error["code"], error["message"], error.get("data"))
        return answer["result"]


# HTTP


async def _read_request(reader: asyncio.StreamReader) -> _Request | None:
    """The next request of a connection, or None at its end. Raises _BadRequest."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise _BadRequest(431) from None
    line, *fields = head.rstrip("\r\n").split("\r\n")
    words = line.split(" ")
    if len(words) != 3:
        raise _BadRequest(400)
    headers = {}
    for one in fields:
        name, _, value = one.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers:
        raise _BadRequest(411)
    if not length.isdecimal() or int(length) > _MOST_BODY_BYTES:
        raise _BadRequest(413)
    try:
        body = await reader.readexactly(int(length))
    except asyncio.IncompleteReadError:
        return None
    return _Request(words[0], words[1], headers, body)


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes,
    *,
    content_type: str = _JSON,
    headers: Mapping[str, str] | None = None,
    declared: int | None = None,
    close: bool = False,
) -> None:
    fields = {
        "Content-Type": content_type,
        "Content-Length": str(len(body) if declared is None else declared),
        **(headers or {}),
    }
    if close:
        fields["Connection"] = "close"
    writer.write(_head(status, fields) + body)
    await writer.drain()


async def _stream(writer: asyncio.StreamWriter, identity: Any, size: int) -> None:
    writer.write(_head(200, {"Content-Type": _JSON, "Transfer-Encoding": "chunked"}))
    for piece in _huge(identity, size):
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def _huge(identity: Any, size: int) -> Any:
    """The pieces of a well-formed answer whose result is a text of `size` bytes."""
    yield b'{"jsonrpc":"2.0","id":' + json.dumps(identity).encode() + b',"result":"'
    for start in range(0, size, _PIECE):
        yield b"a" * min(_PIECE, size - start)
    yield b'"}'


def _bomb(identity: Any, size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(piece) for piece in _huge(identity, size)) + packer.flush()


def _head(status: int, fields: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Rehearsed"] + [
        f"{name}: {value}" for name, value in fields.items()
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _body(answer: Any) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode()
