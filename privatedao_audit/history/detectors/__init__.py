"""Detectors: what in a DAO's life deserves a look, each a pure function over its story.

A hit states behaviour and never intent. A detector that could not see everything says why in
``unable``: no hits then means "incomplete", never "none".
"""

from __future__ import annotations

from privatedao_audit.history.detectors.story import (
    Announced,
    Detected,
    Detector,
    Hit,
    Known,
    Story,
)
from privatedao_audit.model.detection import Detection

__all__ = [
    "DETECTORS",
    "Announced",
    "Detected",
    "Detection",
    "Detector",
    "Hit",
    "Known",
    "Story",
    "detect",
]

#: Detector id → detector, in the order in which they are shown.
DETECTORS: dict[str, Detector] = {}


def detect(story: Story, parameters: Detection) -> dict[str, Detected]:
    """Run every detector over a story: id → what it says."""
    return {name: one.run(story, parameters) for name, one in DETECTORS.items()}
