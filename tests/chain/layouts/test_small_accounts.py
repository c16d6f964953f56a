"""Nonce accounts, verified-build records, Anchor IDL accounts and program metadata."""

from __future__ import annotations

import gzip
import zlib

import pytest
from solders.pubkey import Pubkey

from privatedao_audit.chain import programs
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import nonce, otter_verify, program_metadata
from privatedao_audit.chain.layouts.compressed import unpack
from tests.chain.layouts.encoding import (
    KEYS,
    ZERO,
    key,
    refuses_every_cut,
    refuses_other_owners,
    text,
    u8,
    u32,
    u64,
    vector,
)

A, B, C = KEYS[:3]
SYSTEM = programs.SYSTEM


def nonce_account(version: int = 1, state: int = 1) -> bytes:
    return u32(version) + u32(state) + key(A) + key(B) + u64(5000)


def test_nonce() -> None:
    found = nonce.decode_nonce(SYSTEM, nonce_account())
    assert found == nonce.Nonce("current", A, B, 5000)
    old = nonce.decode_nonce(SYSTEM, nonce_account(0))
    assert isinstance(old, nonce.Nonce) and old.version == "legacy"
    assert nonce.decode_nonce(SYSTEM, nonce_account(1, 0)) == nonce.UninitializedNonce("current")
    refuses_every_cut(nonce.decode_nonce, SYSTEM, nonce_account())
    refuses_other_owners(nonce.decode_nonce, nonce_account(), right=SYSTEM)
    for data, clause in ((nonce_account() + b"\0", "81 bytes"), (nonce_account(2), "version 2"),
                         (nonce_account(1, 2), "state 2")):
        with pytest.raises(DecodeError, match=clause):
            nonce.decode_nonce(SYSTEM, data)


def build_record(signer: str = B, bump: int = 255) -> bytes:
    return b"".join([
        bytes.fromhex("ce65c2888771730c"), key(A), key(signer), text("0.4.1"),
        text("https://example.org/repo"), text("a" * 40), vector([text("--library-name"),
        text("dao")]), u64(77), u8(bump),
    ])


def test_verified_build_record() -> None:
    owner = programs.OTTER_VERIFY
    address, bump = otter_verify.derive_build_record(B, A)
    seeds = [b"otter_verify", key(B), key(A)]
    assert address == str(Pubkey.find_program_address(seeds, Pubkey.from_string(owner))[0])
    found = otter_verify.decode_build_record(owner, build_record(bump=bump))
    assert (found.program, found.signer, found.deployed_slot) == (A, B, 77)
    assert (found.commit, found.args) == ("a" * 40, ("--library-name", "dao"))
    assert found.rederives(address) and not found.rederives(C)
    assert found.uploader(B) == "upgrade authority"
    assert found.uploader(C) == found.uploader(None) == "stranger"
    service = build_record(otter_verify.OTTER_SIGNER)
    assert otter_verify.decode_build_record(owner, service).uploader(B) == "service"
    refuses_every_cut(otter_verify.decode_build_record, owner, build_record())
    refuses_other_owners(otter_verify.decode_build_record, build_record(), right=owner)
    padded = build_record() + bytes(500)
    assert otter_verify.decode_build_record(owner, padded).args == found.args
    for data, clause in (
        (build_record() + b"\1", "not all zero"), (bytes(8) + build_record()[8:], "another type"),
        (build_record()[:72] + u32(2**31), "length 2147483648"),
        (build_record().replace(b"0.4.1", b"\xff.4.1"), "not UTF-8"),
    ):
        with pytest.raises(DecodeError, match=clause):
            otter_verify.decode_build_record(owner, data)
    names = {mark: otter_verify.instruction_name(bytes.fromhex(mark)) for mark in (
        "afaf6d1f0d989bed", "dbc858b09e3ffd7f", "62a5c9b16c41ce60", "00" * 8)}
    assert list(names.values()) == ["initialize", "update", "close", None]


def test_unpacking_at_the_limit() -> None:
    packed = zlib.compress(bytes(100))
    assert unpack(packed, "zlib", "x", limit=100) == bytes(100)
    with pytest.raises(DecodeError, match="x: unpacks to more than 99 bytes"):
        unpack(packed, "zlib", "x", limit=99)


PROGRAM = KEYS[9]
IDL = b'{"name": "dao"}'
META = programs.PROGRAM_METADATA


def metadata(data: bytes, *, authority: str = ZERO, mutable: int = 1, canonical: int = 1,
             seed: bytes = b"idl", shape: tuple[int, int, int, int] = (1, 2, 1, 0)) -> bytes:
    return b"".join([u8(2), key(PROGRAM), key(authority), u8(mutable, canonical),
                     seed.ljust(16, b"\0"), u8(*shape), u32(len(data)), bytes(5), data])


