"""A run and its repetition by somebody else, in four piles: same, moved, disagrees, method.

A control is sorted by what it rests on: where a read of its evidence is proven to be contradicted,
a provider disagrees; where a read moved, the chain did; where neither is so and the method
differs, the method did. What none of this explains stays open and is said to be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from privatedao_audit.compare.deltas import Compared, Delta, Pile, compare
from privatedao_audit.compare.difference import Difference, Moved, difference
from privatedao_audit.compare.recorded import Recorded, Records, taken_apart
from privatedao_audit.compare.sides import Side

#: What nothing explains keeps what moved beside it from being the explanation.
_ORDER = (Pile.DISAGREES, Pile.OPEN, Pile.MOVED)


@dataclass(frozen=True, slots=True)
class Sorted:
    """A control in its pile.

    Attributes:
        before, after: status; None where that catalogue does not have it.
        why: one sentence; empty for what is the same.
        by: what the recordings say differently, where that decided.
    """

    id: str
    pile: Pile
    before: str | None
    after: str | None
    why: str
    by: Delta | None = None


@dataclass(frozen=True, slots=True)
class Piles:
    """Two runs of one target, sorted.

    Attributes:
        controls: every control, in the order of the catalogue.
        recordings: what the two recordings say differently.
        difference: the same two runs, section by section.
    """

    controls: list[Sorted]
    recordings: Compared
    difference: Difference

    def of(self, pile: Pile) -> list[Sorted]:
        """The controls of one pile."""
        return [one for one in self.controls if one.pile is pile]

    def deltas(self, pile: Pile) -> list[Delta]:
        """What the recordings say differently, of one pile."""
        return [one for one in self.recordings.deltas if one.pile is pile]


def piles(before: Side, after: Side, old: Records, new: Records) -> Piles:
    """Sort what a repetition came to. Pure: a function of two runs and their recordings.

    Raises:
        BadSide: they are not of one deployment.
    """
    return sort(before, after, taken_apart(old), taken_apart(new))


def sort(before: Side, after: Side, one: Recorded, two: Recorded) -> Piles:
    """As :func:`piles`, of recordings that were taken apart already."""
    found = difference(before, after)
    compared = compare(one, two)
    moved = {row.id: row for row in found.verdicts}
    known = [{c["id"]: c for c in side.findings["controls"]} for side in (before, after)]
    lost = {
        name: reason
        for name, (outcome, reason) in two.outcomes.items()
        if outcome == "unknown" and one.outcomes.get(name, ("unknown",))[0] != "unknown"
    }
    labels = [{p["label"] for p in side.findings["run"].get("providers", [])}
              for side in (before, after)]  # fmt: skip
    renamed = "" if labels[0] == labels[1] else ": its providers have other labels"
    controls = []
    for name in dict.fromkeys((*known[0], *known[1])):
        if name in moved:
            pair = (known[0].get(name), known[1].get(name))
            pile, why, by = _sorted(moved[name], pair, compared, bool(found.method), lost, renamed)
            controls.append(Sorted(name, pile, moved[name].before, moved[name].after, why, by))
        else:
            status = known[0][name]["status"]
            controls.append(Sorted(name, Pile.SAME, status, status, ""))
    return Piles(controls, compared, found)


def _sorted(
    moved: Moved,
    pair: tuple[dict[str, Any] | None, dict[str, Any] | None],
    compared: Compared,
    other_method: bool,
    lost: dict[str, str],
    renamed: str,
) -> tuple[Pile, str, Delta | None]:
    if moved.before is None or moved.after is None:
        return Pile.METHOD, f"{moved.why[:1].upper()}{moved.why[1:]}.", None
    if moved.after == "DIVERGED" != moved.before:
        why = "Two providers of the later run differ; its evidence holds both."
        return Pile.DISAGREES, why, None
    evidence = {name for row in pair if row for name in row["evidence"]}
    resting = [one for one in compared.deltas if one.reads & evidence]
    # One read holds many accounts: what a changed part names tells more than what another part
    # does, and that more than what merely stands beside it.
    for text in (_parts(pair, changed=True), _parts(pair, changed=False), None):
        named = [one for one in resting if one.subject and (text is None or one.subject in text)]
        for pile in _ORDER:
            for one in named:
                if one.pile is pile:
                    return pile, f"{one.what}: {one.why}", one
    silent = next((name for name in lost if pair[1] and name in pair[1]["evidence"]), None)
    if silent is not None:
        return Pile.OPEN, f"{silent} was answered then and not now: {lost[silent]}.", None
    if other_method:
        return Pile.METHOD, "Nothing that it rests on differs, and the method does.", None
    for one in resting:
        return Pile.OPEN, f"{one.what}: {one.why}", one
    if (pair[0] or {}).get("evidence") == (pair[1] or {}).get("evidence"):
        why = "No read that it rests on differs: it follows other controls, or the date."
        return Pile.OPEN, why, None
    return Pile.OPEN, f"It rests on other questions now than it did then{renamed}.", None


def _parts(pair: tuple[dict[str, Any] | None, dict[str, Any] | None], *, changed: bool) -> str:
    """The parts of a finding then and now as text; only those that differ, where it is asked."""
    told = [
        {
            json.dumps([part["label"], part["status"], part["observed"]]): part
            for part in row["parts"]
        }
        for row in pair
        if row
    ]
    alike = set.intersection(*map(set, told)) if changed and len(told) == 2 else set()
    return json.dumps([part for side in told for key, part in side.items() if key not in alike])
