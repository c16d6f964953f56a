"""SPL Token and Token-2022: mints, accounts, multisigs, extensions, instructions."""

from __future__ import annotations

from privatedao_audit.chain.addresses import associated_token_address
from privatedao_audit.chain.layouts.token.accounts import (
    ACCOUNT_BYTES,
    MINT_BYTES,
    MULTISIG_BYTES,
    NATIVE_MINTS,
    TOKEN_PROGRAMS,
    Mint,
    TokenAccount,
    TokenMultisig,
    decode,
    decode_mint,
    decode_multisig,
    decode_token_account,
)
from privatedao_audit.chain.layouts.token.extensions import EXTENSION_NAMES, Extension
from privatedao_audit.chain.layouts.token.instructions import (
    AUTHORITY_TYPES,
    INSTRUCTION_NAMES,
    TokenInstruction,
    decode_instruction,
)

__all__ = [
    "ACCOUNT_BYTES", "AUTHORITY_TYPES", "EXTENSION_NAMES", "INSTRUCTION_NAMES", "MINT_BYTES",
    "MULTISIG_BYTES", "NATIVE_MINTS", "TOKEN_PROGRAMS", "Extension", "Mint", "TokenAccount",
    "TokenInstruction", "TokenMultisig", "associated_token_address",
    "associated_token_addresses", "decode", "decode_instruction", "decode_mint",
    "decode_multisig", "decode_token_account",
]  # fmt: skip


def associated_token_addresses(owner: str, mint: str) -> dict[str, str]:
    """Token program -> associated token account of ``owner`` for ``mint``, for both programs.

    A mint belongs to one of the two programs; where its account was not read, both are asked.
    """
    return {
        program: associated_token_address(owner, mint, program) for program in TOKEN_PROGRAMS
    }
