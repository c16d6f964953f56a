"""The recording that a drill carries: proven whole, of the named root, and asked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.domains.incident.drills.recorded import opened
from privatedao_audit.evidence.questions import Outcome, Question, Resolution
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from tests.evidence.recording_samples import exchange, found, open_at, seal, slot_question
from tests.protocols.world import PROGRAM, Call, Node

AT = in_checkout("drills/outage.sqlite")
CALL = Call("veto_proposal", ("creator",))
MANIFEST = {
    "cluster": {"genesis_hash": "genesis"}, "programs": [{"id": PROGRAM}, {"no": "id"}, 7],
}  # fmt: skip


def asked() -> Question:
    """The question by which a transaction is asked for."""
    node = Node(calls=(CALL,))
    asyncio.run(ChainReads(node).transaction(CALL.signature))
    return node.asked[0]


def recording(folder: Path, *steps: tuple[Question, Resolution]) -> tuple[bytes, str]:
    path = folder / "drill.sqlite"
    with open_at(folder / "working.sqlite", target=MANIFEST) as made:
        for question, resolution in steps:
            made.put(question, resolution)
        made.seal(path, "2026-11-23T09:40:00.000Z")
        made.discard()
    with SealedRecording.open(path) as sealed:
        root = sealed.evidence_root
    return path.read_bytes(), root


def body() -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": CALL.answer()}).encode()


def test_a_transaction_is_found_in_it_and_stands_at_the_file(tmp_path: Path) -> None:
    data, root = recording(tmp_path, (asked(), found(body())))
    said, reads = asyncio.run(opened(Found(data, AT), root, [CALL.signature]))
    assert isinstance(said, Found)
    assert (said.value.genesis_hash, said.value.programs) == ("genesis", (PROGRAM,))
    assert said.value.sealed - said.value.began == 600
    assert not said.value.outage
    read = reads[CALL.signature]
    assert isinstance(read, Found)
    assert read.value.succeeded
    assert read.at == AT


def test_a_transaction_that_it_does_not_hold_is_not_known(tmp_path: Path) -> None:
    data, root = recording(tmp_path)
    said, reads = asyncio.run(opened(Found(data, AT), root, [CALL.signature]))
    assert isinstance(said, Found)
    assert isinstance(reads[CALL.signature], Unknown)


def test_an_outage_is_a_question_that_one_provider_failed_and_another_answered(
    tmp_path: Path,
) -> None:
    down = exchange(b"", status=503)
    other = exchange(provider="second", host="other.example.org")
    answered = Resolution(Outcome.FOUND, None, (down, other), 1, 7, "finalized", ("second",))
    data, root = recording(tmp_path, (slot_question(), answered))
    said, _reads = asyncio.run(opened(Found(data, AT), root, []))
    assert isinstance(said, Found)
    assert said.value.outage


@pytest.mark.parametrize("again", [0, 1])
def test_a_provider_that_only_stumbled_is_no_outage(tmp_path: Path, again: int) -> None:
    steps = [exchange(None, status=None, error="timed out"), exchange(b"{}")]
    chosen = Resolution(Outcome.FOUND, None, tuple(steps), 1, 7, "finalized", ("main",))
    refused = Resolution(Outcome.UNKNOWN, "no provider answered", (steps[0],))
    data, root = recording(tmp_path, (slot_question(), (chosen, refused)[again]))
    said, _reads = asyncio.run(opened(Found(data, AT), root, []))
    assert isinstance(said, Found)
    assert not said.value.outage


def test_another_root_or_another_file_is_not_believed(tmp_path: Path) -> None:
    data, _root = recording(tmp_path)
    for given, root, why in (
        (data, "ab" * 32, "evidence root"),
        (data[: len(data) // 2], "ab" * 32, "can't be used"),
        (b"not a recording", "ab" * 32, "can't be used"),
        (b"", "ab" * 32, "can't be used"),
    ):
        said, reads = asyncio.run(opened(Found(given, AT), root, [CALL.signature]))
        assert isinstance(said, Unknown)
        assert why in said.reason
        assert "/" not in said.reason.replace(" / ", "")
        assert reads[CALL.signature] == said


def test_a_working_recording_is_none(tmp_path: Path) -> None:
    path = seal(tmp_path, [])
    with open_at(tmp_path / "open.sqlite"):
        said, _reads = asyncio.run(
            opened(Found((tmp_path / "open.sqlite").read_bytes(), AT), "ab" * 32, [])
        )
    assert path.exists()
    assert isinstance(said, Unknown)


def test_a_recording_that_is_not_there() -> None:
    said, reads = asyncio.run(opened(ProvenAbsent(AT), "ab" * 32, [CALL.signature]))
    assert isinstance(said, ProvenAbsent)
    assert isinstance(reads[CALL.signature], Unknown)
