"""A comparison as one offline page, in the dress of the report."""

from __future__ import annotations

from privatedao_audit.compare.sections import Comparison
from privatedao_audit.report.html import render_page

#: Rows shown of a section; the others are counted.
SHOWN = 400


def render(found: Comparison) -> str:
    """The comparison as HTML; equal comparisons give equal bytes."""
    name = found.sides[1].findings["target"]
    title = f"{name['title'] or name['name']}: {found.kind.lower()}"
    return render_page("diff.html.j2", style="compare.css", title=title, found=found, shown=SHOWN)
