"""SPL Governance (Realms): realms, governances, proposals, votes.

Large DAOs run a copy of the program of their own, so every decoder takes the program's id; that
it is a genuine copy must be proven by the hash of its executable, not by the bytes it owns.
"""

from __future__ import annotations

from privatedao_audit.chain.layouts.governance.addresses import (
    ASSET_GOVERNANCES,
    derive_asset_governance,
    derive_governance,
    derive_native_treasury,
    derive_proposal,
    derive_proposal_transaction,
    derive_realm,
    derive_realm_config,
    derive_token_owner_record,
    derive_vote_record,
)
from privatedao_audit.chain.layouts.governance.governance import (
    DEFAULT_EXEMPT_PROPOSALS,
    Governance,
    GovernanceConfig,
    Threshold,
    decode_governance,
)
from privatedao_audit.chain.layouts.governance.instructions import (
    INSTRUCTION_NAMES,
    GovernanceInstruction,
    decode_instruction,
)
from privatedao_audit.chain.layouts.governance.proposal import (
    STATES,
    AccountMeta,
    Instruction,
    Proposal,
    ProposalOption,
    ProposalTransaction,
    VoteRecord,
    decode_proposal,
    decode_proposal_transaction,
    decode_vote_record,
)
from privatedao_audit.chain.layouts.governance.realm import (
    FULL_SUPPLY_FRACTION,
    GoverningTokenConfig,
    MaxVoteWeight,
    Realm,
    RealmConfig,
    TokenOwnerLock,
    TokenOwnerRecord,
    decode_realm,
    decode_realm_config,
    decode_token_owner_record,
)

__all__ = [
    "ASSET_GOVERNANCES", "DEFAULT_EXEMPT_PROPOSALS", "FULL_SUPPLY_FRACTION", "INSTRUCTION_NAMES",
    "STATES", "AccountMeta", "Governance", "GovernanceConfig", "GovernanceInstruction",
    "GoverningTokenConfig", "Instruction", "MaxVoteWeight", "Proposal", "ProposalOption",
    "ProposalTransaction", "Realm", "RealmConfig", "Threshold", "TokenOwnerLock",
    "TokenOwnerRecord", "VoteRecord", "decode_governance", "decode_instruction",
    "decode_proposal", "decode_proposal_transaction", "decode_realm", "decode_realm_config",
    "decode_token_owner_record", "decode_vote_record", "derive_asset_governance",
    "derive_governance", "derive_native_treasury", "derive_proposal",
    "derive_proposal_transaction", "derive_realm", "derive_realm_config",
    "derive_token_owner_record", "derive_vote_record",
]  # fmt: skip
