"""Facts of invented worlds are shared between cases, each world's own."""

from __future__ import annotations

from privatedao_audit.domains.authority.world import (
    ABSENT,
    CONTROLLER,
    GOVERNANCE,
    STRANGER,
    World,
)
from privatedao_audit.model.reads import ProvenAbsent, Unknown


def test_the_same_world_has_the_same_facts_and_another_one_its_own() -> None:
    good = World()
    assert good.facts() is World().facts()
    assert good.target() is World().target()
    assert good.facts() == good.collected()
    assert good.target() == good.profile()

    unread = Unknown("the node timed out")
    changed = [
        good.reading(GOVERNANCE, ABSENT),
        good.reading(GOVERNANCE, unread),
        good.reading(CONTROLLER, unread),
        good.program(authority=STRANGER),
        World(named=False),
        World(moving=("the multisig",)),
        World(genesis=unread),
    ]
    for one in changed:
        assert one.facts() == one.collected()
        assert one.facts() != good.facts()
        assert one.target() == one.profile()
    assert isinstance(changed[0].facts().accounts[GOVERNANCE], ProvenAbsent)
    assert World(listed=False).target() != good.target()
