"""Makes the helpers beside these tests importable, and the one small run that they share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bundle_samples as samples

if TYPE_CHECKING:
    from privatedao_audit.bundle.public.make import Public


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


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bundle of a run that read lists of contacts."""
    import people

    from privatedao_audit.bundle.build import build

    return build(people.folder(tmp_path_factory.mktemp("people") / "case")).raw


@pytest.fixture(scope="session")
def made(private: bytes) -> Public:
    """Its public form, as its owner gets it."""
    import people

    from privatedao_audit.bundle.public.make import publish

    return publish(private, people.Fixed(), pages=people.pages)


@pytest.fixture(scope="session")
def public(made: Public) -> bytes:
    """The same, as everybody else gets it."""
    return made.raw
