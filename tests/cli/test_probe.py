"""``privatedao-audit probe``: a series as a file, and the line that makes it evidence."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from solders.keypair import Keypair

from privatedao_audit.chain.series.model import parse
from privatedao_audit.cli.probe import probe_command
from privatedao_audit.domains.rpc.signed import fault
from tests.chain.fake_rpc import SECRET, FakeRpc, Reply

PAIR = Keypair.from_seed(bytes(range(32)))


@pytest.fixture
def endpoint() -> Iterator[str]:
    """The URL of a node of devnet that answers for slots and health alone."""
    ready, leave = threading.Event(), threading.Event()
    told: list[str] = []

    async def serve() -> None:
        fake = FakeRpc().on("getSlot", Reply(5_000)).on("getHealth", Reply("ok"))
        async with fake:
            told.append(fake.url)
            ready.set()
            while not leave.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    yield told[0]
    leave.set()
    thread.join()


def run(tmp_path: Path, *more: str, url: str | None) -> tuple[int, str, Path]:
    out = tmp_path / "series.json"
    result = CliRunner().invoke(
        probe_command,
        ["--target", "privatedao-devnet", "--team-rpc", "main=env:TEAM_URL", "--out", str(out),
         "--probes", "2", "--interval", "0.1", *more],
        env={"TEAM_URL": url},
    )  # fmt: skip
    return result.exit_code, result.output, out


def test_a_series_is_written_and_signed(tmp_path: Path, endpoint: str) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps(list(bytes(PAIR))))
    code, said, out = run(tmp_path, "--key", str(key), url=endpoint)
    assert code == 0, said
    data = out.read_bytes()
    series = parse(data)
    assert len(series.rounds) == 2
    assert series.rounds[0].seen["main"].slots == {
        "confirmed": 5_000, "processed": 5_000, "finalized": 5_000,
    }  # fmt: skip
    assert SECRET.encode() not in data
    assert SECRET not in said
    line = re.search(r'message = "(.+)"', said)
    signature = re.search(r'signature = "(.+)"', said)
    assert line
    assert signature
    digest = sha256(data).hexdigest()
    key_text = str(PAIR.pubkey())
    assert fault(series, digest, "privatedao-devnet", key_text, line[1], signature[1]) == ""


def test_without_a_key_it_says_how_to_sign(tmp_path: Path, endpoint: str) -> None:
    code, said, _out = run(tmp_path, url=endpoint)
    assert code == 0
    assert "solana sign-offchain-message" in said
    assert 'signature = "SIGNATURE"' in said


def test_a_series_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "series.json").write_text("mine")
    code, said, out = run(tmp_path, url="https://rpc.example.com")
    assert code != 0
    assert "is there already" in said
    assert out.read_text() == "mine"


def test_an_endpoint_that_is_not_set_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    runner = CliRunner().invoke(
        probe_command,
        ["--target", "privatedao-devnet", "--team-rpc", "main=env:NOT_SET_ANYWHERE", "--out",
         str(tmp_path / "series.json")],
    )  # fmt: skip
    assert runner.exit_code != 0
    assert not (tmp_path / "series.json").exists()
