"""What a verdict history comes to in words, the same for page, Markdown and terminal."""

from __future__ import annotations

from collections import Counter

from privatedao_audit.compare.verdicts.causes import Cause
from privatedao_audit.compare.verdicts.history import History, span
from privatedao_audit.compare.verdicts.runs import Run
from privatedao_audit.compare.verdicts.strips import State, Stretch, Strip
from privatedao_audit.view.style import plain_mark
from privatedao_audit.view.text import utc

KIND = "Verdict history"
#: Stretches of a strip that are told in words; the page draws all of them.
_TOLD = 8


def headline(found: History) -> str:
    """The newest run beside the one before it, in a few words."""
    if len(found.entries) == 1:
        return "One run, nothing before it"
    before = found.newest.number - 1
    if found.worse:
        return f"Worse than run {before}"
    return f"Nothing is worse than in run {before}"


def course(found: History) -> str:
    """The number of blocking controls that keep the runs from READY, first to last."""
    numbers = [one.blocking for one in found.entries]
    if len(numbers) > 8:
        return f"{numbers[0]} in run 1, {numbers[-1]} in run {len(numbers)}"
    return " → ".join(map(str, numbers))


def period(found: History) -> str:
    """From when to when."""
    times = [utc(one.run.findings["run"]["recorded_at"]) for one in found.entries]
    if len(times) == 1:
        return times[0]
    whole = span(found.newest.run.at - found.entries[0].run.at)
    return f"{times[0]} to {times[-1]}, {whole}"


def state(one: State) -> str:
    """Glyph and word of a state."""
    if one.status is None:
        return "not in the catalogue"
    under = f" (underneath {plain_mark(one.underneath)})" if one.underneath else ""
    return f"{plain_mark(one.status)}{under}"


def numbers(one: Stretch) -> str:
    """The runs of a stretch: ``run 3`` or ``runs 3–5``."""
    if one.first == one.last:
        return f"run {one.first}"
    return f"runs {one.first}–{one.last}"


def latest(strip: Strip) -> list[Stretch]:
    """The last stretches of a strip, as many as are told in words."""
    return strip.stretches[-_TOLD:]


def stretches(strip: Strip) -> str:
    """A strip in words."""
    shown = latest(strip)
    since = f"since run {shown[0].first}: " if shown[0].first > 1 else ""
    return since + " → ".join(f"{state(one.state)} {numbers(one)}" for one in shown)


def stands(found: History, strip: Strip) -> str:
    """How long it stands as it does in the newest run, as far as recordings tell."""
    last = strip.stretches[-1]
    first, newest = found.entries[last.first - 1], found.newest
    if last.first == 1:
        return f"so in all {len(found.entries)} runs"
    when = utc(first.run.findings["run"]["recorded_at"])
    if last.first == newest.number:
        return f"so since run {last.first}, the newest"
    return f"so since run {last.first}, {when}: {span(newest.run.at - first.run.at)}"


def causes(found: History) -> str:
    """By what the controls turned or got worse, counted over all runs."""
    counted = Counter(
        one.cause for strip in found.strips for one in strip.changes if one.turned or one.worse
    )
    many = sum(counted.values())
    said = ", ".join(f"{counted[one]} {one.value}" for one in Cause if counted[one])
    return f"{many} change{'s' if many > 1 else ''}: {said}."


def other(strip: Strip) -> str:
    """The runs in which something else was observed while it stood alike; may be empty."""
    runs = [str(one.run) for one in strip.changes if not one.turned and not one.worse]
    if not runs:
        return ""
    return f"other observations in run{'s' if len(runs) > 1 else ''} {', '.join(runs)}"


def signed(run: Run) -> str:
    """Who signed a run, without what they say of it."""
    if not run.signatures:
        return "not signed"
    said = [
        f"{'signed' if one.disagrees is None else 'DISPUTED'} by {one.signer} as {one.role.value}"
        for one in run.signatures
    ]
    return ", ".join(said)
