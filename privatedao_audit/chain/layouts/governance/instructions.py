"""Names and account roles of SPL Governance instructions.

Source: solana-labs/solana-program-library, governance/program/src/instruction.rs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.chain.layouts.common import Roles, UnknownInstruction

__all__ = ["INSTRUCTION_NAMES", "GovernanceInstruction", "decode_instruction"]

#: Instruction tag (u8) -> name. The gaps of today's interface carry the names of older programs.
INSTRUCTION_NAMES: Final = dict(enumerate((
    "CreateRealm", "DepositGoverningTokens", "WithdrawGoverningTokens", "SetGovernanceDelegate",
    "CreateGovernance", "CreateProgramGovernance", "CreateProposal", "AddSignatory",
    "RemoveSignatory", "InsertTransaction", "RemoveTransaction", "CancelProposal",
    "SignOffProposal", "CastVote", "FinalizeVote", "RelinquishVote", "ExecuteTransaction",
    "CreateMintGovernance", "CreateTokenGovernance", "SetGovernanceConfig",
    "FlagTransactionError", "SetRealmAuthority", "SetRealmConfig", "CreateTokenOwnerRecord",
    "UpdateProgramMetadata", "CreateNativeTreasury", "RevokeGoverningTokens",
    "RefundProposalDeposit", "CompleteProposal", "AddRequiredSignatory",
    "RemoveRequiredSignatory", "SetTokenOwnerRecordLock", "RelinquishTokenOwnerRecordLocks",
    "SetRealmConfigItem",
)))  # fmt: skip

# Roles of the instructions that carry authority or votes; others are recognised by name only.
_ROLES: Final[dict[int, tuple[str, ...]]] = {
    0: ("realm", "realm_authority", "community_mint"),
    3: ("authority", "token_owner_record"),
    4: ("realm", "governance", "governance_seed", "token_owner_record", "payer", "system_program",
        "authority"),
    6: ("realm", "proposal", "governance", "token_owner_record", "mint", "authority"),
    9: ("governance", "proposal", "token_owner_record", "authority", "proposal_transaction"),
    10: ("proposal", "token_owner_record", "authority", "proposal_transaction", "beneficiary"),
    11: ("realm", "governance", "proposal", "token_owner_record", "authority"),
    12: ("realm", "governance", "proposal", "authority"),
    13: ("realm", "governance", "proposal", "proposer_record", "token_owner_record", "authority",
         "vote_record", "mint"),
    14: ("realm", "governance", "proposal", "proposer_record", "mint"),
    16: ("governance", "proposal", "proposal_transaction"),
    19: ("realm", "governance"),
    21: ("realm", "authority"),
    22: ("realm", "authority"),
    25: ("governance", "native_treasury", "payer"),
    26: ("realm", "holding", "token_owner_record", "mint", "authority"),
    29: ("governance", "required_signatory"),
    30: ("governance", "required_signatory"),
    33: ("realm", "realm_config", "authority"),
}


@dataclass(frozen=True, slots=True)
class GovernanceInstruction:
    """One instruction; ``roles`` is empty where only the name is known.

    ``authority`` in a role is the key that signs: a token owner, its delegate, or the realm's
    authority. ``data`` is what follows the tag, undecoded.
    """

    tag: int
    name: str
    roles: Roles
    remaining: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False)

    def account(self, role: str) -> str | None:
        """The account in that role, None when the instruction has no such role."""
        return dict(self.roles).get(role)


def decode_instruction(
    accounts: Sequence[str], data: bytes
) -> GovernanceInstruction | UnknownInstruction:
    """A governance instruction from its resolved accounts and its data. Never raises."""
    if not data:
        return UnknownInstruction("spl governance", None, "it has no data")
    tag = data[0]
    name = INSTRUCTION_NAMES.get(tag)
    if name is None:
        return UnknownInstruction("spl governance", None, f"tag {tag} is not in the table")
    roles = _ROLES.get(tag, ())
    if len(accounts) < len(roles):
        reason = f"{name} has {len(accounts)} accounts, needs {len(roles)}"
        return UnknownInstruction("spl governance", name, reason)
    named = tuple(zip(roles, accounts, strict=False))
    return GovernanceInstruction(tag, name, named, tuple(accounts[len(roles):]), bytes(data[1:]))
