"""The auditor's own build: hashed as executables are, recorded without its bytes and place."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import click
import pytest

from privatedao_audit.audit import artifacts
from privatedao_audit.audit.artifacts import ARTIFACT, ArtifactResolver
from privatedao_audit.audit.live import Live, record
from privatedao_audit.audit.opening import replay
from privatedao_audit.chain.layouts.loader import executable_hash
from privatedao_audit.cli import main
from privatedao_audit.cli.run import _artifacts
from privatedao_audit.domains.authority.world import GOVERNANCE
from privatedao_audit.domains.release.provenance import story
from privatedao_audit.domains.release.provenance.facts import Build
from privatedao_audit.evidence.questions import Outcome, Resolution, ask_for
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.reads import Found, Unknown

CODE = b"\x7fELF built by the auditor"


def resolved(path: Path | None, program: str = "governance") -> Resolution:
    given = {} if path is None else {"governance": path}
    question = ask_for(ARTIFACT, "hash", {"program": program})
    return asyncio.run(ArtifactResolver(given).resolve(question))


def test_a_build_is_hashed_without_its_trailing_zeros(tmp_path: Path) -> None:
    path = tmp_path / "secret place.so"
    path.write_bytes(CODE + bytes(9))
    found = resolved(path)
    (exchange,) = found.exchanges
    assert (found.outcome, found.providers, found.chosen) == (Outcome.FOUND, ("auditor",), 0)
    assert json.loads(exchange.body or b"") == {
        "sha256": executable_hash(CODE), "length": len(CODE), "size": len(CODE) + 9,
    }  # fmt: skip
    assert "secret place" not in repr(found)
    assert CODE not in (exchange.body or b"")


def test_no_build_for_a_program_is_unknown(tmp_path: Path) -> None:
    assert resolved(None).reason == "no build was given (--artifact)"
    path = tmp_path / "a.so"
    path.write_bytes(CODE)
    other = resolved(path, "pairing-verifier")
    assert (other.outcome, other.exchanges) == (Outcome.UNKNOWN, ())


def test_what_is_no_file_of_code_is_refused_by_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "MAX_ARTIFACT", 64)
    empty, zeros, large, pipe = (tmp_path / name for name in ("empty", "zeros", "large", "pipe"))
    empty.write_bytes(b"")
    zeros.write_bytes(bytes(40))
    large.write_bytes(bytes(64) + b"!")
    os.mkfifo(pipe)
    said = {}
    for path in (empty, zeros, large, pipe, tmp_path, tmp_path / "nowhere"):
        found = resolved(path)
        assert found.outcome is Outcome.UNKNOWN
        assert found.reason is not None
        assert str(tmp_path) not in found.reason
        said[path.name] = found.reason
    assert "nothing but zero bytes" in said["empty"]
    assert said["empty"] == said["zeros"]
    assert "more than 64 bytes" in said["large"]
    assert "no regular file" in said["pipe"]
    assert "No such file" in said["nowhere"]


def test_a_recorded_build_comes_back_on_replay_without_its_bytes(tmp_path: Path) -> None:
    built, sealed = tmp_path / "built.so", tmp_path / "evidence.sqlite"
    built.write_bytes(CODE * 100)
    target = story.WORLD.target()
    live = Live(domains=["release"], artifacts={"governance": built})
    asyncio.run(record(target, live, sealed))
    built.unlink()

    async def build() -> object:
        audit = await replay(target, sealed, "a test")
        facts = await audit.facts("release")
        return facts.provenance.programs[GOVERNANCE].build

    read = asyncio.run(build())
    assert isinstance(read, Found)
    assert read.value == Build(executable_hash(CODE * 100), len(CODE) * 100, len(CODE) * 100)
    assert read.at.providers == ("auditor",)
    assert read.at.evidence
    kept = sealed.read_bytes()
    assert CODE not in kept
    assert b"built.so" not in kept
    with SealedRecording.open(sealed) as one:
        assert one.evidence_root


def test_a_recording_made_without_the_question_says_so(tmp_path: Path) -> None:
    sealed = tmp_path / "evidence.sqlite"
    target = story.WORLD.target()
    asyncio.run(record(target, Live(domains=["gate"]), sealed))

    async def build() -> object:
        audit = await replay(target, sealed, "a test")
        facts = await audit.facts("release")
        return facts.provenance.programs[GOVERNANCE].build

    read = asyncio.run(build())
    assert isinstance(read, Unknown)
    assert "does not hold the question" in read.reason


def test_the_option_takes_a_path_or_a_program_and_a_path(tmp_path: Path) -> None:
    path = tmp_path / "with=sign.so"
    path.write_bytes(CODE)
    two = ["governance", "pairing-verifier"]
    assert _artifacts((), two) == {}
    assert _artifacts((str(path),), two[:1]) == {"governance": path}
    assert _artifacts((f"pairing-verifier={path}",), two) == {"pairing-verifier": path}
    both = _artifacts((f"governance={path}", f"pairing-verifier={path}"), two)
    assert set(both) == set(two)


@pytest.mark.parametrize(
    ("given", "programs", "said"),
    [
        (("{}",), ["a", "b"], "does not say of which program"),
        (("c={}",), ["a", "b"], "with one of a, b"),
        (("a={}", "a={}"), ["a", "b"], "twice for the program a"),
        (("{}", "{}"), ["a"], "twice for the program a"),
        (("a={}.not",), ["a"], "there is no file"),
        (("governence={}",), ["governance"], "programs of the target: governance"),
    ],
)
def test_an_option_that_can_not_be_followed_is_refused(
    given: tuple[str, ...], programs: list[str], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "built.so"
    path.write_bytes(CODE)
    with pytest.raises(click.UsageError, match=said):
        _artifacts(tuple(text.format(path) for text in given), programs)


def test_a_replay_takes_no_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "built.so"
    path.write_bytes(CODE)
    with pytest.raises(SystemExit) as left:
        main(["run", "--target", "sample", "--replay", "bundled", "--artifact", str(path)])
    assert left.value.code == 64
    assert "no --artifact" in capsys.readouterr().err
