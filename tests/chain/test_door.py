from __future__ import annotations

import asyncio
import gzip
import json
import logging
import pickle
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from solana.rpc.async_api import AsyncClient
from solana.rpc.core import RPCException
from solders.pubkey import Pubkey

from privatedao_audit.chain.answers import RpcError
from privatedao_audit.chain.door import Door, DoorError
from privatedao_audit.chain.endpoints import Endpoint, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.evidence.questions import Exchange
from privatedao_audit.evidence.redact import Redactor
from tests.chain.fake_rpc import GENESIS, SECRET, FakeRpc, Reply, account, code

SMALL = Policy(max_body_bytes=8 * 2**20, attempt_timeout=20, read_timeout=5)
REQUEST = '{"jsonrpc":"2.0","id":7,"method":"getSlot","params":[]}'


def with_door(
    *script: Reply, policy: Policy = SMALL, use: Callable[[Door, FakeRpc], Awaitable[Any]]
) -> Any:
    async def run() -> Any:
        async with (
            FakeRpc().on("getSlot", *script) as rpc,
            Door(rpc.endpoint, None, policy) as door,
        ):
            return await use(door, rpc)

    return asyncio.run(run())


def exchange(*script: Reply, policy: Policy = SMALL) -> Exchange:
    async def use(door: Door, _rpc: FakeRpc) -> Exchange:
        return await door.exchange(REQUEST)

    made: Exchange = with_door(*script, policy=policy, use=use)
    assert SECRET not in repr(made)
    return made


def test_an_exchange_keeps_the_exact_bytes() -> None:
    raw = b' {"jsonrpc": "2.0",\n"result":5 ,"id":7} '
    made = exchange(Reply(raw=raw, headers={"Date": "Mon, 23 Nov 2026 09:00:00 GMT", "X-A": "b"}))
    assert (made.status, made.body, made.error, made.withheld) == (200, raw, None, False)
    assert (made.provider, made.host, made.request) == ("main", "127.0.0.1", REQUEST)
    assert made.headers == {
        "content-type": "application/json",
        "date": "Mon, 23 Nov 2026 09:00:00 GMT",
    }
    assert made.at.endswith("Z")
    assert len(made.at) == 24


def test_gzip_is_unpacked() -> None:
    raw = b'{"jsonrpc":"2.0","result":5,"id":7}'
    made = exchange(Reply(raw=gzip.compress(raw), headers={"Content-Encoding": "gzip"}))
    assert made.body == raw
    assert made.error is None


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 503])
def test_another_status_is_an_error_with_its_body(status: int) -> None:
    headers = {"Retry-After": "7", "Location": "http://127.0.0.1:9/elsewhere"}
    made = exchange(Reply(status=status, raw=b"<html>no</html>", headers=headers))
    assert made.status == status
    assert made.body == b"<html>no</html>"
    assert made.error is not None
    assert made.error.startswith(f"HTTP {status}")
    assert made.headers["retry-after"] == "7"
    assert "location" not in made.headers


def test_a_100_mb_answer_is_cut_off() -> None:
    made = exchange(Reply(raw=b'"' + b"x" * 100_000_000 + b'"'))
    assert made.body is None
    assert made.error == f"the answer is larger than {8 * 2**20} bytes"


def test_a_gzip_bomb_is_cut_off() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"[" * 2**20) for _ in range(100)) + packer.flush()
    assert len(bomb) < 200_000
    made = exchange(Reply(raw=bomb, headers={"Content-Encoding": "gzip"}))
    assert made.body is None
    assert made.error == f"the answer is larger than {8 * 2**20} bytes"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "odd"])
def test_encodings_not_asked_for_are_refused(encoding: str) -> None:
    made = exchange(Reply(raw=b"x", headers={"Content-Encoding": encoding}))
    assert made.body is None
    assert made.error == "the answer came in a content encoding that was not asked for"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(drop=True), "breaks off"),
        (Reply(raw=b"{", promise=10), "breaks off"),
        (Reply(raw=b"no gzip", headers={"Content-Encoding": "gzip"}), "cannot be decompressed"),
        (Reply(5, headers={"Bad Name": "x"}), "breaks off or is not HTTP"),
    ],
)
def test_a_broken_answer_is_an_error(reply: Reply, told: str) -> None:
    made = exchange(reply)
    assert made.body is None
    assert told in str(made.error)


def test_a_silent_server_is_left_after_the_time() -> None:
    async def use(door: Door, rpc: FakeRpc) -> Exchange:
        made = await door.exchange(REQUEST, timeout=0.05)
        never.set()
        return made

    never = asyncio.Event()
    made = with_door(Reply(5, hold=never), use=use)
    assert made.error == "no whole answer within 0.05 s"


def test_an_unreachable_endpoint_is_an_error() -> None:
    async def run() -> tuple[Exchange, str]:
        async with FakeRpc() as rpc:
            endpoint = rpc.endpoint
        async with Door(endpoint) as door:
            made = await door.exchange(REQUEST)
            with pytest.raises(DoorError) as caught:
                await AsyncClientOn(door).get_slot()
            assert caught.value.__cause__ is None
            return made, repr(caught.value)

    made, shown = asyncio.run(run())
    assert made.error == "could not connect"
    assert (made.status, made.body) == (None, None)
    assert SECRET not in shown


