"""Read a DAO: its account, its policies, its treasury, and every proposal by derived address.

No scan of the program is needed: proposal numbers run from 0 to ``proposal_count - 1`` and lead
to their addresses. Accounts are read in slices, each with the DAO's own accounts and a few
proposals with all that belongs to them, so that what must agree comes from one slot; up to six
proposals fit into one read. That the DAO did not change between slices is checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.reads import MAX_ACCOUNTS, Account, ChainReads
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    ProvenAbsent,
    Read,
    Unknown,
    decoded,
)
from privatedao_audit.protocols.base import (
    CollectLimits,
    Dao,
    DaoReads,
    PayoutPlan,
    Policy,
    Proposal,
    ProposalReads,
    Record,
    Treasury,
    TreasuryReads,
)
from privatedao_audit.protocols.privatedao import reading
from privatedao_audit.protocols.privatedao.accounts import record
from privatedao_audit.protocols.privatedao.addresses import PLACES, derive, seeds_shown
from privatedao_audit.protocols.privatedao.votes import collect_votes

__all__ = ["PER_SLICE", "collect_dao", "treasury_of"]

T = TypeVar("T")
Accounts = dict[str, Read[Account]]

_DAO_POLICIES: Final = (
    "dao-security-policy", "dao-governance-policy-v3", "dao-settlement-policy-v3",
)  # fmt: skip
#: How far back the time of a block is looked for, in slots: about two seconds where no provider
#: has the time, and thirteen where one says that the slot was skipped. Leaders miss several in a
#: row, and a node that was restored from a snapshot lacks some behind it.
_SLOTS_WITHOUT_BLOCK: Final = 4
_SLOTS_SKIPPED: Final = 32
_OPERATOR: Final = "treasury-operator-authority"
_REBATES: Final = "reveal-rebate-vault-v3"
_PROPOSAL_POLICIES: Final = (
    "proposal-policy-snapshot", "proposal-governance-snapshot-v3",
    "proposal-settlement-policy-v3", "zk-policy",
)  # fmt: skip
_PAYOUT: Final = "payout-plan"
_PROPOSAL_RECORDS: Final = (
    "refhe-envelope", "magicblock-corridor", "proposal-proof-verification",
)  # fmt: skip
_LAYERED: Final = ("zk-proof", "zk-verify")
_LAYERS: Final = ((1, "vote"), (2, "delegation"), (3, "tally"))

_NAMES_SHOWN: Final = 5


def treasury_of(dao: str, program: str) -> Treasury:
    """The treasury of a DAO.

    Raises:
        ValueError: a malformed key.
    """
    address, bump = derive("treasury", dao, program=program)
    return Treasury(address, dao, program, seeds_shown("treasury", dao), bump)


def _dao_places(dao: str, program: str) -> dict[str, str]:
    """Name → address of the DAO and what belongs to it alone."""
    names = ("treasury", _OPERATOR, _REBATES, *_DAO_POLICIES)
    return {"dao": dao} | {name: derive(name, dao, program=program).address for name in names}


def _proposal_places(dao: str, number: int, program: str) -> dict[str, str]:
    """Name → address of a proposal and what belongs to it, voters' accounts excepted."""
    proposal = derive("proposal", dao, number, program=program).address
    names = (*_PROPOSAL_POLICIES, _PAYOUT, *_PROPOSAL_RECORDS)
    places = {name: derive(name, proposal, program=program).address for name in names}
    for name in _LAYERED:
        for layer, word in _LAYERS:
            place = derive(name, proposal, layer, program=program)
            places[f"{name} {word}"] = place.address
    return {"proposal": proposal} | places


#: Proposals in one read: what is left of its 100 accounts, over the 15 of each.
PER_SLICE: Final = (MAX_ACCOUNTS - 7) // 15


