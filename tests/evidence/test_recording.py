"""The working file: put and get, resuming, refusing, sealing, two writers."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
from datetime import timedelta
from pathlib import Path

import pytest
import recording_samples as samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privatedao_audit.evidence import storage, working
from privatedao_audit.evidence.errors import (
    CannotWrite,
    NewerSchema,
    RecordingDamaged,
    RecordingMismatch,
    RecordingSealed,
    RecordingTooOld,
)
from privatedao_audit.evidence.questions import Exchange, Outcome, Resolution, ask_for
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.sealed import SealedRecording

TEXT = st.text(st.characters(), max_size=20)  # lone surrogates and NUL included
EXCHANGES = st.builds(
    Exchange,
    provider=st.sampled_from(["main", "second", "checkout"]),
    host=st.just("rpc.example.org"),
    request=TEXT,
    status=st.none() | st.integers(100, 599),
    headers=st.dictionaries(TEXT, TEXT, max_size=2),
    body=st.none() | st.binary(max_size=200),
    error=st.none() | TEXT,
    at=st.sampled_from(["2026-11-23T09:31:00.000Z", "2026-11-23T09:31:00.001Z"]),
)


@st.composite
def resolutions(draw: st.DrawFn) -> Resolution:
    made = draw(st.lists(EXCHANGES, max_size=4))
    whole = [i for i, x in enumerate(made) if x.body is not None and x.error is None]
    choices = [Outcome.UNKNOWN] + [Outcome.ABSENT] * bool(made) + [Outcome.FOUND] * bool(whole)
    if len({made[i].provider for i in whole}) > 1:
        choices.append(Outcome.DIVERGED)
    outcome = draw(st.sampled_from(choices))
    return Resolution(
        outcome,
        reason=draw(TEXT.filter(bool)),
        exchanges=tuple(made),
        chosen=draw(st.sampled_from(whole)) if outcome is Outcome.FOUND else None,
        slot=draw(st.none() | st.integers(0, 2**53 - 1)),
        commitment=draw(st.sampled_from([None, "finalized", "confirmed"])),
        providers=tuple(sorted({made[i].provider for i in whole})),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(resolutions(), max_size=4), st.text(max_size=5))
def test_live_and_replay_answer_alike(
    tmp_path_factory: pytest.TempPathFactory, outcomes: list[Resolution], probe: str
) -> None:
    folder = tmp_path_factory.mktemp("roundtrip")
    questions = [ask_for("rpc", "getSlot", [i], probe=probe) for i in range(len(outcomes))]
    with samples.open_at(folder / "working.sqlite") as recording:
        for question, outcome in zip(questions, outcomes, strict=True):
            assert recording.get(question) is None
            live = recording.put(question, outcome)
            assert live.outcome is outcome.outcome
            expected = (
                outcome.exchanges[outcome.chosen].body if outcome.chosen is not None else None
            )
            assert live.body == expected
        lives = [recording.get(question) for question in questions]
        recording.seal(folder / "evidence.sqlite", samples.SEALED_AT)
    with SealedRecording.open(folder / "evidence.sqlite") as sealed:
        assert [sealed.answer(question) for question in questions] == lives


def test_an_absent_answer_may_have_a_body(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        made = (samples.exchange(b'{"value":null}'),)
        answer = recording.put(samples.slot_question(), Resolution(Outcome.ABSENT, None, made, 0))
        assert answer.body == b'{"value":null}'


def test_the_first_answer_stays(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        recording.put(samples.slot_question(), samples.found(b"first"))
        again = recording.put(samples.slot_question(), samples.found(b"second"))
        assert again.body == b"first"
        assert storage_counts(tmp_path / "w.sqlite") == (1, 1, 1)


def storage_counts(path: Path) -> tuple[int, ...]:
    db = sqlite3.connect(path)
    try:
        return tuple(
            db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("read", "exchange", "body")
        )
    finally:
        db.close()


def test_reads_may_share_an_exchange_and_a_body(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        recording.put(samples.slot_question("one"), samples.found())
        recording.put(samples.slot_question("two"), samples.found())
        assert storage_counts(tmp_path / "w.sqlite") == (2, 1, 1)
        recording.seal(tmp_path / "e.sqlite", samples.SEALED_AT)
    with SealedRecording.open(tmp_path / "e.sqlite") as sealed:
        assert len(list(sealed.records())) == 4


def test_a_defect_in_a_resolution_writes_nothing(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        with pytest.raises(ValueError, match="no answer is chosen"):
            recording.put(samples.slot_question(), Resolution(Outcome.FOUND))
        assert storage_counts(tmp_path / "w.sqlite") == (0, 0, 0)


def test_resuming_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        first = recording.put(samples.slot_question(), samples.found())
    later = samples.header(started_at="2026-11-23T09:44:00.000Z")
    with Recording.open(tmp_path / "w.sqlite", later, clock=samples.clock(14)) as recording:
        assert recording.run.started_at == samples.STARTED_AT
        assert recording.get(samples.slot_question()) == first


def test_resuming_forgets_what_is_worth_something_in_one_sitting_only(tmp_path: Path) -> None:
    probes = ["series:3", "provider:main series:4", "closing", "provider:main", None]
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        for number, probe in enumerate(probes):
            recording.put(samples.slot_question(probe), samples.found(b"%d" % number))
        # An exchange that a kept read shares with a forgotten one stays.
        recording.put(samples.slot_question("closing:shared"), samples.found(b"4"))
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        kept = [p for p in probes if recording.get(samples.slot_question(p)) is not None]
        assert kept == ["provider:main", None]
        assert storage_counts(tmp_path / "w.sqlite") == (2, 2, 2)
        recording.seal(tmp_path / "e.sqlite", samples.SEALED_AT)
    SealedRecording.open(tmp_path / "e.sqlite").close()


@pytest.mark.parametrize("minutes", [15.1, 60 * 24, -2])
def test_an_old_recording_is_not_resumed(tmp_path: Path, minutes: float) -> None:
    samples.open_at(tmp_path / "w.sqlite").close()
    with pytest.raises(RecordingTooOld, match="start a new one"):
        samples.open_at(tmp_path / "w.sqlite", minutes)


def test_the_age_limit_can_be_set(tmp_path: Path) -> None:
    samples.open_at(tmp_path / "w.sqlite").close()
    hour = timedelta(hours=1)
    Recording.open(
        tmp_path / "w.sqlite", samples.header(), max_age=hour, clock=samples.clock(59)
    ).close()
    with pytest.raises(RecordingTooOld, match="for 1 minutes"):
        Recording.open(
            tmp_path / "w.sqlite",
            samples.header(),
            max_age=timedelta(minutes=1),
            clock=samples.clock(2),
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": {"name": "other"}, "target_name": "other"}, "records the target sample"),
        ({"kit_version": "0.2.0"}, "started by privatedao-audit 0.1.0, this is 0.2.0"),
    ],
)
def test_another_target_or_kit_does_not_resume(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        recording.put(samples.slot_question("closing"), samples.found())
    with pytest.raises(RecordingMismatch, match=message):
        samples.open_at(tmp_path / "w.sqlite", **change)
    assert storage_counts(tmp_path / "w.sqlite") == (1, 1, 1)


def test_a_sealed_file_is_never_added_to(tmp_path: Path) -> None:
    path = samples.seal(tmp_path)
    before = path.read_bytes()
    with pytest.raises(RecordingMismatch, match="is sealed"):
        samples.open_at(path)
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.sqlite"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(RecordingMismatch, match="another program"):
        samples.open_at(path)
    assert path.read_bytes() == before


def test_a_file_that_is_not_sqlite_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.sqlite"
    path.write_bytes(b"notes " * 100)
    with pytest.raises(RecordingDamaged, match="not an SQLite file"):
        samples.open_at(path)
    assert path.read_bytes() == b"notes " * 100


def test_a_newer_working_file_is_not_resumed(tmp_path: Path) -> None:
    samples.open_at(tmp_path / "w.sqlite").close()
    samples.edit(tmp_path / "w.sqlite", ("PRAGMA user_version = 2", ()))
    with pytest.raises(NewerSchema, match="schema 2, and this kit reads up to 1"):
        samples.open_at(tmp_path / "w.sqlite")


def test_a_damaged_working_file_is_not_resumed(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        recording.put(samples.slot_question(), samples.found())
    samples.edit(tmp_path / "w.sqlite", ("UPDATE read SET record = x'7b7d'", ()))
    with pytest.raises(RecordingDamaged, match="start anew"):
        samples.open_at(tmp_path / "w.sqlite")


def test_an_empty_file_is_taken_as_new(tmp_path: Path) -> None:
    (tmp_path / "w.sqlite").touch()
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        assert recording.put(samples.slot_question(), samples.found()).body == b"{}"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="is its folder there") as caught:
        samples.open_at(tmp_path / "no" / "w.sqlite")
    assert caught.value.path == tmp_path / "no" / "w.sqlite"


def test_a_destination_that_is_not_there_leaves_the_recording_usable(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        with pytest.raises(CannotWrite, match="evidence"):
            recording.seal(tmp_path / "no" / "evidence.sqlite", samples.SEALED_AT)
        recording.put(samples.slot_question(), samples.found())
        recording.seal(tmp_path / "evidence.sqlite", samples.SEALED_AT)
    SealedRecording.open(tmp_path / "evidence.sqlite").close()


def test_a_destination_that_is_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "evidence.sqlite").mkdir()
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        with pytest.raises(CannotWrite, match="directory"):
            recording.seal(tmp_path / "evidence.sqlite", samples.SEALED_AT)
        recording.discard()
    assert os.listdir(tmp_path) == ["evidence.sqlite"]


def test_sealing_over_itself_or_at_no_time_is_a_defect(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        with pytest.raises(ValueError, match="over itself"):
            recording.seal(tmp_path / "w.sqlite", samples.SEALED_AT)
        with pytest.raises(ValueError, match="sealed_at"):
            recording.seal(tmp_path / "e.sqlite", "later")
        recording.put(samples.slot_question(), samples.found())


def test_a_sealed_file_is_read_only_alone_and_compact(tmp_path: Path) -> None:
    path = samples.seal(tmp_path)
    assert os.listdir(tmp_path) == ["evidence.sqlite"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.read_bytes()[18:20] == b"\x01\x01"  # no WAL


def test_nothing_is_added_once_sealed(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        recording.seal(tmp_path / "e.sqlite", samples.SEALED_AT)
        with pytest.raises(RecordingSealed):
            recording.put(samples.slot_question(), samples.found())


def test_sealing_again_replaces_the_file(tmp_path: Path) -> None:
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        first = recording.seal(tmp_path / "e.sqlite", samples.SEALED_AT)
        second = recording.seal(tmp_path / "e.sqlite", "2026-11-23T09:41:00.000Z")
    assert first != second
    with SealedRecording.open(tmp_path / "e.sqlite") as sealed:
        assert sealed.evidence_root == second
        assert sealed.run.sealed_at == "2026-11-23T09:41:00.000Z"


def test_a_copy_that_does_not_verify_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = working.copy_sealed

    def bad_disk(db: sqlite3.Connection, part: Path) -> None:
        copy(db, part)
        raw = bytearray(part.read_bytes())
        raw[raw.index(b'"getSlot"') + 3] ^= 1
        part.write_bytes(raw)

    monkeypatch.setattr(working, "copy_sealed", bad_disk)
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        recording.put(samples.slot_question(), samples.found())
        with pytest.raises(RecordingDamaged):
            recording.seal(tmp_path / "e.sqlite", samples.SEALED_AT)
        recording.discard()
    assert os.listdir(tmp_path) == []


def test_the_order_of_asking_does_not_change_what_is_sealed(tmp_path: Path) -> None:
    steps = samples.script()
    files = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        files.append(samples.seal(folder, steps).read_bytes())
        random.Random(number).shuffle(steps)
    roots = set()
    for number in range(3):
        with SealedRecording.open(tmp_path / str(number) / "evidence.sqlite") as sealed:
            roots.add(sealed.evidence_root)
    assert len(roots) == 1


def test_two_writers_share_the_first_answers(tmp_path: Path) -> None:
    with (
        samples.open_at(tmp_path / "w.sqlite") as one,
        samples.open_at(tmp_path / "w.sqlite") as two,
    ):
        for number in range(20):
            writer, other = (one, two) if number % 2 else (two, one)
            question = ask_for("rpc", "getSlot", [number])
            first = writer.put(question, samples.found(b"first"))
            assert other.put(question, samples.found(b"late")) == first
            assert other.get(question) == first


def test_a_file_that_another_process_holds_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "_BUSY_SECONDS", 0.01)
    with samples.open_at(tmp_path / "w.sqlite") as recording:
        holder = sqlite3.connect(tmp_path / "w.sqlite", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(CannotWrite, match="another process is writing it"):
            recording.put(samples.slot_question(), samples.found())
        holder.execute("ROLLBACK")
        holder.close()
        assert recording.put(samples.slot_question(), samples.found()).body == b"{}"


def test_a_file_system_without_wal_serves_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "prefer_wal", lambda db: None)
    path = samples.seal(tmp_path)
    with SealedRecording.open(path) as sealed:
        assert len(list(sealed.records())) > 40


def test_unpacking_is_bounded() -> None:
    body = b"a" * 1000
    digest = "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
    assert storage.unpack(digest, 1000, storage.pack(body)) == body
    for length, packed, message in (
        (999, storage.pack(body), "more than its 999"),
        (1001, storage.pack(body), "one whole"),
        (1000, storage.pack(body)[:-1], "one whole"),
        (1000, storage.pack(body) + b"x", "one whole"),
        (1000, b"no stream", "does not unpack"),
        (1000, storage.pack(b"b" * 1000), "SHA-256"),
        (-1, b"", "limit"),
        (2**40, b"", "limit"),
    ):
        with pytest.raises(ValueError, match=message):
            storage.unpack(digest, length, packed)
