"""Facts about where the treasury lies and who says so."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.model.reads import Read, Unknown
from privatedao_audit.repository.surfaces import Statement

__all__ = ["Contradicted", "Derived", "PlaceFacts", "Scoped", "Unmapped"]


@dataclass(frozen=True, slots=True)
class Scoped:
    """A DAO as the target documents it: its account, its program's id, its treasury."""

    dao: str
    program: str
    treasury: str


@dataclass(frozen=True, slots=True)
class Derived:
    """The treasury's address that follows from a DAO and a program."""

    dao: str
    program: str
    address: str


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A file that the protocol's repositories carry and the target does not map.

    Attributes:
        treasuries: what it prints under the name of a treasury.
    """

    file: str
    treasuries: Read[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Contradicted:
    """A treasury that a current surface states anywhere in it, and that the claim ledger refutes.

    Attributes:
        line: counts from 1.
        why: one full sentence.
    """

    file: str
    line: int
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What is said of the treasuries' addresses.

    Attributes:
        cluster: name of the target's cluster.
        scoped: the DAOs in scope, in the target's order.
        derived: for each DAO in scope or named by a statement, under each program that is in
            scope or named.
        statements: current surfaces that print a treasury: the file, and what it says.
        unmapped: files that print one and have no part in the target.
        contradicted: what the claim ledger refutes of the treasuries that files with a current
            part state, whatever that part is.
    """

    cluster: str = ""
    scoped: tuple[Scoped, ...] = ()
    derived: tuple[Derived, ...] = ()
    statements: tuple[tuple[str, Read[Statement]], ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    contradicted: Read[tuple[Contradicted, ...]] = field(
        default_factory=lambda: Unknown("the claim ledger was not read")
    )
