"""The check of a sealed file: every id, shape, reference, body and the evidence root.

It costs about as much as unpacking all bodies once; in exchange nothing that was opened can
be half-true. It holds one hash per record and body in memory, never the records themselves.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privatedao_audit.evidence import entries, storage
from privatedao_audit.evidence.errors import NotARecording, NotSealed, RecordingDamaged
from privatedao_audit.evidence.leaves import Digests, Leaves
from privatedao_audit.evidence.merkle import MerkleTree, leaf_hash
from privatedao_audit.evidence.records import (
    MAX_BODY,
    RUN_ID,
    BadRecord,
    RunHeader,
    decode,
    header_of,
)

_MAGIC = b"SQLite format 3\x00"
#: No row is larger than the largest body, incompressible, with its key.
_MAX_ROW = MAX_BODY + 2**20
_PREFIX = {"read": "r-", "run": RUN_ID, "exchange": "x-"}


@dataclass(frozen=True, slots=True)
class Verified:
    """What a whole check of a file established.

    Attributes:
        run: its header.
        evidence_root: 64 hexadecimal digits.
        leaves: record id → leaf hash, in the order of the ids.
        bodies: SHA-256 of every body.
        window: first and last slot of the finalized reads.
        providers: label and host of every network source, sorted.
    """

    run: RunHeader
    evidence_root: str
    leaves: Leaves
    bodies: Digests
    window: tuple[int, int] | None
    providers: tuple[tuple[str, str], ...]


def damaged(path: Path, what: str) -> RecordingDamaged:
    """The error for a file that is not what was sealed."""
    return RecordingDamaged(
        f"{path} is not as it was sealed: {what}; ask whoever made it for an intact copy,"
        " nothing may be judged from this one"
    )


def check_file(path: Path) -> None:
    """Say in plain words, before SQLite opens the file, what it would only call malformed.

    Raises:
        NotARecording: unreadable, not a regular file, not SQLite.
        NotSealed: a file in WAL mode, so not all of it is in this file.
        RecordingDamaged: shorter or longer than its header says.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise NotARecording(f"{path} is not a regular file")
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise NotARecording(f"{path} cannot be read: {error.strerror}") from None
    if not header or header[:16] != _MAGIC[: len(header)]:
        raise NotARecording(f"{path} is not an SQLite file, so it is no recording")
    if len(header) < 100:
        raise damaged(path, f"it is truncated to {size} bytes")
    # SQLite file format, "The Database Header": page size at 16 (1 means 65536), write and
    # read version at 18 (2 is WAL), size in pages at 28; big-endian.
    page_size, write_version, read_version = struct.unpack_from(">HBB", header, 16)
    (pages,) = struct.unpack_from(">I", header, 28)
    if 2 in (write_version, read_version):
        raise _not_sealed(path)
    expected = pages * (65536 if page_size == 1 else page_size)
    if size != expected:
        what = "truncated" if size < expected else "longer than it was"
        raise damaged(path, f"it is {what}: {size} bytes, not {expected}")


def verify(db: sqlite3.Connection, path: Path) -> Verified:
    """Check a whole sealed file.

    Raises:
        NotARecording, NotSealed, NewerSchema: it is another kind of file.
        RecordingDamaged: anything in it is not as it was sealed.
    """
    try:
        return _verify(db, path)
    except BadRecord as error:
        raise damaged(path, str(error)) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise damaged(path, f"SQLite cannot read it ({error})") from error


def _verify(db: sqlite3.Connection, path: Path) -> Verified:
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_ROW)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
        db.execute(f"PRAGMA {pragma}")
    kind = storage.application_id(db)
    if kind == storage.WORKING_ID:
        raise _not_sealed(path)
    if kind != storage.SEALED_ID:
        raise NotARecording(f"{path} is an SQLite file, but not a recording of this kit")
    storage.require_known_schema(db, path)
    if not storage.tables_are_exact(db):
        raise BadRecord("its tables are not those of a recording")
    meta = dict(_scan(db, "SELECT name, value FROM meta ORDER BY name"))
    if set(meta) != {"bodies", "evidence_root", "records", RUN_ID}:
        raise BadRecord("its seal is incomplete")
    run = decode(meta[RUN_ID])
    if run["record"] != "run" or run["sealed_at"] is None:
        raise BadRecord("its header does not say when it was sealed")
    check = RecordCheck()
    for record_id, raw in _in_order(db, meta[RUN_ID]):
        check.add(record_id, raw, decode(raw))
    bodies = Digests()
    check.finish(_kept(_bodies(db), bodies))
    root = check.tree.root().hex()
    stated = (meta["evidence_root"], meta["records"], meta["bodies"])
    if stated != (root.encode(), b"%d" % len(check.leaves), b"%d" % len(bodies)):
        raise BadRecord("its evidence root is not that of its records")
    return Verified(
        run=header_of(run),
        evidence_root=root,
        leaves=check.leaves,
        bodies=bodies,
        window=check.window,
        providers=tuple(sorted(check.providers)),
    )


