"""What came of asking: found, proven absent, or unknown. An error is never "absent"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
U = TypeVar("U")
# A read is only ever looked at: whoever takes a read of any object takes one of bytes.
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class ReadAt:
    """Where a read stands.

    Attributes:
        evidence: ids of the recorded reads it rests on (``r-…``).
        slot: context slot of the answer, None where the question has none.
        commitment: ``finalized`` or weaker; None off chain.
        providers: labels of the providers that gave this same answer; one label means
            single-source.
        asked_at: UTC time of the answer, RFC 3339; None where the read never happened.
        carried: it was carried over from an earlier recording, and is of finalized blocks: it
            does not age.
    """

    evidence: tuple[str, ...] = ()
    slot: int | None = None
    commitment: str | None = None
    providers: tuple[str, ...] = ()
    asked_at: str | None = None
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Found(Generic[T_co]):
    """The value was read."""

    value: T_co
    at: ReadAt


@dataclass(frozen=True, slots=True)
class ProvenAbsent:
    """The place was read and the thing is not there (at ``at.slot`` on chain)."""

    at: ReadAt


@dataclass(frozen=True, slots=True)
class Unknown:
    """It could not be measured; ``reason`` is a phrase for people, without a final stop."""

    reason: str
    at: ReadAt = ReadAt()


@dataclass(frozen=True, slots=True)
class Diverged:
    """Sources that must be identical are not: a kind of not knowing that keeps every answer.

    Attributes:
        reason: what differs between whom.
        at: its ``evidence`` names the read whose record lists all answers.
    """

    reason: str
    at: ReadAt


Read: TypeAlias = Found[T_co] | ProvenAbsent | Unknown | Diverged


def decoded(read: Read[T], decode: Callable[[T], U], what: str) -> Read[U]:
    """Apply a strict decoder; bytes that do not decode are Unknown, never absent.

    Args:
        what: names the thing in the reason, e.g. ``"the ProgramData account"``.
    """
    if not isinstance(read, Found):
        return read
    try:
        return Found(decode(read.value), read.at)
    except ValueError as error:
        return Unknown(f"{what} does not decode: {error}", read.at)


def joined(*places: ReadAt) -> ReadAt:
    """One position for a value that rests on several reads.

    The slot is the oldest one, the time the earliest of what can age, and the providers are those
    that gave every answer, so that a join never looks fresher or better agreed than its parts.
    """
    evidence: dict[str, None] = {}
    for place in places:
        evidence.update(dict.fromkeys(place.evidence))
    slots = [p.slot for p in places if p.slot is not None]
    dated = [p for p in places if p.asked_at is not None]
    aging = [p for p in dated if not p.carried] or dated
    commitments = {p.commitment for p in places if p.commitment is not None}
    on_chain = [set(p.providers) for p in places if p.commitment is not None]
    shared = set.intersection(*on_chain) if on_chain else {x for p in places for x in p.providers}
    return ReadAt(
        evidence=tuple(evidence),
        slot=min(slots) if slots else None,
        commitment=_weakest(commitments),
        providers=tuple(sorted(shared)),
        asked_at=min((str(p.asked_at) for p in aging), default=None),
        carried=bool(dated) and all(p.carried for p in dated),
    )


def _weakest(commitments: set[str]) -> str | None:
    for level in ("processed", "confirmed", "finalized"):
        if level in commitments:
            return level
    return None


def resting_on(read: Read[T], *more: ReadAt) -> Read[T]:
    """The same read, with its position joined to others it also rests on."""
    return replace(read, at=joined(read.at, *more))
