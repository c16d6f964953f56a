"""Tokens that voted twice.

A weight is copied when a vote is committed or lent, and the tokens stay movable. Whoever moves
them to a second wallet can commit them again on the same proposal. For each proposal the tokens
that were counted are followed from token account to token account: an account gives away first
what was not counted yet, so that only what has no other explanation is told to have voted twice.
Of an account whose balance is not known, all it passes on is taken for counted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from privatedao_audit.history.continuity import Link, tokens_chain
from privatedao_audit.history.detectors.story import Detected, Hit, Story
from privatedao_audit.history.detectors.voting import PASSED, voted
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.facts import Outcome, ProposalReads, VotesRead

__all__ = ["double_vote"]

#: Slot, number of the transaction, and place of the instruction in it.
_Place = tuple[int, int, str]
_RUNNING = frozenset({Outcome.DRAFT, Outcome.OPEN})


@dataclass(frozen=True, slots=True)
class _Ballot:
    """One time at which a wallet's own tokens were counted for a proposal.

    Attributes:
        amount: raw units of its own that were counted.
        account: the token account whose balance was copied.
        through: the voter whose vote carries the weight: itself, or to whom it was lent.
    """

    wallet: str
    amount: int
    account: str
    through: str
    slot: int
    place: _Place
    deed: int


@dataclass(slots=True)
class _Flow:
    """Where the tokens that were counted for one proposal lie.

    Attributes:
        counted: token account → raw units in it that were counted already.
        held: token account → raw units it holds, where that is known.
        trail: token account → transactions that brought counted tokens to it.
        origin: token account → wallets from which they were counted first.
    """

    counted: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    trail: dict[str, dict[int, None]] = field(default_factory=dict)
    origin: dict[str, dict[str, None]] = field(default_factory=dict)

    def count(self, ballot: _Ballot) -> int:
        """Enter a vote, of an account's whole balance; how much of it was counted before."""
        again = min(self.counted.get(ballot.account, 0), ballot.amount)
        self.counted[ballot.account] = self.held[ballot.account] = ballot.amount
        self.origin.setdefault(ballot.account, {})[ballot.wallet] = None
        return again

    def move(self, source: str, target: str, amount: int, deed: int) -> int:
        """Enter a transfer; how much of it was counted already."""
        known, mine = self.held.get(source), self.counted.get(source, 0)
        fresh = 0 if known is None else max(0, known - mine)
        gone = min(max(0, amount - fresh), mine)
        if known is not None:
            self.held[source] = max(0, known - amount)
        if target in self.held:
            self.held[target] += amount
        if not gone:
            return 0
        self.counted[source] = mine - gone
        self.counted[target] = self.counted.get(target, 0) + gone
        self.origin.setdefault(target, {}).update(self.origin.get(source, {}))
        self.trail.setdefault(target, {}).update({**self.trail.get(source, {}), deed: None})
        return gone


def double_vote(story: Story, parameters: Detection) -> Detected:
    """The same tokens were counted from two wallets on one proposal."""
    name = "double-vote"
    unable = story.unheard()
    hits: list[Hit] = []
    moves = _Moves.of(story)
    chains: dict[str, tuple[Link, ...]] = {}
    rows: dict[str, list[int]] = {}
    for row in story.calls.of("commit", "delegate"):
        if story.calls.took_effect[row]:
            rows.setdefault(story.calls.proposal[row], []).append(row)
    for one in story.reads.proposals:
        said, votes, why = voted(one)
        if said is None or votes is None:
            unable = unable or why
            continue
        unable = unable or why
        running = said.outcome in _RUNNING
        ballots, lost = _ballots(story, one, votes, rows.get(one.address, []), running)
        unable = unable or lost
        if len(ballots) < 2:
            continue
        between = moves.within(ballots[0].slot, ballots[-1].slot)
        found, unclear = _followed(story, one, ballots, between)
        unable = unable or _uncovered(story, one, ballots, chains) or unclear
        hits += _told(story, one, found)
    return Detected(name, tuple(sorted(hits, key=lambda hit: hit.slot or 0)), unable)


@dataclass(frozen=True, slots=True)
class _Move:
    """A transfer that may be of the voting token."""

    place: _Place
    source: str
    target: str
    amount: int

    @property
    def deed(self) -> int:
        """Number of its transaction."""
        return self.place[1]


