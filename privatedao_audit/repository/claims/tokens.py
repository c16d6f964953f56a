"""Values in a text: keys, signatures, hashes, slots, thresholds, delays and balances.

Every pattern is linear in the length of the text; a line may be a megabyte long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from privatedao_audit.chain.borsh import base58_bytes
from privatedao_audit.repository.claims.model import Kind

__all__ = ["LAMPORTS", "Token", "in_number", "in_text", "is_address"]

LAMPORTS: Final = 1_000_000_000
_UNITS: Final = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60,
                 "h": 3600, "hr": 3600, "hour": 3600, "d": 86_400, "day": 86_400}  # fmt: skip

#: Runs of base58 letters as long as a key or a signature, or longer: the length decides later.
_BASE58: Final = re.compile(r"(?<![0-9A-Za-z_+=])[1-9A-HJ-NP-Za-km-z]{32,90}(?![0-9A-Za-z_+=])")
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:0x)?([0-9a-f]{64}|[0-9A-F]{64})(?![0-9A-Za-z])")
_SLOT: Final = re.compile(r"\bslots?\b[^0-9\n]{0,16}?([0-9][0-9,_]{5,16})(?![0-9A-Za-z.])", re.I)
_N_OF_M: Final = re.compile(r"(?<![\w./-])(\d{1,2})( of |-of-)(\d{1,2})(?![\w./]|-\w)", re.I)
_TIME: Final = re.compile(
    r"(?<![\w.,])(\d{1,9}(?:\.\d{1,3})?)[ -]?(seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h"
    r"|days?|d)\b",
    re.I,
)
_SOL: Final = re.compile(r"(?<![\w.,$])(\d{1,9}(?:,\d{3}){0,3}(?:\.\d{1,9})?) ?SOL(?![\w-])(?! ?/)")
#: What a line must speak of before "2 of 3" or "48 hours" in it says anything about control.
_CUSTODY: Final = re.compile(
    r"multi-?\s?sig|squads|signer|threshold|custod|co-?sign|upgrade authorit", re.I
)
_LOCK: Final = re.compile(r"time-?\s?lock|(execution|upgrade|activation) delay|delay window", re.I)
#: A word, though every letter of it is of base58's alphabet.
_WORD: Final = re.compile(r"[a-z]{9}|(?:[A-Z]?[a-z]{3,}){5}")


@dataclass(frozen=True, slots=True)
class Token:
    """A value in a text, from ``start`` to ``end``; kind None: a look-alike of a key."""

    kind: Kind | None
    value: str
    start: int
    end: int


def in_text(text: str, around: str) -> Iterator[Token]:
    """The values in a text, in order of kind.

    Args:
        around: label and trail of the text: "2 of 3" counts where one of them speaks of signers.
    """
    for match in _BASE58.finditer(text):
        yield Token(_base58(match[0], _before(text, match.start())), match[0], *match.span())
    for match in _HEX.finditer(text):
        yield Token(Kind.HASH, match[1].lower(), *match.span())
    for match in _SLOT.finditer(text):
        yield Token(Kind.SLOT, re.sub("[,_]", "", match[1]), *match.span(1))
    scope = f"{text} {around}" if len(text) < 4_000 else text
    if _CUSTODY.search(scope):
        for match in _N_OF_M.finditer(text):
            if 1 <= int(match[1]) <= int(match[3]):
                yield Token(Kind.THRESHOLD, f"{int(match[1])}-of-{int(match[3])}", *match.span())
    if _LOCK.search(scope):
        for match in _TIME.finditer(text):
            yield Token(Kind.DELAY, _seconds(match[1], match[2]), *match.span())
    for match in _SOL.finditer(text):
        yield Token(Kind.BALANCE, _lamports(match[1]), *match.span())


def in_number(text: str, key: str) -> Token | None:
    """What a number of a data document claims, by the name of its key."""
    name, whole = key.casefold(), re.fullmatch(r"\d{1,19}", text) is not None
    number = re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text) is not None
    words = _words(key)
    # A small one numbers something else: the place of a signer, the slot of a form.
    if len(text) > 5 and whole and words[-1:] == ["slot"]:
        return Token(Kind.SLOT, text, 0, len(text))
    if whole and len(text) <= 2 and name.endswith("threshold"):
        return Token(Kind.THRESHOLD, str(int(text)), 0, len(text))
    unit = words[-1].rstrip("s") if words else ""
    locked = {"lock", "timelock", "delay"} & set(words)
    timed = locked or name in ("configuredhours", "minimumhours")
    if number and timed and unit in _UNITS and len(unit) > 2:
        return Token(Kind.DELAY, _seconds(text, unit), 0, len(text))
    if whole and words[-1:] == ["lamports"]:
        return Token(Kind.BALANCE, text, 0, len(text))
    if number and words[-1:] == ["sol"] and "balance" in name:
        return Token(Kind.BALANCE, _lamports(text), 0, len(text))
    return None


def is_address(text: str) -> bool:
    """Whether a text is the base58 form of 32 bytes and does not read like a word."""
    return _base58(text, "") is Kind.ADDRESS


def _before(text: str, start: int) -> str:
    return text[start - 1 : start]


def _base58(text: str, before: str) -> Kind | None:
    # `sha512-…` and other names with a hyphen before: a part of something longer.
    if before == "-" or _is_word(text):
        return None
    size = _decoded_length(text)
    if size == 32 and len(text) <= 44:
        return Kind.ADDRESS
    return Kind.SIGNATURE if size == 64 and len(text) >= 64 else None


def _is_word(text: str) -> bool:
    return not any(c.isdigit() for c in text) and _WORD.search(text) is not None


@lru_cache(maxsize=65_536)
def _decoded_length(text: str) -> int | None:
    try:
        return len(base58_bytes(text, "the text", limit=90))
    except ValueError:
        return None


def _words(key: str) -> list[str]:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-. /]+", " ", key).casefold().split()


def _seconds(number: str, unit: str) -> str:
    name = unit.casefold()
    scale = _UNITS[name if name in _UNITS else name.rstrip("s")]
    return _plain(Decimal(number) * scale)


def _lamports(text: str) -> str:
    return _plain(Decimal(text.replace(",", "")) * LAMPORTS)


def _plain(value: Decimal) -> str:
    """Decimal digits; a fraction only where there is one."""
    return str(int(value)) if value == value.to_integral_value() else format(value.normalize(), "f")
