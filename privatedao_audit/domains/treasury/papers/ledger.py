"""The claims of the named evidence files, as the claim ledger has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from privatedao_audit.domains.gate.ledger import Entry, Ledger, ledger
from privatedao_audit.domains.gate.ledger.collect import collect_claims
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.papers.facts import NamedFile, Stood
from privatedao_audit.model.reads import Found, Read, Unknown, joined
from privatedao_audit.repository.claims.model import State

__all__ = ["with_claims"]


async def with_claims(sources: Sources, files: Sequence[NamedFile]) -> tuple[NamedFile, ...]:
    """The files with their claims. Without a file the ledger, which reads much, is not asked."""
    if not files:
        return ()
    whole = ledger(await collect_claims(sources))
    return tuple(replace(one, claims=_of(whole, one.paper.file)) for one in files)


def _of(whole: Ledger, file: str) -> Read[tuple[Stood, ...]]:
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
    return Found(tuple(_stood(one) for one in entries), at)


def _stood(one: Entry) -> Stood:
    return Stood(
        line=one.claim.line,
        what=str(one.claim.what),
        value=one.claim.value,
        standing=str(one.standing),
        why=one.why,
        holds=one.claim.state is State.CURRENT,
    )
