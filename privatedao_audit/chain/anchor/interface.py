"""A program's interface at work: accounts, instructions and events out of their bytes.

What bytes are is told by their discriminator, and by nothing else; that the account belongs to
the program is for the caller to check first. Another program may use the same discriminator.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from privatedao_audit.chain.anchor.exact import EnumValue, read
from privatedao_audit.chain.anchor.generate import REFUSALS, Reader, compile_reader
from privatedao_audit.chain.anchor.idl import DataDef, Idl, InstructionDef
from privatedao_audit.chain.anchor.layout import Record
from privatedao_audit.chain.borsh import Cursor, DecodeError

__all__ = ["Decoded", "EnumValue", "Interface", "UnknownDiscriminator"]

Kind: TypeAlias = Literal["account", "instruction", "event"]
Decoder: TypeAlias = "Callable[[bytes], Decoded]"
#: No reader yet, or bytes that it does not accept.
_NOT_FAST: Final = (KeyError, *REFUSALS)
_SHOWN: Final = 8  # bytes of unknown data that an error repeats


class Decoded(NamedTuple):
    """What was read: the name in the IDL, the fields in order, and the bytes after them.

    Values: integers as int, public keys as base58 text, ``bytes`` and arrays of u8 as bytes,
    enums as EnumValue, structs as dict (a tuple struct as tuple), options as None or the value,
    vectors and arrays as list.
    """

    name: str
    fields: dict[str, Any]
    trailing: bytes

    @property
    def trailing_is_zero(self) -> bool:
        """Whether the bytes after the content are all zero, or there are none.

        Accounts are allocated for their longest content, so a zero tail is normal there; after
        an instruction or an event it is not.
        """
        return not self.trailing.strip(b"\0")

    @property
    def is_exact(self) -> bool:
        """Whether no byte follows the content."""
        return not self.trailing


class UnknownDiscriminator(DecodeError):
    """Bytes that begin with no discriminator of the interface, or are too short for one."""


class _Entry:
    """One account, instruction or event type."""

    __slots__ = ("discriminator", "kind", "layout", "name")

    def __init__(self, kind: Kind, definition: DataDef | InstructionDef) -> None:
        self.kind = kind
        self.name = definition.name
        self.discriminator = definition.discriminator
        self.layout = definition.layout

    def reader(self) -> Reader:
        """The fast reader of the type, or the plain one where there is no fast one."""
        start = len(self.discriminator)
        return compile_reader(self.layout, start, (Decoded, self.name)) or self.decode_exactly

    def decode_exactly(self, data: bytes) -> Decoded:
        cursor = Cursor(data, f"{self.kind} {self.name}")
        cursor.fixed(len(self.discriminator), "discriminator")
        fields = read(self.layout, cursor, "")
        return Decoded(self.name, fields, cursor.rest())


class _Family:
    """All accounts, instructions or events of an interface."""

    def __init__(self, kind: Kind, definitions: Sequence[DataDef | InstructionDef]) -> None:
        self.kind = kind
        self.by_name = {item.name: _Entry(kind, item) for item in definitions}
        self._entries = {entry.discriminator: entry for entry in self.by_name.values()}
        self._widths = sorted({len(discriminator) for discriminator in self._entries})
        self._readers: dict[bytes, Reader] = {}

    def decoder(self) -> Decoder:
        """The decode function. Readers are made when their type is first met."""
        # Nearly always every discriminator has eight bytes: then one look-up finds the reader.
        width = self._widths[0] if len(self._widths) == 1 else 0
        readers, decode_carefully = self._readers, self.decode_carefully

        def decode(data: bytes) -> Decoded:
            if type(data) is bytes:
                try:
                    found: Decoded = readers[data[:width]](data)
                    return found
                except _NOT_FAST:
                    pass
            return decode_carefully(data)

        return decode

    def decode_all(self, items: Sequence[bytes]) -> list[Decoded | DecodeError]:
        """Decode many; the error in place of a value that can not be decoded."""
        width = self._widths[0] if len(self._widths) == 1 else 0
        readers, decode_carefully = self._readers, self.decode_carefully
        found: list[Decoded | DecodeError] = []
        # What is made here refers to nothing that refers back, so the collector would walk a
        # growing heap again and again for nothing.
        collecting = gc.isenabled()
        gc.disable()
        try:
            for data in items:
                if type(data) is bytes:
                    try:
                        found.append(readers[data[:width]](data))
                        continue
                    except _NOT_FAST:
                        pass
                try:
                    found.append(decode_carefully(data))
                except DecodeError as error:
                    found.append(error.with_traceback(None))
        finally:
            if collecting:
                gc.enable()
        return found

    def decode_carefully(self, data: bytes) -> Decoded:
        """Decode whatever is given, slowly; every error is raised here.

        The plain reader knows the field and the byte of what is wrong, and its word counts.
        """
        data = _as_bytes(data, self.kind)
        for width in self._widths:
            entry = self._entries.get(data[:width])
            if entry is not None:
                if entry.discriminator not in self._readers:
                    self._readers[entry.discriminator] = entry.reader()
                return entry.decode_exactly(data)
        raise self._unknown(data)

    def entry(self, name: str) -> _Entry:
        if name not in self.by_name:
            raise KeyError(f"the interface has no {self.kind} {name}")
        return self.by_name[name]

    def _unknown(self, data: bytes) -> UnknownDiscriminator:
        if len(data) < min(self._widths, default=0):
            why = f"{len(data)} bytes ({data.hex()}), too short for a discriminator"
        else:
            why = f"begins with {data[:_SHOWN].hex()}, which the interface does not know"
        return UnknownDiscriminator(self.kind, 0, why)


class Interface:
    """The decoders of one program, made from its IDL.

    Every decoding method takes the raw bytes and raises DecodeError: UnknownDiscriminator for
    bytes of no type in the IDL, else an error with the field and the offset of what is wrong.
    """

    def __init__(self, idl: Idl) -> None:
        self.idl = idl
        self._families: dict[str, _Family] = {
            "account": _Family("account", idl.accounts),
            "instruction": _Family("instruction", idl.instructions),
            "event": _Family("event", idl.events),
        }
        #: Account, instruction or event out of raw bytes; the discriminator says which type.
        self.account: Decoder = self._families["account"].decoder()
        self.instruction: Decoder = self._families["instruction"].decoder()
        self.event: Decoder = self._families["event"].decoder()
        self._account_names = {
            item.name: tuple(account.name for account in item.accounts)
            for item in idl.instructions
        }
        #: Error code -> name, as numbered by this IDL; builds of other commits may differ.
        self.errors: Mapping[int, str] = MappingProxyType({e.code: e.name for e in idl.errors})

    def __reduce__(self) -> tuple[type[Interface], tuple[Idl]]:
        return Interface, (self.idl,)

    def accounts(self, items: Sequence[bytes]) -> list[Decoded | DecodeError]:
        """Many accounts at once, one answer for each in their order.

        An account that can not be decoded is answered by its DecodeError and stops nothing.
        """
        return self._families["account"].decode_all(items)

    def account_as(self, name: str, data: bytes) -> Decoded:
        """An account that must be of type ``name``.

        Raises UnknownDiscriminator for an account of another type, KeyError for a name that the
        interface does not have.
        """
        entry = self._families["account"].entry(name)
        raw = _as_bytes(data, "account")
        found = raw[: len(entry.discriminator)]
        if found != entry.discriminator:
            shown = found[:_SHOWN].hex() or "nothing"
            expected = entry.discriminator[:_SHOWN].hex()
            why = f"begins with {shown}, {name} with {expected}"
            raise UnknownDiscriminator(f"account {name}", 0, why)
        return self.account(raw)

    def account_names(self, instruction: str) -> tuple[str, ...]:
        """Names of the accounts of an instruction in order; KeyError for an unknown one."""
        if instruction not in self._account_names:
            raise KeyError(f"the interface has no instruction {instruction}")
        return self._account_names[instruction]

    def discriminator(self, kind: Kind, name: str) -> bytes:
        """The bytes that an account, instruction or event begins with.

        Raises KeyError for a kind or name that the interface does not have.
        """
        return self._families[kind].entry(name).discriminator

    def layout(self, kind: Kind, name: str) -> Record:
        """The resolved layout of a type. Raises KeyError for an unknown one, or a refused one."""
        layout = self._families[kind].entry(name).layout
        if not isinstance(layout, Record):
            raise KeyError(f"the {kind} {name} is not read")
        return layout

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Names of all accounts, instructions or events, in the order of the IDL."""
        return tuple(self._families[kind].by_name)

    def error_name(self, code: int) -> str | None:
        """The name of an error code in this IDL's numbering, None for one it does not have."""
        return self.errors.get(code)


def _as_bytes(data: bytes, what: str) -> bytes:
    if not isinstance(data, bytes | bytearray | memoryview):
        # bytes(5) would quietly become five zero bytes.
        raise DecodeError(what, None, f"expected bytes, got {type(data).__name__}")
    return bytes(data)
