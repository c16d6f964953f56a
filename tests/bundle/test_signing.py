"""Signing: what a signature covers, key files, and Ed25519 without a library."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import bundle_samples as samples
import pytest
from bundle_samples import AUDITOR, TEAM

from privatedao_audit.bundle import container, signing
from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.bundle.cosign import prepare
from privatedao_audit.bundle.errors import CannotSign
from privatedao_audit.bundle.signing import Key, Role
from privatedao_audit.bundle.verify import verify

MESSAGE = b"a message"
SECRET = list(bytes(TEAM))


def packed(raw: bytes) -> dict[str, bytes]:
    return {name: one.packed for name, one in container.read(raw).items()}


def test_a_signature_changes_no_byte_of_any_other_file(raw: bytes, signed: bytes) -> None:
    before, after = packed(raw), packed(signed)
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 2
    assert verify(raw).bundle_digest == verify(signed).bundle_digest


def test_the_order_of_signing_does_not_matter(raw: bytes, signed: bytes) -> None:
    turned = samples.sign(samples.sign(raw, AUDITOR, "auditor"), TEAM, "team")
    assert turned == signed
    assert samples.sign(signed, TEAM, "team") == signed


def test_it_is_an_in_toto_statement_over_every_file(signed: bytes) -> None:
    files = samples.files_of(signed)
    whole = json.loads(files[f"signatures/team-{TEAM.pubkey()}.dsse.json"])
    said = json.loads(base64.b64decode(whole["payload"]))
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert whole["payloadType"] == "application/vnd.in-toto+json"
    covered = {name for name in files if not name.startswith("signatures/")}
    assert {row["name"] for row in said["subject"]} == covered
    assert said["predicate"]["bundle_digest"] == verify(signed).bundle_digest
    assert said["predicate"]["role"] == "team"


def test_the_bytes_to_sign_are_those_of_dsse(raw: bytes) -> None:
    pending = prepare(raw, str(TEAM.pubkey()), Role.TEAM, None)
    head, kind, body = pending.message.split(b" ", 3)[0], *pending.message.split(b" ", 3)[2:]
    assert (head, kind) == (b"DSSEv1", b"application/vnd.in-toto+json")
    size, payload = body.split(b" ", 1)
    assert int(size) == len(payload)


def test_a_disagreement_is_signed_with_its_reason(raw: bytes) -> None:
    whole = samples.sign(raw, AUDITOR, "auditor", "  One vault was not looked at.\n")
    (one,) = verify(whole).signatures
    assert one.words.disagrees == "One vault was not looked at."
    with pytest.raises(CannotSign, match="already"):
        samples.sign(whole, AUDITOR, "auditor")


@pytest.mark.parametrize("reason", ["", " \n", "x" * 2_001])
def test_a_disagreement_needs_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(CannotSign, match="reason"):
        samples.sign(raw, AUDITOR, "auditor", reason)


def test_one_key_signs_in_one_role(signed: bytes) -> None:
    with pytest.raises(CannotSign, match="one role"):
        samples.sign(signed, TEAM, "auditor")


def test_what_does_not_verify_is_not_signed(raw: bytes) -> None:
    files = samples.edited(
        samples.files_of(raw), "findings.json", lambda value: value["verdict"].update(word="READY")
    )
    with pytest.raises(CannotSign, match="does not verify"):
        samples.sign(samples.zipped(files), TEAM, "team")


def test_a_signature_over_something_else_is_not_attached(raw: bytes) -> None:
    pending = prepare(raw, str(TEAM.pubkey()), Role.TEAM, None)
    other = prepare(raw, str(TEAM.pubkey()), Role.AUDITOR, None)
    for wrong in (
        bytes(TEAM.sign_message(other.message)), bytes(AUDITOR.sign_message(pending.message)),
        bytes(64), b"",
    ):  # fmt: skip
        with pytest.raises(CannotSign, match="no signature of"):
            pending.attach(wrong)


# Key files


def test_a_key_file_is_read(tmp_path: Path) -> None:
    place = tmp_path / "id.json"
    place.write_text(json.dumps(SECRET))
    key = Key(place)
    assert key.public == str(TEAM.pubkey())
    assert key.sign(MESSAGE) == bytes(TEAM.sign_message(MESSAGE))
    assert repr(key) == f"Key({TEAM.pubkey()})"


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(SECRET[:63]), json.dumps([*SECRET, 0]), json.dumps([*SECRET[:63], 256]),
        json.dumps([*SECRET[:63], True]), json.dumps([*SECRET[:63], -1]),
        json.dumps([*SECRET[:32], *list(bytes(AUDITOR))[32:]]), json.dumps(SECRET)[:-1],
        json.dumps({"key": SECRET}), json.dumps(list(map(str, SECRET))), "", "[" * 5_000,
        json.dumps(SECRET) + " " * 5_000, "\udcff", json.dumps([float(n) for n in SECRET]),
    ],
)  # fmt: skip
def test_a_bad_key_file_is_refused_and_not_repeated(tmp_path: Path, content: str) -> None:
    place = tmp_path / "id.json"
    place.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(CannotSign, match="is no key pair") as caught:
        Key(place)
    error: BaseException | None = caught.value
    while error is not None:
        shown = str(error) + repr(error.args)
        assert ", ".join(map(str, SECRET[:4])) not in shown
        assert str(SECRET[:4])[1:-1] not in shown
        error = error.__cause__ or error.__context__


def test_what_is_no_file_is_no_key(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "nowhere", tmp_path / "pipe"):
        with pytest.raises(CannotSign, match="no such file"):
            Key(place)


# Ed25519

#: RFC 8032, section 7.1, tests 1 to 3: key, message, signature.
VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vectors_of_the_standard_hold(vector: tuple[str, str, str]) -> None:
    key, message, signature = map(bytes.fromhex, vector)
    assert alone.signature_holds(key, signature, message)
    assert not alone.signature_holds(key, signature, message + b"x")


def test_it_agrees_with_the_library_on_keys_and_changed_bits() -> None:
    for number in range(6):
        pair = samples.pair(f"key {number}")
        key, text = bytes(pair.pubkey()), str(pair.pubkey())
        assert alone.key_bytes(text) == key
        good = bytes(pair.sign_message(MESSAGE))
        assert alone.signature_holds(key, good, MESSAGE)
        for bit in range(number, 512, 97):
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << bit % 8
            assert not alone.signature_holds(key, bytes(bad), MESSAGE)
            assert not signing.holds(text, bytes(bad), MESSAGE)


def encoded(point: tuple[int, int, int, int]) -> bytes:
    inverse = pow(point[2], alone.P - 2, alone.P)
    x, y = point[0] * inverse % alone.P, point[1] * inverse % alone.P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def small() -> list[bytes]:
    """Encodings of points of small order, and further spellings of them."""
    order8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
    point = alone.decoded(order8)
    assert point is not None
    found = [encoded(alone.times(n, point)) for n in range(8)]
    beyond = [alone.P, alone.P + 1, 2**255 - 1, 1 | 1 << 255, alone.P - 1 | 1 << 255]
    return [*found, *(number.to_bytes(32, "little") for number in beyond)]


def base58(raw: bytes) -> str:
    from solders.pubkey import Pubkey

    return str(Pubkey.from_bytes(raw))


def test_malleable_and_degenerate_signatures_are_refused_by_both() -> None:
    key, good = bytes(TEAM.pubkey()), bytes(TEAM.sign_message(MESSAGE))
    scalar = int.from_bytes(good[32:], "little") + alone.L
    cases = [(key, good[:32] + scalar.to_bytes(32, "little")), (key, good[:32] + b"\xff" * 32)]
    zero = bytes(32)
    for point in small():
        cases += [(point, point + zero), (point, good), (key, point + good[32:])]
        cases += [
            (point, encoded(alone.ZERO) + zero),
            (point, encoded(alone.BASE) + b"\1" + zero[1:]),
        ]
    for raw_key, signature in cases:
        assert not alone.signature_holds(raw_key, signature, MESSAGE)
        assert not signing.holds(base58(raw_key), signature, MESSAGE)


@pytest.mark.parametrize("text", ["", "1" * 31, "1" * 45, "0" * 32, "l" * 43, "z" * 44, "é" * 40])
def test_what_is_no_key_is_refused_by_both(text: str) -> None:
    assert alone.key_bytes(text) is None
    assert not signing.is_key(text)
    assert not signing.holds(text, bytes(64), MESSAGE)
