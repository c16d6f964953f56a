"""A Markdown document as front matter and sections, and which of its lines say something.

Headings are those of CommonMark 0.31, ATX and setext. Code between fences, comments and struck-out
text say nothing (see :mod:`privatedao_audit.repository.markdown`), nor do placeholders.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.markdown import stated_lines
from privatedao_audit.repository.structured import parse, text

__all__ = [
    "MAX_RUNBOOK",
    "Section",
    "plain",
    "read_sections",
    "said_lines",
    "says_something",
    "unlinked",
]

#: Most bytes of a runbook, and of its front matter.
MAX_RUNBOOK: Final = 512 * 1024
_MAX_FRONT: Final = 16 * 1024
_MAX_LINE: Final = 4_000
_MAX_SECTIONS: Final = 500

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*")
_MARKER = re.compile(r"\s*(?:>\s*)*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(?:\[[ xX]\]\s+)?")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_BLANKS = re.compile(r"[*_`|#]+|\.{2,}|…")
#: What stands there until somebody fills it in.
_PLACEHOLDER = re.compile(
    r"(?:tbd|tba|tbc|tbw|todo|to do|fixme|xxx+|wip|n/?a|n\.a|none|null|nil|nobody|unknown|"
    r"unassigned|pending|placeholder|example|lorem ipsum|coming soon|"
    r"not (?:yet )?(?:assigned|defined|applicable|decided|written|available)|"
    r"to be (?:named|defined|decided|determined|added|written|filled(?: in)?|assigned|confirmed|"
    r"completed|announced)|fill (?:this |me )?in|insert\b.*|your (?:text|name|team)\b.*|-+)",
    re.IGNORECASE,
)
#: A line that begins so says only what is still to be said.
_UNWRITTEN = re.compile(
    r"(?:tbd|tba|tbc|todo|fixme|xxx+|wip|placeholder)\b|to be (?:named|defined|decided|determined|"
    r"added|written|filled|assigned|confirmed|completed|announced)\b|fill (?:this )?in\b",
    re.IGNORECASE,
)
_LEAST_LETTERS: Final = 3
#: A telephone number says something without a letter.
_LEAST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and everything below it, down to the next one of its level.

    ``lines`` are those a reader sees, headings of its own parts left out; ``at`` counts from 1.
    """

    heading: str
    at: int
    lines: tuple[str, ...]


def read_sections(data: bytes) -> tuple[Mapping[str, Any], tuple[Section, ...]]:
    """Front matter (YAML between ``---``, TOML between ``+++``) and sections of a document.

    Raises:
        BadDocument: not UTF-8, beyond the bounds, or front matter that is malformed.
    """
    if len(data) > MAX_RUNBOOK:
        raise BadDocument(f"{len(data)} bytes; a runbook may have {MAX_RUNBOOK}")
    whole = text(data, "the runbook").replace("\r\n", "\n").replace("\r", "\n")
    if any(len(line) > _MAX_LINE for line in whole.split("\n")):
        raise BadDocument(f"a line has more than {_MAX_LINE} characters")
    front, body, skipped = _front_matter(whole)
    return front, tuple(_sections(body, skipped))


def _front_matter(whole: str) -> tuple[Mapping[str, Any], str, int]:
    for fence, form in (("---", "yaml"), ("+++", "toml")):
        if not whole.startswith(f"{fence}\n"):
            continue
        head, found, rest = whole[4:].partition(f"\n{fence}\n")
        if not found:
            if form == "yaml":
                break  # A rule across the page, and no front matter.
            raise BadDocument("its front matter does not end")
        if len(head) > _MAX_FRONT:
            raise BadDocument(f"front matter of more than {_MAX_FRONT} characters")
        value = parse(form, head.encode(), "its front matter").value
        if not isinstance(value, dict):
            raise BadDocument("its front matter is no table")
        return value, rest, head.count("\n") + 3
    return {}, whole, 0


