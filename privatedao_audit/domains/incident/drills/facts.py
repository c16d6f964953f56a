"""Facts about drills. Times are Unix seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from privatedao_audit.model.reads import Read

__all__ = ["Acted", "Call", "Carried", "Drill", "DrillFile", "Gap"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that went wrong in a drill."""

    text: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Call:
    """An instruction, and the key that signed for it.

    Attributes:
        by_key: that key can sign by itself; a program-derived one needs the transaction's signers.
        scoped: of a program in scope, and not of a stand-in that a recording was made with.
    """

    instruction: str
    signer: str
    by_key: bool
    scoped: bool


@dataclass(frozen=True, slots=True)
class Acted:
    """A transaction of a drill.

    Attributes:
        block_time: None where the node keeps none.
        complete: no instruction can be missing from ``calls``.
    """

    block_time: int | None
    succeeded: bool
    signers: tuple[str, ...]
    calls: tuple[Call, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Carried:
    """The recording that a drill carries: opened, whole, and of the root that the drill names.

    Attributes:
        began, sealed: of the recording.
        outage: some question in it failed at one provider and was answered by another.
        programs: ids of the programs that it was made of.
    """

    genesis_hash: str
    began: int
    sealed: int
    outage: bool
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill.

    Attributes:
        place: file and number, for people.
        path: ``IR-01`` to ``IR-05``.
        date: as written.
        here: it names the target's cluster, by genesis hash.
        started_at, detected_at, contained_at: None where the record gives no time.
        instruction: the lever that was drilled; ``none`` where there is none.
        acted: signature → its transaction, on the cluster or in the recording.
        recording: None where the drill carries none.
        fault: what is malformed in the row; such a row shows nothing.
    """

    place: str
    path: str
    date: str
    cluster: str
    genesis_hash: str
    here: bool
    started_at: int | None
    detected_at: int | None
    contained_at: int | None
    instruction: str
    participants: tuple[str, ...]
    gaps: tuple[Gap, ...] | None
    acted: Mapping[str, Read[Acted]]
    recording: Read[Carried] | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class DrillFile:
    """A record of drills. ``changed``: when git says that it last changed."""

    file: str
    drills: Read[tuple[Drill, ...]]
    changed: Read[int]
