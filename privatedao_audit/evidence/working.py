"""The life of a working file: creating it, deciding whether it may be resumed, sealing it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from privatedao_audit.evidence import merkle, records, storage
from privatedao_audit.evidence.errors import (
    RecordingDamaged,
    RecordingMismatch,
    RecordingTooOld,
)

#: Seconds to wait for another process that is in the middle of a put.
_BUSY_SECONDS = 30.0
#: A clock that was set back by more than this makes the age of a recording unknowable.
_CLOCK_TOLERANCE = timedelta(minutes=1)
_SEAL = ("bodies", "evidence_root", "records")


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open ``path`` without implicit transactions; ``mode`` is SQLite's (``rw``, ``rwc``)."""
    # A URI carries names that are not UTF-8, here and in VACUUM INTO.
    return sqlite3.connect(
        uri_of(path, mode), uri=True, isolation_level=None, timeout=_BUSY_SECONDS
    )


def uri_of(path: Path, mode: str) -> str:
    """SQLite's URI of a file."""
    return f"{path.absolute().as_uri()}?mode={mode}"


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All of the block, or nothing. Raises as :func:`storage.writing`."""
    with storage.writing(path):
        # IMMEDIATE takes the write lock at once and waits for it; a deferred transaction that
        # starts by reading fails with "locked" as soon as two processes write.
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # SQLite itself rolls back on some errors
                db.execute("ROLLBACK")
            raise


def refuse_foreign(db: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is new; refuses one that is not ours to write to, before touching it.

    Raises:
        RecordingMismatch: sealed, or another program's.
        NewerSchema, RecordingDamaged: a schema that this kit does not know.
    """
    kind = storage.application_id(db)
    if kind == storage.SEALED_ID:
        raise RecordingMismatch(f"{path} is sealed: record to another file, or replay this one")
    if kind == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
        return True
    if kind != storage.WORKING_ID:
        raise RecordingMismatch(f"{path} is another program's SQLite file: choose another path")
    storage.require_known_schema(db, path)
    return False


def create(db: sqlite3.Connection, run: records.RunHeader) -> None:
    """Lay out a new file; inside a transaction."""
    for sql in storage.TABLES.values():
        db.execute(sql)
    db.execute("INSERT INTO meta VALUES ('run', ?)", (records.encode(run.record()),))
    db.execute(f"PRAGMA user_version = {records.SCHEMA_VERSION}")
    db.execute(f"PRAGMA application_id = {storage.WORKING_ID}")


def resume(
    db: sqlite3.Connection, path: Path, run: records.RunHeader, now: datetime, max_age: timedelta
) -> records.RunHeader:
    """Make the file ready to go on; inside a transaction.

    Returns:
        The header it was started with, which stays.

    Raises:
        RecordingMismatch: of another target or kit version.
        RecordingTooOld: started more than ``max_age`` ago, or in the future.
        RecordingDamaged: its records do not decode.
    """
    try:
        kept = _header(db)
        if kept.target_sha256 != run.target_sha256:
            raise RecordingMismatch(
                f"{path} records the target {kept.target_name} ({kept.target_sha256[:12]}), not"
                f" {run.target_name} ({run.target_sha256[:12]}): choose another output folder,"
                " or remove it"
            )
        if kept.kit_version != run.kit_version:
            raise RecordingMismatch(
                f"{path} was started by privatedao-audit {kept.kit_version}, this is"
                f" {run.kit_version}: finish it with that version, or remove it"
            )
        _require_recent(path, kept.started_at, now, max_age)
        unmark_sealed(db)
        _forget_single_sittings(db)
    except (TypeError, records.BadRecord) as error:
        raise RecordingDamaged(f"{path} is damaged ({error}): remove it and start anew") from None
    return kept


