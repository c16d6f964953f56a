"""The governance stand-in on a machine in process: no node, and its clock is set at will."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from typing import Any, cast

import pytest
from solders.account import Account
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.governance import (
    TOKEN_2022,
    Call,
    Governance,
    Security,
    artifact,
    codec,
)
from privatedao_audit.rehearsal.node import LocalNode, TransactionFailed

SOL = 1_000_000_000
DAY = 86_400
START = 1_800_000_000
PROGRAM = wallet.address("governance under test")
SUPPLY = 1_000
PAYEE = wallet.address("payee")
ATTESTORS = [wallet.keypair(f"attestor {number}") for number in range(3)]
SECURITY = Security(tuple(one.pubkey() for one in ATTESTORS), 2)
HASH = bytes(range(32))


class Machine:
    """What a governance call asks of a `LocalNode`, over LiteSVM."""

    def __init__(self) -> None:
        self.chain = LiteSVM()
        self.chain.add_program(PROGRAM, artifact("test"))
        self.transactions: dict[str, dict[str, Any]] = {}
        self.payers: dict[int, str] = {}
        self._set_time(START)

    def _set_time(self, time: int) -> None:
        clock = self.chain.get_clock()
        clock.unix_timestamp = time
        self.chain.set_clock(clock)

    def clock(self) -> int:
        return self.chain.get_clock().unix_timestamp

    def time_travel(self, seconds: int) -> int:
        self._set_time(self.clock() + seconds)
        return self.clock()

    def rent_exempt(self, size: int) -> int:
        return self.chain.minimum_balance_for_rent_exemption(size)

    def airdrop(self, address: Pubkey, lamports: int) -> None:
        self.chain.expire_blockhash()
        self.chain.airdrop(address, lamports)

    def balance(self, address: Pubkey) -> int:
        return self.chain.get_balance(address) or 0

    def account(self, address: Pubkey) -> bytes | None:
        found = self.chain.get_account(address)
        return None if found is None else found.data

    def set_account(
        self, address: Pubkey, *, owner: Pubkey, data: bytes, lamports: int | None = None
    ) -> None:
        held = self.rent_exempt(len(data)) if lamports is None else lamports
        self.chain.set_account(address, Account(held, data, owner, False, 0))

    def request(self, method: str, addresses: Sequence[str], _config: object) -> Any:
        assert method == "getMultipleAccounts"
        found = [self.chain.get_account(Pubkey.from_string(one)) for one in addresses]
        return {
            "value": [
                None
                if one is None
                else {
                    "owner": str(one.owner),
                    "lamports": one.lamports,
                    "data": [base64.b64encode(one.data).decode(), "base64"],
                }
                for one in found
            ]
        }

    def send(
        self,
        instructions: Sequence[Instruction],
        signers: Sequence[Keypair],
        lookup_tables: Sequence[object] = (),
        *,
        expect_failure: bool = False,
    ) -> str:
        self.chain.expire_blockhash()
        recent = self.chain.latest_blockhash()
        message = Message.new_with_blockhash(instructions, signers[0].pubkey(), recent)
        outcome = self.chain.send_transaction(Transaction(list(signers), message, recent))
        failed = isinstance(outcome, FailedTransactionMetadata)
        meta: Any = outcome.meta() if failed else outcome
        signature = str(meta.signature())
        self.transactions[signature] = {
            "slot": 1,
            "payer": str(signers[0].pubkey()),
            "meta": {
                "err": _error(outcome.err()) if failed else None,
                "logMessages": list(meta.logs()),
                "units": meta.compute_units_consumed(),
            },
        }
        if failed != expect_failure:
            raise TransactionFailed("surprised", signature, None, list(meta.logs()))
        return signature

    def transaction(self, signature: str) -> dict[str, Any]:
        return self.transactions[signature]

    def fee_payer(self, transaction: dict[str, Any]) -> str:
        return str(transaction["payer"])

    def block_time(self, slot: int) -> int:
        return self.clock()


def _error(error: Any) -> Any:
    """A transaction's error in the form of the JSON-RPC."""
    name = type(error).__name__
    if name == "TransactionErrorInstructionError":
        inner = error.err
        if type(inner).__name__ == "InstructionErrorCustom":
            return {"InstructionError": [error.index, {"Custom": inner.code}]}
        return {"InstructionError": [error.index, str(inner).rsplit(".", 1)[-1]]}
    if name == "TransactionErrorInsufficientFundsForRent":
        return {"InsufficientFundsForRent": {"account_index": error.account_index}}
    return str(error).rsplit(".", 1)[-1]


