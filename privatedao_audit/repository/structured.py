"""JSON, TOML and YAML of the checkout as trees, and the places in them.

Strict and bounded. Nothing is repaired: a byte order mark, a key given twice or a number out of
range makes the document bad, because two readers would take it for two things.
"""

from __future__ import annotations

import datetime
import math
import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.chain import strict_json
from privatedao_audit.repository.errors import BadDocument

#: Bytes. The standard TOML reader is quadratic in the length of dotted keys and of lines.
MAX_JSON: Final = 8 * 1024 * 1024
MAX_TOML: Final = 256 * 1024
MAX_TOML_LINE: Final = 2048
MAX_SELECTED: Final = 10_000
_DEPTH: Final = 64
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: ``format`` is json, toml or yaml, ``value`` its plain JSON-like tree."""

    format: str
    value: Any


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing lies at the pointer; ``at`` is the part of it that could not be followed."""

    at: str


def text(data: bytes, role: str = "the file") -> str:
    """The bytes as UTF-8 text.

    Raises:
        BadDocument: a byte order mark, or not UTF-8.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        raise BadDocument(f"{role}: begins with a byte order mark; save it without one")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadDocument(
            f"{role}, line {line}: not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from None


def parse(format: str, data: bytes, role: str = "the file") -> Document:
    """Parse a document.

    Args:
        format: ``json``, ``toml`` or ``yaml``; of YAML exactly one document.

    Raises:
        BadDocument: another format, malformed, or beyond the bounds.
    """
    if format == "json":
        text(data, role)
        try:
            value = strict_json.loads(data, max_depth=_DEPTH, max_bytes=MAX_JSON)
        except strict_json.BadJson as error:
            raise BadDocument(f"{role}: not strict JSON: {error}") from None
        return Document(format, value)
    if format == "toml":
        return Document(format, toml(data, role))
    if format == "yaml":
        # PyYAML is heavy to import, and few files are YAML.
        from privatedao_audit.repository import yaml_text

        found = yaml_text.documents_of(text(data, role), role)
        if len(found) != 1:
            raise BadDocument(f"{role}: {len(found)} YAML documents; one is expected")
        return Document(format, found[0])
    raise BadDocument(f"{role}: the format {format!a} is none of json, toml, yaml")


def toml(data: bytes, role: str) -> dict[str, Any]:
    if len(data) > MAX_TOML:
        raise BadDocument(f"{role}: {len(data)} bytes; a TOML file may have {MAX_TOML}")
    source = text(data, role)
    for number, line in enumerate(source.split("\n"), 1):
        if len(line) > MAX_TOML_LINE:
            raise BadDocument(f"{role}, line {number}: more than {MAX_TOML_LINE} characters")
    try:
        tree: dict[str, Any] = _plain(tomllib.loads(source, parse_float=_float), role, 0)
        return tree
    except tomllib.TOMLDecodeError as error:
        raise BadDocument(f"{role}: not TOML: {error}") from None
    except RecursionError:
        raise BadDocument(f"{role}: nested too deeply") from None
    except BadDocument:
        raise
    except ValueError as error:
        # Among them Python's guard against integers of thousands of digits.
        raise BadDocument(f"{role}: a value is out of range: {str(error)[:80]}") from None


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:20]} is not a finite number")
    return value


def _plain(value: Any, role: str, depth: int) -> Any:
    """The tree with dates as RFC 3339 text, so that it has the same types as JSON."""
    if depth > _DEPTH:
        raise BadDocument(f"{role}: nested deeper than {_DEPTH} levels")
    if isinstance(value, dict):
        return {k: _plain(v, role, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v, role, depth + 1) for v in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    return value


def _steps(place: str) -> list[str]:
    """The tokens of a JSON pointer (RFC 6901).

    Raises:
        BadDocument: it does not start with ``/``, or has a bare ``~``.
    """
    if place == "":
        return []
    if not place.startswith("/") or re.search(r"~(?![01])", place):
        raise BadDocument(f"{place[:100]!a} is not a JSON pointer such as /programs/0/id")
    return [step.replace("~1", "/").replace("~0", "~") for step in place[1:].split("/")]


def _into(value: Any, step: str) -> tuple[bool, Any]:
    if isinstance(value, dict) and step in value:
        return True, value[step]
    if isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
        return True, value[int(step)]
    return False, None


def pointer(document: Document, place: str) -> Any | Missing:
    """The value at a JSON pointer (RFC 6901); ``null`` is None, nothing there is Missing.

    Raises:
        BadDocument: the pointer is malformed.
    """
    value = document.value
    for step in _steps(place):
        there, value = _into(value, step)
        if not there:
            return Missing(step)
    return value


def select(document: Document, place: str) -> list[object]:
    """The values at a pointer in which a step ``*`` stands for every item of a list, in order.

    Returns:
        No values when nothing lies at the pointer up to its first ``*``.

    Raises:
        BadDocument: the pointer is malformed, ``*`` meets something that is not a list, some
            item of a list lacks what the others have, or there are more than 10,000 values. An
            item that lacks it is never passed over: it would hide a signer.
    """
    values, spread = [document.value], False
    for step in _steps(place):
        reached: list[Any] = []
        for value in values:
            there, inner = _into(value, step)
            if there:
                reached.append(inner)
            elif step == "*" and isinstance(value, list):
                reached.extend(value)
            elif step == "*":
                raise BadDocument(f"{place[:100]!a}: the step '*' does not stand on a list")
            elif spread:
                raise BadDocument(f"{place[:100]!a}: an item of the list has no {step[:60]!a}")
            else:
                return []
        spread = spread or step == "*"
        values = reached
        if len(values) > MAX_SELECTED:
            raise BadDocument(f"{place[:100]!a}: more than {MAX_SELECTED} values")
    return values
