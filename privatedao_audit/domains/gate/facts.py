"""Facts of the readiness gate."""

from __future__ import annotations

from dataclasses import dataclass

from privatedao_audit.model.reads import Read


@dataclass(frozen=True, slots=True)
class GateFacts:
    """Which cluster each provider serves.

    Attributes:
        cluster, expected: name and genesis hash of the target's cluster.
        genesis: provider label → genesis hash as that provider itself gave it.
    """

    cluster: str
    expected: str
    genesis: dict[str, Read[str]]
