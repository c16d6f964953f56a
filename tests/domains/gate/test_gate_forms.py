"""The blank forms of the gate: each is read by the mapping that it prints, and passes nothing."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit import assets
from privatedao_audit.domains.gate.external.collect import read_statement
from privatedao_audit.model.parts import PARTS
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.errors import BadDocument
from tests.domains.gate.test_gate_collect import status
from tests.domains.gate.world import audited, checkout, profile

FOLDER = Path(assets.folder("templates")) / "dossier" / "gate"
FORMS = sorted(FOLDER.iterdir())
#: Part of a form → the control that reads it, and its place in the checkout of these tests.
READ_BY = {
    "mainnet-readiness": ("RG-01", "docs/ready.md"),
    "security-review": ("RG-02", "docs/review.md"),
    "verification-guide": ("RG-03", "docs/guide.md"),
    "protocol-specification": ("RG-04", "docs/spec.md"),
    "audit-record": ("RG-05", "dossier/audit.toml"),
}


def mapping(form: Path) -> dict[str, Any]:
    """The surface that the form's own comment shows."""
    lines = [re.sub(r"^(#   |  )", "", line) for line in form.read_text().splitlines()]
    start = lines.index("[[surfaces]]")
    block = lines[start : next(n for n in range(start, len(lines)) if lines[n] in ("#", "", "-->"))]
    (surface,) = tomllib.loads("\n".join(block).replace("NAME", "governance"))["surfaces"]
    assert isinstance(surface, dict)
    return surface


@pytest.mark.parametrize(
    "form", [f for f in FORMS if f.stem != "audit-statement"], ids=lambda f: f.stem
)
def test_a_form_shows_a_mapping_that_the_target_takes(form: Path) -> None:
    surface = Surface.model_validate(mapping(form))
    assert surface.part == form.stem
    assert set(surface.fields) == PARTS[form.stem]
    if form.suffix == ".toml":
        tree = tomllib.loads(form.read_text())
        row = tree["waivers"][0] if surface.rows else tree
        assert {place.strip("/") for place in surface.fields.values()} == set(row)


def test_there_is_a_form_for_every_part_that_the_gate_reads() -> None:
    assert {form.stem for form in FORMS} == {*READ_BY, "audit-statement", "waivers"}


@pytest.mark.parametrize("part", sorted(set(READ_BY) - {"verification-guide"}))
def test_a_blank_form_passes_nothing(tmp_path: Path, part: str) -> None:
    control, file = READ_BY[part]
    (form,) = FOLDER.glob(f"{part}.*")
    repo, _ = checkout(tmp_path / "repo", {file: form.read_text()})
    target = profile()
    if part == "mainnet-readiness":
        target = target.model_copy(update={"surfaces": tuple(
            Surface.model_validate({**mapping(form), "file": file}) if s.part == part else s
            for s in target.surfaces)})  # fmt: skip
    assert status(audited(tmp_path, repo, target), control) not in ("PASS", "ATTESTED")


def test_a_blank_statement_states_nothing() -> None:
    with pytest.raises(BadDocument, match=r"not a full|no text"):
        read_statement((FOLDER / "audit-statement.toml").read_bytes())


def test_a_blank_waiver_waives_nothing_and_is_told(tmp_path: Path) -> None:
    blank = (FOLDER / "waivers.toml").read_text()
    repo, _ = checkout(tmp_path / "repo", {"dossier/waivers.toml": blank})
    (told,) = audited(tmp_path, repo).waivers()
    assert told["state"] == "refused"
    assert "has no control, no owner" in told["text"]
