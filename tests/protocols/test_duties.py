"""Which instructions honour which policies: data that must fit the interface and the rules."""

from __future__ import annotations

import pytest

from privatedao_audit.protocols.conduct import PolicyRule
from privatedao_audit.protocols.privatedao.addresses import PLACES
from privatedao_audit.protocols.privatedao.duties import POLICY_RULES
from privatedao_audit.protocols.privatedao.interface import interface
from privatedao_audit.protocols.registry import protocol_of

PROTOCOL = protocol_of("privatedao")

each = pytest.mark.parametrize(
    "rule", POLICY_RULES, ids=lambda rule: f"{rule.policy} {rule.setting}"
)


@each
def test_a_rule_names_instructions_that_exist_and_some_that_ignore_the_policy(
    rule: PolicyRule,
) -> None:
    assert rule.over <= PROTOCOL.instruction_rules.keys()
    assert rule.through
    assert rule.through < rule.over


@each
def test_a_rule_names_a_policy_and_a_setting_of_it(rule: PolicyRule) -> None:
    layout = str(PLACES[rule.policy].layout)
    assert layout in interface().names("account")
    assert bool(rule.setting) == bool(rule.values)


@each
def test_what_honours_a_policy_takes_it_or_its_snapshot_among_its_accounts(
    rule: PolicyRule,
) -> None:
    for name in rule.through:
        told = " ".join(interface().account_names(name))
        assert any(word in told for word in ("policy", "snapshot", "evidence")), (name, told)


def test_decisions_and_payments_are_told_apart_by_who_moves_funds() -> None:
    over = {name for rule in POLICY_RULES for name in rule.over}
    moving = {name for name in over if PROTOCOL.instruction_rules[name].moves_funds}
    assert all(name.startswith("execute_confidential") for name in moving)
    assert all(name.startswith("finalize") for name in over - moving)
    # The standard variants honour nothing.
    for name in ("finalize_proposal", "execute_confidential_payout_plan"):
        assert not any(name in rule.through for rule in POLICY_RULES)
