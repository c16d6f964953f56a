"""The security contact that a program carries in its executable (security.txt).

The makers' macro puts a string into the section ``.security.txt``: there stands the string's
address and length, and the text itself lies among the read-only data, between two marks. It asks
for the section where the compiler calls its target ``bpf``; today's call it ``sbf``, so a program
built now has the text and no such section, and the makers' own reader searches the file for the
marks. So does this one where there is no section, but only among the bytes that are loaded: a text
behind the tables or in a section of remarks is no part of the program.

Source: neodyme-labs/solana-security-txt, security-txt/src/{lib,parser}.rs, and its pull request 48.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.elf import Section, is_loaded, load_offset, sections

__all__ = ["BEGIN", "CONTACT_KINDS", "END", "MAX_BYTES", "Contact", "SecurityTxt", "find", "parse"]

BEGIN: Final = b"=======BEGIN SECURITY.TXT V1=======\0"
END: Final = b"=======END SECURITY.TXT V1=======\0"

#: Longest block that is read, marks included, in bytes; a PGP key is a few thousand.
MAX_BYTES: Final = 64 * 1024

REQUIRED: Final = ("name", "project_url", "contacts", "policy")
OPTIONAL: Final = (
    "preferred_languages", "source_code", "source_release", "source_revision", "encryption",
    "auditors", "acknowledgements", "expiry",
)
CONTACT_KINDS: Final = ("email", "discord", "telegram", "twitter", "link", "other")

_SECTION: Final = ".security.txt"
#: Where the loader places a program in memory; addresses in the file may hold it or not.
_REGION: Final = 0x1_0000_0000


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach the makers; ``value`` is their text, to be shown escaped."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """The fields of the block in its order: text by its makers, to be shown escaped.

    ``offset`` is where the block begins in the executable, in bytes. ``through_section`` tells
    that the section ``.security.txt`` pointed there; otherwise the marks were found by search.
    """

    fields: tuple[tuple[str, str], ...]
    contacts: tuple[Contact, ...]
    offset: int = 0
    through_section: bool = False

    def get(self, name: str) -> str | None:
        """The field of that name, None when the block has none."""
        return dict(self.fields).get(name)

    @property
    def empty_fields(self) -> tuple[str, ...]:
        """Required fields that are there, but blank."""
        return tuple(name for name in REQUIRED if not (self.get(name) or "").strip())


def parse(block: bytes) -> tuple[dict[str, str], tuple[Contact, ...]]:
    """The fields and contacts of a block that begins and ends with its marks.

    Raises DecodeError: marks missing or repeated, an odd number of parts, a key that is unknown
    or comes twice, a required one missing, no UTF-8, a contact without a known kind.
    """
    what = "security.txt"
    if len(block) > MAX_BYTES:
        raise DecodeError(what, None, f"longer than {MAX_BYTES} bytes")
    if not block.startswith(BEGIN):
        raise DecodeError(what, 0, "it does not begin with its mark")
    if not block.endswith(END) or len(block) < len(BEGIN) + len(END):
        raise DecodeError(what, None, "it does not end with its mark")
    body = block[len(BEGIN) : -len(END)]
    if BEGIN[:-1] in body or END[:-1] in body:
        raise DecodeError(what, None, "a mark stands inside")
    if body and not body.endswith(b"\0"):
        raise DecodeError(what, None, "its last value does not end")
    parts = body.split(b"\0")[:-1]
    if len(parts) % 2:
        raise DecodeError(what, None, "a key without a value")
    fields: dict[str, str] = {}
    for number in range(0, len(parts), 2):
        try:
            key, value = parts[number].decode("utf-8"), parts[number + 1].decode("utf-8")
        except UnicodeDecodeError:
            raise DecodeError(what, None, f"field {number // 2} is not UTF-8") from None
        if key not in REQUIRED and key not in OPTIONAL:
            raise DecodeError(what, None, f"field {number // 2} has an unknown key")
        if key in fields:
            raise DecodeError(what, None, f"{key} comes twice")
        fields[key] = value
    if missing := [name for name in REQUIRED if name not in fields]:
        raise DecodeError(what, None, f"{', '.join(missing)} missing")
    return fields, tuple(_contact(one) for one in fields["contacts"].split(","))


def _contact(text: str) -> Contact:
    kind, mark, value = text.partition(":")
    kind, value = kind.strip().lower(), value.strip()
    if not mark or kind not in CONTACT_KINDS or not value:
        kinds = ", ".join(CONTACT_KINDS)
        raise DecodeError("security.txt", None, f"a contact is not kind:value, of kinds {kinds}")
    return Contact(kind, value)


def _pointed(data: bytes, section: Section) -> tuple[int, int]:
    """(offset, length) of the text that the section points at."""
    what = "security.txt section"
    cursor = Cursor(data[section.offset : section.offset + section.size], what)
    raw, length = cursor.u64("pointer"), cursor.u64("length")
    if not len(BEGIN) + len(END) <= length <= MAX_BYTES:
        raise cursor.error("length", f"{length} bytes, at most {MAX_BYTES} are read", 8)
    # The pointer is relocated when the program is loaded. Until then compilers leave the address
    # in the whole word, or in its upper half alone.
    candidates = {raw, raw - _REGION, raw >> 32, (raw >> 32) - _REGION}
    hits = {
        at for address in candidates
        if address > 0 and (at := load_offset(data, address, length)) is not None
        and data.startswith(BEGIN, at)
    }
    if len(hits) != 1:
        raise cursor.error("pointer", "it does not lead to a block with its mark", 0)
    return hits.pop(), length


def _blocks(data: bytes) -> list[int]:
    """Offsets of all begin marks; two are enough to know that there are too many."""
    first = data.find(BEGIN)
    if first < 0:
        return []
    second = data.find(BEGIN, first + 1)
    return [first] if second < 0 else [first, second]


def find(executable: bytes) -> SecurityTxt | None:
    """The security.txt of an executable; None when it has neither the section nor the marks.

    Without that section the marks are searched for. Raises DecodeError for more than one block, a
    section that leads elsewhere than to the one block, a block found by search outside what is
    loaded or in no ELF file, an unfinished or faulty block, and an ELF file whose tables are
    broken.
    """
    starts = _blocks(executable)
    if len(starts) > 1:
        raise DecodeError("security.txt", None, "more than one block")
    table = sections(executable) if executable.startswith(b"\x7fELF") else ()
    named = [one for one in table if one.name == _SECTION]
    if len(named) > 1:
        raise DecodeError("security.txt", None, "more than one section")
    if named:
        start, length = _section_block(executable, named[0])
        if starts != [start]:
            raise DecodeError("security.txt", None, "the section leads to another block")
        block = executable[start : start + length]
    elif not starts:
        return None
    else:
        start = starts[0]
        end = executable.find(END, start, start + MAX_BYTES)
        if end < 0:
            raise DecodeError("security.txt", start, "the block does not end")
        block = executable[start : end + len(END)]
        _part_of_program(executable, start, len(block))
    fields, contacts = parse(block)
    return SecurityTxt(tuple(fields.items()), contacts, start, bool(named))


def _part_of_program(data: bytes, start: int, size: int) -> None:
    """Refuse a block that was found by search and is no part of what runs."""
    what = "security.txt"
    if not data.startswith(b"\x7fELF"):
        raise DecodeError(what, start, "the marks stand in what is no ELF file")
    if not is_loaded(data, start, size):
        raise DecodeError(what, start, "the marks stand outside the bytes that are loaded")


def _section_block(data: bytes, section: Section) -> tuple[int, int]:
    """The block of the section: the text itself, or what its pointer leads to."""
    content = data[section.offset : section.offset + section.size]
    if not content.startswith(BEGIN):
        return _pointed(data, section)
    end = content.find(END)
    if end < 0:
        raise DecodeError("security.txt", section.offset, "the block does not end")
    return section.offset, end + len(END)
