"""RP-03 and RP-05: are blockhashes fresh and taken, and do slots keep up, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise, permutations
from statistics import median_low
from typing import Final

from privatedao_audit.chain.series.asking import SETTLE_MS
from privatedao_audit.chain.series.model import Seen
from privatedao_audit.domains.rpc.endpoints import SHARE
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.judging import ROLES, Measured, Registered, gone_by, registered
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import joined
from privatedao_audit.model.status import Status

__all__ = [
    "LAG", "LEAST_MS", "LEAST_PROBES", "OLDEST", "ages", "blockhashes", "clock_offsets",
    "freshness", "lags",
]  # fmt: skip

#: A series has to be as long as this to say anything of lag.
LEAST_PROBES: Final = 30
LEAST_MS: Final = 60_000
#: Slots that an endpoint may be behind another, and seconds that its newest block may be old.
LAG: Final = 32
OLDEST: Final = 60
#: HTTP Date is cut to the second and the answer travels: so far this clock may be from it.
_DATE_BEHIND: Final = 5_000
_DATE_AHEAD: Final = 2_000
#: A blockhash, or the block height, that stands still for longer is frozen.
_FROZEN_MS: Final = SETTLE_MS


def _here(facts: RpcFacts, m: Measured) -> tuple[list[Registered], list[Part]]:
    """The registered endpoints that the series tells of, and a part for each of the others."""
    rows, parts = [], []
    for one in registered(facts, *ROLES):
        gone = gone_by(one, m)
        if gone is None:
            rows.append(one)
        else:
            text = f"The {one.row.role} {gone[1]}."
            parts.append(Part(f"{one.row.role} {one.row.label}", gone[0], text,
                              joined(m.at, one.at)))  # fmt: skip
    known = {one.row.label: one for one in rows}
    return list(known.values()), parts


def _two(rows: list[Registered], m: Measured) -> Iterator[Part]:
    if len(rows) < 2:
        text = f"{len(rows)} registered endpoints were measured, and two are needed to compare."
        yield Part("endpoints", Status.UNKNOWN, text, m.at, observed=len(rows))


# RP-03


def blockhashes(facts: RpcFacts, m: Measured) -> Iterator[Part]:
    """The parts of RP-03."""
    rows, parts = _here(facts, m)
    yield from parts
    yield from _two(rows, m)
    for one in rows:
        label = one.row.label
        yield _moving(label, "blockhash", m, lambda seen: seen.blockhash)
        yield _moving(label, "block height", m, lambda seen: seen.height)
    for one, other in permutations(rows, 2):
        yield _taken(one.row.label, other.row.label, m)


def _moving(label: str, what: str, m: Measured, told: Callable[[Seen], str | int | None]) -> Part:
    """Whether something of an endpoint changed all the time."""
    name = f"{what} of {label}"
    points = [
        (one.since_ms, value)
        for one in m.series.rounds
        if (seen := one.seen.get(label)) is not None and (value := told(seen)) is not None
    ]
    total = len(m.series.rounds)
    if len(points) < 2 or len(points) * 100 < SHARE * total:
        text = f"{label} told its {what} in {len(points)} of {total} rounds."
        return Part(name, Status.UNKNOWN, text, m.at, observed=len(points))
    apart = max(at - before for (before, _), (at, _) in pairwise(points))
    if apart > _FROZEN_MS:
        # Whatever it told before and after: what was not asked may have stood still.
        text = f"{label} did not tell its {what} for {apart / 1000:.1f} s."
        gap = Part(name, Status.UNKNOWN, text, m.at, observed="not told")
    else:
        gap = None
    longest, since = 0, points[0][0]
    for (_, before), (at, value) in pairwise(points):
        if value != before:
            since = at
        longest = max(longest, at - since)
    distinct = len({value for _, value in points})
    if longest > _FROZEN_MS or distinct == 1:
        text = f"The {what} of {label} stood still for {longest / 1000:.1f} s."
        return Part(name, Status.FAIL, text, m.at, observed="frozen")
    first, last = points[0][1], points[-1][1]
    if isinstance(first, int) and isinstance(last, int) and last <= first:
        text = f"The {what} of {label} went from {first} to {last}."
        return Part(name, Status.FAIL, text, m.at, observed="does not advance")
    if gap is not None:
        return gap
    text = f"The {what} of {label} changed all the time; it never stood still for longer than"
    return Part(name, m.good, f"{text} {_FROZEN_MS // 1000} s{m.by}.", m.at, observed="advances")


def _taken(of: str, by: str, m: Measured) -> Part:
    """Whether an endpoint takes the blockhashes of another within the time."""
    name = f"blockhash of {of} at {by}"
    told = {n for n, one in enumerate(m.series.rounds)
            if (seen := one.seen.get(of)) is not None and seen.blockhash is not None}  # fmt: skip
    answers = [v for one in m.series.rounds for v in one.valid if (v.of, v.by) == (of, by)]
    taken = {v.told for v in answers if v.valid and v.after_ms <= _FROZEN_MS} & told
    refused = {v.told for v in answers if v.valid is False} & told - taken
    seen_as = {"taken": len(taken), "refused": len(refused), "of": len(told)}
    total = len(told)
    if total and len(taken) * 100 >= SHARE * total:
        text = f"{by} takes the blockhashes of {of} within {_FROZEN_MS // 1000} s"
        return Part(name, m.good, f"{text}{m.by}.", m.at, observed="taken")
    if refused and len(refused) * 100 > (100 - SHARE) * total:
        text = f"{by} did not take {len(refused)} of {total} blockhashes of {of}."
        return Part(name, Status.FAIL, text, m.at, observed=seen_as)
    text = f"Whether {by} takes the blockhashes of {of} was told for {len(taken)} of {total}."
    return Part(name, Status.UNKNOWN, text, m.at, observed=seen_as)


# RP-05


def lags(m: Measured, behind: str, ahead: str) -> tuple[tuple[int, int | None], ...]:
    """By round: milliseconds since the first, and slots that one is behind another; None where
    one of them told no slot."""
    found: list[tuple[int, int | None]] = []
    for one in m.series.rounds:
        slots = [
            seen.slots.get("confirmed") if (seen := one.seen.get(label)) is not None else None
            for label in (ahead, behind)
        ]
        known = slots[0] is not None and slots[1] is not None
        found.append((one.since_ms, slots[0] - slots[1] if known else None))  # type: ignore[operator]
    return tuple(found)


def ages(m: Measured, label: str) -> tuple[int, ...]:
    """Seconds from the cluster's clock, as an endpoint tells it, to this machine's, by round."""
    return tuple(
        seen.at_ms // 1000 - seen.clock_time
        for seen in m.series.of(label)
        if seen is not None and seen.clock_time is not None
    )


def clock_offsets(m: Measured, label: str) -> tuple[int, ...]:
    """Milliseconds by which this machine's clock is ahead of the HTTP Date of an endpoint."""
    return tuple(
        seen.at_ms - seen.date * 1000
        for seen in m.series.of(label)
        if seen is not None and seen.date is not None
    )


