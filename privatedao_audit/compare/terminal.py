"""A comparison on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.compare.sections import Comparison, Line
from privatedao_audit.view.terminal import line

#: Rows shown of a section; the others are counted.
SHOWN = 30


def lines(found: Comparison, *, shown: int = SHOWN) -> Iterator[str]:
    """The comparison, line by line; text of strangers can't leave its line."""
    for which, side in zip(("before", "after"), found.sides, strict=True):
        title = line(side.findings["target"]["title"])
        yield f"{which:<15}{line(side.name)}, {title}, recorded {line(side.recorded_at)}"
    yield f"{'verdict':<15}{found.verdict.before} → {found.verdict.after}"
    for text in found.notes:
        yield f"{'note':<15}{line(text)}"
    for section in found.sections:
        yield ""
        yield f"{section.title} ({len(section.lines)})" if section.lines else section.title
        if not section.lines:
            yield f"  {section.nothing}"
        for row in section.lines[:shown]:
            yield f"  {_row(row)}"
        if len(section.lines) > shown:
            yield f"  … and {len(section.lines) - shown} more; --markdown and --html show more"
    yield ""
    for text in found.reasons[:shown]:
        yield f"{'WORSE':<15}{line(text)}"
    if len(found.reasons) > shown:
        yield f"{'WORSE':<15}… and {len(found.reasons) - shown} more reasons"
    yield line(f"{found.headline}.")


def _row(row: Line) -> str:
    what = line(row.what)
    mark = f" ({row.mark})" if row.mark else ""
    values = f": {said}" if (said := row.values(line)) else ""
    note = f"  {line(row.note)}" if row.note else ""
    return f"{'!' if row.worse else ' '} {what}{mark}{values}{note}"
