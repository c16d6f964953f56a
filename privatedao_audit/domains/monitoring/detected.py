"""The detectors over the facts of monitoring: one story per DAO, each told once."""

from __future__ import annotations

from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.history.detectors import Detected, Story, detect
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

__all__ = ["detected", "stories"]


def stories(facts: MonitoringFacts) -> dict[str, Story]:
    """DAO → what its detectors read; DAOs without a history are left out."""
    try:
        protocol = protocol_of(facts.governance.protocol)
    except UnknownProtocol:
        return {}
    return {
        reads.address: Story(
            reads,
            facts.histories[reads.address],
            protocol.instruction_rules,
            facts.watch.known,
            protocol.recount,
        )
        for reads in facts.governance.daos
        if reads.address in facts.histories
    }


def detected(facts: MonitoringFacts) -> dict[str, dict[str, Detected]]:
    """DAO → detector → what it says."""
    return {dao: detect(story, facts.watch.parameters) for dao, story in stories(facts).items()}
