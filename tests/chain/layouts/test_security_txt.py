"""security.txt in an executable, and the ELF tables that lead to it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import elf
from privatedao_audit.chain.layouts import security_txt as sec

FIELDS = {
    "name": "Example", "project_url": "https://example.org",
    "contacts": "email:sec@example.org, Link:https://example.org/s", "policy": "https://e.org/p",
    "source_revision": "abc",
}


def block(fields: dict[str, str] | None = None, *, raw: bytes | None = None) -> bytes:
    held = FIELDS if fields is None else fields
    body = b"".join(f"{name}\0{value}\0".encode() for name, value in held.items())
    return sec.BEGIN + (body if raw is None else raw) + sec.END


def elf_file(
    sections: list[tuple[str, int, bytes]], *, segment: tuple[int, int, int] | None = None
) -> bytes:
    """A 64-bit ELF with those (name, address, content) and a section of names at the end."""
    names, body, rows = b"\0", b"", []
    start = 64 + 56
    for name, address, content in sections:
        rows.append((len(names), 1, address, start + len(body), len(content)))
        names += name.encode() + b"\0"
        body += content
    rows.append((len(names), 3, 0, start + len(body), len(names) + len(".shstrtab\0")))
    names += b".shstrtab\0"
    body += names
    table = start + len(body)
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3, 263, 1, 0, 64, table, 0, 64, 56, 1 if segment else 0, 64,
        len(rows) + 1, len(rows),
    )
    offset, address, size = segment or (0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, offset, address, address, size, size, 0)
    packed = bytes(64) + b"".join(
        struct.pack("<IIQQQQIIQQ", name, kind, 2 if address else 0, address, at, size, 0, 0, 1, 0)
        for name, kind, address, at, size in rows
    )
    return head + load + body + packed


def pointed(address: int, length: int, *, text: bytes | None = None) -> bytes:
    """The shape that the makers' macro gives: text in .rodata, pointer in its own section."""
    rodata = b"padding!" + (block() if text is None else text)
    return elf_file([(".rodata", 0x120, rodata),
                     (".security.txt", 0x900, struct.pack("<QQ", address, length))])


def test_the_section_leads_to_the_text() -> None:
    size = len(block())
    for address in (0x128, 0x1_0000_0128, 0x128 << 32, 0x1_0000_0128 & 0xFFFFFFFF):
        found = sec.find(pointed(address, size))
        assert found is not None
        assert found.through_section
        assert found.get("name") == "Example" and found.get("expiry") is None
        assert dict(found.fields) == FIELDS
        assert found.contacts == (sec.Contact("email", "sec@example.org"),
                                  sec.Contact("link", "https://example.org/s"))
        assert found.empty_fields == ()


def test_the_section_may_lead_through_a_segment_or_hold_the_text() -> None:
    size = len(block())
    pointer = struct.pack("<QQ", 0x500, size)
    data = elf_file([(".rodata", 0, block()), (".security.txt", 0, pointer)],
                    segment=(120, 0x500, size))
    found = sec.find(data)
    assert found is not None and found.through_section and found.offset == 120
    direct = sec.find(elf_file([(".security.txt", 0x10, block() + bytes(7))]))
    assert direct is not None and direct.through_section


def test_search_where_there_is_no_section() -> None:
    """As built today: the text among the read-only data, in a section or in a segment alone."""
    size = len(block())
    without_tables = bytearray(elf_file([(".rodata", 0, block())], segment=(120, 0x500, size)))
    without_tables[40:48] = bytes(8)
    without_tables[60:64] = bytes(4)
    for data in (elf_file([(".rodata", 0x120, b"x" + block())]), bytes(without_tables)):
        found = sec.find(data)
        assert found is not None and not found.through_section
        assert data[found.offset :].startswith(sec.BEGIN)


@pytest.mark.parametrize(("data", "clause"), [
    (block(), "no ELF file"),
    (b"no elf" + block() + b"tail", "no ELF file"),
    (elf_file([(".rodata", 0x120, b"x")]) + block(), "outside the bytes that are loaded"),
    (elf_file([(".comment", 0, block())]), "outside the bytes that are loaded"),
    (elf_file([(".rodata", 0, block())], segment=(121, 0x500, len(block()))), "outside the bytes"),
    (elf_file([(".rodata", 0, block())], segment=(120, 0x500, len(block()) - 1)), "outside the"),
    (elf_file([(".rodata", 0x120, block())]) + block(), "more than one block"),
])
def test_a_text_that_is_no_part_of_the_program(data: bytes, clause: str) -> None:
    with pytest.raises(DecodeError, match=clause):
        sec.find(data)


def test_absent() -> None:
    for data in (b"", b"code", elf_file([(".rodata", 0x120, b"nothing")]), bytes(1000)):
        assert sec.find(data) is None


