"""Proposals that nobody expects."""

from __future__ import annotations

from privatedao_audit.history.detectors.story import (
    POWERLESS,
    Announced,
    Detected,
    Hit,
    Story,
)
from privatedao_audit.history.detectors.windows import series
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found, ProvenAbsent

__all__ = ["unexpected_proposal"]

_DAY = 86_400


def unexpected_proposal(story: Story, parameters: Detection) -> Detected:
    """Proposals in a flash, by a new proposer, or outside the calendar."""
    name, calls = "unexpected-proposal", story.calls
    unable, note = story.unheard(), ""
    rows = [row for row in calls.of("propose") if calls.took_effect[row]]
    calendar = story.known.calendar
    announced: tuple[Announced, ...] = ()
    if isinstance(calendar, Found):
        announced = calendar.value
    elif isinstance(calendar, ProvenAbsent):
        note = "the calendar: the target names none"
    else:
        unable = unable or f"the calendar of proposals was not read: {calendar.reason}"
    unannounced = {
        row: why for row in rows
        if isinstance(calendar, Found) and (why := _unannounced(
            story, calls.proposal[row], calls.caller[row], calls.time[row], announced,
            parameters.calendar_seconds,
        ))
    }  # fmt: skip
    # What was announced for one day is no flash.
    sudden = rows if not isinstance(calendar, Found) else list(unannounced)
    hits = [*_flashes(story, sudden, parameters), *_newcomers(story, rows, announced, parameters)]
    for row, why in unannounced.items():
        text = f"{_capital(story.named(calls.proposal[row]))} by {calls.caller[row]}: {why}."
        hits.append(story.hit(name, calls.proposal[row], text, [calls.deed[row]]))
    untimed = sum(calls.time[row] is None for row in rows)
    if untimed:
        unable = unable or f"the node kept no time of {untimed} proposals"
    return Detected(name, tuple(sorted(hits, key=lambda one: one.slot or 0)), unable, note)


def _flashes(story: Story, rows: list[int], parameters: Detection) -> list[Hit]:
    calls = story.calls
    timed = sorted((time, row) for row in rows if (time := calls.time[row]) is not None)
    found = []
    for first, last in series(
        [time for time, _ in timed], parameters.proposal_flash, parameters.proposal_flash_seconds
    ):
        some = [row for _, row in timed[first : last + 1]]
        people = sorted({calls.caller[row] for row in some})
        text = (
            f"{len(some)} proposals within {timed[last][0] - timed[first][0]} seconds, by "
            f"{', '.join(people[:3])}{' and others' if len(people) > 3 else ''}."
        )
        at = [calls.deed[row] for row in some]
        found.append(story.hit("unexpected-proposal", calls.proposal[some[-1]], text, at,
                               weight=len(some)))  # fmt: skip
    return found


def _newcomers(
    story: Story, rows: list[int], announced: tuple[Announced, ...], parameters: Detection
) -> list[Hit]:
    calls = story.calls
    expected = {*parameters.proposers, *(one.proposer for one in announced if one.proposer)}
    expected |= story.known.vaults
    for role, keys in story.known.roles.items():
        expected |= frozenset() if role in POWERLESS else keys
    seen: set[str] = set()
    found = []
    for place, row in enumerate(rows):
        caller = calls.caller[row]
        if caller in seen:
            continue
        seen.add(caller)
        # Until then everybody is new: a DAO begins without any past.
        if place < parameters.proposal_past or caller in expected:
            continue
        text = (
            f"{_capital(story.named(calls.proposal[row]))} is the first one by {caller}, after "
            f"{place} by others."
        )
        found.append(
            story.hit("unexpected-proposal", calls.proposal[row], text, [calls.deed[row]])
        )
    return found


def _unannounced(
    story: Story,
    address: str,
    proposer: str,
    time: int | None,
    announced: tuple[Announced, ...],
    within: int,
) -> str:
    """Why no row of the calendar announced a proposal; empty where one did."""
    one = story.proposals.get(address)
    title = one.proposal.value.title if one is not None and isinstance(one.proposal, Found) else ""
    number = one.id if one is not None else ""
    mine = [
        row for row in announced
        if (row.number == number if row.number is not None
            else row.title is not None and row.title == title)
    ]  # fmt: skip
    if not mine:
        return "the calendar does not announce it"
    for row in mine:
        if row.proposer is not None and row.proposer != proposer:
            why = f"the calendar announces it by {row.proposer}"
        elif row.title is not None and title and row.title != title:
            why = "the calendar announces another title under its number"
        elif row.opens is not None and time is not None and not (
            row.opens - within <= time <= row.opens + (_DAY if row.day else 0) + within
        ):
            why = "it was opened at another time than the calendar announces"
        else:
            return ""
    return why


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
