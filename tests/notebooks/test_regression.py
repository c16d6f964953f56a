"""The strict comparison on copies of a notebook: it passes over the recording that the notebook
was made with, and fails when one byte of that recording is another."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from privatedao_audit.chain.addresses import programdata_address
from privatedao_audit.evidence.errors import RecordingDamaged
from privatedao_audit.evidence.questions import Exchange, Outcome, Resolution
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import moment, question_of
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import target as targets

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "01_release_control.ipynb"
RECORDING = ROOT / "samples" / "sample" / "evidence.sqlite"

#: The only words that depend on where a recording lies.
BUNDLED, ELSEWHERE = "the recording that ships with the profile", "a sealed recording"


def _copy_of_notebook(folder: Path, recording: Path) -> tuple[Path, list[str]]:
    """A copy whose default for ``evidence`` is another file; and the ids of its code cells."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert text.count(BUNDLED) == 2, "once as text, once as HTML"
    notebook = json.loads(text.replace(BUNDLED, ELSEWHERE))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    source = "".join(code[0]["source"])
    assert source.count('evidence: str = "auto"') == 1
    code[0]["source"] = source.replace('"auto"', json.dumps(str(recording)))
    path = folder / NOTEBOOK.name
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path, [cell["id"] for cell in code]


def _compare(folder: Path, recording: Path, *, conftest: bool = True) -> tuple[int, dict[str, str]]:
    """Run nbval on a copy, with the project's settings and environment, in ``folder`` alone.

    The user's IPython would leave a mark when it is started; see :func:`_marked`.

    Args:
        conftest: whether the root conftest.py, which sets the kernel's environment, is there.

    Returns:
        The exit code, and cell id → why it failed (empty: it passed).
    """
    notebook, ids = _copy_of_notebook(folder, recording)
    if conftest:
        shutil.copy(ROOT / "conftest.py", folder / "conftest.py")
    scratch = folder / "scratch"
    scratch.mkdir()
    startup = folder / "user" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    mark = f"open({str(folder / 'mark')!r}, 'w').close()\n"
    (startup / "00-mark.py").write_text(mark, encoding="utf-8")
    result = folder / "result.xml"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PRIVATEDAO"))}
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"),
            "--rootdir", str(folder), "--confcutdir", str(folder), "--nbval",
            "--nbval-current-env", "--nbval-cell-timeout", "120", "-p", "no:cacheprovider",
            "-p", "no:xdist", f"--junitxml={result}", str(notebook),
        ],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**kept, "TMPDIR": str(scratch), "IPYTHONDIR": str(startup.parents[1])},
    )  # fmt: skip
    cases = list(ElementTree.parse(result).getroot().iter("testcase"))
    assert len(cases) == len(ids), done.stdout + done.stderr
    assert not any(case.find("skipped") is not None for case in cases)
    outcome = {}
    for name, case in zip(ids, cases, strict=True):
        reasons = [*case.findall("failure"), *case.findall("error")]
        outcome[name] = "\n".join((one.text or "") + one.get("message", "") for one in reasons)
    return done.returncode, outcome


def _marked(folder: Path) -> bool:
    """Whether the kernel ran what the user's own configuration starts it with."""
    return (folder / "mark").exists()


def _resealed(place: Path, change: Callable[[bytes], bytes]) -> str:
    """Record the sample's answers once more with other bodies, and seal them.

    Returns:
        The evidence root.
    """
    working = place.with_suffix(".partial")
    with SealedRecording.open(RECORDING) as sealed:
        run = sealed.run
        started = moment(run.started_at)
        with Recording.open(working, run, clock=lambda: started) as recording:
            for read in sealed.records():
                if read["record"] == "read":
                    recording.put(question_of(read), _resolution(sealed, read, change))
            assert run.sealed_at is not None
            root = recording.seal(place, run.sealed_at)
            recording.discard()
    return root


def _resolution(
    sealed: SealedRecording, read: dict[str, Any], change: Callable[[bytes], bytes]
) -> Resolution:
    made = []
    for exchange_id in read["exchanges"]:
        record = sealed.exchange(exchange_id)
        assert record is not None
        digest = record["body_sha256"]
        body = sealed.body(digest) if digest is not None else None
        members = {
            name: record[name]
            for name in (
                "provider", "host", "request", "status", "headers", "error", "withheld", "at",
            )
        }  # fmt: skip
        made.append(Exchange(**members, body=None if body is None else change(body)))
    ids = read["exchanges"]
    return Resolution(
        outcome=Outcome(read["outcome"]),
        reason=read["reason"],
        exchanges=tuple(made),
        chosen=None if read["chosen"] is None else ids.index(read["chosen"]),
        slot=read["slot"],
        commitment=read["commitment"],
        providers=tuple(read["providers"]),
    )


