"""Facts about the documents that the readiness gate asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from privatedao_audit.domains.gate.ledger.claimed import Claimed
from privatedao_audit.model.reads import Read
from privatedao_audit.repository.reads import Change

T = TypeVar("T")

__all__ = [
    "KINDS", "OWED", "Command", "Item", "Listed", "Mark", "Paper", "PaperFacts",
    "Review", "Sourced", "Specification", "Version",
]  # fmt: skip


#: Part → the sections that a document of it owes.
OWED: Final = {
    "security-review": ("scope", "findings", "commands"),
    "verification-guide": ("setup", "steps", "expected"),
}
#: What a specification and an interface name.
KINDS: Final = ("instructions", "accounts", "errors", "seeds")


@dataclass(frozen=True, slots=True)
class Sourced:
    """When the sources of one crate of a program last changed, as of a release commit.

    Attributes:
        program: its name in the target.
        release: the release commit that a current record names; empty where none does.
        crate: folder of the crate, from the top of the checkout.
        changed: the last change of that folder's content as of the release commit.
        before: whether that change lies in the history of the document's last change.
        after: whether the document's last change lies in the history of that of the sources.
    """

    program: str
    release: str
    crate: str
    changed: Read[Change]
    before: Read[bool]
    after: Read[bool]


@dataclass(frozen=True, slots=True)
class Paper(Generic[T]):
    """A current document and what it says.

    Attributes:
        file: path in the checkout.
        said: its content, as far as it was decoded.
        changed: the commit that last gave the file its content; absent where no commit has it,
            Unknown where the file on disk is not that of the commit.
        sources: the sources that it must not be older than.
    """

    file: str
    said: Read[T]
    changed: Read[Change]
    sources: tuple[Sourced, ...]


class Mark(StrEnum):
    """What a list says of one of its items."""

    DONE = "done"
    OPEN = "open"
    #: Neither box nor word: the item is stated, and that is all.
    PLAIN = "plain"
    STRUCK = "struck out"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a readiness list.

    Attributes:
        text: hostile text, cut; empty where it is struck out.
        controls: ids that the target or the item itself maps it to, without those that the
            catalogue does not have.
        strange: ids in the item that the catalogue does not have.
    """

    text: str
    mark: Mark
    controls: tuple[str, ...]
    strange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """The items under one heading; ``there`` is False where the document lacks the heading."""

    heading: str
    there: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a document tells its reader to run.

    Attributes:
        text: as written, cut; hostile.
        needs: what of the checkout it needs, e.g. ``script verify:all of package.json``.
        there: whether the commit that the checkout stands at has it.
    """

    text: str
    needs: str
    there: Read[bool]


@dataclass(frozen=True, slots=True)
class Version:
    """A version that a document states.

    Attributes:
        of: ``program``, ``anchor``, ``solana`` or ``rust``.
        stated: digits and dots, as written.
        right: the versions that the release commit has of it; empty: it names none.
    """

    of: str
    stated: str
    right: Read[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Review:
    """A security review or a verification guide.

    Attributes:
        topic: part of the surface.
        sections: name of a section that is owed → whether it is there and says something; None
            where the target maps no heading to it.
        commands, versions: in the order of the document, each once.
        claims: as the ledger has them.
    """

    topic: str
    paper: Paper[dict[str, bool | None]]
    commands: tuple[Command, ...]
    versions: tuple[Version, ...]
    claims: Read[tuple[Claimed, ...]]


@dataclass(frozen=True, slots=True)
class Specification:
    """A protocol specification beside the interface of its program.

    Attributes:
        program: name in the target.
        paper: kind (``instructions`` …) → names as the document gives them; None where it lacks
            the section, or none is mapped. Errors are ``code name`` where a code stands there.
        interface: the same kinds of the repository's IDL.
        places: further names that accounts of instructions have, which are no account types.
    """

    program: str
    paper: Paper[dict[str, tuple[str, ...] | None]]
    interface: Read[dict[str, tuple[str, ...]]]
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """All documents of the gate; ``specified`` names the programs that owe a specification."""

    readiness: tuple[Paper[Listed], ...] = ()
    reviews: tuple[Review, ...] = ()
    specifications: tuple[Specification, ...] = ()
    specified: tuple[str, ...] = ()
