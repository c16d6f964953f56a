"""The blank forms of the RPC dossier: their mappings hold, and a blank one passes nothing."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit import assets
from privatedao_audit.domains.rpc.checks import CHECKS
from privatedao_audit.domains.rpc.collect import collect
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.parts import LISTS, PARTS
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Target
from tests.domains.rpc.endpoints import target
from tests.domains.treasury.checkout import Checkout

FORMS = sorted(Path(assets.folder("templates")).joinpath("dossier", "rpc").iterdir())
READ_BY = {
    "rpc-register": "RP-01", "rpc-series": "RP-01", "rpc-drill": "RP-08",
    "rpc-health-output": "RP-10", "rpc-health-script": "RP-10",
}  # fmt: skip


def mapped(form: Path) -> list[dict[str, Any]]:
    lines = [line.removeprefix("#   ") for line in form.read_text().splitlines()
             if line.startswith("#   ") and "privatedao-audit" not in line]  # fmt: skip
    rows = tomllib.loads("\n".join(lines))["surfaces"]
    assert isinstance(rows, list)
    return rows


def with_surfaces(rows: list[dict[str, Any]]) -> Target:
    return Target.model_validate({**target().as_json(), "surfaces": rows})


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_shows_mappings_that_the_target_takes(form: Path) -> None:
    for row, surface in zip(mapped(form), with_surfaces(mapped(form)).surfaces, strict=True):
        assert surface.file == row["file"]
        assert set(surface.fields) == PARTS[surface.part]
        assert (surface.rows is not None) == (surface.part in LISTS)
        assert READ_BY[surface.part] in form.read_text()


def test_every_part_of_the_domain_has_a_form() -> None:
    found = {row["part"] for form in FORMS for row in mapped(form)}
    assert found == set(READ_BY) == {part for part in PARTS if part.startswith("rpc-")}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_blank_form_passes_nothing(form: Path) -> None:
    rows = mapped(form)
    checkout = Checkout(files={str(rows[0]["file"]): form.read_bytes()})
    sources = Sources(with_surfaces(rows), checkout, ())
    facts = asyncio.run(collect(sources))
    for control, check in CHECKS.items():
        assert check(facts, Limits()).status not in (Status.PASS, Status.ATTESTED), control
    assert not re.search(r"https?://\S*key", form.read_text())
