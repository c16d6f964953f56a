"""What an account on the way to a controller is: by its owner first, by its layout second."""

from __future__ import annotations

from collections.abc import Collection

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import governance, loader, nonce, squads, squads_v3, token
from privatedao_audit.chain.layouts.common import account_discriminator
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.facts import (
    AccountState,
    Content,
    FixedProgram,
    MovedProgram,
    Other,
    ProgramHeader,
    ProgramPointer,
)
from privatedao_audit.model.target import Target

#: Bytes of every account read on the way: enough for a multisig of 240 members and for every
#: header, while a ProgramData account can be ten megabytes.
HEADER = 8_192

_MS = account_discriminator("Ms")
_GOVERNANCES = frozenset({3, 4, 9, 10, 18, 19, 20, 21})
_REALMS = frozenset({1, 16})
_REALM_CONFIG = 11


def governance_programs(target: Target) -> frozenset[str]:
    """Programs whose accounts are read as those of SPL Governance.

    Its accounts start with one byte of type, so without this list the accounts of any program
    would look like them. Whether such an account is believed is another question.
    """
    listed = {p.id for p in target.controller_programs if p.kind == "spl-governance"}
    return frozenset({programs.SPL_GOVERNANCE, *listed})


def account_state(account: Account, copies: Collection[str] = ()) -> AccountState:
    """What an account is.

    Args:
        copies: see :func:`governance_programs`; the shared instance is always among them.
    """
    return AccountState(
        address=account.address,
        owner=account.owner,
        lamports=account.lamports,
        executable=account.executable,
        length=len(account.data),
        content=_content(account, copies),
    )


def _content(account: Account, copies: Collection[str]) -> Content:
    owner, data = account.owner, account.data
    if owner in (programs.LOADER_V1, programs.LOADER_V2):
        return FixedProgram(owner) if account.executable else Other("code being loaded")
    try:
        if owner in (programs.LOADER_V3, programs.LOADER_V4):
            return _loader(account)
        if owner in token.TOKEN_PROGRAMS:
            return _token(account)
        if owner == programs.SYSTEM and len(data) == nonce.NONCE_ACCOUNT_BYTES:
            found = nonce.decode_nonce(owner, data)
            return found if isinstance(found, nonce.Nonce) else Other("an empty nonce account")
        if data[:8] in (squads.MULTISIG_DISCRIMINATOR, _MS):
            return _multisig(account)
        if owner == programs.SPL_GOVERNANCE or owner in copies:
            return _governance(account)
    except DecodeError as error:
        return Other(str(error))
    return Other("no data" if not data else f"{len(data)} bytes of data")


def _loader(account: Account) -> Content:
    known = loader.decode_account(account.owner, account.data, executable=account.executable)
    if isinstance(known, loader.Program):
        return ProgramPointer(known.programdata)
    if isinstance(known, loader.ProgramData):
        return ProgramHeader(known.slot, known.upgrade_authority)
    if isinstance(known, loader.LoaderV4Program):
        return MovedProgram(known.slot, known.authority_or_next_version, known.status)
    return Other(f"a loader account of kind {type(known).__name__}")


def _token(account: Account) -> Content:
    found = token.decode(account.owner, account.data)
    return found if isinstance(found, token.Mint | token.TokenMultisig) else Other("token account")


def _multisig(account: Account) -> Content:
    if len(account.data) >= HEADER:
        return Other(f"a multisig account of {HEADER} bytes or more, which is not read")
    if account.data[:8] == _MS:
        return squads_v3.decode_ms(account.owner, account.data, program=account.owner)
    return squads.decode_multisig(account.owner, account.data, program=account.owner)


def _governance(account: Account) -> Content:
    owner, data = account.owner, account.data
    kind = data[0] if data else 0
    if kind in _GOVERNANCES:
        return governance.decode_governance(owner, data, program=owner)
    if kind in _REALMS:
        return governance.decode_realm(owner, data, program=owner)
    if kind == _REALM_CONFIG:
        return governance.decode_realm_config(owner, data, program=owner)
    return Other(f"an account of SPL Governance of type {kind}")
