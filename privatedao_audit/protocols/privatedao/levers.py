"""Where a proposal stands in time, and what can still stop it.

The rules of the program, restated from its source at 617454c46: a proposal can be cancelled by
the DAO's authority while voting is open and before the first commit; it can be vetoed by the same
key after it passed and before its unlock; from the unlock on anyone may execute it, for ever; an
executed one is done. The unlock is the time of the finalize transaction plus the DAO's delay, so
a late finalize moves it, and with a delay of 0 there is no time in which to veto.

``now`` must be the chain's time (the block time of the slot the accounts were read at): the
program compares with the chain's clock, and ours may be off.
"""

from __future__ import annotations

from typing import Final

from privatedao_audit.protocols.conduct import (
    Availability,
    Lever,
    LeverRule,
    Moment,
    Stage,
    StageKind,
)
from privatedao_audit.protocols.facts import Dao, Outcome, Proposal
from privatedao_audit.protocols.privatedao.errors import BEFORE_TRANSFER, BUILDS, checked_build
from privatedao_audit.protocols.privatedao.reading import (
    AUTHORITY,
    COMMITS,
    EXECUTION_DELAY,
    REVEALS,
)

__all__ = ["LEVER_RULES", "levers", "stage"]

_NOBODY: Final = "nobody"
_ENDED: Final = {
    Outcome.FAILED: "Failed", Outcome.CANCELLED: "Cancelled", Outcome.VETOED: "Vetoed",
}  # fmt: skip
_EXECUTED: Final = "executed proposals can not be undone"
_NEVER_SET: Final = "several instructions read emergency_disabled, and no instruction sets it"
_RECORD_ONLY: Final = (
    "the treasury operator authority is a record; no instruction that moves funds reads it"
)

#: When each lever works, and what only looks like one.
LEVER_RULES: Final[dict[str, LeverRule]] = {
    **{
        name: LeverRule(
            name, frozenset({Moment.UNVOTED}), AUTHORITY, "", BUILDS,
            "the first commit ends it, and the proposer can commit at once",
        )
        for name in ("cancel_proposal", "cancel_proposal_v2")
    },
    "veto_proposal": LeverRule(
        "veto_proposal", frozenset({Moment.LOCKED}), AUTHORITY, EXECUTION_DELAY, BUILDS,
        "it works between the count and the unlock",
    ),
    "transfer_dao_authority": LeverRule(
        "transfer_dao_authority", frozenset(Moment), AUTHORITY, "",
        tuple(one for one in BUILDS if one != BEFORE_TRANSFER),
        "it stops no proposal, and whoever holds the key can use it too",
    ),
    "emergency_disabled": LeverRule(
        "emergency_disabled", frozenset(), _NOBODY, "", (), _NEVER_SET
    ),
    "transfer_treasury_operator_authority": LeverRule(
        "transfer_treasury_operator_authority", frozenset(), _NOBODY, "", (), _RECORD_ONLY
    ),
}  # fmt: skip


def stage(proposal: Proposal, now: int, dao: Dao | None = None) -> Stage:
    """Where a proposal stands at ``now``, Unix seconds of the chain.

    Raises:
        ValueError: ``dao`` is not the DAO of the proposal.
    """
    if dao is not None and dao.address != proposal.dao:
        raise ValueError(f"the proposal belongs to the DAO {proposal.dao}, not {dao.address}")
    kind, name, since, until, reason = _where(proposal, now, dao)
    return Stage(
        kind=kind,
        name=name,
        now=now,
        since=since,
        until=until,
        proposal=proposal,
        authorities={} if dao is None else dict(dao.authorities),
        delays={} if dao is None else dict(dao.delays),
        reason=reason,
    )


_Where = tuple[StageKind, str, int | None, int | None, str]


