"""The blank forms of the release are what the target's parts can be mapped to."""

from __future__ import annotations

import tomllib

import pytest

from privatedao_audit import assets
from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.model.parts import LISTS, PARTS
from privatedao_audit.model.reads import Found
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import rows, statement

FOLDER = assets.folder("templates") / "dossier" / "release"
FORMS = sorted(FOLDER.glob("*.toml"))


def test_there_is_a_form_for_every_record_of_a_release() -> None:
    assert [one.stem for one in FORMS] == [
        "build-record", "independent-verification", "release-record", "retained-files",
        "test-record", "verification-record",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [one.stem for one in FORMS])
def test_a_form_asks_for_the_fields_of_its_part(name: str) -> None:
    data = (FOLDER / f"{name}.toml").read_bytes()
    content = tomllib.loads(data.decode())
    listed = name in LISTS
    asked = set(content["files"][0]) if listed else set(content)
    assert asked == PARTS[name]

    places = {k: f"/{k}/*" if isinstance(content.get(k), list) else f"/{k}" for k in asked}
    surface = Surface.model_validate(
        {"part": name, "file": f"{name}.toml", "format": "toml", "program": "governance",
         "fields": places, **({"rows": "/files"} if listed else {})}
    )  # fmt: skip
    read = Found(data, in_checkout(name))
    said = rows(surface, read) if listed else statement(surface, "devnet", read)
    assert isinstance(said, Found)
