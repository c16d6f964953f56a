"""The blank forms of a custody dossier: they parse, and every comment that maps them is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.model.parts import ABOUT_A_PROGRAM, PARTS
from privatedao_audit.model.reads import Found, ReadAt
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import rows, statement

FOLDER = Path(__file__).parents[3] / "templates" / "dossier" / "custody"
FORMS = sorted(FOLDER.glob("*.toml"))


def mapped(form: Path) -> list[Surface]:
    """The surfaces that the comments at the head of a form ask for."""
    lines = [line.removeprefix("#   ") for line in form.read_text().splitlines()
             if line.startswith("#   ")]  # fmt: skip
    text = re.sub(r'"NAME"', '"governance"', "\n".join(lines))
    return [Surface.model_validate(one) for one in tomllib.loads(text)["surfaces"]]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_is_read_by_the_mapping_that_it_prints(form: Path) -> None:
    surfaces = mapped(form)
    assert surfaces
    data: Any = Found(form.read_bytes(), ReadAt(("r-form",)))
    for surface in surfaces:
        assert (surface.program is None) == (surface.part not in ABOUT_A_PROGRAM)
        if surface.rows is not None:
            said = rows(surface, data)
            assert isinstance(said, Found), said
            # A blank form says nothing; every field stands there all the same, to be filled.
            assert said.value.rows == ({},)
            (blank,) = tomllib.loads(form.read_text())[surface.rows.removeprefix("/")]
            assert set(blank) == {place.split("/")[1] for place in surface.fields.values()}
        else:
            told = statement(surface, "localnet", data)
            assert isinstance(told, Found), told
            assert set(told.value.values.values()) == {()}
            assert set(told.value.values) == set(surface.fields)


def test_every_part_that_custody_reads_has_a_form() -> None:
    owed = {
        "custody-record", "upgrade-policy", "revocation-path", "approval-record",
        "signer-register", "demo-register", "demo-transactions", "proof-of-control",
        "standing-powers",
    }  # fmt: skip
    parts = [surface.part for form in FORMS for surface in mapped(form)]
    assert sorted(parts) == sorted(owed)
    # What can be said there is offered; the rest has another way of saying the same.
    offered = {surface.part: set(surface.fields) for form in FORMS for surface in mapped(form)}
    other = {"members", "time_lock_hours"}
    assert all(PARTS[part] - offered[part] <= other for part in owed)
