"""The blank forms of the treasury's dossier: mappings hold, and a blank one passes nothing."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit import assets
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.checks import CHECKS
from privatedao_audit.domains.treasury.collect import collect
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.parts import LISTS, PARTS
from privatedao_audit.model.status import Status
from tests.domains.test_governance import target, world
from tests.domains.treasury.checkout import Checkout

FORMS = sorted(Path(assets.folder("templates")).joinpath("dossier", "treasury").iterdir())
#: Control → part that its form fills.
READ_BY = {
    "treasury-statement": "TR-01", "recipient-register": "TR-01", "mint-register": "TR-02",
    "recovery-contacts": "TR-03", "transaction-archive": "TR-04", "evidence-file": "TR-09",
}  # fmt: skip


def mapping(form: Path) -> dict[str, Any]:
    """The surface that the form's own comment shows."""
    lines = [re.sub(r"^(#   |  )", "", line) for line in form.read_text().splitlines()]
    start = lines.index("[[surfaces]]")
    block = lines[start : next(n for n in range(start, len(lines)) if lines[n] in ("#", ""))]
    (surface,) = tomllib.loads("\n".join(block))["surfaces"]
    assert isinstance(surface, dict)
    return surface


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_shows_a_mapping_that_the_target_takes(form: Path) -> None:
    shown = mapping(form)
    assert shown["part"] == form.stem
    (surface,) = target(surfaces=[shown]).surfaces
    assert set(surface.fields) == PARTS[form.stem]
    assert READ_BY[form.stem] in form.read_text()


@pytest.mark.parametrize("form", [f for f in FORMS if f.suffix == ".toml"], ids=lambda f: f.stem)
def test_a_form_has_the_places_that_its_mapping_names(form: Path) -> None:
    shown, tree = mapping(form), tomllib.loads(form.read_text())
    rows = tree[shown["rows"].strip("/")] if form.stem in LISTS else [tree]
    told = form.read_text()
    for name, place in shown["fields"].items():
        word = place.strip("/").split("/")[0]
        assert word in rows[0] or word in tree or f"# {word} = " in told, name


def test_there_is_a_form_for_every_part_that_the_treasury_reads() -> None:
    assert {form.stem for form in FORMS} == set(READ_BY)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_blank_form_passes_nothing(form: Path) -> None:
    shown = {**mapping(form), "file": f"blank{form.suffix}"}
    if form.stem == "transaction-archive":
        shown["format"] = "toml"
    node = Checkout(
        accounts=dict(world().accounts), files={shown["file"]: form.read_bytes()},
    )  # fmt: skip
    facts = asyncio.run(collect(Sources(target(surfaces=[shown]), node, ("first",))))
    said = CHECKS[READ_BY[form.stem]](facts, Limits())
    assert said.status not in (Status.PASS, Status.ATTESTED, Status.NOT_APPLICABLE)
    told = [part for part in said.parts if shown["file"] in f"{part.label} {part.summary}"]
    assert told or form.stem == "recovery-contacts"
    assert all(part.status is not Status.PASS for part in told)
