"""What a runbook says, without the personal data in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["ELEMENTS", "HEADINGS", "Element", "Named", "Runbook"]

#: The elements of a runbook, by the names that a target's mapping uses → the headings of the
#: kit's own convention.
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "trigger": ("Trigger",),
    "first_actions": ("First actions",),
    "owner": ("Owner",),
    "escalation": ("Escalation",),
    "evidence": ("Evidence to keep",),
    "lever": ("On-chain lever",),
}
ELEMENTS: Final = tuple(HEADINGS)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a runbook.

    Attributes:
        place: heading of its section, or ``front matter``.
        line: of the heading, counted from 1; None where there is no such section.
        lines: how many lines or items of it say something; 0: it is empty, or a placeholder.
        reaches: how the text names somebody to call: ``listed contact``, ``mail``, ``phone``,
            ``handle``. Whom it names stays in the recording.
    """

    place: str
    line: int | None
    lines: int
    reaches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A lever that a runbook names.

    Attributes:
        instruction: as written; ``none`` where it says that there is none.
        when: at which moment it is to work, as written; empty where the runbook does not say.
    """

    instruction: str
    when: str


@dataclass(frozen=True, slots=True)
class Runbook:
    """A runbook.

    Attributes:
        path: the incident path that it declares; None where it declares none.
        date: that it declares, as written; None where it declares none.
        elements: name of an element → what stands there.
        levers: those of the front matter.
        codes: names written as code in the section of the lever, in order.
        words: which of the kit's words for levers its prose holds: ``veto``, ``cancel``,
            ``hand over``, ``none``, ``halt``.
        late: its prose puts a veto behind the unlock, or a cancellation behind a vote.
    """

    path: str | None
    date: str | None
    elements: Mapping[str, Element]
    levers: tuple[Named, ...]
    codes: tuple[str, ...]
    words: tuple[str, ...]
    late: bool
