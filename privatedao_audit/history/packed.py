"""Long sequences of facts in bounded memory: packed by the thousand, unpacked when looked at.

A transaction as facts takes some kilobytes as objects and some hundred bytes packed. Short
sequences stay as they are. Packing is pickle, of objects that this process made itself; nothing
packed is ever written down or read from elsewhere.
"""

from __future__ import annotations

import gc
import heapq
import io
import pickle
import zlib
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from copyreg import dispatch_table
from dataclasses import fields, is_dataclass
from itertools import count
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Generic, Self, TypeVar, overload

__all__ = ["Log", "Packed"]

T = TypeVar("T")

#: Items packed together.
_CHUNK: Final = 1_024
#: Sequences up to this length are kept as they are.
_PLAIN: Final = 8 * _CHUNK
#: Chunks kept unpacked at a time, so that readers at a few places don't unpack in turns; of all
#: sequences together, since a history may have hundreds of them.
_OPEN: Final = 16
_opened: OrderedDict[tuple[int, int], list[Any]] = OrderedDict()
_serial = count()
#: Ascending stretches that are merged; a log with more is sorted as a whole.
_MOST_RUNS: Final = 256


class Packed(Sequence[T]):
    """An immutable sequence in ascending order of a number, packed."""

    def __init__(
        self, items: Iterable[T], number: Callable[[T], int], size: int | None = None
    ) -> None:
        self._chunks: list[bytes] = []
        self._numbers = array("q")
        self._size, self._name = size or _CHUNK, next(_serial)
        batch: list[T] = []
        for item in items:
            batch.append(item)
            self._numbers.append(number(item))
            if len(batch) == self._size:
                self._chunks.append(_pack(batch))
                batch = []
        if batch:
            self._chunks.append(_pack(batch))

    @classmethod
    def of(cls, chunks: list[bytes], numbers: array[int], size: int | None = None) -> Self:
        """The sequence of chunks that are packed already, each of ``size`` items but the last."""
        made = cls((), lambda _: 0, size)
        made._chunks, made._numbers = chunks, numbers
        return made

    def first_at(self, number: int) -> int:
        """Place of the first item with that number or a greater one."""
        return bisect_left(self._numbers, number)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        if isinstance(place, slice):
            return tuple(self[n] for n in range(*place.indices(len(self))))
        chunk, rest = divmod(range(len(self))[place], self._size)
        return self._unpacked(chunk)[rest]

    def __iter__(self) -> Iterator[T]:
        for chunk in self._chunks:
            yield from _unpack(chunk)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # Its name among the unpacked chunks is this process's own.
        return type(self).of, (self._chunks, self._numbers, self._size)

    def __repr__(self) -> str:
        return f"Packed({len(self)} items)"

    def _unpacked(self, chunk: int) -> list[T]:
        key = self._name, chunk
        found = _opened.pop(key, None)
        if found is None:
            found = _unpack(self._chunks[chunk])
            while len(_opened) >= _OPEN:
                _opened.popitem(last=False)
        _opened[key] = found
        return found


class Log(Generic[T]):
    """Items as they come, in any order, kept packed until they are wanted in order.

    Args:
        key: what they are ordered by; its first member is a number.
        size: items packed together; None: as many as of transactions.
        plain: up to so many are kept as they are once they are in order; None likewise.
    """

    def __init__(
        self,
        key: Callable[[T], tuple[int, Any]],
        size: int | None = None,
        plain: int | None = None,
    ) -> None:
        self._key, self._size = key, size or _CHUNK
        self._plain = _PLAIN if plain is None else plain
        self._runs: list[list[bytes]] = [[]]
        self._batch: list[T] = []
        self._last: tuple[int, Any] | None = None
        self._numbers = array("q")

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[T]:
        """The items as they came."""
        for run in self._runs:
            yield from _items(run)
        yield from self._batch

    def append(self, item: T) -> None:
        """Add an item."""
        key = self._key(item)
        if self._last is not None and key < self._last:
            self._flush()
            self._runs.append([])
        self._last = key
        self._batch.append(item)
        self._numbers.append(key[0])
        if len(self._batch) == self._size:
            self._flush()

    def in_order(self) -> Sequence[T]:
        """All items by their key; those of equal keys in the order in which they came."""
        if len(self) <= self._plain or len(self._runs) > _MOST_RUNS:
            return tuple(sorted(self, key=self._key))
        if len(self._runs) == 1:
            rest = [_pack(self._batch)] if self._batch else []
            return Packed.of([*self._runs[0], *rest], array("q", self._numbers), self._size)
        self._flush()
        merged = heapq.merge(*map(_items, self._runs), key=self._key)
        return Packed(merged, lambda item: self._key(item)[0], self._size)

    def _flush(self) -> None:
        if self._batch:
            self._runs[-1].append(_pack(self._batch))
            self._batch = []


def _items(run: list[bytes]) -> Iterator[Any]:
    for chunk in run:
        yield from _unpack(chunk)


class _Pickler(pickle.Pickler):
    """Takes dataclasses apart by their fields, five times as fast as their own way."""

    class _Table(dict[type, Any]):
        def __missing__(self, kind: type) -> Any:
            if not is_dataclass(kind):
                raise KeyError(kind)
            names = [field.name for field in fields(kind)]
            parts = attrgetter(*names)
            single = len(names) == 1
            self[kind] = lambda one: (kind, (parts(one),) if single else parts(one))
            return self[kind]

    dispatch_table = _Table(dispatch_table)
    dispatch_table[MappingProxyType] = lambda one: (dict, (dict(one),))


def _pack(items: list[Any]) -> bytes:
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(items)
    return zlib.compress(file.getbuffer(), 1)


def _unpack(chunk: bytes) -> list[Any]:
    data = zlib.decompress(chunk)
    # Facts hold no cycles: looking for some after each few hundred objects takes twice the time.
    paused = gc.isenabled()
    gc.disable()
    try:
        found: list[Any] = pickle.loads(data)
    finally:
        if paused:
            gc.enable()
    return found
