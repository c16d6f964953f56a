"""The little of ELF that an auditor needs: where a named section lies in the file.

Offsets and sizes come from a stranger, so each is held to the file before it is followed. Only
64-bit little-endian files are read, which is what every loader takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from privatedao_audit.chain.borsh import Cursor, DecodeError

__all__ = ["MAX_SECTIONS", "Section", "is_loaded", "load_offset", "sections"]

#: A program has some dozen sections; more than this is refused.
MAX_SECTIONS: Final = 4096

_HEADER: Final = 64
_SECTION: Final = 64
_PROGRAM: Final = 56
_NOBITS: Final = 8
#: Flag of a section that takes memory when the program runs (SHF_ALLOC).
_IN_MEMORY: Final = 2
_MAX_NAME: Final = 256


@dataclass(frozen=True, slots=True)
class Section:
    """A section by name; ``offset`` and ``size`` in bytes of the file, ``address`` in memory.

    ``loaded``: it takes memory when the program runs; names, symbols and remarks do not.
    """

    name: str
    address: int
    offset: int
    size: int
    loaded: bool = False


def _header(data: bytes) -> Cursor:
    cursor = Cursor(data, "elf header")
    if cursor.fixed(6, "ident") != b"\x7fELF\x02\x01":
        raise cursor.error("ident", "not a 64-bit little-endian ELF file", 0)
    if cursor.remaining() < _HEADER - 6:
        raise cursor.error("", "the file is shorter than its header")
    return cursor


def _table(data: bytes, kind: str) -> Iterator[Cursor]:
    """Cursors on the entries of the "section" or "program" header table."""
    cursor = _header(data)
    cursor.fixed(32 - 6, "ident")
    program_at, section_at = cursor.u64("phoff"), cursor.u64("shoff")
    cursor.fixed(6, "flags")
    shapes = [cursor.u16(name) for name in ("phentsize", "phnum", "shentsize", "shnum")]
    if kind == "section":
        at, size, count, wanted = section_at, shapes[2], shapes[3], _SECTION
    else:
        at, size, count, wanted = program_at, shapes[0], shapes[1], _PROGRAM
    if not count or not at:
        return
    if size != wanted or count > MAX_SECTIONS or at + size * count > len(data):
        raise DecodeError("elf header", None, f"its {kind} table does not fit into the file")
    for number in range(count):
        yield Cursor(data[at + number * size : at + (number + 1) * size], f"elf {kind} {number}")


def _raw_sections(data: bytes) -> Iterator[tuple[int, int, Section]]:
    """(offset of the name, type, section without a name)."""
    for cursor in _table(data, "section"):
        name, kind = cursor.u32("name"), cursor.u32("type")
        loaded = bool(cursor.u64("flags") & _IN_MEMORY)
        address, offset, size = cursor.u64("addr"), cursor.u64("offset"), cursor.u64("size")
        yield name, kind, Section("", address, offset, size, loaded)


def sections(data: bytes) -> tuple[Section, ...]:
    """The sections of the file that hold bytes, in file order; empty when it has no table.

    Raises DecodeError for what is no ELF file, a table or a section beyond the file's end, or a
    name that does not end.
    """
    found = list(_raw_sections(data))
    if not found:
        return ()
    cursor = _header(data)
    cursor.fixed(_HEADER - 2 - 6, "header")
    index = cursor.u16("shstrndx")
    if index >= len(found):
        raise DecodeError("elf header", None, "its section of names does not exist")
    table = found[index][2]
    _hold(data, table)
    names = data[table.offset : table.offset + table.size]
    result: list[Section] = []
    for at, kind, section in found:
        if kind in (0, _NOBITS):
            continue
        _hold(data, section)
        end = names.find(b"\0", at, at + _MAX_NAME)
        if end < 0:
            raise DecodeError("elf section", None, "its name does not end")
        name = names[at:end].decode("ascii", "backslashreplace")
        result.append(replace(section, name=name))
    return tuple(result)


def _hold(data: bytes, section: Section) -> None:
    """Refuse a section beyond the file, without copying it: thousands may name the same bytes."""
    if section.offset + section.size > len(data):
        raise DecodeError("elf section", None, "it reaches beyond the end of the file")


def load_offset(data: bytes, address: int, size: int) -> int | None:
    """Where the ``size`` bytes at ``address`` in memory lie in the file, None when they don't.

    By the section that holds them, else by the loaded segment. Raises DecodeError as
    ``sections``.
    """
    for section in sections(data):
        if section.address and 0 <= address - section.address <= section.size - size:
            return section.offset + address - section.address
    for offset, start, held in _segments(data):
        if 0 <= address - start <= held - size:
            return offset + address - start
    return None


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(offset, address, bytes in the file) of the segments that are loaded."""
    for cursor in _table(data, "program"):
        kind = cursor.u32("type")
        cursor.u32("flags")
        offset, start = cursor.u64("offset"), cursor.u64("vaddr")
        cursor.u64("paddr")
        held = cursor.u64("filesz")
        if kind != 1:
            continue
        if offset + held > len(data):
            raise DecodeError("elf segment", None, "it reaches beyond the end of the file")
        yield offset, start, held


def is_loaded(data: bytes, offset: int, size: int) -> bool:
    """Whether ``size`` bytes of the file become part of the program when it runs.

    They lie in one section that takes memory, or in one loaded segment. Raises DecodeError as
    ``sections``.
    """
    places = [(one.offset, one.size) for one in sections(data) if one.loaded]
    places += [(start, held) for start, _, held in _segments(data)]
    return any(0 <= offset - start <= held - size for start, held in places)
