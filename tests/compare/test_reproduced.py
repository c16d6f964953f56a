"""A replay is compared with its bundle file by file, and a notebook cell by cell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.bundle.build import build
from privatedao_audit.bundle.unpack import Opened, opened
from privatedao_audit.compare.reproduced import reproduced
from privatedao_audit.model import canonical
from privatedao_audit.run.normalise import INJECTED

BOOK = "notebooks/02_key_custody.ipynb"
PAGE, PAPER = "domains/02_key_custody.html", "domains/02_key_custody.pdf"


@pytest.fixture
def replay(folder: Path, tmp_path: Path) -> Path:
    """What a replay would have written."""
    return Path(shutil.copytree(folder, tmp_path / "again"))


@pytest.fixture
def held(bundle: Path) -> Opened:
    return opened(bundle)


def edit(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_bytes())
    change(value)
    path.write_bytes(canonical.dump_file(value))


def test_the_same_files_are_reproduced(held: Opened, replay: Path) -> None:
    found = reproduced(held, replay)
    tables = [name for name in sorted(held.files) if name.startswith("tables/")]
    documents = sorted(name for name in held.files if name.endswith((".html", ".pdf")))
    assert PAGE in documents
    assert found.whole and found.notes == []
    assert found.same == ["facts.json", "findings.json", *tables, BOOK, *documents]


def test_where_the_profile_lay_is_no_difference(held: Opened, replay: Path) -> None:
    def place(book: Any) -> None:
        cell = {"cell_type": "code", "metadata": {"tags": [INJECTED]}, "source": "target = 'x'"}
        book["cells"].insert(1, cell)

    edit(replay / BOOK, place)
    assert reproduced(held, replay).whole


def test_another_cell_is_a_difference(held: Opened, replay: Path) -> None:
    edit(replay / BOOK, lambda book: book["cells"][0].update(source="Another title"))
    assert reproduced(held, replay).other == {BOOK: "differs in its cells"}


def test_a_notebook_that_was_not_made_is_not_compared(held: Opened, replay: Path) -> None:
    (replay / BOOK).unlink()
    assert reproduced(held, replay).whole


def test_no_notebook_at_all_is_a_difference(held: Opened, replay: Path) -> None:
    (replay / BOOK).write_bytes(b"")
    assert not reproduced(held, replay).whole


@pytest.mark.parametrize("name", ["facts.json", "findings.json"])
def test_a_byte_is_a_difference(held: Opened, replay: Path, name: str) -> None:
    (replay / name).write_bytes((replay / name).read_bytes() + b" ")
    found = reproduced(held, replay)
    assert found.other == {name: "has other bytes"} and found.method == []
    (replay / name).unlink()
    assert reproduced(held, replay).other == {name: "was not made"}


def test_another_version_is_told_as_a_change_of_method(held: Opened, replay: Path) -> None:
    edit(replay / "findings.json", lambda found: found["method"].update(kit_version="9.9.9"))
    found = reproduced(held, replay)
    assert not found.whole
    assert [(row.what, row.after) for row in found.method] == [("version of the kit", "9.9.9")]
    assert found.controls == []


@pytest.mark.parametrize("name", [PAGE, "report.html"])
def test_a_page_is_compared_byte_for_byte(held: Opened, replay: Path, name: str) -> None:
    page = (replay / name).read_bytes()
    (replay / name).write_bytes(page.replace(b"</main>", b"<p>All is well.</p></main>"))
    assert reproduced(held, replay).other == {name: "has other bytes"}
    (replay / name).unlink()
    assert reproduced(held, replay).whole


def test_pages_of_another_version_are_a_note(held: Opened, replay: Path) -> None:
    edit(replay / "findings.json", lambda found: found["method"].update(kit_version="9.9.9"))
    (replay / PAGE).write_bytes(b"another page")
    found = reproduced(held, replay)
    assert set(found.other) == {"findings.json"}
    assert found.notes == ["pages were not compared: another version of the kit has other words"]


def test_another_pdf_is_a_note(held: Opened, replay: Path) -> None:
    (replay / PAPER).write_bytes(b"%PDF set with other fonts")
    found = reproduced(held, replay)
    assert found.whole and PAPER not in found.same
    (note,) = found.notes
    assert note.startswith(f"{PAPER}: other bytes, which depend on the pango and the fonts")
    (replay / PAPER).unlink()
    assert reproduced(held, replay).notes == []


def test_claims_are_compared_byte_for_byte(samples: Any, tmp_path: Path) -> None:
    claims = b'"id","standing"\r\n"c-1","agrees"\r\n'
    folder = samples.run_folder(tmp_path / "claims" / "case", claims=claims)
    place = tmp_path / "case.zip"
    place.write_bytes(build(folder).raw)
    assert "claims.csv" in reproduced(opened(place), folder).same
    (folder / "claims.csv").write_bytes(claims.replace(b"agrees", b"stale!"))
    assert reproduced(opened(place), folder).other == {"claims.csv": "has other bytes"}
    (folder / "claims.csv").unlink()
    assert reproduced(opened(place), folder).other == {"claims.csv": "was not made"}
