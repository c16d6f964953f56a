"""One instruction to the governance program, from its rule to the chain.

A `Call` is the real instruction, byte for byte, with the real account list, and a script account
behind it that makes the stand-in do what the program's rules say. A refused call lands and fails
as the real one does. What the rules decide hangs on the chain as it stands when the call is
landed (`Call.land`) or its instruction taken (`Call.instruction`).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from .. import standin, wallet
from ..node import LocalNode, TransactionFailed
from . import (
    codec,
    rules_dao,
    rules_proposals,
    rules_snapshots,
    rules_treasury,
    rules_votes,
)
from .codec import Fields
from .model import Addresses
from .turn import FRAMEWORK_ERRORS, Refused, Standing, Turn

Actor = Keypair | Pubkey
"""Who signs: a key pair, or the address of somebody who signs elsewhere, such as a vault."""

Rule = Callable[[Turn, Fields], None]

_DATED = frozenset(
    {
        "initialize_treasury_operator_authority",
        "transfer_treasury_operator_authority",
        "initialize_dao_security_policy",
        "update_dao_security_policy_v2",
        "initialize_dao_governance_policy_v3",
        "update_dao_governance_policy_v3",
        "initialize_dao_settlement_policy_v3",
        "update_dao_settlement_policy_v3",
        "create_proposal",
        "finalize_proposal",
        "finalize_proposal_v3",
        "configure_confidential_payout_plan",
        "execute_confidential_payout_plan",
        "snapshot_proposal_execution_policy",
        "snapshot_proposal_governance_policy_v3",
        "snapshot_proposal_settlement_policy_v3",
        "record_proof_verification_v2",
    }
)
"""Instructions that write the time, or one counted from it, into an account."""

_TICK = 1_000_000
"""Lamports of a payment made for its block alone: more than the rent of an empty account."""

_MODULES = (rules_dao, rules_proposals, rules_votes, rules_treasury, rules_snapshots)
_FRAMEWORK = {code: name for name, code in FRAMEWORK_ERRORS.items()}


class Surprise(RuntimeError):
    """A call ended in another way than the story says."""


@dataclass(frozen=True)
class Landed:
    """A transaction on the local chain.

    `block_time`: unix seconds of the story. `error`: None, or the name of what failed: an error
    of the program or of Anchor, "Custom n" of another program, or the runtime's own name.
    """

    name: str
    signature: str
    slot: int
    block_time: int
    fee_payer: str
    error: str | None

    @property
    def succeeded(self) -> bool:
        """Whether it did what it was sent for."""
        return self.error is None


def rule(instruction: str) -> Rule:
    """The rule of an instruction. Raises KeyError for one this model does not play."""
    for module in _MODULES:
        found = getattr(module, instruction, None)
        if found is not None:
            return found  # type: ignore[no-any-return]
    raise KeyError(f"the stand-in governance program does not play {instruction!r}")


@dataclass(frozen=True)
class Call:
    """One instruction to the program, decided when it is taken or landed.

    `accounts` are by the interface's names; `extra` signers come behind them. `conduct` decides
    in place of the program's rule, where a story has the program misbehave.
    """

    node: LocalNode
    at: Addresses
    name: str
    arguments: Fields
    accounts: Mapping[str, Actor]
    extra: Sequence[Actor] = ()
    conduct: Rule | None = None

    def turn(self) -> tuple[Turn, Refused | None]:
        """What the rules say about it now."""
        keys = {name: address_of(one) for name, one in self.accounts.items()}
        turn = Turn(
            self.name,
            self.at,
            dict(zip(keys, standing(self.node, list(keys.values())), strict=True)),
            self.node.clock(),
            self.node.rent_exempt,
            [address_of(one) for one in self.extra],
        )
        try:
            (self.conduct or rule(self.name))(turn, self.arguments)
        except Refused as refusal:
            turn.refuse(refusal)
            return turn, refusal
        return turn, None

    def instruction(self) -> Instruction:
        """The instruction; its script is planted for the chain as it stands.

        Taken again, it is the same instruction with the script as it must be by then: a
        multisig's transaction may name it days before it runs.
        """
        turn, _ = self.turn()
        return self._instruction(turn)

    def land(
        self,
        *,
        expect: str | None = None,
        payer: Keypair | None = None,
        lookup_tables: Sequence[AddressLookupTableAccount] = (),
    ) -> Landed:
        """Send it, signed by every key pair it was made with; the first pays if `payer` doesn't.

        `expect` is the error it must end in, None for success. Raises Surprise when it ends in
        another way, TypeError when somebody signs who is no key pair.
        """
        signers: dict[Pubkey, Keypair] = {}
        if payer is not None:
            signers[payer.pubkey()] = payer
        listed = codec.account_list(self.name)
        needed = [self.accounts[name] for name, signs, _ in listed if signs]
        for one in (*needed, *self.extra):
            if not isinstance(one, Keypair):
                raise TypeError(f"{self.name} needs the signature of {one}: take its instruction")
            signers.setdefault(one.pubkey(), one)
        if self.name in _DATED:
            on_the_second(self.node)
        turn, refusal = self.turn()
        instruction = self._instruction(turn)
        try:
            signature = self.node.send(
                [instruction],
                list(signers.values()),
                lookup_tables,
                expect_failure=expect is not None,
            )
        except TransactionFailed as failure:
            signature = failure.signature
        landed = outcome(self.node, self.name, signature)
        if landed.error != expect or (refusal is not None and refusal.error != landed.error):
            logs = self.node.transaction(signature)["meta"]["logMessages"] or ()
            raise Surprise(
                f"{self.name} ended with {landed.error or 'success'}, and {expect or 'success'} "
                f"was expected\n" + "\n".join(logs)
            )
        return landed

    def _instruction(self, turn: Turn) -> Instruction:
        metas = [
            AccountMeta(address_of(self.accounts[name]), signs, writable)
            for name, signs, writable in codec.account_list(self.name)
        ]
        metas += [AccountMeta(address_of(one), True, False) for one in self.extra]
        data = codec.instruction_data(self.name, self.arguments)
        # Of the instruction, not of its effects: see `instruction`.
        named = data + b"".join(bytes(meta.pubkey) for meta in metas)
        place = Pubkey.from_bytes(sha256(b"governance script\0" + named).digest())
        return standin.scripted(
            self.node, self.at.program, data, metas, turn.stream(), label=self.name, at=place
        )


def on_the_second(node: LocalNode) -> None:
    """Let small payments land until the clock has just turned to another second.

    A block of the local chain is dated by the clock after it, which a slot of 400 ms may have
    moved by a second since the program read it; on a real cluster the two are one. Never twice
    in a row, though, so what lands next writes the time its block will bear.
    """
    before = node.clock()
    for _ in range(3):
        node.airdrop(wallet.address("clock"), _TICK)
        now = node.clock()
        if now != before:
            return
        before = now


def standing(node: LocalNode, addresses: Sequence[Pubkey]) -> list[Standing]:
    """The accounts at some addresses as they stand."""
    config = {"encoding": "base64", "commitment": "processed"}
    names = [str(one) for one in addresses]
    answers = node.request("getMultipleAccounts", names, config)["value"]
    return [
        Standing(address)
        if one is None
        else Standing(
            address,
            Pubkey.from_string(one["owner"]),
            int(one["lamports"]),
            base64.b64decode(one["data"][0]),
        )
        for address, one in zip(addresses, answers, strict=True)
    ]


def outcome(node: LocalNode, name: str, signature: str) -> Landed:
    """How a transaction ended. Custom numbers are read as this program's or Anchor's."""
    found = node.transaction(signature)
    slot, error = int(found["slot"]), found["meta"]["err"]
    return Landed(
        name=name,
        signature=signature,
        slot=slot,
        block_time=node.block_time(slot),
        fee_payer=node.fee_payer(found),
        error=None if error is None else _error_name(error),
    )


def _error_name(error: Any) -> str:
    if isinstance(error, str):
        return error
    kind, value = next(iter(error.items()))
    if kind != "InstructionError":
        return str(kind)
    reason = value[1]
    if isinstance(reason, str):
        return reason
    kind, number = next(iter(reason.items()))
    if kind != "Custom":
        return str(kind)
    return codec.error_name(number) or _FRAMEWORK.get(number) or f"Custom {number}"


def address_of(actor: Actor) -> Pubkey:
    """The address of who signs."""
    return actor.pubkey() if isinstance(actor, Keypair) else actor
