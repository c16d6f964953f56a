"""An invented DAO on an invented node, which answers the questions of collectors."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from privatedao_audit.chain.addresses import find_program_address
from privatedao_audit.chain.reads import Account
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from tests.protocols import encoding

PROGRAM = "EP9xE8MJZ6FfyEwLqns6HDdUZBknEa7WGYs1Jzsecuva"
SYSTEM = "11111111111111111111111111111111"
TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
NOW = 1_800_000_000


def pair(name: str) -> Keypair:
    return Keypair.from_seed(hashlib.sha256(name.encode()).digest())


def key(name: str) -> str:
    return str(pair(name).pubkey())


def pda(program: str, *seeds: bytes | str) -> tuple[str, int]:
    """Seeds as bytes, or keys as base58 text."""
    raw = [s if isinstance(s, bytes) else bytes(Pubkey.from_string(s)) for s in seeds]
    return find_program_address(raw, program)


CREATOR = key("creator")
MINT = key("mint")
DAO, DAO_BUMP = pda(PROGRAM, b"dao", CREATOR, b"the club")


def dao(**given: Any) -> dict[str, Any]:
    told = {
        "authority": CREATOR, "dao_name": "the club", "governance_token": MINT,
        "quorum_percentage": 40, "reveal_window_seconds": 600, "execution_delay_seconds": 86_400,
        "voting_config": "TokenWeighted", "bump": DAO_BUMP,
    }  # fmt: skip
    return encoding.fields("Dao", **told | given)


def proposal_address(number: int) -> tuple[str, int]:
    return pda(PROGRAM, b"proposal", DAO, number.to_bytes(8, "little"))


def proposal(number: int = 0, **given: Any) -> dict[str, Any]:
    told = {
        "dao": DAO, "proposer": key("proposer"), "proposal_id": number, "title": "Pay the cook",
        "description": "as agreed", "voting_end": NOW - 1_000, "reveal_end": NOW - 400,
        "bump": proposal_address(number)[1],
    }  # fmt: skip
    return encoding.fields("Proposal", **told | given)


def of_proposal(prefix: str, layout: str, number: int = 0, **given: Any) -> Account:
    """An account whose only further seed is the proposal."""
    owner = proposal_address(number)[0]
    address, bump = pda(PROGRAM, prefix.encode(), owner)
    told = {"dao": DAO, "proposal": owner, "bump": bump}
    return stored(address, layout, encoding.fields(layout, **told | given))


def of_dao(prefix: str, layout: str, **given: Any) -> Account:
    address, bump = pda(PROGRAM, prefix.encode(), DAO)
    return stored(address, layout, encoding.fields(layout, **{"dao": DAO, "bump": bump} | given))


def stored(address: str, layout: str, values: dict[str, Any], owner: str = PROGRAM) -> Account:
    return Account(address, 10_565_280, owner, encoding.account(layout, values), False)


def dao_account(**given: Any) -> Account:
    return stored(DAO, "Dao", dao(**given))


def proposal_account(number: int = 0, **given: Any) -> Account:
    return stored(proposal_address(number)[0], "Proposal", proposal(number, **given))


def vote_account(voter: str, number: int = 0, **given: Any) -> Account:
    owner = proposal_address(number)[0]
    address, bump = pda(PROGRAM, b"vote", owner, voter)
    told = {"voter": voter, "proposal": owner, "has_committed": True, "bump": bump}
    return stored(address, "VoterRecord", encoding.fields("VoterRecord", **told | given))


def delegation_account(delegator: str, delegatee: str, number: int = 0) -> Account:
    owner = proposal_address(number)[0]
    address, bump = pda(PROGRAM, b"delegation", owner, delegator)
    values = encoding.fields(
        "VoteDelegation", delegator=delegator, delegatee=delegatee, proposal=owner, bump=bump
    )
    return stored(address, "VoteDelegation", values)


@dataclass(frozen=True)
class Call:
    """A transaction of one instruction, signed by those named."""

    name: str
    signers: tuple[str, ...]
    accounts: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)
    slot: int = 100
    err: Any = None
    logs: tuple[str, ...] | None = ()
    inner: bool = True
    data: bytes | None = None
    extra: tuple[str, ...] = ()
    drop_accounts: int = 0

    @cached_property
    def signed(self) -> Transaction:
        metas = [self._meta(item["name"]) for item in self._names()]
        metas = metas[: len(metas) - self.drop_accounts]
        signing = [str(pair(name).pubkey()) for name in self.signers]
        metas += [
            AccountMeta(Pubkey.from_string(one), is_signer=one in signing, is_writable=False)
            for one in self.extra
        ]
        data = self.data
        if data is None:
            defaults = {a["name"]: encoding.default(a["type"]) for a in self._arguments()}
            data = encoding.instruction(self.name, defaults | self.arguments)
        payer = pair(self.signers[0])
        made = Instruction(Pubkey.from_string(PROGRAM), data, metas)
        message = Message.new_with_blockhash(
            [made], payer.pubkey(), Hash(self.slot.to_bytes(32, "little"))
        )
        keys = [pair(name) for name in self.signers]
        needed = [k for k in keys if str(k.pubkey()) in self._required(message)]
        return Transaction(needed, message, message.recent_blockhash)

    def _required(self, message: Message) -> list[str]:
        count = message.header.num_required_signatures
        return [str(k) for k in message.account_keys[:count]]

    def _names(self) -> list[dict[str, Any]]:
        return encoding.instruction_accounts(self.name)

    def _arguments(self) -> list[dict[str, Any]]:
        return list(next(x for x in encoding.IDL["instructions"] if x["name"] == self.name)["args"])

    def _meta(self, name: str) -> AccountMeta:
        told = {"dao": DAO, "proposal": proposal_address(0)[0], "system_program": SYSTEM,
                "token_program": TOKEN} | self.accounts  # fmt: skip
        address = told.get(name, key(f"account {name}"))
        signing = [str(pair(one).pubkey()) for one in self.signers]
        return AccountMeta(
            Pubkey.from_string(address), is_signer=address in signing, is_writable=False
        )

    @cached_property
    def signature(self) -> str:
        return str(self.signed.signatures[0])

    @cached_property
    def touched(self) -> tuple[str, ...]:
        return tuple(str(k) for k in self.signed.message.account_keys)

    def answer(self) -> dict[str, Any]:
        meta: dict[str, Any] = {
            "err": self.err, "logMessages": None if self.logs is None else list(self.logs)
        }
        if self.inner:
            meta["innerInstructions"] = []
        wire = base64.b64encode(bytes(self.signed)).decode()
        return {"slot": self.slot, "blockTime": NOW, "version": "legacy", "meta": meta,
                "transaction": [wire, "base64"]}  # fmt: skip

    def row(self) -> dict[str, Any]:
        return {"signature": self.signature, "slot": self.slot, "err": self.err, "blockTime": NOW}


def told(*lines: str, end: str = "success") -> tuple[str, ...]:
    """The log of one run of the program."""
    return (f"Program {PROGRAM} invoke [1]", *lines, f"Program {PROGRAM} {end}")


@dataclass
class Node:
    """Answers from accounts and transactions (oldest first).

    Attributes:
        later: accounts from the given read (counted from 1) on, in place of the others.
        unread: addresses; a read that asks for one of them fails as a whole.
        no_history: addresses whose history no provider gives.
        pruned: signatures that are listed and not returned.
        first_available: oldest slot kept; above 0 no history is complete.
        cut: transactions missing from the history, newest ones kept.
        block_time: None: not known.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    later: tuple[int, dict[str, Account]] | None = None
    unread: frozenset[str] = frozenset()
    no_history: frozenset[str] = frozenset()
    pruned: frozenset[str] = frozenset()
    first_available: int = 0
    cut: int = 0
    block_time: int | None = NOW
    asked: list[Question] = field(default_factory=list)
    reads: int = 0

    def with_accounts(self, *accounts: Account) -> Node:
        self.accounts |= {account.address: account for account in accounts}
        return self

    def sizes(self) -> list[int]:
        """How many accounts each read asked for."""
        return [
            len(json.loads(question.params)[0])
            for question in self.asked
            if question.method == "getMultipleAccounts"
        ]

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        answer = getattr(self, f"_{question.method}", None)
        try:
            if question.kind != "rpc" or answer is None:
                raise LookupError("nobody answers that")
            result, slot = answer(*json.loads(question.params))
        except LookupError as error:
            return self._answer(question, Outcome.UNKNOWN, None, None, str(error))
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
        return self._answer(question, Outcome.FOUND, body, slot, None)

    @staticmethod
    def _answer(
        question: Question, outcome: Outcome, body: bytes | None, slot: int | None,
        reason: str | None,
    ) -> Answer:
        return Answer(
            read_id=question.record_id, outcome=outcome, reason=reason, body=body, slot=slot,
            commitment="finalized", providers=("first",), asked_at="2027-01-15T08:00:00.000Z",
        )

    def _getMultipleAccounts(self, keys: list[str], config: Any) -> tuple[Any, int]:
        self.reads += 1
        if self.unread & set(keys):
            raise LookupError("every provider answered 503")
        world = dict(self.accounts)
        if self.later is not None and self.reads >= self.later[0]:
            world |= self.later[1]
        length = config.get("dataSlice", {}).get("length")
        values = [_encoded(world.get(one), length) for one in keys]
        return {"context": {"slot": 1_000}, "value": values}, 1_000

    def _getTokenAccountsByOwner(
        self, owner: str, only: dict[str, str], _config: Any
    ) -> tuple[Any, int]:
        holder = bytes(Pubkey.from_string(owner))
        found = [
            {"pubkey": one.address, "account": _encoded(one)}
            for one in self.accounts.values()
            if one.owner == only["programId"] and one.data[32:64] == holder
        ]
        return {"context": {"slot": 1_000}, "value": found}, 1_000

    def _getSignaturesForAddress(self, address: str, config: dict[str, Any]) -> tuple[Any, None]:
        if address in self.no_history:
            raise LookupError("every provider answered 429")
        rows = [c.row() for c in reversed(self.calls[self.cut :]) if address in c.touched]
        before = config.get("before")
        names = [row["signature"] for row in rows]
        start = 0 if before is None else names.index(before) + 1
        return rows[start : start + config["limit"]], None

    def _getTransaction(self, signature: str, _config: Any) -> tuple[Any, None]:
        for call in self.calls:
            if call.signature == signature and signature not in self.pruned:
                return call.answer(), None
        raise LookupError("no provider returned it; it may be pruned")

    def _getFirstAvailableBlock(self) -> tuple[Any, None]:
        return self.first_available, None

    def _getBlockTime(self, _slot: int) -> tuple[Any, None]:
        if self.block_time is None:
            raise LookupError("no provider knows the block time")
        return self.block_time, None


def _encoded(account: Account | None, length: int | None = None) -> dict[str, Any] | None:
    if account is None:
        return None
    data = account.data if length is None else account.data[:length]
    return {
        "lamports": account.lamports, "owner": account.owner, "executable": account.executable,
        "rentEpoch": 0, "space": len(account.data),
        "data": [base64.b64encode(data).decode(), "base64"],
    }  # fmt: skip
