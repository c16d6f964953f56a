"""A run that is killed outright while it records goes on where it stopped."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.rehearsal import faults as kinds
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.sample import code_of, profile_of
from privatedao_audit.rehearsal.script import Story

SECRETS = ("fake-key-of-the-first-0123456789", "fake-key-of-the-second-9876543210")


def _reads(path: Path) -> dict[str, bytes]:
    """The reads of a recording that another process is writing: id → record."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            return dict(db.execute("SELECT id, record FROM read").fetchall())
    except sqlite3.Error:
        return {}


def test_a_killed_run_goes_on_with_the_same_command(healthy: Story, tmp_path: Path) -> None:
    out, profile = tmp_path / "out", tmp_path / "mine.toml"
    partial, node, life = out / "evidence.sqlite.partial", healthy.node, healthy.life
    profile.write_text(profile_of("mine", life, code_of(node, life.squads_program)))
    with Proxy(node, api_key=SECRETS[0]) as first, Proxy(node, api_key=SECRETS[1]) as second:
        second.faults.add(kinds.Delay(60))
        command = [
            sys.executable, "-m", "privatedao_audit", "run", "--target", str(profile),
            "--rpc", "first=env:FIRST", "--rpc", "second=env:SECOND", "--out", str(out),
            "--only", "gate", "--no-pdf",
        ]  # fmt: skip
        environment = {**os.environ, "FIRST": first.url, "SECOND": second.url}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            # The scope and what the first provider said: the second keeps the run waiting.
            until = time.monotonic() + 60
            while len(_reads(partial)) < 2:
                assert process.poll() is None, "the run ended before it could be killed"
                if time.monotonic() > until:
                    pytest.fail("the run recorded nothing within a minute")
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
        assert not (out / "evidence.sqlite").exists()
        assert not (out / "findings.json").exists()

        second.faults.clear()
        kept = _reads(partial)
        assert len(kept) >= 2
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 2, done.stderr
    found = json.loads((out / "findings.json").read_bytes())
    (row,) = [row for row in found["controls"] if row["id"] == "RG-06"]
    assert row["status"] == "PASS"
    assert not partial.exists()
    sealed_reads = _reads(out / "evidence.sqlite")
    assert {name: sealed_reads[name] for name in kept} == kept, "what was recorded stands"
    assert len(sealed_reads) > len(kept)
    with SealedRecording.open(out / "evidence.sqlite") as sealed:
        assert sealed.evidence_root == found["evidence_root"]
    written = [done.stdout.encode(), done.stderr.encode()]
    written += [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    for secret in SECRETS:
        assert not any(secret.encode() in one for one in written)
