"""What each followed account holds at the end, and what is known of its list by then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.token import decode_token_account
from privatedao_audit.chain.reads import MAX_ACCOUNTS, Account, ChainReads, SignatureHistory
from privatedao_audit.history.continuity import lamports_chain, tokens_chain
from privatedao_audit.history.facts import AddressHistory, Holding, Role
from privatedao_audit.history.fetch import Fetch
from privatedao_audit.history.listed import Listed
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    ProvenAbsent,
    Read,
    Unknown,
    decoded,
)

__all__ = ["ever", "settled"]

_TOKEN_PROGRAMS: Final = (programs.TOKEN, programs.TOKEN_2022)
#: Extensions of a token account under which an amount can lie that only its owner can read:
#: confidential transfer and its fee (solana-program/token-2022, ExtensionType).
_OPAQUE: Final = frozenset({5, 17})
_WITH_CONTENT: Final = ("token account", "multisig", "voter account")
_IN_PART: Final = ("voter account", "program")


async def settled(
    chain: ChainReads, fetch: Fetch, roles: Mapping[str, Role]
) -> dict[str, AddressHistory]:
    """The histories with what each account holds at the end.

    The accounts are read at or after the newest transaction seen. What landed in between is
    added, once; an account that moves faster than that does not chain, and is UNKNOWN.
    """
    newest = fetch.newest
    reads: dict[str, Read[Account]] = {}
    # What is followed only in part is read apart: accounts of others never change these questions.
    for content, apart in ((True, False), (False, False), (True, True), (False, True)):
        keys = [
            key for key, role in roles.items()
            if (role in _WITH_CONTENT, role in _IN_PART) == (content, apart)
        ]  # fmt: skip
        for start in range(0, len(keys), MAX_ACCOUNTS):
            part = keys[start : start + MAX_ACCOUNTS]
            found = await chain.accounts(
                part,
                probe="closing",
                min_context_slot=newest,
                data_slice=None if content else (0, 0),
            )
            reads |= dict(zip(part, found, strict=True))
    histories = {key: _history(key, role, fetch.listed[key], reads[key])
                 for key, role in roles.items()}  # fmt: skip
    for key, one in histories.items():
        slot = one.now.at.slot
        # What is followed only in part may move as it likes.
        if slot is None or one.role in _IN_PART or not _moved(one):
            continue
        await fetch.catch_up(key, slot, "closing")
        histories[key] = _history(key, one.role, fetch.listed[key], reads[key])
    return histories


def ever(listed: Listed) -> bool:
    """Whether anything is known of an address; one that was merely derived may never have been."""
    return bool(listed.rows or listed.entries) or not isinstance(listed.read, Found)


def _moved(history: AddressHistory) -> bool:
    """Whether the last transaction seen does not leave what the account holds now."""
    chains = [lamports_chain(history, -1)]
    if history.role == "token account":
        chains.append(tokens_chain(history, -1))
    if not isinstance(history.now, (Found, ProvenAbsent)):
        return False
    held = history.now.value if isinstance(history.now, Found) else Holding(0)
    return any(
        chain.links and chain.links[-1].after != now
        for chain, now in zip(chains, (held.lamports, held.amount or 0), strict=False)
    )


def _history(address: str, role: Role, listed: Listed, account: Read[Account]) -> AddressHistory:
    now: Read[Holding] = decoded(account, lambda one: _holding(one, role), "the account")
    read = listed.read
    if isinstance(read, Found) and listed.windows is not None:
        cut, kept_from = _within(listed, read.value)
    elif isinstance(read, Found):
        cut = "" if read.value.complete else read.value.reason or "the list may be cut"
        kept_from = read.value.first_available if read.value.reached_end else None
    else:
        cut, kept_from = f"its list of transactions was not read: {_why(read)}", None
    if listed.cut:
        cut, kept_from = listed.cut, None
    return AddressHistory(
        address=address,
        role=role,
        entries=listed.ordered(),
        unreadable=tuple(listed.unreadable),
        cut=cut,
        kept_from=kept_from,
        now=now,
        at=read.at,
        where=listed.where,
    )


def _within(listed: Listed, told: SignatureHistory) -> tuple[str, int | None]:
    """Why the list of a voter's account is not whole, and from which slot on it is for the votes.

    Between two votes on different proposals transactions may be left out: nothing there bears on
    either.
    """
    since = min(first for first, _ in listed.windows or ())
    reached = told.rows[-1].slot < since if told.rows else False
    if reached or told.complete:
        return "its transactions were read within the votes alone", since
    kept_from = told.first_available if told.reached_end else None
    return told.reason or "the list may be cut", kept_from


def _why(read: Read[object]) -> str:
    return read.reason if isinstance(read, (Unknown, Diverged)) else "it is absent"


def _holding(account: Account, role: Role) -> Holding:
    if role == "multisig":
        state = squads.decode_multisig(account.owner, account.data, program=account.owner)
        return Holding(account.lamports, index=state.transaction_index)
    if role not in ("token account", "voter account") or account.owner not in _TOKEN_PROGRAMS:
        return Holding(account.lamports)
    try:
        token = decode_token_account(account.owner, account.data)
    except DecodeError:
        # A mint, or an account that was opened and never initialised: it holds no tokens.
        return Holding(account.lamports)
    opaque = any(one.id in _OPAQUE or not one.understood for one in token.extensions)
    return Holding(account.lamports, token.amount, token.owner, token.mint, opaque)
