"""A comparison as sections of rows, the same for the terminal, for Markdown and for a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.compare.deltas import Pile
from privatedao_audit.compare.difference import Difference, Moved, Row
from privatedao_audit.compare.facts import Change, Kind
from privatedao_audit.compare.piles import Piles
from privatedao_audit.compare.sides import Side
from privatedao_audit.model import canonical
from privatedao_audit.view.style import plain_mark
from privatedao_audit.view.text import cut

#: Characters shown of a value; the whole stands in the runs' files.
_VALUE = 160
_WHOLE = "whole in facts.json"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a section.

    Attributes:
        what: which thing.
        before, after: as text; a status word where ``status`` is set. Empty: there is none.
        note: one sentence; may be empty.
        worse: whether it makes the later run worse.
        status: whether before and after are statuses.
        mark: a word for what happened, e.g. ``changed``; may be empty.
    """

    what: str
    before: str = ""
    after: str = ""
    note: str = ""
    worse: bool = False
    status: bool = False
    mark: str = ""

    def values(self, text: Callable[[str], str]) -> str:
        """Before and after, one of them where they are alike; empty where there is neither.

        Args:
            text: makes what a stranger may have written fit for where it is shown.
        """
        if not (self.before or self.after):
            return ""
        shown = plain_mark if self.status else text
        one, two = (shown(word) if word else "none" for word in (self.before, self.after))
        return one if one == two else f"{one} → {two}"


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that answer one question.

    Attributes:
        id: for links within a page.
        lead: what the rows answer, one sentence.
        nothing: what is said when there is none.
    """

    id: str
    title: str
    lead: str
    nothing: str
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison, ready to be shown.

    Attributes:
        kind: what kind of document this is.
        headline: the result in a few words.
        worse: whether anything is worse.
        reasons: why it is worse, one sentence each.
        verdict: the two verdicts.
        sides: the two runs, the earlier one first.
    """

    kind: str
    headline: str
    worse: bool
    reasons: list[str]
    notes: list[str]
    verdict: Row
    sides: tuple[Side, Side]
    sections: list[Section]


def of_difference(found: Difference) -> Comparison:
    """The five sections of two runs."""
    headline = "Worse" if found.worse else "Nothing is worse"
    return Comparison(
        "Difference of two runs", headline, found.worse, found.reasons, found.notes,
        found.verdict, (found.before, found.after), _five(found),
    )  # fmt: skip


def of_piles(found: Piles) -> Comparison:
    """The four piles, what the recordings say, and the five sections."""
    difference = found.difference
    sizes = {pile: len(found.of(pile)) for pile in Pile}
    headline = ", ".join(f"{size} {pile.value}" for pile, size in sizes.items() if size)
    disagree = [one.what for one in found.deltas(Pile.DISAGREES)]
    notes = [*difference.notes]
    if disagree:
        notes.insert(0, f"A provider disagrees on {len(disagree)} things, also where no verdict "
                        f"depends on it: {', '.join(disagree[:5])}.")  # fmt: skip
    return Comparison(
        "A run, executed again", headline, difference.worse, difference.reasons, notes,
        difference.verdict, (difference.before, difference.after),
        [*_piled(found), *_five(difference)],
    )  # fmt: skip


_PILES = {
    Pile.DISAGREES: (
        "Provider disagrees",
        "Both recordings together prove that one provider served something else.",
    ),
    Pile.MOVED: (
        "Chain or checkout moved",
        "Slots, histories or commits account for the difference.",
    ),
    Pile.METHOD: (
        "Method changed",
        "Nothing that these rest on differs, but what judges them does.",
    ),
    Pile.OPEN: (
        "Not explained",
        "Neither recording accounts for these; they belong to none of the piles.",
    ),
}


def _piled(found: Piles) -> list[Section]:
    sections = []
    for pile, (title, lead) in _PILES.items():
        lines = [
            Line(one.id, one.before or "", one.after or "", one.why, status=True)
            for one in found.of(pile)
        ]
        lines += [Line(one.what, note=one.why) for one in found.deltas(pile)]
        if pile is Pile.METHOD:
            lines += [_line(row) for row in found.difference.method]
        name = pile.name.lower()
        sections.append(Section(f"pile-{name}", title, lead, "Nothing.", lines))
    same = [one.id for one in found.of(Pile.SAME)]
    counted = f"{len(same)} of {len(found.controls)} controls"
    alike = f"{found.recordings.same} accounts, histories and answers that both recordings hold"
    lines = [Line("controls", note=f"{counted}, with the same observations: {', '.join(same)}."),
             Line("recordings", note=f"{alike} say the same in both.")]  # fmt: skip
    return [*sections, Section("pile-same", "Same", "What came out the same.", "Nothing.", lines)]


def _five(found: Difference) -> list[Section]:
    verdicts = [
        Line(
            f"{one.id} {one.title}", one.before or "", one.after or "",
            _why(one),
            one.worse, status=True,
        )
        for one in found.verdicts
    ]  # fmt: skip
    return [
        Section(
            "verdicts", "Verdicts", "Controls whose finding differs, worse ones first.",
            "Every control stands as it did, on the same observations.", verdicts,
        ),
        Section(
            "facts", "Facts", "What was seen, without when: read positions are left out.",
            "Every fact is the same.", _facts(found.facts),
        ),
        Section(
            "coverage", "Coverage",
            "How much was read. Less is worse, even if nothing failed because of it.",
            "Exactly as much was read.", [_line(row) for row in found.coverage],
        ),
        Section(
            "waivers", "Waivers", "Accepted risks that came, went or changed their state.",
            "No waiver came, went or changed its state.", [_line(row) for row in found.waivers],
        ),
        Section(
            "method", "Method", "What judged, and by which limits.",
            "The same version, catalogue, target, lock and limits judged both.",
            [_line(row) for row in found.method],
        ),
    ]  # fmt: skip


def _why(one: Moved) -> str:
    under = f" Underneath the waiver it is {one.underneath[1]}." if one.underneath[1] else ""
    if one.before != one.after and "→" in one.why:
        return one.summary + under  # the two marks say it
    return f"{one.why[:1].upper()}{one.why[1:]}. {one.summary}{under}"


def _line(row: Row) -> Line:
    return Line(row.what, row.before, row.after, row.note, row.worse)


def _facts(changes: list[Change]) -> list[Line]:
    """One line per fact; a fact that several domains hold comes once."""
    rows: dict[tuple[Any, ...], list[str]] = {}
    for one in changes:
        key = (one.kind, " › ".join(one.path), _shown(one.before), _shown(one.after))
        rows.setdefault(key, []).append(one.domain)
    lines = [
        Line(
            f"{', '.join(dict.fromkeys(names))}: {path or 'all of it'}", before, after,
            worse=kind is Kind.LOST, mark=kind.value,
        )
        for (kind, path, before, after), names in rows.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: not line.worse)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict) and isinstance(value.get("at"), dict):
        # A read: what it said, without when.
        value = value.get("value", value.get("reason") or value.get("kind"))
    text = value if isinstance(value, str) else canonical.dumps(value).decode()
    return cut(text, _VALUE, whole=_WHOLE)
