"""Calls that found a DAO, hand it over and set its policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solders.pubkey import Pubkey

from .call import Actor, Call, address_of
from .codec import Fields
from .desk import Desk
from .model import MAX_ATTESTORS, NOBODY


@dataclass(frozen=True)
class Security:
    """A security policy's settings; the same attestors sign proofs and settlements."""

    attestors: tuple[Pubkey, ...]
    threshold: int
    mode: str = "CompatibilityRequired"
    zk_policy: str = "ThresholdAttestedRequired"
    settlement_policy: str = "ThresholdAttestedRequired"
    cancel_policy: str = "NoCancelAfterParticipation"
    ttl_seconds: int = 7 * 86_400

    def arguments(self) -> Fields:
        """The arguments of the two instructions that set it."""
        spare = MAX_ATTESTORS - len(self.attestors)
        fields: Fields = {
            "mode": self.mode,
            "zk_policy": self.zk_policy,
            "settlement_policy": self.settlement_policy,
            "cancel_policy": self.cancel_policy,
        }
        for who in ("proof", "settlement"):
            fields[f"{who}_attestors"] = [*self.attestors, *[NOBODY] * spare]
            fields[f"{who}_attestor_count"] = len(self.attestors)
            fields[f"{who}_threshold"] = self.threshold
            fields[f"{who}_ttl_seconds"] = self.ttl_seconds
        return fields


class DaoCalls(Desk):
    """See the module; a part of `Governance`."""

    # The DAO and its authorities

    def initialize_dao(
        self,
        authority: Actor,
        name: str,
        *,
        mint: Pubkey,
        quorum: int = 50,
        required: int = 0,
        reveal_window: int = 86_400,
        execution_delay: int = 86_400,
        voting: str | Mapping[str, Mapping[str, int]] = "TokenWeighted",
    ) -> Call:
        """A new DAO at `at.dao(authority, name)`; `required` token units make a proposer."""
        arguments: Fields = {
            "dao_name": name,
            "quorum_percentage": quorum,
            "governance_token_required": required,
            "reveal_window_seconds": reveal_window,
            "execution_delay_seconds": execution_delay,
            "voting_config": voting,
        }
        dao = self.at.dao(address_of(authority), name)
        accounts = {"dao": dao, "governance_token": mint, "authority": authority}
        return self.call("initialize_dao", arguments, accounts)

    def transfer_dao_authority(self, dao: Pubkey, authority: Actor, to: Pubkey) -> Call:
        """Hand a DAO over."""
        accounts = {"dao": dao, "authority": authority}
        return self.call("transfer_dao_authority", {"new_authority": to}, accounts)

    def initialize_treasury_operator_authority(self, dao: Pubkey, authority: Actor) -> Call:
        """Record the DAO's authority as treasury operator."""
        return self.of_dao("initialize_treasury_operator_authority", {}, dao, authority)

    def transfer_treasury_operator_authority(
        self, dao: Pubkey, authority: Actor, to: Pubkey
    ) -> Call:
        """Hand the treasury operator's record over."""
        arguments = {"new_authority": to}
        return self.of_dao("transfer_treasury_operator_authority", arguments, dao, authority)

    # Policies

    def initialize_security_policy(self, dao: Pubkey, authority: Actor, policy: Security) -> Call:
        """Set the security policy for the first time."""
        name = "initialize_dao_security_policy"
        return self.of_dao(name, policy.arguments(), dao, authority)

    def update_security_policy_v2(self, dao: Pubkey, authority: Actor, policy: Security) -> Call:
        """Change the security policy."""
        name = "update_dao_security_policy_v2"
        return self.of_dao(name, policy.arguments(), dao, authority)

    def governance_policy_v3(
        self,
        dao: Pubkey,
        authority: Actor,
        *,
        quorum: str = "TokenSupplyParticipation",
        rebate: int = 0,
        update: bool = False,
    ) -> Call:
        """Set the governance policy, or change it; with a `rebate` the vault pays reveals."""
        arguments = {
            "quorum_policy": quorum,
            "reveal_rebate_policy": "DedicatedVaultRequired" if rebate else "Disabled",
            "reveal_rebate_lamports": rebate,
        }
        verb = "update" if update else "initialize"
        return self.of_dao(f"{verb}_dao_governance_policy_v3", arguments, dao, authority)

    def settlement_policy_v3(
        self,
        dao: Pubkey,
        authority: Actor,
        *,
        max_payout: int,
        min_age: int = 3_600,
        require_refhe: bool = False,
        require_magicblock: bool = False,
        update: bool = False,
    ) -> Call:
        """Set the settlement policy, or change it."""
        arguments = {
            "min_evidence_age_seconds": min_age,
            "max_payout_amount": max_payout,
            "require_refhe_settlement": require_refhe,
            "require_magicblock_settlement": require_magicblock,
        }
        verb = "update" if update else "initialize"
        return self.of_dao(f"{verb}_dao_settlement_policy_v3", arguments, dao, authority)
