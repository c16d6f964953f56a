"""Program Metadata: interface, security contact and other files beside a program, on chain.

Only the canonical account of a program comes from its upgrade authority; anyone can write a
third-party one under a key of their own.

Sources: solana-program/program-metadata, program/src/state/{header,buffer,data,mod}.rs,
clients/js/src/packData.ts, README.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import ProgramAddress, find_program_address
from privatedao_audit.chain.borsh import Cursor, DecodeError
from privatedao_audit.chain.layouts.common import choice, key_seed, open_account, zero_is_none
from privatedao_audit.chain.layouts.compressed import MAX_UNPACKED_BYTES, unpack

__all__ = [
    "SEED_BYTES",
    "ExternalSource",
    "Metadata",
    "MetadataBuffer",
    "decode_metadata",
    "derive_canonical",
    "derive_third_party",
]

#: Length of a seed, in bytes; shorter ones ("idl", "security") are filled with zeros.
SEED_BYTES: Final = 16

_HEADER: Final = 96
_ENCODINGS: Final = ("none", "utf8", "base58", "base64")
_COMPRESSIONS: Final = ("none", "gzip", "zlib")
_FORMATS: Final = ("none", "json", "yaml", "toml")
_SOURCES: Final = ("direct", "url", "external")


@dataclass(frozen=True, slots=True)
class ExternalSource:
    """Where the content lies: ``length`` bytes of an account from ``offset``; None: all of it."""

    address: str
    offset: int
    length: int | None


@dataclass(frozen=True, slots=True)
class Metadata:
    """One file about a program.

    ``authority`` may rewrite it beside the upgrade authority; None: only that one may. Not
    ``mutable``: nobody may. ``canonical`` repeats the account's flag: hold it to the address with
    ``position``. ``data`` is as stored: packed by ``compression``.
    """

    program: str
    authority: str | None
    mutable: bool
    canonical: bool
    seed: str
    encoding: str
    compression: str
    format: str
    source: str
    data: bytes = field(repr=False)
    tail_nonzero: bool = False

    def position(self, address: str) -> str | None:
        """"canonical" or "third-party" by re-deriving ``address``; None when it is neither.

        Canonical is the upgrade authority's word at the time of writing; third-party is that of
        ``authority`` alone.
        """
        seeds = key_seed(self.program, "program"), seed_bytes(self.seed)
        if find_program_address(list(seeds), programs.PROGRAM_METADATA).address == address:
            return "canonical" if self.canonical else None
        if self.authority is None or self.canonical:
            return None
        if derive_third_party(self.program, self.authority, self.seed).address == address:
            return "third-party"
        return None

    def _unpacked(self, source: str, limit: int) -> bytes:
        if self.source != source:
            raise DecodeError("program metadata", None, f"its source is {self.source}")
        if self.compression != "none":
            return unpack(self.data, self.compression, "program metadata", limit=limit)
        if len(self.data) > limit:
            raise DecodeError("program metadata", None, f"longer than {limit} bytes")
        return self.data

    def content(self, *, limit: int = MAX_UNPACKED_BYTES) -> bytes:
        """The file itself, of source "direct", unpacked up to ``limit`` bytes.

        ``encoding`` only says how clients show these bytes as text ("base64": binary content).
        Raises DecodeError for another source, or data that is not what the header says.
        """
        return self._unpacked("direct", limit)

    def url(self, *, limit: int = 2048) -> str:
        """The address of the file, of source "url": text by a stranger, never to be fetched
        unasked. Raises DecodeError for another source or what is no UTF-8."""
        try:
            return self._unpacked("url", limit).decode("utf-8")
        except UnicodeDecodeError:
            raise DecodeError("program metadata", None, "its URL is not UTF-8") from None

    def external(self) -> ExternalSource:
        """The account that holds the content. Raises DecodeError for another source."""
        if self.source != "external":
            raise DecodeError("program metadata", None, f"its source is {self.source}")
        cursor = Cursor(self.data, "program metadata external source")
        address, offset = cursor.pubkey("address"), cursor.u32("offset")
        length = cursor.u32("length")
        cursor.finish()
        return ExternalSource(address, offset, length or None)


@dataclass(frozen=True, slots=True)
class MetadataBuffer:
    """Content being written, not yet anybody's metadata."""

    program: str | None
    authority: str | None
    canonical: bool
    seed: str
    data: bytes = field(repr=False)


def seed_bytes(seed: str) -> bytes:
    """A seed's text filled with zeros to 16 bytes. ValueError when it is longer, or has a zero."""
    raw = seed.encode("utf-8")
    if len(raw) > SEED_BYTES or b"\0" in raw or not raw:
        raise ValueError(f"a metadata seed is 1 to {SEED_BYTES} bytes without zeros")
    return raw.ljust(SEED_BYTES, b"\0")


def derive_canonical(program: str, seed: str) -> ProgramAddress:
    """Where the metadata that the upgrade authority wrote lies."""
    seeds = [key_seed(program, "program id"), seed_bytes(seed)]
    return find_program_address(seeds, programs.PROGRAM_METADATA)


def derive_third_party(program: str, authority: str, seed: str) -> ProgramAddress:
    """Where the metadata that ``authority`` wrote about somebody's program lies."""
    seeds = [key_seed(program, "program id"), key_seed(authority, "authority"), seed_bytes(seed)]
    return find_program_address(seeds, programs.PROGRAM_METADATA)


def _seed(cursor: Cursor) -> str:
    start = cursor.offset
    raw = cursor.fixed(SEED_BYTES, "seed").rstrip(b"\0")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise cursor.error("seed", "not UTF-8", start) from None
    if "\0" in text:
        raise cursor.error("seed", "a zero byte within", start)
    return text


def decode_metadata(owner: str, data: bytes) -> Metadata | MetadataBuffer:
    """A metadata account or a buffer for one. Raises DecodeError."""
    cursor = open_account(
        owner, data, layout="program metadata", program=programs.PROGRAM_METADATA
    )
    kind = cursor.u8("discriminator")
    if kind not in (1, 2):
        raise cursor.error("discriminator", f"unknown kind {kind}", 0)
    program = cursor.pubkey("program")
    authority = zero_is_none(cursor.pubkey("authority"))
    if kind == 1:
        canonical = cursor.boolean("canonical")
        seed = _seed(cursor)
        cursor.fixed(_HEADER - cursor.offset, "padding")
        return MetadataBuffer(zero_is_none(program), authority, canonical, seed, cursor.rest())
    mutable, canonical = cursor.boolean("mutable"), cursor.boolean("canonical")
    seed = _seed(cursor)
    encoding = choice(cursor, "encoding", _ENCODINGS)
    compression = choice(cursor, "compression", _COMPRESSIONS)
    format_ = choice(cursor, "format", _FORMATS)
    source = choice(cursor, "data_source", _SOURCES)
    length = cursor.u32("data_length")
    cursor.fixed(_HEADER - cursor.offset, "padding")
    content = cursor.fixed(length, "data")
    return Metadata(
        program, authority, mutable, canonical, seed, encoding, compression, format_, source,
        content, tail_nonzero=not cursor.tail_is_zero(),
    )
