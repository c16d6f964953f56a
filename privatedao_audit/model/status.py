"""Statuses, their precedence, and the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """What one control, or one part of it, came to."""

    PASS = "PASS"
    FAIL = "FAIL"
    DIVERGED = "DIVERGED"
    STALE = "STALE"
    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"
    ATTESTED = "ATTESTED"
    NOT_APPLICABLE = "N/A"
    WAIVED = "WAIVED"


#: Worst first. A control is the worst of its parts. N/A comes last because a part that
#: does not exist says nothing about the parts that do. WAIVED is not here: it is laid
#: over a status by a waiver and never takes part in a comparison.
PRECEDENCE: tuple[Status, ...] = (
    Status.FAIL,
    Status.DIVERGED,
    Status.STALE,
    Status.MISSING,
    Status.UNKNOWN,
    Status.ATTESTED,
    Status.PASS,
    Status.NOT_APPLICABLE,
)

#: The order in which people read findings: worst first, accepted risks before the rest.
READING_ORDER: tuple[Status, ...] = (
    Status.FAIL,
    Status.DIVERGED,
    Status.STALE,
    Status.MISSING,
    Status.UNKNOWN,
    Status.WAIVED,
    Status.ATTESTED,
    Status.PASS,
    Status.NOT_APPLICABLE,
)

_RANK = {status: rank for rank, status in enumerate(PRECEDENCE)}


def worst(parts: Iterable[Status]) -> Status:
    """The worst of the given statuses; UNKNOWN when there is none.

    Zero parts is UNKNOWN because an empty list proves nothing.

    Raises:
        ValueError: a part is WAIVED, which is never the status of a part.
    """
    ranks = []
    for status in parts:
        if status not in _RANK:
            raise ValueError(f"{status} is not a status that a part can have")
        ranks.append(_RANK[status])
    return PRECEDENCE[min(ranks)] if ranks else Status.UNKNOWN


class Floor(StrEnum):
    """The weakest status that READY accepts for a control."""

    PASS = "PASS"
    ATTESTED = "ATTESTED"


class ControlClass(StrEnum):
    """How a control can be shown: C by chain or bytes, A by an artefact, H by a person only."""

    CHAIN = "C"
    ARTEFACT = "A"
    HUMAN = "H"
    CHAIN_AND_ARTEFACT = "C+A"
    CHAIN_OR_ARTEFACT = "C/A"


class Severity(StrEnum):
    """How bad the matter of a control is, apart from how it stands."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Effort(StrEnum):
    """How long a team needs to settle a gap, by the kit's own estimate; shortest first."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


class Verdict(StrEnum):
    """What the gate says of the whole run."""

    READY = "READY"
    NOT_READY = "NOT READY"
    INCONCLUSIVE = "INCONCLUSIVE"
    INVALID = "INVALID"
    CONDITIONAL = "CONDITIONAL"

    @property
    def exit_code(self) -> int:
        """The exit code of ``privatedao-audit run`` once findings.json is written."""
        return list(Verdict).index(self)


def meets_floor(status: Status, floor: Floor) -> bool:
    """Whether READY accepts ``status`` for a control with this floor."""
    if status in (Status.PASS, Status.NOT_APPLICABLE):
        return True
    return status is Status.ATTESTED and floor is Floor.ATTESTED


#: Statuses of a blocking control that make the verdict NOT READY whatever the floor.
_NOT_READY = frozenset({Status.FAIL, Status.DIVERGED, Status.STALE, Status.MISSING})


def verdict(blocking: Iterable[tuple[Status, Floor]], *, invalid: bool) -> Verdict:
    """The verdict over the blocking controls, by the gate's order of questions.

    Args:
        blocking: status and floor of every blocking control of the catalogue, also of those
            whose domain did not run (they are UNKNOWN): the denominator is fixed.
        invalid: a canary or a self-check of the run itself failed.
    """
    if invalid:
        return Verdict.INVALID
    rows = list(blocking)
    if not rows:
        return Verdict.INCONCLUSIVE
    if any(s in _NOT_READY for s, _ in rows):
        return Verdict.NOT_READY
    settled = [row for row in rows if row[0] not in (Status.UNKNOWN, Status.WAIVED)]
    if any(not meets_floor(s, floor) for s, floor in settled):
        return Verdict.NOT_READY
    if any(s is Status.UNKNOWN for s, _ in rows):
        return Verdict.INCONCLUSIVE
    if any(s is Status.WAIVED for s, _ in rows):
        return Verdict.CONDITIONAL
    return Verdict.READY
