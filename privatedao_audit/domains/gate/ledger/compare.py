"""Every claim beside what is known of the same thing: the chain, derivations, files, documents."""

from __future__ import annotations

from privatedao_audit.domains.gate.ledger.addresses import address
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts
from privatedao_audit.domains.gate.ledger.index import Index
from privatedao_audit.domains.gate.ledger.model import Ledger
from privatedao_audit.domains.gate.ledger.values import VALUES
from privatedao_audit.repository.claims.model import Kind

__all__ = ["ledger"]


def ledger(facts: ClaimFacts) -> Ledger:
    """The ledger of a checkout's claims. Pure: equal facts give equal ledgers.

    A claim of the target's cluster is set against the chain; any claim against what derives it
    and against the files of the checkout. Where the value is another one, it is contradicted if
    the document means it as holding now, and superseded if the document marks it as former or
    is a record of a day. What names no cluster, or another one, is not checkable here.
    """
    index = Index(facts)
    entries = tuple(
        address(index, claim) if claim.what is Kind.ADDRESS else VALUES[claim.what](index, claim)
        for claim in facts.claims
    )
    return Ledger(entries, facts.covered)
