"""A summary for a pull request, in GitHub-flavoured Markdown.

Everything that a stranger may have written stands in code spans: there nothing is a link, an
image, a mention, HTML or a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privatedao_audit.model.status import READING_ORDER
from privatedao_audit.report.exports.document import Control, Document
from privatedao_audit.view.style import plain_mark
from privatedao_audit.view.text import cut, visible

#: Items shown of a list; the rest is counted.
_SHOWN = 25
_LONGEST = 300
_TICKS = re.compile(r"`+")


def render(found: Document) -> bytes:
    """Verdict, counts, what is missing for READY, doubts and evidence root."""
    return ("\n".join(_lines(found)) + "\n").encode()


def _lines(found: Document) -> Iterator[str]:
    said = found.verdict
    yield f"## Readiness: {said.word.value}"
    yield ""
    yield f"{code(found.target.title)} on {code(found.target.cluster)}, "
    yield f"recorded {code(found.run.recorded_at)}. {code(said.reason)}"
    yield ""
    yield "| status | controls |"
    yield "|---|---:|"
    for status in READING_ORDER:
        yield f"| {plain_mark(status)} | {said.counts[status.value]} |"
    yield f"| all | {said.total} |"
    yield ""
    yield "### Missing for READY"
    yield ""
    missing = found.missing()
    if not missing:
        yield "Nothing among the blocking controls."
    for one in missing[:_SHOWN]:
        yield f"- {_control(one)}"
    if len(missing) > _SHOWN:
        yield f"- and {len(missing) - _SHOWN} more in the report"
    yield ""
    yield "### Why this could be wrong"
    yield ""
    if not found.doubts:
        yield "No reason was computed."
    for doubt in found.doubts[:_SHOWN]:
        yield f"- {code(doubt.text)}"
    if len(found.doubts) > _SHOWN:
        yield f"- and {len(found.doubts) - _SHOWN} more in the report"
    yield ""
    yield f"Evidence root {code(found.evidence_root)}, kit {code(found.method.kit_version)}. "
    yield "This summary is for reading only; the report and its recording hold the evidence."


def _control(control: Control) -> str:
    under = f", underneath {control.waiver.underneath.value}" if control.waiver is not None else ""
    return (
        f"**{control.id}** {plain_mark(control.status)}{under}, {control.severity.value}, "
        f"{code(control.title)}: {code(control.summary)}"
    )


def code(text: str) -> str:
    """The text as a code span, on one line, that nothing in it can end."""
    shown = cut(visible(text), _LONGEST, whole="the whole is in findings.json").strip() or "-"
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
