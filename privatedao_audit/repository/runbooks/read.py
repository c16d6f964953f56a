"""Read a runbook: by the kit's own headings, or by those that a target maps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.runbooks.model import HEADINGS, Element, Named, Runbook
from privatedao_audit.repository.runbooks.sections import (
    Section,
    plain,
    read_sections,
    said_lines,
    says_something,
)

__all__ = ["HANDLE", "MAIL", "PHONE", "read_runbook"]

#: Elements that may stand in the front matter, and under which names.
_IN_FRONT: Final = {"owner": "owner", "escalation": "escalation"}
_FRONT = "front matter"
_MAX_LEVERS: Final = 20
_MAX_CODES: Final = 50
#: Characters of an owner or an escalation in which names are looked for.
_MAX_TOLD: Final = 20_000
#: With the blanks around it: a name of fewer letters is found in anything.
_LEAST_NAME: Final = 5

MAIL = re.compile(r"[^@\s<>()]{1,64}@[^@\s.<>()]{1,190}(?:\.[^@\s.<>()]{1,63})+")
PHONE = re.compile(r"(?<![\w.])\+?\d[\d ()/-]{5,25}\d(?![\w.])")
HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z]\w{2,40}\b|(?:t\.me|wa\.me|discord\.gg)/[^\s()<>]{2,80}")
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"`+\s*([A-Za-z_][A-Za-z0-9_]{1,80})(?:\(\))?\s*`+")
_WORDS: Final = {
    "veto": re.compile(r"\bveto(?:es|ed|ing|able)?(?![a-z])", re.IGNORECASE),
    "cancel": re.compile(r"\bcancel(?:s|l?ed|l?ing|lation)?(?![a-z])", re.IGNORECASE),
    "hand over": re.compile(
        r"\b(?:transfer|move|hand over|rotate|revoke)\w*\b[^.\n]{0,80}\bauthorit(?:y|ies)\b",
        re.IGNORECASE,
    ),
    "none": re.compile(
        r"^\W*none\b|\bno (?:on-chain )?lever\b|\bnothing on chain\b|\bno instruction\b",
        re.IGNORECASE | re.MULTILINE,
    ),
    "halt": re.compile(
        r"\b(?:paus|freez|stop|disabl)\w*\b[^.\n]{0,40}\b(?:program|protocol|contract|dao|treasury)\b"
        r"|\bemergency (?:stop|switch|flag|mode|shutdown)|\bkill[- ]switch|\bcircuit[- ]breaker",
        re.IGNORECASE,
    ),
}  # fmt: skip
_DENIED = re.compile(
    r"\b(?:no|not|never|none|nothing|nobody|cannot|can't|ends?|ended|gone|only|expires?|over)\b",
    re.IGNORECASE,
)
_LATE = (
    re.compile(r"\bveto\w*\b[^.\n]{0,80}\b(?:after|once|past)\b[^.\n]{0,30}\b(?:unlock|execut)",
               re.IGNORECASE),
    re.compile(r"\bbefore (?:it is |the |its )?execut[^.\n]{0,60}\bveto", re.IGNORECASE),
    re.compile(r"\bveto\w*\b[^.\n]{0,60}\b(?:before|until) (?:it is |the |its )?execut",
               re.IGNORECASE),
    re.compile(r"\bcancel\w*\b[^.\n]{0,80}\bafter\b[^.\n]{0,40}\b(?:commit|vote[sd]?\b|pass)",
               re.IGNORECASE),
)  # fmt: skip


def read_runbook(data: bytes, fields: Mapping[str, str], contacts: Iterable[str] = ()) -> Runbook:
    """A runbook from its bytes.

    Args:
        fields: element → heading of its section, for documents that do not keep to the kit's
            headings; an element that is not among them is looked for under the kit's own.
        contacts: names and roles of those who can be called, for telling whom a text names.

    Raises:
        BadDocument: not UTF-8, beyond the bounds, malformed front matter, or a heading that
            stands there twice, so that which section is meant is not known.
    """
    front, sections = read_sections(data)
    names = [_words(plain(one)) for one in contacts]
    elements, texts = {}, {}
    for name, own in HEADINGS.items():
        element, lines = _element(name, own, fields.get(name), front, sections)
        text = "\n".join(lines)
        reaches = tuple(_reaches(text, names)) if name in ("owner", "escalation") else ()
        elements[name] = Element(element.place, element.line, element.lines, reaches)
        texts[name] = text
    prose = texts["lever"]
    return Runbook(
        path=_text(front, "path"),
        date=_text(front, "date"),
        elements=elements,
        levers=tuple(_levers(front)),
        codes=tuple(dict.fromkeys(_CODE.findall(prose)))[:_MAX_CODES],
        words=tuple(name for name, word in _WORDS.items() if word.search(prose)),
        late=any(_late(sentence) for sentence in re.split(r"[.;\n]", prose)),
    )


def _element(
    name: str,
    own: tuple[str, ...],
    mapped: str | None,
    front: Mapping[str, Any],
    sections: tuple[Section, ...],
) -> tuple[Element, tuple[str, ...]]:
    wanted = (mapped,) if mapped is not None else own
    found = [one for one in sections if plain(one.heading) in {plain(each) for each in wanted}]
    if len(found) > 1:
        places = " and ".join(str(one.at) for one in found[:3])
        raise BadDocument(f"the heading {wanted[0][:80]!r} stands in lines {places}")
    lines = () if not found else _stated(name, found[0].lines)
    stated = _text(front, _IN_FRONT[name]) if name in _IN_FRONT else None
    if stated is not None and says_something(stated):
        # What the front matter says stands beside what the section says.
        place = found[0].heading if lines else _FRONT
        line = found[0].at if lines else 1
        return Element(place, line, len(lines) + 1), (*lines, stated)
    if not found:
        return Element(wanted[0], None, 0), ()
    return Element(found[0].heading, found[0].at, len(lines)), lines


def _stated(name: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    said = said_lines(lines)
    if said or name != "lever":
        return said
    # "None." says nothing of an owner, and everything of a lever.
    return tuple(line for line in lines if _WORDS["none"].search(line))


def _text(front: Mapping[str, Any], name: str) -> str | None:
    value = front.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadDocument(f"{name} of its front matter is a {type(value).__name__}, not a text")
    return str(value)[:300]


def _levers(front: Mapping[str, Any]) -> Iterator[Named]:
    value = front.get("lever")
    if value is None:
        return
    rows = value if isinstance(value, list) else [value]
    if len(rows) > _MAX_LEVERS:
        raise BadDocument(f"its front matter names more than {_MAX_LEVERS} levers")
    for row in rows:
        if isinstance(row, str):
            yield Named(row.strip()[:100], "")
        elif isinstance(row, dict):
            extra = set(row) - {"instruction", "when"}
            if extra or not all(isinstance(one, str) for one in row.values()):
                raise BadDocument("a lever of its front matter has instruction and when, as texts")
            yield Named(row.get("instruction", "").strip()[:100], row.get("when", "").strip()[:100])
        else:
            raise BadDocument(f"a lever of its front matter is a {type(row).__name__}")


def _reaches(text: str, names: list[str]) -> Iterator[str]:
    text = text[:_MAX_TOLD]
    words = _words(plain(text.replace("\n", " ")))
    if any(len(one) >= _LEAST_NAME and one in words for one in names):
        yield "listed contact"
    for kind, form in (("mail", MAIL), ("phone", PHONE), ("handle", HANDLE)):
        if form.search(text):
            yield kind


def _words(text: str) -> str:
    """Words between single blanks, one at each end, so that a name is found as a whole."""
    return " ".join(["", *_WORD.findall(text), ""])


def _late(sentence: str) -> bool:
    if not any(form.search(sentence) for form in _LATE):
        return False
    # "The veto ends with the unlock, so before execution ..." says it right.
    return not _DENIED.search(sentence) and "before unlock" not in plain(sentence)
