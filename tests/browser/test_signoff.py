"""Sign-off sheet, cover sheet and diff page in a browser: axe, every width, no script, paper."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from solders.keypair import Keypair

from privatedao_audit.bundle import cosign, cover, signoff
from privatedao_audit.bundle.build import build
from privatedao_audit.bundle.signing import Role
from privatedao_audit.bundle.verify import verify
from privatedao_audit.compare import page, sides
from privatedao_audit.compare.difference import difference
from privatedao_audit.compare.sections import of_difference
from tests.browser.reading import Reading

Read = Callable[..., Reading]
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "bundle" / "bundle_samples.py"
NOTES = b"""
schema = 1
[auditor]
name = "A. Auditor"
organisation = "Two Eyes Ltd"
[scope]
covers = "Custody and release, by replay, and every document that the profile maps."
leaves_out = "Monitoring."
[[notes]]
text = "Read twice: 11111111111111111111111111111111111111111111."
[[lowered]]
control = "UA-01"
status = "UNKNOWN"
reason = "One signer could not be reached, so control of that key is not shown."
"""


def _samples() -> ModuleType:
    spec = importlib.util.spec_from_file_location("browser_bundle_samples", SAMPLES)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the invented run."""
    return Path(_samples().run_folder(tmp_path_factory.mktemp("signoff") / "case"))


@pytest.fixture(scope="module")
def raw(run: Path) -> bytes:
    """A bundle that an auditor signed and a team disagrees with."""
    raw = build(run).raw
    for word, role, reason, notes in (
        ("auditor", Role.AUDITOR, None, NOTES),
        ("team", Role.TEAM, "The vault " + "x" * 200 + " moved.", None),
    ):
        key = Keypair.from_seed(hashlib.sha256(word.encode()).digest())
        pending = cosign.prepare(raw, str(key.pubkey()), role, reason, annotations=notes)
        raw = pending.attach(bytes(key.sign_message(pending.message)))
    return raw


@pytest.fixture(scope="module")
def sheet(run: Path, raw: bytes) -> Path:
    """Its sign-off sheet."""
    place = run.parent / "signoff.html"
    place.write_text(signoff.make(raw, draft=NOTES).html, encoding="utf-8")
    return place


@pytest.fixture(scope="module", params=["cover", "refused", "diff"])
def other(request: pytest.FixtureRequest, run: Path, raw: bytes) -> Path:
    """Its cover sheet, that of a bundle that is refused, or a diff page in which much got worse."""
    if request.param == "diff":
        before, after = sides.read(run), sides.read(run)
        after.findings["verdict"]["word"] = "INVALID"
        for row in after.findings["controls"][::3]:
            row.update(status="FAIL", summary="Wrong: " + "x" * 200)
        text = page.render(of_difference(difference(before, after)))
    else:
        raw = raw if request.param == "cover" else raw[:-1]
        report = verify(raw, now=NOW)
        assert report.ok == (request.param == "cover")
        text = cover.render(raw, report, now=NOW, name="case.zip")
    place = run.parent / f"{request.param}.html"
    place.write_text(text, encoding="utf-8")
    return place


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_the_other_sheets(
    read: Read, other: Path, scheme: str, width: int
) -> None:
    reading = read(other, scheme=scheme, width=width)
    assert reading.violations() == []
    assert reading.widest() == {"beyond": 0, "what": []}


def test_the_other_sheets_are_whole_on_paper(read: Read, other: Path) -> None:
    reading = read(other, width=720)
    plain = read(other, width=720, script=False)
    words = set(plain.page.inner_text("main").split())
    for one in (reading, plain):
        one.page.emulate_media(media="print")
    assert reading.page.locator("button:visible, .skip:visible").count() == 0
    for heading in reading.page.locator("h1, h2").all():
        assert heading.is_visible()
    assert words - set(plain.page.inner_text("main").split()) == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(read: Read, sheet: Path, scheme: str, width: int) -> None:
    assert read(sheet, scheme=scheme, width=width).violations() == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_reaches_beyond_the_window(read: Read, sheet: Path, width: int) -> None:
    assert read(sheet, width=width).widest() == {"beyond": 0, "what": []}


def test_without_script_it_says_the_same(read: Read, sheet: Path) -> None:
    scripted, plain = read(sheet), read(sheet, script=False)
    scripted.js("() => document.querySelectorAll('button').forEach((e) => e.remove())")
    words = plain.page.inner_text("body").split()
    assert words == scripted.page.inner_text("body").split()
    assert {"UA-01", "A.", "disagrees"} <= set(words)


def test_places_to_sign_are_on_paper(read: Read, sheet: Path) -> None:
    reading = read(sheet)
    reading.page.emulate_media(media="print")
    assert reading.page.get_by_text("Place and date").count() == 2
    for place in reading.page.get_by_text("Place and date").all():
        assert place.is_visible()
    assert reading.page.locator("button:visible, .skip:visible").count() == 0
