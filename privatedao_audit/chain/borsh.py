"""A strict reader of little-endian bytes (Borsh and bincode) whose errors say where they stand.

Account and instruction bytes come from strangers. Slicing past the end of a Python ``bytes``
gives a shorter value and no error, so every read here is bounded first, and every tag that has a
fixed set of values is held to it.

Borsh and bincode differ in the width of a length (u32 and u64); the caller says which.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from solders.pubkey import Pubkey
from solders.signature import Signature

__all__ = ["MAX_BASE58_CHARACTERS", "Cursor", "DecodeError", "base58_bytes"]

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGIT: Final = {character: value for value, character in enumerate(_ALPHABET)}
#: Characters that 32 and 64 bytes have in base58.
_KEY_LENGTHS: Final = range(32, 45)
_SIGNATURE_LENGTHS: Final = range(64, 89)
_CHUNK: Final = 10  # 58**10 < 2**63: ten characters are gathered before one wide multiplication

#: An instruction made by a program holds at most 10 KiB of data, about 14,000 base58 characters.
MAX_BASE58_CHARACTERS: Final = 16_384


class DecodeError(ValueError):
    """Bytes or JSON that are not what they should be.

    ``what`` names the layout and field ("squads v4 multisig.threshold"), ``offset`` is the byte
    at which the field starts (None where the subject is JSON or the whole value), ``why`` is one
    clause a reader can act on. The message never holds the bytes themselves.
    """

    def __init__(self, what: str, offset: int | None, why: str) -> None:
        self.what = what
        self.offset = offset
        self.why = why
        place = what if offset is None else f"{what} at byte {offset}"
        super().__init__(f"{place}: {why}")

    def __reduce__(self) -> tuple[type[DecodeError], tuple[str, int | None, str]]:
        # Decoding runs in worker processes too: the default would rebuild from the message alone.
        return type(self), (self.what, self.offset, self.why)


class Cursor:
    """Reads ``data`` from left to right; every method takes the field's name for its error.

    Raises DecodeError from every reading method when the bytes end early or break the type's
    rule. A failed read does not move the cursor.
    """

    __slots__ = ("_data", "_offset", "what")

    def __init__(self, data: bytes, what: str) -> None:
        if not isinstance(data, bytes | bytearray | memoryview):
            # bytes(5) would quietly become five zero bytes.
            raise DecodeError(what, None, f"expected bytes, got {type(data).__name__}")
        self._data = bytes(data)
        self._offset = 0
        self.what = what

    @property
    def offset(self) -> int:
        """Offset of the next byte to be read."""
        return self._offset

    def error(self, field: str, why: str, offset: int | None = None) -> DecodeError:
        """A DecodeError that names ``field`` of this layout; at the present offset by default."""
        place = self._offset if offset is None else offset
        return DecodeError(f"{self.what}.{field}" if field else self.what, place, why)

    def remaining(self) -> int:
        """Number of bytes not read yet."""
        return len(self._data) - self._offset

    def fixed(self, size: int, field: str) -> bytes:
        """Exactly ``size`` bytes."""
        if size < 0 or size > self.remaining():
            raise self.error(field, f"needs {size} bytes, {self.remaining()} are left")
        start = self._offset
        self._offset = start + size
        return self._data[start : start + size]

    def _unsigned(self, size: int, field: str) -> int:
        return int.from_bytes(self.fixed(size, field), "little")

    def u8(self, field: str) -> int:
        """An unsigned byte."""
        return self._unsigned(1, field)

    def u16(self, field: str) -> int:
        """An unsigned 16-bit integer."""
        return self._unsigned(2, field)

    def u32(self, field: str) -> int:
        """An unsigned 32-bit integer."""
        return self._unsigned(4, field)

    def u64(self, field: str) -> int:
        """An unsigned 64-bit integer."""
        return self._unsigned(8, field)

    def u128(self, field: str) -> int:
        """An unsigned 128-bit integer."""
        return self._unsigned(16, field)

    def i64(self, field: str) -> int:
        """A signed 64-bit integer (two's complement), as used for Unix times in seconds."""
        return int.from_bytes(self.fixed(8, field), "little", signed=True)

    def _zero_or_one(self, field: str, kind: str) -> bool:
        start = self._offset
        value = self.u8(field)
        if value > 1:
            self._offset = start
            raise self.error(field, f"{kind} must be 0 or 1, is {value}")
        return value == 1

    def boolean(self, field: str) -> bool:
        """A boolean: one byte, 0 or 1 and nothing else."""
        return self._zero_or_one(field, "boolean")

    def option(self, field: str) -> bool:
        """The tag of an option: True when a value follows, False when none does."""
        return self._zero_or_one(field, "option tag")

    def pubkey(self, field: str) -> str:
        """A 32-byte public key as base58 text."""
        return str(Pubkey.from_bytes(self.fixed(32, field)))

    def _length(self, width: int, minimum_item_size: int, field: str) -> int:
        if minimum_item_size < 1:
            raise ValueError("minimum_item_size must be at least 1, or a length has no bound")
        start = self._offset
        count = self._unsigned(width, field)
        possible = self.remaining() // minimum_item_size
        if count > possible:
            self._offset = start
            raise self.error(field, f"length {count}, but the bytes left hold at most {possible}")
        return count

    def vec_length(self, field: str, minimum_item_size: int = 1) -> int:
        """A u32 item count (Borsh), refused when the bytes left can not hold that many items."""
        return self._length(4, minimum_item_size, field)

    def vec_length_u64(self, field: str, minimum_item_size: int = 1) -> int:
        """The same with a u64 count (bincode, as the loaders and the system program use)."""
        return self._length(8, minimum_item_size, field)

    def string(self, field: str) -> str:
        """A u32-prefixed UTF-8 string (Borsh)."""
        start = self._offset
        raw = self.fixed(self.vec_length(field), field)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self._offset = start
            why = f"not UTF-8 ({error.reason} in its byte {error.start})"
            raise self.error(field, why) from None

    def rest(self) -> bytes:
        """All bytes not read yet; the cursor stands at the end afterwards."""
        return self.fixed(self.remaining(), "rest")

    def tail_is_zero(self) -> bool:
        """Whether no byte after the cursor is set (true also when none is left)."""
        return self._data.count(0, self._offset) == self.remaining()

    def expect_zero_tail(self, field: str = "tail") -> None:
        """Raise unless every byte after the cursor is zero (an account longer than its content)."""
        if not self.tail_is_zero():
            raise self.error(field, f"{self.remaining()} bytes follow the content, not all zero")

    def finish(self) -> None:
        """Raise when bytes are left."""
        if self.remaining():
            raise self.error("", f"{self.remaining()} bytes follow the content")


def base58_bytes(text: object, what: str, *, limit: int = MAX_BASE58_CHARACTERS) -> bytes:
    """The bytes of a base58 text (Bitcoin alphabet; each leading "1" is one zero byte).

    ``limit`` bounds the characters: decoding costs the square of the length. Raises DecodeError
    for anything but text of the alphabet within the limit.
    """
    if not isinstance(text, str):
        raise DecodeError(what, None, f"expected base58 text, got {type(text).__name__}")
    if len(text) > limit:
        raise DecodeError(what, None, f"{len(text)} base58 characters, at most {limit} are read")
    # Keys and signatures, which nearly all are, by the library; whatever it refuses, step by step.
    if len(text) in _KEY_LENGTHS or len(text) in _SIGNATURE_LENGTHS:
        kind = Pubkey if len(text) in _KEY_LENGTHS else Signature
        with suppress(ValueError):
            return bytes(kind.from_string(text))
    number = 0
    for start in range(0, len(text), _CHUNK):
        part = text[start : start + _CHUNK]
        value = 0
        for index, character in enumerate(part):
            digit = _DIGIT.get(character)
            if digit is None:
                raise DecodeError(what, None, f"character {start + index} is not base58")
            value = value * 58 + digit
        number = number * 58 ** len(part) + value
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
