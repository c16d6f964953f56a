"""Chapters: executed notebooks through nbconvert, with a template that trusts no output.

The status badge of a control cell comes from the finding object in the cell's output, set by
the report's own template; the cell's HTML for people in JupyterLab is left out here, so no
markup of a notebook can imitate one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from privatedao_audit.assets import folder
from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.report.clean_html import (
    UnsafeFigure,
    inline_svg,
    safe_html,
    visible_markup,
)
from privatedao_audit.view.text import visible

if TYPE_CHECKING:
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode


#: Which of an output's forms is shown: the first of these that it has.
_PREFERRED = (
    FINDING_MIME, "image/svg+xml", "image/png", "image/jpeg", "text/html", "text/markdown",
    "text/plain",
)  # fmt: skip
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_MAX_PLAIN = 20_000


class FigureWithoutAlt(ValueError):
    """A picture in a notebook says nothing to those who cannot see it; names the cell."""


@dataclass(frozen=True)
class Chapter:
    """One notebook, set. ``body`` is safe HTML; ``anchor`` is its id in the page."""

    name: str
    anchor: str
    number: str
    title: str
    body: Markup


def render_chapter(
    name: str, notebook: NotebookNode, *, title: str, strip: Callable[[Any, Markup], Markup]
) -> Chapter:
    """Set one executed notebook.

    Args:
        name: the notebook's file stem, for example ``02_key_custody``.
        notebook: the executed notebook, nbformat 4.
        title: the chapter's title.
        strip: sets the verdict line of a control cell from its finding object and its HTML,
            which has been cleaned.

    Raises:
        FigureWithoutAlt: a picture output has no ``alt`` in its metadata.
    """
    empty = chapter(name, title, Markup(""))
    body, _ = _exporter().from_notebook_node(
        notebook, resources={"chapter": empty.anchor, "strip": strip}
    )
    return replace(empty, body=Markup(body))


def chapter(name: str, title: str, body: Markup) -> Chapter:
    """The chapter of a notebook with this file stem, around a body that is set already."""
    number = re.match(r"\d+", name)
    anchor = "chapter-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return Chapter(name, anchor, str(int(number[0])) if number else "", title, body)


@lru_cache(maxsize=1)
def _exporter() -> HTMLExporter:
    from nbconvert import HTMLExporter

    base = str(folder("templates") / "report")
    exporter = HTMLExporter(
        # Only this folder: the default search path begins with the working directory, and a
        # folder of the right name there would replace the whole page.
        template_paths=[base],
        template_file="chapter.html.j2",
        extra_template_basedirs=[base],
        exclude_anchor_links=True,
        filters={
            "picked": picked,
            "picture": picture,
            "safe_html": safe_html,
            "visible_markup": visible_markup,
            "plain_text": plain_text,
            "cell_anchor": cell_anchor,
            "shows_control": shows_control,
        },
    )
    return exporter


def picked(output: Any) -> str:
    """The MIME type by which an output is shown, or an empty string when none may be."""
    data = output.get("data", {})
    return next((kind for kind in _PREFERRED if kind in data), "")


def plain_text(text: str) -> Markup:
    """Text of a stream, a traceback or a ``text/plain`` output: colourless, bounded, escaped."""
    text = _ANSI.sub("", text)
    if len(text) > _MAX_PLAIN:
        text = f"{text[:_MAX_PLAIN]}\n… {len(text) - _MAX_PLAIN} more characters in the notebook"
    return escape(visible(text, lines=True))


def cell_anchor(cell: Any, chapter: str) -> str:
    """The id of a cell in the page, unique because the chapter's anchor leads it."""
    return f"{chapter}-{re.sub(r'[^A-Za-z0-9_-]', '-', str(cell.get('id', 'cell')))}"


def shows_control(cell: Any) -> bool:
    """Whether a cell shows one control and nothing else: its one line of code needs no room."""
    outputs = cell.get("outputs", [])
    return len(outputs) == 1 and picked(outputs[0]) == FINDING_MIME


def picture(output: Any, kind: str, prefix: str, cell: Any) -> Markup:
    """A figure element for a picture output.

    Raises:
        FigureWithoutAlt: neither the output's nor the cell's metadata has an alt text.
    """
    metadata = output.get("metadata", {})
    own = {**metadata, **(metadata.get(kind) or {})}
    alt = str(own.get("alt") or cell.get("metadata", {}).get("alt") or "").strip()
    if not alt:
        raise FigureWithoutAlt(
            f"the cell {cell.get('id', '?')!r} shows a picture without alt text; "
            "draw it with privatedao_audit.view.style.figure_html"
        )
    label = str(own.get("title") or alt)
    payload = output["data"][kind]
    if kind == "image/svg+xml":
        try:
            drawn = inline_svg(payload, alt=label, prefix=prefix)
        except UnsafeFigure as error:
            drawn = Markup('<p class="notice">Figure left out: {}.</p>').format(str(error))
    else:
        data = re.sub(r"[^A-Za-z0-9+/=]", "", payload)
        drawn = Markup('<img src="data:{};base64,{}" alt="{}">').format(
            kind, data, visible(label)
        )  # fmt: skip
    # On a phone a figure keeps a size at which its words can be read, and scrolls in its box.
    return Markup(
        '<figure><div class="scroll">{}</div><figcaption>{}</figcaption></figure>'
    ).format(drawn, visible(alt))
