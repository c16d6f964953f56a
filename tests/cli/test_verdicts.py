"""``privatedao-audit verdicts``: what is printed, written and refused, and the exit codes."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.bundle.build import build
from privatedao_audit.cli import main
from privatedao_audit.model import canonical

_SAMPLES = Path(__file__).parents[1] / "bundle" / "bundle_samples.py"


@pytest.fixture(scope="module")
def samples() -> Any:
    spec = importlib.util.spec_from_file_location("verdicts_bundle_samples", _SAMPLES)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["verdicts_bundle_samples"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def case(samples: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run."""
    return Path(samples.run_folder(tmp_path_factory.mktemp("verdicts") / "case"))


@pytest.fixture(scope="module")
def signed(samples: Any, case: Path) -> Path:
    """Its bundle, signed."""
    place = case.parent / "signed.zip"
    place.write_bytes(samples.sign(build(case).raw, samples.AUDITOR, "auditor"))
    return place


@pytest.fixture(scope="module")
def looser(case: Path) -> Path:
    """The same recording, judged by a later version under a looser limit."""
    copy = Path(shutil.copytree(case, case.parent / "looser"))
    said = json.loads((copy / "findings.json").read_bytes())
    said["method"]["kit_version"] = "99.0.0"
    said["method"]["limits"]["upgrade_delay_seconds"] = 1
    raw = canonical.dump_file(said)
    (copy / "findings.json").write_bytes(raw)
    state = json.loads((copy / "run.json").read_bytes())
    state["files"]["findings.json"] = canonical.sha256(raw)
    (copy / "run.json").write_bytes(canonical.dump_file(state))
    return copy


def called(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["verdicts", *map(str, arguments)])
    printed = capfd.readouterr()
    assert "Traceback" not in printed.err
    return left.value.code, printed.out, printed.err


def test_one_run_is_shown(
    capfd: pytest.CaptureFixture[str], samples: Any, case: Path, signed: Path
) -> None:
    code, out, _ = called(capfd, signed, case)
    assert code == 0
    assert f"signed by {samples.AUDITOR.pubkey()} as auditor" in out
    assert "Run 1 was given 2 times and counts once: case and signed.zip." in out
    assert out.endswith("One run, nothing before it.\n")


def test_the_newest_run_decides_the_exit_code(
    capfd: pytest.CaptureFixture[str], signed: Path, looser: Path, tmp_path: Path
) -> None:
    page, text = tmp_path / "verdicts.html", tmp_path / "verdicts.md"
    # In whatever order they are given, and nowhere what the machine calls its folders.
    code, out, _ = called(capfd, looser, signed, "--html", page, "--markdown", text)
    assert code == 1
    assert "WORSE than run 1: limit upgrade_delay_seconds" in out
    assert out.splitlines()[-3:-1] == ["Worse than run 1.", f"markdown       {text}"]
    for made in (page, text):
        assert str(tmp_path) not in made.read_text() and str(signed.parent) not in made.read_text()
        assert "Worse than run 1" in made.read_text()


def test_markdown_alone_is_printed(capfd: pytest.CaptureFixture[str], case: Path) -> None:
    code, out, err = called(capfd, case, "--markdown", "-")
    assert (code, err) == (0, "") and out.startswith("## Verdict history: One run")


def test_what_is_refused(
    capfd: pytest.CaptureFixture[str], case: Path, signed: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.zip"
    bad.write_bytes(signed.read_bytes()[:-40])
    page = tmp_path / "never.html"
    for arguments, words in (
        ((), "Missing argument"),
        ((case, bad), "is refused"),
        ((case, tmp_path), "no finished run and no bundle"),
        ([case] * 101, "at most 100"),
    ):
        code, out, err = called(capfd, *arguments, "--html", page)
        assert (code, out) == (64, "") and words in err
    assert not page.exists()
