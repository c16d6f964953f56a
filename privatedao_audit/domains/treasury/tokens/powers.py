"""Which powers over a mint touch what a treasury holds, and which a register may accept.

Source of the extensions: solana-program/token-2022, interface/src/extension.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from privatedao_audit.chain.layouts.token import Mint

__all__ = ["FIELDS", "broken", "dangerous", "movable", "shown", "unclear"]

#: Power over a mint → field of the register that must accept its exact holder.
FIELDS: Final[Mapping[str, str]] = {
    "freeze": "freeze_authority",
    "permanent-delegate": "permanent_delegate",
    "transfer-hook": "transfer_hook",
    "transfer-hook-program": "transfer_hook",
    "transfer-fee-config": "fee_authority",
    "transfer-fee-withdraw": "fee_authority",
    "pause": "pause_authority",
    "close": "close_authority",
    "confidential-transfer": "confidential_authority",
    "confidential-fee": "confidential_authority",
}

#: Powers that move, stop or take nothing of what is held: they are shown. Who may mint is for
#: the controls of custody, where it decides votes.
_HARMLESS: Final = frozenset(
    {
        "mint", "interest-rate", "metadata-pointer", "metadata-update", "group-pointer",
        "group-member-pointer", "group-update", "scaled-amount", "permissioned-burn",
    }
)  # fmt: skip
#: Supply and amounts under it are known to the holders of its keys alone.
_HIDDEN: Final = "confidential-mint-burn"


def dangerous(mint: Mint) -> dict[str, str]:
    """Power → holder, of those that need the register's word."""
    found = {name: key for name, key in mint.authorities.items() if name not in _HARMLESS}
    for one in mint.extensions:
        program = one.value("program") if one.name == "transfer-hook" else None
        if program is not None:
            found["transfer-hook-program"] = program
    return found


def shown(mint: Mint) -> dict[str, str]:
    """Every power and its holder."""
    return {**mint.authorities, **dangerous(mint)}


def unclear(mint: Mint) -> str:
    """Why not every power over the mint is known, as a clause; empty where every one is."""
    if mint.unknown_extensions:
        numbers = ", ".join(map(str, mint.unknown_extensions))
        return f"its extension {numbers} is not known, and may give somebody power"
    odd = sorted(set(dangerous(mint)) - FIELDS.keys())
    if odd:
        return f"what its power {odd[0]} allows is not known"
    if any(one.name == _HIDDEN for one in mint.extensions):
        return "its supply can be changed where only the holders of its keys can read it"
    return ""


def broken(mint: Mint) -> str:
    """Why tokens of the mint can't move now, as a clause; empty where they can."""
    for one in mint.extensions:
        if one.name == "pausable" and one.value("paused"):
            return "it is paused: none of its tokens can move"
        if (
            one.name == "default-account-state"
            and one.value("state") == "frozen"
            and mint.freeze_authority is None
        ):
            return "its new accounts are frozen, and nobody can thaw them"
    return ""


def movable(mint: Mint) -> bool:
    """Whether the plain transfer instruction can move the mint's tokens.

    Fee and hook demand the checked form; what can't be transferred moves by no form.
    """
    hook = any(one.name == "transfer-hook" and one.value("program") for one in mint.extensions)
    names = {one.name for one in mint.extensions}
    return not hook and not names & {"transfer-fee-config", "non-transferable"}
