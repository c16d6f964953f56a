"""One whole replay of the sample, shared by the tests that read what it wrote."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest

from privatedao_audit.model import target as targets
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.run.pipeline import Order, Result, run


@dataclass(frozen=True)
class Finished:
    """A run that ended: its folder, what it came to, and the stages it told of."""

    folder: Path
    result: Result
    stages: list[str]


def order_of(folder: Path, *, domains: tuple[str, ...] = (), pdf: bool = False) -> Order:
    """The order to replay the recording that ships with the sample; all domains by default."""
    target = targets.load("sample")
    recording = targets.bundled_recording(target, "sample")
    assert recording is not None
    chosen = domains or tuple(domain.name for domain in DOMAINS)
    return Order(target, "sample", folder, None, recording, chosen, pdf)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The sample, replayed whole, PDFs included: once, whichever worker comes first."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    kept = place / "finished.pickle"
    with (place / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(_replayed(place / "finished" / "sample")))
    found: Finished = pickle.loads(kept.read_bytes())
    return found


def _replayed(folder: Path) -> Finished:
    folder.parent.mkdir()
    stages: list[str] = []

    def progress(stage: str, done: int, of: int) -> None:
        assert 0 <= done <= of
        if stage not in stages:
            stages.append(stage)

    result = asyncio.run(run(order_of(folder, pdf=True), progress))
    return Finished(folder, result, stages)
