"""A node of one's own making with balances beside its transactions."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import base58_bytes
from privatedao_audit.chain.reads import Account
from privatedao_audit.evidence.questions import Answer, Outcome, Question

PAYER = Keypair.from_seed(hashlib.sha256(b"payer of the fake node").digest())
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def key(word: str) -> str:
    return str(Keypair.from_seed(hashlib.sha256(word.encode()).digest()).pubkey())


@dataclass(frozen=True)
class Ran:
    """One instruction: program, accounts, data; ``within`` makes it an inner one of it."""

    program: str
    accounts: tuple[str, ...]
    data: bytes
    height: int = 1


@dataclass(frozen=True)
class Landed:
    """A transaction with what it did to balances.

    ``lamports``: account → before, after; ``tokens``: account → mint, owner before, after,
    amount before, after. Others have one lamport throughout. Inner instructions follow the outer
    one that they ran in, told by their height.
    """

    slot: int
    ran: tuple[Ran, ...]
    lamports: dict[str, tuple[int, int]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str | None, str | None, int, int]] = field(default_factory=dict)
    err: Any = None
    inner_kept: bool = True
    balances_kept: bool = True
    also: tuple[str, ...] = ()

    @cached_property
    def signed(self) -> Transaction:
        made = []
        for one in self.ran:
            if one.height > 1:
                continue
            metas = [AccountMeta(Pubkey.from_string(a), False, True) for a in one.accounts]
            made.append(Instruction(Pubkey.from_string(one.program), one.data, metas))
        # What inner instructions and tables need stands among the accounts of a last one.
        more = [a for one in self.ran if one.height > 1 for a in (one.program, *one.accounts)]
        extra = [AccountMeta(Pubkey.from_string(a), False, True) for a in (*more, *self.also)]
        made.append(Instruction(Pubkey.from_string(key("memo")), b"", extra))
        message = Message.new_with_blockhash(
            made, PAYER.pubkey(), Hash(self.slot.to_bytes(32, "little"))
        )
        return Transaction([PAYER], message, message.recent_blockhash)

    @cached_property
    def signature(self) -> str:
        return str(self.signed.signatures[0])

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return tuple(str(one) for one in self.signed.message.account_keys)

    def row(self) -> dict[str, Any]:
        return {"signature": self.signature, "slot": self.slot, "err": self.err,
                "blockTime": self.slot}  # fmt: skip

    def answer(self) -> dict[str, Any]:
        meta: dict[str, Any] = {"err": self.err, "fee": 5000, "logMessages": None}
        if self.inner_kept:
            meta["innerInstructions"] = self._inner()
        if self.balances_kept:
            meta["preBalances"] = [self.lamports.get(k, (1, 1))[0] for k in self.keys]
            meta["postBalances"] = [self.lamports.get(k, (1, 1))[1] for k in self.keys]
            for side, name in enumerate(("preTokenBalances", "postTokenBalances")):
                meta[name] = [self._token(k, side) for k in self.tokens
                              if self.tokens[k][1 + side] is not None]  # fmt: skip
        wire = base64.b64encode(bytes(self.signed)).decode()
        return {"slot": self.slot, "blockTime": self.slot, "version": "legacy", "meta": meta,
                "transaction": [wire, "base64"]}  # fmt: skip

    def _token(self, account: str, side: int) -> dict[str, Any]:
        row = self.tokens[account]
        return {
            "accountIndex": self.keys.index(account), "mint": row[0], "owner": row[1 + side],
            "programId": programs.TOKEN,
            "uiTokenAmount": {"amount": str(row[3 + side]), "decimals": 0},
        }  # fmt: skip

    def _inner(self) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = []
        outer = -1
        for one in self.ran:
            if one.height == 1:
                outer += 1
                continue
            if not groups or groups[-1]["index"] != outer:
                groups.append({"index": outer, "instructions": []})
            groups[-1]["instructions"].append({
                "programIdIndex": self.keys.index(one.program),
                "accounts": [self.keys.index(a) for a in one.accounts],
                "data": base58(one.data), "stackHeight": one.height,
            })  # fmt: skip
        return groups


def token_data(mint: str, owner: str, amount: int) -> bytes:
    """A token account of SPL Token."""
    head = base58_bytes(mint, "mint") + base58_bytes(owner, "owner") + amount.to_bytes(8, "little")
    return head + bytes(36) + b"\1" + bytes(165 - 109)


@dataclass
class Node:
    """Answers from accounts and transactions (oldest first).

    Attributes:
        hidden: signatures that no list names.
        pruned: signatures that are listed and not returned.
        later: transactions that land after each list was asked for once.
        refused: methods that are refused.
        second: what the provider of that name says instead, where it says something else.
    """

    accounts: dict[str, Account]
    landed: Sequence[Landed]
    hidden: frozenset[str] = frozenset()
    pruned: frozenset[str] = frozenset()
    later: tuple[Landed, ...] = ()
    refused: frozenset[str] = frozenset()
    first_available: int = 0
    slot: int = 1_000
    second: Node | None = None
    asked: list[Question] = field(default_factory=list)

    def times(self, signature: str) -> int:
        return sum(
            one.method == "getTransaction" and json.loads(one.params)[0] == signature
            for one in self.asked
        )

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        directed = str(question.probe or "").startswith("provider:second")
        if directed and self.second is not None:
            return await self.second.ask(question)
        given: dict[str, Any] = {
            "read_id": question.record_id, "outcome": Outcome.FOUND, "reason": None, "body": None,
            "slot": None, "commitment": "finalized",
            "providers": ("second",) if directed else ("first",),
            "asked_at": "2027-01-15T08:00:00.000Z",
        }  # fmt: skip
        try:
            if question.method in self.refused:
                raise LookupError("every provider answered 503")
            params = json.loads(question.params)
            result, slot = getattr(self, f"_{question.method}")(question, *params)
        except LookupError as error:
            return Answer(**{**given, "outcome": Outcome.UNKNOWN, "reason": str(error)})
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
        return Answer(**{**given, "body": body, "slot": slot})

    def _getMultipleAccounts(
        self, _question: Question, keys: list[str], config: dict[str, Any]
    ) -> tuple[Any, int]:
        length = config.get("dataSlice", {}).get("length")
        values = [encoded(self.accounts.get(one), length) for one in keys]
        return {"context": {"slot": self.slot}, "value": values}, self.slot

    def _getTokenAccountsByOwner(
        self, _question: Question, owner: str, only: dict[str, str], _config: Any
    ) -> tuple[Any, int]:
        holder = base58_bytes(owner, "owner")
        found = [
            {"pubkey": one.address, "account": encoded(one)}
            for one in self.accounts.values()
            if one.owner == only["programId"] and one.data[32:64] == holder
        ]
        return {"context": {"slot": self.slot}, "value": found}, self.slot

    def _getSignaturesForAddress(
        self, question: Question, address: str, config: dict[str, Any]
    ) -> tuple[Any, None]:
        seen = [*self.landed, *(self.later if question.probe == "closing" else ())]
        rows = [
            one.row() for one in reversed(seen)
            if address in one.keys and one.signature not in self.hidden
        ]  # fmt: skip
        names = [row["signature"] for row in rows]
        if config.get("until") in names:
            rows = rows[: names.index(config["until"])]
        start = 0 if config.get("before") is None else names.index(config["before"]) + 1
        return rows[start : start + config["limit"]], None

    def _getTransaction(
        self, _question: Question, signature: str, _config: Any
    ) -> tuple[Any, None]:
        for one in (*self.landed, *self.later):
            if one.signature == signature and signature not in self.pruned:
                return one.answer(), None
        raise LookupError("no provider returned it; it may be pruned")

    def _getFirstAvailableBlock(self, _question: Question) -> tuple[Any, None]:
        return self.first_available, None


def encoded(account: Account | None, length: int | None = None) -> dict[str, Any] | None:
    if account is None:
        return None
    data = account.data if length is None else account.data[:length]
    return {
        "lamports": account.lamports, "owner": account.owner, "executable": account.executable,
        "rentEpoch": 0, "space": len(account.data),
        "data": [base64.b64encode(data).decode(), "base64"],
    }  # fmt: skip
