"""A comparison as Markdown for a pull request.

What a stranger may have written stands in code spans, where nothing is a link, an image, a
mention, HTML or a heading; and in lists, where it can't end a cell.
"""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.compare.sections import Comparison, Line
from privatedao_audit.report.exports.markdown import code

#: Rows shown of a section: a comment of a pull request takes 65,536 characters.
SHOWN = 25


def render(found: Comparison) -> bytes:
    """The comparison as GitHub-flavoured Markdown."""
    return ("\n".join(_lines(found)) + "\n").encode()


def _lines(found: Comparison) -> Iterator[str]:
    yield f"## {found.kind}: {found.headline}"
    yield ""
    for which, side in zip(("Before", "After"), found.sides, strict=True):
        title = code(side.findings["target"]["title"])
        yield f"- {which}: {code(side.name)}, {title}, recorded {code(side.recorded_at)}"
    yield f"- Verdict: **{found.verdict.before} → {found.verdict.after}**"
    yield ""
    if found.reasons:
        yield "### Why it is worse"
        yield ""
        yield from _cut([f"- {code(text)}" for text in found.reasons])
        yield ""
    for text in found.notes:
        yield f"> {code(text)}"
        yield ""
    for section in found.sections:
        yield f"### {section.title}"
        yield ""
        if not section.lines:
            yield section.nothing
        else:
            yield f"{section.lead}"
            yield ""
            yield from _cut([f"- {_row(row)}" for row in section.lines])
        yield ""
    roots = " and ".join(code(side.findings["evidence_root"]) for side in found.sides)
    yield f"Evidence roots {roots}. This is for reading only; the recordings hold the evidence."


def _cut(rows: list[str]) -> list[str]:
    more = len(rows) - SHOWN
    return [*rows[:SHOWN], f"- and {more} more"] if more > 0 else rows


def _row(row: Line) -> str:
    mark = f" {row.mark}" if row.mark else ""
    values = f" {said}" if (said := row.values(code)) else ""
    note = f": {code(row.note)}" if row.note else ""
    return f"{'**worse** ' if row.worse else ''}{code(row.what)}{mark}{values}{note}"
