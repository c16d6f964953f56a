"""The other incidents, and the life without any: nothing else is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from privatedao_audit.rehearsal.incidents import INCIDENTS
from privatedao_audit.rehearsal.script import Story
from tests.integration.incidents import HAPPENED, check, check_healthy
from tests.integration.test_node_incidents_money import NAMES


@pytest.mark.parametrize("name", [one for one in INCIDENTS if one not in NAMES])
def test_an_incident_is_seen_for_what_it_is(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)


def test_a_healthy_life_is_silent_over_its_whole_length(healthy: Story, tmp_path: Path) -> None:
    check_healthy(healthy, tmp_path)


def test_every_incident_is_looked_up_on_the_chain() -> None:
    assert set(HAPPENED) == set(INCIDENTS)
