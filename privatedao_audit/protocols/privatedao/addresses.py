"""The program's 24 derived addresses, each with its seeds.

Source: the seeds constraints of programs/private-dao/src, repository X-PACT/PrivateDAO at commit
617454c46; ``idl.json`` beside this file names the accounts that live there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain.addresses import (
    MAX_SEED_LENGTH,
    ProgramAddress,
    find_program_address,
    parse_pubkey,
)

__all__ = ["PLACES", "Place", "derive", "layer_seed", "seeds_shown"]

_WIDTHS: Final = {"u8": 1, "u64": 8}


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of derived address.

    Attributes:
        prefix: its first seed, literal, which also names the place.
        seeds: the seeds after it, as (type, field): the field of the account there, or of
            another account, from which the seed comes. Types: pubkey, text, u8, u64, hash.
        layout: the account that lives there; None for the treasury, a plain system account.
        note: what else an auditor must know.
    """

    prefix: str
    seeds: tuple[tuple[str, str], ...]
    layout: str | None
    note: str = ""


_DAO: Final = (("pubkey", "dao"),)
_PROPOSAL: Final = (("pubkey", "proposal"),)
_WEIGHT: Final = (
    ("pubkey", "realm"), ("pubkey", "governing_token_mint"), ("pubkey", "governing_token_owner"),
)  # fmt: skip

#: prefix → place.
PLACES: Final[dict[str, Place]] = {
    place.prefix: place
    for place in (
        Place(
            "dao", (("pubkey", "authority"), ("text", "dao_name")), "Dao",
            "the authority at creation: moving the authority never moves the address",
        ),
        Place("proposal", (("pubkey", "dao"), ("u64", "proposal_id")), "Proposal"),
        Place("treasury", _DAO, None, "system-owned, without data; absent until it is paid"),
        Place("treasury-operator-authority", _DAO, "TreasuryOperatorAuthority"),
        Place(
            "vote", (("pubkey", "proposal"), ("pubkey", "voter")), "VoterRecord",
            "the voter of a delegated vote is the delegatee",
        ),
        Place("delegation", (("pubkey", "proposal"), ("pubkey", "delegator")), "VoteDelegation"),
        Place(
            "payout-plan", _PROPOSAL, "ConfidentialPayoutPlan",
            "its existence blocks the standard execution",
        ),
        Place("refhe-envelope", _PROPOSAL, "RefheEnvelope"),
        Place("magicblock-corridor", _PROPOSAL, "MagicBlockPrivatePaymentCorridor"),
        Place("dao-security-policy", _DAO, "DaoSecurityPolicy"),
        Place("dao-governance-policy-v3", _DAO, "DaoGovernancePolicyV3"),
        Place("dao-settlement-policy-v3", _DAO, "DaoSettlementPolicyV3"),
        Place("proposal-policy-snapshot", _PROPOSAL, "ProposalExecutionPolicySnapshot"),
        Place("proposal-governance-snapshot-v3", _PROPOSAL, "ProposalGovernancePolicySnapshotV3"),
        Place("proposal-settlement-policy-v3", _PROPOSAL, "ProposalSettlementPolicySnapshotV3"),
        Place("reveal-rebate-vault-v3", _DAO, "RevealRebateVaultV3State"),
        Place("proposal-proof-verification", _PROPOSAL, "ProposalProofVerification"),
        Place(
            "settlement-evidence",
            (("pubkey", "proposal"), ("pubkey", "payout_plan"), ("hash", "settlement_id")),
            "SettlementEvidence",
        ),
        Place("settlement-consumption", (("pubkey", "evidence"),), "SettlementConsumptionRecord"),
        Place("zk-proof", (("pubkey", "proposal"), ("u8", "layer")), "ZkProofAnchor"),
        Place("zk-verify", (("pubkey", "proposal"), ("u8", "layer")), "ZkVerificationReceipt"),
        Place("zk-policy", _PROPOSAL, "ProposalZkPolicy"),
        Place("voter-weight-record", _WEIGHT, "VoterWeightRecord"),
        Place("voter-weight-scope", (*_WEIGHT, ("u8", "scope")), "VoterWeightScopeRecord"),
    )
}  # fmt: skip

#: The layer seed counts from 1, the stored enum from 0; scopes likewise.
_LAYERS: Final = {"Vote": 1, "Delegation": 2, "Tally": 3}
_SCOPES: Final = {
    "CommunityTokenWeighted": 1, "CommunityQuadratic": 2, "CapitalWeighted": 3,
    "DualChamberCommunityLeg": 4, "DualChamberCapitalLeg": 5,
}  # fmt: skip


def layer_seed(variant: str) -> int:
    """The seed of a proof layer or weight scope by the name of its variant.

    Raises:
        ValueError: no such variant.
    """
    number = _LAYERS.get(variant, _SCOPES.get(variant))
    if number is None:
        raise ValueError(f"{variant[:60]!r} is neither a proof layer nor a weight scope")
    return number


def derive(place: str, *values: str | int | bytes, program: str) -> ProgramAddress:
    """The address of a place, from the values of its seeds in order.

    Args:
        values: keys and texts as text, numbers as integers, hashes as 32 bytes.

    Raises:
        ValueError: an unknown place, another number of values, or one that is no such seed.
    """
    if place not in PLACES:
        raise ValueError(f"no derived address of this program is called {place[:60]!r}")
    seeds = PLACES[place].seeds
    if len(values) != len(seeds):
        raise ValueError(f"{place} takes {len(seeds)} seeds after its name, not {len(values)}")
    parts = [place.encode()]
    parts += [
        _seed(kind, field, value) for (kind, field), value in zip(seeds, values, strict=True)
    ]
    return find_program_address(parts, program)


def seeds_shown(place: str, *values: str | int | bytes) -> tuple[str, ...]:
    """The seeds in words, e.g. ``("treasury", "dao FEz2…")``, for people to derive again."""
    named = zip(PLACES[place].seeds, values, strict=True)
    shown = (f"{field} {v.hex() if isinstance(v, bytes) else v}" for (_kind, field), v in named)
    return (f'"{place}"', *shown)


def _seed(kind: str, field: str, value: str | int | bytes) -> bytes:
    if kind == "pubkey" and isinstance(value, str):
        return bytes(parse_pubkey(value, field))
    if kind == "text" and isinstance(value, str):
        try:
            seed = value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"the seed {field} is not text of UTF-8") from None
        if len(seed) > MAX_SEED_LENGTH:
            # The program accepts names of up to 64 bytes and then fails to create the account.
            raise ValueError(f"the seed {field} is longer than {MAX_SEED_LENGTH} bytes")
        return seed
    if kind == "hash" and isinstance(value, bytes) and len(value) == 32:
        return value
    if kind in _WIDTHS and isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < 1 << 8 * _WIDTHS[kind]:
            raise ValueError(f"the seed {field} is no {kind}: {value}")
        return value.to_bytes(_WIDTHS[kind], "little")
    raise ValueError(f"the seed {field} must be a {kind}")
