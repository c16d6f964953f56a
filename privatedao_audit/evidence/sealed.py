"""A sealed recording: read-only, and proven to be what was sealed before anything is read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from privatedao_audit.evidence import entries, storage
from privatedao_audit.evidence.errors import NotARecording, RecordingDamaged
from privatedao_audit.evidence.merkle import leaf_hash
from privatedao_audit.evidence.questions import Answer, Question
from privatedao_audit.evidence.records import RunHeader, question_of
from privatedao_audit.evidence.verification import check_file, damaged, verify

_QUERIES = {
    "r-": "SELECT record FROM read WHERE id = ?",
    "ru": "SELECT value FROM meta WHERE name = ?",
    "x-": "SELECT record FROM exchange WHERE id = ?",
}


class SealedRecording:
    """A sealed recording, opened and verified. Close it, or use it as a context manager."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        """Use :meth:`open`."""
        self.path = path
        self._db = db
        self._verified = verify(db, path)

    @classmethod
    def open(cls, path: Path, *, expected_root: str | None = None) -> Self:
        """Open and verify the whole file; nothing is written, not even beside it.

        Args:
            expected_root: evidence root (64 hex digits) known from elsewhere, e.g. from a
                signed statement; a recording that was rewritten as a whole has another.

        Raises:
            NotARecording: cannot be read, or is something else.
            NotSealed: a working recording.
            NewerSchema: written by a later kit.
            RecordingDamaged: truncated, changed, or not of the expected root.
        """
        path = Path(path)
        check_file(path)
        # immutable=1: no lock, journal or -shm file is looked for, so that it opens in a
        # read-only folder. check_same_thread: nothing is ever written, any thread may read.
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise NotARecording(f"{path} cannot be opened: {error}") from error
        try:
            sealed = cls(path, db)
            if expected_root is not None and expected_root != sealed.evidence_root:
                raise damaged(
                    path, f"its evidence root is {sealed.evidence_root}, expected {expected_root}"
                )
        except BaseException:
            db.close()
            raise
        return sealed

    @property
    def run(self) -> RunHeader:
        """What this is a recording of; ``sealed_at`` is set."""
        return self._verified.run

    @property
    def evidence_root(self) -> str:
        """Merkle root over all records, 64 hexadecimal digits."""
        return self._verified.evidence_root

    def verify(self) -> None:
        """Check the whole file again, also that it is still the one that was opened.

        Raises:
            RecordingError: as :meth:`open`.
        """
        if verify(self._db, self.path).evidence_root != self.evidence_root:
            raise damaged(self.path, "it was exchanged since it was opened")

    def read(self, read_id: str) -> dict[str, Any] | None:
        """The read record with this id; None when there is none."""
        return self._record(read_id) if read_id.startswith("r-") else None

    def exchange(self, exchange_id: str) -> dict[str, Any] | None:
        """The exchange record with this id; None when there is none."""
        return self._record(exchange_id) if exchange_id.startswith("x-") else None

    def body(self, sha256: str) -> bytes | None:
        """Exact bytes of a body by its SHA-256 (hexadecimal); None when there is none."""
        return self._known_body(sha256) if sha256 in self._verified.bodies else None

    def answer(self, question: Question) -> Answer | None:
        """The recorded answer; None when the question was not asked in this run."""
        read = self.read(question.record_id)
        if read is None:
            return None
        if question_of(read).key != question.key:
            raise damaged(self.path, f"{question.record_id} answers another question")
        return entries.answer(read, self._known_record, self._known_body)

    def records(self) -> Iterator[dict[str, Any]]:
        """All records, sorted by id: the leaves of the evidence root."""
        return map(self._known_record, self._verified.leaves)

    def reads(self) -> Iterator[dict[str, Any]]:
        """All reads, sorted by id."""
        return map(self._known_record, self._verified.leaves.reads())

    def packed(self, sha256: str) -> tuple[int, bytes]:
        """Length of a body and its bytes as they are stored.

        Raises:
            RecordingDamaged: there is none, or the file was changed after it was opened.
        """
        length = len(self._known_body(sha256))
        _, raw = self._row("SELECT length, packed FROM body WHERE sha256 = ?", sha256)
        return length, raw

    def window(self) -> tuple[int, int] | None:
        """First and last slot of the finalized reads; None when there is none."""
        return self._verified.window

    def providers(self) -> list[dict[str, str]]:
        """Label and host of every network source, sorted; files and git are none."""
        return [{"label": label, "host": host} for label, host in self._verified.providers]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _record(self, record_id: str) -> dict[str, Any] | None:
        return self._known_record(record_id) if record_id in self._verified.leaves else None

    def _known_record(self, record_id: str) -> dict[str, Any]:
        (raw,) = self._row(_QUERIES[record_id[:2]], record_id)
        # The file may be exchanged after it was opened: only the verified bytes are given out.
        if not isinstance(raw, bytes) or leaf_hash(raw) != self._verified.leaves.get(record_id):
            raise self._changed(record_id)
        record: dict[str, Any] = json.loads(raw)
        return record

    def _known_body(self, sha256: str) -> bytes:
        row = self._row("SELECT length, packed FROM body WHERE sha256 = ?", sha256)
        try:
            return storage.unpack(sha256, *row)
        except (TypeError, ValueError) as error:
            raise self._changed(f"body {sha256}") from error

    def _row(self, query: str, key: str) -> tuple[Any, ...]:
        try:
            row = self._db.execute(query, (key,)).fetchone()
        except sqlite3.ProgrammingError:
            raise  # closed: a defect of the caller, not of the file
        except sqlite3.DatabaseError as error:
            raise self._changed(key) from error
        if row is None:
            raise self._changed(key)
        return tuple(row)

    def _changed(self, what: str) -> RecordingDamaged:
        return damaged(self.path, f"{what} changed since it was opened")
