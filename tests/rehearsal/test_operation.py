"""The operation's endpoints in a rehearsal: a node's own word, a Date, and the chain's time."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2

from privatedao_audit.model.parts import PARTS
from privatedao_audit.rehearsal.dossier import rpc
from privatedao_audit.rehearsal.operation import HOSTS, INTERVAL, PROBES, SERIES_SECONDS, ChainTime
from privatedao_audit.rehearsal.proxy import Proxy

NOWHERE = "http://127.0.0.1:9"


def _ask(proxy: Proxy) -> httpx2.Response:
    request = {"jsonrpc": "2.0", "id": 1, "method": "getIdentity", "params": []}
    with httpx2.Client(trust_env=False, timeout=10) as client:
        return client.post(proxy.url, json=request)


def test_an_endpoint_says_who_it_is_and_when() -> None:
    with Proxy(NOWHERE, identity="me", now=lambda: 1_767_225_600.9) as proxy:
        answer = _ask(proxy)
    assert answer.json()["result"] == {"identity": "me"}
    assert answer.headers["date"] == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_other_proxies_send_no_date_and_have_no_identity() -> None:
    with Proxy(NOWHERE) as proxy:
        answer = _ask(proxy)
    assert answer.status_code == 502
    assert "date" not in answer.headers


@dataclass
class _Chain:
    travelled: list[int] = field(default_factory=list)

    def clock(self) -> int:
        return 1_000_000

    def time_travel(self, seconds: int) -> int:
        self.travelled.append(seconds)
        return 0


def test_waiting_sends_the_chain_ahead_and_costs_nothing() -> None:
    chain = _Chain()
    clock = ChainTime(chain)  # type: ignore[arg-type]
    asyncio.run(clock.sleep(3.2))
    asyncio.run(clock.sleep(0.01))
    assert chain.travelled == [4, 1]
    assert 5 <= clock.clock() < 60
    ahead = clock.now() - datetime.fromtimestamp(1_000_000, UTC)
    assert 5 <= ahead.total_seconds() < 60


def test_the_series_fits_between_the_story_and_the_present() -> None:
    assert (PROBES - 1) * INTERVAL >= 60
    assert PROBES >= 30
    assert PROBES * INTERVAL * 2 < SERIES_SECONDS


def test_the_register_names_the_hosts_that_are_probed() -> None:
    mapped = rpc.surfaces()
    assert {str(one["part"]) for one in mapped} == {
        part for part in PARTS if part.startswith("rpc-") and part != "rpc-series"
    }
    assert HOSTS == {"first": "127.0.0.1", "second": "localhost"}
    assert re.fullmatch(r"dossier/[\w-]+\.toml", rpc.REGISTER)
