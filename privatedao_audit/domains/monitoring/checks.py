"""The checks of monitoring: pure functions of facts. Each docstring is the rule in words."""

from __future__ import annotations

from privatedao_audit.domains.monitoring.completeness import ma_12
from privatedao_audit.domains.monitoring.rules import checks as rules

__all__ = ["CHECKS", "ma_12"]

#: Control id → check.
CHECKS = {**rules.CHECKS, "MA-12": ma_12}
