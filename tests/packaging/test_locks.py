"""Environments: what pyproject.toml asks for, environment.yml and the locks agree."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-lab.lock")
#: Has an install script that would set a file's mode; it never runs, and the test sets the mode.
NEVER_RUN = {"node_modules/@microsoft/sarif-multitool-linux"}
NPM_LOCKS = ("privatedao_audit/rehearsal/package-lock.json", "tests/browser/package-lock.json")

_PINNED = re.compile(r"([a-z0-9][a-z0-9._-]*)==([0-9][0-9a-z.+!]*)( ; [^\\#@]+?)? \\")
_HASH = re.compile(r"    --hash=sha256:([0-9a-f]{64})( \\)?")
_VIA = re.compile(
    r"    # via|    #(?:   | via )"
    r"(?:-c requirements\.lock|[a-z0-9._-]+(?: \(pyproject\.toml(?::lab)?\))?)"
)

Pins = dict[str, dict[str, frozenset[str]]]


def pins(text: str) -> Pins:
    """Name → version → SHA-256 hashes of a lock.

    A universal lock may pin several versions of one name, under different markers. Every line
    is either a pin, a hash or a note on who asked for it: no address and no option.

    Raises:
        ValueError: a line is none of these, or a pin has no hash.
    """
    found: dict[str, dict[str, set[str]]] = {}
    hashes: set[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if match := _PINNED.fullmatch(line):
            hashes = found.setdefault(match[1], {}).setdefault(match[2], set())
        elif (match := _HASH.fullmatch(line)) and hashes is not None:
            hashes.add(match[1])
        elif not _VIA.fullmatch(line):
            raise ValueError(f"line {number}: {line}")
    bare = [name for name, versions in found.items() if not all(versions.values())]
    if bare:
        raise ValueError(f"without hash: {bare}")
    return {n: {v: frozenset(h) for v, h in versions.items()} for n, versions in found.items()}


def _project() -> dict[str, Any]:
    tree = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project: dict[str, Any] = tree["project"]
    return project


def _asked(*extras: str) -> list[str]:
    project = _project()
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(spec for extra in extras for spec in optional[extra])]


def _lock(name: str) -> Pins:
    return pins((ROOT / name).read_text(encoding="utf-8"))


def _conda() -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    return tree


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    assert len(_lock(name)) > 50
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", ("build",)), ("requirements-test.lock", ("build", "test"))],
)
def test_locks_meet_what_the_project_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    locked = _lock(lock)
    for text in _asked(*extras):
        wanted = Requirement(text)
        versions = locked[canonicalize_name(wanted.name)]
        assert all(wanted.specifier.contains(one) for one in versions), text


def test_test_lock_holds_the_runtime_lock() -> None:
    runtime, test = _lock("requirements.lock"), _lock("requirements-test.lock")
    assert {name: test.get(name) for name in runtime} == runtime
    assert set(test) > set(runtime)


def test_runtime_stays_lean() -> None:
    """The jupyter metapackage slows down every notebook import; it belongs to the lab."""
    extra = {canonicalize_name(Requirement(text).name) for text in _project()[
        "optional-dependencies"]["lab"]}  # fmt: skip
    assert extra & set(_lock("requirements.lock")) == set()


def test_lab_lock_is_jupyterlab_alone() -> None:
    """An environment for its server: the kit and its own libraries stay in theirs."""
    tree = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = tree["dependency-groups"]["lab"]
    assert asked and set(asked) <= set(_asked("lab"))
    runtime, lab = _lock("requirements.lock"), _lock("requirements-lab.lock")
    for text in asked:
        wanted = Requirement(text)
        assert all(wanted.specifier.contains(one) for one in lab[canonicalize_name(wanted.name)])
    assert {name for name in lab if name in runtime and lab[name] != runtime[name]} == set()
    assert set(lab) & {"pandas", "solana", "solders", "matplotlib", "weasyprint"} == set()


@pytest.mark.parametrize("name", NPM_LOCKS)
def test_npm_lock_has_integrity_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    locked = {path: package for path, package in packages.items() if path}
    assert locked
    for path, package in locked.items():
        assert package["integrity"].startswith("sha512-"), path
        assert path in NEVER_RUN or "hasInstallScript" not in package, path
    assert "resolved" not in text
    assert "://" not in text
    wanted = packages[""]["dependencies"]
    manifest = json.loads((ROOT / name).with_name("package.json").read_text(encoding="utf-8"))
    assert manifest["dependencies"] == wanted
    for package_name, version in wanted.items():
        assert locked[f"node_modules/{package_name}"]["version"] == version


@pytest.mark.parametrize("name", NPM_LOCKS)
def test_npm_runs_no_scripts(name: str) -> None:
    lines = (ROOT / name).with_name(".npmrc").read_text(encoding="utf-8").splitlines()
    assert {"ignore-scripts=true", "omit-lockfile-registry-resolved=true"} <= set(lines)


def test_environment_yml_asks_for_the_same() -> None:
    (nested,) = [entry for entry in _conda()["dependencies"] if isinstance(entry, dict)]
    (nbval,) = [spec for spec in _asked("test") if Requirement(spec).name == "nbval"]
    assert list(nested) == ["pip"]
    assert nested["pip"] == [*sorted([*_asked("lab"), nbval]), "--editable ."]


def test_python_range_is_the_same_everywhere() -> None:
    wanted = _project()["requires-python"]
    (conda,) = [
        entry for entry in _conda()["dependencies"]
        if isinstance(entry, str) and entry.split()[0] == "python"
    ]  # fmt: skip
    assert conda == f"python {wanted}"
    prefix = "Programming Language :: Python :: "
    named = [c.removeprefix(prefix) for c in _project()["classifiers"] if c.startswith(prefix)]
    accepted = [f"3.{n}" for n in range(30) if SpecifierSet(wanted).contains(f"3.{n}")]
    assert named == accepted == ["3.11", "3.12", "3.13"]


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://mirror.example.org/simple",
        "-e .",
        "name @ https://example.org/name.whl \\",
        "name>=1.0 \\",
        "    --hash=md5:" + "0" * 32,
    ],
)
def test_the_look_at_locks_bites(line: str) -> None:
    good = "good==1.0 \\\n    --hash=sha256:" + "a" * 64 + "\n    # via privatedao-audit\n"
    assert pins(good) == {"good": {"1.0": frozenset({"a" * 64})}}
    with pytest.raises(ValueError, match="line 4"):
        pins(good + line + "\n")


def test_a_pin_without_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="without hash"):
        pins("bare==1.0 \\\n    # via privatedao-audit\n")
