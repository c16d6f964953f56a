"""The proxy before a real node: repairs, and the faults that need a real answer."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from solders.sysvar import CLOCK

from privatedao_audit.rehearsal import faults as kinds
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.script import Story


class Client:
    """JSON-RPC over one proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.http = httpx2.Client(trust_env=False, timeout=20)

    def whole(self, method: str, *params: Any) -> dict[str, Any]:
        body = {"jsonrpc": "2.0", "id": 5, "method": method, "params": params}
        answer = self.http.post(self.proxy.url, json=body).json()
        assert answer["id"] == 5
        return dict(answer)

    def result(self, method: str, *params: Any) -> Any:
        answer = self.whole(method, *params)
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, *params: Any) -> tuple[int, Any]:
        error = self.whole(method, *params)["error"]
        return error["code"], error.get("data")


@pytest.fixture
def rpc(healthy: Story) -> Iterator[Client]:
    with Proxy(healthy.node) as proxy:
        client = Client(proxy)
        with client.http:
            yield client


FULL = {"encoding": "base64", "maxSupportedTransactionVersion": 0}


def test_history_holds_what_came_through_a_lookup_table(rpc: Client, healthy: Story) -> None:
    life = healthy.life
    listed = rpc.result("getSignaturesForAddress", life.programdata)
    expected = [
        life.refused_upgrade,
        life.extension,
        life.versions[2].transaction,
        life.versions[1].transaction,
        life.handover,
        life.versions[0].transaction,
    ]
    assert [row["signature"] for row in listed] == [one.signature for one in expected]
    assert [row["slot"] for row in listed] == [one.slot for one in expected]
    assert [row["blockTime"] for row in listed] == [one.block_time for one in expected]
    assert [row["err"] is None for row in listed] == [one.succeeded for one in expected]
    assert {row["confirmationStatus"] for row in listed} == {"finalized"}
    bare = healthy.node.request("getSignaturesForAddress", life.programdata)
    assert len(bare) == len(expected) - 1


def test_history_is_paged_and_knows_its_cursors(rpc: Client, healthy: Story) -> None:
    address = healthy.life.programdata
    whole = [row["signature"] for row in rpc.result("getSignaturesForAddress", address)]
    pages, before = [], None
    while page := rpc.result("getSignaturesForAddress", address, {"limit": 2, "before": before}):
        pages += [row["signature"] for row in page]
        before = pages[-1]
    assert pages == whole
    until = {"until": whole[2]}
    newest = [row["signature"] for row in rpc.result("getSignaturesForAddress", address, until)]
    assert newest == whole[:2]
    for cursor in ("before", "until"):
        code, _ = rpc.error("getSignaturesForAddress", address, {cursor: "1" * 64})
        assert code == -32020


@pytest.mark.parametrize("limit", [0, 1001, "5"])
def test_history_has_a_limit(rpc: Client, healthy: Story, limit: object) -> None:
    code, _ = rpc.error("getSignaturesForAddress", healthy.life.vault, {"limit": limit})
    assert code == -32602


def test_history_wants_an_address(rpc: Client) -> None:
    assert rpc.error("getSignaturesForAddress")[0] == -32602
    assert rpc.error("getSignaturesForAddress", "not an address")[0] == -32602


def test_a_new_transaction_appears_in_history() -> None:
    from privatedao_audit.rehearsal import wallet
    from privatedao_audit.rehearsal.node import LocalNode

    with LocalNode() as node, Proxy(node) as proxy:
        client = Client(proxy)
        with client.http:
            someone = wallet.address("someone")
            for lamports in (10**9, 2 * 10**9):
                signature = node.airdrop(someone, lamports)
                rows = client.result("getSignaturesForAddress", str(someone))
                assert rows[0]["signature"] == signature
            assert len(rows) == 2


def test_block_times_agree_everywhere(rpc: Client, healthy: Story) -> None:
    release = healthy.life.release.transaction
    found = rpc.result("getTransaction", release.signature, FULL)
    block = rpc.result("getBlock", release.slot, {**FULL, "transactionDetails": "signatures"})
    assert found["blockTime"] == block["blockTime"] == release.block_time
    assert rpc.result("getBlockTime", release.slot) == release.block_time
    assert block["signatures"] == [release.signature]
    assert block["parentSlot"] < release.slot
    clock = rpc.result("getAccountInfo", str(CLOCK), {"encoding": "base64"})["value"]
    both = rpc.result("getMultipleAccounts", [healthy.life.vault, str(CLOCK)])["value"]
    time = struct.unpack_from("<q", base64.b64decode(clock["data"][0]), 32)[0]
    assert time == healthy.node.clock() == rpc.result("getBlockTime", rpc.result("getSlot"))
    assert both[1] == clock


