"""Votes and delegations: their addresses follow from voters, and voters from transactions.

A vote record lives at an address made of proposal and voter, so the voters have to be known
first. They are taken from the instructions in the proposal's own history. Whether all were found
is proven by count: the proposal counts its commits, so as many records as commits is all of them,
even where the history was cut. Delegations are not counted; for them only a whole history will do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from privatedao_audit.chain.reads import MAX_ACCOUNTS, Account, ChainReads, SignatureHistory
from privatedao_audit.chain.transactions import Transaction
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    Read,
    ReadAt,
    Unknown,
    decoded,
    joined,
)
from privatedao_audit.protocols.base import (
    ActionKind,
    CollectLimits,
    ProposalReads,
    Record,
    VotesRead,
)
from privatedao_audit.protocols.privatedao import reading
from privatedao_audit.protocols.privatedao.accounts import record
from privatedao_audit.protocols.privatedao.actions import actions
from privatedao_audit.protocols.privatedao.addresses import derive

__all__ = ["collect_votes"]

#: Instruction → the account that is the voter of the record it makes.
_VOTERS: Final = {"commit_vote": "voter", "commit_delegated_vote": "delegatee"}
#: Account name → layout, of accounts whose address only the instruction tells.
_TOLD: Final = {
    "settlement_evidence": "SettlementEvidence",
    "settlement_consumption_record": "SettlementConsumptionRecord",
}

Outcome = tuple[Read[VotesRead], dict[str, Read[Record]]]


@dataclass
class _Sought:
    """Addresses that one proposal's history leads to, and what may be missing."""

    votes: dict[str, None] = field(default_factory=dict)
    delegations: dict[str, None] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    places: list[ReadAt] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [*self.votes, *self.delegations, *self.told]


async def collect_votes(
    chain: ChainReads, program: str, proposals: Sequence[ProposalReads], limits: CollectLimits
) -> dict[str, Outcome]:
    """Per proposal id: its votes, and settlement accounts that its transactions name."""
    found: dict[str, Outcome] = {}
    if not limits.transactions:
        return {one.id: (Unknown("votes were not looked for"), {}) for one in proposals}
    there = []
    for one in proposals:
        if isinstance(one.proposal, Found):
            there.append(one)
        else:
            found[one.id] = (Unknown("the proposal could not be read", one.proposal.at), {})
    histories = await asyncio.gather(
        *(chain.signature_history(one.address, limits.pages) for one in there)
    )
    left = limits.transactions
    readable: list[tuple[ProposalReads, Found[SignatureHistory]]] = []
    wanted: dict[str, None] = {}
    for one, history in zip(there, histories, strict=True):
        if not isinstance(history, Found):
            found[one.id] = (Unknown(f"its history could not be read: {_why(history)}",
                                     history.at), {})  # fmt: skip
            continue
        new = [s for s in _successful(history.value) if s not in wanted]
        if len(new) > left:
            reason = f"its {len(new)} transactions go beyond the limit of {limits.transactions}"
            found[one.id] = (Unknown(reason, history.at), {})
            continue
        left -= len(new)
        wanted |= dict.fromkeys(new)
        readable.append((one, history))
    reads = await chain.transactions(tuple(wanted))
    by_signature = dict(zip(wanted, reads, strict=True))
    outcomes = await asyncio.gather(
        *(_of(chain, program, one, history, by_signature) for one, history in readable)
    )
    for (one, _history), outcome in zip(readable, outcomes, strict=True):
        found[one.id] = outcome
    return found


def _successful(history: SignatureHistory) -> list[str]:
    """Oldest first; a failed transaction made no record."""
    return [row.signature for row in reversed(history.rows) if row.succeeded]


