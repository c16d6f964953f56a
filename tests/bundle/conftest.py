"""Makes the helpers beside these tests importable, and the one small run that they share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bundle_samples as samples


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run, invented."""
    return samples.run_folder(tmp_path_factory.mktemp("run") / "case")


@pytest.fixture(scope="session")
def raw(run_folder: Path) -> bytes:
    """Its bundle."""
    from privatedao_audit.bundle.build import build

    return build(run_folder).raw


@pytest.fixture(scope="session")
def signed(raw: bytes) -> bytes:
    """The bundle, signed by the team and by the auditor."""
    once = samples.sign(raw, samples.TEAM, "team")
    return samples.sign(once, samples.AUDITOR, "auditor")
