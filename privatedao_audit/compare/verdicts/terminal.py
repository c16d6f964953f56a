"""A verdict history on a terminal; text of strangers can't leave its line."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.compare.verdicts import told
from privatedao_audit.compare.verdicts.history import Entry, History
from privatedao_audit.compare.verdicts.strips import Strip
from privatedao_audit.view.style import plain_mark
from privatedao_audit.view.terminal import line
from privatedao_audit.view.text import utc

#: Controls and reasons shown; the others are counted.
SHOWN = 30
_REASONS = 3


def lines(found: History) -> Iterator[str]:
    """The history, line by line."""
    target = found.newest.run.findings["target"]
    yield f"{'target':<15}{line(target['title'])}, {line(target['cluster'])}"
    for one in found.entries:
        yield from _run(one)
    for text in found.notes:
        yield f"{'note':<15}{line(text)}"
    yield ""
    changed = found.changed
    yield f"Controls that turned or got worse ({len(changed)})"
    for strip in changed[:SHOWN]:
        yield from _strip(found, strip)
    if len(changed) > SHOWN:
        yield f"  … and {len(changed) - SHOWN} more; --html shows all"
    yield ""
    yield "Controls that always stood alike"
    for word, strips in found.steady:
        yield f"  {plain_mark(word)} {len(strips)}: {', '.join(one.id for one in strips)}"
    yield ""
    yield f"{'blocking READY':<15}{told.course(found)}"
    yield f"{told.headline(found)}."


def _run(one: Entry) -> Iterator[str]:
    said = one.run.findings
    counted = "  ".join(f"{plain_mark(word)} {number}" for word, number in one.counts if number)
    name = f"run {one.number}"
    yield f"{name:<15}{utc(said['run']['recorded_at'])}  {said['verdict']['word']}  {counted}"
    kit = line(said["method"]["kit_version"])
    yield (
        f"{'':<15}{line(' and '.join(one.run.names))}, kit {kit}, evidence root "
        f"{one.run.root[:16]}, {told.signed(one.run)}"
    )
    if one.method:
        yield f"{'':<15}method changed: {line(', '.join(one.method))}"
    for text in one.reasons[:_REASONS]:
        yield f"{'':<15}WORSE than run {one.number - 1}: {line(text)}"
    if len(one.reasons) > _REASONS:
        yield f"{'':<15}WORSE … and {len(one.reasons) - _REASONS} more reasons"


def _strip(found: History, one: Strip) -> Iterator[str]:
    last = one.last
    assert last is not None
    yield f"{'!' if last.worse else ' '} {one.id} {line(one.title)}"
    yield f"    {told.stretches(one)}; {told.stands(found, one)}"
    yield f"    run {last.run}, {last.cause.value}: {line(last.why)}"
