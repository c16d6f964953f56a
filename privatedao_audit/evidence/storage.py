"""The SQLite file under a recording: layout, packed bodies, and its errors in our words.

Both kinds of file have the same tables and tell themselves apart by their application id.
All tables are ``WITHOUT ROWID``: rows lie in the order of their ids, so that one ascending
scan shows that every later look-up finds what the scan saw.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from privatedao_audit.evidence.errors import CannotWrite, NewerSchema, RecordingDamaged
from privatedao_audit.evidence.records import MAX_BODY, SCHEMA_VERSION
from privatedao_audit.model import canonical

#: Application ids in the SQLite header: "PDAW" while it is written, "PDAE" once sealed.
WORKING_ID = 0x50444157
SEALED_ID = 0x50444145

TABLES = {
    "body": (
        "CREATE TABLE body (sha256 TEXT NOT NULL PRIMARY KEY, length INTEGER NOT NULL,"
        " packed BLOB NOT NULL) WITHOUT ROWID"
    ),
    "exchange": (
        "CREATE TABLE exchange (id TEXT NOT NULL PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID"
    ),
    "meta": (
        "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
    ),
    "read": "CREATE TABLE read (id TEXT NOT NULL PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID",
}

_CANNOT_WRITE = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
    sqlite3.SQLITE_PERM: "access is denied",
    sqlite3.SQLITE_CANTOPEN: "it cannot be created or opened; is its folder there and writable?",
    sqlite3.SQLITE_IOERR: "the disk is full or failing",
    sqlite3.SQLITE_BUSY: "another process is writing it",
    sqlite3.SQLITE_LOCKED: "another process is writing it",
}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what SQLite says about writing ``path`` into our errors.

    Raises:
        CannotWrite: disk full, read-only, no such folder, held by another process.
        RecordingDamaged: the file is not (or no longer) a sound SQLite file.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary result code
        if code in _CANNOT_WRITE:
            raise CannotWrite(path, f"{_CANNOT_WRITE[code]} ({error})") from error
        if code in _DAMAGED:
            raise RecordingDamaged(
                f"{path} is damaged or not an SQLite file ({error}): remove it and start anew"
            ) from error
        raise


def application_id(db: sqlite3.Connection) -> int:
    """Application id of the file, 0 for a new one."""
    return int(db.execute("PRAGMA application_id").fetchone()[0])


def require_known_schema(db: sqlite3.Connection, path: Path) -> None:
    """Refuse a schema version that this kit does not know.

    Raises:
        NewerSchema: a later kit wrote the file.
        RecordingDamaged: no kit writes this version.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise NewerSchema(
            f"{path} has recording schema {version}, and this kit reads up to {SCHEMA_VERSION}:"
            " install the privatedao-audit that wrote it, or a later one"
        )
    if version != SCHEMA_VERSION:
        raise RecordingDamaged(f"{path} names recording schema {version}, which never existed")


def tables_are_exact(db: sqlite3.Connection) -> bool:
    """Whether the file has our tables, word for word, and no view, trigger or index besides."""
    rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name")
    return rows.fetchall() == [("table", name, name, sql) for name, sql in sorted(TABLES.items())]


def pack(body: bytes) -> bytes:
    """Compress a body (zlib format, which every standard library reads)."""
    return zlib.compress(body, 6)


def unpack(sha256: str, length: int, packed: bytes) -> bytes:
    """Decompress a body, never producing more than its recorded length plus one byte.

    Raises:
        ValueError: beyond the bound, not one whole zlib stream, or not the recorded bytes.
    """
    if not 0 <= length <= MAX_BODY:
        raise ValueError(f"its length {length} is beyond the limit of {MAX_BODY} bytes")
    stream = zlib.decompressobj()
    try:
        body = stream.decompress(packed, length + 1)
    except zlib.error as error:
        raise ValueError(f"it does not unpack: {error}") from None
    if len(body) > length:
        raise ValueError(f"it unpacks to more than its {length} bytes")
    if not stream.eof or stream.unused_data or len(body) != length:
        raise ValueError("it is not one whole compressed stream of its length")
    if canonical.sha256(body) != sha256:
        raise ValueError("its SHA-256 is another")
    return body