class World:
    """A DAO with three voters of 300, 300 and 400 units, over a `Machine`."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.g = Governance(cast(LocalNode, self.machine), PROGRAM)
        self.founder = wallet.keypair("founder")
        self.stranger = wallet.keypair("stranger")
        self.voters = [wallet.keypair(f"voter {number}") for number in range(3)]
        for one in (self.founder, self.stranger, *self.voters):
            self.machine.chain.airdrop(one.pubkey(), 1_000 * SOL)
        self.mint = wallet.address("governance mint")
        self.plant_mint(self.mint)
        self.tokens = [
            self.plant_tokens(f"tokens {number}", one.pubkey(), amount)
            for number, (one, amount) in enumerate(zip(self.voters, (300, 300, 400), strict=True))
        ]
        self.dao = self.g.at.dao(self.founder.pubkey(), "Rehearsal")
        self.treasury = self.g.at.treasury(self.dao)

    def plant_mint(self, address: Pubkey, program: Pubkey = TOKEN_2022) -> Pubkey:
        data = struct.pack("<I32sQBBI32s", 0, bytes(32), SUPPLY, 0, 1, 0, bytes(32))
        self.machine.set_account(address, owner=program, data=data)
        return address

    def plant_tokens(
        self,
        label: str,
        owner: Pubkey,
        amount: int,
        *,
        mint: Pubkey | None = None,
        program: Pubkey = TOKEN_2022,
        frozen: bool = False,
    ) -> Pubkey:
        data = bytes(mint or self.mint) + bytes(owner) + struct.pack("<Q", amount) + bytes(36)
        data += bytes([2 if frozen else 1]) + bytes(56)
        self.machine.set_account(wallet.address(label), owner=program, data=data)
        return wallet.address(label)

    def found(self, **options: Any) -> None:
        self.g.initialize_dao(self.founder, "Rehearsal", mint=self.mint, **options).land()

    def propose(self, action: Any = None, **options: Any) -> Pubkey:
        address = self.g.next_proposal(self.dao)
        options.setdefault("title", "a proposal")
        voter, tokens = self.voters[0], self.tokens[0]
        self.g.create_proposal(self.dao, voter, tokens, action=action, **options).land()
        return address

    def commit(
        self, proposal: Pubkey, number: int, *, vote: bool = True, expect: str | None = None
    ) -> None:
        self.g.commit_vote(
            proposal,
            self.voters[number],
            self.tokens[number],
            vote=vote,
            salt=bytes([number]) * 32,
            token_program=TOKEN_2022,
        ).land(expect=expect)

    def reveal(
        self,
        proposal: Pubkey,
        number: int,
        *,
        vote: bool = True,
        v3: bool = False,
        expect: str | None = None,
    ) -> None:
        salt = bytes([number]) * 32
        call = self.g.reveal_vote(proposal, self.voters[number], vote=vote, salt=salt, v3=v3)
        call.land(expect=expect)

    def passed(self, action: Any = None, *, unlocked: bool = True) -> Pubkey:
        """A proposal all have voted for, and the present after its time lock or in it."""
        proposal = self.propose(action)
        for number in range(3):
            self.commit(proposal, number)
        self.machine.time_travel(DAY)
        for number in range(3):
            self.reveal(proposal, number)
        self.machine.time_travel(DAY)
        self.g.finalize_proposal(proposal, self.stranger).land()
        if unlocked:
            self.machine.time_travel(DAY)
        return proposal

    def fields(self, kind: str, address: Pubkey) -> dict[str, Any]:
        found = self.g.read(kind, address)
        assert found is not None
        return found

    def logs(self, signature: str) -> list[str]:
        return list(self.machine.transaction(signature)["meta"]["logMessages"])

    def units(self, signature: str) -> int:
        return int(self.machine.transaction(signature)["meta"]["units"])


def event_of(world: World, signature: str) -> tuple[str, dict[str, Any]]:
    """The one event of a transaction: name and fields."""
    lines = [one for one in world.logs(signature) if one.startswith("Program data: ")]
    assert len(lines) == 1
    raw = base64.b64decode(lines[0].removeprefix("Program data: "))
    for name in codec._entries("events"):
        if codec.discriminator("events", name) == raw[:8]:
            return name, codec.event_fields(name, raw)
    raise AssertionError(f"no event starts with {raw[:8].hex()}")


def payout_plan(world: World, proposal: Pubkey, **changes: Any) -> Call:
    """A payout of 5 SOL to PAYEE by the proposer, with changes."""
    options: dict[str, Any] = {
        "recipient": PAYEE,
        "total": 5 * SOL,
        "recipients": 3,
        "manifest_uri": "ipfs://manifest",
        "manifest_hash": HASH,
        "ciphertext_hash": HASH,
    }
    operator = changes.pop("operator", world.voters[0])
    return world.g.configure_confidential_payout_plan(proposal, operator, **{**options, **changes})


@pytest.fixture
def world() -> World:
    """A world whose DAO is not founded yet."""
    return World()


@pytest.fixture
def dao(world: World) -> World:
    """A world with its DAO: quorum 50, a day to reveal, a day of time lock."""
    world.found()
    return world
