"""A linker for one-file Solana programs: assembled code and read-only data to a v0 ELF.

What the upgradeable loader asks of such a file: 64-bit little-endian, ET_DYN, machine 263;
the sections .text, .rodata, .dynamic, .dynsym, .dynstr and .rel.dyn; one R_BPF_64_32 relocation
per system call, naming an undefined symbol. Read-only data is mapped at 0x100000000 plus its
offset in the file. Source: anza-xyz/sbpf, src/elf.rs and src/elf_parser.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .sbf import WORD, Assembler

READ_ONLY_BASE = 0x1_0000_0000

_MACHINE_SBF = 263
_HEADER, _PROGRAM_HEADER, _SECTION_HEADER = 64, 56, 64
_SYMBOL, _RELOCATION, _DYNAMIC = 24, 16, 16
_CALL_RELOCATION = 10
_LOADABLE, _DYNAMIC_SEGMENT = 1, 2
_READ, _WRITE, _EXECUTE = 4, 2, 1
_ENTRY_NAME = "entrypoint"


@dataclass(frozen=True)
class _Section:
    name: str
    kind: int
    flags: int
    offset: int
    data: bytes
    link: int = 0
    info: int = 0
    alignment: int = 8
    entry_size: int = 0
    mapped: bool = True


def link(assembler: Assembler, read_only: bytes) -> bytes:
    """The ELF of a program whose first instruction is its entry point.

    Raises ValueError for a program that makes no system call: the loader refuses an empty
    relocation table.
    """
    if not assembler.calls:
        raise ValueError("a program must make a system call at least")
    read_only = read_only or b"\0"
    calls = sorted({name for _, name in assembler.calls})
    names, name_at = _string_table([_ENTRY_NAME, *calls])
    text_at = _HEADER + 3 * _PROGRAM_HEADER
    text_size = len(assembler) * WORD
    data_at = text_at + text_size
    dynamic_at = _aligned(data_at + len(read_only))
    symbols_at = dynamic_at + 9 * _DYNAMIC
    names_at = symbols_at + (2 + len(calls)) * _SYMBOL
    relocations_at = _aligned(names_at + len(names))

    for instruction, offset in assembler.constants:
        assembler.place_address(instruction, READ_ONLY_BASE + data_at + offset)
    symbols = bytes(_SYMBOL) + _symbol(name_at[_ENTRY_NAME], 0x12, 1, text_at, text_size)
    symbols += b"".join(_symbol(name_at[name], 0x10, 0, 0, 0) for name in calls)
    relocations = b"".join(
        # Symbols 0 and 1 are the null symbol and the entry point.
        struct.pack("<QQ", text_at + at * WORD, (calls.index(name) + 2) << 32 | _CALL_RELOCATION)
        for at, name in assembler.calls
    )
    dynamic = b"".join(
        struct.pack("<QQ", tag, value)
        for tag, value in (
            (30, 4),  # FLAGS: TEXTREL
            (17, relocations_at),  # REL
            (18, len(relocations)),  # RELSZ
            (19, _RELOCATION),  # RELENT
            (6, symbols_at),  # SYMTAB
            (11, _SYMBOL),  # SYMENT
            (5, names_at),  # STRTAB
            (10, len(names)),  # STRSZ
            (0, 0),  # end
        )
    )
    sections = [
        _Section(".text", 1, 6, text_at, assembler.code()),
        _Section(".rodata", 1, 2, data_at, read_only, alignment=1),
        _Section(".dynamic", 6, 3, dynamic_at, dynamic, link=5, entry_size=_DYNAMIC),
        _Section(".dynsym", 11, 2, symbols_at, symbols, link=5, info=1, entry_size=_SYMBOL),
        _Section(".dynstr", 3, 2, names_at, names, alignment=1),
        _Section(".rel.dyn", 9, 2, relocations_at, relocations, link=4, entry_size=_RELOCATION),
    ]
    segments = [
        _segment(_LOADABLE, _READ | _EXECUTE, text_at, text_size + len(read_only), 4096),
        _segment(
            _LOADABLE, _READ, symbols_at, relocations_at + len(relocations) - symbols_at, 4096
        ),
        _segment(_DYNAMIC_SEGMENT, _READ | _WRITE, dynamic_at, len(dynamic), 8),
    ]
    return _image(sections, segments, text_at)


def _image(sections: list[_Section], segments: list[bytes], entry: int) -> bytes:
    section_names, name_at = _string_table([one.name for one in sections] + [".shstrtab"])
    last = sections[-1]
    names_at = last.offset + len(last.data)
    sections = [
        *sections,
        _Section(".shstrtab", 3, 0, names_at, section_names, alignment=1, mapped=False),
    ]
    table_at = _aligned(names_at + len(section_names))
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQI", 3, _MACHINE_SBF, 1, entry, _HEADER, table_at, 0)
    header += struct.pack("<HHHHHH", _HEADER, _PROGRAM_HEADER, len(segments), _SECTION_HEADER,
                          len(sections) + 1, len(sections))  # fmt: skip
    image = bytearray(table_at)
    image[:_HEADER] = header
    programs = b"".join(segments)
    image[_HEADER : _HEADER + len(programs)] = programs
    table = bytearray(_SECTION_HEADER)
    for one in sections:
        image[one.offset : one.offset + len(one.data)] = one.data
        table += struct.pack(
            "<IIQQQQIIQQ",
            name_at[one.name],
            one.kind,
            one.flags,
            one.offset if one.mapped else 0,
            one.offset,
            len(one.data),
            one.link,
            one.info,
            one.alignment,
            one.entry_size,
        )
    return bytes(image + table)


def _segment(kind: int, flags: int, offset: int, size: int, alignment: int) -> bytes:
    # File offset, virtual and physical address are one and the same.
    return struct.pack("<IIQQQQQQ", kind, flags, offset, offset, offset, size, size, alignment)


def _symbol(name: int, info: int, section: int, value: int, size: int) -> bytes:
    return struct.pack("<IBBHQQ", name, info, 0, section, value, size)


def _string_table(names: list[str]) -> tuple[bytes, dict[str, int]]:
    table, places = bytearray(b"\0"), {}
    for name in names:
        places[name] = len(table)
        table += name.encode() + b"\0"
    return bytes(table), places


def _aligned(offset: int) -> int:
    return (offset + 7) & ~7