@pytest.mark.parametrize(("data", "clause"), [
    (block() + block(), "more than one block"),
    (sec.BEGIN + b"name\0x\0", "does not end"),
    (sec.BEGIN + bytes(sec.MAX_BYTES) + sec.END, "does not end"),
    (elf_file([(".security.txt", 0, b""), (".security.txt", 0, b"")]), "more than one section"),
    (elf_file([(".security.txt", 0, struct.pack("<QQ", 9, 200))]), "does not lead"),
    (elf_file([(".security.txt", 0, bytes(15))]), "needs 8 bytes"),
    (elf_file([(".security.txt", 0, struct.pack("<QQ", 0x128, 2**63))]), "at most 65536"),
    (pointed(0x120, len(block())), "does not lead"),
    (pointed(0x128, len(block()) - 1), "does not end with its mark"),
    (pointed(0x128, len(block()) + 1, text=block() + b"\0"), "does not end with its mark"),
    (elf_file([(".rodata", 0x120, block()), (".security.txt", 0, sec.BEGIN)]),
     "more than one block"),
    (elf_file([(".security.txt", 0x10, sec.BEGIN + b"x")]), "does not end"),
])
def test_faulty_places(data: bytes, clause: str) -> None:
    with pytest.raises(DecodeError, match=clause):
        sec.find(data)


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in FIELDS.items() if key != name}


@pytest.mark.parametrize(("data", "clause"), [
    *((block(without(name)), f"{name} missing") for name in sec.REQUIRED),
    (block(raw=b""), "name, project_url, contacts, policy missing"),
    (block({**FIELDS, "secret": "x"}), "unknown key"),
    (block(raw=b"name\0a\0name\0b\0"), "name comes twice"),
    (block(raw=b"name\0a\0policy\0"), "a key without a value"),
    (block(raw=b"name\0a"), "last value does not end"),
    (block(raw=b"name\0\xff\0"), "field 0 is not UTF-8"),
    (block({**FIELDS, "contacts": "sec@example.org"}), "not kind:value"),
    (block({**FIELDS, "contacts": "fax:12"}), "not kind:value"),
    (block({**FIELDS, "contacts": "email:"}), "not kind:value"),
    (block({**FIELDS, "policy": sec.END[:-1].decode()}), "a mark stands inside"),
    (b"x" + block(), "does not begin"), (block()[:-1], "does not end"),
    (sec.BEGIN, "does not end"), (bytes(sec.MAX_BYTES + 1), "longer than"),
])
def test_faulty_blocks(data: bytes, clause: str) -> None:
    with pytest.raises(DecodeError, match=clause):
        sec.parse(data)


def test_blank_fields_are_told() -> None:
    found = sec.find(elf_file([(".rodata", 0x120, block({**FIELDS, "policy": " "}))]))
    assert found is not None and found.empty_fields == ("policy",)


def test_every_cut_of_an_elf_file_is_an_error_or_a_search() -> None:
    data = pointed(0x128, len(block()))
    for size in range(6, len(data)):
        with pytest.raises(DecodeError):
            sec.find(data[:size])


@given(st.data())
def test_changed_bytes_never_give_another_error(draw: st.DataObject) -> None:
    data = bytearray(pointed(0x128, len(block())))
    for _ in range(draw.draw(st.integers(1, 3))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        found = sec.find(bytes(data))
    except DecodeError as error:
        assert error.why
    else:
        assert found is None or found.fields


@pytest.mark.parametrize(("place", "value", "clause"), [
    (slice(0, 4), b"MZ\0\0", "not a 64-bit"), (slice(4, 5), b"\1", "not a 64-bit"),
    (slice(40, 48), b"\xff" * 8, "does not fit"), (slice(58, 60), b"\1\0", "does not fit"),
    (slice(60, 62), b"\xff\xff", "does not fit"),
    (slice(62, 64), b"\x09\0", "names does not exist"),
])
def test_hostile_headers(place: slice, value: bytes, clause: str) -> None:
    data = bytearray(elf_file([(".rodata", 0x120, b"abc")]))
    data[place] = value
    with pytest.raises(DecodeError, match=clause):
        elf.sections(bytes(data))


def test_hostile_sections() -> None:
    good = elf_file([(".rodata", 0x120, b"abc")])
    table = int.from_bytes(good[40:48], "little")
    for place, value in ((table + 64 + 24, 2**63), (table + 64 + 32, 2**63)):
        data = bytearray(good)
        data[place : place + 8] = value.to_bytes(8, "little")
        with pytest.raises(DecodeError, match="beyond the end"):
            elf.sections(bytes(data))
    data = bytearray(good)
    data[table + 64 : table + 68] = (2**31).to_bytes(4, "little")
    with pytest.raises(DecodeError, match="name does not end"):
        elf.sections(bytes(data))
    assert [one.name for one in elf.sections(good)] == [".rodata", ".shstrtab"]
    assert elf.load_offset(good, 0x121, 2) == 121
    assert elf.load_offset(good, 0x121, 3) is None
    broken = elf_file([(".rodata", 0, b"abc")], segment=(120, 0x500, 2**40))
    with pytest.raises(DecodeError, match="segment"):
        elf.load_offset(broken, 0x500, 1)
