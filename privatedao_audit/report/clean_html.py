"""What of a notebook's HTML and SVG may enter the page.

An allow-list, not a search for evil: no class, id or style survives, so that nothing in a
notebook can look like a badge, a heading of the report, or a link target of it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import nh3
from markupsafe import Markup, escape

from privatedao_audit.view.style import TEXT_FAMILY
from privatedao_audit.view.text import LONG_KEY, visible

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "s", "small", "span", "strong",
    "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title"},
    "li": {"value"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+\Z")
_HEADING = re.compile(r"<(/?)h([1-6])>")
_UNUSUAL = re.compile(r"[^ -~\n\t\u00a0]")
_PICTURE = re.compile(r'<img((?:\s+[a-z]+="[^"]*")*)\s*/?>')
_EMPTY_HEADING = re.compile(r'<th(?: [a-z]+="[^"]*")*>\s*</th>')
#: A piece of markup, code included (group 1), or a key or hash in running text (group 2).
_KEY_OR_MARKUP = re.compile(
    r'(<pre>.*?</pre>|<code>.*?</code>|<[^>"]*(?:"[^"]*"[^>"]*)*>)|' + LONG_KEY.pattern, re.DOTALL
)
_KEY_CELL = re.compile(r"<td><code>(?=([0-9A-Za-z]{32,128})</code></td>)")
_FIRST_TITLE = re.compile(r"\A\s*<h1>.*?</h1>", re.DOTALL)


def safe_html(html: str, *, headings: bool = True, drop_title: bool = False) -> Markup:
    """HTML of a notebook reduced to text structure, tables, links and embedded pictures.

    Args:
        html: markup from a Markdown cell or a ``text/html`` output.
        headings: keep headings, one level down and never above level 3, which is below the
            chapter's own. Without it they become bold text: what a cell prints must not be able
            to open a section of the report.
        drop_title: leave out a heading of level 1 at the very beginning (the chapter has it).
    """
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        clean_content_tags={"script", "style"},
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )
    cleaned = _PICTURE.sub(_kept_picture, cleaned)
    if drop_title:
        cleaned = _FIRST_TITLE.sub("", cleaned)
    # After nh3 a heading tag carries no attribute, so that the pattern sees every one.
    cleaned = _HEADING.sub(_lowered if headings else _bold, cleaned)
    # The corner of a data frame is no heading of anything.
    cleaned = _EMPTY_HEADING.sub("<td></td>", cleaned)
    cleaned = _KEY_OR_MARKUP.sub(_set_key, cleaned)
    cleaned = _KEY_CELL.sub(lambda m: f'<td class="{_key_class(m[1])}"><code>', cleaned)
    cleaned = cleaned.replace("<table>", '<div class="scroll"><table>').replace(
        "</table>", "</table></div>"
    )
    return Markup(_visible_markup(cleaned))


def _lowered(match: re.Match[str]) -> str:
    return f"<{match[1]}h{min(6, max(3, int(match[2]) + 1))}>"


def _bold(match: re.Match[str]) -> str:
    return "</strong></p>" if match[1] else "<p><strong>"


def _set_key(match: re.Match[str]) -> str:
    return match[0] if match[1] else f"<code>{match[2]}</code>"


def _key_class(key: str) -> str:
    """Keys break at fixed places: hashes into lines of 32 characters, the others of 22."""
    return "key hash" if len(key) % 32 == 0 and len(key) > 32 else "key"


def _kept_picture(match: re.Match[str]) -> str:
    return match[0] if ' src="data:' in match[1] else "<em>[a picture was left out]</em>"


def visible_markup(markup: str) -> Markup:
    """Trusted markup whose text may hold hidden characters: they become code points."""
    return Markup(_visible_markup(markup))


def _visible_markup(markup: str) -> str:
    # A replacement stands for one character of text or of an attribute value; both hold it
    # escaped. The markup itself is ASCII, which stays.
    return _UNUSUAL.sub(lambda m: str(escape(visible(m[0]))), markup)


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return value if _LINK.match(value) else None
    if attribute == "src":
        return value if _IMAGE.match(value) else None
    if tag == "li":
        return value if value.isdecimal() and len(value) < 6 else None
    return value


_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_SVG_TAGS = {
    "svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "text", "tspan", "clipPath", "use", "pattern",
}  # fmt: skip
_SVG_ATTRIBUTES = {
    "viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx",
    "ry", "d", "points", "transform", "id", "clip-path", "fill", "stroke", "patternUnits",
}  # fmt: skip
_SVG_STYLE = {
    "fill", "stroke", "stroke-width", "stroke-linejoin", "stroke-linecap", "stroke-dasharray",
    "stroke-dashoffset", "stroke-miterlimit", "stroke-opacity", "fill-opacity", "fill-rule",
    "opacity", "font-size", "font-weight", "font-style", "text-anchor",
}  # fmt: skip
_VALUE = re.compile(r"[\w\s.,#%()+\-]*\Z")
#: A reference to something in the same figure, such as the hatch of an area.
_OWN = re.compile(r"url\(#([\w.-]+)\)\Z")
_FONT = re.compile(r"(?P<before>[\w\s]*?)(?P<size>[\d.]+(?:px|pt))(?:/\S+)?\s+(?P<family>.*)\Z")


class UnsafeFigure(ValueError):
    """The SVG cannot be embedded; the message says why."""


def inline_svg(svg: str, *, alt: str, prefix: str) -> Markup:
    """A figure's SVG as an inline element that can neither style the page nor load anything.

    Style attributes become presentation attributes, so that the page needs no inline style;
    ids get a prefix, so that two figures do not mix; fonts become the report's own.

    Raises:
        UnsafeFigure: it is not well-formed SVG, or declares entities.
    """
    if "<!ENTITY" in svg or re.search(r"<!DOCTYPE[^>]*\[", svg):
        raise UnsafeFigure("the figure's SVG declares entities")
    try:
        root = ET.fromstring(svg)
    except (ET.ParseError, ValueError) as error:
        raise UnsafeFigure(f"the figure's SVG is not well-formed: {error}") from None
    if root.tag != f"{{{_SVG}}}svg":
        raise UnsafeFigure("the figure's root element is not svg")
    clean = _element(root, prefix)
    clean.set("role", "img")
    clean.set("xmlns", _SVG)
    clean.set("stroke-linejoin", "round")
    clean.set("font-family", f"{TEXT_FAMILY}, sans-serif")
    title = ET.Element("title")
    title.text = visible(alt)
    clean.insert(0, title)
    return Markup(ET.tostring(clean, encoding="unicode"))


def _element(source: ET.Element, prefix: str) -> ET.Element:
    name = source.tag.removeprefix(f"{{{_SVG}}}")
    clean = ET.Element(name)
    for key, value in source.attrib.items():
        if key == "style":
            for attribute, part in _presentation(value, prefix):
                clean.set(attribute, part)
        elif key in ("href", _XLINK) and name == "use" and value.startswith("#"):
            clean.set("href", f"#{prefix}{value[1:]}")
        elif key == "id":
            clean.set("id", prefix + re.sub(r"[^\w.-]", "-", value))
        elif key == "clip-path" and not _OWN.match(value):
            continue
        elif key in _SVG_ATTRIBUTES and (kept := _kept(key, value, prefix)) is not None:
            clean.set(key, kept)
    clean.text = visible(source.text) if source.text and source.text.strip() else None
    for child in source:
        if isinstance(child.tag, str) and child.tag.removeprefix(f"{{{_SVG}}}") in _SVG_TAGS:
            copy = _element(child, prefix)
            copy.tail = visible(child.tail) if child.tail and child.tail.strip() else None
            clean.append(copy)
    return clean


def _kept(key: str, value: str, prefix: str) -> str | None:
    """An attribute's value as it may stay, or None: references lead into the figure only."""
    if match := _OWN.match(value):
        return f"url(#{prefix}{match[1]})"
    if "url(" in value.casefold():
        return None
    return value if key in ("d", "points") or _VALUE.match(value) else None


def _presentation(style: str, prefix: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for declaration in style.split(";"):
        name, _, value = (piece.strip() for piece in declaration.partition(":"))
        if name == "font" and (match := _FONT.match(value)):
            out.append(("font-size", match["size"]))
            if re.search(r"\b(bold|[6-9]00)\b", match["before"]):
                out.append(("font-weight", "600"))
        elif name in _SVG_STYLE and (kept := _kept(name, value, prefix)) is not None:
            out.append((name, kept))
    return out
