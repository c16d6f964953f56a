"""The difference of two runs, in five sections, and what of it is worse.

Pure: a function of two findings.json and two facts.json. Worse is never weighed against better: a
single verdict that fell, a read that is no longer answered or a limit that was loosened is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from privatedao_audit.compare import facts as of_facts
from privatedao_audit.compare.facts import Change, Count, Kind
from privatedao_audit.compare.sides import Side, same_subject
from privatedao_audit.model.limits import LIMITS
from privatedao_audit.model.status import Floor, Status, Verdict, meets_floor, worst

#: How good a verdict is, best first.
_VERDICTS = (
    Verdict.READY, Verdict.CONDITIONAL, Verdict.INCONCLUSIVE, Verdict.NOT_READY, Verdict.INVALID,
)  # fmt: skip
#: Statuses that say what a thing is like, so that it was there.
_SEEN = (Status.PASS, Status.ATTESTED, Status.FAIL, Status.DIVERGED)
#: What each member of ``method`` is called.
_METHOD = {
    "kit_version": "version of the kit",
    "catalogue": "catalogue of controls, SHA-256",
    "target": "target profile, SHA-256",
    "lock": "locked packages, SHA-256",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a section.

    Attributes:
        what: which thing, e.g. a control or a limit.
        before, after: as text; empty where there is none.
        worse: whether it makes the later run worse.
        note: more about it, one sentence; may be empty.
    """

    what: str
    before: str
    after: str
    worse: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A control whose finding differs.

    Attributes:
        before, after: status; None where that catalogue does not have the control.
        underneath: statuses under a waiver, before and after; None where none covers it.
        worse: it fell, more of it fails, or it is gone.
        why: what differs, one sentence.
    """

    id: str
    title: str
    before: str | None
    after: str | None
    underneath: tuple[str | None, str | None]
    worse: bool
    why: str
    summary: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs, section by section; everything empty: the same.

    Attributes:
        facts: facts that differ.
        verdicts: controls whose findings differ, worse ones first.
        coverage: what was read more or less.
        waivers, method: what differs there.
        reasons: why the later run is worse; empty: nothing is.
        notes: what a reader should know before comparing.
    """

    before: Side
    after: Side
    facts: list[Change]
    verdict: Row
    verdicts: list[Moved]
    coverage: list[Row]
    waivers: list[Row]
    method: list[Row]
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def worse(self) -> bool:
        """Whether the later run is worse in anything."""
        return bool(self.reasons)


def difference(before: Side, after: Side) -> Difference:
    """Compare two runs.

    Raises:
        BadSide: they are not of one deployment.
    """
    same_subject(before, after)
    found = Difference(
        before, after, of_facts.changes(before.facts, after.facts), _verdict(before, after),
        _verdicts(before, after), _coverage(before, after), _waivers(before, after),
        _method(before, after),
    )  # fmt: skip
    lost = [one for one in found.facts if one.kind is Kind.LOST]
    if "INVALID" in (before.findings["verdict"]["word"], after.findings["verdict"]["word"]):
        found.reasons.append("A run is INVALID: nothing that it says can be relied on.")
    elif found.verdict.worse:
        found.reasons.append(f"The verdict fell: {found.verdict.before} → {found.verdict.after}.")
    found.reasons.extend(f"{one.id} is worse: {one.why}." for one in found.verdicts if one.worse)
    if lost:
        found.reasons.append(f"{len(lost)} facts that were read are no longer read.")
    for row in (*found.coverage, *found.waivers, *found.method):
        if row.worse:
            found.reasons.append(f"{row.what}: {row.before or 'none'} → {row.after or 'none'}.")
    if after.recorded_at < before.recorded_at:
        found.notes.append(f"{after.name} was recorded earlier than {before.name}.")
    if found.method:
        found.notes.append(
            "The method differs, so a verdict may differ without anything having changed."
        )
    return found


def _verdict(before: Side, after: Side) -> Row:
    one, two = (side.findings["verdict"] for side in (before, after))
    ranks = [_VERDICTS.index(Verdict(said["word"])) for said in (one, two)]
    return Row("verdict", one["word"], two["word"], ranks[1] > ranks[0], two["reason"])


def _verdicts(before: Side, after: Side) -> list[Moved]:
    one, two = ({row["id"]: row for row in side.findings["controls"]} for side in (before, after))
    found = [
        moved
        for name in dict.fromkeys((*one, *two))
        if (moved := _moved(one.get(name), two.get(name))) is not None
    ]
    return sorted(found, key=lambda row: not row.worse)


def _moved(one: dict[str, Any] | None, two: dict[str, Any] | None) -> Moved | None:
    if one is None or two is None:
        there = one or two
        assert there is not None
        gone = two is None
        why = "it is no longer in the catalogue" if gone else "it is new in the catalogue"
        return Moved(
            there["id"], there["title"], one["status"] if one else None,
            two["status"] if two else None, (None, None), gone, why, there["summary"],
        )  # fmt: skip
    was, now = _shown(one), _shown(two)
    same = one["observed_sha256"] == two["observed_sha256"]
    if one["status"] == two["status"] and was is now and same:
        return None
    unmet = [sum(not _good(part["status"]) for part in row["parts"]) for row in (one, two)]
    worse, why = False, "what was observed differs"
    if was is not now:
        worse = _fell(was, now)
        why = f"{was} → {now}"
    elif unmet[1] > unmet[0]:
        worse, why = True, f"{unmet[1]} of its parts are not met, {unmet[0]} were"
    elif one["status"] != two["status"]:
        why = "a waiver covers it now" if two["waiver"] else "no waiver covers it any more"
    covered = tuple(row["waiver"]["underneath"] if row["waiver"] else None for row in (one, two))
    return Moved(
        two["id"], two["title"], one["status"], two["status"], (covered[0], covered[1]), worse,
        why, two["summary"],
    )  # fmt: skip


