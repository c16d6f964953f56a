"""Ids and hashes of the records of a verified file, compactly: forty bytes for each.

A history of a million transactions has two million records; as Python objects their ids and
hashes alone would fill half a gigabyte.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from privatedao_audit.evidence.records import RUN_ID

__all__ = ["Digests", "Leaves"]

_ID: Final = 8  # bytes that the 16 hexadecimal digits of an id stand for
_HASH: Final = 32


class Digests:
    """A set of SHA-256 digests, added in ascending order."""

    def __init__(self) -> None:
        self._data = bytearray()

    def append(self, sha256: str) -> None:
        """Add the next digest, 64 hexadecimal digits, greater than all before it."""
        self._data += bytes.fromhex(sha256)

    def __len__(self) -> int:
        return len(self._data) // _HASH

    def __contains__(self, sha256: str) -> bool:
        try:
            wanted = bytes.fromhex(sha256)
        except ValueError:
            return False
        if len(sha256) != 2 * _HASH or sha256 != wanted.hex():
            return False
        place = _place(self._data, wanted)
        return self._data[place * _HASH : (place + 1) * _HASH] == wanted


class Leaves:
    """Record id → leaf hash (32 bytes), added in ascending order of the ids."""

    def __init__(self) -> None:
        self._ids = {"r-": array("Q"), "x-": array("Q")}
        self._hashes = {"r-": bytearray(), "x-": bytearray()}
        self._run: bytes | None = None

    def append(self, record_id: str, leaf: bytes) -> None:
        """Add the next record; ids are ``run`` or ``r-`` and ``x-`` with 16 hexadecimal digits."""
        if record_id == RUN_ID:
            self._run = leaf
            return
        self._ids[record_id[:2]].append(int(record_id[2:], 16))
        self._hashes[record_id[:2]] += leaf

    def __len__(self) -> int:
        count = sum(len(one) for one in self._ids.values())
        return count + (self._run is not None)

    def reads(self) -> Iterator[str]:
        """Ids of all reads, ascending."""
        return self._of("r-")

    def __iter__(self) -> Iterator[str]:
        yield from self._of("r-")
        if self._run is not None:
            yield RUN_ID
        yield from self._of("x-")

    def __contains__(self, record_id: str) -> bool:
        return self.get(record_id) is not None

    def get(self, record_id: str) -> bytes | None:
        """The leaf hash of a record; None when there is no such record."""
        if record_id == RUN_ID:
            return self._run
        ids = self._ids.get(record_id[:2])
        try:
            wanted = bytes.fromhex(record_id[2:])
        except ValueError:
            return None
        if ids is None or len(wanted) != _ID or record_id[2:] != wanted.hex():
            return None
        number = int.from_bytes(wanted, "big")
        place = bisect_left(ids, number)
        if place == len(ids) or ids[place] != number:
            return None
        return bytes(self._hashes[record_id[:2]][place * _HASH : (place + 1) * _HASH])

    def _of(self, prefix: str) -> Iterator[str]:
        for number in self._ids[prefix]:
            yield f"{prefix}{number:0{2 * _ID}x}"


def _place(data: bytearray, wanted: bytes) -> int:
    """Where ``wanted`` stands among ascending rows of its own length, or would stand."""
    size = len(wanted)
    rows = range(len(data) // size)
    return bisect_left(rows, wanted, key=lambda row: bytes(data[row * size : (row + 1) * size]))