def _where(proposal: Proposal, now: int, dao: Dao | None) -> _Where:
    fault = _contradiction(proposal, now, dao)
    if fault is not None:
        return StageKind.INCONSISTENT, "contradictory", None, None, fault
    voting_end, reveal_end = _ends(proposal)
    if proposal.outcome is Outcome.OPEN:
        if now < voting_end:
            return (
                StageKind.VOTING, "commit", None, voting_end,
                "votes are committed until the end of voting",
            )  # fmt: skip
        if now < reveal_end:
            return (
                StageKind.COUNTING, "reveal", voting_end, reveal_end,
                "commitments are revealed until the end of the reveal window",
            )  # fmt: skip
        return (
            StageKind.DECIDABLE, "awaiting finalize", reveal_end, None,
            "anyone may finalize it; if it passes, its unlock counts from that moment",
        )  # fmt: skip
    if proposal.outcome is Outcome.EXECUTED:
        return StageKind.EXECUTED, "executed", proposal.unlocks_at, None, _EXECUTED
    if proposal.outcome is Outcome.PASSED:
        unlocks_at = proposal.unlocks_at
        assert unlocks_at is not None  # else a contradiction
        if now < unlocks_at:
            delay = None if dao is None else dao.delays[EXECUTION_DELAY]
            since = None if delay is None else unlocks_at - delay
            return (
                StageKind.LOCKED, "passed, locked", since, unlocks_at,
                "it passed and may be executed from its unlock on",
            )  # fmt: skip
        return (
            StageKind.EXECUTABLE, "passed, executable", unlocks_at, None,
            "anyone may execute it, at any time from now on",
        )  # fmt: skip
    return (
        StageKind.ENDED, _ENDED[proposal.outcome].lower(), None, None,
        f"it is {_ENDED[proposal.outcome]} and can not be executed",
    )  # fmt: skip


def _ends(proposal: Proposal) -> tuple[int, int]:
    voting, reveal = proposal.window("voting").closes_at, proposal.window("reveal").closes_at
    assert voting is not None and reveal is not None  # the account always holds both
    return voting, reveal


def _contradiction(proposal: Proposal, now: int, dao: Dao | None) -> str | None:
    """What the program could not have written by ``now``; None where all fits."""
    voting_end, reveal_end = _ends(proposal)
    unlocks_at = proposal.unlocks_at
    if reveal_end < voting_end:
        return f"the reveal window ends at {reveal_end}, before voting does at {voting_end}"
    if proposal.tally(REVEALS) > proposal.tally(COMMITS):
        return "more votes are revealed than committed"
    if proposal.outcome in (Outcome.PASSED, Outcome.EXECUTED) and unlocks_at is None:
        return f"it is {proposal.status} and holds no unlock time"
    passed_once = (Outcome.PASSED, Outcome.EXECUTED, Outcome.VETOED)
    if proposal.outcome in passed_once and unlocks_at is not None:
        return _finalize_contradiction(proposal, now, unlocks_at, reveal_end, dao)
    if proposal.outcome is Outcome.OPEN and unlocks_at is not None:
        return "it holds an unlock time and is not finalised"
    if proposal.outcome is Outcome.FAILED and now < reveal_end:
        return f"it is finalised, and the reveal window ends at {reveal_end}, after {now}"
    return None


def _finalize_contradiction(
    proposal: Proposal, now: int, unlocks_at: int, reveal_end: int, dao: Dao | None
) -> str | None:
    if dao is not None:
        # The delay never changes: no instruction sets it after the DAO was created.
        finalized_at = unlocks_at - dao.delays[EXECUTION_DELAY]
        if finalized_at < reveal_end:
            return (
                f"its unlock at {unlocks_at} tells of a finalize at {finalized_at}, before the "
                f"reveal window ended at {reveal_end}"
            )
        if finalized_at > now:
            return (
                f"its unlock at {unlocks_at} tells of a finalize at {finalized_at}, which is "
                f"after {now}"
            )
    if unlocks_at < reveal_end:
        return f"its unlock at {unlocks_at} lies before the end of the reveal window"
    if now < reveal_end:
        return f"it is finalised, and the reveal window ends at {reveal_end}, after {now}"
    if proposal.outcome is Outcome.EXECUTED and now < unlocks_at:
        return f"it is executed, and its unlock at {unlocks_at} is after {now}"
    return None


def levers(stage: Stage, build: str | None = None) -> tuple[Lever, ...]:
    """Every lever on the proposal, and those that look like levers and are none.

    Raises:
        ValueError: an unknown build.
    """
    builds = checked_build(build)
    return (
        _cancel(stage),
        _veto(stage),
        _after_the_unlock(stage),
        _authority_transfer(stage, builds),
        _emergency(),
        _operator(),
    )


def _lever(
    stage: Stage,
    instruction: str,
    stops: str,
    availability: Availability,
    reason: str,
    *,
    opens_at: int | None = None,
    until: int | None = None,
) -> Lever:
    left = until - stage.now if until is not None and availability is Availability.NOW else None
    return Lever(
        instruction=instruction,
        stops=stops,
        availability=availability,
        role=AUTHORITY,
        holder=stage.authorities.get(AUTHORITY),
        opens_at=opens_at,
        until=until,
        seconds_left=left,
        reason=reason,
    )


