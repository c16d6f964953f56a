"""The sealed file: what it gives, and that nothing changed or hostile opens."""

from __future__ import annotations

import json
import os
import sqlite3
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
import recording_samples as samples

from privatedao_audit.evidence import records
from privatedao_audit.evidence.errors import (
    NewerSchema,
    NotARecording,
    NotSealed,
    RecordingDamaged,
    RecordingError,
)
from privatedao_audit.evidence.questions import Outcome, Resolution, ask_for
from privatedao_audit.evidence.sealed import SealedRecording


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return samples.seal(tmp_path)


def test_what_it_holds(path: Path) -> None:
    with SealedRecording.open(path) as sealed:
        assert sealed.run.target_name == "sample"
        assert sealed.run.sealed_at == samples.SEALED_AT
        assert sealed.window() == (100, 136)
        assert sealed.providers() == [
            {"label": "main", "host": "rpc.example.org"},
            {"label": "second", "host": "rpc.example.org"},
        ]
        rows = list(sealed.records())
        assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
        assert sum(row["record"] == "run" for row in rows) == 1
        for row in rows:
            if row["record"] == "read":
                assert sealed.read(row["id"]) == row
                assert all(sealed.exchange(i) is not None for i in row["exchanges"])
            if row["record"] == "exchange" and row["body_sha256"] is not None:
                body = sealed.body(row["body_sha256"])
                assert body is not None
                assert len(body) == row["body_length"]
        sealed.verify()


def test_what_it_does_not_hold(path: Path) -> None:
    with SealedRecording.open(path) as sealed:
        some = next(sealed.records())["id"]
        assert sealed.read("r-0000000000000000") is None
        assert sealed.exchange("x-0000000000000000") is None
        assert sealed.exchange(some) is None
        assert sealed.read("run") is None
        assert sealed.read("") is None
        assert sealed.body("0" * 64) is None
        assert sealed.answer(ask_for("rpc", "getSlot")) is None


def test_an_empty_recording(tmp_path: Path) -> None:
    with SealedRecording.open(samples.seal(tmp_path, [])) as sealed:
        assert sealed.window() is None
        assert sealed.providers() == []
        assert [row["record"] for row in sealed.records()] == ["run"]


def test_what_the_kit_says_of_itself_is_no_provider(tmp_path: Path) -> None:
    steps = [(ask_for("run", "scope"), samples.found(provider="kit", host=""))]
    with SealedRecording.open(samples.seal(tmp_path, steps)) as sealed:
        assert sealed.providers() == []


def test_the_window_is_that_of_finalized_reads(tmp_path: Path) -> None:
    loose = Resolution(Outcome.UNKNOWN, "x", slot=3, commitment="confirmed")
    steps = [(ask_for("rpc", "a"), loose), (ask_for("rpc", "b"), samples.found(slot=9))]
    steps.append((ask_for("rpc", "c"), samples.found(slot=None)))
    with SealedRecording.open(samples.seal(tmp_path, steps)) as sealed:
        assert sealed.window() == (9, 9)


def test_a_read_only_folder(path: Path) -> None:
    path.parent.chmod(0o555)
    try:
        with SealedRecording.open(path) as sealed:
            assert len(list(sealed.records())) > 40
            assert os.listdir(path.parent) == ["evidence.sqlite"]
    finally:
        path.parent.chmod(0o755)


def test_a_path_with_the_characters_of_a_uri(tmp_path: Path) -> None:
    folder = tmp_path / "a?mode=rwc#b %41 ü"
    folder.mkdir()
    with SealedRecording.open(samples.seal(folder)) as sealed:
        assert sealed.path.parent == folder