def prefer_wal(db: sqlite3.Connection) -> None:
    """Switch to WAL where the file system can; see the recording module for the reasons."""
    try:
        (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return  # another process is opening it just now: its choice serves as well
        raise
    if mode == "wal":
        # A rollback journal, in contrast, needs the default (FULL) to survive a power cut.
        db.execute("PRAGMA synchronous = NORMAL")


def mark_sealed(db: sqlite3.Connection, run: records.RunHeader, sealed_at: str) -> str:
    """Write the seal into the working file, so that no writer adds to what is being copied.

    Inside a transaction. Returns the evidence root.
    """
    header = records.encode(replace(run, sealed_at=sealed_at).record())
    count = 1

    def leaves() -> Iterator[bytes]:
        nonlocal count
        for (raw,) in db.execute("SELECT record FROM read ORDER BY id"):
            count += 1
            yield raw
        yield header  # "r-" < "run" < "x-"
        for (raw,) in db.execute("SELECT record FROM exchange ORDER BY id"):
            count += 1
            yield raw

    root = merkle.root(leaves())
    (bodies,) = db.execute("SELECT count(*) FROM body").fetchone()
    seal = {
        "bodies": b"%d" % bodies,
        "evidence_root": root.encode(),
        "records": b"%d" % count,
        "run": header,
    }
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", seal.items())
    return root


def unmark_sealed(db: sqlite3.Connection) -> None:
    """Take back a seal that did not come to a sealed file; inside a transaction."""
    header = records.encode(replace(_header(db), sealed_at=None).record())
    db.execute("UPDATE meta SET value = ? WHERE name = 'run'", (header,))
    db.executemany("DELETE FROM meta WHERE name = ?", [(name,) for name in _SEAL])


def copy_sealed(db: sqlite3.Connection, part: Path) -> None:
    """Copy the working file compactly into one that says that it is sealed."""
    db.execute("VACUUM INTO ?", (uri_of(part, "rwc"),))
    copy = connect(part, "rw")
    try:
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute(f"PRAGMA application_id = {storage.SEALED_ID}")
    finally:
        copy.close()


def publish(part: Path, destination: Path) -> None:
    """Make read-only, flush and rename, in this order: the name never stands for less."""
    part.chmod(0o444)
    _flush(part)
    os.replace(part, destination)
    _flush(destination.parent)


def remove_part(part: Path) -> None:
    """Remove what an attempt to seal left."""
    for suffix in ("", "-journal"):
        part.with_name(part.name + suffix).unlink(missing_ok=True)


def _header(db: sqlite3.Connection) -> records.RunHeader:
    (raw,) = db.execute("SELECT value FROM meta WHERE name = 'run'").fetchone()
    return records.header_of(records.decode(raw))


def _require_recent(path: Path, started_at: str, now: datetime, max_age: timedelta) -> None:
    age = now - records.moment(started_at)
    if -_CLOCK_TOLERANCE <= age <= max_age:
        return
    limit = int(max_age.total_seconds() // 60)
    raise RecordingTooOld(
        f"{path} was started at {started_at}, now it is {records.timestamp(now)}; a recording is"
        f" one window and may be resumed for {limit} minutes: start a new one (another output"
        " folder, or remove it)"
    )


def _forget_single_sittings(db: sqlite3.Connection) -> None:
    """Forget probe series and closing reads, with what only they rest on."""
    kept: set[str] = set()
    forgotten: list[tuple[str]] = []
    for record_id, raw in db.execute("SELECT id, record FROM read"):
        read = records.decode(raw)
        probe = read["probe"] or ""
        if "series:" in probe or "closing" in probe:
            forgotten.append((record_id,))
        else:
            kept.update(read["exchanges"])
    if not forgotten:
        return
    db.executemany("DELETE FROM read WHERE id = ?", forgotten)
    bodies: set[str] = set()
    for record_id, raw in db.execute("SELECT id, record FROM exchange").fetchall():
        if record_id in kept:
            bodies.add(records.decode(raw)["body_sha256"])
        else:
            db.execute("DELETE FROM exchange WHERE id = ?", (record_id,))
    for (sha256,) in db.execute("SELECT sha256 FROM body").fetchall():
        if sha256 not in bodies:
            db.execute("DELETE FROM body WHERE sha256 = ?", (sha256,))


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
