"""Facts of the readiness gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from privatedao_audit.domains.gate.external.facts import ExternalFacts
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts
from privatedao_audit.domains.gate.papers.facts import PaperFacts
from privatedao_audit.domains.gate.papers.readiness import Stands, leaned_on
from privatedao_audit.domains.gate.reach.facts import ReachFacts
from privatedao_audit.model.reads import Read

__all__ = ["GateFacts", "Stands"]


@dataclass(frozen=True, slots=True)
class GateFacts:
    """Which cluster each provider serves, and what the documents of the checkout claim.

    Attributes:
        cluster, expected: name and genesis hash of the target's cluster.
        genesis: provider label → genesis hash as that provider itself gave it.
        claims: what the claim ledger is computed from.
        papers: the readiness list, reviews and specifications.
        external: the audit records.
        reach: what is named or reached, beside the scope.
        others: control id → how it stands, for those that RG-01's items lean on. Nothing of it
            is read: the audit adds it when it judges, from the other domains' facts.
    """

    cluster: str
    expected: str
    genesis: dict[str, Read[str]]
    claims: ClaimFacts = field(default_factory=ClaimFacts)
    papers: PaperFacts = field(default_factory=PaperFacts)
    external: ExternalFacts = field(default_factory=ExternalFacts)
    reach: ReachFacts = field(default_factory=ReachFacts)
    others: Mapping[str, Stands] = field(default_factory=dict)

    @property
    def leans_on(self) -> tuple[str, ...]:
        """Ids of the controls that items of the readiness list are mapped to."""
        return leaned_on(self.papers)

    def beside(self, others: Mapping[str, Stands]) -> GateFacts:
        """The same facts with how other controls stand."""
        return replace(self, others=dict(others))