def test_a_path_that_is_not_utf8(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    folder.mkdir()
    with SealedRecording.open(samples.seal(folder)) as sealed:
        assert len(list(sealed.records())) > 40


# -- what is no sealed recording ---------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"SQLite", b"# notes\n" * 100, b"PK\x03\x04"])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "evidence.sqlite"
    path.write_bytes(content)
    with pytest.raises((NotARecording, RecordingDamaged), match=r"no recording|truncated"):
        SealedRecording.open(path)


def test_no_file_a_folder_and_a_pipe(tmp_path: Path) -> None:
    with pytest.raises(NotARecording, match="No such file"):
        SealedRecording.open(tmp_path / "none.sqlite")
    with pytest.raises(NotARecording, match="not a regular file"):
        SealedRecording.open(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotARecording, match="not a regular file"):
        SealedRecording.open(tmp_path / "pipe")


def test_a_database_of_another_program(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "their.sqlite")
    db.execute("CREATE TABLE theirs (x)")
    db.close()
    with pytest.raises(NotARecording, match="not a recording of this kit"):
        SealedRecording.open(tmp_path / "their.sqlite")


@pytest.mark.parametrize("wal", [True, False])
def test_a_working_file(tmp_path: Path, wal: bool) -> None:
    path = tmp_path / "w.sqlite"
    with samples.open_at(path) as recording:
        recording.put(samples.slot_question(), samples.found())
    if not wal:
        samples.edit(path, ("PRAGMA journal_mode = DELETE", ()))
    with pytest.raises(NotSealed, match="still being written"):
        SealedRecording.open(path)


def test_a_newer_schema(path: Path) -> None:
    samples.edit(path, ("PRAGMA user_version = 2", ()))
    with pytest.raises(NewerSchema, match=r"schema 2, and this kit reads up to 1: install"):
        SealedRecording.open(path)


def test_a_schema_that_never_existed(path: Path) -> None:
    samples.edit(path, ("PRAGMA user_version = -1", ()))
    with pytest.raises(RecordingDamaged, match="never existed"):
        SealedRecording.open(path)


# -- changed bytes -----------------------------------------------------------------------------


def flipped(path: Path, raw: bytes, offset: int) -> tuple[Any, ...] | None:
    """All that is readable with one byte changed; None when the file is refused."""
    changed = bytearray(raw)
    changed[offset] ^= 0xFF
    path.write_bytes(changed)
    try:
        with SealedRecording.open(path) as sealed:
            return samples.everything(sealed)
    except RecordingError:
        return None


def test_a_flipped_byte_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    path = samples.seal(tmp_path, samples.script(10))
    raw = path.read_bytes()
    with SealedRecording.open(path) as sealed:
        original = samples.everything(sealed)
    path.chmod(0o644)
    outcomes = [flipped(path, raw, offset) for offset in range(0, len(raw), 97)]
    assert [seen for seen in outcomes if seen is not None and seen != original] == []
    assert outcomes.count(None) > len(outcomes) / 2


def test_every_flipped_header_byte_is_refused_or_changes_nothing(path: Path) -> None:
    raw = path.read_bytes()
    with SealedRecording.open(path) as sealed:
        original = samples.everything(sealed)
    path.chmod(0o644)
    outcomes = [flipped(path, raw, offset) for offset in range(100)]
    assert [seen for seen in outcomes if seen is not None and seen != original] == []


def test_a_flipped_byte_in_a_record_or_body_is_always_refused(path: Path) -> None:
    raw = path.read_bytes()
    db = sqlite3.connect(path)
    queries = (
        "SELECT record FROM read",
        "SELECT record FROM exchange",
        "SELECT value FROM meta",
        "SELECT packed FROM body",
    )
    payloads = [row[0] for query in queries for row in db.execute(query)]
    db.close()
    # Large payloads go on in overflow pages; the others lie in one piece.
    places = [(raw.find(payload), len(payload)) for payload in payloads]
    whole = [(start, length) for start, length in places if start >= 0]
    assert len(whole) > len(payloads) * 0.9
    path.chmod(0o644)
    for start, length in whole:
        for offset in (start, start + length // 3, start + length // 2, start + length - 1):
            assert flipped(path, raw, offset) is None, offset


def test_a_truncated_or_longer_file(path: Path) -> None:
    raw = path.read_bytes()
    path.chmod(0o644)
    for length in (1, 16, 99, 100, 4095, 4096, len(raw) // 2, len(raw) - 4096, len(raw) - 1):
        path.write_bytes(raw[:length])
        with pytest.raises(RecordingDamaged, match="is truncated") as caught:
            SealedRecording.open(path)
        assert str(path) in str(caught.value)
    path.write_bytes(raw + b"\x00")
    with pytest.raises(RecordingDamaged, match="longer"):
        SealedRecording.open(path)


def test_another_evidence_root(path: Path) -> None:
    with SealedRecording.open(path) as sealed:
        root = sealed.evidence_root
    SealedRecording.open(path, expected_root=root).close()
    with pytest.raises(RecordingDamaged, match=f"root is {root}, expected 00"):
        SealedRecording.open(path, expected_root="00" * 32)
    samples.edit(path, ("UPDATE meta SET value = ? WHERE name = 'evidence_root'", (b"0" * 64,)))
    with pytest.raises(RecordingDamaged, match="evidence root is not that of its records"):
        SealedRecording.open(path)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE VIEW theirs AS SELECT * FROM read", "tables"),
        ("CREATE TABLE theirs (x)", "tables"),
        ("CREATE INDEX theirs ON body (length)", "tables"),
        ("CREATE TRIGGER theirs AFTER DELETE ON read BEGIN SELECT 1; END", "tables"),
        ("DROP TABLE body", "tables"),
        ("DELETE FROM meta WHERE name = 'run'", "seal is incomplete"),
        ("INSERT INTO meta VALUES ('note', x'')", "seal is incomplete"),
        ("UPDATE meta SET value = x'7b7d' WHERE name = 'run'", "neither a run"),
        ("UPDATE meta SET value = (SELECT min(record) FROM read) WHERE name = 'run'", "sealed"),
        ("DELETE FROM read WHERE id = (SELECT min(id) FROM read)", "root|belongs to no read"),
        ("DELETE FROM exchange WHERE id = (SELECT min(id) FROM exchange)", "is missing"),
        ("DELETE FROM body WHERE sha256 = (SELECT min(sha256) FROM body)", "bodies"),
        ("UPDATE read SET id = 'r-0' WHERE id = (SELECT min(id) FROM read)", "another record"),
        ("UPDATE read SET record = CAST(record AS TEXT)", "wrong type"),
        ("UPDATE body SET length = 'x'", "malformed"),
        ("UPDATE body SET length = 99999999999", "limit"),
        ("UPDATE body SET length = length + 1", "one whole"),
        ("INSERT INTO body VALUES (x'00', 0, x'')", "malformed"),
    ],
)
@pytest.mark.parametrize("reseal", [False, True])
def test_edited_tables(path: Path, statement: str, message: str, reseal: bool) -> None:
    if reseal and ("meta" in statement or "DROP" in statement):
        reseal = False  # the seal itself is what was edited
    samples.edit(path, (statement, ()), reseal=reseal)
    if reseal and statement.startswith("DELETE FROM read"):
        message = "belongs to no read"
    with pytest.raises(RecordingDamaged, match=message):
        SealedRecording.open(path)


def test_a_table_that_only_looks_the_same(path: Path) -> None:
    samples.edit(
        path,
        ("ALTER TABLE read RENAME TO old", ()),
        ("CREATE TABLE read (id TEXT NOT NULL PRIMARY KEY, record BLOB NOT NULL)", ()),
        ("INSERT INTO read SELECT * FROM old", ()),
        ("DROP TABLE old", ()),
    )
    with pytest.raises(RecordingDamaged, match="tables"):
        SealedRecording.open(path)


def test_a_found_read_that_rests_on_a_failure_is_refused_even_when_resealed(
    path: Path,
) -> None:
    """The worst forgery: an error made into an answer, with a root that fits."""
    with SealedRecording.open(path) as sealed:
        forged = next(
            row
            for row in sealed.records()
            if row["record"] == "read" and row["outcome"] == "unknown" and row["exchanges"]
        )
    forged |= {"outcome": "found", "reason": None, "chosen": forged["exchanges"][0]}
    change = (records.encode(forged), forged["id"])
    samples.edit(path, ("UPDATE read SET record = ? WHERE id = ?", change), reseal=True)
    with pytest.raises(RecordingDamaged, match="no whole answer"):
        SealedRecording.open(path)


def test_a_rewritten_recording_has_another_root(path: Path) -> None:
    with SealedRecording.open(path) as sealed:
        root = sealed.evidence_root
        read = next(r for r in sealed.records() if r["record"] == "read" and r["slot"])
    change = (records.encode(read | {"slot": 1}), read["id"])
    samples.edit(path, ("UPDATE read SET record = ? WHERE id = ?", change), reseal=True)
    with SealedRecording.open(path) as sealed:
        assert sealed.evidence_root != root
    with pytest.raises(RecordingDamaged, match="expected"):
        SealedRecording.open(path, expected_root=root)


def test_a_decompression_bomb_is_stopped_early(path: Path) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(256)) + packer.flush()
    samples.edit(path, ("UPDATE body SET packed = ?", (bomb,)))
    tracemalloc.start()
    try:
        with pytest.raises(RecordingDamaged, match="unpacks to more than"):
            SealedRecording.open(path)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("depth", [300, 900, 100_000])