@pytest.mark.parametrize(
    "body",
    [
        f'{{"message": "bad key {SECRET}"}}'.encode(),
        f'{{"message": "{SECRET.upper()}"}}'.encode(),
        json.dumps({"url": f"/?api-key={SECRET}-query"}).encode(),
    ],
)
def test_an_answer_that_echoes_the_key_is_withheld(body: bytes) -> None:
    made = exchange(Reply(raw=body, status=401, headers={"Content-Type": f"x/{SECRET}"}))
    assert (made.body, made.withheld) == (None, True)
    assert made.error == "the answer holds a configured secret and was not kept"
    assert made.headers["content-type"] == "x/[withheld]"


def test_secrets_of_other_endpoints_are_withheld_too() -> None:
    async def run() -> Exchange:
        async with FakeRpc().on("getSlot", Reply("other-key-123")) as rpc:
            redactor = Redactor(["other-key-123"])
            async with Door(rpc.endpoint, redactor) as door:
                return await door.exchange(REQUEST)

    assert asyncio.run(run()).withheld


def test_the_url_is_in_no_text_of_the_door() -> None:
    door = Door(Endpoint("main", SecretUrl(f"https://h.example.org/{SECRET}")))
    assert SECRET not in f"{door} {door!r} {door.endpoint_uri} {vars(door)}"
    with pytest.raises(TypeError, match="secret"):
        pickle.dumps(door)


def test_nothing_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    names = ("httpx2", "httpcore2", "httpcore2.http11", "httpcore2.connection", "solana")
    for name in names:
        caplog.set_level(logging.DEBUG, logger=name)
    exchange(Reply(5))
    exchange(Reply(status=500, raw=b"no"))
    assert SECRET not in caplog.text
    assert not [r for r in caplog.records if r.name.startswith(("httpx2", "httpcore2"))]


def test_proxies_from_the_environment_are_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert exchange(Reply(5)).error is None


def test_a_redirect_is_not_followed() -> None:
    async def use(door: Door, rpc: FakeRpc) -> int:
        made = await door.exchange(REQUEST)
        assert made.error == "HTTP 307: redirects are not followed"
        return len(rpc.requests)

    reply = Reply(status=307, raw=b"", headers={"Location": "http://127.0.0.1:1/"})
    assert with_door(reply, use=use) == 1


def AsyncClientOn(door: Door) -> AsyncClient:  # reads as the class it makes
    client = AsyncClient("http://127.0.0.1:1")
    client._provider = door
    return client


def test_an_unmodified_solana_client_works() -> None:
    async def run() -> tuple[Any, ...]:
        async with FakeRpc() as rpc:
            rpc.on("getSlot", Reply(321)).on("getHealth", Reply("ok"))
            value = {"context": {"slot": 9}, "value": account(b"hello", 77)}
            rpc.on("getAccountInfo", Reply(value))
            client = AsyncClientOn(Door(rpc.endpoint, None, SMALL))
            genesis = (await client.get_genesis_hash()).value
            slot = (await client.get_slot()).value
            state = (await client.get_account_info(Pubkey.default())).value
            healthy = await client.is_connected()
            await client.close()
            return str(genesis), slot, state.lamports, bytes(state.data), healthy

    assert asyncio.run(run()) == (GENESIS, 321, 77, b"hello", True)


@pytest.mark.parametrize("number", [-32005, -32016, -32019, -32020, -32021, 429, -32099, 12])
def test_every_rpc_error_is_raised_with_its_code(number: int) -> None:
    async def use(door: Door, _rpc: FakeRpc) -> None:
        with pytest.raises(RpcError) as caught:
            await AsyncClientOn(door).get_slot()
        assert caught.value.code == number
        assert caught.value.data == {"numSlotsBehind": 3}
        assert caught.value.message == "no"
        assert not isinstance(caught.value, RPCException)

    with_door(code(number, "no", {"numSlotsBehind": 3}), use=use)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(5, identity="0"), "another id"),
        (Reply(5, identity=8), "another id"),
        (Reply(5, identity=False), "another id"),
        (Reply(5, identity=None), "another id"),
        (Reply(raw=b"<html></html>"), "malformed answer"),
        (Reply(raw=b'{"jsonrpc":"2.0","result":NaN,"id":0}'), "NaN is not JSON"),
        (Reply(raw=b'{"jsonrpc":"2.0","result":5,"id":0'), "malformed answer"),
        (Reply(raw=b"[" * 100_000), "nested deeper"),
        (Reply(raw=b'{"result":5,"id":0}'), "not a JSON-RPC 2.0 response"),
        (Reply(raw=b'{"jsonrpc":"2.0","id":0}'), "neither a result nor an error"),
        (Reply(raw=b'{"jsonrpc":"2.0","id":0,"error":3}'), "not an object"),
        (Reply(raw=b'{"jsonrpc":"2.0","id":0,"error":{}}'), "no code"),
        (Reply(raw=b'{"jsonrpc":"2.0","id":0,"result":1,"error":{"code":1}}'), "both"),
        (Reply(status=500, raw=b"{}"), "HTTP 500"),
    ],
)
def test_a_malformed_answer_is_a_door_error(reply: Reply, told: str) -> None:
    async def use(door: Door, _rpc: FakeRpc) -> None:
        with pytest.raises(DoorError, match=told) as caught:
            await AsyncClientOn(door).get_slot()
        assert SECRET not in str(caught.value)

    with_door(reply, use=use)


def test_odd_failures_are_told_by_their_type_only() -> None:
    class Broken(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            raise KeyError(str(request.url))

    endpoint = Endpoint("main", SecretUrl(f"https://h/{SECRET}"))

    async def run() -> Exchange:
        async with Door(endpoint, transport=Broken()) as door:
            return await door.exchange(REQUEST)

    made = asyncio.run(run())
    assert made.error == "the request failed (KeyError)"
    assert SECRET not in repr(made)