def freshness(facts: RpcFacts, m: Measured) -> Iterator[Part]:
    """The parts of RP-05."""
    rows, parts = _here(facts, m)
    yield from parts
    yield from _two(rows, m)
    long_enough = _length(m)
    yield long_enough
    if long_enough.status is Status.UNKNOWN:
        return
    for one, other in combinations(rows, 2):
        for behind, ahead in permutations((one.row.label, other.row.label)):
            yield _lag(behind, ahead, m)
    clock = _clock([one.row.label for one in rows], m)
    yield clock
    for one in rows:
        yield _age(one.row.label, m, clock.status is not Status.UNKNOWN)


def _length(m: Measured) -> Part:
    rounds = m.series.rounds
    lasted = rounds[-1].since_ms - rounds[0].since_ms if rounds else 0
    wanted = {"probes": LEAST_PROBES, "seconds": LEAST_MS // 1000}
    seen = {"probes": len(rounds), "seconds": lasted // 1000}
    told = f"The series has {len(rounds)} probes over {lasted // 1000} s"
    if len(rounds) < LEAST_PROBES or lasted < LEAST_MS:
        text = f"{told}; {LEAST_PROBES} over {LEAST_MS // 1000} s are needed."
        return Part("series", Status.UNKNOWN, text, m.at, observed=seen, expected=wanted)
    if len(rounds) < m.series.plan.probes:
        text = f"{told}, and {m.series.plan.probes} were planned: it was broken off."
        return Part("series", Status.UNKNOWN, text, m.at, observed=seen, expected=wanted)
    return Part("series", m.good, f"{told}{m.by}.", m.at, expected=wanted)


def _lag(behind: str, ahead: str, m: Measured) -> Part:
    name = f"{behind} behind {ahead}"
    told = [lag for _, lag in lags(m, behind, ahead)]
    known = [lag for lag in told if lag is not None]
    within = sum(lag <= LAG for lag in known)
    healthy = sum(seen is not None and seen.health == "ok" for seen in m.series.of(behind))
    if len(known) * 100 < SHARE * len(told):
        text = f"Both told a slot in {len(known)} of {len(told)} rounds only."
        return Part(name, Status.UNKNOWN, text, m.at)
    if within * 100 < SHARE * len(known):
        said = f"; its own health check said ok {healthy} times" if healthy else ""
        text = (
            f"{behind} was more than {LAG} slots behind {ahead} in {len(known) - within} of "
            f"{len(known)} rounds, {max(known)} at most{said}."
        )
        return Part(name, Status.FAIL, text, m.at, observed="behind", expected=LAG)
    text = f"{behind} was at most {LAG} slots behind {ahead} in {within} of {len(known)} rounds"
    return Part(name, m.good, f"{text}{m.by}.", m.at, observed="keeps up", expected=LAG)


def _clock(labels: list[str], m: Measured) -> Part:
    """Whether this machine's clock is that of the endpoints' HTTP servers."""
    middle = {
        label: median_low(offsets) for label in labels if (offsets := clock_offsets(m, label))
    }
    wanted = {"ms": [-_DATE_AHEAD, _DATE_BEHIND]}
    if not middle:
        text = "No answer had an HTTP Date, so this machine's clock was not checked."
        return Part("clock", Status.UNKNOWN, text, m.at, expected=wanted)
    wrong = {k: v for k, v in middle.items() if not -_DATE_AHEAD <= v <= _DATE_BEHIND}
    if wrong:
        label = max(wrong, key=lambda one: abs(wrong[one]))
        text = (
            f"The clock that measured is {abs(wrong[label]) / 1000:.1f} s "
            f"{'ahead of' if wrong[label] > 0 else 'behind'} the HTTP Date of {label}, so no age "
            "of a block can be told."
        )
        return Part("clock", Status.UNKNOWN, text, m.at, observed="apart", expected=wanted)
    text = f"The clock that measured is that of the HTTP Dates of {', '.join(middle)}"
    return Part("clock", m.good, f"{text}{m.by}.", m.at, observed="agrees", expected=wanted)


def _age(label: str, m: Measured, clock: bool) -> Part:
    name = f"age of {label}"
    found, total = ages(m, label), len(m.series.rounds)
    if not clock:
        text = f"How old the newest block of {label} is can't be told without a checked clock."
        return Part(name, Status.UNKNOWN, text, m.at)
    if len(found) * 100 < SHARE * total:
        text = f"{label} told the cluster's clock in {len(found)} of {total} rounds."
        return Part(name, Status.UNKNOWN, text, m.at)
    within = sum(abs(one) <= OLDEST for one in found)
    if within * 100 < SHARE * len(found):
        text = (
            f"The newest block of {label} was more than {OLDEST} s from now in "
            f"{len(found) - within} of {len(found)} rounds, {max(found, key=abs)} s at most."
        )
        return Part(name, Status.FAIL, text, m.at, observed="old", expected=OLDEST)
    text = (
        f"The newest block of {label} was at most {OLDEST} s old in {within} of {len(found)} rounds"
    )
    return Part(name, m.good, f"{text}{m.by}.", m.at, observed="fresh", expected=OLDEST)
