"""Verifying a bundle: every tampering is refused by the package and by the one-file verifier."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bundle_samples as samples
import pytest
from bundle_samples import AUDITOR, STRANGER, TEAM
from mutations import CASES, Case, relined

from privatedao_audit import __version__
from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.bundle.signing import Role
from privatedao_audit.bundle.verify import verify
from privatedao_audit.model import canonical, catalogue

BOTH = {str(TEAM.pubkey()): Role.TEAM, str(AUDITOR.pubkey()): Role.AUDITOR}
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


def stages(raw: bytes, signers: dict[str, Role] | None = None) -> tuple[set[str], set[str]]:
    """Which stages the package refuses, and which the one-file verifier does."""
    named = signers or {}
    other = alone.verify(raw, {key: role.value for key, role in named.items()})
    return {s for s, _ in verify(raw, signers=named).problems}, {s for s, _ in other.problems}


def test_a_sound_bundle_is_not_refused(raw: bytes, signed: bytes) -> None:
    for whole, signers in ((raw, {}), (signed, {}), (signed, BOTH)):
        assert stages(whole, signers) == (set(), set())


def test_both_say_the_same_of_it(signed: bytes) -> None:
    ours, theirs = verify(signed, signers=BOTH), alone.verify(signed, dict(BOTH))
    assert ours.bundle_digest == theirs.digest
    assert ours.evidence_root == theirs.root
    assert ours.verdict == {"word": theirs.word, "counts": theirs.counts}
    assert ours.verdict["word"] == "NOT READY"
    assert [one.words.signer for one in ours.signatures] == [x["signer"] for x in theirs.signed]
    assert all(one.known for one in ours.signatures)
    assert len(theirs.signed) == 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tampering_is_refused_by_both(case: Case, signed: bytes) -> None:
    changed = case.make(signed)
    assert changed != signed
    ours, theirs = stages(changed, BOTH if case.named else {})
    assert ours == case.stages
    assert theirs == case.stages
    for _, why in verify(changed, signers=BOTH if case.named else {}).problems:
        assert 10 < len(why) < 400
        assert "\n" not in why


def test_a_changed_byte_of_any_file_is_refused(signed: bytes) -> None:
    files = samples.files_of(signed)
    dice = random.Random(7)
    for name, data in files.items():
        place = dice.randrange(len(data))
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        ours, theirs = stages(samples.zipped({**files, name: changed}))
        assert ours == theirs, name
        assert ours, f"{name}: a byte was changed and nobody noticed"


def test_any_byte_of_the_archive_counts(raw: bytes) -> None:
    dice = random.Random(11)
    for _ in range(60):
        place = dice.randrange(len(raw))
        changed = raw[:place] + bytes([raw[place] ^ (1 << dice.randrange(8))]) + raw[place + 1 :]
        ours, theirs = stages(changed)
        assert ours == theirs == {"container"}, place


def test_a_whole_forgery_is_consistent_and_says_that_nobody_vouches(raw: bytes) -> None:
    report = verify(raw)
    assert report.ok
    assert not report.vouched
    assert "could have made all of it anew" in report.notes[0]


def test_a_digest_from_elsewhere_vouches(raw: bytes) -> None:
    digest = verify(raw).bundle_digest
    assert verify(raw, expected_digest=digest).vouched
    assert {s for s, _ in verify(raw, expected_digest="0" * 64).problems} == {"manifest"}
    assert not alone.verify(raw, {}, digest).problems
    assert {s for s, _ in alone.verify(raw, {}, "0" * 64).problems} == {"manifest"}


def test_a_valid_signature_of_an_unknown_key_is_called_that(raw: bytes) -> None:
    whole = samples.sign(raw, STRANGER, "auditor")
    report = verify(whole)
    assert report.ok
    assert [one.known for one in report.signatures] == [False]
    assert not verify(whole, signers=BOTH).ok


def test_a_role_is_part_of_what_is_named(signed: bytes) -> None:
    turned = {str(TEAM.pubkey()): Role.AUDITOR}
    ours, theirs = stages(signed, turned)
    assert ours == theirs == {"signatures"}
    why = [text for _, text in verify(signed, signers=turned).problems]
    assert f"{TEAM.pubkey()} signs as team, and was named as auditor" in why


def test_an_invalid_run_may_hold_notebooks_that_disagree(raw: bytes) -> None:
    def change(value: dict[str, object]) -> None:
        value["verdict"] = {**value["verdict"], "word": "INVALID"}  # type: ignore[dict-item]

    files = samples.edited(samples.files_of(raw), "findings.json", change)
    for name in ("report.pdf", "domains/02_key_custody.pdf"):
        files[name] = samples.pdf(files["findings.json"])
    files["notebooks/02_key_custody.ipynb"] = b""
    assert stages(samples.zipped(samples.remade(samples.redrawn(files)))) == (set(), set())


def test_nothing_in_a_bundle_is_executed(raw: bytes, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    code = f"open({str(mark)!r}, 'w').close()"
    files = samples.files_of(raw)
    book = json.loads(files["notebooks/02_key_custody.ipynb"])
    book["cells"].insert(0, {"cell_type": "code", "source": code, "outputs": []})
    files["notebooks/02_key_custody.ipynb"] = json.dumps(book).encode()
    files["verify_bundle.py"] = code.encode()
    ours, theirs = stages(samples.zipped(samples.remade(files)))
    assert ours == theirs == {"method"}
    assert not mark.exists()


@pytest.mark.parametrize(
    ("now", "days", "refused", "words"),
    [
        (NOW, 3, False, "recorded 2 days and 0 hours ago"),
        (NOW, 1, True, "at most 1 days ago"),
        (NOW, None, False, "recorded 2 days and 0 hours ago"),
        (NOW - timedelta(days=9), None, False, "later than this machine's clock"),
        (NOW - timedelta(days=9), 30, True, "at most 30 days ago"),
    ],
)
def test_the_age_of_the_recording(
    raw: bytes, now: datetime, days: int | None, refused: bool, words: str
) -> None:
    limit = None if days is None else timedelta(days=days)
    now = now.replace(hour=9, minute=32)
    report = verify(raw, now=now, max_age=limit)
    assert {stage for stage, _ in report.problems} == ({"age"} if refused else set())
    said = [*report.passed, *report.notes, *(text for _, text in report.problems)]
    assert any(words in text for text in said)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every member inside a JSON value."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(one, (dict, list)):
            yield from places(one, (*path, key))


def scrambled(value: Any, dice: random.Random) -> Any:
    """A copy with one member gone, or something else in its place."""
    copy = json.loads(json.dumps(value))
    *path, last = dice.choice(list(places(copy)))
    place = copy
    for step in path:
        place = place[step]
    if dice.random() < 0.3:
        del place[last]
    else:
        odd = [None, True, 0, -1, 1, "", "PASS", "READY", [], {}, [None], {"id": 1}, "é" * 3]
        place[last] = dice.choice([one for one in odd if one != place[last]] or ["x"])
    return copy


@pytest.mark.parametrize("name", ["findings.json", "target.json", "manifest.json"])
def test_both_agree_on_scrambled_files(raw: bytes, name: str) -> None:
    files, dice = samples.files_of(raw), random.Random(name)
    value = json.loads(files[name])
    refused = 0
    for _ in range(60):
        changed = {**files, name: canonical.dump_file(scrambled(value, dice))}
        if name != "manifest.json":
            changed = samples.remade(changed)
        ours, theirs = stages(samples.zipped(changed))
        # The package knows limits and the words of every doubt; the other sees the page differ.
        known = (ours, theirs) == ({"findings"}, {"views"})
        assert ours == theirs or known, changed[name]
        refused += bool(ours)
    assert refused > 20


@pytest.mark.parametrize("depth", [20, 700, 50_000])
@pytest.mark.parametrize("name", ["findings.json", "facts.json", "target.json"])
def test_nesting_is_never_a_crash(raw: bytes, name: str, depth: int) -> None:
    files = samples.files_of(raw)
    deep = b'{"a":' + b"[" * depth + b"]" * depth + b"," + files[name][1:]
    for whole in (deep, deep.replace(b",}", b"}")):
        ours, theirs = stages(samples.zipped(samples.remade({**files, name: whole})))
        if depth > 1_000:
            assert ours and theirs


def test_both_agree_on_scrambled_records(raw: bytes) -> None:
    files, dice = samples.files_of(raw), random.Random(3)
    lines = files["records.ndjson"].splitlines()
    refused = 0
    for _ in range(80):
        number = dice.randrange(len(lines))
        line = canonical.dumps(scrambled(json.loads(lines[number]), dice))
        changed = [*lines[:number], line, *lines[number + 1 :]]
        ours, theirs = stages(samples.zipped(relined(files, lambda _, new=changed: new)))
        assert ours == theirs, line
        refused += bool(ours)
    assert refused > 60


@pytest.mark.parametrize(("days", "outlived"), [(0, False), (2, True), (400, True)])
def test_verdicts_that_have_outlived_their_evidence_are_named(
    raw: bytes, days: int, outlived: bool
) -> None:
    limit = catalogue.load()["UA-01"].age_limit_seconds
    assert limit is not None and limit <= 2 * 86_400
    report = verify(raw, now=datetime(2026, 11, 23, 9, 32, tzinfo=UTC) + timedelta(days=days))
    assert report.ok
    said = [text for text in report.notes if "age limit" in text]
    assert len(said) == outlived
    assert all("UA-01" in text and "UA-06" not in text for text in said)


# The file alone


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier, copied away from the package."""
    return Path(shutil.copy(alone.__file__, tmp_path_factory.mktemp("alone")))


