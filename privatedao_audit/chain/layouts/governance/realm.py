"""Realms of SPL Governance, their configuration, and what a member deposited.

Sources: solana-labs/solana-program-library, governance/program/src/state/{realm,realm_config,
token_owner_record,legacy,enums}.rs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain.borsh import Cursor
from privatedao_audit.chain.layouts.common import (
    choice,
    keys,
    open_account,
    option_i64,
    option_key,
)
from privatedao_audit.chain.layouts.governance.addresses import (
    derive_realm,
    derive_realm_config,
    derive_token_owner_record,
)

__all__ = [
    "FULL_SUPPLY_FRACTION",
    "GoverningTokenConfig",
    "MaxVoteWeight",
    "Realm",
    "RealmConfig",
    "TokenOwnerLock",
    "TokenOwnerRecord",
    "decode_realm",
    "decode_realm_config",
    "decode_token_owner_record",
]

#: A supply fraction of 1, as the program writes it.
FULL_SUPPLY_FRACTION: Final = 10**10

_TOKEN_TYPES: Final = ("liquid", "membership", "dormant")


@dataclass(frozen=True, slots=True)
class MaxVoteWeight:
    """What 100 % of the community's votes is: a "supply-fraction" (of 10^10) of the mint's
    supply, or an "absolute" number of base units."""

    kind: str
    value: int


@dataclass(frozen=True, slots=True)
class Realm:
    """A DAO of SPL Governance. ``version`` is 1 or 2.

    ``authority`` may rewrite the realm's configuration: None or one of the realm's own
    governances means self-governed, anything else is a bypass. ``name`` is text by its creator.
    """

    version: int
    community_mint: str
    council_mint: str | None
    min_community_weight_to_create_governance: int
    max_community_weight: MaxVoteWeight
    authority: str | None
    name: str
    reserved_nonzero: bool = False
    tail_nonzero: bool = False

    def rederives(self, address: str, program: str) -> bool:
        """Whether ``address`` is the realm of this name under ``program``."""
        try:
            return derive_realm(self.name, program).address == address
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class GoverningTokenConfig:
    """How one of the realm's mints gives votes.

    An add-in is a program that decides the weight of votes in place of deposits: whoever can
    upgrade it decides too. ``token_type``: "liquid" (owners may withdraw), "membership" (the
    mint authority may revoke), "dormant" (no votes). ``lock_authorities`` may lock deposits.
    """

    voter_weight_addin: str | None
    max_voter_weight_addin: str | None
    token_type: str
    lock_authorities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RealmConfig:
    """The configuration account of a realm; where there is none, mints are liquid, no add-ins."""

    realm: str
    community: GoverningTokenConfig
    council: GoverningTokenConfig
    reserved_nonzero: bool = False
    tail_nonzero: bool = False

    def rederives(self, address: str, program: str) -> bool:
        """Whether ``address`` is the configuration of this realm under ``program``."""
        return derive_realm_config(self.realm, program).address == address


@dataclass(frozen=True, slots=True)
class TokenOwnerLock:
    """A lock on a deposit until ``expiry`` (Unix time, seconds); None: until taken off."""

    lock_id: int
    authority: str
    expiry: int | None


@dataclass(frozen=True, slots=True)
class TokenOwnerRecord:
    """What a member deposited (base units of the mint), and who else may vote with it.

    ``delegate`` votes with the same right as the owner. ``version`` is 1 or 2.
    """

    version: int
    realm: str
    mint: str
    owner: str
    deposit: int
    unrelinquished_votes: int
    outstanding_proposals: int
    layout_version: int
    delegate: str | None
    locks: tuple[TokenOwnerLock, ...]
    reserved_nonzero: bool = False
    tail_nonzero: bool = False

    def rederives(self, address: str, program: str) -> bool:
        """Whether ``address`` is the record of this realm, mint and owner under ``program``."""
        derived = derive_token_owner_record(self.realm, self.mint, self.owner, program)
        return derived.address == address


def decode_realm(owner: str, data: bytes, *, program: str) -> Realm:
    """A realm (versions 1 and 2) of the governance program ``program``. Raises DecodeError."""
    cursor = open_account(owner, data, layout="realm", program=program)
    version = {1: 1, 16: 2}.get(cursor.u8("account_type"))
    if version is None:
        raise cursor.error("account_type", "not a realm", 0)
    community = cursor.pubkey("community_mint")
    cursor.fixed(2 + 6, "legacy")  # counters of older versions, without meaning now
    weight = cursor.u64("min_community_weight_to_create_governance")
    kind = choice(cursor, "community_mint_max_voter_weight_source",
                  ("supply-fraction", "absolute"))
    maximum = MaxVoteWeight(kind, cursor.u64("community_mint_max_voter_weight_source.value"))
    council = option_key(cursor, "council_mint")
    cursor.fixed(6 + 2, "reserved")
    authority = option_key(cursor, "authority")
    name = cursor.string("name")
    reserved = cursor.fixed(128, "reserved_v2") if version == 2 else b""
    return Realm(
        version, community, council, weight, maximum, authority, name,
        reserved_nonzero=any(reserved), tail_nonzero=not cursor.tail_is_zero(),
    )


def _token_config(cursor: Cursor, field: str) -> tuple[GoverningTokenConfig, bool]:
    addin = option_key(cursor, f"{field}.voter_weight_addin")
    maximum = option_key(cursor, f"{field}.max_voter_weight_addin")
    kind = choice(cursor, f"{field}.token_type", _TOKEN_TYPES)
    reserved = any(cursor.fixed(4, f"{field}.reserved"))
    locks = keys(cursor, f"{field}.lock_authorities")
    return GoverningTokenConfig(addin, maximum, kind, locks), reserved


def decode_realm_config(owner: str, data: bytes, *, program: str) -> RealmConfig:
    """The configuration of a realm (layout of program 3.1). Raises DecodeError.

    ``reserved_nonzero`` may be the layout of an older program: then its content is not known.
    """
    cursor = open_account(owner, data, layout="realm config", program=program)
    if cursor.u8("account_type") != 11:
        raise cursor.error("account_type", "not a realm config", 0)
    realm = cursor.pubkey("realm")
    community, first = _token_config(cursor, "community")
    council, second = _token_config(cursor, "council")
    reserved = any(cursor.fixed(110, "reserved"))
    return RealmConfig(
        realm, community, council, reserved_nonzero=first or second or reserved,
        tail_nonzero=not cursor.tail_is_zero(),
    )


def decode_token_owner_record(owner: str, data: bytes, *, program: str) -> TokenOwnerRecord:
    """A member's record (versions 1 and 2). Raises DecodeError."""
    cursor = open_account(owner, data, layout="token owner record", program=program)
    version = {2: 1, 17: 2}.get(cursor.u8("account_type"))
    if version is None:
        raise cursor.error("account_type", "not a token owner record", 0)
    realm, mint = cursor.pubkey("realm"), cursor.pubkey("governing_token_mint")
    holder = cursor.pubkey("governing_token_owner")
    deposit = cursor.u64("governing_token_deposit_amount")
    votes = cursor.u64("unrelinquished_votes_count")
    proposals, layout = cursor.u8("outstanding_proposal_count"), cursor.u8("version")
    if layout == 0:
        # The upper half was another counter then; the program cuts it off as well.
        votes &= 0xFFFF_FFFF
    cursor.fixed(6, "reserved")
    delegate = option_key(cursor, "governance_delegate")
    locks: tuple[TokenOwnerLock, ...] = ()
    reserved = False
    if version == 2:
        reserved = any(cursor.fixed(124, "reserved_v2"))
        # Records of older programs have four more reserved bytes here: no locks.
        locks = tuple(
            TokenOwnerLock(
                cursor.u8(f"locks[{n}].lock_id"),
                cursor.pubkey(f"locks[{n}].authority"),
                option_i64(cursor, f"locks[{n}].expiry"),
            )
            for n in range(cursor.vec_length("locks", 34))
        )
    return TokenOwnerRecord(
        version, realm, mint, holder, deposit, votes, proposals, layout, delegate, locks,
        reserved_nonzero=reserved, tail_nonzero=not cursor.tail_is_zero(),
    )
