"""Off-chain messages: text that a Solana key signs outside any transaction.

Two encodings of version 0 are in use. The written specification has an application domain and
the signers' keys in the header; the command line and most hardware wallets sign a shorter one
without them. Both begin with a byte that no transaction can begin with, so no such signature can
pass for a transaction's.

Sources: the specification "Off-chain message signing" of the Anza documentation (long form);
anza-xyz/solana-sdk, offchain-message/src/lib.rs (short form).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from solders.pubkey import Pubkey
from solders.signature import Signature

from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.chain.borsh import Cursor, DecodeError

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_HARDWARE_BYTES",
    "SIGNING_DOMAIN",
    "OffchainMessage",
    "build",
    "decode",
    "parse_signature",
    "verify",
    "verify_text",
]

SIGNING_DOMAIN: Final = b"\xffsolana offchain"

#: Formats by their number: what the text may hold, and who can show it before signing.
FORMATS: Final = ("restricted ascii", "limited utf-8", "extended utf-8")

#: Longest packet of the network, in bytes: what a hardware wallet takes, header included.
MAX_HARDWARE_BYTES: Final = 1232

#: Longest message at all, header included.
MAX_BYTES: Final = 65_535

_SHORT_HEADER: Final = 16 + 1 + 1 + 2
_LONG_HEADER: Final = 16 + 1 + 32 + 1 + 1 + 2


@dataclass(frozen=True, slots=True)
class OffchainMessage:
    """A message of version 0. ``format`` is its number in FORMATS.

    ``domain`` (base58) and ``signers`` are those of the long form, None and empty in the short
    one, which says nothing about who should sign.
    """

    text: str
    format: int
    domain: str | None = None
    signers: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """The bytes that are signed. Raises ValueError for a message no strict reader takes."""
        body = _body(self.text)
        head = SIGNING_DOMAIN + b"\0"
        if self.domain is None:
            if self.signers:
                raise ValueError("the short form has no place for signers")
            head += bytes([self.format])
        else:
            keys = [bytes(parse_pubkey(key, "signer")) for key in self.signers]
            if not 1 <= len(keys) <= 255 or len(set(keys)) != len(keys):
                raise ValueError(f"1 to 255 different signers, got {len(keys)}")
            head += bytes(parse_pubkey(self.domain, "application domain"))
            head += bytes([self.format, len(keys)]) + b"".join(keys)
        if fault := _fault(body, self.format, len(head) + 2):
            raise ValueError(fault)
        return head + len(body).to_bytes(2, "little") + body


def _body(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the text has a character that UTF-8 can't hold") from None


def _fault(body: bytes, format_: int, header: int) -> str | None:
    """Why a body can't be of that format, after a header of that many bytes."""
    if not 0 <= format_ < len(FORMATS):
        return f"unknown format {format_}, known are 0 to 2"
    if not body:
        return "the message is empty"
    limit = (MAX_BYTES if format_ == 2 else MAX_HARDWARE_BYTES) - header
    if len(body) > limit:
        return f"{len(body)} bytes of text, {FORMATS[format_]} takes at most {limit} here"
    if format_ == 0 and not all(0x20 <= byte <= 0x7E for byte in body):
        return "restricted ascii takes printable ASCII only, no line breaks"
    return None


def build(
    text: str, *, domain: str | None = None, signers: Sequence[str] = ()
) -> OffchainMessage:
    """A message with the plainest format that can hold ``text``.

    With ``domain`` (a base58 key of the application's) and ``signers`` it takes the long form.
    Raises ValueError for an empty or too long text, a malformed key, or too many signers.
    """
    body = _body(text)
    header = _SHORT_HEADER if domain is None else _LONG_HEADER + 32 * len(signers)
    faults = [_fault(body, format_, header) for format_ in range(len(FORMATS))]
    if None not in faults:
        raise ValueError(faults[-1] or "the text fits no format")
    message = OffchainMessage(text, faults.index(None), domain, tuple(signers))
    message.encode()
    return message


def decode(data: bytes, *, long_form: bool) -> OffchainMessage:
    """The message of signed bytes; the caller says which form, as the bytes do not.

    Raises DecodeError: domain, version, format, length, bytes after the text, text that breaks
    its format.
    """
    if len(data) > MAX_BYTES:
        raise DecodeError("off-chain message", None, f"longer than {MAX_BYTES} bytes")
    cursor = Cursor(data, "off-chain message")
    if cursor.fixed(16, "signing domain") != SIGNING_DOMAIN:
        raise cursor.error("signing domain", "not an off-chain message", 0)
    if version := cursor.u8("version"):
        raise cursor.error("version", f"version {version}, only 0 is read", 16)
    domain: str | None = None
    signers: tuple[str, ...] = ()
    if long_form:
        domain = cursor.pubkey("application domain")
    format_ = cursor.u8("format")
    if long_form:
        count = cursor.u8("signer count")
        signers = tuple(cursor.pubkey(f"signers[{n}]") for n in range(count))
        if not signers or len(set(signers)) != count:
            raise cursor.error("signers", "none, or one twice")
    length = cursor.u16("length")
    header = cursor.offset
    body = cursor.fixed(length, "text")
    cursor.finish()
    if fault := _fault(body, format_, header):
        raise cursor.error("text", fault, header)
    try:
        return OffchainMessage(body.decode("utf-8"), format_, domain, signers)
    except UnicodeDecodeError:
        raise cursor.error("text", "not UTF-8", header) from None


def parse_signature(text: str) -> bytes:
    """The 64 bytes of a base58 signature. ValueError, which never repeats the text, otherwise."""
    if not isinstance(text, str) or len(text) > 88:
        raise ValueError("a signature is at most 88 base58 characters")
    try:
        return bytes(Signature.from_string(text))
    except ValueError:
        raise ValueError("not a base58 signature of 64 bytes") from None


def verify(message: OffchainMessage, signer: str, signature: bytes) -> bool:
    """Whether ``signer`` signed exactly this message (Ed25519, strict).

    A long form must name the signer among its signers. Raises ValueError for a malformed key, a
    message that can't be encoded, or a signature that is not 64 bytes.
    """
    key = parse_pubkey(signer, "signer")
    if len(signature) != 64:
        raise ValueError(f"a signature has 64 bytes, not {len(signature)}")
    signed = message.encode()
    if message.domain is not None and signer not in message.signers:
        return False
    if key == Pubkey.default() or not key.is_on_curve():
        return False
    return Signature.from_bytes(signature).verify(key, signed)


def verify_text(
    text: str, signer: str, signature: bytes, *, domain: str | None = None
) -> OffchainMessage | None:
    """The message of ``text`` that ``signer`` signed, in any encoding in use; None when none.

    Tried are the short form and, with ``domain``, the long form signed by this key alone, each in
    every format that holds the text: wallets differ in which they choose. Raises ValueError for
    a malformed key or signature, or a text that no format holds.
    """
    build(text)
    forms: list[tuple[str | None, tuple[str, ...]]] = [(None, ())]
    if domain is not None:
        forms.append((domain, (signer,)))
    for place, signers in forms:
        for format_ in range(len(FORMATS)):
            message = OffchainMessage(text, format_, place, signers)
            if _encodes(message) and verify(message, signer, signature):
                return message
    return None


def _encodes(message: OffchainMessage) -> bool:
    try:
        message.encode()
    except ValueError:
        return False
    return True
