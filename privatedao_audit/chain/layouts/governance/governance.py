"""Governances: what controls an asset, by which thresholds and after how long.

Sources: solana-labs/solana-program-library, governance/program/src/state/{governance,legacy,
enums}.rs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from privatedao_audit.chain.borsh import Cursor
from privatedao_audit.chain.layouts.common import choice, open_account
from privatedao_audit.chain.layouts.governance.addresses import (
    derive_asset_governance,
    derive_governance,
    derive_native_treasury,
)

__all__ = [
    "DEFAULT_EXEMPT_PROPOSALS",
    "Governance",
    "GovernanceConfig",
    "Threshold",
    "decode_governance",
    "read_threshold",
]

#: What the program takes in place of the deposit exemption that an old account can't hold.
DEFAULT_EXEMPT_PROPOSALS: Final = 10

_TIPPINGS: Final = ("strict", "early", "disabled")

# Account type -> (version, what is governed).
_TYPES: Final = {
    3: (1, "account"), 4: (1, "program"), 9: (1, "mint"), 10: (1, "token"),
    18: (2, "account"), 19: (2, "program"), 20: (2, "mint"), 21: (2, "token"),
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """Share of votes that decides. ``kind``: "yes" (per cent of the maximum weight, in favour),
    "quorum" (per cent that took part; the program refuses to vote by it) or "disabled".

    ``percent`` is None exactly when disabled: that population has no such vote.
    """

    kind: str
    percent: int | None


@dataclass(frozen=True, slots=True)
class GovernanceConfig:
    """The rules of one governance. Times in seconds, weights in base units of the mint.

    A proposal passes by its own population's threshold; ``hold_up`` runs from the end of the
    vote to the earliest execution. ``cool_off`` is the last part of the voting time in which
    votes can only be taken back or vetoed.
    """

    community_threshold: Threshold
    min_community_weight_to_propose: int
    hold_up: int
    voting_time: int
    community_tipping: str
    council_threshold: Threshold
    council_veto: Threshold
    min_council_weight_to_propose: int
    council_tipping: str
    community_veto: Threshold
    cool_off: int
    exempt_proposals: int

    @property
    def is_legacy(self) -> bool:
        """Whether it was written before version 3: a council threshold of 0 % marks it."""
        return self.council_threshold == Threshold("yes", 0)

    def effective(self) -> GovernanceConfig:
        """The rules as the program applies them.

        For a legacy account the council takes the community's threshold and tipping, its veto
        the same threshold; the community has no veto.
        """
        if not self.is_legacy:
            return self
        return replace(
            self,
            council_threshold=self.community_threshold,
            council_veto=self.community_threshold,
            council_tipping=self.community_tipping,
            community_veto=Threshold("disabled", None),
            cool_off=0,
            exempt_proposals=DEFAULT_EXEMPT_PROPOSALS,
        )


@dataclass(frozen=True, slots=True)
class Governance:
    """One governance of a realm. ``version`` 1 or 2; ``governs`` is "account" for the general
    kind, else the older kinds "program", "mint" and "token", whose seed is the asset.

    ``config`` is as stored, ``config.effective()`` as applied.
    """

    version: int
    governs: str
    realm: str
    seed: str
    config: GovernanceConfig
    required_signatories: int
    active_proposals: int | None
    reserved_nonzero: bool = False
    tail_nonzero: bool = False

    def rederives(self, address: str, program: str) -> bool:
        """Whether ``address`` is where this realm, kind and seed lead under ``program``."""
        if self.governs == "account":
            return derive_governance(self.realm, self.seed, program).address == address
        derived = derive_asset_governance(self.realm, self.seed, self.governs, program)
        return derived.address == address

    def signs_as(self, address: str, key: str, program: str) -> str | None:
        """How the governance at ``address`` signs for ``key``: "governance" when it is that key
        itself, "native-treasury" when it is its treasury, None when it is neither."""
        if not self.rederives(address, program):
            return None
        if key == address:
            return "governance"
        treasury = derive_native_treasury(address, program).address
        return "native-treasury" if key == treasury else None


def read_threshold(cursor: Cursor, field: str) -> Threshold:
    """A threshold: a tag, and one byte of per cent unless it is disabled."""
    kind = choice(cursor, field, ("yes", "quorum", "disabled"))
    if kind == "disabled":
        return Threshold(kind, None)
    start = cursor.offset
    percent = cursor.u8(f"{field}.percent")
    if percent > 100:
        raise cursor.error(f"{field}.percent", f"{percent} per cent", start)
    return Threshold(kind, percent)


def _config(cursor: Cursor) -> GovernanceConfig:
    return GovernanceConfig(
        community_threshold=read_threshold(cursor, "community_vote_threshold"),
        min_community_weight_to_propose=cursor.u64("min_community_weight_to_create_proposal"),
        hold_up=cursor.u32("transactions_hold_up_time"),
        voting_time=cursor.u32("voting_base_time"),
        community_tipping=choice(cursor, "community_vote_tipping", _TIPPINGS),
        council_threshold=read_threshold(cursor, "council_vote_threshold"),
        council_veto=read_threshold(cursor, "council_veto_vote_threshold"),
        min_council_weight_to_propose=cursor.u64("min_council_weight_to_create_proposal"),
        council_tipping=choice(cursor, "council_vote_tipping", _TIPPINGS),
        community_veto=read_threshold(cursor, "community_veto_vote_threshold"),
        cool_off=cursor.u32("voting_cool_off_time"),
        exempt_proposals=cursor.u8("deposit_exempt_proposal_count"),
    )


def decode_governance(owner: str, data: bytes, *, program: str) -> Governance:
    """A governance of any kind and version. Raises DecodeError.

    A threshold over 100 per cent is refused: no genuine program writes it. The content of a
    version 2 account is up to three bytes shorter than the account, one for each disabled
    threshold.
    """
    cursor = open_account(owner, data, layout="governance", program=program)
    kind = _TYPES.get(cursor.u8("account_type"))
    if kind is None:
        raise cursor.error("account_type", "not a governance", 0)
    version, governs = kind
    realm, seed = cursor.pubkey("realm"), cursor.pubkey("governance_seed")
    cursor.u32("reserved1")  # a counter of proposals in older versions
    config = _config(cursor)
    signatories, active, reserved = 0, None, False
    if version == 2:
        reserved = any(cursor.fixed(119, "reserved_v2"))
        signatories = cursor.u8("required_signatories_count")
        active = cursor.u64("active_proposal_count")
    return Governance(
        version, governs, realm, seed, config, signatories, active, reserved_nonzero=reserved,
        tail_nonzero=not cursor.tail_is_zero(),
    )
