"""The public form of a real run: rendered anew, and without a way to reach anybody."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.bundle.build import build
from privatedao_audit.bundle.public.make import Public, publish
from privatedao_audit.bundle.public.salts import Salts
from privatedao_audit.bundle.verify import verify
from tests.run.conftest import Finished


@pytest.fixture(scope="module")
def made(finished: Finished) -> Public:
    return publish(build(finished.folder).raw, Salts())


def files_of(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_verifies_and_holds_no_contact(finished: Finished, made: Public) -> None:
    assert verify(made.raw).problems == alone.verify(made.raw, {}).problems == []
    files, visible = files_of(made.raw), {word for word, _ in made.visible}
    hidden = [word for word in made.words if word not in visible]
    assert sum(word.contact for word in hidden) > 4
    every = b"\n".join(files.values()).decode("utf-8", "replace").casefold()
    assert not [word.text for word in hidden if word.text.casefold() in every]
    facts = json.loads(files["facts.json"])["facts"]
    known = json.loads((finished.folder / "facts.json").read_bytes())["facts"]
    (paper,), (before,) = (one["treasury"]["contacts"] for one in (facts, known))
    tokens = {word.token for word in made.words}
    rows, were = paper["said"]["value"], before["said"]["value"]
    assert len(rows) == len(were) > 0
    for row, was in zip(rows, were, strict=True):
        assert {row["who"], row["value"]} <= tokens
        assert row == {**was, "who": row["who"], "value": row["value"]}


def test_its_report_says_what_was_not_checked(finished: Finished, made: Public) -> None:
    page = files_of(made.raw)["report.html"].decode()
    withheld = len(made.documents)
    assert withheld > 1
    assert f"and {withheld} answers that hold them; made from the bundle" in page
    assert page.count("withheld in this public form") > 0
    assert "have another hash" not in page and "No body in this recording" not in page
    private = (finished.folder / "report.html").read_text("utf-8")
    assert "public form" not in private.casefold()
    assert page.count("recomputed here, equal") < private.count("recomputed here, equal")


def test_verdict_and_statuses_are_those_of_the_run(finished: Finished, made: Public) -> None:
    found = json.loads(files_of(made.raw)["findings.json"])
    before = finished.result.findings
    assert found["verdict"] == before["verdict"]
    for row, was in zip(found["controls"], before["controls"], strict=True):
        assert {key: row[key] for key in ("id", "status", "evidence")} == {
            key: was[key] for key in ("id", "status", "evidence")
        }
