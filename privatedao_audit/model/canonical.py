"""Canonical JSON: one byte sequence per value, equal to RFC 8785 on the subset used here.

UTF-8, keys sorted by UTF-16 code units, no insignificant space, no floats, integers within
±(2^53 - 1), one trailing newline in files. Anything that JSON readers round (lamports, token
amounts, u64) is a decimal string before it gets here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

MAX_INTEGER = 2**53 - 1
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class NotCanonical(ValueError):
    """The value has no canonical form; the message names the path to the offending member."""


def dumps(value: Any) -> bytes:
    """Canonical bytes of a JSON value, without the trailing newline.

    Raises:
        NotCanonical: a float, an integer out of range, a key that is not a string, or a type
            that JSON does not have.
    """
    return _ENCODER.encode(_checked(value, "$")).encode("utf-8")


def dump_file(value: Any) -> bytes:
    """Canonical bytes of a file: the value and one newline."""
    return dumps(value) + b"\n"


def sha256(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes of a value."""
    return sha256(dumps(value))


def well_formed(text: str) -> str:
    """The text with lone surrogates made visible as ``\\udXXX``, so that it is valid UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def plain(value: Any) -> Any:
    """A JSON value from dataclasses, pydantic models, enums, tuples, sets and bytes.

    Dataclasses become objects with a ``kind`` member naming the class, so that Found, Unknown
    and ProvenAbsent stay apart; bytes become their length and SHA-256, never their content;
    integers beyond JSON's safe range become decimal strings. What has a method ``as_facts``
    says itself what is told of it: large facts tell how much there is.
    """
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "as_facts"):
        return plain(value.as_facts())
    if is_dataclass(value) and not isinstance(value, type):
        body = {f.name: plain(getattr(value, f.name)) for f in fields(value)}
        return {"kind": type(value).__name__, **body}
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(mode="json"))
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(v) for v in value)
    if isinstance(value, bytes):
        return {"bytes": len(value), "sha256": sha256(value)}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        return str(value)
    return value


def _checked(value: Any, path: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if value.isascii() else well_formed(value)
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotCanonical(f"{path}: {value} is beyond 2^53 - 1; write it as a string")
        return int(value)
    if isinstance(value, (list, tuple)):
        return [_checked(v, f"{path}[{i}]") for i, v in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise NotCanonical(f"{path}: the key {key!r} is not a string")
        if all(map(str.isascii, value)):  # nearly always, and much faster
            return {k: _checked(value[k], f"{path}.{k}") for k in sorted(value)}
        if len({well_formed(key) for key in value}) != len(value):
            raise NotCanonical(f"{path}: two keys are the same text once written as UTF-8")
        ordered = sorted(value, key=lambda k: well_formed(k).encode("utf-16-be"))
        return {well_formed(k): _checked(value[k], f"{path}.{k}") for k in ordered}
    raise NotCanonical(f"{path}: {type(value).__name__} has no canonical form")