def test_a_deeply_nested_record_is_refused(path: Path, depth: int) -> None:
    read = samples.entry_of(samples.slot_question(), samples.found()).read
    raw = records.encode(read)
    start, end = raw.index(b'"params":') + 9, raw.index(b',"probe"')
    nested = raw[:start] + b"[" * depth + b"]" * depth + raw[end:]
    samples.edit(path, ("UPDATE read SET record = ?", (nested,)))
    with pytest.raises(RecordingDamaged, match=r"nested too deeply|depth exceeded") as caught:
        SealedRecording.open(path)
    assert len(str(caught.value)) < 500


# -- changed after it was opened ---------------------------------------------------------------


def overwrite(path: Path, old: bytes, new: bytes) -> None:
    path.chmod(0o644)
    raw = path.read_bytes()
    assert old in raw
    with path.open("r+b") as file:  # in place: the open recording sees the same file
        file.write(raw.replace(old, new))


def test_a_file_changed_while_it_is_open_gives_no_other_answer(tmp_path: Path) -> None:
    question = ask_for("rpc", "getSlot", [1])
    path = samples.seal(tmp_path, [(question, samples.found())])
    with SealedRecording.open(path) as sealed:
        overwrite(path, b'"slot":7', b'"slot":8')
        # A new connection reads the changed page; the open one may still hold the old one.
        sealed._db.close()
        sealed._db = sqlite3.connect(path)
        with pytest.raises(RecordingDamaged, match="changed since it was opened"):
            sealed.answer(question)
        with pytest.raises(RecordingDamaged):
            sealed.verify()


