"""Collect the whole history of a DAO: which addresses, how far, and what they hold at the end.

The treasury's token accounts are those that both token programs list now, the associated ones of
every mint that the DAO, its proposals or the target name, and every other account that was seen
under the treasury's ownership beside a transaction. Any other account that is closed by now, and
was closed without a transaction that names the treasury, can't be found: nothing on chain leads
from the treasury to it.

What the program's own list names beside these is read where that list is short; what it names of
other DAOs is left out. The token accounts with which somebody voted are followed within the slots
in which their tokens could have been counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import associated_token_address
from privatedao_audit.chain.reads import Account, ChainReads
from privatedao_audit.history.facts import DaoHistory, Deed, Role
from privatedao_audit.history.fetch import Fetch
from privatedao_audit.history.listed import Window
from privatedao_audit.history.settle import ever, settled
from privatedao_audit.history.witness import both, other, witnessed
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    Read,
    decoded,
)
from privatedao_audit.protocols.base import DaoReads, GovernanceProtocol

__all__ = [
    "MOST_OF_PROGRAM",
    "MOST_OF_VOTER",
    "MOST_TOKEN_ACCOUNTS",
    "MOST_VOTER_ACCOUNTS",
    "VOTER_PAGES",
    "collect_history",
]

#: Anybody can open token accounts for the treasury; beyond so many the history is not whole.
MOST_TOKEN_ACCOUNTS: Final = 1_000
#: A program that many use has a history that is nobody's to read: so many of its transactions are.
MOST_OF_PROGRAM: Final = 2_000
#: Token accounts of voters that are followed, pages of each one's list, and transactions of each
#: within the votes. An exchange's account goes beyond; that is a gap then, told as one.
MOST_VOTER_ACCOUNTS: Final = 500
VOTER_PAGES: Final = 5
MOST_OF_VOTER: Final = 1_000
_TOKEN_PROGRAMS: Final = (programs.TOKEN, programs.TOKEN_2022)


async def collect_history(
    chain: ChainReads,
    protocol: GovernanceProtocol,
    reads: DaoReads,
    *,
    pages: int,
    mints: Iterable[str] = (),
    multisigs: Mapping[str, str] | None = None,
    program_data: Iterable[str] = (),
    providers: Sequence[str] = (),
) -> DaoHistory:
    """The whole history of a DAO, as far as it can be read.

    Args:
        reads: the DAO with its proposals, as just read.
        pages: most pages of 1,000 signatures per address.
        mints: further mints whose associated accounts the treasury may have had.
        multisigs: multisig → the program that owns it.
        program_data: ProgramData addresses to follow as well.
        providers: labels of the run's providers: the treasury's accounts get a second witness.
    """
    (treasury,) = (one.address for one in protocol.treasuries(reads))
    multisigs = dict(multisigs or {})
    fetch = Fetch(
        chain,
        lambda tx: protocol.actions(tx, reads.program),
        lambda tx: protocol.failure(tx, reads.program),
        reads.program,
        reads.address,
        pages,
        multisigs,
        treasury,
    )
    roles: dict[str, Role] = {reads.address: "dao", treasury: "treasury"}
    roles |= dict.fromkeys((one.address for one in reads.proposals), "proposal")
    roles |= dict.fromkeys(multisigs, "multisig")
    roles |= dict.fromkeys(program_data, "program data")
    listed = await _listed(chain, treasury, providers)
    owned = [key for read in listed.values() if isinstance(read, Found) for key in read.value]
    owned += _associated(treasury, _mints(reads, mints))
    gaps: list[str] = []
    await fetch.follow(roles)
    while True:
        wanted = [key for key in dict.fromkeys((*owned, *fetch.owned)) if key not in roles]
        room = MOST_TOKEN_ACCOUNTS - sum(role == "token account" for role in roles.values())
        if len(wanted) > room:
            gaps.append(
                f"the treasury has more than {MOST_TOKEN_ACCOUNTS} token accounts; not all of "
                "them were followed"
            )
            wanted = wanted[:room]
        if not wanted:
            break
        roles |= dict.fromkeys(wanted, "token account")
        await fetch.follow(wanted)
    await fetch.follow_bounded(reads.program, MOST_OF_PROGRAM)
    roles.setdefault(reads.program, "program")
    windows = _voters(fetch.each(), protocol, roles)
    await fetch.follow_within(windows, VOTER_PAGES, MOST_OF_VOTER)
    roles |= dict.fromkeys(windows, "voter account")
    now = {key for read in listed.values() if isinstance(read, Found) for key in read.value}
    # An address that was merely derived and never used is no account of the treasury.
    used = {key: role for key, role in roles.items()
            if role != "token account" or key in now or ever(fetch.listed[key])}  # fmt: skip
    standing = await settled(chain, fetch, used)
    histories, deeds = await witnessed(chain, fetch, standing, providers)
    return DaoHistory(
        dao=reads.address,
        program=reads.program,
        treasury=treasury,
        histories=histories,
        deeds=deeds,
        listed=listed,
        gaps=tuple(dict.fromkeys(gaps)),
    )


def _voters(
    deeds: Iterable[Deed], protocol: GovernanceProtocol, roles: Mapping[str, Role]
) -> dict[str, list[Window]]:
    """Token account that carried a vote → the slots from first to last vote on its proposals.

    Accounts that are followed already are left out, and so are those beyond the most: who needs
    an account that is not there can't judge. They are no gap in the history of the treasury.
    """
    rules = protocol.instruction_rules
    spans: dict[str, Window] = {}
    voted: dict[str, dict[str, None]] = {}
    for deed in deeds:
        for action in deed.actions:
            rule = rules.get(action.name or "")
            if rule is None or not rule.tokens or not action.took_effect:
                continue
            account, proposal = action.accounts.get(rule.tokens), action.proposal
            if account is None or proposal is None:
                continue
            first, last = spans.get(proposal, (deed.slot, deed.slot))
            spans[proposal] = min(first, deed.slot), max(last, deed.slot)
            voted.setdefault(account, {})[proposal] = None
    new = {key: one for key, one in voted.items() if key not in roles}
    wanted = list(new.items())[:MOST_VOTER_ACCOUNTS]
    return {key: [spans[one] for one in found] for key, found in wanted}


async def _listed(
    chain: ChainReads, treasury: str, providers: Sequence[str]
) -> dict[str, Read[tuple[str, ...]]]:
    """Token program → the accounts it lists under the treasury, by two providers where possible."""
    found = {}
    for program in _TOKEN_PROGRAMS:
        first = _addresses(await chain.token_accounts(treasury, program))
        label = other(first.at, providers)
        if label is not None and isinstance(first, Found) and len(providers) > 1:
            probe = f"provider:{label}"
            second = _addresses(await chain.token_accounts(treasury, program, probe=probe))
            first = _agreed(first, second, label)
        found[program] = first
    return found


def _agreed(
    first: Found[tuple[str, ...]], second: Read[tuple[str, ...]], label: str
) -> Read[tuple[str, ...]]:
    if not isinstance(second, Found):
        return first
    at = both(first.at, second.at)
    odd = sorted(set(first.value) ^ set(second.value))
    if not odd:
        return Found(first.value, at)
    older, newer = sorted((first, second), key=lambda one: one.at.slot or 0)
    if older.at.slot != newer.at.slot and set(older.value) < set(newer.value):
        return newer  # opened in between, as anybody can; one witness for the newer list
    return Diverged(f"provider {label} and another one differ on whether {odd[0]} exists", at)


def _addresses(read: Read[tuple[Account, ...]]) -> Read[tuple[str, ...]]:
    return decoded(read, lambda found: tuple(one.address for one in found), "the list")


def _mints(reads: DaoReads, more: Iterable[str]) -> list[str]:
    found = [*more]
    if isinstance(reads.dao, Found) and reads.dao.value.governance_mint is not None:
        found.append(reads.dao.value.governance_mint)
    for one in reads.proposals:
        if isinstance(one.proposal, Found):
            found += [a.mint for a in one.proposal.value.actions if a.mint is not None]
        if isinstance(one.payout, Found) and one.payout.value.mint is not None:
            found.append(one.payout.value.mint)
    return list(dict.fromkeys(found))


def _associated(treasury: str, mints: Iterable[str]) -> list[str]:
    return [
        associated_token_address(treasury, mint, program)
        for mint in mints
        for program in _TOKEN_PROGRAMS
    ]
