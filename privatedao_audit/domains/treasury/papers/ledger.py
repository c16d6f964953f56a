"""The claims of the named evidence files, as the claim ledger has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from privatedao_audit.domains.gate.ledger import Ledger, ledger
from privatedao_audit.domains.gate.ledger.claimed import claimed
from privatedao_audit.domains.gate.ledger.collect import collect_claims
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.papers.facts import NamedFile
from privatedao_audit.domains.treasury.places.facts import Contradicted
from privatedao_audit.model.reads import Found, Read, Unknown, joined
from privatedao_audit.model.target import Target

__all__ = ["collect_ledger", "refuted", "with_claims"]

#: The role under which the ledger holds treasuries.
_TREASURY = "treasury"


async def collect_ledger(sources: Sources) -> Ledger:
    """The claim ledger of the checkout: every question of it is one that the gate asks as well."""
    return ledger(await collect_claims(sources))


def with_claims(whole: Ledger, files: Sequence[NamedFile]) -> tuple[NamedFile, ...]:
    """The files with their claims."""
    return tuple(replace(one, claims=claimed(whole, one.paper.file)) for one in files)


def refuted(whole: Ledger, target: Target) -> Read[tuple[Contradicted, ...]]:
    """The treasuries that files with a current part state and that are not what they should be."""
    if not isinstance(whole.covered, Found):
        return whole.covered
    files = {one.file for one in target.current()}
    found = [
        one for one in whole.contradictions(current_only=True)
        if one.claim.role == _TREASURY and one.claim.file in files
    ]  # fmt: skip
    covered = whole.covered.value
    lost = next((one for one in sorted(files) if one in covered.unread or one in covered.notes), "")
    if not found and (lost or covered.gap):
        why = covered.gap or f"{lost}: {covered.unread.get(lost) or covered.notes[lost]}"
        return Unknown(f"the claim ledger may lack claims: {why}", whole.covered.at)
    at = joined(whole.covered.at, *(one.at for one in found))
    return Found(
        tuple(Contradicted(o.claim.file, o.claim.line, o.claim.value, o.why) for o in found), at
    )
