"""How votes were given: all at once, never told, by one wallet, through one keeper."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.history.detectors.story import Detected, Hit, Story
from privatedao_audit.history.detectors.windows import series
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.facts import (
    Outcome,
    Proposal,
    ProposalReads,
    Vote,
    VotesRead,
)

__all__ = ["PASSED", "lone_hand", "vote_anomaly", "voted"]

#: Outcomes of a vote that carried.
PASSED = frozenset({Outcome.PASSED, Outcome.EXECUTED, Outcome.VETOED})
_UNDECIDED = frozenset({Outcome.DRAFT, Outcome.OPEN, Outcome.CANCELLED})


def voted(one: ProposalReads) -> tuple[Proposal | None, VotesRead | None, str]:
    """A proposal with its votes, and why they may lack something; empty where they can't."""
    if not isinstance(one.proposal, Found):
        return None, None, f"proposal {one.id} was not read"
    said = one.proposal.value
    if said.participants == 0:
        return said, VotesRead({}, {}, True, True, "nobody voted"), ""
    if not isinstance(one.votes, Found):
        return said, None, f"the votes on proposal {one.id} were not read"
    votes = one.votes.value
    return said, votes, "" if votes.complete else f"proposal {one.id}: {votes.why}"


def told(votes: VotesRead) -> list[Vote]:
    """The votes that count: those that were told."""
    found = [read.value for read in votes.votes.values() if isinstance(read, Found)]
    return [one for one in found if one.choice is not None]


def vote_anomaly(story: Story, parameters: Detection) -> Detected:
    """Commits in a burst, few of them told, most weight with one wallet, most told by one key."""
    name, calls, unable = "vote-anomaly", story.calls, story.unheard()
    rows: dict[str, list[int]] = {}
    for row in calls.of("commit"):
        if calls.took_effect[row]:
            rows.setdefault(calls.proposal[row], []).append(row)
    hits: list[Hit] = []
    for one in story.reads.proposals:
        mine = rows.get(one.address, [])
        at = [calls.deed[row] for row in mine]
        hits += _bursts(story, one, mine, parameters)
        said, votes, why = voted(one)
        if said is None or votes is None:
            unable = unable or why
            continue
        unable = unable or why
        for text in _shares(story, one, said, votes, parameters):
            whole = f"On proposal {one.id} {text}."
            if at:
                hits.append(story.hit(name, one.address, whole, at))
            else:
                hits.append(Hit(name, one.address, whole, (), None, None, at=one.votes.at))
    return Detected(name, tuple(sorted(hits, key=lambda hit: hit.slot or 0)), unable)


def _bursts(
    story: Story, one: ProposalReads, rows: list[int], parameters: Detection
) -> Iterator[Hit]:
    calls = story.calls
    timed = sorted((time, row) for row in rows if (time := calls.time[row]) is not None)
    for first, last in series(
        [time for time, _ in timed], parameters.commit_burst, parameters.commit_burst_seconds
    ):
        some = [row for _, row in timed[first : last + 1]]
        text = (
            f"{len(some)} votes on proposal {one.id} were committed within "
            f"{timed[last][0] - timed[first][0]} seconds."
        )
        at = [calls.deed[row] for row in some]
        yield story.hit("vote-anomaly", one.address, text, at, weight=len(some))


def _shares(
    story: Story,
    one: ProposalReads,
    said: Proposal,
    votes: VotesRead,
    parameters: Detection,
) -> Iterator[str]:
    least = parameters.votes_least
    everybody = [read.value for read in votes.votes.values() if isinstance(read, Found)]
    keepers: dict[str, int] = {}
    for vote in everybody:
        for key in vote.others.values():
            keepers[key] = keepers.get(key, 0) + 1
    for key, many in keepers.items():
        if len(everybody) >= least and many * 100 > len(everybody) * parameters.keeper_percent:
            yield f"{key} may reveal {many} of {len(everybody)} votes for their voters"
    if said.outcome in _UNDECIDED:
        return
    counted = told(votes)
    commits = said.participants if said.participants is not None else len(everybody)
    if not votes.complete:
        return  # more of them may have been told
    if commits >= least and len(counted) * 100 < commits * parameters.reveal_percent:
        yield f"{len(counted)} of {commits} committed votes were revealed"
    if len(counted) < 2:
        return
    for weight in counted[0].weights:
        whole = sum(vote.weights.get(weight, 0) for vote in counted)
        first = max(counted, key=lambda vote: vote.weights.get(weight, 0))
        part = first.weights.get(weight, 0)
        if part * 100 <= whole * parameters.dominance_percent or not _decisive(story, one, first):
            continue
        yield f"{first.voter} held {part * 100 // whole} % of the {weight} weight that counted"
        return


def _decisive(story: Story, one: ProposalReads, vote: Vote) -> bool:
    """Whether the outcome hangs on one vote; also where that can't be told."""
    if story.recount is None or not isinstance(one.proposal, Found):
        return True
    whole = story.recount(one, story.reads, {})
    without = story.recount(one, story.reads, {vote.voter: max(vote.weights.values())})
    return whole is None or without is None or whole != without


def lone_hand(story: Story, parameters: Detection) -> Detected:
    """One wallet alone decided a vote that carried, and perhaps proposed and executed it too."""
    name, calls, unable = "lone-hand", story.calls, story.unheard()
    executors: dict[str, list[int]] = {}
    for row in calls.of("execute"):
        if calls.took_effect[row]:
            executors.setdefault(calls.proposal[row], []).append(row)
    rows: dict[str, list[int]] = {}
    for row in calls.of("propose", "commit"):
        if calls.took_effect[row]:
            rows.setdefault(calls.proposal[row], []).append(row)
    hits = []
    for one in story.reads.proposals:
        said, votes, why = voted(one)
        if said is not None and said.outcome not in PASSED:
            continue
        if said is None or votes is None or why or not votes.delegations_complete:
            unable = unable or why or f"proposal {one.id}: delegations may be missing"
            continue
        counted = told(votes)
        lent = {
            read.value.delegator for read in votes.delegations.values()
            if isinstance(read, Found) and read.value.used
        }  # fmt: skip
        if len(counted) != 1 or lent:
            continue
        alone = counted[0].voter
        done = executors.get(one.address, [])
        also = [
            what for what, yes in (
                ("proposed", said.proposer == alone),
                ("executed", any(calls.caller[row] == alone for row in done)),
            ) if yes
        ]  # fmt: skip
        of_all = f" of {said.participants}" if (said.participants or 1) > 1 else ""
        text = f"The vote of {alone} was the only one{of_all} that counted on proposal {one.id}"
        text += f", which the same wallet {' and '.join(also)}." if also else "."
        at = [calls.deed[row] for row in (*rows.get(one.address, ()), *done)]
        if at:
            hits.append(story.hit(name, one.address, text, at))
        else:
            hits.append(Hit(name, one.address, text, (), None, None, at=one.votes.at))
    return Detected(name, tuple(sorted(hits, key=lambda hit: hit.slot or 0)), unable)