def test_a_file_exchanged_while_it_is_open_is_noticed(tmp_path: Path) -> None:
    question = ask_for("rpc", "getSlot", [1])
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = samples.seal(tmp_path / "one", [(question, samples.found())])
    two = samples.seal(tmp_path / "two", [(question, samples.found(b"[]", slot=8))])
    with SealedRecording.open(one) as sealed:
        chosen = sealed.exchange(sealed.read(question.record_id)["chosen"])
        sealed._db.close()
        sealed._db = sqlite3.connect(two)
        for ask in (
            lambda: sealed.body(chosen["body_sha256"]),
            lambda: sealed.exchange(chosen["id"]),
            lambda: sealed.read(question.record_id),
            sealed.verify,
        ):
            with pytest.raises(RecordingDamaged, match="since it was opened"):
                ask()


def test_a_question_whose_id_is_taken_is_not_answered_by_another(
    path: Path,
) -> None:
    class Colliding:
        record_id = samples.script()[0][0].record_id
        key = "another"

    sealed = SealedRecording.open(path)
    with sealed, pytest.raises(RecordingDamaged, match="answers another question"):
        sealed.answer(Colliding())


def test_records_come_as_plain_json(path: Path) -> None:
    with SealedRecording.open(path) as sealed:
        for row in sealed.records():
            assert json.loads(records.encode(row)) == row
