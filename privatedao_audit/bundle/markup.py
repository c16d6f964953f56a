"""The body of a chapter: may it stand in a page without touching what stands around it?

A chapter is prose, tables and figures of an executed notebook. Its words are compared by a replay
alone. What is checked here is that no part of it can hide, close, cover or imitate another part of
the page: only the elements, attributes and classes that the report's own templates and cleaning
leave there, properly nested, and no nesting that a browser would take apart otherwise (HTML,
13.2.6: an element that is closed by the start of another could let a later end tag close an
element outside).
"""

from __future__ import annotations

import re
from typing import Final

from privatedao_audit.bundle.errors import BadBundle

_TEXT: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "kbd", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_FIGURE: Final = {
    "svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text",
    "tspan", "clippath", "use", "pattern", "title",
}  # fmt: skip
_VOID: Final = {"br", "col", "hr", "img"}
#: Elements that stand in these alone: elsewhere a browser would close others around them.
_INSIDE: Final = {
    "li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}, "caption": {"table"}, "colgroup": {"table"},
    "thead": {"table"}, "tbody": {"table"}, "tfoot": {"table"}, "col": {"colgroup"},
    "tr": {"thead", "tbody", "tfoot"}, "td": {"tr"}, "th": {"tr"},
}  # fmt: skip
#: What the elements on the left may hold, and nothing else.
_HOLDS: Final = {
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot"}, "colgroup": {"col"},
    "thead": {"tr"}, "tbody": {"tr"}, "tfoot": {"tr"}, "tr": {"td", "th"},
}  # fmt: skip
_PLAIN: Final = {
    "class", "id", "href", "title", "src", "alt", "value", "start", "colspan", "rowspan", "scope",
    "rel", "data-in-front",
}  # fmt: skip
_DRAWN: Final = {
    "id", "href", "role", "xmlns", "viewbox", "width", "height", "x", "y", "x1", "x2", "y1", "y2",
    "cx", "cy", "r", "rx", "ry", "d", "points", "clip-path", "fill", "stroke", "patternunits",
    "stroke-width", "stroke-linejoin", "stroke-linecap", "stroke-dasharray", "stroke-dashoffset",
    "stroke-miterlimit", "stroke-opacity", "fill-opacity", "fill-rule", "opacity", "font-size",
    "font-weight", "font-style", "font-family", "text-anchor",
}  # fmt: skip
_CLASSES: Final = {
    "cell", "code", "control", "defaults", "failed", "hash", "highlight", "key", "not-run",
    "notebook-view", "notice", "onscreen", "output", "prose", "scroll", "stderr", "stream",
}  # fmt: skip
#: Of a verdict line; where the lines were compared they are taken out before.
_OF_LINES: Final = {"strip", "brief", "badge", "outlined", "glyph", "whole", "disagrees"}
#: The language of code, and its colours, which have short classes; this one would hide.
_LANGUAGE = re.compile(r"hl-[a-z0-9]{1,20}", re.ASCII)
_COLOUR = re.compile(r"(?!pdf\Z)[a-z][a-z0-9]{0,2}", re.ASCII)
#: A value with quotation marks in it stands between apostrophes.
_VALUE: Final = r"""="[^"<>]*"|='[^'<>]*'"""
_TAG = re.compile(
    rf"(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:{_VALUE}))*)\s*(/?)", re.ASCII
)
_ATTRIBUTE = re.compile(rf"\s+([a-zA-Z][a-zA-Z0-9-]*)({_VALUE})", re.ASCII)
_LINK = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*", re.ASCII)


def check(name: str, text: str, anchor: str, *, lines: bool) -> None:
    """Check the body of a chapter.

    Args:
        name: of the page, for the refusal.
        anchor: id of the chapter, with which every id in it begins.
        lines: verdict lines may be in it, because they were not compared.

    Raises:
        BadBundle: something in it could touch what stands around it.
    """
    inside: list[str] = []
    for piece in text.split("<")[1:]:
        head, closed, _ = piece.partition(">")
        found = _TAG.fullmatch(head)
        if not closed or found is None:
            raise _bad(name, "what is no tag of the kit")
        end, tag, attributes, empty = found[1], found[2].lower(), found[3], found[4]
        if end:
            if attributes or empty or not inside or inside.pop() != tag:
                raise _bad(name, f"an end of {tag} in the wrong place")
            continue
        drawn = "svg" in inside
        _check_place(name, tag, inside, drawn)
        for key, value in _ATTRIBUTE.findall(attributes):
            _check_attribute(name, tag, key.lower(), value[2:-1], anchor, lines)
        if empty and not (drawn or tag in _VOID):
            raise _bad(name, f"a {tag} that is closed as none is")
        if not empty and tag not in _VOID:
            inside.append(tag)
    if inside:
        raise _bad(name, f"a {inside[-1]} that does not end")


def _check_place(name: str, tag: str, inside: list[str], drawn: bool) -> None:
    parent = inside[-1] if inside else ""
    sound = tag in (_FIGURE if drawn or tag == "svg" else _TEXT)
    sound = sound and not (tag in ("svg", "a") and tag in inside) and parent != "title"
    sound = sound and (tag not in _INSIDE or drawn or parent in _INSIDE[tag])
    if not sound or (parent in _HOLDS and tag not in _HOLDS[parent]):
        raise _bad(name, f"a {tag} in the wrong place")


def _check_attribute(name: str, tag: str, key: str, value: str, anchor: str, lines: bool) -> None:
    drawn = tag in _FIGURE
    known = key in (_DRAWN if drawn else _PLAIN)
    # A drawing that is moved as a whole could cover another part of the page.
    known = known or (drawn and key == "transform" and tag != "svg")
    known = known or (lines and key == "aria-hidden")
    sound = known
    if key == "class":
        sound = sound and all(_is_class(one, tag, lines) for one in value.split())
    elif key == "id":
        sound = sound and value.startswith(f"{anchor}-")
    elif key == "href":
        sound = sound and (value.startswith("#") if drawn else _LINK.match(value) is not None)
    elif key == "src":
        sound = sound and tag == "img" and _PICTURE.fullmatch(value) is not None
    if not sound:
        raise _bad(name, f"a {tag} with {key[:20]} as no chapter has it")


def _is_class(word: str, tag: str, lines: bool) -> bool:
    if word in _CLASSES or _LANGUAGE.fullmatch(word) or (tag == "span" and _COLOUR.fullmatch(word)):
        return True
    return lines and (word in _OF_LINES or word.startswith("s-"))


def _bad(name: str, what: str) -> BadBundle:
    return BadBundle("views", f"{name}: a chapter holds {what}, which could hide or imitate others")
