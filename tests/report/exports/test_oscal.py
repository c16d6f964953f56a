"""OSCAL assessment-results, read and validated by compliance-trestle."""

from __future__ import annotations

import json
import uuid
import warnings
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.model.status import Status
from privatedao_audit.report.exports import oscal
from tests.report.exports.made import ROOT, all_with, document, value

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from trestle.common.err import TrestleError
    from trestle.core.validator_factory import validator_factory
    from trestle.oscal.assessment_results import AssessmentResults


def problem(model: Any) -> str:
    """What trestle's validators, all of them, say against a model; empty where nothing."""
    every = list(validator_factory.get_all())
    assert len(every) > 3
    return " ".join(str(one.error_msg()) for one in every if not one.model_is_valid(model, True))


def loaded(data: bytes, folder: Path) -> Any:
    """The model as trestle reads it: unknown members and malformed values are refused there."""
    place = folder / "assessment-results.json"
    place.write_bytes(data)
    model = AssessmentResults.oscal_read(place)
    assert model is not None
    return model


@pytest.fixture
def results(tmp_path: Path) -> Any:
    return loaded(oscal.render(document()), tmp_path)


def test_trestle_finds_it_valid(results: Any) -> None:
    assert problem(results) == ""


def test_trestle_would_say_what_is_wrong(tmp_path: Path) -> None:
    value = json.loads(oscal.render(document()))
    first, second = value["assessment-results"]["results"][0]["findings"][:2]
    second["uuid"] = first["uuid"]
    assert "uuid" in problem(loaded(json.dumps(value).encode(), tmp_path)).lower()
    first["passed"] = True
    with pytest.raises(TrestleError):
        loaded(json.dumps(value).encode(), tmp_path)


def prop(one: Any, name: str) -> str:
    (found,) = [p.value for p in one.props if p.name == name and str(p.ns) == oscal.NAMESPACE]
    return str(found)


def test_every_control_has_a_finding_and_unknown_is_not_satisfied(results: Any) -> None:
    found = document()
    (result,) = results.results
    rows = {one.target.target_id: one for one in result.findings}
    assert list(rows) == [one.id for one in found.controls]
    for one in found.controls:
        row, state = rows[one.id], rows[one.id].target.status
        assert prop(row, "status") == one.status.value
        assert prop(row, "evidence-root") == ROOT
        satisfied = one.met and one.status is not Status.UNKNOWN
        assert state.state.value == ("satisfied" if satisfied else "not-satisfied")
        assert state.remarks.startswith(one.status.value)
        assert len(row.related_observations or []) == len(one.parts)
    assert rows["RC-03"].target.status.reason == "other"
    assert prop(result, "verdict") == "NOT READY"
    assert prop(result, "evidence-root") == ROOT
    selected = result.reviewed_controls.control_selections[0].include_controls
    assert [one.control_id for one in selected] == list(rows)


def test_evidence_is_named_by_observations(results: Any) -> None:
    (result,) = results.results
    observed = {one.uuid: one for one in result.observations}
    for control, row in zip(document().controls, result.findings, strict=True):
        for link, part in zip(row.related_observations or [], control.parts, strict=True):
            one = observed[link.observation_uuid]
            assert prop(one, "status") == part.status.value
            assert [prop(e, "evidence-id") for e in one.relevant_evidence] == part.evidence


def test_identifiers_are_stable_and_each_its_own() -> None:
    data = oscal.render(document())
    ids: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            ids.extend(v for k, v in node.items() if k == "uuid")
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(json.loads(data))
    assert len(ids) == len(set(ids)) > 150
    assert {uuid.UUID(one).version for one in ids} == {5}
    assert data == oscal.render(document())
    given = value()
    given["self_doubt"] = []
    other = json.loads(oscal.render(document(given)))["assessment-results"]
    mine = json.loads(data)["assessment-results"]
    assert other["uuid"] != mine["uuid"], "judged otherwise is another document"


@pytest.mark.parametrize("status", [Status.PASS, Status.UNKNOWN, Status.FAIL])
def test_findings_of_one_status_are_valid(status: Status, tmp_path: Path) -> None:
    model = loaded(oscal.render(document(all_with(status))), tmp_path)
    assert problem(model) == ""
    states = {one.target.status.state.value for one in model.results[0].findings}
    assert states == {"satisfied" if status is Status.PASS else "not-satisfied"}


def test_empty_and_hostile_texts_are_valid(tmp_path: Path) -> None:
    given = value()
    given["controls"][0]["summary"] = ""
    given["controls"][0]["parts"][0]["label"] = " \n\t "
    given["target"]["title"] = "\u202e"
    model = loaded(oscal.render(document(given)), tmp_path)
    assert problem(model) == ""