def run(script: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    # -I -S: no package of this environment can be imported.
    command = [sys.executable, "-I", "-S", str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_needs_nothing_but_python(script: Path, signed: bytes, tmp_path: Path) -> None:
    place = tmp_path / "bundle.zip"
    place.write_bytes(signed)
    done = run(script, place, "--signer", f"{TEAM.pubkey()}=team")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Verified: consistent" in done.stdout
    assert f"{AUDITOR.pubkey()} as auditor (UNKNOWN KEY), agrees" in done.stdout
    assert "who made it is not known" in run(script, place).stdout.casefold()


def test_it_refuses_by_exit_code(script: Path, signed: bytes, tmp_path: Path) -> None:
    place = tmp_path / "bundle.zip"
    place.write_bytes(signed[:-1])
    done = run(script, place)
    assert (done.returncode, done.stderr) == (1, "")
    assert "REFUSED        container" in done.stdout
    place.write_bytes(signed)
    done = run(script, place, "--signer", f"{STRANGER.pubkey()}=auditor")
    assert done.returncode == 1
    assert "did not sign" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [(), ("nowhere.zip",), ("b", "--signer", "x=team"), ("b", "--digest", "short"), ("b", "--odd")],
)
def test_bad_usage_is_64(script: Path, arguments: tuple[str, ...]) -> None:
    done = run(script, *arguments)
    assert done.returncode == 64
    assert "Traceback" not in done.stderr


def test_it_names_the_version_that_it_ships_with() -> None:
    assert alone.KIT_VERSION == __version__


def test_foreign_text_is_shown_escaped() -> None:
    assert alone.shown("\x1b[2J\u202e") == "\\x1b[2J\\u202e"
