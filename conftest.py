"""Settings that hold for every test, nbval's included."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Give the kernels of nbval the environment that the kit's own runner gives them."""
    if not config.getoption("nbval", default=False):
        return
    from privatedao_audit.run.notebooks import environment

    scratch = Path(tempfile.mkdtemp(prefix="privatedao-audit-nbval-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    os.environ.update(environment(scratch))
