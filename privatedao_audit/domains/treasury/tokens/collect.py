"""Read a treasury's token accounts under both token programs, and the mints that are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from privatedao_audit.chain.accounts import Account
from privatedao_audit.chain.layouts.token import (
    TOKEN_PROGRAMS,
    TokenAccount,
    associated_token_addresses,
    decode_mint,
    decode_token_account,
)
from privatedao_audit.chain.reads import MAX_ACCOUNTS, ChainReads
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.papers.facts import Paper, Row
from privatedao_audit.domains.treasury.tokens.facts import (
    HeldAccount,
    JudgedMint,
    TokenFacts,
    Unsolicited,
)
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded
from privatedao_audit.protocols.facts import DaoReads, Outcome

__all__ = ["MOST_JUDGED", "MOST_SHOWN", "collect_tokens"]

#: Mints and token accounts beyond so many are told as a gap.
MOST_JUDGED: Final = 1_000
#: Unsolicited accounts beyond so many are only counted.
MOST_SHOWN: Final = 200


async def collect_tokens(
    sources: Sources, reads: DaoReads, registers: Iterable[Paper[tuple[Row, ...]]]
) -> TokenFacts | None:
    """The tokens of a DAO's treasury; None where the protocol says of no treasury."""
    if not reads.treasuries:
        return None
    treasury = reads.treasuries[0].treasury.address
    chain = sources.chain
    reasons = _judged(sources, reads, registers)
    gaps = []
    if len(reasons) > MOST_JUDGED:
        gaps.append(f"{len(reasons)} mints are registered; {MOST_JUDGED} are judged")
        reasons = dict(list(reasons.items())[:MOST_JUDGED])
    mints = await _accounts(chain, list(reasons))
    lists = {one: await chain.token_accounts(treasury, one) for one in TOKEN_PROGRAMS}
    named = {
        one.address: _holding(one)
        for read in lists.values() if isinstance(read, Found)
        for one in read.value
    }  # fmt: skip
    places = {
        address: mint
        for mint in reasons
        for address in associated_token_addresses(treasury, mint).values()
    }
    wanted = [key for key, one in named.items() if one is None or one.mint in reasons]
    wanted = list(dict.fromkeys((*places, *wanted)))
    if len(wanted) > MOST_JUDGED + len(places):
        gaps.append(f"{len(wanted)} token accounts are of judged mints; not all of them were read")
        wanted = wanted[: MOST_JUDGED + len(places)]
    held = await _held(chain, wanted, named, places)
    others = [
        Unsolicited(key, one.mint, one.amount)
        for key, one in sorted(named.items())
        if one is not None and one.mint not in reasons
    ]
    return TokenFacts(
        treasury=treasury,
        lists={key: decoded(read, len, "the list") for key, read in lists.items()},
        mints=tuple(
            JudgedMint(key, decoded(mints[key], lambda a: decode_mint(a.owner, a.data),
                                    f"the mint {key}"), tuple(why))
            for key, why in reasons.items()
        ),
        held=held,
        unsolicited=tuple(others[:MOST_SHOWN]),
        others=len(others),
        gaps=tuple(gaps),
    )  # fmt: skip


def _judged(
    sources: Sources, reads: DaoReads, registers: Iterable[Paper[tuple[Row, ...]]]
) -> dict[str, list[str]]:
    """Mint → what makes it one that is judged, in the order of reading."""
    found: dict[str, list[str]] = {}

    def add(mint: str | None, why: str) -> None:
        if mint is not None and why not in found.setdefault(mint, []):
            found[mint].append(why)

    for one in sources.target.mints:
        if one.role != "archived":
            add(one.address, "the target")
    if isinstance(reads.dao, Found):
        add(reads.dao.value.governance_mint, "the votes of the DAO")
    for paper in registers:
        for row in paper.said.value if isinstance(paper.said, Found) else ():
            add(row.key, paper.file)
    for proposal in reads.proposals:
        if not isinstance(proposal.proposal, Found):
            continue
        said = proposal.proposal.value
        if said.outcome not in (Outcome.PASSED, Outcome.EXECUTED) and not said.executed:
            continue
        for action in said.actions:
            add(action.mint, f"proposal {said.id}")
        if isinstance(proposal.payout, Found):
            add(proposal.payout.value.mint, f"proposal {said.id}")
    return found


async def _accounts(chain: ChainReads, keys: Sequence[str]) -> dict[str, Read[Account]]:
    found: dict[str, Read[Account]] = {}
    for start in range(0, len(keys), MAX_ACCOUNTS):
        part = keys[start : start + MAX_ACCOUNTS]
        found |= dict(zip(part, await chain.accounts(part), strict=True))
    return found


async def _held(
    chain: ChainReads,
    wanted: Sequence[str],
    named: Mapping[str, TokenAccount | None],
    places: Mapping[str, str],
) -> tuple[HeldAccount, ...]:
    held = []
    for address, read in (await _accounts(chain, wanted)).items():
        account = _token_account(read, address, listed=address in named)
        if isinstance(account, ProvenAbsent) and address not in named:
            continue
        of = account.value if isinstance(account, Found) else named.get(address)
        mint = of.mint if of is not None else places.get(address, "")
        associated = address in places and places[address] == mint
        held.append(HeldAccount(address, mint, address in named, associated, account))
    return tuple(held)


def _token_account(read: Read[Account], address: str, *, listed: bool) -> Read[TokenAccount]:
    if isinstance(read, Found) and read.value.owner not in TOKEN_PROGRAMS and not listed:
        # Anybody can send lamports to an address where a token account could lie.
        return ProvenAbsent(read.at)
    if isinstance(read, ProvenAbsent) and listed:
        return Unknown("it was listed, and closed while the treasury was being read", read.at)
    return decoded(
        read, lambda one: decode_token_account(one.owner, one.data), f"the account {address}"
    )


def _holding(account: Account) -> TokenAccount | None:
    """The account as the list holds it; None where it does not decode, so that it is judged."""
    try:
        return decode_token_account(account.owner, account.data)
    except ValueError:
        return None
