"""Where calls to the governance program are made: account lists, filled in.

Accounts are named as the interface names them; those with one address for a DAO or a proposal
need not be given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from ..node import LocalNode
from . import codec
from .call import Actor, Call, standing
from .codec import Fields
from .model import Addresses

_DERIVED = {
    "treasury_operator_authority": ("treasury-operator-authority", "dao"),
    "dao_security_policy": ("dao-security-policy", "dao"),
    "dao_governance_policy_v3": ("dao-governance-policy-v3", "dao"),
    "dao_settlement_policy_v3": ("dao-settlement-policy-v3", "dao"),
    "reveal_rebate_vault": ("reveal-rebate-vault-v3", "dao"),
    "confidential_payout_plan": ("payout-plan", "proposal"),
    "refhe_envelope": ("refhe-envelope", "proposal"),
    "magicblock_private_payment_corridor": ("magicblock-corridor", "proposal"),
    "proposal_execution_policy_snapshot": ("proposal-policy-snapshot", "proposal"),
    "proposal_governance_policy_snapshot_v3": ("proposal-governance-snapshot-v3", "proposal"),
    "proposal_settlement_policy_snapshot_v3": ("proposal-settlement-policy-v3", "proposal"),
    "proposal_proof_verification": ("proposal-proof-verification", "proposal"),
}
"""Accounts with one address for a DAO or a proposal: seed prefix and parent."""


@dataclass(frozen=True)
class Desk:
    """Makes calls to the program at `program_id`, which must run `artifact` (see the package)."""

    node: LocalNode
    program_id: Pubkey

    @property
    def at(self) -> Addresses:
        """The program's derived addresses."""
        return Addresses(self.program_id)

    def read(self, kind: str, address: Pubkey) -> Fields | None:
        """The fields of an account such as "Proposal", or None. Raises NotBorsh for another."""
        found = standing(self.node, [address])[0]
        return codec.account_fields(kind, found.data) if found.lamports else None

    def of_dao(self, name: str, arguments: Fields, dao: Pubkey, authority: Actor) -> Call:
        """A call whose accounts are the DAO, its authority and derived ones."""
        return self.call(name, arguments, {"dao": dao, "authority": authority})

    def of_proposal(
        self,
        name: str,
        arguments: Fields,
        proposal: Pubkey,
        accounts: Mapping[str, Actor],
        extra: Sequence[Actor] = (),
    ) -> Call:
        """A call on a proposal, of whose DAO the chain knows. Raises KeyError for no proposal."""
        known = {"dao": self.dao_of(proposal), "proposal": proposal}
        return self.call(name, arguments, {**known, **accounts}, extra)

    def dao_of(self, proposal: Pubkey) -> Pubkey:
        """The DAO of a proposal. Raises KeyError when there is no proposal."""
        fields = self.read("Proposal", proposal)
        if fields is None:
            raise KeyError(f"there is no proposal at {proposal}")
        dao = fields["dao"]
        assert isinstance(dao, Pubkey)
        return dao

    def call(
        self,
        name: str,
        arguments: Fields,
        accounts: Mapping[str, Actor],
        extra: Sequence[Actor] = (),
    ) -> Call:
        """A call with the accounts in the interface's order; derived ones are filled in."""
        filled = {
            one: accounts[one] if one in accounts else self._derived(one, accounts)
            for one, _, _ in codec.account_list(name)
        }
        return Call(self.node, self.at, name, dict(arguments), filled, extra)

    def _derived(self, name: str, accounts: Mapping[str, Any]) -> Pubkey:
        if name == "system_program":
            return SYSTEM_PROGRAM
        prefix, parent = _DERIVED[name]
        return self.at.of(prefix, accounts[parent])
