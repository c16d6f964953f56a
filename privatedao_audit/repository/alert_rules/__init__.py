"""Alert rules of a checkout as typed conditions: the kit's own words, PromQL, Alertmanager.

Parsing only. What a rule's metric means, and whether the rule covers anything, is judged above.
"""

from __future__ import annotations

from privatedao_audit.repository.alert_rules.model import (
    Condition,
    Matcher,
    NotExecutable,
    Rule,
    RuleFile,
    Selector,
)
from privatedao_audit.repository.alert_rules.plain import condition as plain_condition
from privatedao_audit.repository.alert_rules.prometheus import prometheus_rules
from privatedao_audit.repository.alert_rules.promql import condition as promql_condition
from privatedao_audit.repository.alert_rules.routes import Routes, alertmanager_routes
from privatedao_audit.repository.alert_rules.rows import rules_of_rows
from privatedao_audit.repository.alert_rules.tokens import selector

__all__ = [
    "Condition",
    "Matcher",
    "NotExecutable",
    "Routes",
    "Rule",
    "RuleFile",
    "Selector",
    "alertmanager_routes",
    "plain_condition",
    "prometheus_rules",
    "promql_condition",
    "rules_of_rows",
    "selector",
]
