"""Attempts to execute, and what fails again and again."""

from __future__ import annotations

from itertools import groupby

from privatedao_audit.history.detectors.story import Detected, Hit, Story
from privatedao_audit.history.detectors.windows import deviation, series
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found
from privatedao_audit.protocols.facts import Outcome, ProposalReads

__all__ = ["failure_spike", "repeated_failures", "unexpected_execute"]

_HOUR = 3_600
#: Hours of a caller's past against which a spike is measured.
_PAST_HOURS = 720
#: Outcomes after which a proposal pays nothing, whatever the clock says.
_NEVER = frozenset({Outcome.DRAFT, Outcome.OPEN, Outcome.FAILED, Outcome.CANCELLED})
_EXECUTORS = ("keeper", "dao-authority", "treasury-operator")


def unexpected_execute(story: Story, parameters: Detection) -> Detected:
    """Attempts to execute by callers that nobody registered, or while nothing may be executed."""
    name = "unexpected-execute"
    expected = {*parameters.executors, *story.known.of(*_EXECUTORS), *story.known.vaults}
    calls, unable = story.calls, story.unheard()
    hits: list[Hit] = []
    for row in calls.of("execute"):
        caller, address = calls.caller[row], calls.proposal[row]
        why = f"{caller} is no registered executor" if expected and caller not in expected else ""
        early, unclear = _outside(
            story.proposals.get(address), address, calls.slot[row], calls.time[row]
        )
        unable = unable or unclear
        if not (why or early):
            continue
        tried = "executed" if calls.took_effect[row] else "tried to execute"
        text = f"{caller} {tried} {story.named(address)}: {'; '.join(w for w in (early, why) if w)}"
        hits.append(story.hit(name, address or caller, f"{text}.", [calls.deed[row]]))
    note = "" if expected else "callers: the target registers nobody who may be expected to execute"
    return Detected(name, tuple(hits), unable, note)


def _outside(
    one: ProposalReads | None, address: str, slot: int, time: int | None
) -> tuple[str, str]:
    """Why a proposal could not be executed at a moment, and why that can't be told."""
    if one is None:
        return f"the DAO counts no proposal {address}", ""
    if not isinstance(one.proposal, Found):
        return "", f"proposal {one.id} was not read"
    said = one.proposal.value
    if one.proposal.at.slot is not None and slot > one.proposal.at.slot:
        return "", f"an attempt to execute proposal {one.id} landed after it was read"
    if said.outcome in _NEVER:
        return f"it is {said.outcome.value}, and no vote passed", ""
    if said.unlocks_at is None:
        return "", f"proposal {one.id} states no unlock"
    if time is None:
        return "", "the node kept no time of an attempt to execute"
    if time < said.unlocks_at:
        return f"{said.unlocks_at - time} seconds before its unlock", ""
    if said.outcome is Outcome.VETOED:
        return "it was vetoed", ""
    return "", ""


def repeated_failures(story: Story, parameters: Detection) -> Detected:
    """Finalizing or executing one proposal fails several times within a short time."""
    name, calls, unable = "repeated-failures", story.calls, story.unheard()
    failed: dict[tuple[str, str], list[int]] = {}
    for row in calls.of("finalize", "execute"):
        if calls.blamed[row]:
            failed.setdefault((calls.proposal[row], calls.does[row]), []).append(row)
    hits = []
    for (proposal, does), rows in failed.items():
        timed, lost = _timed(story, rows)
        unable = unable or lost
        moments = [time for time, _ in timed]
        for first, last in series(
            moments, parameters.repeated_failures, parameters.repeated_within_seconds
        ):
            some = [row for _, row in timed[first : last + 1]]
            text = (
                f"{len(some)} attempts to {does} {story.named(proposal)} failed within "
                f"{moments[last] - moments[first]} seconds."
            )
            hits.append(story.hit(name, proposal, text, [calls.deed[row] for row in some],
                                  weight=len(some)))  # fmt: skip
    return Detected(name, _in_order(hits), unable)


def failure_spike(story: Story, parameters: Detection) -> Detected:
    """One caller's failures of one instruction within an hour exceed by far its own past."""
    name, calls, unable = "failure-spike", story.calls, story.unheard()
    failed: dict[tuple[str, str], list[int]] = {}
    for row, blamed in enumerate(calls.blamed):
        if blamed:
            failed.setdefault((calls.name[row], calls.caller[row]), []).append(row)
    hits = []
    for (instruction, caller), rows in failed.items():
        timed, lost = _timed(story, rows)
        unable = unable or lost
        for first, last, limit in _spikes([time for time, _ in timed], parameters):
            some = [row for _, row in timed[first : last + 1]]
            text = (
                f"{len(some)} calls of {instruction} by {caller} failed within "
                f"{timed[last][0] - timed[first][0]} seconds; its own past makes up to "
                f"{limit:.0f} an hour ordinary."
            )
            hits.append(story.hit(name, caller, text, [calls.deed[row] for row in some],
                                  weight=len(some)))  # fmt: skip
    return Detected(name, _in_order(hits), unable)


def _spikes(times: list[int], parameters: Detection) -> list[tuple[int, int, float]]:
    """First and last place of each spike among sorted moments, and the limit it exceeded."""
    least, factor = parameters.failure_spike, parameters.failure_spike_deviations
    if len(times) < least:
        return []
    hours = [(hour, len(list(group))) for hour, group in groupby(t // _HOUR for t in times)]
    limits: dict[int, float] = {}
    found: list[tuple[int, int, float]] = []
    start = 0
    for place, time in enumerate(times):
        while time - times[start] >= _HOUR:
            start += 1
        count = place - start + 1
        if count < least:
            continue
        hour = times[start] // _HOUR
        if hour not in limits:
            past = [many for when, many in hours if hour - _PAST_HOURS <= when < hour]
            began = max(hours[0][0], hour - _PAST_HOURS)
            middle, spread = deviation(past, zeros=hour - began - len(past))
            # Counts scatter by their own root even where the past looks even.
            limits[hour] = middle + factor * max(spread, middle**0.5)
        if count <= limits[hour]:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], place, found[-1][2])
        else:
            found.append((start, place, limits[hour]))
    return found


def _timed(story: Story, rows: list[int]) -> tuple[list[tuple[int, int]], str]:
    """The rows with their times, in order of time, and what the others lack."""
    calls = story.calls
    timed = sorted((time, row) for row in rows if (time := calls.time[row]) is not None)
    lost = len(rows) - len(timed)
    return timed, f"the node kept no time of {lost} failed attempts" if lost else ""


def _in_order(hits: list[Hit]) -> tuple[Hit, ...]:
    return tuple(sorted(hits, key=lambda one: (one.slot or 0, one.subject)))
