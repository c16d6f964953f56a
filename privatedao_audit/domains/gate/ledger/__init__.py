"""The claim ledger: what the documents say beside what the chain and the other documents say.

:func:`collect` reads, :func:`ledger` compares; the facts hold typed claims, never a document.
"""

from privatedao_audit.domains.gate.ledger.compare import ledger
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts
from privatedao_audit.domains.gate.ledger.model import Entry, Ledger, Standing

__all__ = ["ClaimFacts", "Entry", "Ledger", "Standing", "ledger"]
