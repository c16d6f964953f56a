"""Which domain collects what and judges which controls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from privatedao_audit.domains.custody import checks as custody_checks
from privatedao_audit.domains.custody import collect as custody_collect
from privatedao_audit.domains.gate import checks as gate_checks
from privatedao_audit.domains.gate import collect as gate_collect
from privatedao_audit.domains.incident import checks as incident_checks
from privatedao_audit.domains.incident import collect as incident_collect
from privatedao_audit.domains.monitoring import checks as monitoring_checks
from privatedao_audit.domains.monitoring import collect as monitoring_collect
from privatedao_audit.domains.release import checks as release_checks
from privatedao_audit.domains.release import collect as release_collect
from privatedao_audit.domains.rpc import checks as rpc_checks
from privatedao_audit.domains.rpc import collect as rpc_collect
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury import checks as treasury_checks
from privatedao_audit.domains.treasury import collect as treasury_collect
from privatedao_audit.model.finding import Judgement
from privatedao_audit.model.limits import Limits

Check = Callable[[Any, Limits], Judgement]


@dataclass(frozen=True, slots=True)
class Plan:
    """How one domain works.

    Attributes:
        collect: reads the facts of the domain.
        checks: control id → check; controls of the domain that are not here have no evaluation.
    """

    collect: Callable[[Sources], Awaitable[Any]]
    checks: Mapping[str, Check]


#: Domain name → plan. A domain that is not here evaluates nothing in this version, and all its
#: controls are UNKNOWN.
PLANS: dict[str, Plan] = {
    "release": Plan(release_collect.collect, release_checks.CHECKS),
    "custody": Plan(custody_collect.collect, custody_checks.CHECKS),
    "rpc": Plan(rpc_collect.collect, rpc_checks.CHECKS),
    "monitoring": Plan(monitoring_collect.collect, monitoring_checks.CHECKS),
    "treasury": Plan(treasury_collect.collect, treasury_checks.CHECKS),
    "incident": Plan(incident_collect.collect, incident_checks.CHECKS),
    "gate": Plan(gate_collect.collect, gate_checks.CHECKS),
}


def check_of(control_id: str) -> Check | None:
    """The check of a control; None when this version has none."""
    for plan in PLANS.values():
        if control_id in plan.checks:
            return plan.checks[control_id]
    return None