def _in_order(db: sqlite3.Connection, run: bytes) -> Iterator[tuple[str, bytes]]:
    # "r-" < "run" < "x-": sorted by id, the tables follow one another.
    yield from _scan(db, "SELECT id, record FROM read ORDER BY id")
    yield RUN_ID, run
    yield from _scan(db, "SELECT id, record FROM exchange ORDER BY id")


def _scan(db: sqlite3.Connection, query: str) -> Iterator[tuple[str, bytes]]:
    previous = ""
    for key, value in db.execute(query):
        if not isinstance(key, str) or not isinstance(value, bytes):
            raise BadRecord("a row has columns of the wrong type")
        # Strictly ascending in storage order: no row comes twice, and look-ups find all rows.
        if key <= previous:
            raise BadRecord(f"row {key} is out of order")
        previous = key
        yield key, value


def _bodies(db: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    previous = ""
    for sha256, length, packed in db.execute(
        "SELECT sha256, length, packed FROM body ORDER BY sha256"
    ):
        if (type(sha256), type(length), type(packed)) != (str, int, bytes) or sha256 <= previous:
            raise BadRecord("a row of its bodies is malformed or out of order")
        try:
            storage.unpack(sha256, length, packed)
        except ValueError as error:
            raise BadRecord(f"body {sha256}: {error}") from None
        previous = sha256
        yield sha256, length


def _kept(rows: Iterable[tuple[str, int]], bodies: Digests) -> Iterator[tuple[str, int]]:
    for sha256, length in rows:
        bodies.append(sha256)
        yield sha256, length


class RecordCheck:
    """What one pass over the records gathers, and the references it must find resolved."""

    def __init__(self) -> None:
        self.tree = MerkleTree()
        self.leaves = Leaves()
        self.window: tuple[int, int] | None = None
        self.providers: set[tuple[str, str]] = set()
        # Exchange ids and body hashes as bytes: as text they would take twice the memory.
        self._expected: dict[bytes, bool] = {}  # exchange id → it must hold a whole answer
        self._lengths: dict[bytes, int] = {}

    def add(self, record_id: str, raw: bytes, record: dict[str, Any]) -> None:
        """Take the next record; all reads come before all exchanges."""
        if record["id"] != record_id or not record_id.startswith(_PREFIX[record["record"]]):
            raise BadRecord(f"row {record_id} holds another record")
        leaf = leaf_hash(raw)
        self.tree.append_hash(leaf)
        self.leaves.append(record_id, leaf)
        if record["record"] == "read":
            self._add_read(record)
        elif record["record"] == "exchange":
            self._add_exchange(record)

    def finish(self, bodies: Mapping[str, int] | Iterable[tuple[str, int]]) -> None:
        """Compare what was referred to with what is there.

        Args:
            bodies: SHA-256 and length of every body, each once.
        """
        if self._expected:
            raise BadRecord(f"exchange x-{min(self._expected).hex()} is missing")
        pairs = bodies.items() if isinstance(bodies, Mapping) else bodies
        for sha256, length in pairs:
            if self._lengths.pop(bytes.fromhex(sha256), None) != length:
                raise BadRecord("its bodies are not those that its exchanges name")
        if self._lengths:
            raise BadRecord("its bodies are not those that its exchanges name")

    def _add_read(self, read: dict[str, Any]) -> None:
        for exchange_id in read["exchanges"]:
            self._expected.setdefault(_digits(exchange_id), False)
        if read["outcome"] == "found":
            self._expected[_digits(read["chosen"])] = True
        slot = read["slot"]
        if read["commitment"] == "finalized" and slot is not None:
            first, last = self.window or (slot, slot)
            self.window = (min(first, slot), max(last, slot))

    def _add_exchange(self, exchange: dict[str, Any]) -> None:
        must_stand = self._expected.pop(_digits(exchange["id"]), None)
        if must_stand is None:
            raise BadRecord(f"{exchange['id']} belongs to no read")
        if must_stand:
            entries.check_stands(exchange)
        # Off the network (files, git, what the kit says of itself) there is no host.
        if exchange["provider"] != "checkout" and exchange["host"]:
            self.providers.add((exchange["provider"], exchange["host"]))
        if exchange["body_sha256"] is not None:
            length = exchange["body_length"]
            digest = bytes.fromhex(exchange["body_sha256"])
            if self._lengths.setdefault(digest, length) != length:
                raise BadRecord(f"{exchange['id']} states another length of its body")


def _digits(record_id: str) -> bytes:
    """The eight bytes that the sixteen hexadecimal digits of an id stand for."""
    return bytes.fromhex(record_id[2:])


def _not_sealed(path: Path) -> NotSealed:
    return NotSealed(
        f"{path} is a recording that is still being written: resume the run that writes it,"
        " or use the sealed file"
    )
