"""Facts of monitoring and alerting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.domains.monitoring.watch import Watch
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.model.reads import Read


@dataclass(frozen=True, slots=True)
class MonitoringFacts:
    """Facts of monitoring and alerting.

    Attributes:
        histories: DAO → its whole history; the first DAO's holds the multisigs' and the
            programs' data accounts too.
        multisigs: multisig of the target → the program that owns it.
        uncounted: multisigs of kinds that keep no count of their transactions → their kind.
        program_data: ProgramData addresses of the programs in scope.
        watch: what the detectors may expect, and their parameters.
        rules: the team's alert rules, its log of alerts, its drills.
    """

    governance: GovernanceFacts
    histories: Mapping[str, DaoHistory]
    multisigs: Mapping[str, Read[str]] = field(default_factory=dict)
    uncounted: Mapping[str, str] = field(default_factory=dict)
    program_data: tuple[str, ...] = ()
    watch: Watch = field(default_factory=Watch)
    rules: RuleFacts = field(default_factory=RuleFacts)
