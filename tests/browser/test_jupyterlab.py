"""An auditor opens a notebook in JupyterLab, sets its parameters and runs all cells, live."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from privatedao_audit import assets
from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.rehearsal import dossier
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.sample import code_of, profile_of
from privatedao_audit.rehearsal.script import told
from tests.browser import lab

NOTEBOOK = "02_key_custody.ipynb"
SECRETS = ("fake-key-of-the-first-0123456789", "fake-key-of-the-second-9876543210")
_SHOWS = re.compile(r'audit\.show\("([A-Z]{2}-[0-9]{2})"\)')
_RUN_SECONDS = 120


@dataclass
class Session:
    """What the auditor saw when all cells had run, and what was saved."""

    text: str
    markup: str
    prompts: list[str]
    cells: list[str]
    saved: str
    log: str
    hosts: set[str]
    complaints: list[str] = field(default_factory=list)

    @property
    def notebook(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.saved)
        return told

    def findings(self) -> dict[str, dict[str, Any]]:
        """Control → finding object, as the saved notebook holds it."""
        outputs = [o for c in self.notebook["cells"] for o in c.get("outputs", [])]
        said = [o["data"][FINDING_MIME] for o in outputs if FINDING_MIME in o.get("data", {})]
        return {one["id"]: one for one in said}


@pytest.fixture(scope="module")
def session(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One session over a rehearsal in mid-rollout, through two endpoints that need keys."""
    scratch = tmp_path_factory.mktemp("lab")
    folder, checkout = scratch / "notebooks", scratch / "checkout"
    folder.mkdir()
    checkout.mkdir()
    _empty(assets.folder("notebooks") / NOTEBOOK, folder / NOTEBOOK)
    with told(healthy=False) as story:
        dossier.write(story.life, checkout)
        profile = scratch / "rehearsal.toml"
        code = code_of(story.node, story.life.squads_program)
        profile.write_text(profile_of("sample", story.life, code), "utf-8")
        parameters = {
            "target": str(profile), "evidence": "live", "rpc": "", "repo": str(checkout),
        }  # fmt: skip
        with (
            Proxy(story.node, api_key=SECRETS[0]) as first,
            Proxy(story.node, api_key=SECRETS[1]) as second,
        ):
            endpoints = {
                "PRIVATEDAO_AUDIT_RPC_FIRST": first.url,
                "PRIVATEDAO_AUDIT_RPC_SECOND": second.url,
            }
            with lab.running(folder, scratch, endpoints) as server:
                yield _played(browser, server, folder / NOTEBOOK, parameters)


def _empty(source: Path, copy: Path) -> None:
    """A copy without outputs, so that whatever is seen comes from this session."""
    notebook = json.loads(source.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    copy.write_text(json.dumps(notebook), "utf-8")


def _played(browser: Browser, server: lab.Lab, path: Path, parameters: dict[str, str]) -> Session:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    hosts: set[str] = set()
    complaints: list[str] = []
    context.on("request", lambda sent: hosts.add(urlsplit(sent.url).netloc))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(server.address(path.name))
    expect(page.locator(".jp-NotebookPanel .jp-CodeCell").first).to_be_visible(timeout=60_000)
    _set_parameters(page, parameters)
    _run_all(page)
    cells = page.locator(".jp-NotebookPanel .jp-CodeCell")
    prompts = page.locator(".jp-NotebookPanel .jp-CodeCell .jp-InputPrompt")
    page.wait_for_function(
        "() => { const said = [...document.querySelectorAll("
        "'.jp-NotebookPanel .jp-CodeCell .jp-InputPrompt')].map((e) => e.textContent);"
        "return said.length && said.every((t, n) => t.includes(`[${n + 1}]`)); }",
        timeout=_RUN_SECONDS * 1000,
    )
    before = path.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    saved = _saved(page, path, before)
    panel = page.locator(".jp-NotebookPanel")
    seen = Session(
        panel.inner_text(), page.content(), prompts.all_inner_texts(), cells.all_inner_texts(),
        saved, server.log.read_text("utf-8", "replace"), hosts, complaints,
    )  # fmt: skip
    context.close()
    return seen


def _set_parameters(page: Page, parameters: dict[str, str]) -> None:
    """Into the first code cell, as an auditor would type them."""
    editor = page.locator(".jp-NotebookPanel .jp-CodeCell .cm-content").first
    expect(editor).to_contain_text("target: str")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(
        "\n".join(f"{name}: str = {json.dumps(value)}" for name, value in parameters.items())
    )
    expect(editor).to_contain_text('"live"')


def _run_all(page: Page) -> None:
    """By the menu, on a fresh kernel."""
    idle = page.get_by_role("button", name=re.compile(r"\(privatedao-audit\) \| Idle"))
    expect(idle).to_be_visible(timeout=60_000)
    page.locator(".lm-MenuBar-item", has_text=re.compile("^Kernel$")).click()
    page.get_by_role("menuitem", name=re.compile("Restart Kernel and Run All Cells")).click()
    page.locator(".jp-Dialog button.jp-mod-accept").click()


def _saved(page: Page, path: Path, before: int) -> str:
    """The notebook once JupyterLab wrote it whole: a file in the making is no notebook yet."""
    for _ in range(300):
        page.wait_for_timeout(100)
        if path.stat().st_mtime_ns == before:
            continue
        text = path.read_text("utf-8")
        with contextlib.suppress(json.JSONDecodeError):
            json.loads(text)
            return text
    raise AssertionError("JupyterLab did not save the notebook")


def test_every_cell_ran_once_and_none_failed(session: Session) -> None:
    assert len(session.prompts) > 5
    assert [text.strip() for text in session.prompts] == [
        f"[{n}]:" for n in range(1, len(session.prompts) + 1)
    ]
    outputs = [o for c in session.notebook["cells"] for o in c.get("outputs", [])]
    assert [o for o in outputs if o["output_type"] == "error"] == []
    assert [o for o in outputs if o.get("name") == "stderr"] == []
    assert "Traceback" not in session.text
    assert session.complaints == []


def test_each_control_cell_shows_its_verdict(session: Session) -> None:
    asked = _SHOWS.findall("\n".join("".join(c["source"]) for c in session.notebook["cells"]))
    found = session.findings()
    assert len(asked) > 5 and sorted(found) == sorted(asked)
    for control, finding in found.items():
        (cell,) = [text for text in session.cells if f'audit.show("{control}")' in text]
        shown = cell.partition(f'audit.show("{control}")')[2]
        assert control in shown and finding["status"] in shown, control
    # Read now and here: a rollout in the middle, whose multisig has no time lock.
    assert found["UA-06"]["status"] == "FAIL"
    assert found["UA-01"]["status"] == "PASS"


def test_it_says_that_it_collected_for_itself(session: Session) -> None:
    first, second = session.cells[:2]
    assert '"live"' in first
    assert "localnet" in second
    providers = {p for one in session.findings().values() if one["read_at"]
                 for p in one["read_at"]["providers"]}  # fmt: skip
    assert providers == {"first", "second", "checkout"}


def test_no_secret_gets_into_page_or_notebook(session: Session) -> None:
    for secret in (*SECRETS, "api-key"):
        assert secret not in session.markup
        assert secret not in session.saved
        assert secret not in session.log


def test_the_lab_asks_nobody_outside(session: Session) -> None:
    hosts = {host.partition(":")[0] for host in session.hosts if host}
    assert hosts == {"127.0.0.1"}
    assert "pypi" not in session.log.lower()
    assert "Jupyter news" not in session.markup