@dataclass(slots=True)
class _Moves:
    """Every transfer that may be of the voting token, by columns, in the order of the history.

    A change of an account's owner moves nothing: the account stays, with what was counted in it.
    """

    slots: array[int] = field(default_factory=lambda: array("Q"))
    deeds: array[int] = field(default_factory=lambda: array("q"))
    amounts: array[int] = field(default_factory=lambda: array("Q"))
    places: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, story: Story) -> _Moves:
        found, mint, marks = cls(), story.governance_mint, story.calls.marks
        texts: dict[str, str] = {}
        for number, deed in marks.deeds(story.history, marks.moving):
            for one in deed.transfers:
                if one.kind == "token" and one.mint in (mint, None) and one.amount:
                    found.slots.append(deed.slot)
                    found.deeds.append(number)
                    found.amounts.append(one.amount)
                    for column, text in (
                        (found.places, one.place),
                        (found.sources, one.source or ""),
                        (found.targets, one.destination or ""),
                    ):
                        column.append(texts.setdefault(text, text))
        return found

    def within(self, first: int, last: int) -> list[_Move]:
        """The transfers from one slot to another, both inclusive."""
        rows = range(bisect_left(self.slots, first), bisect_right(self.slots, last))
        return [
            _Move((self.slots[row], self.deeds[row], self.places[row]), self.sources[row],
                  self.targets[row], self.amounts[row])
            for row in rows
        ]  # fmt: skip


def _ballots(
    story: Story, one: ProposalReads, votes: VotesRead, rows: list[int], running: bool
) -> tuple[list[_Ballot], str]:
    """When whose own tokens were counted, oldest first, and why some of that is not known.

    Votes that were never told do not count, unless they may still be.
    """
    calls, found, lost = story.calls, [], ""
    #: Voter → raw units that were lent to it.
    given_to: dict[str, int] = {}
    by_voter = {read.value.voter: read.value for read in votes.votes.values()
                if isinstance(read, Found)}  # fmt: skip
    lent = {read.value.delegator: read.value for read in votes.delegations.values()
            if isinstance(read, Found) and read.value.used}  # fmt: skip
    for one_lent in lent.values():
        whom = one_lent.delegatee
        given_to[whom] = given_to.get(whom, 0) + _raw(one_lent.weights)
    for row in rows:
        wallet = calls.caller[row]
        if calls.does[row] == "delegate":
            given = lent.get(wallet)
            if given is None:
                continue  # lent and never used
            amount, through = _raw(given.weights), given.delegatee
        else:
            vote = by_voter.get(wallet)
            if vote is None:
                lost = lost or f"the vote of {wallet} on proposal {one.id} was not read"
                continue
            own = _raw(vote.weights) - given_to.get(vote.voter, 0)
            amount, through = max(0, own), wallet
        carrier = by_voter.get(through)
        if carrier is None or (carrier.choice is None and not running):
            continue
        account = calls.tokens[row] or wallet
        place = (calls.slot[row], calls.deed[row], calls.place[row])
        found.append(
            _Ballot(wallet, amount, account, through, calls.slot[row], place, calls.deed[row])
        )
    return sorted(found, key=lambda ballot: ballot.place), lost


def _raw(weights: Mapping[str, int]) -> int:
    """Raw units of the voting token: by convention the first weight, others derive from it."""
    return next(iter(weights.values()), 0)


@dataclass(frozen=True, slots=True)
class _Double:
    ballot: _Ballot
    amount: int
    origin: tuple[str, ...]
    deeds: tuple[int, ...]


def _followed(
    story: Story,
    one: ProposalReads,
    ballots: list[_Ballot],
    moves: list[_Move],
) -> tuple[list[_Double], str]:
    """What was counted twice, and why more of it may have been."""
    flow, found, astray = _Flow(), [], 0
    unclear = _same_slot(one, ballots, moves)
    mine = {ballot.account for ballot in ballots}
    before = _balances(story, mine, moves)
    entered: set[str] = set()
    steps: list[_Ballot | _Move] = [*ballots, *moves]
    steps.sort(key=lambda step: step.place)
    for step in steps:
        if isinstance(step, _Move):
            source, target, deed = step.source, step.target, step.deed
            for account in (source, target):
                if (account, deed) in before:
                    flow.held[account] = before.pop((account, deed))
            if astray and source not in mine and not flow.counted.get(source):
                entered.add(target)
            gone = flow.move(source, target, step.amount, deed)
            astray += gone * ((target not in mine) - (source not in mine))
            continue
        if step.account in entered:
            unclear = unclear or (
                f"proposal {one.id}: counted tokens went to accounts that nobody voted with, and "
                f"{step.wallet} got tokens from another such account before it voted; what lies "
                "between was not followed"
            )
        trail = tuple(flow.trail.get(step.account, {}))
        origin = tuple(flow.origin.get(step.account, {}))
        again = flow.count(step)
        if again:
            first = [b.deed for b in ballots if b.wallet in origin and b.place < step.place]
            found.append(_Double(step, again, origin, (*first, *trail, step.deed)))
    return found, unclear


