"""Squads v4: multisigs, their votes, what was voted on, and the program's instructions."""

from __future__ import annotations

from privatedao_audit.chain.layouts.squads.accounts import SquadsAccount, decode_account
from privatedao_audit.chain.layouts.squads.config import (
    PERIOD_SECONDS,
    PERIODS,
    AddMember,
    AddSpendingLimit,
    ChangeThreshold,
    ConfigAction,
    ConfigTransaction,
    ProgramConfig,
    RemoveMember,
    RemoveSpendingLimit,
    SetRentCollector,
    SetTimeLock,
    SpendingLimit,
    decode_config_transaction,
    decode_program_config,
    decode_spending_limit,
)
from privatedao_audit.chain.layouts.squads.instructions import (
    INSTRUCTIONS,
    VOTES,
    SquadsInstruction,
    decode_instruction,
    instruction_name,
)
from privatedao_audit.chain.layouts.squads.messages import (
    MAX_BUFFER_BYTES,
    AddressTableLookup,
    CompiledInstruction,
    Message,
    ResolvedInstruction,
    TransactionBuffer,
    VaultBatchTransaction,
    VaultTransaction,
    decode_message,
    decode_transaction_buffer,
    decode_vault_batch_transaction,
    decode_vault_transaction,
    derive_transaction_buffer,
)
from privatedao_audit.chain.layouts.squads.multisig import (
    ALL_PERMISSIONS,
    EXECUTE,
    INITIATE,
    MAX_TIME_LOCK_SECONDS,
    MULTISIG_DISCRIMINATOR,
    VOTE,
    Member,
    Multisig,
    decode_multisig,
    derive_multisig,
    derive_vault,
    find_vault_index,
    rederives,
)
from privatedao_audit.chain.layouts.squads.proposals import (
    STATUSES,
    Batch,
    Proposal,
    decode_batch,
    decode_proposal,
    proposal_addresses,
    transaction_addresses,
)

__all__ = [
    "ALL_PERMISSIONS", "EXECUTE", "INITIATE", "INSTRUCTIONS", "MAX_BUFFER_BYTES",
    "MAX_TIME_LOCK_SECONDS", "MULTISIG_DISCRIMINATOR", "PERIODS", "PERIOD_SECONDS", "STATUSES",
    "VOTE", "VOTES", "AddMember", "AddSpendingLimit", "AddressTableLookup", "Batch",
    "ChangeThreshold", "CompiledInstruction", "ConfigAction", "ConfigTransaction", "Member",
    "Message", "Multisig", "ProgramConfig", "Proposal", "RemoveMember", "RemoveSpendingLimit",
    "ResolvedInstruction", "SetRentCollector", "SetTimeLock", "SpendingLimit",
    "SquadsAccount", "SquadsInstruction", "TransactionBuffer", "VaultBatchTransaction",
    "VaultTransaction",
    "decode_account", "decode_batch", "decode_config_transaction", "decode_instruction",
    "decode_message", "decode_multisig", "decode_program_config", "decode_proposal",
    "decode_spending_limit", "decode_transaction_buffer", "decode_vault_batch_transaction",
    "decode_vault_transaction", "derive_multisig", "derive_transaction_buffer",
    "derive_vault", "find_vault_index",
    "instruction_name", "proposal_addresses", "rederives", "transaction_addresses",
]  # fmt: skip
