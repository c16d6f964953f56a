"""Calls that pay into and out of the treasury, and bind policies and proofs to proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solders.pubkey import Pubkey

from ..tokens import TOKEN as SPL_TOKEN
from .call import Actor, Call
from .desk import Desk
from .model import proof_domain_separator, proposal_payload_hash


@dataclass(frozen=True)
class TokenRoute:
    """The accounts of a token payout: program, the treasury's account and the recipient's."""

    program: Pubkey
    source: Pubkey
    target: Pubkey


class TreasuryCalls(Desk):
    """See the module; a part of `Governance`."""

    # Treasury

    def deposit_treasury(self, dao: Pubkey, depositor: Actor, lamports: int) -> Call:
        """Pay SOL into the treasury."""
        accounts = {"dao": dao, "treasury": self.at.treasury(dao), "depositor": depositor}
        return self.call("deposit_treasury", {"amount": lamports}, accounts)

    def fund_reveal_rebate_vault_v3(self, dao: Pubkey, funder: Actor, lamports: int) -> Call:
        """Pay SOL into the vault that rebates reveals."""
        accounts = {"dao": dao, "funder": funder}
        return self.call("fund_reveal_rebate_vault_v3", {"amount": lamports}, accounts)

    def execute_proposal(
        self,
        proposal: Pubkey,
        executor: Actor,
        recipient: Pubkey,
        *,
        tokens: TokenRoute | None = None,
    ) -> Call:
        """Carry a passed proposal out; `recipient` is the wallet, for tokens too."""
        accounts = {"executor": executor, "treasury_recipient": recipient}
        return self._payout("execute_proposal", proposal, accounts, tokens)

    def configure_confidential_payout_plan(
        self,
        proposal: Pubkey,
        operator: Actor,
        *,
        recipient: Pubkey,
        total: int,
        recipients: int,
        manifest_uri: str,
        manifest_hash: bytes,
        ciphertext_hash: bytes,
        mint: Pubkey | None = None,
        kind: str = "Salary",
    ) -> Call:
        """Tie a proposal without an action to an encrypted payout, in SOL or tokens of `mint`."""
        arguments = {
            "payout_type": kind,
            "asset_type": "Sol" if mint is None else "Token",
            "settlement_recipient": recipient,
            "token_mint": mint,
            "recipient_count": recipients,
            "total_amount": total,
            "encrypted_manifest_uri": manifest_uri,
            "manifest_hash": manifest_hash,
            "ciphertext_hash": ciphertext_hash,
        }
        name = "configure_confidential_payout_plan"
        return self.of_proposal(name, arguments, proposal, {"operator": operator})

    def execute_confidential_payout_plan(
        self,
        proposal: Pubkey,
        executor: Actor,
        recipient: Pubkey,
        *,
        tokens: TokenRoute | None = None,
    ) -> Call:
        """Pay a passed proposal's confidential payout to its settlement wallet (version 1)."""
        accounts = {"executor": executor, "settlement_recipient": recipient}
        return self._payout("execute_confidential_payout_plan", proposal, accounts, tokens)

    # Snapshots and proofs

    def snapshot_execution_policy(self, proposal: Pubkey, operator: Actor) -> Call:
        """Bind the security policy to a proposal (version 2)."""
        name = "snapshot_proposal_execution_policy"
        return self.of_proposal(name, {}, proposal, {"operator": operator})

    def snapshot_governance_policy_v3(
        self, proposal: Pubkey, operator: Actor, mint: Pubkey
    ) -> Call:
        """Bind the governance policy and the mint's supply to a proposal."""
        name = "snapshot_proposal_governance_policy_v3"
        accounts = {"operator": operator, "governance_token": mint}
        return self.of_proposal(name, {}, proposal, accounts)

    def snapshot_settlement_policy_v3(self, proposal: Pubkey, operator: Actor) -> Call:
        """Bind the settlement policy and the payout plan to a proposal."""
        name = "snapshot_proposal_settlement_policy_v3"
        return self.of_proposal(name, {}, proposal, {"operator": operator})

    def record_proof_verification_v2(
        self,
        proposal: Pubkey,
        recorder: Actor,
        *,
        proof_hash: bytes,
        public_inputs_hash: bytes,
        verification_key_hash: bytes,
        attestors: Sequence[Actor] = (),
    ) -> Call:
        """Record that attestors checked a proof off the chain; the recorder may be one."""
        dao = self.dao_of(proposal)
        arguments = {
            "verification_kind": "ThresholdAttestation",
            "payload_hash": proposal_payload_hash(dao, proposal, 2),
            "proof_hash": proof_hash,
            "public_inputs_hash": public_inputs_hash,
            "verification_key_hash": verification_key_hash,
            "domain_separator": proof_domain_separator(dao, proposal),
        }
        name = "record_proof_verification_v2"
        return self.of_proposal(name, arguments, proposal, {"recorder": recorder}, attestors)

    def _payout(
        self,
        name: str,
        proposal: Pubkey,
        accounts: Mapping[str, Actor],
        tokens: TokenRoute | None,
    ) -> Call:
        treasury = self.at.treasury(self.dao_of(proposal))
        # For SOL any account does in the tokens' places.
        route = tokens or TokenRoute(SPL_TOKEN, treasury, treasury)
        known = {
            "treasury": treasury,
            "treasury_token_account": route.source,
            "recipient_token_account": route.target,
            "token_program": route.program,
        }
        return self.of_proposal(name, {}, proposal, {**known, **accounts})
