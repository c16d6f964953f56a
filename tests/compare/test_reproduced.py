"""A replay is compared with its bundle file by file, and a notebook cell by cell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.bundle.unpack import Opened, opened
from privatedao_audit.compare.reproduced import reproduced
from privatedao_audit.model import canonical
from privatedao_audit.run.normalise import INJECTED

BOOK = "notebooks/02_key_custody.ipynb"


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
    assert found.whole and found.same == ["facts.json", "findings.json", *tables, BOOK]


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
