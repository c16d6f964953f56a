"""The records of a bundle as they stand in it, without writing a recording anew.

So the public form of a bundle can be compared as well: its records are those of the private one,
hashes of withheld answers included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privatedao_audit.bundle import layout
from privatedao_audit.evidence.records import decode


class BundledRecords:
    """What ``compare.recorded.Records`` asks for, over the files of a bundle that verified."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Decode the records.

        Args:
            files: path → content.
        """
        self._files = files
        self._reads: list[dict[str, Any]] = []
        self._exchanges: dict[str, dict[str, Any]] = {}
        for line in files[layout.RECORDS].split(b"\n"):
            record = decode(line) if line else {"record": ""}
            if record["record"] == "read":
                self._reads.append(record)
            elif record["record"] == "exchange":
                self._exchanges[record["id"]] = record

    def reads(self) -> Iterator[dict[str, Any]]:
        """All reads, sorted by id."""
        yield from sorted(self._reads, key=lambda one: str(one["id"]))

    def exchange(self, exchange_id: str) -> dict[str, Any] | None:
        """An exchange record."""
        return self._exchanges.get(exchange_id)

    def body(self, sha256: str) -> bytes | None:
        """The bytes of a body; None where it is withheld."""
        return self._files.get(f"blobs/{sha256}")
