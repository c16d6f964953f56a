"""Unpacking bytes that a stranger compressed, up to a limit and never beyond."""

from __future__ import annotations

import zlib
from typing import Final

from privatedao_audit.chain.borsh import DecodeError

__all__ = ["MAX_UNPACKED_BYTES", "unpack"]

#: Longest content that is unpacked, in bytes; interfaces are some hundred kilobytes at most.
MAX_UNPACKED_BYTES: Final = 4 * 2**20

_WINDOW_BITS: Final = {"zlib": zlib.MAX_WBITS, "gzip": zlib.MAX_WBITS | 16}


def unpack(packed: bytes, kind: str, what: str, *, limit: int = MAX_UNPACKED_BYTES) -> bytes:
    """The content of a "zlib" or "gzip" stream.

    Raises DecodeError naming ``what`` when the stream is broken, cut, followed by other bytes, or
    unpacks to more than ``limit`` bytes: no more than that is ever held.
    """
    stream = zlib.decompressobj(_WINDOW_BITS[kind])
    try:
        content = stream.decompress(packed, limit + 1)
    except zlib.error:
        raise DecodeError(what, None, f"not a {kind} stream") from None
    if len(content) > limit:
        raise DecodeError(what, None, f"unpacks to more than {limit} bytes")
    if not stream.eof:
        raise DecodeError(what, None, f"the {kind} stream is cut short")
    if stream.unused_data:
        raise DecodeError(what, None, f"{len(stream.unused_data)} bytes follow the {kind} stream")
    return content
