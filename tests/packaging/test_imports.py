"""Importing the package, or its command line, loads nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "IPython", "httpx2", "matplotlib", "nbconvert", "nbformat", "numpy", "pandas", "papermill",
    "pydantic", "rich", "solana", "solders", "weasyprint",
}  # fmt: skip


def _loaded(statement: str) -> set[str]:
    """Top-level modules in memory after a statement, in an interpreter of its own."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_package_loads_nothing_heavy() -> None:
    loaded = _loaded("import privatedao_audit")
    assert "privatedao_audit" in loaded
    assert loaded & (HEAVY | {"click"}) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "import privatedao_audit.cli",
        "from privatedao_audit.cli import group\ngroup.main(['--help'], standalone_mode=False)",
    ],
    ids=["import", "help"],
)
def test_command_line_loads_click_alone(statement: str) -> None:
    quiet = (
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n    "
        + statement.replace("\n", "\n    ")
    )
    loaded = _loaded(quiet)
    assert "click" in loaded
    assert loaded & HEAVY == set()


def test_the_verifier_of_a_bundle_loads_no_domain() -> None:
    code = "import privatedao_audit.bundle.verify, sys; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "privatedao_audit.audit.summary" in loaded
    assert not [name for name in loaded if name.startswith("privatedao_audit.domains")]


def test_the_look_at_modules_bites() -> None:
    assert "pydantic" in _loaded("import pydantic")
