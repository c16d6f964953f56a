"""Strict JSON for bytes that a stranger wrote.

RFC 8259 and nothing more: strict UTF-8 without a byte order mark, no NaN or Infinity, no number
that overflows to infinity, no duplicate keys, bounded size, depth and number of values. Lone
surrogates (``"\\ud800"``) are refused: every Solana node writes its strings from Rust, which
cannot hold one, so such an answer does not come from a node, and it would break UTF-8 and
SQLite further on. Integers of any size a ledger has stay exact ``int``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 64
#: Brackets and commas together; about one per value. 64 MiB of ``[],`` would need gigabytes.
MAX_VALUES = 5_000_000
#: u128 has 39 digits; Python's own quadratic guard only starts at 4,300.
MAX_NUMBER_LENGTH = 64

# A string is matched to its closing quote or to the end of the text, so that the scan stays
# linear on unterminated strings; the possessive quantifiers keep it from backtracking.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+("|\\?\Z)|[\[\]{},]', re.DOTALL)
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]++")
_LONG_NUMBER = re.compile(rf"[-0-9]{{{MAX_NUMBER_LENGTH + 1}}}")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class BadJson(ValueError):
    """The bytes are not strict JSON; the message says what is wrong and where."""


def loads(data: bytes, *, max_depth: int = MAX_DEPTH, max_bytes: int = MAX_BYTES) -> Any:
    """Parse strict JSON.

    Args:
        data: the exact bytes.
        max_depth: deepest nesting of arrays and objects that is accepted.
        max_bytes: longest text that is accepted.

    Raises:
        BadJson: for everything that is not strict JSON within the bounds.
    """
    if len(data) > max_bytes:
        raise BadJson(f"{len(data)} bytes are more than the {max_bytes} that are accepted")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson(f"not UTF-8 at byte {error.start}") from None
    plain = _scan(text, max_depth)
    try:
        value = (_PLAIN if plain else _EXACT)(text)
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at character {error.pos}") from None
    if _SURROGATE_ESCAPE.search(text):
        _refuse_lone_surrogates(value)
    return value


def _scan(text: str, max_depth: int) -> bool:
    """Bound depth and size before a recursive parser sees the text.

    Returns:
        Whether no number in it can be too long.
    """
    bare = _STRING.sub("", text)
    brackets = _NO_BRACKET.sub("", bare)
    if '"' not in bare and len(brackets) + bare.count(",") <= MAX_VALUES:
        plain = _LONG_NUMBER.search(bare) is None
        if brackets.count("[") + brackets.count("{") <= max_depth:
            return plain
        depth = deepest = 0
        for bracket in brackets:
            depth += 1 if bracket in "[{" else -1
            deepest = max(deepest, depth)
        if deepest <= max_depth:
            return plain
    _refuse_by_token(text, max_depth)
    return False


def _refuse_by_token(text: str, max_depth: int) -> None:
    """Go through the text token by token, to say where it is out of bounds."""
    depth = values = 0
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first == '"':
            if token.group(1) != '"':
                raise BadJson(f"the string that starts at character {token.start()} does not end")
            continue
        values += 1
        if values > MAX_VALUES:
            raise BadJson(f"more than {MAX_VALUES} values")
        if first in "[{":
            depth += 1
            if depth > max_depth:
                raise BadJson(f"nested deeper than {max_depth} levels at character {token.start()}")
        elif first in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadJson(f"the key {key[:60]!a} stands twice in one object")
            seen.add(key)
    return made


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        raise BadJson(f"a number of {len(text)} digits, beginning {text[:20]}")
    return int(text)


def _real(text: str) -> float:
    if len(text) > MAX_NUMBER_LENGTH:
        raise BadJson(f"a number of {len(text)} characters, beginning {text[:20]}")
    value = float(text)
    if not math.isfinite(value):
        raise BadJson(f"the number {text} is out of range")
    return value


def _constant(text: str) -> NoReturn:
    raise BadJson(f"{text} is not JSON")


def _parser(**more: Any) -> Callable[[str], Any]:
    """What parses a text that was scanned; a decoder is made once, and not for every text."""
    decode = json.JSONDecoder(
        object_pairs_hook=_unique, parse_float=_real, parse_constant=_constant, **more
    ).decode

    def parse(text: str) -> Any:
        if text.startswith("\ufeff"):
            raise json.JSONDecodeError("Unexpected UTF-8 BOM", text, 0)
        return decode(text)

    return parse


#: With integers by the library, where none is too long, and one by one.
_PLAIN, _EXACT = _parser(), _parser(parse_int=_integer)


def _refuse_lone_surrogates(value: Any) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            try:
                item.encode("utf-8")
            except UnicodeEncodeError as error:
                raise BadJson(
                    f"a string holds the lone surrogate \\u{ord(item[error.start]):04x}"
                ) from None
        elif isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
