"""Makes the invented run of the bundle tests importable here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bundle"))

import bundle_samples

from privatedao_audit.bundle.build import build
from privatedao_audit.compare import sides
from privatedao_audit.compare.sides import Side


@pytest.fixture(scope="session")
def samples() -> Any:
    """How the bundle tests make runs and bundles."""
    return bundle_samples


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the invented run."""
    return Path(bundle_samples.run_folder(tmp_path_factory.mktemp("run") / "case"))


@pytest.fixture(scope="session")
def bundle(folder: Path) -> Path:
    """Its bundle."""
    place = folder.parent / "case.zip"
    place.write_bytes(build(folder).raw)
    return place


@pytest.fixture
def side(folder: Path) -> Callable[[], Side]:
    """Reads the invented run anew, so that a test may change what it was given."""
    return lambda: sides.read(folder)


@pytest.fixture(scope="session")
def made(folder: Path) -> Callable[[], Side]:
    """As ``side``, for what is made once for a whole module."""
    return lambda: sides.read(folder)
