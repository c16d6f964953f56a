"""The governance program on the local chain: one method per instruction.

Each method makes a `Call`; `.land(expect=...)` sends it, `.instruction()` is for somebody else
to sign, such as a multisig's vault. Times are seconds, SOL amounts lamports, token amounts raw
units. Nothing is checked here but what Python must know: a call that the program refuses is as
good as another.
"""

from __future__ import annotations

from .dao_calls import DaoCalls
from .treasury_calls import TreasuryCalls
from .vote_calls import VoteCalls


class Governance(DaoCalls, VoteCalls, TreasuryCalls):
    """All calls to one program: `Governance(node, program_id)`; see its parts."""
