"""A writer that is killed, starved of disk, or not alone, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import recording_samples as samples

from privatedao_audit.evidence.sealed import SealedRecording

CHILD = Path(__file__).with_name("recording_child.py")


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(CHILD), str(folder / "w.sqlite"), str(folder / "e.sqlite")]
    return subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(folder: Path, *options: str) -> tuple[int, list[str]]:
    child = start(folder, *options)
    out, err = child.communicate(timeout=120)
    assert err == ""
    return child.returncode, out.splitlines()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Evidence root of a run that nobody killed."""
    path = samples.seal(tmp_path_factory.mktemp("undisturbed"))
    with SealedRecording.open(path) as sealed:
        return sealed.evidence_root


def whole_reads(folder: Path) -> int:
    """Number of questions that are recorded, each one wholly or not at all."""
    recorded = 0
    with samples.open_at(folder / "w.sqlite") as recording:
        for question, resolution in samples.script():
            answer = recording.get(question)
            if answer is not None:
                assert answer.outcome is resolution.outcome
                recorded += 1
    return recorded


def test_killed_between_any_two_statements(tmp_path: Path, undisturbed: str) -> None:
    # A put is about a dozen statements; from kill to kill the work goes on.
    before = 0
    for statement in range(14):
        code, lines = run(tmp_path, f"statement={statement}")
        assert code == -signal.SIGKILL
        recorded = whole_reads(tmp_path)
        assert recorded >= max(before, len(lines))
        before = recorded
    code, lines = run(tmp_path)
    assert (code, lines[-1]) == (0, undisturbed)
    SealedRecording.open(tmp_path / "e.sqlite", expected_root=undisturbed).close()


def test_killed_at_any_moment(tmp_path: Path, undisturbed: str) -> None:
    for puts in (0, 1, 3, 7, 12, 20, 33, 40):
        child = start(tmp_path)
        assert child.stdout is not None
        for _ in range(puts):
            child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        if (tmp_path / "e.sqlite").exists():  # it was quicker than the kill
            break
        assert whole_reads(tmp_path) >= puts
    else:
        assert run(tmp_path)[0] == 0
    SealedRecording.open(tmp_path / "e.sqlite", expected_root=undisturbed).close()


@pytest.mark.parametrize("moment", ["before=copy_sealed", "after=copy_sealed", "before=publish"])
def test_killed_while_sealing(tmp_path: Path, undisturbed: str, moment: str) -> None:
    assert run(tmp_path, moment)[0] == -signal.SIGKILL
    assert not (tmp_path / "e.sqlite").exists()
    assert run(tmp_path) == (0, ["put"] * len(samples.script()) + [undisturbed])
    SealedRecording.open(tmp_path / "e.sqlite", expected_root=undisturbed).close()
    assert not list(tmp_path.glob(".*"))


def test_killed_after_sealing(tmp_path: Path, undisturbed: str) -> None:
    assert run(tmp_path, "after=publish")[0] == -signal.SIGKILL
    SealedRecording.open(tmp_path / "e.sqlite", expected_root=undisturbed).close()


def test_disk_full_while_recording(tmp_path: Path, undisturbed: str) -> None:
    code, lines = run(tmp_path, "put-limit=60000")
    assert code == 74
    assert lines[-1].startswith(f"cannot write {tmp_path / 'w.sqlite'}: the disk is full")
    assert whole_reads(tmp_path) == len(lines) - 1 < len(samples.script())
    code, lines = run(tmp_path)
    assert (code, lines[-1]) == (0, undisturbed)


def test_disk_full_while_sealing(tmp_path: Path, undisturbed: str) -> None:
    code, lines = run(tmp_path, "seal-limit=20000")
    assert code == 74
    assert lines[-1].startswith("cannot write")
    assert not (tmp_path / "e.sqlite").exists()
    assert not list(tmp_path.glob(".*"))
    code, lines = run(tmp_path)
    assert (code, lines[-1]) == (0, undisturbed)


def test_two_processes_at_once(tmp_path: Path, undisturbed: str) -> None:
    children = [start(tmp_path, "stop=unsealed") for _ in range(2)]
    ends = [(child.communicate(timeout=120), child.returncode) for child in children]
    every_put = "put\n" * len(samples.script())
    assert ends == [((every_put, ""), 0)] * 2
    assert whole_reads(tmp_path) == len(samples.script())
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        assert recording.seal(tmp_path / "e.sqlite", samples.SEALED_AT) == undisturbed
