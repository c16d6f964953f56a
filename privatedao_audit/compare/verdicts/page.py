"""A verdict history as one offline page, in the dress of the report."""

from __future__ import annotations

from privatedao_audit.compare.verdicts import plot, told
from privatedao_audit.compare.verdicts.causes import MEANING
from privatedao_audit.compare.verdicts.history import Entry, History, span
from privatedao_audit.report.clean_html import inline_svg
from privatedao_audit.report.html import render_page

#: Reasons shown of a run, and other changes of a control; the rest is counted.
SHOWN = 40


#: Runs that stand in the open; earlier ones are folded.
_OPEN = 12


def _tables(entries: list[Entry]) -> list[tuple[bool, list[Entry]]]:
    """The runs, and whether they are folded: only where there are many."""
    early = max(len(entries) - _OPEN, 0)
    return [(fold, some) for fold, some in ((True, entries[:early]), (False, entries[early:]))
            if some]  # fmt: skip


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
        tables=_tables(found.entries),
        figure=inline_svg(figure.svg, alt=figure.title, prefix="counts-"),
        alt=figure.alt,
        meaning=[(one, text) for one, text in MEANING.items() if one in seen],
    )
