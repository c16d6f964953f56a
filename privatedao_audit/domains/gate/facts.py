"""Facts of the readiness gate."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.domains.gate.ledger.facts import ClaimFacts
from privatedao_audit.model.reads import Read


@dataclass(frozen=True, slots=True)
class GateFacts:
    """Which cluster each provider serves, and what the documents of the checkout claim.

    Attributes:
        cluster, expected: name and genesis hash of the target's cluster.
        genesis: provider label → genesis hash as that provider itself gave it.
        claims: what the claim ledger is computed from.
    """

    cluster: str
    expected: str
    genesis: dict[str, Read[str]]
    claims: ClaimFacts = field(default_factory=ClaimFacts)
