"""Where a filled dossier may be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from privatedao_audit.cli import main
from privatedao_audit.rehearsal.example import check
from privatedao_audit.run.files import Occupied


def test_a_new_folder_an_empty_one_and_an_earlier_example_are_fine(tmp_path: Path) -> None:
    check(tmp_path / "new")
    check(tmp_path)
    (tmp_path / "README.md").write_text("# A filled dossier\n\nWritten by the kit.\n")
    (tmp_path / "dossier").mkdir()
    check(tmp_path)


@pytest.mark.parametrize("name", ["README.md", "notes.md"])
def test_somebody_elses_files_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("# Ours\n")
    with pytest.raises(Occupied, match="something else"):
        check(tmp_path)
    with pytest.raises(Occupied, match="something else"):
        check(tmp_path / name)


def test_an_occupied_folder_costs_no_earlier_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "samples" / "sample" / "evidence.sqlite"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"earlier")
    with pytest.raises(SystemExit) as left:
        main(["rehearse", "sample", "--out", str(tmp_path), "--dossier", str(tmp_path)])
    assert left.value.code == 64
    assert "something else" in capsys.readouterr().err
    assert recording.read_bytes() == b"earlier"


def test_an_incident_has_its_own_checkout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["rehearse", "--incident", "drain", "--out", str(tmp_path), "--dossier", "x"])
    assert left.value.code == 64
    assert "--dossier goes with NAME" in capsys.readouterr().err
