"""Facts about where the treasury lies and who says so."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.model.reads import Read
from privatedao_audit.repository.surfaces import Statement

__all__ = ["Derived", "PlaceFacts", "Scoped", "Unmapped"]


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
class PlaceFacts:
    """What is said of the treasuries' addresses.

    Attributes:
        cluster: name of the target's cluster.
        scoped: the DAOs in scope, in the target's order.
        derived: for each DAO in scope or named by a statement, under each program that is in
            scope or named.
        statements: current surfaces that print a treasury: the file, and what it says.
        unmapped: files that print one and have no part in the target.
    """

    cluster: str = ""
    scoped: tuple[Scoped, ...] = ()
    derived: tuple[Derived, ...] = ()
    statements: tuple[tuple[str, Read[Statement]], ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
