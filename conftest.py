"""Settings that hold for every test, nbval's included."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

#: Folders whose files take longest. Two workers that begin with them end at about the same time.
_LONG = ("integration", "run", "browser", "notebooks", "rehearsal", "cli", "audit", "packaging")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long folders first; otherwise in the order found."""
    place = {name: at for at, name in enumerate(_LONG)}
    top = Path(__file__).parent / "tests"

    def turn(item: pytest.Item) -> int:
        inside = item.path.is_relative_to(top)
        return place.get(item.path.relative_to(top).parts[0] if inside else "", len(_LONG))

    items.sort(key=turn)


def pytest_configure(config: pytest.Config) -> None:
    """Give the kernels of nbval the environment that the kit's own runner gives them."""
    if not config.getoption("nbval", default=False):
        return
    from privatedao_audit.run.notebooks import environment

    scratch = Path(tempfile.mkdtemp(prefix="privatedao-audit-nbval-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    os.environ.update(environment(scratch))
