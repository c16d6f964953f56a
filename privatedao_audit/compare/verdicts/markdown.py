"""A verdict history as Markdown; what a stranger may have written stands in code spans."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.compare.verdicts import told
from privatedao_audit.compare.verdicts.history import Entry, History
from privatedao_audit.compare.verdicts.strips import Strip
from privatedao_audit.report.exports.markdown import code
from privatedao_audit.view.style import plain_mark

#: Rows shown of a list: a comment of a pull request takes 65,536 characters.
SHOWN = 25


def render(found: History) -> bytes:
    """The history as GitHub-flavoured Markdown."""
    return ("\n".join(_lines(found)) + "\n").encode()


def _lines(found: History) -> Iterator[str]:
    target = found.newest.run.findings["target"]
    yield f"## {told.KIND}: {told.headline(found)}"
    yield ""
    yield f"- Target: {code(target['title'] or target['name'])} on {code(target['cluster'])}"
    yield f"- Recorded: {told.period(found)}"
    yield f"- Newest verdict: **{found.newest.run.findings['verdict']['word']}**"
    yield f"- Controls that keep it from READY: {told.course(found)}"
    yield ""
    for text in found.notes[:SHOWN]:
        yield f"> {code(text)}"
        yield ""
    yield "### Runs"
    yield ""
    yield from _cut([_run(one) for one in found.entries], newest=True)
    yield ""
    if found.worse:
        yield "### Why the newest run is worse"
        yield ""
        yield from _cut([f"- {code(text)}" for text in found.newest.reasons])
        yield ""
    yield "### Controls that turned or got worse"
    yield ""
    rows = [_strip(found, one) for one in found.changed]
    yield from _cut(rows) if rows else ["None."]
    yield ""
    yield "### Controls that always stood alike"
    yield ""
    for word, strips in found.steady:
        yield f"- {plain_mark(word)}: {len(strips)} ({', '.join(one.id for one in strips)})"
    if not found.steady:
        yield "None."
    yield ""
    yield (
        f"Evidence root of the newest run {code(found.newest.run.root)}. This is for reading "
        "only; the recordings hold the evidence."
    )


def _cut(rows: list[str], *, newest: bool = False) -> list[str]:
    more = len(rows) - SHOWN
    if more <= 0:
        return rows
    kept = rows[-SHOWN:] if newest else rows[:SHOWN]
    said = f"- and {more} {'earlier' if newest else 'more'}"
    return [said, *kept] if newest else [*kept, said]


def _run(one: Entry) -> str:
    said = one.run.findings
    counted = ", ".join(f"{plain_mark(word)} {number}" for word, number in one.counts if number)
    worse = f" **worse than run {one.number - 1}**" if one.reasons else ""
    changed = f", method changed: {code(', '.join(one.method))}" if one.method else ""
    return (
        f"- run {one.number}, {code(said['run']['recorded_at'])}: **{said['verdict']['word']}**"
        f"{worse}, {counted}; kit {code(said['method']['kit_version'])}, evidence root "
        f"{code(one.run.root[:16])}, {told.signed(one.run)}{changed}"
    )


def _strip(found: History, one: Strip) -> str:
    last = one.last
    assert last is not None
    worse = "**worse** " if last.worse else ""
    return (
        f"- {worse}**{one.id}** {code(one.title)}: {told.stretches(one)}; "
        f"{told.stands(found, one)}. Run {last.run}, {last.cause.value}: {code(last.why)}"
    )
