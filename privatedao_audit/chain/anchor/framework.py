"""Error codes of the Anchor framework itself, below the 6000 where a program's own begin.

Names and numbers restated from solana-foundation/anchor, lang/src/error.rs (0.31 and 1.0 lines).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["FRAMEWORK_ERRORS", "PROGRAM_ERROR_BASE", "framework_candidates"]

PROGRAM_ERROR_BASE: Final = 6000


def _numbered(first: int, *names: str) -> dict[int, str]:
    return {first + offset: name for offset, name in enumerate(names)}


#: Code -> name, where every release agrees.
FRAMEWORK_ERRORS: Final[Mapping[int, str]] = MappingProxyType(
    {
        **_numbered(
            100,
            "InstructionMissing", "InstructionFallbackNotFound", "InstructionDidNotDeserialize",
            "InstructionDidNotSerialize",
        ),
        **_numbered(
            1000, "IdlInstructionStub", "IdlInstructionInvalidProgram", "IdlAccountNotEmpty"
        ),
        1500: "EventInstructionStub",
        **_numbered(
            2000,
            "ConstraintMut", "ConstraintHasOne", "ConstraintSigner", "ConstraintRaw",
            "ConstraintOwner", "ConstraintRentExempt", "ConstraintSeeds", "ConstraintExecutable",
            "ConstraintState", "ConstraintAssociated", "ConstraintAssociatedInit",
            "ConstraintClose", "ConstraintAddress", "ConstraintZero", "ConstraintTokenMint",
            "ConstraintTokenOwner", "ConstraintMintMintAuthority",
            "ConstraintMintFreezeAuthority", "ConstraintMintDecimals", "ConstraintSpace",
            "ConstraintAccountIsNone", "ConstraintTokenTokenProgram",
            "ConstraintMintTokenProgram", "ConstraintAssociatedTokenTokenProgram",
            "ConstraintMintGroupPointerExtension",
            "ConstraintMintGroupPointerExtensionAuthority",
            "ConstraintMintGroupPointerExtensionGroupAddress",
            "ConstraintMintGroupMemberPointerExtension",
            "ConstraintMintGroupMemberPointerExtensionAuthority",
            "ConstraintMintGroupMemberPointerExtensionMemberAddress",
            "ConstraintMintMetadataPointerExtension",
            "ConstraintMintMetadataPointerExtensionAuthority",
            "ConstraintMintMetadataPointerExtensionMetadataAddress",
            "ConstraintMintCloseAuthorityExtension",
            "ConstraintMintCloseAuthorityExtensionAuthority",
            "ConstraintMintPermanentDelegateExtension",
            "ConstraintMintPermanentDelegateExtensionDelegate",
            "ConstraintMintTransferHookExtension",
            "ConstraintMintTransferHookExtensionAuthority",
            "ConstraintMintTransferHookExtensionProgramId",
            "ConstraintDuplicateMutableAccount",
        ),
        **_numbered(
            2500,
            "RequireViolated", "RequireEqViolated", "RequireKeysEqViolated", "RequireNeqViolated",
            "RequireKeysNeqViolated", "RequireGtViolated", "RequireGteViolated",
        ),
        **_numbered(
            3000,
            "AccountDiscriminatorAlreadySet", "AccountDiscriminatorNotFound",
            "AccountDiscriminatorMismatch", "AccountDidNotDeserialize", "AccountDidNotSerialize",
            "AccountNotEnoughKeys", "AccountNotMutable", "AccountOwnedByWrongProgram",
            "InvalidProgramId", "InvalidProgramExecutable", "AccountNotSigner",
            "AccountNotSystemOwned", "AccountNotInitialized", "AccountNotProgramData",
            "AccountNotAssociatedTokenAccount", "AccountSysvarMismatch",
            "AccountReallocExceedsLimit", "AccountDuplicateReallocs",
        ),
        **_numbered(
            4100,
            "DeclaredProgramIdMismatch", "TryingToInitPayerAsProgramAccount",
            "InvalidNumericConversion",
        ),
        5000: "Deprecated",
    }
)

#: Codes that newer commits of the framework number differently among themselves.
_DISPUTED: Final[Mapping[int, tuple[str, ...]]] = MappingProxyType(
    {
        2041: ("AccountAlreadyMigrated", "Ed25519InvalidProgram"),
        2042: ("AccountNotMigrated", "Secp256k1InvalidProgram"),
        2043: ("ConstraintMintPausableExtension", "InstructionHasAccounts"),
        2044: ("ConstraintMintPausableAuthority", "MessageTooLong"),
        2045: ("ConstraintMintInterestBearingExtension", "InvalidRecoveryId"),
        2046: ("ConstraintMintInterestBearingAuthority", "SignatureVerificationFailed"),
        2047: ("AccountAlreadyMigrated", "ConstraintMintInterestBearingRate"),
        2048: ("AccountNotMigrated",),
    }
)


def framework_candidates(code: int) -> tuple[str, ...]:
    """Names the framework gives to ``code``: one, several where releases differ, or none."""
    if code in FRAMEWORK_ERRORS:
        return (FRAMEWORK_ERRORS[code],)
    return _DISPUTED.get(code, ())
