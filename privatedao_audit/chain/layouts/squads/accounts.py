"""Any Squads v4 account by its discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.layouts.common import account_discriminator, open_account
from privatedao_audit.chain.layouts.squads.config import (
    ConfigTransaction,
    ProgramConfig,
    SpendingLimit,
    decode_config_transaction,
    decode_program_config,
    decode_spending_limit,
)
from privatedao_audit.chain.layouts.squads.messages import (
    TransactionBuffer,
    VaultBatchTransaction,
    VaultTransaction,
    decode_transaction_buffer,
    decode_vault_batch_transaction,
    decode_vault_transaction,
)
from privatedao_audit.chain.layouts.squads.multisig import Multisig, decode_multisig
from privatedao_audit.chain.layouts.squads.proposals import (
    Batch,
    Proposal,
    decode_batch,
    decode_proposal,
)

__all__ = ["SquadsAccount", "decode_account"]

SquadsAccount = (
    Multisig | Proposal | VaultTransaction | ConfigTransaction | Batch | VaultBatchTransaction
    | SpendingLimit | TransactionBuffer | ProgramConfig
)

_DECODERS: Final[dict[str, Callable[..., SquadsAccount]]] = {
    "Multisig": decode_multisig,
    "Proposal": decode_proposal,
    "VaultTransaction": decode_vault_transaction,
    "ConfigTransaction": decode_config_transaction,
    "Batch": decode_batch,
    "VaultBatchTransaction": decode_vault_batch_transaction,
    "SpendingLimit": decode_spending_limit,
    "TransactionBuffer": decode_transaction_buffer,
    "ProgramConfig": decode_program_config,
}
_BY_MARK: Final = {account_discriminator(name): decode for name, decode in _DECODERS.items()}


def decode_account(owner: str, data: bytes, *, program: str = programs.SQUADS_V4) -> SquadsAccount:
    """Whatever Squads v4 account this is. Raises DecodeError as its own decoder, and for a type
    that is not known."""
    cursor = open_account(owner, data, layout="squads v4 account", program=program)
    decode = _BY_MARK.get(cursor.fixed(8, "discriminator"))
    if decode is None:
        raise cursor.error("discriminator", "not a type of account that is known", 0)
    return decode(owner, data, program=program)
