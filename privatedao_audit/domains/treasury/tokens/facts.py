"""Facts about a treasury's token accounts and the mints that are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from privatedao_audit.chain.layouts.token import Mint, TokenAccount
from privatedao_audit.model.reads import Read

__all__ = ["HeldAccount", "JudgedMint", "TokenFacts", "Unsolicited"]


@dataclass(frozen=True, slots=True)
class JudgedMint:
    """A mint that is meant.

    Attributes:
        why: what makes it one that is judged: ``the target``, a register, a proposal.
    """

    address: str
    mint: Read[Mint]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """A token account of a judged mint that is the treasury's, or lies where its own belongs.

    Attributes:
        listed: a token program lists it under the treasury.
        associated: its address is the treasury's associated one for that mint.
        account: absent where no token account lies there.
    """

    address: str
    mint: str
    listed: bool
    associated: bool
    account: Read[TokenAccount]


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """A token account of a mint that nobody means; anybody can open one. ``amount``: raw units."""

    address: str
    mint: str
    amount: int


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """The tokens of one DAO's treasury.

    Attributes:
        treasury: the treasury's address.
        lists: token program → how many token accounts it lists under the treasury.
        mints: the judged mints.
        held: their accounts; absent associated ones are left out.
        unsolicited: accounts of other mints, at most so many as one list may show.
        others: how many accounts of other mints there are.
        gaps: what was not read, one clause each.
    """

    treasury: str
    lists: Mapping[str, Read[int]]
    mints: tuple[JudgedMint, ...]
    held: tuple[HeldAccount, ...]
    unsolicited: tuple[Unsolicited, ...] = ()
    others: int = 0
    gaps: tuple[str, ...] = ()
