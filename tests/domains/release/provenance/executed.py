"""Transactions of a multisig, with what ran inside them, as a node gives them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import squads_proposal
from privatedao_audit.domains.authority.world import CONTROLLER, GOVERNANCE, key_bytes, wallet
from privatedao_audit.domains.release.provenance import story
from privatedao_audit.model import canonical

#: The keys behind the story's addresses.
DEPLOYER, MEMBER, SECOND = (
    Keypair.from_seed(hashlib.sha256(f"{w} of the release".encode()).digest())
    for w in ("key", "m", "n")
)
PROPOSAL = squads_proposal(story.MULTISIG, 4, CONTROLLER)
UPGRADE = (story.PROGRAMDATA, GOVERNANCE, wallet("buffer"), wallet("spill"), wallet("rent"),
           wallet("clock"))  # fmt: skip


def discriminator(space: str, name: str) -> bytes:
    return hashlib.sha256(f"{space}:{name}".encode()).digest()[:8]


@dataclass(frozen=True)
class Sent:
    """A transaction with one outer instruction and at most one inner one.

    ``inner``: (program, accounts, data) of the inner one; ``signers`` sign, the first one pays.
    """

    program: str
    outer: tuple[str, ...]
    data: bytes
    signers: tuple[Keypair, ...]
    slot: int = 100
    inner: tuple[str, tuple[str, ...], bytes] | None = None
    heights: bool = True
    inner_recorded: bool = True
    failed: bool = False

    @property
    def accounts(self) -> tuple[str, ...]:
        """Everything it touches: its history is listed under each of them."""
        inner = (self.inner[0], *self.inner[1]) if self.inner else ()
        return (*self.outer, *(str(one.pubkey()) for one in self.signers), *inner)

    @property
    def signed(self) -> Transaction:
        signing = {str(one.pubkey()) for one in self.signers}
        metas = [
            AccountMeta(Pubkey.from_string(one), one in signing, True) for one in self.accounts
        ]
        call = Instruction(Pubkey.from_string(self.program), self.data, metas)
        mark = Hash(self.slot.to_bytes(32, "little"))
        message = Message.new_with_blockhash([call], self.signers[0].pubkey(), mark)
        return Transaction(list(self.signers), message, mark)

    @property
    def signature(self) -> str:
        return str(self.signed.signatures[0])

    def row(self) -> dict[str, Any]:
        err = {"InstructionError": [0, "Custom"]} if self.failed else None
        return {"signature": self.signature, "slot": self.slot, "err": err, "blockTime": 5}

    def answer(self) -> dict[str, Any]:
        signed = self.signed
        keys = [str(one) for one in signed.message.account_keys]
        meta: dict[str, Any] = {"err": self.row()["err"], "logMessages": []}
        if self.inner_recorded:
            meta["innerInstructions"] = [{"index": 0, "instructions": list(self._inner(keys))}]
        return {"slot": self.slot, "blockTime": 5, "version": "legacy", "meta": meta,
                "transaction": [base64.b64encode(bytes(signed)).decode(), "base64"]}  # fmt: skip

    def _inner(self, keys: list[str]) -> Iterable[dict[str, Any]]:
        if self.inner is None:
            return
        program, accounts, data = self.inner
        one: dict[str, Any] = {
            "programIdIndex": keys.index(program),
            "accounts": [keys.index(key) for key in accounts],
            "data": base58(data),
        }
        yield {**one, "stackHeight": 2} if self.heights else one


def base58(data: bytes) -> str:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def executed(*, program: str = CONTROLLER, name: str = "vault_transaction_execute",
             multisig: str = story.MULTISIG, authority: str = story.VAULT,
             **change: Any) -> Sent:  # fmt: skip
    """The upgrade of the story's program by its vault, executed by the first member."""
    member = str(MEMBER.pubkey())
    return Sent(
        program, (multisig, PROPOSAL.address, wallet("transaction"), member),
        discriminator("global", name), (MEMBER,),
        inner=(programs.LOADER_V3, (*UPGRADE, authority), (3).to_bytes(4, "little")),
        **change,
    )  # fmt: skip


def vote(name: str, voter: Keypair, slot: int, proposal: str = PROPOSAL.address) -> Sent:
    """A vote on a proposal, without a memo."""
    accounts = (story.MULTISIG, str(voter.pubkey()), proposal)
    return Sent(CONTROLLER, accounts, discriminator("global", name) + b"\0", (voter,), slot)


def proposal_data(approved: tuple[str, ...], *, multisig: str = story.MULTISIG) -> bytes:
    """An executed proposal's account."""
    keys = len(approved).to_bytes(4, "little") + b"".join(key_bytes(one) for one in approved)
    return b"".join(
        (
            discriminator("account", "Proposal"),
            key_bytes(multisig),
            (4).to_bytes(8, "little"),
            bytes([5]),
            (1_700_000_000).to_bytes(8, "little"),
            bytes([PROPOSAL.bump]),
            keys,
            bytes(8),
        )
    )


def hashed(content: bytes) -> bytes:
    """What a run records of a build."""
    code = content.rstrip(b"\0")
    said = {"sha256": canonical.sha256(code), "length": len(code), "size": len(content)}
    return canonical.dumps(said)
