"""The plain reader: one step per field, and an error that names the field and its byte.

It defines what is right; the generated readers must agree with it, and hand over to it for every
value that they do not accept.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

from privatedao_audit.chain.anchor.layout import (
    ArrayOf,
    Bool,
    Bytes,
    Choice,
    COptionOf,
    FixedBytes,
    Key,
    Layout,
    Number,
    OptionOf,
    Record,
    Refused,
    String,
    VecOf,
)
from privatedao_audit.chain.borsh import Cursor

__all__ = ["EnumValue", "read"]


@dataclass(frozen=True, slots=True)
class EnumValue:
    """An enum: the variant's name and its fields.

    ``fields`` is a dict for named fields, a tuple for nameless ones, () for a unit variant.
    """

    name: str
    fields: dict[str, Any] | tuple[Any, ...] = ()

    def __str__(self) -> str:
        return self.name


def read(layout: Layout, cursor: Cursor, field: str) -> Any:
    """One value of ``layout``; ``field`` is its path for errors.

    Raises DecodeError for bytes that end early, a tag that is not 0 or 1, an enum tag without a
    variant, a length beyond the bytes left, text that is not UTF-8, a NaN (Borsh forbids it) and
    a type that is not stored as Borsh.
    """
    if isinstance(layout, Record):
        return _record(layout, cursor, field)
    if isinstance(layout, Number):
        return _number(layout, cursor, field)
    if isinstance(layout, Key):
        return cursor.pubkey(field)
    if isinstance(layout, Bool):
        return cursor.boolean(field)
    if isinstance(layout, String):
        return cursor.string(field)
    if isinstance(layout, Bytes):
        return cursor.fixed(cursor.vec_length(field), field)
    if isinstance(layout, FixedBytes):
        return cursor.fixed(layout.minimum, field)
    if isinstance(layout, OptionOf):
        return read(layout.item, cursor, field) if cursor.option(field) else None
    if isinstance(layout, COptionOf):
        return _coption(layout, cursor, field)
    if isinstance(layout, VecOf):
        count = cursor.vec_length(field, layout.item.minimum)
        return [read(layout.item, cursor, f"{field}[{n}]") for n in range(count)]
    if isinstance(layout, ArrayOf):
        return [read(layout.item, cursor, f"{field}[{n}]") for n in range(layout.count)]
    if isinstance(layout, Choice):
        return _choice(layout, cursor, field)
    assert isinstance(layout, Refused)
    raise cursor.error(field, f"the type {layout.name} is not read: {layout.why}")


def _record(layout: Record, cursor: Cursor, field: str) -> dict[str, Any] | tuple[Any, ...]:
    prefix = f"{field}." if field else ""
    values = [
        read(item, cursor, prefix + name)
        for name, item in zip(layout.names, layout.items, strict=True)
    ]
    return dict(zip(layout.names, values, strict=True)) if layout.named else tuple(values)


def _number(layout: Number, cursor: Cursor, field: str) -> int | float:
    start = cursor.offset
    raw = cursor.fixed(layout.minimum, field)
    if layout.name[0] != "f":
        return int.from_bytes(raw, "little", signed=layout.name[0] == "i")
    value: float = struct.unpack("<f" if layout.minimum == 4 else "<d", raw)[0]
    if math.isnan(value):
        raise cursor.error(field, "NaN, which Borsh does not allow", start)
    return value


def _coption(layout: COptionOf, cursor: Cursor, field: str) -> Any:
    start = cursor.offset
    tag = cursor.u32(field)
    if tag == 1:
        return read(layout.item, cursor, field)
    if tag:
        raise cursor.error(field, f"coption tag must be 0 or 1, is {tag}", start)
    cursor.fixed(layout.item.minimum, field)
    return None


def _choice(layout: Choice, cursor: Cursor, field: str) -> EnumValue:
    start = cursor.offset
    tag = cursor.u8(field)
    if tag >= len(layout.variants):
        raise cursor.error(field, f"enum tag {tag}, of {len(layout.variants)} variants", start)
    name, record = layout.variants[tag]
    if not record.items:
        return EnumValue(name)
    fields = _record(record, cursor, f"{field}.{name}" if field else name)
    return EnumValue(name, fields)
