"""The bundle at the end of a real replay: both verifiers take it, and it is the same each time."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from privatedao_audit.bundle import container, verify_bundle
from privatedao_audit.bundle.keeping import BUNDLE, finish
from privatedao_audit.bundle.verify import verify
from privatedao_audit.cli import main
from privatedao_audit.model.status import Verdict
from privatedao_audit.run.files import CannotWrite


@pytest.fixture(scope="module")
def folder(finished: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the run's folder: other tests look at what lies in it."""
    return Path(shutil.copytree(finished.folder, tmp_path_factory.mktemp("bundled") / "sample"))


def test_a_real_run_makes_a_bundle_that_verifies(folder: Path) -> None:
    built = finish(folder)
    raw = (folder / BUNDLE).read_bytes()
    assert raw == built.raw
    report, alone = verify(raw), verify_bundle.verify(raw, {})
    assert report.problems == alone.problems == []
    assert report.bundle_digest == alone.digest == built.bundle_digest
    assert report.evidence_root == alone.root == built.evidence_root
    held = set(container.read(raw))
    made = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}
    assert made - held == {"run.json", "evidence.sqlite", BUNDLE}


def test_the_same_run_makes_the_same_bytes(folder: Path) -> None:
    once = finish(folder)
    (folder / BUNDLE).unlink()
    assert finish(folder) == once


# The command


@dataclass
class _Ended:
    """As much of a result as the command looks at."""

    verdict: Verdict = Verdict.NOT_READY


def invoke(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    """``run`` on a folder in which a run has ended already."""

    async def ended(order: Any, progress: Any) -> _Ended:
        return _Ended()

    monkeypatch.setattr("privatedao_audit.run.pipeline.run", ended)
    monkeypatch.setattr("privatedao_audit.cli.run._tell", lambda *_: click.echo("told"))
    arguments = ["run", "--target", "sample", "--replay", "bundled", "--out", str(folder)]
    with pytest.raises(SystemExit) as left:
        main([*arguments, *options])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_the_command_ends_with_it_and_prints_its_digest(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / BUNDLE).unlink(missing_ok=True)
    assert invoke(folder, monkeypatch, "--no-bundle") == 1
    assert not (folder / BUNDLE).exists()
    assert "bundle" not in capsys.readouterr().out
    assert invoke(folder, monkeypatch) == 1
    report = verify((folder / BUNDLE).read_bytes())
    assert f"bundle digest  {report.bundle_digest}" in capsys.readouterr().out


def test_a_run_without_its_bundle_has_not_ended_well(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """No verdict's exit code: what a run promises is not there."""
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    (broken / BUNDLE).unlink(missing_ok=True)
    (broken / "findings.json").write_bytes(b"{}\n")
    assert invoke(broken, monkeypatch) == 74
    said = capsys.readouterr()
    assert "told" in said.out
    assert "findings.json was changed since the run wrote it" in said.err
    assert CannotWrite.__name__ not in said.err
