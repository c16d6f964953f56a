"""What the governance program derives: addresses, commitments, weights and bound hashes.

Source: the program's constants and seeds, as restated in the project's facts about its source
at commit 617454c46.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from solders.pubkey import Pubkey

from ..tokens import TOKEN as SPL_TOKEN
from ..tokens import TOKEN_2022
from .codec import Fields

NOBODY = Pubkey.default()
REVEAL_REBATE_LAMPORTS = 1_000_000
MIN_REVEAL_WINDOW_SECONDS = 5
MIN_VOTING_DURATION_SECONDS = 5
MAX_ATTESTORS = 5
MAX_NAME, MAX_TITLE, MAX_DESCRIPTION, MAX_URI = 64, 128, 1024, 256
"""Bytes of UTF-8 the handlers allow."""

TOKEN_PROGRAMS = (SPL_TOKEN, TOKEN_2022)

_PAYOUT_DOMAIN = b"PrivateDAO::payout-payload:v1"
_PROOF_DOMAIN = b"PrivateDAO::proof-payload:v1"


def community_weight(capital: int) -> int:
    """The weight of a wallet in the community chamber: the whole square root of raw units."""
    return math.isqrt(capital)


def vote_commitment(*, vote: bool, salt: bytes, proposal: Pubkey, voter: Pubkey) -> bytes:
    """What a voter commits to: SHA-256 of the vote's byte, 32 salt bytes, proposal and voter."""
    if len(salt) != 32:
        raise ValueError(f"a salt has 32 bytes, not {len(salt)}")
    return sha256(bytes([vote]) + salt + bytes(proposal) + bytes(voter)).digest()


def proof_domain_separator(dao: Pubkey, proposal: Pubkey) -> bytes:
    """What binds a proof attestation to one proposal."""
    return sha256(_PROOF_DOMAIN + bytes(dao) + bytes(proposal)).digest()


def proposal_payload_hash(dao: Pubkey, proposal: Pubkey, object_version: int) -> bytes:
    """The canonical payload an attested proof is about."""
    return sha256(_PROOF_DOMAIN + bytes(dao) + bytes(proposal) + bytes([object_version])).digest()


def payout_fields_hash(dao: Pubkey, proposal: Pubkey, at: Pubkey, plan: Mapping[str, Any]) -> bytes:
    """The hash that binds settlement evidence to the fields of the payout plan at `at`."""
    kind = {"Salary": 1, "Bonus": 2}[plan["payout_type"]]
    asset = {"Sol": 1, "Token": 2}[plan["asset_type"]]
    return sha256(
        _PAYOUT_DOMAIN
        + bytes(dao)
        + bytes(proposal)
        + bytes(at)
        + bytes([kind, asset])
        + bytes(plan["settlement_recipient"])
        + bytes(plan["token_mint"] or NOBODY)
        + plan["recipient_count"].to_bytes(2, "little")
        + plan["total_amount"].to_bytes(8, "little")
        + plan["manifest_hash"]
        + plan["ciphertext_hash"]
    ).digest()


def send_sol(lamports: int, recipient: Pubkey) -> Fields:
    """A treasury action that pays lamports."""
    return _action("SendSol", lamports, recipient, None)


def send_token(amount: int, recipient: Pubkey, mint: Pubkey) -> Fields:
    """A treasury action that pays raw token units to a wallet's token account."""
    return _action("SendToken", amount, recipient, mint)


def _action(kind: str, amount: int, recipient: Pubkey, mint: Pubkey | None) -> Fields:
    return {
        "action_type": kind,
        "amount_lamports": amount,
        "recipient": recipient,
        "token_mint": mint,
    }


Seeds = list[bytes]


@dataclass(frozen=True)
class Addresses:
    """The program's derived addresses, under one program id; `seeds` have no bump."""

    program: Pubkey

    def derive(self, seeds: Seeds) -> tuple[Pubkey, int]:
        """Address and bump of some seeds."""
        return Pubkey.find_program_address(seeds, self.program)

    def dao(self, creator: Pubkey, name: str) -> Pubkey:
        """A DAO, by the authority that created it: a later transfer leaves the address."""
        return self.derive([b"dao", bytes(creator), name.encode()])[0]

    def proposal(self, dao: Pubkey, number: int) -> Pubkey:
        """A proposal, by its number from 0."""
        return self.derive([b"proposal", bytes(dao), number.to_bytes(8, "little")])[0]

    def treasury(self, dao: Pubkey) -> Pubkey:
        """A DAO's treasury: a system account that signs by its seeds."""
        return self.of("treasury", dao)

    def vote(self, proposal: Pubkey, voter: Pubkey) -> Pubkey:
        """A wallet's vote record on a proposal."""
        return self.derive([b"vote", bytes(proposal), bytes(voter)])[0]

    def delegation(self, proposal: Pubkey, delegator: Pubkey) -> Pubkey:
        """A wallet's delegation on a proposal."""
        return self.derive([b"delegation", bytes(proposal), bytes(delegator)])[0]

    def of(self, prefix: str, parent: Pubkey) -> Pubkey:
        """The address of [prefix, parent], such as of("payout-plan", proposal)."""
        return self.derive([prefix.encode(), bytes(parent)])[0]
