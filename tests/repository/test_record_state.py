"""The state of a checkout as ``privatedao-audit record`` takes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from privatedao_audit.repository import record
from tests.repository.conftest import Repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "checkout")
    made.write("programs/gov/src/lib.rs", "mod target;\n")
    made.write("Cargo.toml", "[workspace]\n")
    made.commit("first")
    return made


def test_a_checkout_as_it_was_committed_is_clean(repo: Repo) -> None:
    repo.write("target/deploy/out.rs", "// built")
    repo.write("programs/gov/target/out.rs", "// built")
    repo.write("notes.txt", "nothing that a build reads by itself")
    state = record.read_state(repo.root)
    assert state.clean
    assert state.commit == repo.git("rev-parse", "HEAD")


@pytest.mark.parametrize("path", ["programs/gov/src/hook.rs", "programs/gov/src/target/mod.rs"])
def test_an_untracked_module_makes_it_unclean(repo: Repo, path: str) -> None:
    repo.write(path, "// untracked")
    assert record.read_state(repo.root).untracked == (path,)


def test_a_link_to_a_folder_of_modules_makes_it_unclean(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo.root / "programs/gov/src/target").symlink_to(tmp_path / "elsewhere")
    assert record.read_state(repo.root).untracked == ("programs/gov/src/target",)


def test_a_folder_that_cannot_be_looked_into_makes_it_unclean(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = repo.root / "programs/gov/src/locked"
    locked.mkdir()
    look = os.scandir

    def refusing(path: object) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", refusing)
    (told,) = record.read_state(repo.root).untracked
    assert told == "programs/gov/src/locked: can't be read"
