"""Rows of signature lists, kept compactly: a list of a million rows takes under 100 MB."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, overload

from solders.signature import Signature

from privatedao_audit.chain.answers import SignatureRow

__all__ = ["SignatureRows", "mark_of"]

_LENGTH: Final = 64  # bytes of a signature
_NO_TIME: Final = -(2**63)


def mark_of(signature: str) -> bytes:
    """The first 16 bytes of a signature: enough to tell any two apart, in a third of the memory.

    Two signatures with the same mark would take some 2^64 attempts to make.
    """
    return bytes(Signature.from_string(signature))[:16]


class SignatureRows(Sequence[SignatureRow]):
    """A sequence of rows in the order in which they were added, made anew when looked at.

    Slots and times are those that ``answers.signature_rows`` lets through: within 53 bits.
    """

    def __init__(self, rows: Iterable[SignatureRow] = ()) -> None:
        self._signatures = bytearray()
        self._slots = array("q")
        self._times = array("q")
        self._errors = array("I")
        self._kinds: dict[str, int] = {}
        self._values: list[Any] = []
        self.extend(rows)

    def extend(self, rows: Iterable[SignatureRow]) -> None:
        """Add rows at the end."""
        for row in rows:
            self._signatures += bytes(Signature.from_string(row.signature))
            self._slots.append(row.slot)
            self._times.append(_NO_TIME if row.block_time is None else row.block_time)
            self._errors.append(self._kind(row.err))

    def _kind(self, err: Any) -> int:
        # Few errors come many times: each is kept once.
        name = json.dumps(err, sort_keys=True)
        number = self._kinds.setdefault(name, len(self._values))
        if number == len(self._values):
            self._values.append(err)
        return number

    def __len__(self) -> int:
        return len(self._slots)

    @overload
    def __getitem__(self, place: int) -> SignatureRow: ...
    @overload
    def __getitem__(self, place: slice) -> SignatureRows: ...
    def __getitem__(self, place: int | slice) -> SignatureRow | SignatureRows:
        if isinstance(place, slice):
            return SignatureRows(self[n] for n in range(*place.indices(len(self))))
        number = range(len(self))[place]
        raw = self._signatures[number * _LENGTH : (number + 1) * _LENGTH]
        time = self._times[number]
        return SignatureRow(
            str(Signature.from_bytes(bytes(raw))),
            self._slots[number],
            self._values[self._errors[number]],
            None if time == _NO_TIME else time,
        )

    def __iter__(self) -> Iterator[SignatureRow]:
        return (self[number] for number in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != len(self):
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"SignatureRows({len(self)} rows)"