async def collect_dao(
    chain: ChainReads, dao: str, program: str, limits: CollectLimits
) -> DaoReads:
    """Read a DAO and all that belongs to it.

    Raises:
        ValueError: ``dao`` or ``program`` is not a public key.
    """
    parse_pubkey(dao, "DAO")
    parse_pubkey(program, "program")
    places = _dao_places(dao, program)
    first = await _read(chain, places)
    dao_read = _dao(first, dao, program)
    gaps: list[str] = []
    proposals: tuple[ProposalReads, ...] = ()
    count = dao_read.value.proposal_count or 0 if isinstance(dao_read, Found) else 0
    if count:
        wanted = min(count, limits.proposals)
        if wanted < count:
            gaps.append(f"of {count} proposals the first {wanted} were read: that is the limit")
        slices = await _slices(chain, places, dao, wanted, program)
        proposals = tuple(one for _accounts, group in slices for one in group)
        gaps += _moved(dao_read, [_dao(accounts, dao, program) for accounts, _group in slices])
        # Everything of the DAO is taken from the read that also holds its proposals.
        again = _dao(slices[0][0], dao, program)
        if isinstance(again, Found):
            dao_read, first = again, slices[0][0]
        votes = await collect_votes(chain, program, proposals, limits)
        proposals = tuple(
            replace(one, votes=votes[one.id][0], records={**one.records, **votes[one.id][1]})
            for one in proposals
        )
    now = await _now(chain, dao_read)
    found = _assembled(first, places, dao_read, dao, program)
    found = replace(found, now=now, proposals=proposals)
    return replace(found, gaps=(*gaps, *_unread(found)))


async def _read(chain: ChainReads, places: dict[str, str]) -> Accounts:
    reads = await chain.accounts(tuple(places.values()))
    return dict(zip(places.values(), reads, strict=True))


def _dao(accounts: Accounts, dao: str, program: str) -> Read[Dao]:
    return decoded(accounts[dao], lambda account: reading.dao(account, program), "the DAO account")


async def _slices(
    chain: ChainReads, places: dict[str, str], dao: str, wanted: int, program: str
) -> list[tuple[Accounts, tuple[ProposalReads, ...]]]:
    """Each slice's accounts, and the proposals in it."""

    async def one(numbers: range) -> tuple[Accounts, tuple[ProposalReads, ...]]:
        mine = {number: _proposal_places(dao, number, program) for number in numbers}
        keys = dict(places)
        for number, named in mine.items():
            keys |= {f"{number} {name}": address for name, address in named.items()}
        accounts = await _read(chain, keys)
        group = tuple(_proposal(n, named, accounts, dao, program) for n, named in mine.items())
        return accounts, group

    starts = range(0, wanted, PER_SLICE)
    ranges = [range(start, min(start + PER_SLICE, wanted)) for start in starts]
    return list(await asyncio.gather(*(one(numbers) for numbers in ranges)))


def _moved(first: Read[Dao], later: list[Read[Dao]]) -> list[str]:
    """A sentence when the DAO account was not the same in all reads."""
    told = [read.value.raw for read in (first, *later) if isinstance(read, Found)]
    if any(raw != told[0] for raw in told[1:]):
        return ["the DAO changed while it was being read; read it again"]
    return []


def _belonging(
    read: Read[Account], decode: Callable[[Account], T], dao: str, what: str
) -> Read[T]:
    """A decoded account that must name this DAO; lamports alone at an address are no account."""
    if isinstance(read, Found) and read.value.owner == programs.SYSTEM and not read.value.data:
        # Anyone can send lamports to any address. The program never made an account there.
        return ProvenAbsent(read.at)

    def checked(account: Account) -> T:
        fact = decode(account)
        named = getattr(fact, "raw", {}).get("dao", dao)
        if named != dao:
            raise DecodeError(what, None, f"names the DAO {named}")
        return fact

    return decoded(read, checked, what)


def _policy(accounts: Accounts, address: str, name: str, dao: str, program: str) -> Read[Policy]:
    layout = str(PLACES[name].layout)
    return _belonging(
        accounts[address], lambda account: reading.policy(account, layout, program), dao, name
    )


def _record(accounts: Accounts, address: str, name: str, dao: str, program: str) -> Read[Record]:
    layout = str(PLACES[name.split()[0]].layout)
    return _belonging(
        accounts[address], lambda account: record(account, layout, program), dao, name
    )


