"""YAML of the checkout as a tree of the same types as JSON: strict and bounded.

PyYAML's safe loader reads YAML 1.1 and expands aliases, so a few lines can unpack to gigabytes
and ``on`` becomes true. Here anchors, aliases, tags, merge keys and repeated keys are refused, and
only what YAML 1.2's core schema calls a number, a boolean or null is anything but text.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

import yaml

from privatedao_audit.repository.errors import BadDocument

#: Bytes. PyYAML's own reader takes about a second for a megabyte.
MAX_YAML: Final = 1024 * 1024
_DEPTH: Final = 64
_INT: Final = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_WORDS: Final = {
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def documents_of(source: str, role: str) -> list[Any]:
    """Every document of a YAML stream.

    Raises:
        BadDocument: malformed, beyond the bounds, or with a construct that is refused.
    """
    if len(source) > MAX_YAML:
        raise BadDocument(f"{role}: {len(source)} characters; a YAML file may have {MAX_YAML}")
    found = []
    loader = None
    try:
        loader = yaml.SafeLoader(source)
        _take(loader, yaml.StreamStartEvent)
        while not loader.check_event(yaml.StreamEndEvent):
            _take(loader, yaml.DocumentStartEvent)
            found.append(_node(loader, role, 0))
            _take(loader, yaml.DocumentEndEvent)
    except yaml.YAMLError as error:
        told = " ".join(str(getattr(error, "problem", None) or error).split())[:120]
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise BadDocument(f"{role}{where}: not YAML: {told}") from None
    finally:
        if loader is not None:
            loader.dispose()
    return found


def _take(loader: yaml.SafeLoader, kind: type[yaml.Event]) -> None:
    if not isinstance(loader.get_event(), kind):
        raise yaml.YAMLError("the stream is torn")


def _node(loader: yaml.SafeLoader, role: str, depth: int) -> Any:
    event = loader.get_event()
    at = f"{role}, line {event.start_mark.line + 1}"
    if depth > _DEPTH:
        raise BadDocument(f"{at}: nested deeper than {_DEPTH} levels")
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise BadDocument(f"{at}: anchors and aliases are refused; write the value out")
    if event.tag is not None:
        raise BadDocument(f"{at}: tags are refused: {event.tag[:60]!a}")
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event, at)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not loader.check_event(yaml.SequenceEndEvent):
            items.append(_node(loader, role, depth + 1))
        loader.get_event()
        return items
    tree: dict[str, Any] = {}
    while not loader.check_event(yaml.MappingEndEvent):
        mark = loader.peek_event().start_mark.line + 1
        plain = isinstance(loader.peek_event(), yaml.ScalarEvent)
        text = loader.peek_event().value if plain else None
        _node(loader, role, depth + 1)
        if text is None or text == "<<":
            raise BadDocument(f"{role}, line {mark}: a key must be plain text")
        if text in tree:
            raise BadDocument(f"{role}, line {mark}: the key {text[:60]!a} is given twice")
        tree[text] = _node(loader, role, depth + 1)
    loader.get_event()
    return tree


def _scalar(event: yaml.ScalarEvent, at: str) -> Any:
    text: str = event.value
    if event.style is not None:  # Quoted and block scalars are text.
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        value = float(text)
        if not math.isfinite(value):
            raise BadDocument(f"{at}: {text[:20]} is not a finite number")
        return value
    return text
