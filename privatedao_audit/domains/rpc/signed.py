"""A series that the team measured itself: the line that a registered key signs, and its reading.

The line is printable ASCII and names the file by its hash, so that a hardware wallet can show it
and `solana sign-offchain-message` can sign it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from privatedao_audit.chain.offchain_message import parse_signature, verify_text
from privatedao_audit.chain.series.model import Series

__all__ = ["Line", "fault", "line_of"]

_HEAD = "Series of RPC probes, privatedao-audit series 1"
_TAIL = "I measured this at the operation's own endpoints."
_TEXT = re.compile(
    re.escape(_HEAD)
    + r"; target (?P<target>[a-z0-9][a-z0-9-]{0,63})"
    + r"; genesis (?P<genesis>[1-9A-HJ-NP-Za-km-z]{32,44})"
    + r"; rounds (?P<rounds>[0-9]{1,5})"
    + r"; ended (?P<ended>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"
    + r"; SHA-256 (?P<sha256>[0-9a-f]{64})"
    + r"; "
    + re.escape(_TAIL)
)


@dataclass(frozen=True, slots=True)
class Line:
    """What is signed of a series."""

    target: str
    genesis: str
    rounds: int
    ended: str
    sha256: str

    def text(self) -> str:
        """The line itself."""
        return (
            f"{_HEAD}; target {self.target}; genesis {self.genesis}; rounds {self.rounds}; ended "
            f"{self.ended}; SHA-256 {self.sha256}; {_TAIL}"
        )


def line_of(series: Series, sha256: str) -> Line:
    """The line for a series whose file has this hash."""
    ended = datetime.fromtimestamp(series.ended_ms // 1000, UTC)
    return Line(
        series.target, series.genesis, len(series.rounds), f"{ended:%Y-%m-%dT%H:%M:%SZ}", sha256
    )


def fault(series: Series, sha256: str, target: str, key: str, message: str, signature: str) -> str:
    """Why a signature does not count for a series, as one clause; empty where it does.

    Args:
        sha256: of the file of the series as it lies in the checkout.
        target: name of the target that is audited.
    """
    try:
        signed = verify_text(message, key, parse_signature(signature))
    except ValueError as error:
        return f"its signature can't be verified: {error}"
    if signed is None:
        return "the key did not sign this line"
    if _TEXT.fullmatch(message) is None:
        return "what was signed is no line of this kit about a series"
    if series.target != target:
        return f"it was measured for the target {series.target}, not {target}"
    if message != line_of(series, sha256).text():
        return "what was signed speaks of another series than the file holds"
    return ""
