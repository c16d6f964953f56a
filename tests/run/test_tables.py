"""The tables of a run: one set per DAO, whichever domains read it, and errors in our words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from privatedao_audit.run import files, tables
from tests.history.world import DAO, collected, node


def test_a_history_that_two_domains_read_is_written_once(tmp_path: Path) -> None:
    history = collected(node()).history
    facts = [SimpleNamespace(histories={DAO: history}), SimpleNamespace(), None]
    found = tables.write(tmp_path, [*facts, SimpleNamespace(histories={DAO: history})])
    names = ("calls", "instructions", "events", "balances", "failures")
    assert set(found) == {f"tables/{name}-{DAO}.parquet" for name in names}
    assert all((tmp_path / name).is_file() for name in found)
    assert found[f"tables/instructions-{DAO}.parquet"]["rows"] == 5


def test_without_a_history_there_is_no_folder(tmp_path: Path) -> None:
    assert tables.write(tmp_path, [None, SimpleNamespace(histories={})]) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "tables").write_text("in the way")
    facts = [SimpleNamespace(histories={DAO: collected(node()).history})]
    with pytest.raises(files.CannotWrite, match="tables"):
        tables.write(tmp_path, facts)
