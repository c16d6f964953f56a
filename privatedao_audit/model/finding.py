"""Judgements (what a check says) and findings (what a report prints)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from privatedao_audit.model import canonical
from privatedao_audit.model.catalogue import Control
from privatedao_audit.model.reads import Diverged, ProvenAbsent, Read, ReadAt, Unknown, joined
from privatedao_audit.model.status import ControlClass, Floor, Status, worst
from privatedao_audit.model.waivers import observed_sha256

#: MIME type under which a notebook cell carries the finding itself.
FINDING_MIME = "application/vnd.privatedao-audit.finding+json"

#: Statuses that claim something was seen; they need evidence ids to be believed.
_CLAIMS = frozenset({Status.PASS, Status.ATTESTED, Status.NOT_APPLICABLE, Status.STALE})


_NOWHERE = ReadAt()


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a control looked at.

    Attributes:
        label: which thing, e.g. a program id or a document.
        status: how it stands; never WAIVED.
        summary: one full sentence.
        observed: the value alone as JSON, without read position, so that waivers and diffs
            bind to it; None where nothing was seen.
        expected: what would have passed, as JSON.
        at: the reads it rests on.

    Raises:
        ValueError: a status that claims something was seen comes without evidence.
    """

    label: str
    status: Status
    summary: str
    at: ReadAt = _NOWHERE
    observed: Any = None
    expected: Any = None

    def __post_init__(self) -> None:
        if self.status is Status.WAIVED:
            raise ValueError(f"{self.label}: a check can't waive")
        if self.status in _CLAIMS and not self.at.evidence:
            raise ValueError(f"{self.label}: {self.status} without evidence")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a check says of one control: its parts, and one sentence over them."""

    summary: str
    parts: tuple[Part, ...]

    @property
    def status(self) -> Status:
        """The worst of the parts; UNKNOWN when there is none."""
        return worst(part.status for part in self.parts)

    @property
    def at(self) -> ReadAt:
        """The reads of all parts together."""
        return joined(*(part.at for part in self.parts))


def judgement(parts: Iterable[Part], *, good: str, nothing: str) -> Judgement:
    """A judgement over parts.

    Args:
        good: the summary when no part is worse than ATTESTED.
        nothing: the reason when there is no part at all, which is UNKNOWN.
    """
    found = tuple(parts)
    if not found:
        return Judgement(nothing, ())
    status = worst(part.status for part in found)
    if status in (Status.PASS, Status.ATTESTED, Status.NOT_APPLICABLE):
        return Judgement(good, found)
    bad = [part for part in found if part.status is status]
    more = f" (and {len(bad) - 1} more like it)" if len(bad) > 1 else ""
    return Judgement(bad[0].summary + more, found)


def unread(label: str, read: Read[Any], *, absent: Status, absent_summary: str) -> Part:
    """The part for a read that found nothing.

    Args:
        absent: what proven absence means here: FAIL, MISSING or UNKNOWN.
        absent_summary: one full sentence for that case.

    Raises:
        TypeError: the read was Found after all.
    """
    if isinstance(read, ProvenAbsent):
        return Part(label, absent, absent_summary, read.at)
    if isinstance(read, Diverged):
        return Part(label, Status.DIVERGED, _sentence(read.reason), read.at)
    if isinstance(read, Unknown):
        return Part(label, Status.UNKNOWN, f"Could not be read: {read.reason}.", read.at)
    raise TypeError(f"{label}: the read was found")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


NOT_EVALUATED = "not evaluated by this version"


def not_evaluated(reason: str = NOT_EVALUATED) -> Judgement:
    """The judgement of a control without an evaluation: UNKNOWN, never anything better."""
    return Judgement(_sentence(reason), ())


@dataclass(frozen=True, slots=True)
class Position:
    """What every finding of a run shares: the cluster read, and when."""

    genesis_hash: str | None
    recorded_at: str


def finding(control: Control, said: Judgement, position: Position) -> dict[str, Any]:
    """The finding as JSON, in the shape of findings.json.

    Raises:
        ValueError: the judgement has a status that this control can't have: N/A where the
            catalogue does not allow it, or ATTESTED for a control of class C.
    """
    status = said.status
    for part in (status, *(p.status for p in said.parts)):
        if part is Status.NOT_APPLICABLE and not control.na:
            raise ValueError(f"{control.id}: N/A is not legal here")
        chain_only = control.control_class is ControlClass.CHAIN
        if part is Status.ATTESTED and chain_only and control.floor is not Floor.ATTESTED:
            raise ValueError(f"{control.id}: a document can't satisfy a control of class C")
    at = said.at
    parts = [
        {
            "label": part.label,
            "status": part.status.value,
            "summary": part.summary,
            "observed": canonical.plain(part.observed),
            "expected": canonical.plain(part.expected),
            "evidence": list(part.at.evidence),
        }
        for part in said.parts
    ]
    read = {
        "slot": at.slot,
        "commitment": at.commitment,
        "genesis_hash": position.genesis_hash if at.commitment else None,
        "providers": list(at.providers),
        "recorded_at": at.asked_at,
    }
    return {
        "id": control.id,
        "domain": control.domain,
        "title": control.title,
        "requirement": control.requirement,
        "class": control.control_class.value,
        "blocking": control.blocking,
        "floor": control.floor.value,
        "severity": control.severity.value,
        "status": status.value,
        "summary": said.summary,
        "observed": _observed(said, "observed"),
        "expected": _observed(said, "expected"),
        "parts": parts,
        "evidence": list(at.evidence),
        "read_at": read if at.evidence else None,
        "age_limit_seconds": control.age_limit_seconds,
        "invalidated_by": list(control.invalidated_by),
        "remediation": control.remediation,
        "recheck": control.recheck,
        "frameworks": list(control.frameworks),
        "observed_sha256": observed_sha256(parts),
        "waiver": None,
    }


def _observed(said: Judgement, member: str) -> Any:
    values = {p.label: canonical.plain(getattr(p, member)) for p in said.parts}
    known = {label: value for label, value in values.items() if value is not None}
    return known or None
