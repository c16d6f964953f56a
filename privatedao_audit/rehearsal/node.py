"""The local chain: one Surfpool node in a child process, on the loopback address only.

The chain makes one block per transaction, and its clock stands still in between: time passes
by `LocalNode.time_travel`. The genesis hash is a new one every time; slots, blockhashes and
signatures repeat when the same transactions are sent in the same order.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit

import httpx2
from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK
from solders.transaction import VersionedTransaction

from . import wallet
from .parts import node_binary, surfpool_folder

SLOT_MILLISECONDS = 400
_TICK = 1_000_000
_SCRIPT = Path(__file__).with_name("surfnet.cjs")


class NodeFailure(RuntimeError):
    """The local chain did not start, answer or stop as it must."""


class RpcFailure(RuntimeError):
    """The node answered a call with a JSON-RPC error: `method`, `code`, `message`, `data`."""

    def __init__(self, method: str, code: int, message: str, data: object = None) -> None:
        super().__init__(f"{method}: error {code}: {message}")
        self.method, self.code, self.message, self.data = method, code, message, data


class TransactionFailed(RuntimeError):
    """A transaction landed and failed, or failed to fail: `signature`, `err`, `logs`."""

    def __init__(self, text: str, signature: str, err: object, logs: Sequence[str]) -> None:
        super().__init__("\n".join([f"transaction {signature} {text}: {err}", *logs]))
        self.signature, self.err, self.logs = signature, err, tuple(logs)


class LocalNode:
    """A running node, as a context manager: `with LocalNode() as node: node.send(...)`.

    It listens on 127.0.0.1, on ports the system picks, and asks no other node for anything.
    `start_seconds` bounds its start and `call_seconds` each call. Entering raises MissingPart
    (no Node, no Surfpool) or NodeFailure (it did not start).

    `started_ago`: seconds before now at which the story begins. The chain itself always begins
    now and travels forward only, so times told here and by the proxy are its own less this many
    seconds; a story of days can end in the present that way.
    """

    def __init__(
        self,
        *,
        started_ago: int = 0,
        start_seconds: float = 30.0,
        call_seconds: float = 30.0,
    ) -> None:
        self.started_ago = started_ago
        self._start_seconds = start_seconds
        self._call_seconds = call_seconds
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._complaints: IO[bytes] | None = None
        self._client: httpx2.Client | None = None
        self._ids = itertools.count(1)
        self.rpc_url = ""
        self.ws_url = ""

    # Life of the process

    def __enter__(self) -> Self:
        binary, package = node_binary(), surfpool_folder()
        config = {
            "offline": True,
            "blockProductionMode": "transaction",
            "slotTimeMs": SLOT_MILLISECONDS,
            "airdropSol": 0,
        }
        self._folder = tempfile.TemporaryDirectory(prefix="privatedao-audit-node-")
        self._complaints = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                [str(binary), str(_SCRIPT), str(package), json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                text=True,
                cwd=self._folder.name,
                # Nothing of ours reaches the child: RPC addresses may lie in the environment.
                env={"PATH": os.defpath, "HOME": self._folder.name},
            )
            self.rpc_url, self.ws_url = self._read_addresses(self._process)
            self._client = httpx2.Client(timeout=self._call_seconds, trust_env=False)
            self.genesis_hash()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the node and drop its chain. A node that won't go is killed. Safe to call twice."""
        if self._client is not None:
            self._client.close()
        process, self._process, self._client = self._process, None, None
        if process is not None:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.close()
                process.wait(timeout=5)
            except (OSError, subprocess.TimeoutExpired):
                process.kill()
                process.wait()
            process.stdout.close()
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _read_addresses(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        assert process.stdout is not None
        # A node that hangs before its first line is killed, which ends the read below.
        watchdog = threading.Timer(self._start_seconds, process.kill)
        watchdog.start()
        try:
            line = process.stdout.readline()
        finally:
            watchdog.cancel()
        try:
            answer = json.loads(line)
            urls = str(answer["rpc"]), str(answer["ws"])
        except (ValueError, KeyError, TypeError):
            raise NodeFailure(
                f"the local chain did not start within {self._start_seconds:g} s"
                + self._last_complaint()
            ) from None
        for url in urls:
            if urlsplit(url).hostname != "127.0.0.1":
                raise NodeFailure(f"the local chain listens on {url}, not on the loopback address")
        return urls

    def _last_complaint(self) -> str:
        if self._complaints is None:
            return ""
        self._complaints.seek(0)
        text = self._complaints.read()[-2000:].decode(errors="replace").strip()
        return f"; it said: {text}" if text else ""

    # Calls

    def request(self, method: str, *params: object) -> Any:
        """The `result` of one JSON-RPC call. Raises RpcFailure, or NodeFailure if none came."""
        if self._client is None:
            raise NodeFailure("the local chain is not running: use `with LocalNode() as node`")
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            answer = self._client.post(self.rpc_url, json=body).json()
        except (httpx2.HTTPError, ValueError) as error:
            raise NodeFailure(
                f"the local chain gave no answer to {method} ({type(error).__name__})"
                + self._last_complaint()
            ) from None
        if "error" in answer:
            fault = answer["error"]
            raise RpcFailure(method, fault["code"], fault["message"], fault.get("data"))
        return answer["result"]

    def genesis_hash(self) -> str:
        """The genesis hash of this chain, base58. Another one every time a node starts."""
        return str(self.request("getGenesisHash"))

    def slot(self) -> int:
        """The slot the next transaction will land in."""
        return int(self.request("getSlot", {"commitment": "processed"}))

    def account(self, address: Pubkey) -> bytes | None:
        """The data of an account, or None when it does not exist."""
        value = self.request("getAccountInfo", str(address), {"encoding": "base64"})["value"]
        return None if value is None else base64.b64decode(value["data"][0])

    def balance(self, address: Pubkey) -> int:
        """Lamports held by an account; 0 when it does not exist."""
        return int(self.request("getBalance", str(address))["value"])

    def rent_exempt(self, size: int) -> int:
        """Lamports an account of `size` bytes must hold."""
        return int(self.request("getMinimumBalanceForRentExemption", size))

    # Cheats: what no transaction on a real chain can do

    def set_account(
        self,
        address: Pubkey,
        *,
        owner: Pubkey,
        data: bytes = b"",
        lamports: int | None = None,
        executable: bool = False,
    ) -> None:
        """Plant an account as it stands, without a transaction. `lamports`: rent if not given."""
        fields = {
            "lamports": self.rent_exempt(len(data)) if lamports is None else lamports,
            "owner": str(owner),
            "data": data.hex(),
            "executable": executable,
        }
        self.request("surfnet_setAccount", str(address), fields)

    def airdrop(self, address: Pubkey, lamports: int) -> str:
        """Pay `lamports` to an address out of nothing, by a transaction. Its signature."""
        signature = str(self.request("requestAirdrop", str(address), lamports))
        self._await_block(signature)
        return signature

    def clock(self) -> int:
        """The story's time, unix seconds: the Clock sysvar (i64 at byte 32) less `started_ago`."""
        data = self.account(CLOCK)
        if data is None or len(data) < 40:
            raise NodeFailure("the local chain has no Clock sysvar")
        return int(struct.unpack_from("<q", data, 32)[0]) - self.started_ago

    def time_travel(self, seconds: int) -> int:
        """Move the clock forward by `seconds` (1 or more); the new time of the story.

        Slots move with it, at 400 ms each, and those between have no block. A small payment
        lands in the first slot after.
        """
        if seconds < 1:
            raise ValueError(f"the chain's clock only moves forward, and {seconds} s is not")
        # By slot, not by time: a travel to a timestamp over the end of an epoch (two days here)
        # lets Surfpool's slots fall back behind those that have landed.
        target = self.slot() + seconds * 1000 // SLOT_MILLISECONDS
        self.request("surfnet_timeTravel", {"absoluteSlot": target})
        # The Clock sysvar has a wrong slot until a block is made, and the loader would write it
        # into ProgramData.
        self.airdrop(wallet.address("clock"), _TICK)
        return self.clock()

    # Transactions

    def send(
        self,
        instructions: Sequence[Instruction],
        signers: Sequence[Keypair],
        lookup_tables: Sequence[AddressLookupTableAccount] = (),
        *,
        expect_failure: bool = False,
    ) -> str:
        """Sign, send and land one transaction; its signature, base58.

        The first of `signers` pays the fee. With `lookup_tables` the message is version 0, else
        legacy. Preflight is off, so a failing transaction lands on the chain like any other.
        Raises TransactionFailed when it fails, or succeeds though `expect_failure` was said;
        RpcFailure when the node refuses it before it lands.
        """
        latest = self.request("getLatestBlockhash", {"commitment": "processed"})
        blockhash = Hash.from_string(latest["value"]["blockhash"])
        payer = signers[0].pubkey()
        message: Message | MessageV0
        if lookup_tables:
            message = MessageV0.try_compile(payer, instructions, lookup_tables, blockhash)
        else:
            message = Message.new_with_blockhash(instructions, payer, blockhash)
        transaction = VersionedTransaction(message, list(signers))
        signature = str(
            self.request(
                "sendTransaction",
                base64.b64encode(bytes(transaction)).decode(),
                {"encoding": "base64", "skipPreflight": True},
            )
        )
        meta = self._await_block(signature)["meta"]
        failed = meta["err"] is not None
        if failed and not expect_failure:
            raise TransactionFailed("failed", signature, meta["err"], meta["logMessages"] or ())
        if expect_failure and not failed:
            raise TransactionFailed("should fail and did not", signature, None, ())
        return signature

    def transaction(self, signature: str) -> Mapping[str, Any]:
        """A landed transaction as getTransaction shows it (base64). Raises NodeFailure if none."""
        config = {
            "encoding": "base64",
            "commitment": "confirmed",
            "maxSupportedTransactionVersion": 0,
        }
        found = self.request("getTransaction", signature, config)
        if found is None:
            raise NodeFailure(f"transaction {signature} is not on the local chain")
        return dict(found)

    def _await_block(self, signature: str) -> Mapping[str, Any]:
        """The transaction, once its block is closed: before, Surfpool only guesses its time.

        On a busy machine Surfpool may show a transaction some moments after it took it.
        """
        deadline = time.monotonic() + self._call_seconds
        while True:
            try:
                found = self.transaction(signature)
                break
            except NodeFailure:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
        while self.slot() <= found["slot"]:
            if time.monotonic() > deadline:
                raise NodeFailure(f"the block of transaction {signature} is never closed")
            time.sleep(0.001)
        return found

    @staticmethod
    def fee_payer(transaction: Mapping[str, Any]) -> str:
        """Who paid for what `transaction` returned: the first key of its message, base58."""
        raw = base64.b64decode(transaction["transaction"][0])
        return str(VersionedTransaction.from_bytes(raw).message.account_keys[0])

    def block_time(self, slot: int) -> int:
        """The story's time of a slot in which a transaction landed, unix seconds.

        For any other slot Surfpool gives an estimate that drifts. Raises NodeFailure where it
        gives none.
        """
        found = self.request("getBlockTime", slot)
        if found is None:
            raise NodeFailure(f"slot {slot} has no block time on the local chain")
        return int(found) - self.started_ago
