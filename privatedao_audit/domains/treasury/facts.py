"""Facts of treasury protection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.history.facts import DaoHistory


@dataclass(frozen=True, slots=True)
class TreasuryFacts:
    """Facts of treasury protection.

    Attributes:
        histories: DAO → the whole history of its treasury and of what rules it.
    """

    governance: GovernanceFacts
    histories: Mapping[str, DaoHistory] = field(default_factory=dict)