def _sections(body: str, skipped: int) -> Iterator[Section]:
    stated = stated_lines(body)
    numbers = _numbered(body, skipped)
    open_ones: list[tuple[int, str, int, list[str]]] = []
    done: list[tuple[int, Section]] = []
    order = 0
    index = 0
    while index < len(stated):
        line = stated[index]
        below = stated[index + 1] if index + 1 < len(stated) else ""
        level, heading, taken = _heading(line, below)
        if level:
            while open_ones and open_ones[-1][0] >= level:
                _close(open_ones, done)
            order += 1
            if order > _MAX_SECTIONS:
                raise BadDocument(f"more than {_MAX_SECTIONS} headings")
            open_ones.append((level, heading, _take(numbers, heading, skipped), []))
        else:
            for one in open_ones:
                one[3].append(line)
        index += taken
    while open_ones:
        _close(open_ones, done)
    yield from (section for _at, section in sorted(done, key=lambda pair: pair[0]))


def _close(
    open_ones: list[tuple[int, str, int, list[str]]], done: list[tuple[int, Section]]
) -> None:
    _level, heading, at, lines = open_ones.pop()
    done.append((at, Section(heading, at, tuple(lines))))


def _heading(line: str, below: str) -> tuple[int, str, int]:
    """Level (0: none), text, and how many lines it takes."""
    match = _ATX.fullmatch(line)
    if match:
        return len(match[1]), (match[2] or "").strip(), 1
    under = _SETEXT.fullmatch(below)
    if under and line.strip() and not _MARKER.match(line).group().strip() and "|" not in line:  # type: ignore[union-attr]
        return (1 if under[1][0] == "=" else 2), line.strip(), 2
    return 0, "", 1


def _numbered(body: str, skipped: int) -> dict[str, list[int]]:
    """Text of a line that may be a heading → its line numbers, in order.

    What is stated has lost the lines between fences, so that places are looked up by their text.
    """
    found: dict[str, list[int]] = {}
    for number, line in enumerate(body.split("\n"), skipped + 1):
        match = _ATX.fullmatch(line)
        name = plain((match[2] or "") if match else line)
        if name:
            found.setdefault(name, []).append(number)
    return found


def _take(numbers: dict[str, list[int]], heading: str, otherwise: int) -> int:
    places = numbers.get(plain(heading))
    return places.pop(0) if places else otherwise + 1


@lru_cache(maxsize=1_024)  # Lines have a bound, and headings come back.
def plain(phrase: str) -> str:
    """A heading as it is compared: without markup, in one case, with single blanks."""
    bare = _BLANKS.sub(" ", _TAG.sub("", _LINK.sub(r"\1", phrase)))
    return " ".join(_visible(bare).casefold().split()).rstrip(" :")


def unlinked(line: str) -> str:
    """A line with the texts of its links in their place."""
    return _LINK.sub(r"\1", line)


def _visible(phrase: str) -> str:
    """Without characters that nobody sees: a zero-width space fills no section."""
    if phrase.isascii() and phrase.isprintable():
        return phrase
    return "".join(one for one in phrase if unicodedata.category(one) not in ("Cf", "Cc", "Co"))


@lru_cache(maxsize=1_024)
def says_something(line: str) -> bool:
    """Whether a line is more than a marker, a rule or a placeholder."""
    bare = _BLANKS.sub(" ", _TAG.sub("", _LINK.sub(r"\1", line[_MARKER.match(line).end() :])))  # type: ignore[union-attr]
    bare = " ".join(_visible(bare).split()).strip(" .:;,?!-–—()[]{}<>\"'")
    letters, digits = sum(map(str.isalpha, bare)), sum(map(str.isdigit, bare))
    if letters < _LEAST_LETTERS and digits < _LEAST_DIGITS:
        return False
    return not (_PLACEHOLDER.fullmatch(bare) or _UNWRITTEN.match(bare))


def said_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines that say something. A label alone (``Owner:``) does not."""
    return tuple(
        line for line in lines
        if says_something(line) and says_something(_after_label(line))
    )  # fmt: skip


def _after_label(line: str) -> str:
    """What stands behind a short label at the beginning of a line: ``Owner: TBD`` says nothing."""
    head, colon, rest = line.partition(":")
    if colon and len(head.split()) <= 4 and "//" not in rest[:2]:
        return rest
    return line
