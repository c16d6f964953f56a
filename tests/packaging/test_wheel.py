"""The wheel: it holds what git knows and nothing else, and works where there is no checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import privatedao_audit
from privatedao_audit import assets
from privatedao_audit.model import catalogue

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "privatedao_audit/"
SHIPPED = ("notebooks/", "templates/", "targets/", "samples/", "requirements.lock")
METADATA = f"privatedao_audit-{privatedao_audit.__version__}.dist-info/"

#: Judges the bundled sample without notebooks, and says from where it did.
JUDGE = """
import asyncio, json
import privatedao_audit
from privatedao_audit import assets
from privatedao_audit.audit.opening import over
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import target as targets

async def judged(sealed, profile):
    audit = await over(profile, sealed, "a sealed recording")
    await audit.collect(audit.scope.domains)
    return audit.findings()

profile = targets.load("sample")
place = targets.bundled_recording(profile, "sample")
with SealedRecording.open(place) as sealed:
    found = asyncio.run(judged(sealed, profile))
print(json.dumps({
    "package": privatedao_audit.__file__, "assets": str(assets.root()),
    "recording": str(place), "findings": found,
}))
"""


def _run(*arguments: str, cwd: Path, **variables: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env={**kept, **variables}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _known_to_git() -> set[str]:
    """Tracked files, and those that the next commit may add; nothing that git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    _run("-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT), cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("installed")
    _run(
        "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-index",
        "--no-deps", "--no-compile", "--target", str(place), str(wheel), cwd=place,
    )  # fmt: skip
    return place


def test_wheel_holds_what_git_knows_and_nothing_else(wheel: Path) -> None:
    expected = set()
    for name in _known_to_git():
        if name.startswith(PACKAGE):
            expected.add(name)
        elif name.startswith(SHIPPED):
            expected.add(f"{PACKAGE}_assets/{name}")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.startswith(METADATA)}
    assert sorted(held - expected) == [], "in the wheel, and not known to git"
    assert sorted(expected - held) == [], "known to git, and not in the wheel"
    assert f"{PACKAGE}_assets/samples/sample/evidence.sqlite" in held
    assert [name for name in held if "node_modules" in name or name.endswith(".pyc")] == []


def test_wheel_holds_the_bytes_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(METADATA):
                continue
            source = name.removeprefix(f"{PACKAGE}_assets/") if "/_assets/" in name else name
            assert archive.read(name) == (ROOT / source).read_bytes(), name


def test_wheel_names_its_licence_version_and_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(METADATA + "METADATA").decode()
        commands = archive.read(METADATA + "entry_points.txt").decode()
        licence = archive.read(METADATA + "licenses/LICENSE")
    assert f"\nVersion: {privatedao_audit.__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "privatedao-audit = privatedao_audit.cli:main" in commands
    assert licence == (ROOT / "LICENSE").read_bytes()


def test_installed_wheel_lists_the_controls(installed: Path, tmp_path: Path) -> None:
    said = _run("-m", "privatedao_audit", "controls", cwd=tmp_path, PYTHONPATH=str(installed))
    listed = [line.split()[0] for line in said.splitlines()]
    assert listed == [control.id for control in catalogue.load().controls]


def test_installed_wheel_judges_the_sample_like_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    there = json.loads(_run("-c", JUDGE, cwd=tmp_path, PYTHONPATH=str(installed)))
    bundle = installed / "privatedao_audit" / "_assets"
    assert there["package"] == str(installed / "privatedao_audit" / "__init__.py")
    assert there["assets"] == str(bundle)
    assert there["recording"] == str(bundle / "samples" / "sample" / "evidence.sqlite")

    here = json.loads(_run("-c", JUDGE, cwd=tmp_path, PYTHONPATH=str(ROOT)))
    assert here["assets"] == str(ROOT)
    assert there["findings"] == here["findings"]
    assert {"FAIL", "MISSING", "PASS"} <= {one["status"] for one in there["findings"]}


def test_assets_come_from_the_bundle_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "privatedao_audit"
    package.mkdir()
    (tmp_path / "targets").mkdir()
    monkeypatch.setattr(assets, "_PACKAGE", package)
    assert assets.folder("targets") == tmp_path / "targets"
    (package / "_assets" / "targets").mkdir(parents=True)
    assert assets.root() == package / "_assets"
    assert assets.folder("targets") == package / "_assets" / "targets"


def test_a_missing_asset_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path / "privatedao_audit")
    with pytest.raises(FileNotFoundError, match=r"'samples' is missing.*reinstall"):
        assets.folder("samples")
