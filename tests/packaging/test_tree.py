"""What is published: no machine, no registry, a licence, a change log, one line of CI."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

import privatedao_audit
from privatedao_audit.evidence.sealed import SealedRecording

ROOT = Path(__file__).resolve().parents[2]

# Put together from pieces, so that this file passes its own look.
_HOSTS = (
    "pypi" + ".org", "pythonhosted" + ".org", "registry" + ".npmjs", "npmjs" + ".com",
    "conda.anaconda" + ".org", "static.crates" + ".io", "index.crates" + ".io",
    "proxy.golang" + ".org",
)  # fmt: skip
#: "someone" and "somebody" are the users of made-up examples.
_USER = r"(?:home|Users)/(?!some(?:one|body)\b)"
_PLACES = rf"(?<![\w.}}$])/(?:{_USER}|root/|work/|tmp/|mnt/)\w"
_PATTERN = re.compile("|".join([re.escape(host) for host in _HOSTS] + [_PLACES]))


def _published() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_published_file_names_a_machine_or_a_registry() -> None:
    names = _published()
    assert "pyproject.toml" in names
    found = {}
    for name in names:
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        if hits := sorted(set(_PATTERN.findall(text))):
            found[name] = hits
    assert found == {}


@pytest.mark.parametrize("name", ["sample", "sample-healthy"])
def test_bundled_recordings_name_no_machine(name: str) -> None:
    """Their bodies are compressed, so the look at files does not see into them."""
    bodies = 0
    with SealedRecording.open(ROOT / "samples" / name / "evidence.sqlite") as sealed:
        for record in sealed.records():
            assert _PATTERN.findall(str(record)) == [], record
            body = sealed.body(record.get("body_sha256") or "")
            if body is not None:
                bodies += 1
                assert _PATTERN.findall(body.decode("utf-8", "replace")) == [], record
    assert bodies > 10


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("cd " + "/home/" + "alice/kit", True),
        ("file:" + "/" * 3 + "root/" + "key.json", True),
        ("https:" + "//" + "pypi" + ".org/simple", True),
        ("/home/someone/key.json", False),
        ("programs/home/src and target/tmp/x", False),
    ],
)
def test_the_look_bites(text: str, caught: bool) -> None:
    assert bool(_PATTERN.search(text)) == caught


def test_licence_is_there_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_change_log_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\S+)", text, re.M)
    assert versions[:1] == [privatedao_audit.__version__]


def test_continuous_integration_runs_make_test_and_nothing_else() -> None:
    script = ROOT / ".ci" / "run"
    assert sorted(path.name for path in script.parent.iterdir()) == ["run"]
    assert os.access(script, os.X_OK)
    lines = [line.strip() for line in script.read_text(encoding="utf-8").splitlines()]
    does = [line for line in lines if line and not line.startswith(("#", "set -", "cd "))]
    assert does == ["exec make test"]