def _shown(row: dict[str, Any]) -> Status:
    """The status of what was seen: a waiver changes what is accepted, not what is."""
    return Status(row["waiver"]["underneath"] if row["waiver"] else row["status"])


def _fell(was: Status, now: Status) -> bool:
    """Whether a status is worse than another; they differ."""
    if was is Status.NOT_APPLICABLE:
        return not _good(now)
    if now is Status.NOT_APPLICABLE:
        return was in _SEEN
    # What was seen and is not seen any more is worse, even where it was bad.
    return now is Status.UNKNOWN or worst((was, now)) is now


def _good(status: str) -> bool:
    return meets_floor(Status(status), Floor.ATTESTED)


def _coverage(before: Side, after: Side) -> list[Row]:
    rows = [
        _number(f"reads answered, {name}", one.answered, two.answered)
        for name, one, two in _paired(before, after)
    ]
    rows += [
        _number(f"reads left open, {name}", one.open, two.open, more_is_worse=True)
        for name, one, two in _paired(before, after)
    ]
    tables = [of_facts.rows(side.facts) for side in (before, after)]
    rows += [
        _number(f"rows of {name}", *(side.get(name, 0) for side in tables))
        for name in sorted({*tables[0], *tables[1]})
    ]
    controls = [{c["id"]: c for c in side.findings["controls"]} for side in (before, after)]
    for name in controls[0]:
        if name in controls[1]:
            sizes = [len(side[name]["parts"]) for side in controls]
            rows.append(_number(f"parts that {name} looked at", *sizes))
    runs = [side.findings["run"] for side in (before, after)]
    targets = [side.findings["target"] for side in (before, after)]
    rows += [
        _set("domains", *(run["domains"] for run in runs)),
        _set("programs", *(one["program_ids"] for one in targets)),
        _number("RPC providers", *(len(run.get("providers", [])) for run in runs)),
        _checkout(*(run.get("repository") for run in runs)),
    ]
    return [row for row in rows if row.before != row.after]


def _paired(before: Side, after: Side) -> list[tuple[str, Count, Count]]:
    one, two = of_facts.counts(before.facts), of_facts.counts(after.facts)
    return [(n, one.get(n, Count()), two.get(n, Count())) for n in sorted({*one, *two})]


def _number(what: str, one: int, two: int, *, more_is_worse: bool = False) -> Row:
    worse = two > one if more_is_worse else two < one
    return Row(what, str(one), str(two), worse)


def _set(what: str, one: list[str], two: list[str]) -> Row:
    gone = sorted(set(one) - set(two))
    note = f"Left out now: {', '.join(gone)}." if gone else ""
    return Row(what, ", ".join(sorted(one)), ", ".join(sorted(two)), bool(gone), note)


def _checkout(one: dict[str, Any] | None, two: dict[str, Any] | None) -> Row:
    shown = [
        f"{one['commit']}{', with uncommitted changes' if one.get('dirty') else ''}" if one else ""
        for one in (one, two)
    ]
    dirtier = bool(two and two.get("dirty")) and not (one and one.get("dirty"))
    return Row("checkout", shown[0], shown[1], (one is not None and two is None) or dirtier)


def _waivers(before: Side, after: Side) -> list[Row]:
    said = [
        {(row["control"], row["text"]): row["state"] for row in side.findings.get("waivers", [])}
        for side in (before, after)
    ]
    found = []
    for key in sorted({*said[0], *said[1]}):
        one, two = said[0].get(key, ""), said[1].get(key, "")
        if one != two:
            found.append(Row(key[0] or "no control", one, two, two == "refused", key[1]))
    return found


def _method(before: Side, after: Side) -> list[Row]:
    one, two = (side.findings["method"] for side in (before, after))
    rows = [Row(_METHOD[name], one.get(name) or "", two.get(name) or "") for name in _METHOD]
    limits = [dict(method.get("limits") or {}) for method in (one, two)]
    for name in sorted({*limits[0], *limits[1]}):
        values = [limit.get(name) for limit in limits]
        shown = ["" if value is None else str(value) for value in values]
        rows.append(Row(f"limit {name}", shown[0], shown[1], _loosened(name, *values)))
    named = [side.findings["target"]["name"] for side in (before, after)]
    rows.append(Row("name of the target", *named))
    return [row for row in rows if row.before != row.after]


def _loosened(name: str, before: Any, after: Any) -> bool:
    """Whether a limit lets more pass than it did, by the rule that the limits have themselves."""
    if before is None or before == after:
        return False  # the earlier version did not have it
    if type(before) is not int or type(after) is not int or name not in LIMITS:
        return True
    return after < before if LIMITS[name][1] == "higher" else after > before
