"""Fetching a whole history against a sequential solana-py loop, from the same local server.

    .venv/bin/python benchmarks/history_fetch.py [--transactions 5000] [--loop 500]

The server is a process of its own: 20 ms before every answer, and a limit of requests per second
that it enforces with HTTP 429. The kit records everything, verifies every signature and decodes
every transaction; the loop asks one transaction after the other and keeps solders' typed answer.
Measured: with the limit, the time over the limit's own floor; without it, the time per
transaction of either side; a second run that continues the first one's sealed recording, and
what it asked the server for. Exit status 1 when a bound of the three is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import Transaction

LATENCY = 0.020
LIMIT = 100
#: The kit asks a little below the limit, as one does: at the limit itself every jitter is a 429.
ASKED = 95
GENESIS = str(Keypair.from_seed(bytes([7]) * 32).pubkey())
PAYER = Keypair.from_seed(bytes([8]) * 32)
ADDRESS = Keypair.from_seed(bytes([9]) * 32).pubkey()
SYSTEM = Pubkey.from_string("11111111111111111111111111111111")
PAGE = 1000


def landed(number: int) -> tuple[str, dict[str, Any]]:
    """Signature and answer of the transaction of that number: one lamport to the address."""
    metas = [AccountMeta(PAYER.pubkey(), True, True), AccountMeta(ADDRESS, False, True)]
    pay = Instruction(SYSTEM, struct.pack("<IQ", 2, 1), metas)
    blockhash = Hash(number.to_bytes(32, "little"))
    message = Message.new_with_blockhash([pay], PAYER.pubkey(), blockhash)
    signed = Transaction([PAYER], message, blockhash)
    balances = [10**12 - 5001 * number, number, 1], [10**12 - 5001 * (number + 1), number + 1, 1]
    answer = {
        "slot": number + 10, "blockTime": 1_800_000_000 + number, "version": "legacy",
        "transaction": [base64.b64encode(bytes(signed)).decode(), "base64"],
        "meta": {
            "err": None, "status": {"Ok": None}, "fee": 5000, "preBalances": balances[0],
            "postBalances": balances[1], "innerInstructions": [], "preTokenBalances": [],
            "postTokenBalances": [], "rewards": [], "loadedAddresses": {
                "writable": [], "readonly": []},
            "logMessages": [f"Program {SYSTEM} invoke [1]", f"Program {SYSTEM} success"],
            "computeUnitsConsumed": 150,
        },
    }  # fmt: skip
    return str(signed.signatures[0]), answer


class Server:
    """A JSON-RPC node over HTTP/1.1 with keep-alive; the limit is a sliding second."""

    def __init__(self, count: int, limit: int) -> None:
        self.limit = limit
        self.answers = dict(landed(number) for number in range(count))
        self.names = list(self.answers)
        self.counts = {"requests": 0, "refused": 0, "getTransaction": 0}
        self.window: list[float] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                            if line.lower().startswith(b"content-length"))  # fmt: skip
                request = json.loads(await reader.readexactly(size))
                await self._one(request, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _one(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        status, body = self._answer(request)
        await asyncio.sleep(LATENCY)
        raw = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        writer.write(head.encode() + f"Content-Length: {len(raw)}\r\n\r\n".encode() + raw)

    def _answer(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        method, params = request["method"], request.get("params") or []
        if method == "counts":
            return 200, {"jsonrpc": "2.0", "id": request["id"], "result": dict(self.counts)}
        now = time.monotonic()
        self.window = [at for at in self.window if now - at < 1.0]
        self.counts["requests"] += 1
        if self.limit and len(self.window) >= self.limit:
            self.counts["refused"] += 1
            return 429, {"jsonrpc": "2.0", "id": request["id"],
                         "error": {"code": 429, "message": "slow down"}}  # fmt: skip
        self.window.append(now)
        self.counts[method] = self.counts.get(method, 0) + 1
        return 200, {"jsonrpc": "2.0", "id": request["id"], "result": self._result(method, params)}

    def _result(self, method: str, params: list[Any]) -> Any:
        if method == "getGenesisHash":
            return GENESIS
        if method == "getFirstAvailableBlock":
            return 0
        if method == "getSlot":
            return 10**6
        if method == "getSignatureStatuses":
            return {"context": {"slot": 10**6}, "value": [{"slot": 9, "confirmations": None,
                    "err": None, "status": {"Ok": None}, "confirmationStatus": "finalized"}]}
        if method == "getTransaction":
            return self.answers.get(params[0])
        if params[1].get("until") == self.names[-1]:
            return []
        before = params[1].get("before")
        end = len(self.names) if before is None else self.names.index(before)
        return [
            {"signature": name, "slot": self.answers[name]["slot"], "err": None, "memo": None,
             "blockTime": self.answers[name]["blockTime"], "confirmationStatus": "finalized"}
            for name in reversed(self.names[max(0, end - PAGE) : end])
        ]  # fmt: skip


async def serve(count: int, limit: int) -> None:
    """Serve on a free port, printed first, until the process is ended."""
    server = Server(count, limit)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


class Node:
    """The server as a process."""

    def __init__(self, count: int, limit: int) -> None:
        arguments = [sys.executable, __file__, "--serve", str(count), str(limit)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.process.kill()
        self.process.wait()

    def counts(self) -> dict[str, int]:
        """What it was asked for so far."""
        import httpx2

        body = {"jsonrpc": "2.0", "id": 1, "method": "counts", "params": []}
        found: dict[str, int] = httpx2.post(self.url, json=body).json()["result"]
        return found


async def kit(
    url: str, place: Path, limit: int, in_flight: int, earlier: Path | None = None
) -> tuple[float, int]:
    """Seconds and number of transactions that the kit told out of one address's history.

    The recording is sealed at ``place``; what ``earlier`` holds is carried over first.
    """
    from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
    from privatedao_audit.chain.limits import Policy
    from privatedao_audit.chain.reads import ChainReads
    from privatedao_audit.chain.resolver import RpcResolver
    from privatedao_audit.evidence.carried import Carried, carry
    from privatedao_audit.evidence.collector import Collector
    from privatedao_audit.evidence.recording import Recording
    from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
    from privatedao_audit.evidence.sealed import SealedRecording
    from privatedao_audit.history.fetch import Fetch
    from privatedao_audit.protocols.conduct import Actions, Failure

    header = RunHeader(
        kit_version="benchmark", target_name="benchmark", cluster="localnet", target={},
        started_at=timestamp(utc_now()), sealed_at=None,
    )  # fmt: skip
    policy = Policy(requests_per_second=float(limit), concurrency=in_flight)
    failure = Failure(None, None, None, None, (), (), "none", None)
    recording = Recording.open(place.with_suffix(".partial"), header)
    endpoint = Endpoint("local", SecretUrl(url), EndpointKind.LITERAL)
    try:
        async with RpcResolver([endpoint], GENESIS, policy) as rpc:
            started = time.perf_counter()
            collector, carried = Collector(recording, {"rpc": rpc}), None
            if earlier is not None:
                with SealedRecording.open(earlier) as sealed:
                    carry(sealed, recording)
                    carried = Carried(sealed.evidence_root, collector.held)
            chain = ChainReads(collector, concurrency=in_flight, carried=carried)
            fetch = Fetch(
                chain, lambda _tx: Actions((), True, None), lambda _tx: failure, str(SYSTEM),
                str(ADDRESS), 20, {}, str(ADDRESS),
            )  # fmt: skip
            await fetch.follow([str(ADDRESS)])
            seconds, told = time.perf_counter() - started, len(fetch.deeds())
        recording.seal(place, timestamp(utc_now()))
        return seconds, told
    finally:
        recording.close()


async def loop(url: str, count: int) -> float:
    """Seconds of a loop that asks for one transaction after the other."""
    from solana.rpc.async_api import AsyncClient

    async with AsyncClient(url) as client:
        started = time.perf_counter()
        listed = await client.get_signatures_for_address(ADDRESS, limit=PAGE)
        for row in listed.value[:count]:
            found = await client.get_transaction(
                Signature.from_string(str(row.signature)), encoding="base64",
                max_supported_transaction_version=0,
            )  # fmt: skip
            assert found.value is not None
        return time.perf_counter() - started


def main() -> int:
    """Measure and compare with the bounds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--transactions", type=int, default=5_000)
    parser.add_argument("--loop", type=int, default=500, help="transactions of the loop's sample")
    parser.add_argument("--in-flight", type=int, default=24)
    parser.add_argument("--serve", nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(*options.serve))
        return 0
    count = options.transactions
    with tempfile.TemporaryDirectory() as folder:
        with Node(count, LIMIT) as node:
            place = Path(folder) / "limited.sqlite"
            seconds, told = asyncio.run(kit(node.url, place, ASKED, options.in_flight))
            limited = node.counts()
            second = Path(folder) / "second.sqlite"
            again, told_again = asyncio.run(
                kit(node.url, second, ASKED, options.in_flight, place)
            )
            more = node.counts()["getTransaction"] - limited["getTransaction"]
        assert told == told_again == count
        floor = sum(n for name, n in limited.items() if name not in ("requests", "refused")) / LIMIT
        print(f"with a limit of {LIMIT}/s: {seconds:.1f} s for {count} transactions, "
              f"{seconds / floor:.2f} times the limit's floor of {floor:.1f} s, "
              f"{limited['refused']} refused")  # fmt: skip
        print(f"second run, continuing it: {again:.1f} s, {more} transactions fetched again")
        with Node(count, 0) as node:
            place = Path(folder) / "free.sqlite"
            free, _ = asyncio.run(kit(node.url, place, 0, options.in_flight))
            sample = min(options.loop, count, PAGE)
            slow = asyncio.run(loop(node.url, sample)) / sample * count
        print(f"without a limit: {free:.1f} s; one after the other {slow:.1f} s "
              f"(from {sample} transactions): {slow / free:.1f} times as fast")  # fmt: skip
    return 0 if seconds / floor <= 1.2 and more == 0 and slow / free >= 10 else 1


if __name__ == "__main__":
    sys.exit(main())
