"""Facts of treasury protection."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.domains.governance.facts import GovernanceFacts


@dataclass(frozen=True, slots=True)
class TreasuryFacts:
    """Facts of treasury protection."""

    governance: GovernanceFacts
