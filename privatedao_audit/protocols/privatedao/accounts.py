"""Accounts of the program, believed only when owner, length, content and address fit together.

An account is refused, with the reason, when another program owns it, when it is not as long as
the program allocates it, when bytes after its content are set that the program can't have left
there, or when its address is not the one that its content leads to. So a look-alike made by
another program, and an account written by a build with other layouts, become Unknown and never a
guess.

Source of lengths: the ``space`` of each init in programs/private-dao/src, X-PACT/PrivateDAO at
617454c46.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.chain.anchor.interface import Decoded
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.reads import Account
from privatedao_audit.protocols.facts import Record
from privatedao_audit.protocols.privatedao.addresses import (
    PLACES,
    derive,
    layer_seed,
    seeds_shown,
)
from privatedao_audit.protocols.privatedao.interface import interface, plain, variant

__all__ = ["LENGTHS", "Opened", "open_account", "record"]

#: Layout → bytes allocated, discriminator included.
LENGTHS: Final[dict[str, int]] = {
    "ConfidentialPayoutPlan": 523,
    "Dao": 210,
    "DaoGovernancePolicyV3": 99,
    "DaoSecurityPolicy": 434,
    "DaoSettlementPolicyV3": 107,
    "MagicBlockPrivatePaymentCorridor": 1001,
    "Proposal": 1390,
    "ProposalExecutionPolicySnapshot": 86,
    "ProposalGovernancePolicySnapshotV3": 100,
    "ProposalProofVerification": 283,
    "ProposalSettlementPolicySnapshotV3": 164,
    "ProposalZkPolicy": 115,
    "RefheEnvelope": 672,
    "RevealRebateVaultV3State": 41,
    "SettlementConsumptionRecord": 81,
    "SettlementEvidence": 251,
    "TreasuryOperatorAuthority": 89,
    "VoteDelegation": 122,
    "VoterRecord": 157,
    "VoterWeightRecord": 164,
    "VoterWeightScopeRecord": 122,
    "ZkProofAnchor": 243,
    "ZkVerificationReceipt": 277,
}

#: Layout → bytes by which its content may have become shorter in place. Anchor writes over what
#: was there and zeroes nothing: a vote that its keeper revealed drops the keeper's 32 bytes.
_SHRINKS: Final = {"VoterRecord": 32}

_PLACE_OF: Final = {place.layout: place for place in PLACES.values() if place.layout}


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded account.

    Attributes:
        fields: as the Anchor layer decodes them.
        proof: the seeds, in words, that lead from its content to its address; None for a DAO
            whose present authority does not.
    """

    address: str
    layout: str
    lamports: int
    fields: dict[str, Any]
    proof: str | None


def open_account(account: Account, layout: str, program: str) -> Opened:
    """Decode an account that must be a ``layout`` of ``program``.

    Raises:
        DecodeError: refused; the message says why.
        KeyError: the program has no such layout.
    """
    what = f"{layout} {account.address}"
    if account.owner != program:
        raise DecodeError(what, None, f"owned by {account.owner}, not by the program {program}")
    if account.executable:
        raise DecodeError(what, None, "an executable account is no state of the program")
    decoded = interface().account_as(layout, account.data)
    if len(account.data) != LENGTHS[layout]:
        raise DecodeError(
            what, None,
            f"{len(account.data)} bytes long where the known builds allocate {LENGTHS[layout]}: "
            "another version of the program",
        )  # fmt: skip
    if any(decoded.trailing[_SHRINKS.get(layout, 0) :]):
        raise DecodeError(
            what, len(account.data) - len(decoded.trailing),
            "bytes after the content are set: another version of the program, or rewritten with "
            "a shorter text",
        )  # fmt: skip
    return Opened(
        account.address, layout, account.lamports, decoded.fields, _proof(account, decoded, program)
    )


def record(account: Account, layout: str, program: str) -> Record:
    """The same as a generic record."""
    opened = open_account(account, layout, program)
    return Record(account.address, layout, account.lamports, opened.proof, plain(opened.fields))


def _proof(account: Account, decoded: Decoded, program: str) -> str | None:
    """How the content leads to the address and to the stored bump; DecodeError if it does not."""
    place = _PLACE_OF[decoded.name]
    what = f"{decoded.name} {account.address}"
    values = [_seed_value(field, decoded.fields[field]) for _kind, field in place.seeds]
    try:
        derived = derive(place.prefix, *values, program=program)
    except ValueError as error:
        raise DecodeError(what, None, f"its content leads to no address: {error}") from None
    bump = decoded.fields.get("bump", derived.bump)
    if derived.address != account.address:
        if decoded.name == "Dao":
            # Not a contradiction: moving the authority changes the field and not the address.
            return None
        raise DecodeError(what, None, f"its content leads to the address {derived.address}")
    if bump != derived.bump:
        raise DecodeError(what, None, f"holds the bump {bump}, its seeds give {derived.bump}")
    return ", ".join(seeds_shown(place.prefix, *values))


def _seed_value(field: str, value: Any) -> str | int | bytes:
    return layer_seed(variant(value)) if field in ("layer", "scope") else value
