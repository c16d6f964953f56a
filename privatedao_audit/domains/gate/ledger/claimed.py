"""What the claim ledger holds of one document."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.domains.gate.ledger.model import Entry, Ledger
from privatedao_audit.model.reads import Found, Read, Unknown, joined
from privatedao_audit.repository.claims.model import State

__all__ = ["Claimed", "claimed"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claim of a document and how the claim ledger has it.

    Attributes:
        line: counts from 1.
        what, value: kind of value, and the value.
        standing: ``agrees``, ``contradicted``, ``superseded`` or ``not checkable here``.
        why: one full sentence.
        holds: the document states it as holding; not as a plan, or as what held once.
    """

    line: int
    what: str
    value: str
    standing: str
    why: str
    holds: bool


def claimed(whole: Ledger, file: str) -> Read[tuple[Claimed, ...]]:
    """The claims of a document, in its order; Unknown where the ledger may lack some of them."""
    covered = whole.covered
    if not isinstance(covered, Found):
        return covered
    fault = covered.value.unread.get(file) or covered.value.notes.get(file)
    if fault:
        return Unknown(f"the ledger did not read all of {file}: {fault}", covered.at)
    entries = whole.of_file(file)
    if covered.value.gap and not entries:
        return Unknown(f"the ledger may lack documents: {covered.value.gap}", covered.at)
    at = joined(covered.at, *(one.at for one in entries))
    return Found(tuple(_claimed(one) for one in entries), at)


def _claimed(one: Entry) -> Claimed:
    return Claimed(
        line=one.claim.line,
        what=str(one.claim.what),
        value=one.claim.value,
        standing=str(one.standing),
        why=one.why,
        holds=one.claim.state is State.CURRENT,
    )
