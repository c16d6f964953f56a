"""An invented protocol with one DAO, and a chain on which it lived: for collectors of histories.

The protocol is as small as the seam allows, so that nothing here depends on one program.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field, replace
from typing import Any

from privatedao_audit.chain import programs
from privatedao_audit.chain.reads import Account, ChainReads
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.history.collect import collect_history
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.protocols.conduct import Action, ActionKind, Actions, Failure, InstructionRule
from privatedao_audit.protocols.facts import DaoReads, Treasury
from tests.history.node import Landed, Node, Ran, key, token_data

PROGRAM, DAO, TREASURY, PROPOSAL = (key(w) for w in ("program", "dao", "treasury", "proposal"))
MINT, HELD, COOK, COOKS = (key(w) for w in ("mint", "held tokens", "cook", "cook's tokens"))
MULTISIG = key("multisig")


#: ``vote`` is the one instruction of it that counts tokens.
RULES = {
    "vote": InstructionRule(
        "vote", frozenset({"anyone"}), "voter", False, False, "", does="commit", tokens="tokens"
    )
}


class Tiny:
    """What a history asks of a protocol."""

    instruction_rules = RULES

    def treasuries(self, reads: DaoReads) -> tuple[Treasury, ...]:
        return (Treasury(TREASURY, DAO, PROGRAM, (), 255),)

    def actions(self, transaction: Transaction, program: str) -> Actions:
        found = [
            Action(
                kind=ActionKind.INSTRUCTION, name=one.data.decode() or None, discriminator="",
                program=program, signature=transaction.signature, slot=transaction.slot,
                block_time=transaction.block_time, place=one.place,
                took_effect=transaction.succeeded, callers=(),
                accounts={"tokens": one.accounts[2]} if one.data == b"vote" else {},
                extra=(), signers={},
                fields={}, dao=key("another DAO") if one.data == b"other" else DAO,
                proposal=PROPOSAL, fault=None,
            )
            for one in transaction.instructions if one.program == program
        ]  # fmt: skip
        recorded = transaction.log_messages is not None
        return Actions(tuple(found), recorded, None if recorded else "the node kept no logs")

    def failure(self, transaction: Transaction, program: str, build: Any = None) -> Failure:
        return Failure(program, "0", 6, "TooEarly", (), (), "log", None)


def call(name: str = "execute") -> Ran:
    return Ran(PROGRAM, (DAO, PROPOSAL, TREASURY), name.encode())


def pay(amount: int, height: int = 2) -> Ran:
    data = struct.pack("<IQ", 2, amount)
    return Ran(programs.SYSTEM, (TREASURY, COOK), data, height)


def story() -> list[Landed]:
    """Birth of the DAO, a proposal, SOL and tokens in, an attempt that fails, a payment each."""
    move = Ran(programs.TOKEN, (HELD, COOKS, TREASURY), bytes([3]) + struct.pack("<Q", 4), 2)
    fill = Ran(programs.TOKEN, (MINT, HELD, COOK), bytes([7]) + struct.pack("<Q", 9), 1)
    return [
        Landed(10, (Ran(PROGRAM, (DAO,), b"init"),), {DAO: (0, 50)}),
        Landed(20, (Ran(PROGRAM, (DAO, PROPOSAL), b"propose"),),
               {DAO: (50, 50), PROPOSAL: (0, 60)}),
        Landed(30, (Ran(programs.SYSTEM, (COOK, TREASURY), struct.pack("<IQ", 2, 1_000)),),
               {TREASURY: (0, 1_000), COOK: (9_000, 8_000)}),
        Landed(31, (fill,), {HELD: (0, 70)}, {HELD: (MINT, None, TREASURY, 0, 9)},
               also=(programs.TOKEN,)),
        Landed(40, (call(),), _same({DAO: 50, PROPOSAL: 60, TREASURY: 1_000}),
               err={"InstructionError": [0, {"Custom": 6}]}),
        Landed(50, (call(), pay(300)),
               {**_same({DAO: 50, PROPOSAL: 60}), TREASURY: (1_000, 700), COOK: (8_000, 8_300)}),
        Landed(51, (call(), move), _same({DAO: 50, PROPOSAL: 60, TREASURY: 700, HELD: 70}),
               {HELD: (MINT, TREASURY, TREASURY, 9, 5), COOKS: (MINT, COOK, COOK, 0, 4)}),
    ]  # fmt: skip


def _same(held: dict[str, int]) -> dict[str, tuple[int, int]]:
    return {account: (amount, amount) for account, amount in held.items()}


def accounts(**lamports: int) -> dict[str, Account]:
    held = {"dao": 50, "proposal": 60, "treasury": 700, **lamports}
    places = {"dao": DAO, "proposal": PROPOSAL, "treasury": TREASURY}
    found = [
        Account(places[name], amount, programs.SYSTEM, b"", False)
        for name, amount in held.items() if amount
    ]  # fmt: skip
    found.append(Account(HELD, 70, programs.TOKEN, token_data(MINT, TREASURY, 5), False))
    return {one.address: one for one in found}


@dataclass
class Asked:
    """What a collection came to, and the node that was asked."""

    history: DaoHistory
    node: Node = field(repr=False)


def reads() -> DaoReads:
    from privatedao_audit.domains.cases import on_chain
    from privatedao_audit.domains.treasury import invented

    one = replace(
        invented.READS.proposals[2], address=PROPOSAL, payout=ProvenAbsent(on_chain("p"))
    )
    dao = invented.READS.dao
    assert isinstance(dao, Found)
    counted = replace(dao, value=replace(dao.value, address=DAO, proposal_count=1))
    return replace(invented.READS, address=DAO, program=PROGRAM, dao=counted, proposals=(one,))


def collected(node: Node, *, pages: int = 20, **given: Any) -> Asked:
    history = asyncio.run(
        collect_history(
            ChainReads(node), Tiny(), reads(), pages=pages, **given,  # type: ignore[arg-type]
        )
    )  # fmt: skip
    return Asked(history, node)


def node(landed: list[Landed] | None = None, **given: Any) -> Node:
    return Node(accounts(), story() if landed is None else landed, **given)
