"""What the browser tests run on: a part that is missing is told with the command that gets it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.browser import chromium, lab
from tests.browser.chromium import MissingPart


def test_the_browser_runs_on_its_own_libraries(tmp_path: Path) -> None:
    done = subprocess.run(
        [chromium.program(), "--version"],
        env=chromium.environment(tmp_path), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(("Chromium ", "Google Chrome "))


def test_the_node_of_its_driver_runs() -> None:
    done = subprocess.run(
        [chromium.node(), "--version"], capture_output=True, text=True, check=True
    )
    assert int(done.stdout.strip().removeprefix("v").split(".")[0]) >= 20


def test_a_missing_browser_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "UNPACKED", tmp_path / ".chromium")
    with pytest.raises(MissingPart, match="make browser"):
        chromium.program()


def test_missing_npm_packages_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium, "MODULES", tmp_path)
    monkeypatch.setattr(chromium, "_PACKED", tmp_path / "bin")
    with pytest.raises(MissingPart, match="make browser"):
        chromium.unpack()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_lab_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    monkeypatch.setattr(lab, "STAMP", tmp_path / ".venv-lab" / "lab.stamp")
    with pytest.raises(MissingPart, match=r"make \.venv-lab/lab\.stamp"):
        lab.command(tmp_path, tmp_path)


def test_the_lab_is_the_one_of_make(tmp_path: Path) -> None:
    """Whatever `make lab` starts is what the tests start."""
    started = lab.command(tmp_path, tmp_path / "settings")
    assert started[:2] == [".venv-lab/bin/jupyter", "lab"]
    assert f"--notebook-dir={tmp_path}" in started
    assert f"--IdentityProvider.token={lab.TOKEN}" in started
