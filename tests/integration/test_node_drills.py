"""Drills on a real node: an outage is recorded, and a rehearsed incident is drilled on."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.domains.incident.checks import CHECKS
from privatedao_audit.domains.incident.collect import collect
from privatedao_audit.domains.incident.drills.recorded import opened
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.records import timestamp, utc_now
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.parts import PARTS
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from privatedao_audit.rehearsal import outage
from privatedao_audit.rehearsal.dossier.text import toml, utc
from privatedao_audit.rehearsal.incidents import INCIDENTS
from privatedao_audit.rehearsal.incidents.play import make
from privatedao_audit.rehearsal.script import Story
from tests.domains.test_governance import target
from tests.domains.treasury import checkout
from tests.domains.treasury.checkout import Checkout, surface
from tests.protocols.world import CREATOR, dao_account

RECORD = "drills/record.toml"


def test_an_outage_is_recorded_as_one(healthy: Story) -> None:
    held = outage.drill(healthy.node, healthy.life)
    assert held.started_at <= held.detected_at <= held.contained_at
    at = in_checkout("outage.sqlite")
    said, _reads = asyncio.run(opened(Found(held.recording, at), held.evidence_root, []))
    assert isinstance(said, Found)
    assert said.value.outage
    assert said.value.genesis_hash == healthy.life.genesis_hash
    assert said.value.programs == (healthy.life.program_id,)
    assert held.started_at <= said.value.began <= held.contained_at
    assert len(held.recording) < 1_000_000


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checkout is read today: a rehearsal happens when it is played."""
    monkeypatch.setattr(checkout, "AT", timestamp(utc_now()))
    monkeypatch.setattr(checkout, "COMMITTED", int(utc_now().timestamp()))


@pytest.fixture(scope="module")
def drained(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], bytes]:
    """The form of a rehearsed incident, and its recording."""
    made = make(INCIDENTS["drain"], tmp_path_factory.mktemp("drain"))
    (row,) = tomllib.loads(made.drill.read_text())["drills"]
    return row, made.recording.read_bytes()


def _judged(row: dict[str, Any], recording: bytes) -> tuple[Status, str]:
    """What IR-07 says of the path of the drill, on a target of another cluster."""
    name = Path(row["recording"]).name
    record = toml("Drills.", {"drills": [{**row, "recording": name}]})
    node = Checkout(files={RECORD: record.encode(), f"drills/{name}": recording})
    node.with_accounts(dao_account())
    wallet = {"name": "creator", "address": CREATOR, "roles": ["dao-authority"]}
    mapped = surface(
        "drill-record", RECORD, rows="/drills", fields=tuple(PARTS["drill-record"])
    )
    subject = target(surfaces=[mapped], wallets=[wallet])
    facts = asyncio.run(collect(Sources(subject, node, ("first",))))
    parts = {part.label: part for part in CHECKS["IR-07"](facts, Limits()).parts}
    return parts[row["path"]].status, parts[row["path"]].summary


def _filled(row: dict[str, Any], **change: Any) -> dict[str, Any]:
    now = int(utc_now().timestamp())
    return {**row, "detected_at": utc(now - 20), "contained_at": utc(now - 10),
            "instruction": "none", "participants": [CREATOR], **change}  # fmt: skip


def test_a_form_that_nobody_filled_in_is_no_drill(drained: tuple[dict[str, Any], bytes]) -> None:
    status, why = _judged(*drained)
    assert status is Status.MISSING
    assert "it is a form" in why


def test_a_filled_one_is_replayed_from_its_recording(
    drained: tuple[dict[str, Any], bytes],
) -> None:
    row, recording = drained
    status, why = _judged(_filled(row), recording)
    assert (status, "which was replayed" in why) == (Status.PASS, True), why


def test_looking_on_is_no_drill_of_a_lever(drained: tuple[dict[str, Any], bytes]) -> None:
    row, recording = drained
    status, why = _judged(_filled(row, instruction="veto_proposal"), recording)
    assert status is Status.MISSING
    assert "no transaction that invokes veto_proposal" in why


def test_a_recording_of_another_root_shows_nothing(drained: tuple[dict[str, Any], bytes]) -> None:
    row, recording = drained
    status, why = _judged(_filled(row, evidence_root="ab" * 32), recording)
    assert status is Status.UNKNOWN
    assert "evidence root" in why
