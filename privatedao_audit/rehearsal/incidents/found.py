"""What the detectors say of a rehearsed incident."""

from __future__ import annotations

from privatedao_audit.domains.monitoring.detected import detected
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.history.detectors import Detected


def detections(facts: MonitoringFacts) -> dict[str, Detected]:
    """Detector → what it says of the one DAO that a rehearsal has.

    Raises ValueError where there is another number of them.
    """
    (found,) = detected(facts).values()
    return found