async def _of(
    chain: ChainReads,
    program: str,
    one: ProposalReads,
    history: Found[SignatureHistory],
    transactions: dict[str, Read[Transaction]],
) -> Outcome:
    sought = _sought(program, one.address, history, transactions)
    accounts, proposals = await _accounts(chain, one.address, sought.keys)
    places = [history.at, *sought.places, *(read.at for read in proposals)]
    at = joined(*places)
    votes = {
        key: decoded(accounts[key], lambda a: reading.vote(a, program), "a vote record")
        for key in sought.votes
    }
    delegations = {
        key: decoded(accounts[key], lambda a: reading.delegation(a, program), "a delegation")
        for key in sought.delegations
    }
    records: dict[str, Read[Record]] = {}
    for key, layout in sought.told.items():
        read = decoded(
            accounts[key], partial(record, layout=layout, program=program), layout
        )
        records[f"{layout} {key}"] = read
    complete, why = _counted(votes.values(), proposals, program, sought.missing)
    told = VotesRead(votes, delegations, complete, not sought.missing, why)
    return Found(told, at), records


def _sought(
    program: str,
    proposal: str,
    history: Found[SignatureHistory],
    transactions: dict[str, Read[Transaction]],
) -> _Sought:
    sought = _Sought()
    if history.value.reason is not None:
        sought.missing.append(history.value.reason)
    for signature in _successful(history.value):
        read = transactions[signature]
        sought.places.append(read.at)
        if not isinstance(read, Found):
            sought.missing.append(f"transaction {signature}: {_why(read)}")
            continue
        seen = actions(read.value, program)
        if not read.value.inner_recorded:
            sought.missing.append(f"transaction {signature}: {seen.why}")
        for action in seen.of(ActionKind.INSTRUCTION):
            if action.proposal != proposal or not action.took_effect:
                continue
            _note(sought, program, proposal, str(action.name), dict(action.accounts))
    return sought


def _note(
    sought: _Sought, program: str, proposal: str, name: str, accounts: dict[str, str]
) -> None:
    voter = accounts.get(_VOTERS.get(name, ""))
    if voter is not None:
        sought.votes[derive("vote", proposal, voter, program=program).address] = None
    delegator = accounts.get("delegator") if name == "delegate_vote" else None
    if delegator is not None:
        place = derive("delegation", proposal, delegator, program=program)
        sought.delegations[place.address] = None
    for account, layout in _TOLD.items():
        if account in accounts:
            sought.told[accounts[account]] = layout


async def _accounts(
    chain: ChainReads, proposal: str, keys: list[str]
) -> tuple[dict[str, Read[Account]], list[Read[Account]]]:
    """The accounts by address, and the proposal as each slice saw it at its own slot."""
    room = MAX_ACCOUNTS - 1
    slices = [keys[start : start + room] for start in range(0, len(keys), room)] or [[]]
    answers = await asyncio.gather(*(chain.accounts((proposal, *part)) for part in slices))
    accounts: dict[str, Read[Account]] = {}
    for part, answer in zip(slices, answers, strict=True):
        accounts |= dict(zip(part, answer[1:], strict=True))
    return accounts, [answer[0] for answer in answers]


def _counted(
    votes: Iterable[Read[Any]],
    proposals: list[Read[Account]],
    program: str,
    missing: list[str],
) -> tuple[bool, str]:
    """Whether as many votes were read as the proposal counts, and the sentence that says so."""
    read = sum(isinstance(vote, Found) for vote in votes)
    counts = set()
    for account in proposals:
        proposal = decoded(account, lambda a: reading.proposal(a, program), "the proposal")
        if not isinstance(proposal, Found):
            return False, f"the proposal could not be read again: {_why(proposal)}"
        counts.add(proposal.value.participants)
    if len(counts) > 1:
        return False, "commits were added while the votes were being read"
    (count,) = counts
    if read == count:
        return True, f"all {count} commits that the proposal counts were read"
    but = f"; {'; '.join(missing[:3])}" if missing else ""
    return False, f"{read} votes were read, the proposal counts {count} commits{but}"


def _why(read: Read[Any]) -> str:
    return read.reason if isinstance(read, (Unknown, Diverged)) else "it is absent"