def read(data: bytes) -> program_metadata.Metadata:
    found = program_metadata.decode_metadata(META, data)
    assert isinstance(found, program_metadata.Metadata)
    return found


def test_canonical_metadata() -> None:
    data = metadata(zlib.compress(IDL))
    found = read(data)
    assert (found.program, found.authority, found.mutable, found.seed) == (
        PROGRAM, None, True, "idl")
    assert (found.encoding, found.compression, found.format, found.source) == (
        "utf8", "zlib", "json", "direct")
    assert found.content() == IDL
    seeds = [key(PROGRAM), b"idl".ljust(16, b"\0")]
    address = str(Pubkey.find_program_address(seeds, Pubkey.from_string(META))[0])
    assert program_metadata.derive_canonical(PROGRAM, "idl").address == address
    assert found.position(address) == "canonical"
    assert found.position(A) is None
    refuses_every_cut(program_metadata.decode_metadata, META, data)
    refuses_other_owners(program_metadata.decode_metadata, data, right=META)
    assert read(data + b"old").tail_nonzero


def test_third_party_metadata_is_never_canonical() -> None:
    stranger = read(metadata(zlib.compress(IDL), authority=A, canonical=0))
    address = program_metadata.derive_third_party(PROGRAM, A, "idl").address
    assert stranger.position(address) == "third-party"
    canonical = program_metadata.derive_canonical(PROGRAM, "idl").address
    # The flag and the address must agree; either alone is not believed.
    assert stranger.position(canonical) is None
    liar = read(metadata(zlib.compress(IDL), authority=A, canonical=1))
    assert liar.position(address) is None
    assert read(metadata(b"x", authority=ZERO, canonical=0)).position(address) is None


def test_metadata_content() -> None:
    packed = gzip.compress(IDL)
    assert read(metadata(packed, shape=(1, 1, 1, 0))).content() == IDL
    assert read(metadata(b"\0\1", shape=(3, 0, 0, 0))).content() == b"\0\1"
    link = read(metadata(zlib.compress(b"https://example.org"), shape=(1, 2, 1, 1)))
    assert link.url() == "https://example.org"
    with pytest.raises(DecodeError, match="source is url"):
        link.content()
    external = read(metadata(key(A) + u32(8) + u32(0), shape=(1, 0, 1, 2)))
    assert external.external() == program_metadata.ExternalSource(A, 8, None)
    with pytest.raises(DecodeError, match="source is external"):
        external.url()
    with pytest.raises(DecodeError, match="source is url"):
        link.external()
    with pytest.raises(DecodeError, match="unpacks to more than"):
        read(metadata(zlib.compress(bytes(5 * 2**20)))).content()
    with pytest.raises(DecodeError, match="longer than 3"):
        read(metadata(b"abcd", shape=(1, 0, 1, 0))).content(limit=3)
    with pytest.raises(DecodeError, match="not UTF-8"):
        read(metadata(b"\xff", shape=(1, 0, 1, 1))).url()


@pytest.mark.parametrize(("data", "clause"), [
    (u8(0) + bytes(95), "unknown kind 0"), (u8(3) + bytes(95), "unknown kind 3"),
    (metadata(b"x", mutable=2), "boolean"), (metadata(b"x", canonical=2), "boolean"),
    (metadata(b"x", seed=b"a\0b"), "zero byte within"), (metadata(b"x", seed=b"\xff"), "UTF-8"),
    (metadata(b"x", shape=(4, 0, 0, 0)), "encoding"),
    (metadata(b"x", shape=(0, 3, 0, 0)), "compression"),
    (metadata(b"x", shape=(0, 0, 4, 0)), "format"),
    (metadata(b"x", shape=(0, 0, 0, 3)), "data_source"),
])
def test_metadata_refusals(data: bytes, clause: str) -> None:
    with pytest.raises(DecodeError, match=clause):
        program_metadata.decode_metadata(META, data)


def test_metadata_buffer_is_nobodys_metadata() -> None:
    head = u8(1) + key(ZERO) + key(A) + u8(0) + bytes(16) + bytes(14)
    found = program_metadata.decode_metadata(META, head + b"content")
    assert found == program_metadata.MetadataBuffer(None, A, False, "", b"content")


@pytest.mark.parametrize("seed", ["", "a" * 17, "a\0b"])
def test_metadata_seeds(seed: str) -> None:
    with pytest.raises(ValueError, match="1 to 16 bytes"):
        program_metadata.derive_canonical(PROGRAM, seed)
