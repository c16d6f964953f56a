"""Canonical bytes back to their value: the same rule as ``canonical.dumps(value) == raw``.

Checked while parsing, because opening a recording decodes every record, and this takes a fifth
of the time that writing the value again by the canonical writer would.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from privatedao_audit.model import canonical


class NotCanonicalBytes(ValueError):
    """The bytes are not the canonical form of any value."""


def loads(raw: bytes) -> Any:
    """The value of canonical bytes; members keep their canonical order.

    Raises:
        NotCanonicalBytes: not UTF-8, not JSON, nested too deeply, a float, an integer beyond
            2^53 - 1, a lone surrogate, keys out of order or twice, or other white space.
    """
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
        if dump_ordered(value) == raw:
            return value
    except RecursionError:
        raise NotCanonicalBytes("the JSON is nested too deeply") from None
    except NotCanonicalBytes:
        raise
    except ValueError as error:
        raise NotCanonicalBytes(f"the bytes are not canonical JSON: {error}") from None
    raise NotCanonicalBytes("the bytes are not canonical JSON")


def dump_ordered(value: Any) -> bytes:
    """Canonical bytes of a value whose members are in canonical order, as after loads."""
    return _ENCODER.encode(value).encode("utf-8")


def _ordered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if all(map(str.isascii, keys)):
        ascending = all(a < b for a, b in pairwise(keys))
    else:
        ranks = [key.encode("utf-16-be", "surrogatepass") for key in keys]
        ascending = all(a < b for a, b in pairwise(ranks))
    if not ascending:
        raise NotCanonicalBytes("keys are not in canonical order, or come twice")
    return dict(pairs)


def _safe_integer(text: str) -> int:
    # The length first: converting is quadratic in it.
    if len(text) > 17 or abs(int(text)) > canonical.MAX_INTEGER:
        raise NotCanonicalBytes("an integer is beyond 2^53 - 1")
    return int(text)


def _no_float(text: str) -> Any:
    raise NotCanonicalBytes(f"{text[:20]} is not an integer")


# Made once, and not for each of a million records.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(
    object_pairs_hook=_ordered, parse_int=_safe_integer, parse_float=_no_float,
    parse_constant=_no_float,
)  # fmt: skip
