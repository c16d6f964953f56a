"""A verdict history as one offline page, in the dress of the report."""

from __future__ import annotations

from privatedao_audit.compare.verdicts import plot, told
from privatedao_audit.compare.verdicts.causes import MEANING
from privatedao_audit.compare.verdicts.history import History, span
from privatedao_audit.report.clean_html import inline_svg
from privatedao_audit.report.html import render_page

#: Reasons shown of a run, and earlier changes of a control; the others are counted.
SHOWN = 100


def render(found: History) -> str:
    """The history as HTML; equal histories give equal bytes."""
    target = found.newest.run.findings["target"]
    figure = plot.counts(found)
    seen = {one.cause for strip in found.strips for one in strip.changes}
    return render_page(
        "verdicts.html.j2",
        style="verdicts.css",
        title=f"{target['title'] or target['name']}: {told.KIND.lower()}",
        found=found,
        newest=found.newest.run.findings,
        target=target,
        told=told,
        span=span,
        shown=SHOWN,
        figure=inline_svg(figure.svg, alt=figure.title, prefix="counts-"),
        alt=figure.alt,
        meaning=[(one, text) for one, text in MEANING.items() if one in seen],
    )
