"""Making a bundle: what is in it, that it comes out the same, and what is refused."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bundle_samples as samples
import pytest

from privatedao_audit.bundle import container, layout
from privatedao_audit.bundle.build import build
from privatedao_audit.bundle.errors import BadBundle, CannotBundle
from privatedao_audit.model import canonical

_BUILD = """
import hashlib, sys
from pathlib import Path
from privatedao_audit.bundle.build import build
print(hashlib.sha256(build(Path(sys.argv[1])).raw).hexdigest())
"""


def test_it_holds_what_a_stranger_needs(raw: bytes) -> None:
    files = samples.files_of(raw)
    assert next(iter(files)) == "manifest.json"
    assert {*layout.REQUIRED, "target.toml", "report.html", "report.pdf"} <= set(files)
    assert "domains/02_key_custody.html" in files
    assert "notebooks/02_key_custody.ipynb" in files
    assert sum(name.startswith("blobs/") for name in files) == 3
    assert samples.TABLE in files
    assert not {"run.json", "evidence.sqlite"} & set(files)


def test_the_two_digests_are_two(raw: bytes, run_folder: Path) -> None:
    built = build(run_folder)
    files = samples.files_of(raw)
    assert built.bundle_digest == canonical.sha256(files["manifest.json"])
    assert built.bundle_digest != built.evidence_root
    assert built.evidence_root == json.loads(files["findings.json"])["evidence_root"]
    for name, data in files.items():
        assert built.bundle_digest.encode() not in data, f"{name} holds the digest over itself"


def test_the_same_run_is_the_same_bytes_in_another_process(raw: bytes, run_folder: Path) -> None:
    done = [
        subprocess.run(
            [sys.executable, "-c", _BUILD, str(run_folder)],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    ]  # fmt: skip
    assert done == [canonical.sha256(raw)] * 2


def test_other_programs_read_it(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {i.external_attr >> 16 for i in archive.infolist()} == {0o100644}
        assert {n: archive.read(n) for n in archive.namelist()} == samples.files_of(raw)


@pytest.fixture
def copy(run_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run_folder, tmp_path / "copy"))


@pytest.mark.parametrize(
    "name", ["findings.json", "facts.json", "report.pdf", "notebooks/02_key_custody.ipynb"]
)
def test_a_file_changed_since_the_run_is_refused(copy: Path, name: str) -> None:
    (copy / name).write_bytes((copy / name).read_bytes() + b" ")
    with pytest.raises(CannotBundle, match="was changed since the run wrote it"):
        build(copy)


def test_a_link_in_the_folder_is_refused(copy: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (copy / "facts.json").rename(elsewhere)
    (copy / "facts.json").symlink_to(elsewhere)
    with pytest.raises(CannotBundle, match="no regular file"):
        build(copy)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "run.json", "notebooks/x.ipynb"])
def test_a_run_that_names_foreign_files_is_refused(copy: Path, name: str) -> None:
    state = json.loads((copy / "run.json").read_bytes())
    state["files"][name] = "0" * 64
    (copy / "run.json").write_text(json.dumps(state))
    with pytest.raises(CannotBundle, match="names a file that no run writes"):
        build(copy)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no finished run"),
        ("{", "not JSON"),
        ("[]", "not what"),
        ('{"files":{}}', "not what"),
    ],
)
def test_an_unfinished_run_is_refused(copy: Path, content: str | None, words: str) -> None:
    (copy / "run.json").unlink()
    if content is not None:
        (copy / "run.json").write_text(content)
    with pytest.raises(CannotBundle, match=words):
        build(copy)


def test_a_run_of_another_version_or_catalogue_is_refused(copy: Path) -> None:
    for member, value, words in (
        ("kit_version", "0.0.9", "judged by version 0.0.9"),
        ("catalogue", "0" * 64, "catalogue of this installation"),
        ("lock", "0" * 64, "lock of this installation"),
    ):
        findings = json.loads((copy / "findings.json").read_bytes())
        kept = (copy / "findings.json").read_bytes()
        findings["method"][member] = value
        changed = canonical.dump_file(findings)
        (copy / "findings.json").write_bytes(changed)
        state = json.loads((copy / "run.json").read_bytes())
        state["files"]["findings.json"] = canonical.sha256(changed)
        (copy / "run.json").write_bytes(canonical.dump_file(state))
        with pytest.raises(CannotBundle, match=words):
            build(copy)
        (copy / "findings.json").write_bytes(kept)


def test_a_damaged_recording_is_refused(copy: Path) -> None:
    place = copy / "evidence.sqlite"
    data = place.read_bytes()
    place.chmod(0o644)
    place.write_bytes(data[:-1000])
    with pytest.raises(CannotBundle, match="truncated"):
        build(copy)


def test_another_profile_in_the_folder_is_refused(copy: Path) -> None:
    (copy / "target.toml").write_text(samples.PROFILE.replace("A case", "Another"))
    with pytest.raises(CannotBundle, match="not the profile that the run judged"):
        build(copy)


def test_what_does_not_hold_together_is_not_handed_out(copy: Path) -> None:
    page = (copy / "report.html").read_bytes().replace(b'data-status="FAIL"', b'data-status="PASS"')
    (copy / "report.html").write_bytes(page)
    state = json.loads((copy / "run.json").read_bytes())
    state["files"]["report.html"] = canonical.sha256(page)
    (copy / "run.json").write_bytes(canonical.dump_file(state))
    with pytest.raises(CannotBundle, match="does not hold together"):
        build(copy)


def test_what_no_reader_would_accept_is_not_written() -> None:
    zeros = bytes(layout.MAX_FILE)
    with pytest.raises(BadBundle, match="times as many"):
        container.write([container.entry(f"{n}", zeros) for n in range(2)])
