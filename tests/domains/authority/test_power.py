"""Thresholds, delays and bypass keys of every kind of holder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privatedao_audit.domains.authority.controllers import OldMultisig, Realms
from privatedao_audit.domains.authority.power import Power, faults, notes, power_of, required
from privatedao_audit.domains.authority.resolve import chain_of
from privatedao_audit.domains.authority.world import GOVERNANCE, MEMBERS, STRANGER, World, derived
from privatedao_audit.model.limits import Limits

LEAST = required(Limits())


def power(world: World) -> Power:
    link = chain_of(GOVERNANCE, world.facts(), world.target())[0]
    found = power_of(link)
    assert found is not None
    return found


def test_a_squads_v4_vault_has_its_threshold_lock_and_config_authority() -> None:
    assert power(World()) == Power(2, 3, 86_400)
    weak = power(World().multisig(config_authority=STRANGER, time_lock=5))
    assert (weak.delay_seconds, weak.bypass_keys) == (5, (STRANGER,))
    assert len(faults(weak, LEAST)) == 2


def test_a_squads_v3_authority_has_no_delay() -> None:
    assert power(OldMultisig().world()) == Power(2, 3, 0)


def test_a_key_pair_is_one_voter() -> None:
    assert power(World().program(authority=STRANGER)) == Power(1, 1, 0)


def test_the_weaker_rules_of_a_realm_count() -> None:
    one = power(Realms(community=10, council=60).world())
    assert one.threshold == "10 % of the community votes or 60 % of the council votes"
    assert (one.voters, one.delay_seconds, one.bypass_keys) == (None, 172_800, ())
    assert one.unknown


def test_a_realm_without_a_realm_authority_is_not_bypassed() -> None:
    assert power(Realms(authority=None).world()).bypass_keys == ()


def test_a_realm_names_every_key_around_its_votes() -> None:
    outside = power(Realms(authority=STRANGER, mint_authority=MEMBERS[0]).world())
    assert outside.bypass_keys == (STRANGER, MEMBERS[0])
    own = Realms()
    inside = power(replace(own, mint_authority=own.treasury).world())
    assert inside.bypass_keys == ()


def test_votes_that_a_population_does_not_have_make_nobody_powerful() -> None:
    one = power(Realms(council=None, community=None).world())
    assert one.threshold == "no votes"
    assert any("no population" in clause for clause in one.unknown)


@pytest.mark.parametrize(
    ("threshold", "hidden", "open_question"),
    [(2, 0, False), (2, 1, True), (3, 1, False), (3, 2, True), (4, 2, False), (4, 3, True)],
)
def test_derived_voters_count_only_as_far_as_nothing_rests_on_them(
    threshold: int, hidden: int, open_question: bool
) -> None:
    from privatedao_audit.domains.authority.power import _derived_voters
    from privatedao_audit.domains.authority.world import wallet

    voters = tuple(derived(f"voter {n}") for n in range(hidden))
    voters += tuple(wallet(f"voter {n}") for n in range(5 - hidden))
    assert bool(_derived_voters(threshold, voters)) is open_question


def test_a_policy_raises_the_delay_and_never_lowers_it() -> None:
    assert required(Limits(), 172_800)["delay_seconds"] == 172_800
    assert required(Limits(), 60)["delay_seconds"] == 86_400
    assert required(Limits(upgrade_delay_seconds=0), None)["delay_seconds"] == 86_400


def test_what_is_noted_is_no_fault() -> None:
    assert "every voter" in notes(Power(3, 3, 0))
    assert "half" in notes(Power(2, 4, 0))
    assert notes(Power(2, 3, 0)) == ""
    assert notes(Power("60 %", None, 0)) == ""