def _programdata() -> tuple[str, str]:
    """The base64 text of the target's ProgramData as recorded, and with one byte changed."""
    address = programdata_address(targets.load("sample").programs[0].id)
    texts = set()
    with SealedRecording.open(RECORDING) as sealed:
        for read in sealed.records():
            if read["record"] != "read" or read["method"] != "getMultipleAccounts":
                continue
            answer = sealed.answer(question_of(read))
            assert answer is not None and answer.body is not None
            accounts = json.loads(answer.body)["result"]["value"]
            named = dict(zip(read["params"][0], accounts, strict=True))
            if address in named:
                texts.add(named[address]["data"][0])
    # Some reads ask for the beginning alone; the longest holds the account whole.
    text = max(texts, key=len)
    assert base64.b64decode(text)[45:49] == b"\x7fELF"
    return text, _one_byte_off(text)


def _one_byte_off(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[len(data) * 3 // 4] ^= 1
    return base64.b64encode(data).decode()


def test_passes_over_the_recording_it_was_made_with(tmp_path: Path) -> None:
    code, outcome = _compare(tmp_path, RECORDING)
    assert {name: why for name, why in outcome.items() if why} == {}
    assert code == 0
    assert not _marked(tmp_path), "the user's configuration reached the kernel"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_the_root_conftest_is_what_keeps_the_users_configuration_out(tmp_path: Path) -> None:
    _compare(tmp_path, RECORDING, conftest=False)
    assert _marked(tmp_path)


@pytest.mark.parametrize("table", ["body", "read"])
def test_one_flipped_byte_is_refused_at_opening(tmp_path: Path, table: str) -> None:
    """Both kinds of content; the next test shows what the notebook then says."""
    with pytest.raises(RecordingDamaged):
        SealedRecording.open(_flipped(tmp_path, table))


def _flipped(folder: Path, table: str) -> Path:
    """A copy of the recording with one byte of one row changed in place, in the file itself."""
    column = {"body": "packed", "read": "record"}[table]
    db = sqlite3.connect(f"{RECORDING.as_uri()}?mode=ro&immutable=1", uri=True)
    # Short rows lie within one page, so that their bytes are found whole in the file.
    (row,) = db.execute(
        f"SELECT {column} FROM {table} WHERE length({column}) BETWEEN 100 AND 600 LIMIT 1"
    ).fetchone()
    db.close()
    data = bytearray(RECORDING.read_bytes())
    assert data.count(row) == 1
    data[data.index(row) + len(row) // 2] ^= 1
    path = folder / f"flipped-{table}.sqlite"
    path.write_bytes(data)
    return path


def test_fails_over_one_flipped_byte(tmp_path: Path) -> None:
    code, outcome = _compare(tmp_path, _flipped(tmp_path, "body"))
    assert code == 1
    assert "RecordingDamaged" in outcome["open"]
    assert all(outcome[name] for name in outcome if name.startswith("rc-"))


def test_sealing_the_same_answers_again_gives_the_same_root(tmp_path: Path) -> None:
    """So the next test fails for the byte, and not for having been sealed again."""
    with SealedRecording.open(RECORDING) as sealed:
        root = sealed.evidence_root
    assert _resealed(tmp_path / "same.sqlite", lambda body: body) == root


def test_fails_over_one_changed_account_byte_sealed_anew(tmp_path: Path) -> None:
    """A recording that opens cleanly, as of somebody who rewrites it as a whole."""
    good, bad = _programdata()
    changed = 0

    def change(body: bytes) -> bytes:
        nonlocal changed
        changed += good.encode() in body
        return body.replace(good.encode(), bad.encode())

    path = tmp_path / "rewritten.sqlite"
    root = _resealed(path, change)
    assert changed > 0
    with SealedRecording.open(path) as sealed, SealedRecording.open(RECORDING) as original:
        assert sealed.evidence_root == root != original.evidence_root
        assert len(list(sealed.records())) == len(list(original.records()))

    code, outcome = _compare(tmp_path, path)
    assert code == 1
    failed = {name for name, why in outcome.items() if why}
    assert failed >= {"executables", "rc-02"}
    assert failed.isdisjoint({"open", "facts"}), "a sound recording, of the same target and time"
    assert "surfaces" not in failed, "what the documents say is the same"
