"""The ways in which a claim can stand, as entries."""

from __future__ import annotations

from typing import Final

from privatedao_audit.domains.gate.ledger.index import Index
from privatedao_audit.domains.gate.ledger.model import Entry, Newer, Standing
from privatedao_audit.model.reads import ReadAt
from privatedao_audit.repository.claims.model import Claim, State

__all__ = ["agrees", "among_documents", "contradicted", "differs", "unasked", "unchecked"]

#: Places that name a cluster too far from a value to hold the value against it.
_WEAK: Final = frozenset({"document", "file name"})


def unchecked(
    index: Index, claim: Claim, why: str, *, subject: str = "", at: ReadAt | None = None
) -> Entry:
    """Nothing here says whether the claim holds; ``why`` is a full sentence."""
    changed = index.facts.changed.get(claim.file)
    return Entry(
        claim, Standing.UNCHECKED, subject, "", "", why, at or index.base, None, changed
    )  # fmt: skip


def agrees(index: Index, claim: Claim, subject: str, against: str, why: str, at: ReadAt) -> Entry:
    """What it was set against says the same."""
    changed = index.facts.changed.get(claim.file)
    return Entry(
        claim, Standing.AGREES, subject, against, claim.value, why, at, None, changed
    )  # fmt: skip


def contradicted(
    index: Index, claim: Claim, subject: str, against: str, expected: str, why: str, at: ReadAt,
    newer: Newer | None = None,
) -> Entry:  # fmt: skip
    """It can't be true whatever the document means by it, or it is meant as holding now.

    A cluster that is named far from the value is too weak a ground for that.
    """
    if claim.cluster_from in _WEAK and against not in ("derivation", "files"):
        told = f"{why} Only the opening or the name of the document says which cluster it means."
        return unchecked(index, claim, told, subject=subject, at=at)
    changed = index.facts.changed.get(claim.file)
    return Entry(
        claim, Standing.CONTRADICTED, subject, against, expected, why, at, newer, changed
    )  # fmt: skip


def differs(
    index: Index, claim: Claim, subject: str, against: str, expected: str, why: str, at: ReadAt,
) -> Entry:  # fmt: skip
    """The value is not the one that holds: what that means turns on how the document means it.

    Args:
        expected: what holds, as the chain, the target or the newest document has it.
        why: what holds, as one full sentence.
    """
    changed = index.facts.changed.get(claim.file)
    newer = index.newest(expected, claim)
    if claim.state is State.PLANNED:
        told = f"It is a plan, a requirement or an example ({claim.state_from})."
        return unchecked(index, claim, told, subject=subject, at=at)
    if claim.state is State.FORMER:
        told = f"The document marks it as former ({claim.state_from}). {why}"
    elif claim.state is State.DATED:
        told = f"It is a record of its day ({claim.state_from}). {why}"
    else:
        return contradicted(index, claim, subject, against, expected, why, at, newer)
    newer = newer or Newer("", 0, expected, None)
    return Entry(
        claim, Standing.SUPERSEDED, subject, against, expected, told, at, newer, changed
    )  # fmt: skip


def unasked(index: Index) -> str:
    """Why a key or a signature was not looked up."""
    if not index.facts.asked:
        return "No RPC endpoint was given, so it was not looked up."
    return "It was not looked up: there are more than this audit asks for."


def among_documents(index: Index, claim: Claim, subject: str, rivals: tuple[Claim, ...]) -> Entry:
    """The newest document against the others, where the chain was not read.

    Args:
        rivals: the statements about the same thing, this one among them.
    """
    best, several = index.newest_of(rivals)
    if best is None or (best.file == claim.file and not several):
        told = "The chain was not read, and no other document says it."
        return unchecked(index, claim, told, subject=subject)
    at = index.at(index.facts.dates)
    if best.value == claim.value:
        told = f"The newest document that says so, {best.file}, has the same."
        return agrees(index, claim, subject, "documents", told, at)
    told = f"{best.file}, line {best.line}, is newer and has {best.value}."
    return differs(index, claim, subject, "documents", best.value, told, at)
