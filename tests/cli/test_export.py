"""``privatedao-audit export``: from a run's folder or a bundle, and what it refuses."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.bundle import container, layout
from privatedao_audit.cli import export, main
from privatedao_audit.report.exports import FORMATS

_SAMPLES = Path(__file__).parents[1] / "bundle" / "bundle_samples.py"
FILES = {name for makers in FORMATS.values() for name in makers}


def exported(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["export", *map(str, arguments)])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the invented run."""
    spec = importlib.util.spec_from_file_location("export_bundle_samples", _SAMPLES)
    assert spec is not None and spec.loader is not None
    samples = importlib.util.module_from_spec(spec)
    sys.modules["export_bundle_samples"] = samples
    spec.loader.exec_module(samples)
    return Path(samples.run_folder(tmp_path_factory.mktemp("run") / "case"))


@pytest.fixture(scope="module")
def bundle(run: Path) -> Path:
    place = run.with_name("case.zip")
    with pytest.raises(SystemExit):
        main(["bundle", str(run), "--out", str(place)])
    return place


def test_a_run_and_its_bundle_give_the_same_files(
    run: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exported(run, "--out", tmp_path / "a") == 0
    root = json.loads((run / "findings.json").read_bytes())["evidence_root"]
    assert f"evidence root  {root}" in capsys.readouterr().out
    assert exported(bundle, "--out", tmp_path / "b") == 0
    made = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert set(made) == FILES
    assert made == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    assert exported(run, "--out", tmp_path / "a") == 0, "the same again is no conflict"


def test_formats_are_chosen(run: Path, tmp_path: Path) -> None:
    assert exported(run, "--format", "junit", "--format", "badge", "--out", tmp_path) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"findings.junit.xml", "badge.svg"}


def test_what_lies_there_is_not_overwritten_unasked(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "badge.svg").write_text("somebody's own")
    assert exported(run, "--out", tmp_path) == 64
    assert "is something else" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"badge.svg"}
    assert exported(run, "--out", tmp_path, "--replace") == 0
    assert (tmp_path / "badge.svg").read_text().startswith("<svg")


def changed(run: Path, place: Path, **change: Any) -> Path:
    found = json.loads((run / "findings.json").read_bytes())
    place.mkdir()
    (place / "findings.json").write_text(json.dumps({**found, **change}))
    return place


def test_findings_edited_to_ready_are_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = json.loads((run / "findings.json").read_bytes())["verdict"]
    edited = changed(run, tmp_path / "edited", verdict={**verdict, "word": "READY"})
    assert exported(edited, "--out", tmp_path / "out") == 64
    assert "does not follow from its controls" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unsound_bundle_is_refused(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = container.read(bundle.read_bytes())
    other = files[layout.FINDINGS].data.replace(b'"status":"UNKNOWN"', b'"status":"PASS"', 1)
    files[layout.FINDINGS] = container.entry(layout.FINDINGS, other)
    place = tmp_path / "unsound.zip"
    place.write_bytes(container.write(files.values()))
    assert exported(place, "--out", tmp_path / "out") == 64
    assert "is refused (manifest)" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nothing", None, "there is no such file"),
        ("text.zip", b"no zip", "refused"),
        ("empty", "", "no findings.json"),
        ("broken", "{", "not strict JSON"),
    ],
)
def test_what_holds_no_findings_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: Any, says: str
) -> None:
    place = tmp_path / name
    if isinstance(content, bytes):
        place.write_bytes(content)
    elif isinstance(content, str):
        place.mkdir()
        if content:
            (place / "findings.json").write_text(content)
    assert exported(place, "--out", tmp_path / "out") == 64
    assert says in capsys.readouterr().err


def test_every_format_can_be_asked_for() -> None:
    assert {*FORMATS, "all"} == set(export._FORMATS)


def test_bad_usage(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported(run, "--format", "pdf", "--out", tmp_path) == 64
    assert exported(run) == 64
    assert "--out" in capsys.readouterr().err


def test_an_output_that_can_not_be_written(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert exported(run, "--out", tmp_path / "file" / "below") == 74
