"""A recording while it is written: one SQLite file, one transaction per read.

Journal: WAL with synchronous=NORMAL. A killed process loses nothing that was put, and a power
cut may lose the last reads but never leaves half of one; they are asked again. A rollback
journal would cost disk flushes for each of thousands of small reads and would protect nothing
more, because a recording counts only once it is sealed, and sealing flushes. Where the file
system has no shared memory for WAL, SQLite stays with its rollback journal: slower, as safe.

Calls are synchronous, also from asyncio: a put is short, there is one writer, and a thread
would only add an order of events to think about.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from privatedao_audit.evidence import entries, records, storage, working
from privatedao_audit.evidence.errors import (
    CannotWrite,
    RecordingDamaged,
    RecordingError,
    RecordingSealed,
)
from privatedao_audit.evidence.questions import Answer, Question, Resolution
from privatedao_audit.evidence.sealed import SealedRecording

#: How long after its start a recording may be resumed.
MAX_AGE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Rows:
    """One read with all it rests on, as another recording holds it.

    Attributes:
        read, exchanges: decoded records.
        bodies: SHA-256 → length in bytes, and the bytes as they are stored.
    """

    read: dict[str, Any]
    exchanges: tuple[dict[str, Any], ...]
    bodies: Mapping[str, tuple[int, bytes]]


class Recording:
    """A recording that can be added to. Close it, or use it as a context manager."""

    def __init__(
        self,
        path: Path,
        db: sqlite3.Connection,
        run: records.RunHeader,
        clock: Callable[[], datetime],
    ) -> None:
        """Use :meth:`open`."""
        self.path = path
        self.run = run
        self._db = db
        self._clock = clock

    @classmethod
    def open(
        cls,
        path: Path,
        run: records.RunHeader,
        *,
        max_age: timedelta = MAX_AGE,
        clock: Callable[[], datetime] = records.utc_now,
    ) -> Self:
        """Create the recording, or resume the one that is there.

        A resumed recording keeps its own header and start. Reads that are only worth something
        within one sitting are forgotten and will be asked again: those whose probe names a
        series (a gap would be measured as slowness) or a closing read (it must come after all
        others).

        Args:
            run: what is to be recorded; ``sealed_at`` is ignored.
            max_age: measured from the start of the recording, as it is one time window.
            clock: gives the time now, with a zone.

        Raises:
            RecordingMismatch: of another target or kit version, sealed, or no recording.
            RecordingTooOld: started more than ``max_age`` ago.
            CannotWrite: no such folder, read-only, disk full.
            NewerSchema, RecordingDamaged: cannot be resumed by this kit, or at all.
        """
        path = Path(path)
        run = replace(run, sealed_at=None)
        run.record()  # refuses a header that cannot be recorded before a file appears
        with storage.writing(path):
            db = working.connect(path, "rwc")
        try:
            with storage.writing(path):
                working.refuse_foreign(db, path)
            with working.transaction(db, path):
                # Asked again under the lock: two processes may have found the file new.
                if working.refuse_foreign(db, path):
                    working.create(db, run)
                else:
                    run = working.resume(db, path, run, clock(), max_age)
            with storage.writing(path):
                working.prefer_wal(db)
        except BaseException:
            db.close()
            raise
        return cls(path, db, run, clock)

    def get(self, question: Question) -> Answer | None:
        """The recorded answer; None when the question was not put yet.

        Raises:
            RecordingDamaged: what is recorded does not decode.
        """
        row = self._one("SELECT record FROM read WHERE id = ?", question.record_id)
        if row is None:
            return None
        read = self._decoded(row[0])
        if records.question_of(read).key != question.key:
            raise self._damaged(f"{read['id']} answers another question")
        return entries.answer(read, self._exchange, self._body)

    def put(self, question: Question, resolution: Resolution) -> Answer:
        """Record what came of a question, whole or not at all, and give it back as recorded.

        The first answer stays: when the question is recorded already, this resolution is
        dropped, so that a run has one answer per question whoever asks.

        Raises:
            ValueError: the resolution contradicts itself (a defect of its resolver).
            CannotWrite: disk full, read-only, held by another process; nothing was written.
            RecordingSealed: it is sealed.
        """
        entry = entries.entry(question, resolution, lambda: records.timestamp(self._clock()))
        packed = [(sha, len(body), storage.pack(body)) for sha, body in entry.bodies.items()]
        with working.transaction(self._db, self.path):
            self._require_open()
            new = self._one("SELECT 1 FROM read WHERE id = ?", question.record_id) is None
            if new:
                self._insert(entry, packed)
        if new:
            # Its records are as decoding their stored bytes gives them: no need to read them back.
            made = {one["id"]: one for one in entry.exchanges}
            return entries.answer(entry.read, made.__getitem__, entry.bodies.__getitem__)
        answer = self.get(question)
        if answer is None:
            raise self._damaged(f"{question.record_id} was put and is not there")
        return answer

    def adopt(self, found: Iterable[Rows]) -> None:
        """Add reads of another recording, all or none; those that are there already stay.

        Raises:
            CannotWrite, RecordingSealed: as :meth:`put`.
        """
        with working.transaction(self._db, self.path):
            self._require_open()
            for rows in found:
                if self._one("SELECT 1 FROM read WHERE id = ?", rows.read["id"]) is None:
                    packed = [(sha, *body) for sha, body in rows.bodies.items()]
                    self._insert(entries.Entry(rows.read, rows.exchanges, {}), packed)

    def _require_open(self) -> None:
        if self._one("SELECT 1 FROM meta WHERE name = ?", "evidence_root") is not None:
            raise RecordingSealed(f"{self.path} is sealed: start a new recording")

    def seal(self, destination: Path, sealed_at: str) -> str:
        """Write the finished recording to ``destination``, read-only and verified.

        The file appears whole or not at all; one that was there is replaced. Afterwards
        nothing can be put any more.

        Args:
            sealed_at: UTC, RFC 3339.

        Returns:
            The evidence root, 64 hexadecimal digits.

        Raises:
            ValueError: ``sealed_at`` is no time, or ``destination`` is this very file.
            CannotWrite: disk full, read-only; the recording can still be sealed elsewhere.
            RecordingDamaged: what was written does not verify.
        """
        destination = Path(destination)
        if destination.absolute() == self.path.absolute():
            raise ValueError("a recording is not sealed over itself")
        part = destination.with_name(f".{destination.name}.sealing")
        with working.transaction(self._db, self.path):
            root = working.mark_sealed(self._db, self.run, sealed_at)
        try:
            with storage.writing(destination):
                working.remove_part(part)
                working.copy_sealed(self._db, part)
            SealedRecording.open(part, expected_root=root).close()
            working.publish(part, destination)
        except OSError as error:
            self._abandon(part)
            raise CannotWrite(destination, error.strerror or type(error).__name__) from error
        except BaseException:
            self._abandon(part)
            raise
        return root

    def discard(self) -> None:
        """Close and delete the working file, once its sealed form is there."""
        self.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; it can be resumed."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _insert(self, entry: entries.Entry, packed: list[tuple[str, int, bytes]]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO body VALUES (?, ?, ?)", packed)
        for exchange in entry.exchanges:
            raw = records.encode(exchange)
            row = self._one("SELECT record FROM exchange WHERE id = ?", exchange["id"])
            if row is None:
                self._db.execute("INSERT INTO exchange VALUES (?, ?)", (exchange["id"], raw))
            elif row[0] != raw:
                raise self._damaged(f"two exchanges have the id {exchange['id']}")
        read = (entry.read["id"], records.encode(entry.read))
        self._db.execute("INSERT INTO read VALUES (?, ?)", read)

    def _abandon(self, part: Path) -> None:
        """Take back an attempt to seal; what this cannot take back, resuming does."""
        with suppress(OSError):
            working.remove_part(part)
        with suppress(sqlite3.Error, RecordingError), working.transaction(self._db, self.path):
            working.unmark_sealed(self._db)

    def _one(self, query: str, key: str) -> tuple[Any, ...] | None:
        with storage.writing(self.path):
            row: tuple[Any, ...] | None = self._db.execute(query, (key,)).fetchone()
        return row

    def _exchange(self, exchange_id: str) -> dict[str, Any]:
        row = self._one("SELECT record FROM exchange WHERE id = ?", exchange_id)
        if row is None:
            raise self._damaged(f"exchange {exchange_id} is missing")
        return self._decoded(row[0])

    def _body(self, sha256: str) -> bytes:
        row = self._one("SELECT length, packed FROM body WHERE sha256 = ?", sha256)
        if row is None:
            raise self._damaged(f"body {sha256} is missing")
        try:
            return storage.unpack(sha256, *row)
        except ValueError as error:
            raise self._damaged(f"body {sha256}: {error}") from None

    def _decoded(self, raw: bytes) -> dict[str, Any]:
        try:
            return records.decode(raw)
        except records.BadRecord as error:
            raise self._damaged(str(error)) from None

    def _damaged(self, what: str) -> RecordingDamaged:
        return RecordingDamaged(f"{self.path} is damaged ({what}): remove it and start anew")
