"""What each instruction does in the life of a DAO, in the seam's words."""

from __future__ import annotations

from privatedao_audit.protocols.privatedao.interface import interface
from privatedao_audit.protocols.privatedao.rules import RULES


def doing(what: str) -> set[str]:
    return {name for name, rule in RULES.items() if rule.does == what}


def test_every_variant_does_what_its_name_says() -> None:
    assert doing("finalize") == {name for name in RULES if name.startswith("finalize_")}
    assert doing("execute") == {name for name in RULES if name.startswith("execute_")}
    assert doing("execute") == {name for name, rule in RULES.items() if rule.moves_funds}
    assert doing("tell") == {"reveal_vote", "reveal_vote_v3"}
    assert doing("commit") == {"commit_vote", "commit_delegated_vote"}
    assert doing("propose") == {"create_proposal"}
    assert doing("policy") == {
        name for name in RULES
        if name.startswith(("initialize_dao_", "update_dao_")) and "policy" in name
    }  # fmt: skip


def test_the_accounts_that_rules_name_are_the_interfaces() -> None:
    for name, rule in RULES.items():
        accounts = interface().account_names(name)
        assert not rule.tokens or rule.tokens in accounts
        assert bool(rule.tokens) == (rule.does in ("commit", "delegate"))
        assert not rule.does or rule.signer in accounts


def test_a_hand_over_names_a_role_and_where_its_new_holder_stands() -> None:
    for name, rule in RULES.items():
        assert bool(rule.role) == (rule.does == "hand over")
        if rule.holder:
            (item,) = [one for one in interface().idl.instructions if one.name == name]
            assert rule.holder in set(item.layout.names)
