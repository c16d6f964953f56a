"""The faults a proxy makes by itself: no node stands behind it here."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from privatedao_audit.rehearsal import faults as kinds
from privatedao_audit.rehearsal.proxy import Proxy

KEY = "not-a-real-key-1234"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(NOWHERE, api_key=KEY) as proxy:
        yield proxy


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(trust_env=False, timeout=10) as client:
        yield client


def _call(identity: object = 7) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "method": "getSlot", "params": []}


def test_the_url_carries_the_key_and_none_gets_in_without(
    proxy: Proxy, client: httpx2.Client
) -> None:
    assert proxy.url.endswith(f"/?api-key={KEY}")
    assert urlsplit(proxy.url).hostname == "127.0.0.1"
    bare = proxy.url.split("?")[0]
    assert client.post(bare, json=_call()).status_code == 401
    assert client.post(bare + "?api-key=wrong", json=_call()).status_code == 401
    assert proxy.faults.calls() == 0


def test_a_dead_node_is_a_bad_gateway(proxy: Proxy, client: httpx2.Client) -> None:
    assert client.post(proxy.url, json=_call()).status_code == 502


@pytest.mark.parametrize("code", [401, 403, 429, 500, 503])
def test_a_status(proxy: Proxy, client: httpx2.Client, code: int) -> None:
    proxy.faults.add(kinds.Status(code, retry_after="3", body=b"go away"))
    answer = client.post(proxy.url, json=_call())
    assert (answer.status_code, answer.headers["retry-after"]) == (code, "3")
    assert answer.content == b"go away"


def test_a_status_without_retry_after(proxy: Proxy, client: httpx2.Client) -> None:
    proxy.faults.add(kinds.Status(429))
    assert "retry-after" not in client.post(proxy.url, json=_call()).headers


def test_html_with_status_200(proxy: Proxy, client: httpx2.Client) -> None:
    proxy.faults.add(kinds.HTML)
    answer = client.post(proxy.url, json=_call())
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("fault", "body"),
    [
        (kinds.LONE_SURROGATE, b'{"jsonrpc":"2.0","id":7,"result":"\\ud800"}'),
        (kinds.NOT_A_NUMBER, b'{"jsonrpc":"2.0","id":7,"result":NaN}'),
        (kinds.BEYOND_FLOAT, b'{"jsonrpc":"2.0","id":7,"result":1e999}'),
        (kinds.NOT_UTF_8, b'{"jsonrpc":"2.0","id":7,"result":"\xff\xfe"}'),
        (
            kinds.DEEPLY_NESTED,
            b'{"jsonrpc":"2.0","id":7,"result":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        ),
    ],
    ids=["surrogate", "nan", "1e999", "not utf-8", "nested"],
)
def test_hostile_bodies_come_byte_for_byte(
    proxy: Proxy, client: httpx2.Client, fault: kinds.Raw, body: bytes
) -> None:
    proxy.faults.add(fault)
    assert client.post(proxy.url, json=_call()).content == body


def test_a_replaced_result_and_an_error(proxy: Proxy, client: httpx2.Client) -> None:
    proxy.faults.add(kinds.Replace({"any": "thing"}), count=1)
    proxy.faults.add(kinds.node_behind(9))
    first = client.post(proxy.url, json=_call("text id")).json()
    assert first == {"jsonrpc": "2.0", "result": {"any": "thing"}, "id": "text id"}
    error = client.post(proxy.url, json=_call()).json()["error"]
    assert (error["code"], error["data"]) == (-32005, {"numSlotsBehind": 9})


def test_an_echo_repeats_the_key(proxy: Proxy, client: httpx2.Client) -> None:
    proxy.faults.add(kinds.EchoRequest())
    assert proxy.url in client.post(proxy.url, json=_call()).json()["error"]["message"]


def test_a_huge_body_is_streamed_and_well_formed(proxy: Proxy, client: httpx2.Client) -> None:
    proxy.faults.add(kinds.HugeBody(3_000_001))
    answer = client.post(proxy.url, json=_call())
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.json() == {"jsonrpc": "2.0", "id": 7, "result": "a" * 3_000_001}


def test_a_client_may_leave_a_huge_body(proxy: Proxy, client: httpx2.Client) -> None:
    proxy.faults.add(kinds.HugeBody(1 << 40), count=1)
    with client.stream("POST", proxy.url, json=_call()) as answer:
        assert len(next(answer.iter_raw())) > 0
    proxy.faults.add(kinds.Replace(1))
    assert client.post(proxy.url, json=_call()).json()["result"] == 1


def test_a_gzip_bomb_is_small_on_the_wire(proxy: Proxy, client: httpx2.Client) -> None:
    proxy.faults.add(kinds.GzipBomb(2_000_000))
    with client.stream("POST", proxy.url, json=_call()) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join(answer.iter_raw())
    assert len(raw) < 10_000
    assert len(json.loads(gzip.decompress(raw))["result"]) == 2_000_000


def test_a_dropped_connection(proxy: Proxy, client: httpx2.Client) -> None:
    proxy.faults.add(kinds.Drop())
    with pytest.raises(httpx2.TransportError):
        client.post(proxy.url, json=_call())


@pytest.mark.parametrize("body", [b"{bad", b"[]", b'"text"', b"[1]", b"{}", b"null", b"[" * 50_000])
def test_what_is_no_call_is_a_parse_error(proxy: Proxy, client: httpx2.Client, body: bytes) -> None:
    answer = client.post(proxy.url, content=body).json()
    assert answer["error"]["code"] == -32700


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
    ],
    ids=["no request line", "too long", "no length", "chunked", "long headers"],
)
def test_bad_requests_are_refused(proxy: Proxy, request_head: bytes, status: bytes) -> None:
    port = urlsplit(proxy.url).port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(request_head)
        assert wire.recv(1000).startswith(b"HTTP/1.1 " + status)


def test_other_http_methods_are_refused(proxy: Proxy, client: httpx2.Client) -> None:
    assert client.get(proxy.url).status_code == 405


def test_stopping_twice_is_fine_and_frees_the_port_and_the_thread() -> None:
    proxy = Proxy(NOWHERE)
    with proxy:
        url = proxy.url
        with httpx2.Client(trust_env=False) as client:
            assert client.post(url, json=_call()).status_code == 502
    proxy.stop()
    with pytest.raises(httpx2.ConnectError):
        httpx2.post(url, json=_call(), trust_env=False)
    assert all(thread.name != "rehearsal-proxy" for thread in threading.enumerate())
