"""Off-chain messages: known bytes, every refusal, and signatures that must not pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from privatedao_audit.chain import offchain_message as off
from privatedao_audit.chain.borsh import DecodeError

HEAD = b"\xffsolana offchain\0"
KEYPAIR = Keypair.from_seed(bytes(range(32)))
SIGNER = str(KEYPAIR.pubkey())
OTHER = str(Keypair.from_seed(bytes(32)).pubkey())
DOMAIN = str(Pubkey.from_bytes(b"\7" * 32))


def sign(data: bytes) -> bytes:
    return bytes(KEYPAIR.sign_message(data))


def test_known_bytes_of_the_short_form() -> None:
    assert off.build("Test Message").encode() == HEAD + b"\0\x0c\0Test Message"
    cyrillic = off.build("Тестовое сообщение")
    assert cyrillic.encode()[:20] == HEAD + b"\1\x23\0"
    assert cyrillic.encode()[20:].decode() == cyrillic.text


def test_known_bytes_of_the_long_form() -> None:
    message = off.build("Test Message", domain=DOMAIN, signers=[SIGNER, OTHER])
    keys = bytes(Pubkey.from_string(SIGNER)) + bytes(Pubkey.from_string(OTHER))
    assert message.encode() == HEAD + b"\7" * 32 + b"\0\2" + keys + b"\x0c\0Test Message"


@pytest.mark.parametrize(("text", "format_"), [
    ("plain", 0), ("a" * 1212, 0), ("two\nlines", 1), ("ä", 1), ("a" * 1213, 2),
    ("a" * 65_515, 2),
])
def test_the_plainest_format_is_chosen(text: str, format_: int) -> None:
    message = off.build(text)
    assert message.format == format_
    assert off.decode(message.encode(), long_form=False) == message


@pytest.mark.parametrize("text", ["", "a" * 65_516, "\ud800"])
def test_texts_that_no_format_holds(text: str) -> None:
    with pytest.raises(ValueError):
        off.build(text)


@given(st.text(min_size=1, max_size=300).filter(lambda t: t.isprintable()))
def test_round_trip(text: str) -> None:
    for message in (off.build(text), off.build(text, domain=DOMAIN, signers=[SIGNER])):
        data = message.encode()
        assert off.decode(data, long_form=message.domain is not None) == message
        assert off.verify(message, SIGNER, sign(data))


def test_every_cut_and_every_addition_is_refused() -> None:
    for message in (off.build("Test"), off.build("Test", domain=DOMAIN, signers=[SIGNER])):
        data, long_form = message.encode(), message.domain is not None
        for size in range(len(data)):
            with pytest.raises(DecodeError):
                off.decode(data[:size], long_form=long_form)
        with pytest.raises(DecodeError, match="follow the content"):
            off.decode(data + b"x", long_form=long_form)


@pytest.mark.parametrize(("data", "clause"), [
    (b"\xfesolana offchain\0\0\1\0a", "not an off-chain message"),
    (HEAD[:-1] + b"\1\0\1\0a", "version 1"), (HEAD + b"\3\1\0a", "unknown format 3"),
    (HEAD + b"\0\0\0", "empty"), (HEAD + b"\0\1\0\n", "printable ASCII"),
    (HEAD + b"\0\1\0\x7f", "printable ASCII"), (HEAD + b"\1\1\0\xff", "not UTF-8"),
    (HEAD + b"\0\xbd\4" + b"a" * 1213, "at most 1212"),
    (HEAD + b"\1\xbd\4" + b"a" * 1213, "at most 1212"),
    (HEAD + b"\2" + bytes(70_000), "longer than"),
])
def test_refusals(data: bytes, clause: str) -> None:
    with pytest.raises(DecodeError, match=clause):
        off.decode(data, long_form=False)


def test_long_form_refusals() -> None:
    head = HEAD + b"\7" * 32 + b"\0"
    key = bytes(KEYPAIR.pubkey())
    for data in (head + b"\0\1\0a", head + b"\2" + key + key + b"\1\0a"):
        with pytest.raises(DecodeError, match="none, or one twice"):
            off.decode(data, long_form=True)
    for signers in ([], [SIGNER, SIGNER]):
        with pytest.raises(ValueError, match="1 to 255 different"):
            off.build("a", domain=DOMAIN, signers=signers)
    with pytest.raises(ValueError, match="no place for signers"):
        off.OffchainMessage("a", 0, None, (SIGNER,)).encode()
    with pytest.raises(ValueError, match="application domain"):
        off.build("a", domain="nonsense", signers=[SIGNER])


def test_signatures_that_must_not_pass() -> None:
    message = off.build("Test")
    good = sign(message.encode())
    assert off.verify(message, SIGNER, good)
    assert not off.verify(message, OTHER, good)
    assert not off.verify(off.build("Tesu"), SIGNER, good)
    assert not off.verify(off.build("Test", domain=DOMAIN, signers=[SIGNER]), SIGNER, good)
    # The bare text, without the domain that keeps it apart from transactions.
    assert not off.verify(message, SIGNER, sign(b"Test"))
    for place in (0, 31, 32, 63):
        changed = bytearray(good)
        changed[place] ^= 1
        assert not off.verify(message, SIGNER, bytes(changed))
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(good[32:], "little") + order
    assert not off.verify(message, SIGNER, good[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("point", [bytes(32), b"\1" + bytes(31)])
def test_keys_that_sign_everything_are_refused(point: bytes) -> None:
    weak = str(Pubkey.from_bytes(point))
    for head in (b"\1" + bytes(31), bytes(32)):
        assert not off.verify(off.build("Test"), weak, head + bytes(32))


def test_long_form_names_its_signer() -> None:
    message = off.build("Test", domain=DOMAIN, signers=[OTHER])
    assert not off.verify(message, SIGNER, sign(message.encode()))


def test_malformed_keys_and_signatures() -> None:
    message = off.build("Test")
    with pytest.raises(ValueError, match="64 bytes"):
        off.verify(message, SIGNER, bytes(63))
    with pytest.raises(ValueError, match="signer"):
        off.verify(message, "nonsense", bytes(64))
    good = KEYPAIR.sign_message(b"x")
    assert off.parse_signature(str(good)) == bytes(good)
    for text in ("", "0" * 80, "1" * 89, str(good)[:-2]):
        with pytest.raises(ValueError) as caught:
            off.parse_signature(text)
        assert not text or text not in str(caught.value)


def test_wallets_differ_in_form_and_format() -> None:
    text = "challenge 1"
    long_form = off.OffchainMessage(text, 1, DOMAIN, (SIGNER,))
    for message in (off.build(text), off.OffchainMessage(text, 1), off.OffchainMessage(text, 2),
                    long_form):
        signature = sign(message.encode())
        assert off.verify_text(text, SIGNER, signature, domain=DOMAIN) == message
        assert off.verify_text("challenge 2", SIGNER, signature, domain=DOMAIN) is None
        assert off.verify_text(text, OTHER, signature, domain=DOMAIN) is None
    assert off.verify_text(text, SIGNER, sign(long_form.encode())) is None
    with pytest.raises(ValueError, match="64 bytes"):
        off.verify_text(text, SIGNER, b"")
    assert off.verify_text("two\nlines", SIGNER, sign(off.build("two\nlines").encode()))
