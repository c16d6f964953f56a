"""The ledger: every claim with how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from privatedao_audit.domains.gate.ledger.facts import Coverage
from privatedao_audit.model.reads import Read, ReadAt
from privatedao_audit.repository.claims.model import Claim, State


class Standing(StrEnum):
    """How a claim stands."""

    AGREES = "agrees"
    CONTRADICTED = "contradicted"
    SUPERSEDED = "superseded"
    UNCHECKED = "not checkable here"


@dataclass(frozen=True, slots=True)
class Newer:
    """The statement that a superseded or contradicted one gives way to.

    Attributes:
        file, line: where it stands; empty and 0 for the chain, line 0 for a file as a whole.
        value: what it states.
        changed: Unix seconds of the last change of its file; None where that is not known.
    """

    file: str
    line: int
    value: str
    changed: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim and how it stands.

    Attributes:
        subject: what the claim is about, e.g. ``program id on testnet``; empty where it can't
            be told.
        against: what it was set against: ``chain``, ``derivation``, ``files``, ``target`` or
            ``documents``; empty for claims that are not checkable here.
        expected: what that says; empty where there is nothing to name.
        why: one full sentence.
        newer: the newer statement, for superseded and contradicted ones.
        changed: Unix seconds of the last change of the document; None where not known.
        at: the reads it rests on, that of the documents among them.
    """

    claim: Claim
    standing: Standing
    subject: str
    against: str
    expected: str
    why: str
    at: ReadAt
    newer: Newer | None = None
    changed: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All claims of the checkout. ``covered`` says what was read, or why nothing was."""

    entries: tuple[Entry, ...]
    covered: Read[Coverage]

    def of_file(self, path: str) -> tuple[Entry, ...]:
        """The claims of one document; those of the document it is a copy of, where it is one."""
        copies = getattr(getattr(self.covered, "value", None), "copies", {})
        path = copies.get(path, path)
        return tuple(one for one in self.entries if one.claim.file == path)

    def contradictions(self, current_only: bool = False) -> tuple[Entry, ...]:
        """What is contradicted.

        Args:
            current_only: without records of a day, plans, and what is marked as former.
        """
        return tuple(
            one
            for one in self.entries
            if one.standing is Standing.CONTRADICTED
            and (not current_only or one.claim.state is State.CURRENT)
        )

    def about(self, *roles: str) -> Iterator[Entry]:
        """The entries of claims with one of these roles."""
        return (one for one in self.entries if one.claim.role in roles)

    def counts(self) -> dict[Standing, int]:
        """How many claims stand how."""
        found = dict.fromkeys(Standing, 0)
        for one in self.entries:
            found[one.standing] += 1
        return found
