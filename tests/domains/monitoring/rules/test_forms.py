"""The blank forms of monitoring can be filled and mapped as their comments say."""

from __future__ import annotations

import re
import tomllib

import pytest

from privatedao_audit import assets
from privatedao_audit.domains.monitoring.rules.read_files import runbook
from privatedao_audit.model.parts import PARTS
from privatedao_audit.model.reads import Unknown
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.alert_rules import alertmanager_routes

FOLDER = assets.folder("templates") / "dossier" / "monitoring"


@pytest.mark.parametrize("name", ["alert-rules", "alert-log", "alert-drills"])
def test_a_form_holds_the_fields_of_its_part_and_its_own_mapping(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text()
    commented = re.search(r"#   \[\[surfaces\]\]\n((?:#   .*\n)+)", text)
    assert commented
    mapping = "\n".join(line[4:] for line in commented[0].splitlines())
    (row,) = tomllib.loads(mapping)["surfaces"]
    surface = Surface.model_validate(row)
    form = tomllib.loads(text)[str(surface.rows).removeprefix("/")][0]
    fields = set(PARTS[surface.part]) - {"expression"}
    assert set(surface.fields) == set(form) == fields
    assert "MA-01 to MA-11" in text


def test_the_routes_are_a_tree_that_goes_somewhere() -> None:
    routes = alertmanager_routes("alertmanager.yml", (FOLDER / "alertmanager.yml").read_bytes())
    assert routes.route_of({"severity": "critical"}) == ("on-call", "")


def test_the_runbook_speaks_of_its_rule() -> None:
    read = runbook((FOLDER / "alert-runbook.md").read_bytes(), Unknown("no git"))
    assert "proposal created" in read.sections["proposal created"]
    assert "judged by" not in read.sections[""]