def _cancel(stage: Stage) -> Lever:
    name, stops = "cancel_proposal", "the proposal, before anyone voted"
    commits = stage.proposal.tally(COMMITS)
    if stage.kind is StageKind.INCONSISTENT:
        return _lever(stage, name, stops, Availability.UNKNOWN, stage.reason)
    if stage.kind is not StageKind.VOTING:
        why = f"it can be cancelled only while voting is open; it is {stage.name}"
        return _lever(stage, name, stops, Availability.NONE, why)
    if commits:
        why = f"{commits} committed: after the first commit nobody can cancel"
        return _lever(stage, name, stops, Availability.NONE, why)
    why = "voting is open and nobody has committed; the first commit ends this at once"
    return _lever(stage, name, stops, Availability.NOW, why, until=stage.until)


def _veto(stage: Stage) -> Lever:
    name, stops = "veto_proposal", "the execution of a proposal that passed"
    delay = stage.delays.get(EXECUTION_DELAY)
    if stage.kind is StageKind.INCONSISTENT:
        return _lever(stage, name, stops, Availability.UNKNOWN, stage.reason)
    if stage.kind is StageKind.LOCKED:
        why = "it passed and is locked until its unlock"
        return _lever(
            stage, name, stops, Availability.NOW, why, opens_at=stage.since, until=stage.until
        )
    if stage.kind in (StageKind.VOTING, StageKind.COUNTING, StageKind.DECIDABLE):
        return _veto_to_come(stage, name, stops, delay)
    if stage.kind is StageKind.EXECUTABLE:
        why = "its unlock has come: the veto ended at that second"
    elif stage.kind is StageKind.EXECUTED:
        why = _EXECUTED
    else:
        why = f"there is nothing to veto: {stage.reason}"
    return _lever(stage, name, stops, Availability.NONE, why)


def _veto_to_come(stage: Stage, name: str, stops: str, delay: int | None) -> Lever:
    if delay is None:
        why = "whether there will be time to veto hangs on the DAO's delay, which is not known"
        return _lever(stage, name, stops, Availability.UNKNOWN, why)
    if delay <= 0:
        why = "the DAO's execution delay is 0: it can be executed in the second it passes"
        return _lever(stage, name, stops, Availability.NONE, why)
    _voting_end, reveal_end = _ends(stage.proposal)
    # Never before the reveal window ends; when it is finalised later, all of it moves.
    earliest = max(reveal_end, stage.now)
    why = f"if it passes: for {delay} seconds from the moment that somebody finalizes it"
    return _lever(stage, name, stops, Availability.LATER, why, opens_at=earliest)


def _after_the_unlock(stage: Stage) -> Lever:
    """The question every runbook gets wrong: what stops an execution that anyone may call."""
    stops = "the execution of an unlocked proposal"
    if stage.kind is StageKind.EXECUTED:
        why = _EXECUTED
    else:
        why = "execute_proposal is open to anyone from the unlock on, and the claim never expires"
    return Lever("none", stops, Availability.NONE, _NOBODY, None, None, None, None, why)


def _authority_transfer(stage: Stage, builds: tuple[str, ...]) -> Lever:
    name = "transfer_dao_authority"
    stops = "the use of a compromised authority key: it stops no proposal"
    if builds == (BEFORE_TRANSFER,):
        why = "this build of the program has no such instruction"
        return _lever(stage, name, stops, Availability.NONE, why)
    if builds == BUILDS:
        why = "builds before 2026-05-23 have no such instruction, and the build is not known"
        return _lever(stage, name, stops, Availability.UNKNOWN, why)
    why = (
        "takes effect in one step, without acceptance; whoever holds the key can do it too. A "
        "multisig that holds it adds its own votes and time lock"
    )
    return _lever(stage, name, stops, Availability.NOW, why)


def _emergency() -> Lever:
    return Lever(
        "emergency_disabled", "the instructions that read it", Availability.NONE, _NOBODY, None,
        None, None, None, _NEVER_SET,
    )  # fmt: skip


def _operator() -> Lever:
    return Lever(
        "transfer_treasury_operator_authority", "payments from the treasury", Availability.NONE,
        _NOBODY, None, None, None, None, _RECORD_ONLY,
    )  # fmt: skip
