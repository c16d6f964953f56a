"""Facts about the treasury's documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from privatedao_audit.domains.gate.ledger.claimed import Claimed
from privatedao_audit.model.reads import Read, Unknown

T = TypeVar("T")

__all__ = ["Contact", "NamedFile", "Paper", "Row"]


@dataclass(frozen=True, slots=True)
class Paper(Generic[T]):
    """A current document and what it says.

    Attributes:
        file: path in the checkout.
        said: its content, as far as it was decoded.
        changed: Unix second of the commit that last gave the file its content; absent where no
            commit has it, Unknown where the file on disk is not that of the commit.
    """

    file: str
    said: Read[T]
    changed: Read[int]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a register: ``key`` is the address it is about, ``fields`` the rest as text."""

    key: str
    fields: dict[str, str]

    def text(self, name: str) -> str | None:
        """A field; None where the row does not give it."""
        return self.fields.get(name)

    def keys(self, name: str) -> tuple[str, ...]:
        """The addresses of a field that may be a list."""
        return tuple(dict.fromkeys(self.fields.get(name, "").split()))


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach somebody, without the personal data of it.

    Attributes:
        who, value: digests that tell two apart within one file; the texts stay in the recording.
        purposes: ``recovery``, ``incident``, as far as its role names them.
        role, kind: as the list says.
        fault: why nobody can be reached by it, as far as its form tells; empty where it may.
        owned: whether the row names an owner.
        date: as the row says; None where it says nothing.
    """

    who: str
    value: str
    purposes: tuple[str, ...]
    role: str
    kind: str
    fault: str
    owned: bool
    date: str | None


@dataclass(frozen=True, slots=True)
class NamedFile:
    """An evidence file that the target names.

    Attributes:
        topic: what it is about.
        paper: its ``said`` holds the date it declares; None where it declares none.
        length: bytes of its content; ``digest``: of it, so that a copy is no second file.
        claims: its claims as the ledger has them, in the order of the document.
    """

    topic: str
    paper: Paper[str | None]
    length: int
    digest: str = ""
    claims: Read[tuple[Claimed, ...]] = field(
        default_factory=lambda: Unknown("the claim ledger was not read")
    )
