"""A real browser, and the documents it reads.

Playwright's synchronous interface keeps an event loop in the thread that started it, so the
browser lives for one module: a test elsewhere in the same process may want a loop of its own.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from privatedao_audit.report.html import render_notebooks, render_report
from tests.browser import chromium
from tests.browser.reading import Reading
from tests.browser.sample import render_sample

SYNTHETIC = Path(__file__).parents[1] / "report" / "fixtures" / "synthetic.py"


@pytest.fixture(scope="session")
def synthetic() -> Any:
    """The module that makes a run of the whole catalogue up."""
    spec = importlib.util.spec_from_file_location("browser_synthetic", SYNTHETIC)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the documents lie."""
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def findings(synthetic: Any) -> dict[str, Any]:
    """findings.json of the made-up run; not to be changed by a test."""
    said: dict[str, Any] = synthetic.findings()
    return said


@pytest.fixture(scope="session")
def report(synthetic: Any, findings: dict[str, Any], folder: Path) -> Path:
    """The whole made-up report: every status, all sorts of evidence, strangers' text."""
    page = render_report(findings, synthetic.notebooks(findings), synthetic.recording())
    return _kept(folder / "report.html", page)


@pytest.fixture(scope="session")
def custody(synthetic: Any, findings: dict[str, Any], folder: Path) -> Path:
    """The document of one domain."""
    books = synthetic.notebooks(findings)
    page = render_report(findings, books, synthetic.recording(), domain="custody")
    return _kept(folder / "custody.html", page)


@pytest.fixture(scope="session")
def notebooks(synthetic: Any, findings: dict[str, Any], folder: Path) -> Path:
    """Notebooks that somebody ran alone, as `render` shows them."""
    page = render_notebooks(synthetic.notebooks(findings), title="Two notebooks")
    return _kept(folder / "notebooks.html", page)


@pytest.fixture(scope="session")
def sample(folder: Path) -> Path:
    """The report of the bundled sample, with the committed notebooks."""
    return _kept(folder / "sample.html", render_sample())


def _kept(path: Path, page: str) -> Path:
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Headless Chromium for the tests of one module."""
    program = chromium.program()
    setting = chromium.environment(tmp_path_factory.mktemp("home"))
    before = os.environ.get("PLAYWRIGHT_NODEJS_PATH")
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(chromium.node())
    try:
        with sync_playwright() as playwright:
            # The sandbox needs what a container seldom grants; these pages are our own.
            running = playwright.chromium.launch(
                executable_path=program, env=dict(setting), args=["--disable-gpu"]
            )
            yield running
            running.close()
    finally:
        if before is None:
            del os.environ["PLAYWRIGHT_NODEJS_PATH"]
        else:
            os.environ["PLAYWRIGHT_NODEJS_PATH"] = before


@pytest.fixture
def read(browser: Browser) -> Iterator[Callable[..., Reading]]:
    """Opens a document: `read(path, fragment, width=…, scheme=…, script=…)`.

    What the documents did unasked (requests, dialogs, complaints on the console) fails the test
    when it ends, whatever it was about.
    """
    readings: list[Reading] = []

    def opened(path: Path, fragment: str = "", **how: Any) -> Reading:
        readings.append(Reading(browser, path, fragment, **how))
        return readings[-1]

    yield opened
    unasked = [one.unasked() for one in readings]
    for one in readings:
        one.close()
    assert unasked == [[] for _ in readings]
