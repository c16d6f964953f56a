"""A node of one's own making for collectors: it answers questions from an invented world."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from privatedao_audit.chain import programs
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.world import World
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.model.reads import Found, ProvenAbsent, Read

AT = "2026-01-01T00:00:00.000Z"
DEPLOYER = Keypair.from_seed(hashlib.sha256(b"deployer").digest())


@dataclass(frozen=True)
class Landed:
    """A transaction with one loader instruction, signed by the deployer."""

    tag: int
    slot: int
    accounts: tuple[str, ...]
    tail: bytes = b""
    failed: bool = False
    inner: bool = True

    @property
    def signed(self) -> Transaction:
        payer = DEPLOYER.pubkey()
        metas = [
            AccountMeta(Pubkey.from_string(a), is_signer=a == str(payer), is_writable=True)
            for a in self.accounts
        ]
        data = self.tag.to_bytes(4, "little") + self.tail
        loader = Pubkey.from_string(programs.LOADER_V3)
        message = Message.new_with_blockhash(
            [Instruction(loader, data, metas)], payer, Hash(self.slot.to_bytes(32, "little"))
        )
        return Transaction([DEPLOYER], message, message.recent_blockhash)

    @property
    def signature(self) -> str:
        return str(self.signed.signatures[0])

    def row(self) -> dict[str, Any]:
        return {"signature": self.signature, "slot": self.slot, "err": self._err, "blockTime": 5}

    def answer(self) -> dict[str, Any]:
        meta: dict[str, Any] = {"err": self._err, "logMessages": []}
        if self.inner:
            meta["innerInstructions"] = []
        wire = base64.b64encode(bytes(self.signed)).decode()
        return {"slot": self.slot, "blockTime": 5, "version": "legacy", "meta": meta,
                "transaction": [wire, "base64"]}  # fmt: skip

    @property
    def _err(self) -> Any:
        return {"InstructionError": [0, "Custom"]} if self.failed else None


@dataclass
class Node:
    """Answers from worlds, documents and transactions; remembers what was asked.

    Attributes:
        worlds: probe → the world that account reads under this probe see; None: the others.
        transactions: oldest first; those in ``pruned`` are listed and not returned.
        pages: how many pages of history it answers; None: all.
        genesis: provider → the genesis hash it states; others state the world's.
        scans: key → addresses that a scan of a program for it finds; others are refused.
    """

    worlds: Mapping[str | None, World]
    files: Mapping[str, bytes] = field(default_factory=dict)
    transactions: tuple[Landed, ...] = ()
    pruned: frozenset[str] = frozenset()
    pages: int | None = None
    first_available: int = 0
    genesis: Mapping[str, str] = field(default_factory=dict)
    scans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    def methods(self) -> list[tuple[str, str | None]]:
        return [(question.method, question.probe) for question in self.asked]

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        params = json.loads(question.params)
        if question.kind == "file":
            body = self.files.get(params["path"])
            outcome = Outcome.ABSENT if body is None else Outcome.FOUND
            return self._answer(question, outcome, body, providers=("checkout",))
        if question.kind != "rpc":
            return self._answer(question, Outcome.UNKNOWN, None, reason="nobody answers that")
        try:
            result, slot = getattr(self, f"_{question.method}")(question, *params)
        except LookupError as error:
            return self._answer(question, Outcome.UNKNOWN, None, reason=str(error))
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
        return self._answer(
            question, Outcome.FOUND, body, slot=slot, commitment="finalized", providers=("first",)
        )

    @staticmethod
    def _answer(question: Question, outcome: Outcome, body: bytes | None, **more: Any) -> Answer:
        given = {"reason": None, "slot": None, "commitment": None, "providers": (),
                 "asked_at": AT, **more}  # fmt: skip
        return Answer(read_id=question.record_id, outcome=outcome, body=body, **given)

    def _getGenesisHash(self, question: Question, *_params: Any) -> tuple[Any, None]:
        label = str(question.probe).split(":")[1].split("/")[0]
        return self.genesis.get(label, self.worlds[None].target().cluster.genesis_hash), None

    def _getMinimumBalanceForRentExemption(
        self, _question: Question, size: int, *_config: Any
    ) -> tuple[int, None]:
        return (128 + size) * 6_960, None

    def _getMultipleAccounts(
        self, question: Question, keys: list[str], config: dict[str, Any]
    ) -> tuple[Any, int]:
        world = self.worlds.get(question.probe, self.worlds[None])
        length = config.get("dataSlice", {}).get("length")
        reads = world.accounts()
        values = [_encoded(reads.get(key), length) for key in keys]
        return {"context": {"slot": 1_000}, "value": values}, 1_000

    def _getSignaturesForAddress(
        self, _question: Question, address: str, config: dict[str, Any]
    ) -> tuple[Any, None]:
        rows = [t.row() for t in reversed(self.transactions) if address in t.accounts]
        before = config.get("before")
        names = [row["signature"] for row in rows]
        start = 0 if before is None else names.index(before) + 1
        if self.pages is not None and start >= self.pages:
            raise LookupError("the node answered 503")
        return rows[start : start + 1], None

    def _getTransaction(
        self, _question: Question, signature: str, _config: Any
    ) -> tuple[Any, None]:
        for one in self.transactions:
            if one.signature == signature and signature not in self.pruned:
                return one.answer(), None
        raise LookupError("no provider returned it; it may be pruned")

    def _getProgramAccounts(
        self, _question: Question, _program: str, config: dict[str, Any]
    ) -> tuple[Any, None]:
        key = config["filters"][1]["memcmp"]["bytes"]
        if key not in self.scans:
            raise LookupError("this provider refuses scans of a program")
        return [{"pubkey": found} for found in self.scans[key]], None

    def _getFirstAvailableBlock(self, *_params: Any) -> tuple[Any, None]:
        return self.first_available, None


def _encoded(read: Read[Account] | None, length: int | None) -> dict[str, Any] | None:
    if read is None or isinstance(read, ProvenAbsent):
        return None
    assert isinstance(read, Found)
    account = read.value
    data = account.data if length is None else account.data[:length]
    return {
        "lamports": account.lamports,
        "owner": account.owner,
        "executable": account.executable,
        "rentEpoch": 0,
        "data": [base64.b64encode(data).decode(), "base64"],
    }
