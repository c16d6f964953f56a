"""What a Markdown document states to somebody who reads it rendered.

Left out are code blocks between fences (examples), HTML comments, and what is struck through.
Rules: CommonMark 0.31, "Fenced code blocks" and "HTML blocks"; GitHub Flavored Markdown,
"Strikethrough". A fence counts however far it is indented, since it may lie in a list; code that
is only indented is not told from the text of a list, and counts as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from privatedao_audit.repository.comments import without_comments

__all__ = ["stated_lines"]

_FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_CODE = re.compile(r"(?<!`)(?P<ticks>`{1,20})(?!`).+?(?<!`)(?P=ticks)(?!`)")
#: What may begin or end struck-out text, and what ends a paragraph: a blank line, a heading, a
#: quotation, or the next item of a list.
_EDGE = re.compile(
    r"(?P<end>\n(?=[ \t]*(?:\n|[-*+][ \t]|\d{1,9}[.)][ \t]|\#|>)))"
    r"|(?P<tildes>(?<!\\)~+)"
    r"|<(?P<closes>/?)(?P<tag>s|del|strike)(?:\s[^<>]{0,200})?>",
    re.IGNORECASE,
)
#: Stands for a piece of code while tildes are looked for: those inside it strike nothing out.
_HELD = "\ue000{}\ue001"
_BACK = re.compile("\ue000(\\d+)\ue001")


def stated_lines(text: str) -> list[str]:
    """The lines of a document without its examples, comments and struck-out text."""
    held: list[str] = []

    def hold(code: str) -> str:
        held.append(code)
        return _HELD.format(len(held) - 1)

    plain = "\n".join(_outside(text.replace("\ue000", "").replace("\ue001", ""), hold))
    left = _without_struck(plain)
    return [_BACK.sub(lambda m: held[int(m[1])], line) for line in left.split("\n")]


def _without_struck(text: str) -> str:
    """The text without what stands between a pair of edges in one paragraph."""
    begun: dict[str, int] = {}
    struck: list[tuple[int, int]] = []
    for edge in _EDGE.finditer(text):
        if edge["end"] is not None:
            begun.clear()
            continue
        if edge["tag"] is not None:
            name = edge["tag"].lower()
            may_begin, may_end = not edge["closes"], bool(edge["closes"])
        else:
            # Tildes touch the text that they strike out, and three are none of them.
            name = edge["tildes"] if len(edge["tildes"]) < 3 else ""
            may_begin = bool(text[edge.end() : edge.end() + 1].strip())
            may_end = bool(text[max(edge.start() - 1, 0) : edge.start()].strip())
        if name in begun and may_end:
            struck.append((begun.pop(name), edge.end()))
        elif name and may_begin:
            begun.setdefault(name, edge.start())
    kept, at = [], 0
    for start, end in sorted(struck):
        kept.append(text[at : max(start, at)])
        at = max(at, end)
    return "".join([*kept, text[at:]])


def _outside(text: str, hold: Callable[[str], str]) -> Iterator[str]:
    """The lines outside fences and comments, with code in them put aside."""
    fence = ""
    for line in without_comments(text.splitlines()):
        if fence:
            match = _FENCE.fullmatch(line)
            closes = match and match["mark"].startswith(fence) and not match["info"].strip()
            fence = "" if closes else fence
            continue
        match = _FENCE.fullmatch(line)
        if match and not (match["mark"][0] == "`" and "`" in match["info"]):
            fence = match["mark"]
            yield ""
            continue
        yield _CODE.sub(lambda found: hold(found[0]), line)
