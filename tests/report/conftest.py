"""The made-up run, once per worker, and a parser that sees a page as a browser would."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tinyhtml5

from privatedao_audit.report.html import render_report
from privatedao_audit.report.pdf import render_pdf

SYNTHETIC = Path(__file__).with_name("fixtures") / "synthetic.py"


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """The module that makes the run up."""
    spec = importlib.util.spec_from_file_location("report_synthetic", SYNTHETIC)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def findings(synthetic: ModuleType) -> dict[str, Any]:
    """findings.json of the made-up run; not to be changed by a test."""
    return synthetic.findings()


@pytest.fixture(scope="session")
def page(synthetic: ModuleType, findings: dict[str, Any]) -> str:
    """The whole report."""
    return render_report(findings, synthetic.notebooks(findings), synthetic.recording())


@pytest.fixture(scope="session")
def custody_page(synthetic: ModuleType, findings: dict[str, Any]) -> str:
    """The document of one domain."""
    notebooks = synthetic.notebooks(findings)
    return render_report(findings, notebooks, synthetic.recording(), domain="custody")


@pytest.fixture(scope="session")
def tree(page: str) -> Any:
    """The whole report as an HTML parser reads it."""
    return tinyhtml5.parse(page, namespace_html_elements=False)


@pytest.fixture(scope="session")
def pdf(synthetic: ModuleType, findings: dict[str, Any], custody_page: str) -> bytes:
    """The PDF of one domain."""
    attached = ("findings.json", json.dumps(findings, sort_keys=True).encode())
    return render_pdf(custody_page, title="Custody", attachment=attached, created=synthetic.CREATED)
