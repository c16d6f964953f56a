"""The catalogue of incidents, their table, and the drill record that a team fills in."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from privatedao_audit.history.detectors import DETECTORS
from privatedao_audit.model import catalogue
from privatedao_audit.rehearsal.incidents import INCIDENTS, Incident, drill, table
from privatedao_audit.rehearsal.incidents.play import make
from privatedao_audit.rehearsal.life.facts import Landed, Life, Step
from privatedao_audit.run.files import Occupied

README = Path(__file__).parents[3] / "README.md"


def _step(signature: str, moment: int) -> Step:
    landed = Landed(signature, moment, moment, "payer", True)
    return Step("execute_proposal", "governance", "payer", "about", landed)


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=list(INCIDENTS))
def test_an_incident_names_what_exists(incident: Incident) -> None:
    assert incident.detectors <= set(DETECTORS)
    assert incident.detector not in incident.also
    assert incident.also == {} or incident.detector is not None
    control = catalogue.load()[incident.path]
    assert control.domain == "incident"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", incident.name)
    assert incident.target == f"incident-{incident.name}"


def test_every_detector_has_its_incident_and_two_incidents_have_none() -> None:
    assert {name for one in INCIDENTS.values() for name in one.detectors} == set(DETECTORS)
    assert [name for name, one in INCIDENTS.items() if one.detector is None] == [
        "spam", "extension",
    ]  # fmt: skip


def test_the_table_marks_what_is_meant() -> None:
    lines = table.markdown().splitlines()
    rows = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in lines if "|" in line}
    names = [cell.strip().strip("`") for cell in rows["incident"]]
    assert names == list(DETECTORS)
    assert not any(cell.strip() for cell in rows[table.HEALTHY])
    for name, one in INCIDENTS.items():
        (row,) = [cells for head, cells in rows.items() if head.startswith(f"`{name}`")]
        marked = {key: cell.strip() for key, cell in zip(names, row, strict=True) if cell.strip()}
        assert set(marked) == one.detectors
        assert [key for key, mark in marked.items() if mark == "●"] == (
            [one.detector] if one.detector else []
        )
    reasons = [line for line in lines if line.startswith("- ")]
    assert len(reasons) == sum(len(one.also) for one in INCIDENTS.values())


def test_the_readme_holds_the_table() -> None:
    assert table.markdown() in README.read_text(encoding="utf-8")


def test_a_drill_begins_with_the_harm_and_not_with_what_led_there() -> None:
    life = cast(Life, SimpleNamespace(genesis_hash="genesis"))
    led = replace(_step("created", 1_780_000_000), what="create_proposal")
    steps = [led, _step("paid", 1_790_000_000)]
    text = drill.form(INCIDENTS["wrong-recipient"], life, steps, "../evidence.sqlite", "ab" * 32)
    (row,) = tomllib.loads(text)["drills"]
    assert (row["started_at"], row["signatures"]) == ("2026-09-21T14:13:20Z", ["paid"])


def test_a_drill_record_says_what_is_known_and_leaves_the_rest() -> None:
    life = cast(Life, SimpleNamespace(genesis_hash="genesis"))
    steps = [_step("second", 1_790_000_100), _step("first", 1_790_000_000),
             _step("second", 1_790_000_100)]  # fmt: skip
    text = drill.form(INCIDENTS["drain"], life, steps, "../evidence.sqlite", "ab" * 32)
    (row,) = tomllib.loads(text)["drills"]
    assert row == {
        "incident": "drain", "path": "IR-03", "date": "2026-09-21", "cluster": "localnet",
        "genesis_hash": "genesis", "recording": "../evidence.sqlite", "evidence_root": "ab" * 32,
        "started_at": "2026-09-21T14:13:20Z", "detected_at": "", "contained_at": "",
        "instruction": "",
        "signatures": ["second", "first"], "participants": [], "gaps": [],
    }  # fmt: skip
    assert text.startswith(
        "# A drill record, begun by `privatedao-audit rehearse --incident drain`"
    )


@pytest.mark.parametrize("left", ["drills/incident-spam.toml", "samples/incident-spam/checkout/x"])
def test_a_filled_record_is_never_written_over(tmp_path: Path, left: str) -> None:
    place = tmp_path / left
    place.parent.mkdir(parents=True)
    place.write_text("filled in", encoding="utf-8")
    with pytest.raises(Occupied, match="a drill may rest on it"):
        make(INCIDENTS["spam"], tmp_path)
    assert place.read_text(encoding="utf-8") == "filled in"
    assert not (tmp_path / "targets").exists()