def _proposal(
    number: int, places: dict[str, str], accounts: Accounts, dao: str, program: str
) -> ProposalReads:
    address = places["proposal"]
    proposal: Read[Proposal] = _belonging(
        accounts[address], lambda account: reading.proposal(account, program), dao,
        f"proposal {number}",
    )  # fmt: skip
    layered = [f"{name} {word}" for name in _LAYERED for _layer, word in _LAYERS]
    return ProposalReads(
        id=str(number),
        address=address,
        proposal=proposal,
        policies={
            name: _policy(accounts, places[name], name, dao, program)
            for name in _PROPOSAL_POLICIES
        },
        payout=_payout(accounts[places[_PAYOUT]], dao, program),
        records={
            name: _record(accounts, places[name], name, dao, program)
            for name in (*_PROPOSAL_RECORDS, *layered)
        },
        votes=Unknown("votes were not looked for"),
    )


def _payout(read: Read[Account], dao: str, program: str) -> Read[PayoutPlan]:
    plan: Read[PayoutPlan] = _belonging(
        read, lambda account: reading.payout_plan(account, program), dao, "the payout plan"
    )
    if isinstance(read, Found) and isinstance(plan, ProvenAbsent):
        # Not the same as no account: the program looks at the lamports.
        return Unknown(
            f"{read.value.lamports} lamports lie at the address of the payout plan, and no plan; "
            "the standard execution asks that nothing lies there",
            read.at,
        )
    return plan


async def _now(chain: ChainReads, dao: Read[Dao]) -> Read[int]:
    if dao.at.slot is None:
        return Unknown("the chain's time is not known without a slot of the DAO", dao.at)
    first = await chain.block_time(dao.at.slot)
    read = first
    # A slot may have no block of its own; the last block before it tells the same time.
    for earlier in range(1, min(_SLOTS_SKIPPED, dao.at.slot) + 1):
        if isinstance(read, Found) or (earlier > _SLOTS_WITHOUT_BLOCK and not _skipped(read)):
            break
        read = await chain.block_time(dao.at.slot - earlier)
    return read if isinstance(read, Found) else first


def _skipped(read: Read[int]) -> bool:
    """Whether a node said that a slot has no block: errors -32007 and -32009 of agave."""
    return isinstance(read, Unknown) and "skipped" in read.reason


def _assembled(
    accounts: Accounts, places: dict[str, str], dao_read: Read[Dao], dao: str, program: str
) -> DaoReads:
    operator = _belonging(
        accounts[places[_OPERATOR]],
        lambda account: reading.operator_authority(account, program), dao,
        "the treasury operator authority",
    )  # fmt: skip
    authority = decoded(
        dao_read, lambda value: value.authorities[reading.AUTHORITY], "the DAO's authority"
    )
    treasury = decoded(
        accounts[places["treasury"]], reading.treasury_account, "the treasury account"
    )
    return DaoReads(
        address=dao,
        program=program,
        dao=dao_read,
        now=Unknown("not asked"),
        treasuries=(TreasuryReads(treasury_of(dao, program), treasury),),
        policies={
            name: _policy(accounts, places[name], name, dao, program) for name in _DAO_POLICIES
        },
        roles={reading.AUTHORITY: authority, reading.OPERATOR: operator},
        records={_REBATES: _record(accounts, places[_REBATES], _REBATES, dao, program)},
        proposals=(),
        gaps=(),
    )


def _unread(found: DaoReads) -> list[str]:
    """One sentence per reason for which something could not be read, and per missing proposal."""
    told = []
    if isinstance(found.dao, ProvenAbsent):
        told.append("the DAO account does not exist")
    missing = [one.id for one in found.proposals if isinstance(one.proposal, ProvenAbsent)]
    if missing:
        told.append(f"the DAO counts proposals that do not exist: {_listed(missing)}")
    named: dict[str, Read[object]] = {"the DAO": found.dao, "the chain's time": found.now}
    named |= {f"the treasury {t.treasury.address}": t.account for t in found.treasuries}
    named |= {**found.policies, **found.records}
    named |= {f"the {role}": read for role, read in found.roles.items() if role != "authority"}
    for one in found.proposals:
        its = {"": one.proposal, " payout plan": one.payout, **_spaced(one)}
        named |= {f"proposal {one.id}{name}": read for name, read in its.items()}
    reasons: dict[str, list[str]] = {}
    for name, read in named.items():
        if isinstance(read, (Unknown, Diverged)):
            reasons.setdefault(read.reason, []).append(name)
    return told + [f"{_listed(names)}: {reason}" for reason, names in reasons.items()]


def _spaced(one: ProposalReads) -> dict[str, Read[object]]:
    return {f" {name}": read for name, read in {**one.policies, **one.records}.items()}


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
