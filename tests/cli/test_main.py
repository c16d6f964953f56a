"""The command line: one clear line and one exit code for everything that can be wrong."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import nbformat
import pytest

from privatedao_audit import __version__, assets
from privatedao_audit.cli import errors, group, main
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import catalogue
from privatedao_audit.run import files

KEY = "fake-key-0123456789abcdef"


@pytest.fixture
def sample() -> Path:
    return assets.folder("samples") / "sample" / "evidence.sqlite"


class Cli:
    """Runs `main` and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        self.out, self.err = self._capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        assert KEY not in self.out + self.err
        assert isinstance(left.value.code, int)
        return left.value.code


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.delenv(errors.DEBUG_VARIABLE, raising=False)
    return Cli(capsys)


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version") == 0
    assert cli.out.split()[-1] == __version__
    assert cli("run", "-h") == 0
    assert "0 READY, 1 NOT READY, 2 INCONCLUSIVE" in " ".join(cli.out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rn"], "Did you mean 'run'?"),
        (["run"], "Missing option '--target'"),
        (["run", "--target", "smple"], "did you mean 'sample'?"),
        (["run", "--target", "sample", "--only", "custdy"], "'custody'"),
        (["run", "--target", "sample", "--replay", "bundled", "--rpc", "main=env:X"], "no --rpc"),
        (["run", "--target", "sample", "--replay", "bundled", "--repo", "."], "no --repo"),
        (["run", "--target", "sample", "--replay", "bundled", "--continue-from", "e.sqlite"],
         "no --continue-from"),
        (["run", "--target", "privatedao-testnet", "--replay", "bundled"], "ships no recording"),
        (["run", "--target", "nowhere.toml"], "can't be read"),
        (["run", "--target", "sample", "--rpc", "main=env:NOT_SET_ANYWHERE"], "is not set"),
        (["run", "--target", "sample", "--rpc", f"https://x.example/?k={KEY}"], "needs a label"),
        (["run", "--target", "sample", "--rpc", f"main=ftp://x.example/{KEY}"], "https://"),
        (["run", "--target", "sample", "--rpc", f"main=https://{KEY}:port/"], "malformed"),
        (["controls", "UA-99"], "there is no control 'UA-99'"),
        (["render", "nowhere.ipynb"], "can't be read"),
        (["render"], "Missing argument"),
        (["show", "nowhere.sqlite"], "cannot be read"),
    ],
)
def test_bad_usage_is_said_in_a_line(
    cli: Cli, arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli(*arguments) == 64
    assert said in cli.err
    assert list(tmp_path.iterdir()) == [], "a refused command wrote something"


def test_a_profile_with_an_unknown_key_is_refused(cli: Cli, tmp_path: Path) -> None:
    text = (assets.folder("targets") / "sample.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("\ntitle =", "\ntitel ="), encoding="utf-8")
    assert cli("run", "--target", path, "--replay", "bundled") == 64
    assert "titel: unknown key (did you mean 'title'?)" in cli.err


# Recordings that can't be judged


def _truncated(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def _flipped(raw: bytes) -> bytes:
    """Inside a record: between the records SQLite leaves room, and zeros there mean nothing."""
    start = len(raw) // 2
    at = next(n for n in range(start, len(raw)) if 0 not in raw[n - 32 : n + 32])
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


@pytest.mark.parametrize(
    "change", [_truncated, _flipped, lambda _: b"no recording", lambda _: b""],
    ids=["truncated", "one bit flipped", "another file", "empty"],
)  # fmt: skip
def test_an_unsound_recording_is_refused(
    cli: Cli, change: Any, sample: Path, tmp_path: Path
) -> None:
    path, out = tmp_path / "bad.sqlite", tmp_path / "out"
    path.write_bytes(change(sample.read_bytes()))
    assert cli("run", "--target", "sample", "--replay", path, "--out", out) == 64
    assert "bad.sqlite" in cli.err
    assert list(out.iterdir()) == []
    assert cli("show", path) == 64


def test_what_can_not_be_continued_is_refused(cli: Cli, sample: Path, tmp_path: Path) -> None:
    """A recording that is unsound, and a sound one of another cluster."""
    bad, out = tmp_path / "bad.sqlite", tmp_path / "out"
    bad.write_bytes(_flipped(sample.read_bytes()))
    assert cli("run", "--target", "sample", "--continue-from", bad, "--out", out) == 64
    assert "bad.sqlite" in cli.err
    target = "privatedao-testnet"
    assert cli("run", "--target", target, "--continue-from", sample, "--out", out) == 64
    assert "another cluster" in cli.err
    assert list(out.iterdir()) == []


def test_a_newer_schema_is_refused(cli: Cli, sample: Path, tmp_path: Path) -> None:
    path = tmp_path / "newer.sqlite"
    path.write_bytes(sample.read_bytes())
    with sqlite3.connect(path) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute(f"PRAGMA user_version = {version + 1}")
    db.close()
    assert cli("run", "--target", "sample", "--replay", path, "--out", tmp_path / "o") == 64
    assert "newer" in cli.err.replace("newer.sqlite", "")


def test_a_recording_of_another_target_is_refused(cli: Cli, sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli("run", "--target", "sample-healthy", "--replay", sample, "--out", out) == 64
    assert "of the target sample" in cli.err
    assert list(out.iterdir()) == []


# Where to write


def test_a_folder_that_cannot_be_made(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    assert cli("run", "--target", "sample", "--replay", "bundled", "--out", file / "x") == 74
    assert "can't write" in cli.err
    assert file.read_text() == "kept"


def test_a_disk_that_fills_up_leaves_no_half(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    out = tmp_path / "out"
    assert cli("run", "--target", "sample", "--replay", "bundled", "--out", out) == 74
    assert "No space left on device" in cli.err
    assert list(out.iterdir()) == []


def test_a_folder_of_somebody_else_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    assert cli("run", "--target", "sample", "--replay", "bundled", "--out", tmp_path) == 64
    assert "was not made by a run" in cli.err
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_finished_live_run_is_not_overwritten(cli: Cli, sample: Path, tmp_path: Path) -> None:
    for name in ("evidence.sqlite", "findings.json", "run.json"):
        (tmp_path / name).write_bytes(sample.read_bytes() if name[0] == "e" else b"{}")
    (tmp_path / "target.toml").write_text("of that run")
    for target in ("sample", assets.folder("targets") / "sample-healthy.toml"):
        assert cli("run", "--target", target, "--out", tmp_path) == 64
        assert "holds a finished run" in cli.err
    assert (tmp_path / "target.toml").read_text() == "of that run"
    assert (tmp_path / "findings.json").read_bytes() == b"{}"


# A run


def test_the_verdict_is_the_exit_code(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("run", "--target", "sample", "--replay", "bundled", "--out", out)
    assert cli(*asked, "--only", "gate", "--no-pdf") == 1
    assert cli.out.splitlines()[1].startswith("NOT READY")
    assert "could be wrong:" in cli.out
    found = json.loads((out / "findings.json").read_bytes())
    assert found["evidence_root"] in cli.out
    assert str(out / "report.html") in cli.out
    assert (out / "domains" / "07_readiness_gate.html").is_file()
    assert not list(out.rglob("*.pdf"))
    # The notebook of the run, rendered by itself.
    book = out / "notebooks" / "07_readiness_gate.ipynb"
    assert cli("render", book, "--out", tmp_path / "rendered", "--no-pdf") == 0
    (page,) = (tmp_path / "rendered").iterdir()
    assert page.name == "07_readiness_gate.html"
    assert "RG-06" in page.read_text(encoding="utf-8")


def test_render_refuses_what_is_no_notebook(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text("{")
    assert cli("render", path) == 64
    assert "not a notebook" in cli.err
    path.write_text(nbformat.writes(nbformat.v4.new_notebook()))
    assert cli("render", path, "--no-pdf") == 0


# Looking things up


def test_controls(cli: Cli) -> None:
    ids = [control.id for control in catalogue.load().controls]
    assert cli("controls") == 0
    assert [line.split()[0] for line in cli.out.splitlines()] == ids
    assert cli("controls", "--json") == 0
    assert [row["id"] for row in json.loads(cli.out)] == ids
    assert cli("controls", "ua-06", "--json") == 0
    (row,) = json.loads(cli.out)
    assert (row["id"], row["evaluated"], row["blocking"]) == ("UA-06", True, True)
    assert cli("controls", "UA-06") == 0
    assert "Rule:" in cli.out


def test_doctor_says_what_is_there_and_what_is_not(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from privatedao_audit.cli import doctor

    monkeypatch.setattr(doctor, "_LOOKS", {"git": lambda: "", "pango": lambda: "apt-get it"})
    assert cli("doctor") == 0
    assert "missing  pango: apt-get it" in cli.out
    assert "ok       git" in cli.out
    assert cli("doctor", "--strict") == 1
    monkeypatch.setattr(doctor, "_LOOKS", {"git": lambda: ""})
    assert cli("doctor", "--strict") == 0


def test_show_lists_reads_and_prints_one(
    sample: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with SealedRecording.open(sample) as sealed:
        reads = [row for row in sealed.records() if row["record"] == "read"]
        one = next(row for row in reads if row["method"] == "getTransaction")
        exchange = sealed.exchange(one["chosen"])
        assert exchange is not None
        body = sealed.body(exchange["body_sha256"])

    def printed(*arguments: object) -> tuple[int, bytes]:
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in arguments])
        return int(left.value.code or 0), capfdbinary.readouterr().out

    code, out = printed("show", sample)
    assert code == 0
    assert [line.split()[0] for line in out.decode().splitlines()] == [row["id"] for row in reads]
    code, out = printed("show", sample, one["id"])
    assert code == 0
    assert exchange["body_sha256"] in out.decode()
    assert printed("show", sample, one["id"], "--raw") == (0, body)
    assert printed("show", sample, "r-0000000000000000") == (64, b"")


# What must not happen


def _breaking(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    @click.command("controls")
    def broken() -> None:
        raise error

    monkeypatch.setattr(group, "get_command", lambda *_: broken)


def test_a_defect_is_an_internal_error_without_secrets(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "_secrets", {KEY})
    _breaking(monkeypatch, RuntimeError(f"GET https://x.example/{KEY} broke"))
    assert cli("controls") == 70
    assert "Internal error: RuntimeError" in cli.err
    assert errors.DEBUG_VARIABLE in cli.err


def test_a_wanted_traceback_has_no_secrets_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(errors, "_secrets", {KEY})
    monkeypatch.setenv(errors.DEBUG_VARIABLE, "1")
    _breaking(monkeypatch, RuntimeError(f"GET https://x.example/{KEY} broke"))
    with pytest.raises(SystemExit) as left:
        main(["controls"])
    assert left.value.code == 70
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert KEY not in told


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_says_how_to_go_on(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    _breaking(monkeypatch, error)
    assert cli("controls") == 130
    assert "the same command again" in cli.err


def test_as_a_module_it_answers_at_once_and_loads_little() -> None:
    code = (
        "import sys\n"
        "from privatedao_audit.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit as left: assert left.code == 0\n"
        "heavy = {'pandas', 'matplotlib', 'solana', 'solders', 'weasyprint', 'nbformat'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    done = subprocess.run([sys.executable, "-m", "privatedao_audit", "rn"], capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 64
