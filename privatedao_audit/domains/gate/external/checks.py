"""The parts of RG-05."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from privatedao_audit.domains.custody.signers.dates import asked, unix_seconds
from privatedao_audit.domains.gate.external.facts import AuditRecord, ExternalFacts, Statement
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, ReadAt, Unknown, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

__all__ = ["audited"]

_DAY: Final = 86_400
_GRAVE: Final = frozenset({"critical", "high"})
_LIGHT: Final = frozenset({"medium", "moderate", "low", "informational", "info", "note"})
_CLOSED: Final = frozenset({"closed", "fixed", "resolved"})
_SHOWN: Final = 4


def audited(facts: ExternalFacts, limits: Limits) -> Iterator[Part]:
    """One set of parts for each record; every program in scope owes one."""
    known = {one.program for one in facts.records}
    for program in facts.programs:
        if program not in known and facts.records:
            at = joined(*(one.said.at for one in facts.records))
            text = f"The target names no audit record of {program}."
            yield Part(program, Status.MISSING, text, at)
    for one in facts.records:
        yield from _record(one, limits)


def _record(one: AuditRecord, limits: Limits) -> Iterator[Part]:
    label = f"{one.program}: {one.file}"
    if not isinstance(one.said, Found):
        text = f"The audit record {one.file} is not in the checkout."
        yield unread(label, one.said, absent=Status.MISSING, absent_summary=text)
        return
    if not isinstance(one.statement, Found):
        if isinstance(one.statement, Unknown) and not one.statement.at.evidence:
            text = f"{one.file} names no statement of the firm, or several."
            yield Part(f"{label}: statement", Status.MISSING, text, one.said.at)
            return
        text = f"The statement that {one.file} names is not in the checkout."
        yield unread(f"{label}: statement", one.statement, absent=Status.MISSING,
                     absent_summary=text)  # fmt: skip
        return
    stated, at = one.statement.value, joined(one.said.at, one.statement.at)
    yield _word(label, one, stated, one.said.value, at)
    yield _report(label, one, stated, one.said.value, at)
    yield _age(label, one, stated, at, limits)
    yield from _differences(label, one, stated, at)
    yield _findings(label, stated, at)


def _word(
    label: str, one: AuditRecord, stated: Statement, said: dict[str, tuple[str, ...]], at: ReadAt
) -> Part:
    label, firmly, firm = f"{label}: firm", one.firmly, stated.firm
    named = said.get("firm", ())
    seen = {"firm": firm, "record": list(named), "signed": firmly.signed,
            "published": firmly.published}  # fmt: skip
    if named != (firm,):
        text = f"The record names {', '.join(named) or 'no firm'}, and the statement {firm}."
        return Part(label, Status.FAIL, text, at, observed=seen, expected=firm)
    if firmly.own:
        text = f"The key of {firm} is one of the team's own."
        return Part(label, Status.FAIL, text, at, observed=seen)
    if firmly.signed is False:
        text = f"The signature in the record is not that of {firm} over this statement."
        return Part(label, Status.FAIL, text, at, observed=seen)
    if firmly.signed or firmly.published:
        how = "signed by the firm" if firmly.signed else "published by the firm"
        text = f"The statement is {how}, {firm}."
        return Part(label, Status.PASS, text, at, observed=seen)
    why = (
        f"the target names no firm {firm}, whose word it could be" if not firmly.known
        else "it bears no signature of the firm, and the firm shows no hash of it"
    )  # fmt: skip
    return Part(label, Status.ATTESTED, f"Only the team says what was audited: {why}.", at,
                observed=seen)  # fmt: skip


def _report(
    label: str, one: AuditRecord, stated: Statement, said: dict[str, tuple[str, ...]], at: ReadAt
) -> Part:
    label = f"{label}: report"
    wanted = stated.report_sha256
    recorded = said.get("report_sha256", ())
    if recorded and recorded != (wanted,):
        text = "The record has another hash of the report than the statement."
        return Part(label, Status.FAIL, text, at, observed=list(recorded), expected=wanted)
    if not isinstance(one.report, Found):
        text = "The report is not in the checkout."
        return unread(label, one.report, absent=Status.MISSING, absent_summary=text)
    at = joined(at, one.report.at)
    if one.report.value != wanted:
        text = "The report in the checkout is not the one that the firm's statement is about."
        return Part(label, Status.FAIL, text, at, observed=one.report.value, expected=wanted)
    return Part(label, Status.PASS, "The report is the one that the statement is about.", at,
                observed=wanted, expected=wanted)  # fmt: skip


def _age(label: str, one: AuditRecord, stated: Statement, at: ReadAt, limits: Limits) -> Part:
    label = f"{label}: age"
    declared, now = unix_seconds(stated.date), asked(at.asked_at)
    seen, limit = stated.date, limits.audit_age_seconds
    if declared is None:
        text = f"The statement's date, {stated.date[:40]!a}, is none of the calendar."
        return Part(label, Status.MISSING, text, at, observed=seen)
    if isinstance(one.changed, ProvenAbsent):
        return Part(label, Status.UNKNOWN, "The statement is in no commit.", at, observed=seen)
    if not isinstance(one.changed, Found):
        return unread(label, one.changed, absent=Status.UNKNOWN, absent_summary="")
    at = joined(at, one.changed.at)
    if now is None:
        return Part(label, Status.UNKNOWN, "When it was read is not known.", at, observed=seen)
    if max(declared, one.changed.value) > now + _DAY:
        return Part(label, Status.FAIL, "The statement is dated in the future.", at, observed=seen)
    old = max(0, now - min(declared, one.changed.value))
    if old > limit:
        text = f"The audit is {spoken(old)} old; the limit is {spoken(limit)}."
        return Part(label, Status.STALE, text, at, observed=seen, expected=limit)
    return Part(label, Status.PASS, f"The audit is dated {stated.date}.", at, observed=seen)


def _differences(label: str, one: AuditRecord, stated: Statement, at: ReadAt) -> Iterator[Part]:
    if not one.releases:
        text = "No current release record names a full release commit."
        yield Part(f"{label}: commit", Status.UNKNOWN, text, at)
    for release in one.releases:
        name = f"{label}: commit {release[:12]}"
        yield _difference(name, one, stated, release, at)


def _difference(label: str, one: AuditRecord, stated: Statement, release: str, at: ReadAt) -> Part:
    audited = stated.audited_commit
    seen = {"audited": audited, "release": release,
            "fix reviews": [[r.start, r.end] for r in stated.reviews]}  # fmt: skip
    named = [audited, release, *(c for r in stated.reviews for c in (r.start, r.end))]
    for commit in dict.fromkeys(named):
        known = one.commits.get(commit, Unknown("it was not looked for"))
        if isinstance(known, Diverged):
            return unread(label, known, absent=Status.UNKNOWN, absent_summary="")
        if not isinstance(known, Found):
            why = getattr(known, "reason", "it is not there")
            text = f"Whether the history has the commit {commit} is not known: {why}."
            return Part(label, Status.UNKNOWN, text, joined(at, known.at), observed=seen)
        at = joined(at, known.at)
        if not known.value:
            text = f"The history has no commit {commit}, which the audit is said to be about."
            return Part(label, Status.FAIL, text, at, observed=seen)
        tree = one.trees.get(commit, Unknown("its sources were not read"))
        if not isinstance(tree, Found | ProvenAbsent):
            text = f"The sources of {commit} could not be read: {tree.reason}."
            return Part(label, Status.UNKNOWN, text, joined(at, tree.at), observed=seen)
        at = joined(at, tree.at)
    if one.gap:
        text = f"More than was looked at may take part in the build: {one.gap}."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    trees = {c: getattr(one.trees[c], "value", {}) for c in dict.fromkeys(named)}
    if not trees[release]:
        text = "The release commit has none of the program's sources."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    reached = _reached(trees, audited, stated)
    if any(trees[commit] == trees[release] for commit in reached):
        how = "" if trees[audited] == trees[release] else ", by the firm's own fix reviews"
        text = f"What was audited is what is released{how}."
        return Part(label, Status.PASS, text, at, observed=seen)
    nearest = min(reached, key=lambda commit: (len(_apart(trees, commit, release)), commit))
    apart = _apart(trees, nearest, release)
    more = f", and {len(apart) - _SHOWN} more" if len(apart) > _SHOWN else ""
    text = (
        f"Between {nearest[:12]}, which the firm looked at last, and the release {release[:12]} "
        f"changed {', '.join(apart[:_SHOWN])}{more}; no fix review covers that."
    )
    return Part(label, Status.FAIL, text, at, observed={**seen, "changed": apart[:50]},
                expected=[])  # fmt: skip


def _reached(trees: dict[str, dict[str, str]], audited: str, stated: Statement) -> list[str]:
    """The commits whose sources the firm has looked at: the audited one, and what it followed."""
    reached = [audited]
    for _ in stated.reviews:
        for review in stated.reviews:
            begun = any(trees[review.start] == trees[commit] for commit in reached)
            if begun and review.end not in reached:
                reached.append(review.end)
    return reached


def _apart(trees: dict[str, dict[str, str]], one: str, other: str) -> list[str]:
    mine, theirs = trees[one], trees[other]
    paths = {path for path in (*mine, *theirs) if mine.get(path) != theirs.get(path)}
    # A folder differs because something in it does; what it holds says more.
    return sorted(p for p in paths if not any(q.startswith(f"{p}/") for q in paths))


def _findings(label: str, stated: Statement, at: ReadAt) -> Part:
    label = f"{label}: findings"
    seen = [[one.id, one.severity, one.state] for one in stated.findings]
    if not stated.findings:
        text = "The statement lists no finding at all, so that it can't be told what was looked at."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    open_ones = [one for one in stated.findings
                 if one.severity in _GRAVE and one.state not in _CLOSED]  # fmt: skip
    if open_ones:
        first = open_ones[0]
        more = f" ({len(open_ones) - 1} more)" if len(open_ones) > 1 else ""
        text = f"The {first.severity} finding {first.id} is {first.state}{more}."
        return Part(label, Status.FAIL, text, at, observed=seen)
    strange = [one for one in stated.findings if one.severity not in _GRAVE | _LIGHT]
    if strange:
        text = f"How grave {strange[0].id} is can't be told from {strange[0].severity[:40]!a}."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    grave = sum(one.severity in _GRAVE for one in stated.findings)
    text = f"Of {len(seen)} findings {grave} are high or critical, and all of those are closed."
    return Part(label, Status.PASS, text, at, observed=seen)
