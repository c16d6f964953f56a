"""The zip file of a bundle: one way to write it, and nothing else is read.

Every header follows from name, CRC and sizes alone (no clock, no owner, no platform), so a reader
can rebuild each header and compare. What survives has no second reading: no gap, no data before,
between or after the files, no link, no encryption, no second directory, no field in which two
programs could disagree. Deflate is level 6; its exact bytes are those of the zlib in use, which
is why digests are taken over the files and never over the archive.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from privatedao_audit.bundle import layout
from privatedao_audit.bundle.errors import BadBundle

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_DEFLATE = 8
_DATE = 0x0021  # 1 January 1980, the first day that the format knows
_NEEDED = 20
_MADE_BY = 3 << 8 | _NEEDED  # Unix, so that the permissions mean something
_MODE = 0o100644


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle.

    Attributes:
        data: its bytes.
        packed: the same as a raw deflate stream. Kept, so that adding a signature changes no
            byte of any other file in the archive.
    """

    name: str
    data: bytes
    packed: bytes


def entry(name: str, data: bytes) -> Entry:
    """A file, compressed."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Entry(name, data, stream.compress(data) + stream.flush())


def write(entries: Iterable[Entry]) -> bytes:
    """The archive of these files, in the one order.

    Raises:
        BadBundle: it would be larger than what is read back.
    """
    body, directory = bytearray(), bytearray()
    ordered = sorted(entries, key=lambda one: layout.place(one.name))
    for one in ordered:
        head = _Head(one.name, zlib.crc32(one.data), len(one.packed), len(one.data), len(body))
        directory += head.central()
        body += head.local() + one.packed
    end = _end(len(ordered), len(directory), len(body))
    size = len(body) + len(directory) + len(end)
    why = layout.too_much(size, sum(len(one.data) for one in ordered))
    large = [one.name for one in ordered if len(one.data) > layout.MAX_FILE]
    why = why or _too_many([one.name for one in ordered])
    if size > layout.MAX_ARCHIVE or len(ordered) > layout.MAX_FILES:
        why = f"{len(ordered)} files in {size} bytes are more than a bundle may hold"
    if why or large:
        raise BadBundle("container", why or f"{large[0]} is larger than {layout.MAX_FILE} bytes")
    return bytes(body + directory) + end


def read(raw: bytes) -> dict[str, Entry]:
    """The files of an archive that :func:`write` could have made, in its order.

    Raises:
        BadBundle: anything about it is otherwise; the message names the file and what.
    """
    if len(raw) > layout.MAX_ARCHIVE:
        raise _bad(f"it has {len(raw)} bytes; at most {layout.MAX_ARCHIVE} are read")
    heads = list(_directory(raw))
    _check_names([head.name for head in heads])
    why = layout.too_much(len(raw), sum(head.size for head in heads))
    if why:
        raise _bad(why)
    return {head.name: _unpacked(raw, head) for head in heads}


@dataclass(frozen=True, slots=True)
class _Head:
    name: str
    crc: int
    packed: int
    size: int
    offset: int

    def local(self) -> bytes:
        name = self.name.encode("ascii")
        return _LOCAL.pack(
            b"PK\x03\x04", _NEEDED, 0, _DEFLATE, 0, _DATE, self.crc, self.packed, self.size,
            len(name), 0,
        ) + name  # fmt: skip

    def central(self) -> bytes:
        name = self.name.encode("ascii")
        return _CENTRAL.pack(
            b"PK\x01\x02", _MADE_BY, _NEEDED, 0, _DEFLATE, 0, _DATE, self.crc, self.packed,
            self.size, len(name), 0, 0, 0, 0, _MODE << 16, self.offset,
        ) + name  # fmt: skip


def _end(count: int, size: int, offset: int) -> bytes:
    # Beyond 16 bits the archive would need the 64-bit extension; MAX_FILES stays below.
    return _END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)


def _bad(why: str) -> BadBundle:
    return BadBundle("container", why)


def _directory(raw: bytes) -> Iterator[_Head]:
    """The heads of the files, each compared with what it must be, byte for byte."""
    if raw[:4] != b"PK\x03\x04":
        raise _bad("it is no bundle: it does not begin as a zip file with files in it")
    if len(raw) < _END.size or raw[-_END.size :][:4] != b"PK\x05\x06":
        raise _bad("it is truncated, or something was appended: no zip directory at its end")
    _, _, _, _, count, size, start, _ = _END.unpack(raw[-_END.size :])
    if raw[-_END.size :] != _end(count, size, start) or start + size + _END.size != len(raw):
        raise _bad("the end of its zip directory is not as a bundle has it")
    if count > layout.MAX_FILES:
        raise _bad(f"it lists {count} files; at most {layout.MAX_FILES} are read")
    at, offset = start, 0
    for _ in range(count):
        head, at = _central_at(raw, at, offset)
        local = head.local()
        if raw[offset : offset + len(local)] != local:
            raise _bad(f"{head.name}: its two headers differ, so programs would disagree about it")
        offset += len(local) + head.packed
        yield head
    if offset != start or at != start + size:
        raise _bad("there are bytes in it that belong to no file")


def _central_at(raw: bytes, at: int, offset: int) -> tuple[_Head, int]:
    fields = raw[at : at + _CENTRAL.size]
    if len(fields) < _CENTRAL.size or fields[:4] != b"PK\x01\x02":
        raise _bad("its zip directory is damaged")
    (_, _, _, flags, method, _, _, crc, packed, size, length, extra, remark, _, _, mode, _) = (
        _CENTRAL.unpack(fields)
    )
    end = at + _CENTRAL.size + length
    raw_name = raw[at + _CENTRAL.size : end]
    shown = ascii(raw_name.decode("utf-8", "replace")[:100])
    why = _name_fault(raw_name)
    if why:
        raise _bad(f"{shown}: {why}")
    if mode >> 16 & 0o170000 != 0o100000:
        raise _bad(f"{shown}: it is a link, a folder or a device, not a file")
    if flags or method != _DEFLATE or extra or remark:
        raise _bad(f"{shown}: it is encrypted, or packed in a way that no bundle is")
    if size > layout.MAX_FILE:
        raise _bad(f"{shown}: {size} bytes; at most {layout.MAX_FILE} are read")
    head = _Head(raw_name.decode("ascii"), crc, packed, size, offset)
    if raw[at:end] != head.central():
        raise _bad(f"{shown}: its entry in the zip directory is not as a bundle has it")
    return head, end


def _name_fault(name: bytes) -> str | None:
    text = name.decode("utf-8", "replace")
    if text.startswith(("/", "\\")) or text[1:2] == ":":
        return "an absolute path"
    if ".." in text.replace("\\", "/").split("/"):
        return "a path that leads out of the bundle"
    if text != layout.MANIFEST and not layout.is_covered(text) and not layout.is_beside(text):
        return "no file of a bundle has this name"
    return None


def _check_names(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        # Beside equal names: names that a file system without upper and lower case would merge.
        # Keys of signatures differ in case by right, and are no secret of the file system.
        folded = name if layout.is_beside(name) else name.casefold()
        if folded in seen:
            raise _bad(f"{name}: the name comes twice")
        seen.add(folded)
    if names != sorted(names, key=layout.place):
        raise _bad("its files are not in the order of a bundle")
    why = _too_many(names)
    if why:
        raise _bad(why)


def _too_many(names: list[str]) -> str | None:
    """Why so much can't lie beside a manifest; None when it can."""
    beside = {"signatures": layout.is_signature, "annotations": layout.is_annotations}
    for kind, belongs in beside.items():
        if sum(map(belongs, names)) > layout.MAX_SIGNATURES:
            return f"more than {layout.MAX_SIGNATURES} {kind}"
    return None


def _unpacked(raw: bytes, head: _Head) -> Entry:
    start = head.offset + len(head.local())
    packed = raw[start : start + head.packed]
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(packed, head.size + 1)
    except zlib.error:
        raise _bad(f"{head.name}: it does not unpack") from None
    if not stream.eof or stream.unused_data or len(data) != head.size:
        raise _bad(f"{head.name}: it does not unpack to the {head.size} bytes that it states")
    if zlib.crc32(data) != head.crc:
        raise _bad(f"{head.name}: its checksum is another")
    return Entry(head.name, data, packed)
