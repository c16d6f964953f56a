"""Where SPL Governance keeps its accounts. ``program`` is the copy of the program that is meant.

Source: solana-labs/solana-program-library, governance/program/src/state/*.rs.
"""

from __future__ import annotations

from typing import Final

from privatedao_audit.chain.addresses import ProgramAddress, find_program_address
from privatedao_audit.chain.layouts.common import index_seed, key_seed

__all__ = [
    "ASSET_GOVERNANCES",
    "derive_asset_governance",
    "derive_governance",
    "derive_native_treasury",
    "derive_proposal",
    "derive_proposal_transaction",
    "derive_realm",
    "derive_realm_config",
    "derive_token_owner_record",
    "derive_vote_record",
]

_PREFIX: Final = b"governance"

#: Older governances of one asset -> their first seed.
ASSET_GOVERNANCES: Final = {
    "program": b"program-governance",
    "mint": b"mint-governance",
    "token": b"token-governance",
}


def derive_realm(name: str, program: str) -> ProgramAddress:
    """The realm of that name. ValueError when the name is longer than 32 bytes."""
    return find_program_address([_PREFIX, name.encode("utf-8")], program)


def derive_realm_config(realm: str, program: str) -> ProgramAddress:
    """The realm's configuration: add-ins and token kinds."""
    return find_program_address([b"realm-config", key_seed(realm, "realm")], program)


def derive_governance(realm: str, seed: str, program: str) -> ProgramAddress:
    """The governance made from ``seed``, a key of no further meaning."""
    seeds = [b"account-governance", key_seed(realm, "realm"), key_seed(seed, "governance seed")]
    return find_program_address(seeds, program)


def derive_asset_governance(realm: str, asset: str, kind: str, program: str) -> ProgramAddress:
    """The older governance of one asset: ``kind`` is "program", "mint" or "token"."""
    if kind not in ASSET_GOVERNANCES:
        raise ValueError(f"kind: expected one of {', '.join(ASSET_GOVERNANCES)}")
    seeds = [ASSET_GOVERNANCES[kind], key_seed(realm, "realm"), key_seed(asset, "asset")]
    return find_program_address(seeds, program)


def derive_native_treasury(governance: str, program: str) -> ProgramAddress:
    """The address that holds SOL for a governance, and signs beside it."""
    return find_program_address([b"native-treasury", key_seed(governance, "governance")], program)


def derive_token_owner_record(
    realm: str, mint: str, owner: str, program: str
) -> ProgramAddress:
    """What ``owner`` deposited of ``mint``, the realm's community or council mint."""
    seeds = [_PREFIX, key_seed(realm, "realm"), key_seed(mint, "mint"), key_seed(owner, "owner")]
    return find_program_address(seeds, program)


def derive_proposal(governance: str, mint: str, seed: str, program: str) -> ProgramAddress:
    """The proposal made from ``seed`` (version 2; version 1 used a counter of four bytes)."""
    seeds = [_PREFIX, key_seed(governance, "governance"), key_seed(mint, "mint")]
    return find_program_address([*seeds, key_seed(seed, "proposal seed")], program)


def derive_proposal_transaction(
    proposal: str, option: int, index: int, program: str
) -> ProgramAddress:
    """Transaction ``index`` (u16, from 0) of option ``option`` (u8, from 0) of a proposal."""
    seeds = [_PREFIX, key_seed(proposal, "proposal"), index_seed(option, 1, "option index")]
    return find_program_address([*seeds, index_seed(index, 2, "transaction index")], program)


def derive_vote_record(proposal: str, token_owner_record: str, program: str) -> ProgramAddress:
    """The vote of one token owner record on a proposal."""
    seeds = [_PREFIX, key_seed(proposal, "proposal")]
    return find_program_address([*seeds, key_seed(token_owner_record, "record")], program)