def _balances(
    story: Story, accounts: set[str], moves: list[_Move]
) -> dict[tuple[str, int], int]:
    """(Account, transaction) → raw units before it, of the accounts that were followed."""
    found: dict[tuple[str, int], int] = {}
    for move in moves:
        for account in (move.source, move.target):
            one = story.history.histories.get(account) if account in accounts else None
            if one is None or (account, move.deed) in found:
                continue
            slot, deed = move.place[0], story.history.deeds[move.deed]
            for entry in one.between(slot, slot):
                if entry.signature == deed.signature and entry.amount is not None:
                    found[account, move.deed] = entry.amount[0]
    return found


def _same_slot(
    one: ProposalReads, ballots: list[_Ballot], moves: list[_Move]
) -> str:
    """Why the order of a vote and a transfer of the same account is not known."""
    by_slot: dict[int, list[_Ballot]] = {}
    for ballot in ballots:
        by_slot.setdefault(ballot.slot, []).append(ballot)
    for move in moves:
        for ballot in by_slot.get(move.place[0], ()):
            if ballot.deed != move.deed and ballot.account in (move.source, move.target):
                return (
                    f"proposal {one.id}: {ballot.wallet} voted and moved tokens in slot "
                    f"{move.place[0]}, "
                    "in an order that is not known"
                )
    return ""


def _uncovered(
    story: Story, one: ProposalReads, ballots: list[_Ballot], chains: dict[str, tuple[Link, ...]]
) -> str:
    """Why movements of the voters' token accounts between the votes may be missing.

    Args:
        chains: token account → its chain, filled as it is needed: most vote many times.
    """
    histories = story.history.histories
    lost = {ballot.account for ballot in ballots if ballot.account not in histories}
    if lost:
        return (
            f"proposal {one.id}: the token accounts of {len(lost)} of {len(ballots)} voters were "
            "not followed"
        )
    since, until = ballots[0].slot, ballots[-1].slot
    for account in dict.fromkeys(ballot.account for ballot in ballots):
        why = histories[account].gap_since(since)
        if not why and account not in chains:
            chains[account] = tokens_chain(histories[account], since).links
        why = why or _unchained(story, chains[account], since, until)
        if why:
            return f"proposal {one.id}: the token account {account}: {why}"
    return ""


def _unchained(story: Story, links: tuple[Link, ...], since: int, until: int) -> str:
    """Why movements of a token account between the first vote and the last may be missing.

    What lies before or after may be: those transactions say nothing of these votes.
    """
    first = bisect_left(links, since, key=lambda link: link.slot)
    inside = links[first : bisect_right(links, until, key=lambda link: link.slot)]
    for before, after in pairwise(inside):
        if before.after != after.before:
            return "its balances do not chain between the votes"
    for link in inside:
        deed = story.history.deed(link.slot, link.signature)
        if link.change and (deed is None or deed.gap or any(
            transfer.kind == "unknown" for transfer in deed.transfers
        )):  # fmt: skip
            return f"how {link.signature} moved its tokens was not read"
    return ""


def _told(story: Story, one: ProposalReads, found: list[_Double]) -> Iterator[Hit]:
    if not found:
        return
    less: dict[str, int] = {}
    for double in found:
        through = double.ballot.through
        less[through] = less.get(through, 0) + double.amount
    result = _result(story, one, less)
    for double in found:
        wallet, origin = double.ballot.wallet, ", ".join(double.origin[:3]) or "another wallet"
        text = (
            f"On proposal {one.id} {double.amount} raw units were counted from {wallet} that had "
            f"been counted from {origin} before; {result}."
        )
        deeds = sorted(double.deeds)
        yield story.hit("double-vote", one.address, text, deeds, weight=double.amount)


def _result(story: Story, one: ProposalReads, less: Mapping[str, int]) -> str:
    """What the proposal's result would have been without them."""
    if not isinstance(one.proposal, Found) or one.proposal.value.outcome in _RUNNING:
        return "the vote still runs"
    without = None if story.recount is None else story.recount(one, story.reads, less)
    if without is None:
        return "whether the result depends on them can't be told"
    if without == (one.proposal.value.outcome in PASSED):
        return "the result is the same without them"
    return "without them the result is the opposite"