def test_slots_without_a_transaction_were_skipped(rpc: Client, healthy: Story) -> None:
    release, tip = healthy.life.release.transaction.slot, rpc.result("getSlot")
    assert rpc.error("getBlock", release - 10_000, FULL)[0] == -32007
    assert rpc.error("getBlockTime", release - 10_000)[0] == -32007
    assert rpc.error("getBlock", tip + 5, FULL)[0] == -32004
    assert rpc.error("getBlock", "5")[0] == -32602
    around = rpc.result("getBlocks", release - 3, release + 1)
    assert release in around
    assert rpc.result("getBlocksWithLimit", release, 1) == [release]
    assert rpc.error("getBlocks", 0)[0] == -32602


def test_a_versioned_transaction_must_be_asked_for(rpc: Client, healthy: Story) -> None:
    release, deploy = healthy.life.release.transaction, healthy.life.versions[0].transaction
    assert rpc.error("getTransaction", release.signature, {"encoding": "base64"})[0] == -32015
    assert rpc.error("getTransaction", release.signature)[0] == -32015
    assert rpc.result("getTransaction", release.signature, FULL)["version"] == 0
    assert rpc.result("getTransaction", deploy.signature)["slot"] == deploy.slot
    assert rpc.error("getBlock", release.slot, {"encoding": "base64"})[0] == -32015
    assert rpc.result("getTransaction", "1" * 64, FULL) is None


def test_every_commitment_sees_one_slot(rpc: Client, healthy: Story) -> None:
    levels = ("processed", "confirmed", "finalized")
    slots = {rpc.result("getSlot", {"commitment": level}) for level in levels}
    slots.add(rpc.result("getSlot"))
    slots.add(rpc.result("getEpochInfo")["absoluteSlot"])
    for method, what in (("getBalance", healthy.life.vault), ("getAccountInfo", str(CLOCK))):
        slots |= {rpc.result(method, what, {"commitment": x})["context"]["slot"] for x in levels}
    assert slots == {healthy.node.slot()}
    status = rpc.result("getSignatureStatuses", [healthy.life.handover.signature, "1" * 64])
    assert status["value"][0]["confirmationStatus"] == "finalized"
    assert status["value"][1] is None


@pytest.mark.parametrize("method", ["getTransaction", "getSignaturesForAddress"])
def test_history_is_refused_at_processed(rpc: Client, healthy: Story, method: str) -> None:
    what = {
        "getTransaction": healthy.life.handover.signature,
        "getSignaturesForAddress": healthy.life.vault,
    }[method]
    assert rpc.error(method, what, {"commitment": "processed"})[0] == -32602


@pytest.mark.parametrize(
    "method", ["getBalance", "getAccountInfo", "getSignaturesForAddress", "getMultipleAccounts"]
)
def test_a_slot_not_reached_is_refused_with_the_nodes_own(
    rpc: Client, healthy: Story, method: str
) -> None:
    vault: object = healthy.life.vault
    what = [vault] if method == "getMultipleAccounts" else vault
    tip = healthy.node.slot()
    assert "result" in rpc.whole(method, what, {"minContextSlot": tip})
    code, data = rpc.error(method, what, {"minContextSlot": tip + 1})
    assert (code, data) == (-32016, {"contextSlot": tip})


def test_limits_are_enforced(rpc: Client, healthy: Story) -> None:
    vault = healthy.life.vault
    assert len(rpc.result("getMultipleAccounts", [vault] * 100)["value"]) == 100
    assert rpc.error("getMultipleAccounts", [vault] * 101)[0] == -32602
    assert rpc.error("getSignatureStatuses", ["1" * 64] * 257)[0] == -32602


def test_a_batch_is_answered_in_order(rpc: Client) -> None:
    rpc.proxy.faults.add(kinds.WrongId("other"), count=1)
    calls = [{"jsonrpc": "2.0", "id": n, "method": "getSlot"} for n in range(3)]
    answers = rpc.http.post(rpc.proxy.url, json=calls).json()
    assert [one["id"] for one in answers] == ["other", 1, 2]
    assert len({one["result"] for one in answers}) == 1


def test_parameters_must_be_a_list(rpc: Client) -> None:
    call = {"jsonrpc": "2.0", "id": 5, "method": "getSlot", "params": {"a": 1}}
    assert rpc.http.post(rpc.proxy.url, json=call).json()["error"]["code"] == -32602


