"""``privatedao-audit record``: what it writes around a command, and what it never writes."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.chain.layouts.loader import executable_hash
from privatedao_audit.cli import main
from privatedao_audit.model.parts import PARTS
from privatedao_audit.repository import logs, record
from privatedao_audit.run import command
from tests.repository.conftest import Repo

PYTHON = sys.executable
SECRET = "s3cret-value-0123456789"
TESTS = (
    "print('running 1 test'); print('test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; "
    "0 filtered out; finished in 0.0s')"
)
#: Makes the artifact, or makes it anew with the same content.
WRITES = "; open('gov.so', 'wb').write(b'\\x7fELF code' + bytes(3))"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    made = Repo(tmp_path / "checkout")
    made.commit("first", programs__gov__src__lib=b"", Cargo="x")
    monkeypatch.chdir(made.root)
    # Only tools of this test's making are asked for their version.
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, body in (("anchor", "echo anchor-cli 9.9.9"), ("cargo", "echo broken; exit 1")):
        (tools / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setattr("privatedao_audit.cli.record._TOOLS", ("anchor", "cargo"))
    return made


def recorded(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["record", *map(str, arguments)])
    assert isinstance(left.value.code, int)
    return left.value.code


def read(repo: Repo, name: str) -> dict[str, Any]:
    return tomllib.loads((repo.root / name).read_text(encoding="utf-8"))


def test_a_record_holds_what_the_checks_ask_for(
    repo: Repo, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    head = repo.git("rev-parse", "HEAD")
    artifact = repo.root / "gov.so"

    code = recorded("--out", "release/test.toml", "--artifact", "gov.so", "--",
                    PYTHON, "-c", TESTS + WRITES)  # fmt: skip

    said = read(repo, "release/test.toml")
    log = (repo.root / "release/test.log").read_bytes()
    assert code == said["exit_code"] == 0
    assert said["commit"] == head
    assert said["tools"] == "anchor-cli 9.9.9"
    assert said["tree_clean"] is True
    assert said["log"] == "release/test.log"
    assert said["log_sha256"] == hashlib.sha256(log).hexdigest()
    assert (said["tests_run"], said["tests_failed"]) == (1, 0)
    assert said["artifact_sha256"] == executable_hash(artifact.read_bytes())
    assert said["artifact_sha256"] == hashlib.sha256(b"\x7fELF code").hexdigest()
    assert said["artifact_written"] is True
    assert PARTS["test-record"] <= set(said)
    assert PARTS["build-record"] <= set(said)
    assert b"running 1 test" in capfdbinary.readouterr().out
    assert logs.parse(log).suites_whole


def test_its_exit_code_is_passed_on_and_written(repo: Repo) -> None:
    assert recorded("--out", "r.toml", "--", PYTHON, "-c", "import sys; sys.exit(7)") == 7
    assert read(repo, "r.toml")["exit_code"] == 7


def test_options_after_the_command_are_the_commands(repo: Repo) -> None:
    assert (
        recorded("--out", "r.toml", PYTHON, "-c", "import sys; print(sys.argv)", "--out", "x") == 0
    )
    assert "'--out', 'x'" in (repo.root / "r.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "listed"),
    [("programs/gov/src/lib", "changed"), ("programs/gov/src/new.rs", "untracked")],
)
def test_a_changed_tree_is_not_clean(repo: Repo, path: str, listed: str) -> None:
    repo.write(path, "changed")
    recorded("--out", "r.toml", "--", PYTHON, "-c", "")
    said = read(repo, "r.toml")
    assert said["tree_clean"] is False
    assert said[listed] == [path]


def test_a_command_that_changes_the_tree_leaves_it_unclean(repo: Repo) -> None:
    recorded("--out", "r.toml", "--", PYTHON, "-c", "open('Cargo', 'w').write('y')")
    assert read(repo, "r.toml")["tree_clean"] is False


def test_notes_and_built_things_do_not_count(repo: Repo) -> None:
    repo.write("target/debug/out.rs", "built")
    repo.write("notes.txt", "a note")
    recorded("--out", "r.toml", "--", PYTHON, "-c", "")
    assert read(repo, "r.toml")["tree_clean"] is True


def test_no_secret_of_the_environment_is_written(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_RPC_URL", f"https://rpc.example.org/?api-key={SECRET}")
    monkeypatch.setenv("MY_TOKEN", SECRET)
    recorded("--out", "r.toml", "--", PYTHON, "-c", f"print('using {SECRET} now'); print('done')")
    written = (repo.root / "r.toml").read_text() + (repo.root / "r.log").read_text()
    assert SECRET not in written
    assert "[withheld]" in written
    assert "done" in written


def test_hostile_output_can_not_break_the_record(repo: Repo) -> None:
    quotes = 'a"""\\\n[x]\ncommit = "none" \u202e\U0001f600'
    recorded("--out", "r.toml", "--", PYTHON, "-c",
             "import sys; sys.stdout.buffer.write(b'\\xff\\x1b[31m')", quotes)  # fmt: skip
    said = read(repo, "r.toml")
    assert len(said["commit"]) == 40
    assert "\U0001f600" in said["command"]
    assert b"\xff\x1b[31m" in (repo.root / "r.log").read_bytes()


