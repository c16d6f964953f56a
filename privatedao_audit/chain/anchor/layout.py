"""Types with every name resolved: what the readers walk. Made by resolve, never by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "MAX_SIZE",
    "ArrayOf",
    "Bool",
    "Bytes",
    "COptionOf",
    "Choice",
    "FixedBytes",
    "Key",
    "Layout",
    "Number",
    "OptionOf",
    "Record",
    "Refused",
    "String",
    "VecOf",
]

#: Longest account the runtime allows, in bytes; no value is longer.
MAX_SIZE: Final = 10 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What every layout knows about itself.

    ``minimum``: fewest bytes a value takes; ``fixed``: every value takes exactly these.
    ``weight``: nodes below and including it. ``depth``: levels. ``readable``: no refused type in
    it.
    """

    minimum: int
    fixed: bool = True
    weight: int = 1
    depth: int = 1
    readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Layout):
    """An integer or a float; ``minimum`` is its width in bytes."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bool(Layout):
    """One byte, 0 or 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Layout):
    """A public key of 32 bytes; base58 text as a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedBytes(Layout):
    """An array of u8; ``minimum`` bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes(Layout):
    """A u32 length and that many bytes (``bytes``, or a vec of u8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class String(Layout):
    """A u32 length and that many bytes of UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionOf(Layout):
    """A tag byte, then the item or nothing."""

    item: Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class COptionOf(Layout):
    """A tag of four bytes, then always the bytes of the item."""

    item: Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class VecOf(Layout):
    """A u32 count and that many items of at least one byte each."""

    item: Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayOf(Layout):
    """``count`` items."""

    item: Layout
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Layout):
    """Fields one after the other: a dict as a value, or a tuple when not ``named``."""

    named: bool
    names: tuple[str, ...]
    items: tuple[Layout, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Layout):
    """An enum: a tag byte, the position of the variant, then its fields."""

    variants: tuple[tuple[str, Record], ...]

    @property
    def is_plain(self) -> bool:
        """Whether no variant has fields, so that the tag is all."""
        return not any(record.items for _, record in self.variants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Layout):
    """A type whose bytes can not be read, and why."""

    name: str
    why: str
