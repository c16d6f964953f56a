"""The blank forms of the incident dossier: mappings hold, and a blank one passes nothing."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit import assets
from privatedao_audit.domains.incident.checks import CHECKS
from privatedao_audit.domains.incident.collect import collect
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.parts import INCIDENT_PATHS, PARTS
from privatedao_audit.model.reads import Found
from privatedao_audit.model.status import Status
from privatedao_audit.repository.runbooks import HEADINGS, read_runbook
from privatedao_audit.repository.runbooks.sections import plain, read_sections
from tests.domains.test_governance import target, world
from tests.domains.treasury.checkout import Checkout

FOLDER = Path(assets.folder("templates")) / "dossier" / "incident"
FORMS = sorted(FOLDER.iterdir())
RUNBOOKS = [form for form in FORMS if form.suffix == ".md"]
LISTS = {"incident-contacts": "IR-06", "drill-record": "IR-07"}


def mapping(form: Path) -> dict[str, Any]:
    """The surface that the form's own comment shows."""
    lines = [re.sub(r"^#   ", "", line) for line in form.read_text().splitlines()]
    start = lines.index("[[surfaces]]")
    block = lines[start : next(n for n in range(start, len(lines)) if lines[n] in ("#", ""))]
    (surface,) = tomllib.loads("\n".join(block))["surfaces"]
    assert isinstance(surface, dict)
    return surface


def control(form: Path) -> str:
    return LISTS.get(form.stem) or str(mapping(form)["topic"])


def test_there_is_a_form_for_every_path_and_every_list() -> None:
    assert sorted(map(control, FORMS)) == [*INCIDENT_PATHS, "IR-06", "IR-07"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_shows_a_mapping_that_the_target_takes(form: Path) -> None:
    (surface,) = target(surfaces=[mapping(form)]).surfaces
    assert form.name in surface.file
    assert control(form) in form.read_text()
    if form.stem in LISTS:
        assert set(surface.fields) == PARTS[form.stem]
        (row,) = tomllib.loads(form.read_text())[str(surface.rows).strip("/")]
        assert set(row) == PARTS[form.stem]


@pytest.mark.parametrize("form", RUNBOOKS, ids=lambda form: form.stem)
def test_a_runbook_form_has_every_heading_and_says_nothing_yet(form: Path) -> None:
    data = form.read_bytes()
    _front, sections = read_sections(data)
    headings = {plain(one.heading) for one in sections}
    assert {plain(one) for names in HEADINGS.values() for one in names} <= headings
    said = read_runbook(data, {})
    assert said.path == control(form)
    assert {one.lines for one in said.elements.values()} == {0}
    assert (said.date, said.levers, said.words, said.codes) == (None, (), (), ())


@pytest.mark.parametrize("form", RUNBOOKS, ids=lambda form: form.stem)
def test_the_levers_that_a_form_proposes_are_levers(form: Path) -> None:
    filled = form.read_text().replace("  # - ", "  - ").encode()
    levers = read_runbook(filled, {}).levers
    assert levers
    shown = {**mapping(form), "file": "filled.md"}
    node = Checkout(accounts=dict(world().accounts), files={"filled.md": filled})
    facts = asyncio.run(collect(Sources(target(surfaces=[shown]), node, ("first",))))
    (book,) = facts.books
    assert isinstance(book.said, Found)
    parts = {part.label: part for part in CHECKS[control(form)](facts, Limits()).parts}
    # Without any transaction it is not shown that the build can hand over.
    good = Status.UNKNOWN if control(form) == "IR-04" else Status.ATTESTED
    assert parts["on-chain lever"].status is good, parts["on-chain lever"].summary


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_blank_form_passes_nothing(form: Path) -> None:
    shown = {**mapping(form), "file": f"blank{form.suffix}"}
    node = Checkout(
        accounts=dict(world().accounts), files={shown["file"]: form.read_bytes()},
    )  # fmt: skip
    facts = asyncio.run(collect(Sources(target(surfaces=[shown]), node, ("first",))))
    said = CHECKS[control(form)](facts, Limits())
    assert said.status in (Status.MISSING, Status.UNKNOWN)
    good = [part.label for part in said.parts if part.status in (Status.PASS, Status.ATTESTED)]
    assert good in ([], [f"age of {shown['file']}"])
