"""A stand-in for the PrivateDAO program: its rules in Python, its traffic real.

The chain runs `artifact`, which does what a script account says; `Governance` writes those
scripts. State, logs, events, errors, inner transfers and account bytes are the real program's,
decided here by the rules restated from its source. Not played: zk modes and receipts, REFHE and
MagicBlock settlements, payouts of versions 2 and 3, voter weights for Realms.
"""

from __future__ import annotations

from .. import standin
from ..tokens import TOKEN as SPL_TOKEN
from ..tokens import TOKEN_2022
from .call import Call, Landed, Surprise
from .codec import discriminator, instruction_names
from .dao_calls import Security
from .model import Addresses, send_sol, send_token, vote_commitment
from .program import Governance
from .treasury_calls import TokenRoute

__all__ = [
    "SPL_TOKEN",
    "TOKEN_2022",
    "Addresses",
    "Call",
    "Governance",
    "Landed",
    "Security",
    "Surprise",
    "TokenRoute",
    "artifact",
    "send_sol",
    "send_token",
    "vote_commitment",
]

_FILLING = bytes(range(256)) * 40
"""Makes a ProgramData account longer than what an audit reads of every account on the way."""

_CONTACT = {
    "name": "PrivateDAO governance stand-in",
    "project_url": "https://rehearsal.invalid",
    "contacts": "email:security@rehearsal.invalid,link:https://rehearsal.invalid/report",
    "policy": "https://rehearsal.invalid/security",
    "preferred_languages": "en",
}


def _security_txt() -> bytes:
    """The contact between its marks, as the security_txt macro leaves it in read-only data."""
    pairs = "".join(f"{key}\0{value}\0" for key, value in _CONTACT.items())
    text = f"=======BEGIN SECURITY.TXT V1=======\0{pairs}=======END SECURITY.TXT V1=======\0"
    return text.encode()


def artifact(name: str) -> bytes:
    """A version's ELF: the stand-in for all the program's instructions, version and contact inside.

    Two names have two executable hashes; one name always gives the same bytes.
    """
    table = {discriminator("instructions", one): standin.SCRIPT for one in instruction_names()}
    named = f"privatedao governance stand-in {name}\0".encode()
    return standin.build(table, extra=named + _security_txt() + _FILLING)
