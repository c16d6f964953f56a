"""A bundle becomes a recording again, under the same root; what is refused is not unpacked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import bundle_samples as samples
import pytest

from privatedao_audit.bundle import unpack
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from privatedao_audit.model import target as targets


@pytest.fixture
def place(raw: bytes, tmp_path: Path) -> Path:
    """The bundle as a file."""
    (tmp_path / "case.zip").write_bytes(raw)
    return tmp_path / "case.zip"


def test_the_recording_comes_out_as_it_went_in(
    place: Path, run_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "again.sqlite"
    unpack.seal(unpack.opened(place), out)
    first = SealedRecording.open(run_folder / "evidence.sqlite")
    second = SealedRecording.open(out)
    with first, second:
        assert second.evidence_root == first.evidence_root
        assert list(second.records()) == list(first.records())
        assert second.run == first.run
        for question, _ in samples.resolutions():
            assert asyncio.run(Replay(second).ask(question)) == asyncio.run(
                Replay(first).ask(question)
            )
    assert {path.name for path in tmp_path.iterdir()} == {"case.zip", "again.sqlite"}


def test_the_same_bundle_gives_the_same_bytes(place: Path, tmp_path: Path) -> None:
    bundle = unpack.opened(place)
    for name in ("one", "two"):
        unpack.seal(bundle, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_an_interruption_left_is_no_obstacle(place: Path, tmp_path: Path) -> None:
    (tmp_path / ".out.unpacking").write_bytes(b"half")
    unpack.seal(unpack.opened(place), tmp_path / "out")
    SealedRecording.open(tmp_path / "out").close()


def test_the_target_is_the_one_that_was_judged(place: Path) -> None:
    assert unpack.opened(place).target() == targets.parse(samples.PROFILE, "case")


def test_a_target_that_reads_otherwise_now_is_refused(raw: bytes) -> None:
    bundle = unpack.Opened(unpack.verify(raw), samples.files_of(raw))
    for change, words in (({"daos": []}, "daos"), ({"no_such_key": 1}, "no_such_key")):
        value = {**canonical_target(), **change}
        other = unpack.Opened(
            bundle.report, {**bundle.files, "target.json": canonical.dump_file(value)}
        )
        with pytest.raises(BadBundle, match=rf"target\.json|{words}"):
            other.target()


def canonical_target() -> dict[str, object]:
    return targets.parse(samples.PROFILE, "case").as_json()


@pytest.mark.parametrize("cut", [0, 4, 100, -1])
def test_a_damaged_bundle_is_not_opened(place: Path, raw: bytes, cut: int) -> None:
    place.write_bytes(raw[:cut])
    with pytest.raises(BadBundle, match="refused"):
        unpack.opened(place)


def test_a_bundle_is_told_from_a_recording(place: Path, run_folder: Path, tmp_path: Path) -> None:
    assert unpack.is_bundle(place)
    assert not unpack.is_bundle(run_folder / "evidence.sqlite")
    assert not unpack.is_bundle(tmp_path / "absent")
    assert not unpack.is_bundle(tmp_path)