def of_artifact(repo: Repo, script: str) -> dict[str, Any]:
    recorded("--out", "r.toml", "--artifact", "gov.so", "--", PYTHON, "-c", script)
    return read(repo, "r.toml")


@pytest.mark.parametrize(
    ("script", "written"),
    [
        ("", False),
        ("open('gov.so', 'rb').read()", False),
        ("import os; os.chmod('gov.so', 0o600)", False),
        ("1" + WRITES, True),
        ("open('gov.so', 'ab').write(b'more')", True),
        ("import os, shutil; shutil.copy2('gov.so', 'x'); os.replace('x', 'gov.so')", True),
        # Other bytes under the old time and size: the content tells.
        ("import os; s = os.stat('gov.so'); open('gov.so', 'r+b').write(b'other'); "
         "os.utime('gov.so', ns=(s.st_atime_ns, s.st_mtime_ns))", True),
    ],
)  # fmt: skip
def test_an_artifact_that_the_command_did_not_write_is_told(
    repo: Repo, capsys: pytest.CaptureFixture[str], script: str, written: bool
) -> None:
    made = repo.write("gov.so", b"\x7fELF code\0\0\0")
    os.utime(made, ns=(1, 1))
    said = of_artifact(repo, script)
    assert said["artifact_written"] is written
    assert said["artifact_sha256"] == executable_hash(made.read_bytes())
    assert ("did not write gov.so" in capsys.readouterr().err) is not written


def test_without_its_artifact_there_is_no_hash(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    for script, why in (("", "left no such file"), ("import os; os.mkfifo('gov.so')", "regular")):
        said = of_artifact(repo, script)
        assert not {"artifact", "artifact_sha256", "artifact_written"} & set(said)
        told = capsys.readouterr().err
        assert "no artifact at gov.so" in told
        assert why in told


def test_an_artifact_that_the_command_removes_has_no_hash(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write("gov.so", b"\x7fELF code")
    assert "artifact_sha256" not in of_artifact(repo, "import os; os.remove('gov.so')")
    assert "left no such file" in capsys.readouterr().err
    repo.write("gov.so", bytes(9))
    assert "artifact_sha256" not in of_artifact(repo, "")
    assert "nothing but zeros" in capsys.readouterr().err


def test_an_artifact_that_is_a_folder_is_refused_before_anything_runs(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo.root / "gov.so").mkdir()
    assert recorded("--artifact", "gov.so", "--", PYTHON, "-c", "open('ran', 'w')") == 64
    assert "no regular file" in capsys.readouterr().err
    assert not (repo.root / "ran").exists()


def test_what_can_not_run_writes_nothing(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert recorded("--out", "r.toml", "--", "no-such-command") == 127
    assert not (repo.root / "r.toml").exists()
    assert "no-such-command" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--out", "../outside.toml", "--", "true"), "outside the checkout"),
        (("--out", "r.log", "--", "true"), "can't end in .log"),
        (("--artifact", "/bin/sh", "--", "true"), "outside the checkout"),
        ((), "Missing argument"),
    ],
)
def test_bad_usage_is_refused_before_anything_runs(
    repo: Repo, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert recorded(*arguments) == 64
    assert says in capsys.readouterr().err


def test_outside_a_checkout_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert recorded("--", PYTHON, "-c", "open('ran', 'w')") == 64
    assert "no git checkout" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()


def test_a_branch_without_a_commit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(record.NoCheckout, match="no commit"):
        record.read_state(Repo(tmp_path).root)


def test_a_long_log_keeps_its_ends_and_says_so() -> None:
    kept = command.KeptLog()
    for _ in range(5):
        kept.add(b"first " * 200_000)
    kept.add(b"\nthe end\n")
    whole = kept.whole()
    assert kept.left_out > 0
    assert len(whole) < logs.MAX_LOG
    assert whole.startswith(b"first ")
    assert whole.endswith(b"the end\n")
    assert logs.parse(whole).cut


def test_a_short_log_is_kept_as_it_is() -> None:
    kept = command.KeptLog()
    kept.add(b"a")
    kept.add(b"b")
    assert kept.whole() == b"ab"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_passed_to_the_command(number: signal.Signals) -> None:
    heard = f"import signal, sys, time; signal.signal({int(number)}, lambda *a: sys.exit(9)); "
    seen: list[bytes] = []

    def pass_on(data: bytes) -> None:
        seen.append(data)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    code, kept = command.run([PYTHON, "-c", heard + "print('up', flush=True); time.sleep(60)"],
                             pass_on)  # fmt: skip
    assert code == 9
    assert kept.whole().strip() == b"up"
    assert signal.getsignal(number) == before


def test_a_command_that_a_signal_ended_has_a_shells_code() -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert command.run([PYTHON, "-c", script], lambda data: None)[0] == 128 + signal.SIGKILL