def test_a_truncated_answer_claims_to_be_whole(rpc: Client, healthy: Story) -> None:
    rpc.proxy.faults.add(kinds.Truncated(40), "getAccountInfo")
    body = {"jsonrpc": "2.0", "id": 5, "method": "getAccountInfo", "params": [healthy.life.vault]}
    answer = rpc.http.post(rpc.proxy.url, json=body)
    assert answer.headers["content-length"] == "40"
    assert answer.content.startswith(b'{"jsonrpc":"2.0","result"')
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        answer.json()


def test_a_connection_is_cut_within_the_body(rpc: Client) -> None:
    rpc.proxy.faults.add(kinds.Drop(keep=10))
    with pytest.raises(httpx2.TransportError):
        rpc.whole("getSlot")


def test_a_late_answer_is_the_real_one(rpc: Client, healthy: Story) -> None:
    rpc.proxy.faults.add(kinds.Delay(0.3), count=1)
    with pytest.raises(httpx2.ReadTimeout):
        rpc.http.post(
            rpc.proxy.url, json={"jsonrpc": "2.0", "id": 5, "method": "getSlot"}, timeout=0.05
        )
    rpc.proxy.faults.add(kinds.Delay(0.01))
    assert rpc.result("getSlot") == healthy.node.slot()


def test_a_changed_result(rpc: Client, healthy: Story) -> None:
    rpc.proxy.faults.add(kinds.Change(lambda slot: slot + 1), "getSlot", count=1)
    assert rpc.result("getSlot") == healthy.node.slot() + 1
    assert rpc.result("getSlot") == healthy.node.slot()


def test_a_lagging_node_says_so_everywhere(rpc: Client, healthy: Story) -> None:
    life, tip = healthy.life, healthy.node.slot()
    lag = tip - life.extension.slot
    rpc.proxy.faults.lag = lag
    assert rpc.result("getSlot") == tip - lag
    assert rpc.result("getBalance", life.vault)["context"]["slot"] == tip - lag
    assert rpc.error("getHealth") == (-32005, {"numSlotsBehind": lag})
    code, data = rpc.error("getBalance", life.vault, {"minContextSlot": tip})
    assert (code, data) == (-32016, {"contextSlot": tip - lag})
    newest = rpc.result("getSignaturesForAddress", life.programdata)[0]
    assert newest["signature"] == life.extension.signature
    assert rpc.result("getTransaction", life.refused_upgrade.signature, FULL) is None
    status = rpc.result("getSignatureStatuses", [life.refused_upgrade.signature])
    assert status["value"] == [None]
    assert rpc.result("getBlockTime", tip - lag) is not None
    rpc.proxy.faults.clear()
    assert rpc.result("getHealth") == "ok"


def test_pruned_history_ends_early(rpc: Client, healthy: Story) -> None:
    life = healthy.life
    rpc.proxy.faults.first_slot = life.extension.slot
    listed = rpc.result("getSignaturesForAddress", life.programdata)
    expected = [life.refused_upgrade.signature, life.extension.signature]
    assert [row["signature"] for row in listed] == expected
    assert rpc.result("getFirstAvailableBlock") == life.extension.slot
    assert rpc.result("getTransaction", life.handover.signature, FULL) is None
    assert rpc.error("getBlock", life.handover.slot, FULL)[0] == -32001
    cursor = {"before": life.handover.signature}
    assert rpc.error("getSignaturesForAddress", life.programdata, cursor)[0] == -32020


def test_an_asynchronous_client_is_served_many_at_once(healthy: Story) -> None:
    async def ask(url: str) -> list[int]:
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as client:
            body = {"jsonrpc": "2.0", "id": 1, "method": "getSlot", "params": [None]}
            answers = await asyncio.gather(*(client.post(url, json=body) for _ in range(50)))
            return [one.json()["result"] for one in answers]

    with Proxy(healthy.node) as proxy:
        before = healthy.node.slot()
        slots = asyncio.run(ask(proxy.url))
        assert len(slots) == 50
        assert all(before <= slot <= healthy.node.slot() for slot in slots)
        assert proxy.faults.calls("getSlot") == 50


def test_a_plain_address_serves_as_upstream(healthy: Story) -> None:
    with Proxy(healthy.node.rpc_url) as proxy:
        client = Client(proxy)
        with client.http:
            assert client.result("getGenesisHash") == healthy.life.genesis_hash
