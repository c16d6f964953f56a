"""A blank dossier beside a real chain: it gains nothing that the chain alone does not show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.audit.live import Live, record
from privatedao_audit.audit.opening import over
from privatedao_audit.chain.endpoints import Endpoint, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.dossier.blank import PROFILE, blank
from privatedao_audit.dossier.check import faults_of
from privatedao_audit.dossier.forms import forms
from privatedao_audit.dossier.profile import PLACEHOLDERS, Subject
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.target import Target, parse
from privatedao_audit.rehearsal import dossier, example
from privatedao_audit.rehearsal.dossier import sources
from privatedao_audit.rehearsal.dossier.history import History
from privatedao_audit.rehearsal.profile import code_of, profile_of
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.script import Story

POLICY = Policy(
    requests_per_second=0, attempts=2, backoff_base=0.01, backoff_cap=0.02, reread_pause=0.01,
    rereads=2, deadline=10, read_timeout=5,
)  # fmt: skip
GOOD = {"PASS", "ATTESTED", "N/A"}


def subject(story: Story) -> Subject:
    life = story.life
    return Subject(
        "blank", "localnet", life.genesis_hash, "governance", life.program_id, life.dao.address,
        life.dao.treasury,
    )  # fmt: skip


def audited(story: Story, who: Subject, folder: Path, *, mapped: bool) -> dict[str, Any]:
    """The findings of an audit of a checkout that holds a blank dossier and nothing else."""
    checkout = folder / "checkout"
    checkout.mkdir(parents=True)
    files = {f"dossier/{name}": text for name, text in blank(who, "dossier").items()}
    history = History(checkout)
    history.begin()
    history.commit(story.life.finished_at, "A blank dossier", files)
    target = parse(files[f"dossier/{PROFILE}"], PROFILE)
    if not mapped:
        target = target.model_copy(update={"surfaces": ()})
    with Proxy(story.node) as first, Proxy(story.node) as second:
        endpoints = [
            Endpoint(label, SecretUrl(one.url)) for label, one in (("a", first), ("b", second))
        ]
        live = Live(endpoints, checkout, policy=POLICY)
        return asyncio.run(_judged(target, live, folder / "evidence.sqlite"))


async def _judged(target: Target, live: Live, place: Path) -> dict[str, Any]:
    await record(target, live, place)
    with SealedRecording.open(place) as sealed:
        audit = await over(target, sealed, "a test")
        await audit.collect(audit.scope.domains)
        assert audit.broken == {}
        return audit.report_json(
            method={"kit_version": "test", "lock": None}, canaries={},
            evidence_root=sealed.evidence_root, slot_window=sealed.window(), invalid=False,
        )  # fmt: skip


def status(findings: Mapping[str, Any]) -> dict[str, str]:
    return {row["id"]: row["status"] for row in findings["controls"]}


@pytest.fixture(scope="module")
def blanks(healthy: Story, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return audited(healthy, subject(healthy), tmp_path_factory.mktemp("blank"), mapped=True)


@pytest.fixture(scope="module")
def chain(healthy: Story, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return audited(healthy, subject(healthy), tmp_path_factory.mktemp("chain"), mapped=False)


def test_a_blank_dossier_is_not_ready(blanks: dict[str, Any]) -> None:
    assert blanks["verdict"]["word"] == "NOT READY"
    said = status(blanks)
    assert said["RC-01"] == said["UA-02"] == said["TR-03"] == said["IR-01"] == "MISSING"


def test_no_blank_form_makes_anything_better(
    blanks: dict[str, Any], chain: dict[str, Any]
) -> None:
    bare = status(chain)
    for control, said in status(blanks).items():
        # What the chain shows is shown without any document; all else is still open, and a form
        # that is merely blank contradicts nothing.
        assert said == bare[control] or said in ("MISSING", "UNKNOWN"), control
    assert {one for one, said in bare.items() if said in GOOD} >= {"TR-06", "MA-12", "RG-06"}


def test_no_part_rests_on_a_blank_form(blanks: dict[str, Any], chain: dict[str, Any]) -> None:
    shown = {
        (row["id"], part["label"]) for row in chain["controls"] for part in row["parts"]
        if part["status"] in GOOD
    }  # fmt: skip
    gained = [
        (row["id"], part["label"], part["status"]) for row in blanks["controls"]
        for part in row["parts"]
        if part["status"] in GOOD and (row["id"], part["label"]) not in shown
    ]  # fmt: skip
    # That a runbook is young says nothing of what is in it.
    gained = [one for one in gained if not one[1].startswith("age of ")]
    assert gained == []


def test_a_filled_dossier_stands_on_its_own(healthy: Story, tmp_path: Path) -> None:
    life, checkout, folder = healthy.life, tmp_path / "checkout", tmp_path / "samples" / "dossier"
    checkout.mkdir()
    dossier.write(life, checkout)
    code = code_of(healthy.node, life.squads_program)
    target = parse(profile_of("sample-healthy", life, code), "profile")
    example.write(life, target, checkout, folder)
    (folder / "left-over.toml").write_text("of an earlier version")
    example.write(life, target, checkout, folder)

    built = sources.files(life, life.release)
    said = (folder / "README.md").read_text()
    written = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    mapped = {one.file for one in target.surfaces if (checkout / one.file).is_file()}
    assert mapped - set(built) <= written
    assert written.isdisjoint({"left-over.toml", *built} - {"README.md"})
    for name in mapped - set(built):
        assert (folder / name).read_bytes() == (checkout / name).read_bytes()
        assert f"| `{name}` |" in said
    # Every form has its filled counterpart but those that stand for other ones.
    parts = {one.part for one in target.surfaces}
    asked = {one["part"] for form in forms() for one in form.own if not form.example}
    assert asked - parts <= {"retained-files", "standing-powers", "rpc-series", "waivers"}


def test_the_schemas_take_what_a_filled_dossier_says(healthy: Story, tmp_path: Path) -> None:
    life = healthy.life
    dossier.write(life, tmp_path)
    code = code_of(healthy.node, life.squads_program)
    target = parse(profile_of("sample-healthy", life, code), "profile")
    looked = 0
    for surface in target.surfaces:
        for form in forms():
            alike = [
                one for one in form.own
                if (one["part"], one.get("topic"), one["format"])
                == (surface.part, surface.topic, surface.format)
                and one.get("fields", {}) == surface.fields
            ]  # fmt: skip
            if alike and not form.example:
                looked += 1
                told = faults_of(form, (tmp_path / surface.file).read_bytes())
                # A team's file may say more; what the form asks for has to be of its kind.
                assert [one for one in told if "unknown key" not in one] == [], surface.file
    assert looked > 10


def test_placeholders_are_met_by_nothing(healthy: Story, tmp_path: Path) -> None:
    who = replace(subject(healthy), program=None, dao=None, treasury=None)
    assert who.blanks == tuple(PLACEHOLDERS)
    found = audited(healthy, who, tmp_path, mapped=True)
    assert found["verdict"]["word"] == "NOT READY"
    # The cluster is the one that the profile names; of what lies on it nothing is known.
    assert {one for one, said in status(found).items() if said in GOOD} <= {"RG-06"}
