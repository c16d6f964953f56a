"""What scenes are made of: the scope that they are made for, calls, and movements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.domains.monitoring.rules.events import Event
from privatedao_audit.domains.monitoring.rules.samples import Series
from privatedao_audit.model.detection import Detection

__all__ = ["START", "DaoScope", "Scene", "Scope", "call", "moved"]

#: Unix second at which something happens in a scene.
START: Final = 1_000_000
#: The part of a balance that moves in a scene.
_PART: Final = 100
#: Raw units that come to an account of which nothing is known.
_NEW: Final = 1_000


@dataclass(frozen=True, slots=True)
class DaoScope:
    """A DAO that rules must watch.

    Attributes:
        tokens: token accounts of its treasury → their mints.
        balance: lamports that the treasury holds; where it holds none, the most it ever held.
        amounts: token account → raw units that it holds.
    """

    address: str
    treasury: str
    tokens: Mapping[str, str]
    balance: int
    amounts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """What rules must watch.

    Attributes:
        calls: what an instruction does (``propose``, ``finalize``, ``execute``) → its variants.
    """

    daos: tuple[DaoScope, ...]
    multisigs: tuple[str, ...]
    program_data: tuple[str, ...]
    calls: Mapping[str, tuple[str, ...]]
    detection: Detection


@dataclass(frozen=True, slots=True)
class Scene:
    """A series that was made up.

    Attributes:
        gauges: of two points each: the value before START, and from it on.
    """

    name: str
    events: tuple[Event, ...] = ()
    gauges: tuple[Series, ...] = ()


def call(
    metric: str, dao: DaoScope, instruction: str, *, registered: bool = True, **labels: str
) -> Event:
    """A call of the DAO's program about some proposal."""
    named = {
        "dao": dao.address, "proposal": "some proposal", "instruction": instruction,
        "caller": "a registered key" if registered else "a stranger",
        "registered": "true" if registered else "false", **labels,
    }  # fmt: skip
    return Event(metric, START, named)


def moved(
    dao: DaoScope, tokens: tuple[str, str] | None, direction: str, *, explained: bool = True
) -> Event:
    """A small movement of the treasury: lamports, or raw units of (account, mint).

    It is a hundredth of what is there: a rule that speaks only of larger ones misses a drain in
    parts, and one whose threshold is more than the treasury has misses everything.
    """
    labels = {"dao": dao.address, "account": dao.treasury, "direction": direction,
              "explained": "true" if explained else "false"}  # fmt: skip
    if tokens is None:
        return Event("treasury_lamports_moved", START, labels, max(dao.balance // _PART, 1))
    account, mint = tokens
    return Event("treasury_tokens_moved", START, {**labels, "account": account, "mint": mint},
                 max(dao.amounts.get(account, 0) // _PART, 1) if account in dao.amounts
                 else _NEW)  # fmt: skip
