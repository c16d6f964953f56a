"""The other incidents, and the life without any: nothing else is said of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.target import bundled_recording, load
from privatedao_audit.rehearsal.incidents import INCIDENTS
from privatedao_audit.rehearsal.incidents.play import make
from privatedao_audit.rehearsal.script import Story
from privatedao_audit.run.files import Occupied
from tests.integration.incidents import HAPPENED, check, check_healthy
from tests.integration.test_node_incidents_money import NAMES


@pytest.mark.parametrize("name", [one for one in INCIDENTS if one not in NAMES])
def test_an_incident_is_seen_for_what_it_is(name: str, tmp_path: Path) -> None:
    check(name, tmp_path)


def test_a_healthy_life_is_silent_over_its_whole_length(healthy: Story, tmp_path: Path) -> None:
    check_healthy(healthy, tmp_path)


def test_a_rehearsal_leaves_what_a_drill_needs(tmp_path: Path) -> None:
    incident = INCIDENTS["extension"]
    made = make(incident, tmp_path)
    (row,) = tomllib.loads(made.drill.read_text(encoding="utf-8"))["drills"]
    assert (made.drill.parent / row["recording"]).resolve() == made.recording.resolve()
    assert (made.checkout / "dossier" / "signer-register.toml").is_file()

    # Found through the profile alone, as `run --replay bundled` does.
    target = load(str(made.profile))
    bundled = bundled_recording(target, str(made.profile))
    assert bundled == made.recording.resolve()
    assert row["genesis_hash"] == target.cluster.genesis_hash
    with SealedRecording.open(bundled, expected_root=row["evidence_root"]) as sealed:
        assert sealed.run.target_name == incident.target
        reads = [one for one in sealed.reads() if one["method"] == "getTransaction"]
        held = {one["params"][0] for one in reads if one["outcome"] == "found"}
    assert row["signatures"]
    assert set(row["signatures"]) <= held
    with pytest.raises(Occupied):
        make(incident, tmp_path)


def test_every_incident_is_looked_up_on_the_chain() -> None:
    assert set(HAPPENED) == set(INCIDENTS)
