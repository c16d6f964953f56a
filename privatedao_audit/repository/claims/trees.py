"""JSON, YAML and TOML as fragments: every scalar with its line, its keys and its neighbours.

The strict parsers of :mod:`..structured` know no lines, and a claim without a line can't be looked
up. So the text is scanned here; what is torn is refused, and the caller reads it line by line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from privatedao_audit.repository.claims.model import Fragment, Row
from privatedao_audit.repository.errors import BadDocument

__all__ = ["MAX_YAML", "json_fragments", "toml_fragments", "yaml_fragments"]

_DEPTH: Final = 64
#: Bytes. PyYAML reads about a megabyte in two seconds.
MAX_YAML: Final = 1024 * 1024
#: Characters of a neighbour that are kept: a key, a hash, a path.
_BESIDE: Final = 200
_JSON: Final = re.compile(
    r"[ \t\r]*(?:(\n)|([{}\[\]:,])|\"((?:[^\"\\\n]|\\.)*)\"|([-0-9.eE+]+|true|false|null))"
)


class _Tree:
    """What encloses the place that is being read, from events of any format."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._rows: list[Row | None] = []
        self._key = ""

    def key(self, text: str) -> None:
        self._key = text

    def open(self, row: Row | None, line: int) -> None:
        if len(self._keys) >= _DEPTH:
            raise BadDocument(f"line {line}: nested deeper than {_DEPTH} levels")
        # Members of a list are called as the list is.
        self._keys.append(self._key)
        self._rows.append(row)
        if row is not None:
            self._key = ""

    def close(self) -> None:
        self._keys.pop()
        self._rows.pop()
        self._key = self._keys[-1] if self._keys and self._rows[-1] is None else ""

    def scalar(self, text: str, line: int, plain: bool) -> Fragment:
        in_list = bool(self._rows) and self._rows[-1] is None
        row = None if in_list or not self._rows else self._rows[-1]
        label = self._keys[-1] if in_list else self._key
        if row is not None and len(row) < 64:
            row.append((label, text[:_BESIDE]))
        trail = tuple(k for k in self._keys if k)
        above = tuple(r for r in reversed(self._rows) if r is not None and r is not row)
        return Fragment(line, text, label, trail, row or [], above[:6], "data", plain)


def json_fragments(source: str) -> Iterator[Fragment]:
    """The scalars of a JSON document, in order.

    Raises:
        BadDocument: torn, or nested deeper than 64 levels. What came before was given already.
    """
    tree, line, at = _Tree(), 1, 0
    closers: list[str] = []
    expects_key = False
    while at < len(source):
        match = _JSON.match(source, at)
        if match is None:
            if not source[at:].strip():
                break
            raise BadDocument(f"line {line}: not JSON")
        at = match.end()
        if match[1]:
            line += 1
        elif match[2]:
            mark = match[2]
            if mark in "{[":
                tree.open([] if mark == "{" else None, line)
                closers.append("}" if mark == "{" else "]")
            elif mark in "}]":
                if not closers or closers.pop() != mark:
                    raise BadDocument(f"line {line}: not JSON")
                tree.close()
            expects_key = mark != ":" and bool(closers) and closers[-1] == "}"
        elif match[3] is not None:
            text = _unescaped(match[3])
            if expects_key:
                tree.key(text[:_BESIDE])
                expects_key = False
            else:
                yield tree.scalar(text, line, True)
        else:
            yield tree.scalar(match[4], line, False)
    if closers:
        raise BadDocument("it ends within an object or a list")


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def yaml_fragments(source: str) -> Iterator[Fragment]:
    """The scalars of a YAML stream, in order. Aliases are not followed, so nothing unpacks.

    Raises:
        BadDocument: not YAML, too long, or nested too deeply.
    """
    import yaml

    if len(source) > MAX_YAML:
        raise BadDocument(f"{len(source)} characters; {MAX_YAML} are read as YAML")
    tree = _Tree()
    #: For each open collection: None in a list, else whether a key comes next.
    turns: list[bool | None] = []
    try:
        for event in yaml.parse(source, Loader=yaml.SafeLoader):
            # Only events that somebody makes by hand stand nowhere.
            assert event.start_mark is not None
            line = event.start_mark.line + 1
            is_key = bool(turns) and turns[-1] is True
            if isinstance(event, yaml.ScalarEvent):
                if is_key:
                    tree.key(event.value[:_BESIDE])
                else:
                    yield tree.scalar(event.value, line, event.style is not None
                                      or not re.fullmatch(r"[-+0-9.eE]+", event.value))  # fmt: skip
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                mapping = isinstance(event, yaml.MappingStartEvent)
                tree.open([] if mapping else None, line)
                turns.append(True if mapping else None)
                continue
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                tree.close()
                turns.pop()
                is_key = bool(turns) and turns[-1] is True
            elif not isinstance(event, yaml.AliasEvent):
                continue
            if turns and turns[-1] is not None:
                turns[-1] = not is_key
    except yaml.YAMLError as error:
        told = " ".join(str(getattr(error, "problem", None) or error).split())[:120]
        raise BadDocument(f"not YAML: {told}") from None
    except RecursionError:
        raise BadDocument("nested too deeply") from None


_HEADER: Final = re.compile(r"[ \t]*\[\[?([^\[\]\n]{1,300})\]\]?[ \t]*(?:#.*)?")
_PAIR: Final = re.compile(
    r"[ \t]*((?:[\w.-]+|\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'))[ \t]*=[ \t]*(.*)"
)


def toml_fragments(source: str) -> Iterator[Fragment]:
    """The lines of a TOML document with their tables and keys; comments are passed over."""
    trail: tuple[str, ...] = ()
    top: Row = []
    row, label = top, ""
    for number, raw in enumerate(source.split("\n"), 1):
        line = raw.rstrip("\r")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        header = _HEADER.fullmatch(line[:400]) if len(line) < 400 else None
        if header:
            trail = tuple(part.strip(" \"'") for part in header[1].split("."))
            row, label = [], ""
            continue
        pair = _PAIR.match(line)
        text = pair[2] if pair else line.strip()
        if pair:
            label = pair[1].strip("\"'")
        bare = re.sub(r"\s#[^\"']*$", "", text).strip() if len(text) < 4_000 else text
        value = bare.strip("\"',")
        if pair and len(row) < 64:
            row.append((label, value[:_BESIDE]))
        number_like = re.fullmatch(r"[-+0-9._eE]+", bare) is not None
        value = value.replace("_", "") if number_like else value
        above = (top,) if trail else ()
        yield Fragment(number, value, label, trail, row, above, "data", not number_like)
