"""Cases of RG-05."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout
from privatedao_audit.domains.gate.external.facts import (
    AuditFinding,
    AuditRecord,
    ExternalFacts,
    Firmly,
    FixReview,
    Statement,
)
from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown
from privatedao_audit.model.status import Status

__all__ = ["CASES", "GOOD"]

AUDITED, FIXED, RELEASE = "1" * 40, "2" * 40, "3" * 40
DIGEST, FIRM = "d" * 64, "Example Audits"
#: 2025-12-01, a month before the invented reads.
_DAY = 1_764_547_200
_LOST: Read[Any] = Unknown("no checkout was given")
_TORN: Read[Any] = Diverged("two copies differ", in_checkout("apart"))
_GONE: Read[Any] = ProvenAbsent(in_checkout("gone"))
_FILE = "dossier/audit-record.toml"
_HIGH = AuditFinding("A-1", "high", "closed")


def tree(text: str) -> Read[dict[str, str]]:
    """The sources with one file of this content."""
    return Found({"programs/x": f"tree {text}", "programs/x/lib.rs": text}, in_checkout("tree"))


_STATED = Statement(
    FIRM, DIGEST, AUDITED, "2025-12-01", (_HIGH, AuditFinding("A-2", "low", "acknowledged")), ()
)


def stated(**change: Any) -> Read[Statement]:
    """What the firm states, changed."""
    return Found(replace(_STATED, **change), in_checkout("statement"))


_RECORD = AuditRecord(
    "governance", _FILE,
    Found({"firm": (FIRM,), "report_sha256": (DIGEST,)}, in_checkout(_FILE)),
    stated(),
    Firmly(known=True, keyed=True, signed=True),
    Found(DIGEST, in_checkout("report")),
    Found(_DAY, in_checkout("git")),
    {one: Found(True, in_checkout("commit")) for one in (AUDITED, RELEASE)},
    {AUDITED: tree("one"), RELEASE: tree("one")},
    (RELEASE,),
)  # fmt: skip


def given(*records: AuditRecord, programs: tuple[str, ...] = ("governance",)) -> GateFacts:
    """Gate facts with these audit records."""
    return GateFacts("localnet", "", {}, external=ExternalFacts(records, programs))


GOOD = given(_RECORD)


def _one(**change: Any) -> GateFacts:
    return given(replace(_RECORD, **change))


def _firm(**change: Any) -> GateFacts:
    return _one(firmly=replace(_RECORD.firmly, **change))


def _said(**change: tuple[str, ...]) -> GateFacts:
    said = {**getattr(_RECORD.said, "value", {}), **change}
    return _one(said=Found(said, in_checkout(_FILE)))


def _fixed(*reviews: FixReview, **trees: str) -> GateFacts:
    """A release that differs from what was audited, with fix reviews."""
    there = {AUDITED: tree("one"), RELEASE: tree("two"), FIXED: tree("two")}
    there |= {name: tree(text) for name, text in trees.items()}
    return _one(
        statement=stated(reviews=reviews), trees=there,
        commits={one: Found(True, in_checkout("commit")) for one in there},
    )  # fmt: skip


def _findings(*rows: tuple[str, str]) -> GateFacts:
    made = tuple(AuditFinding(f"A-{n}", *row) for n, row in enumerate(rows))
    return _one(statement=stated(findings=made))


def _rows() -> Iterable[tuple[str, GateFacts, Status]]:
    fail, unknown, missing, ok = Status.FAIL, Status.UNKNOWN, Status.MISSING, Status.PASS
    covered = FixReview(AUDITED, FIXED)
    return [
        ("signed by the firm, of the released sources", GOOD, ok),
        ("published by the firm", _firm(keyed=False, signed=None, published=True), ok),
        ("a later release, with a fix review", _fixed(covered), ok),
        ("signed by another", _firm(signed=False), fail),
        ("published, and signed by another", _firm(signed=False, published=True), fail),
        ("the firm's key is the team's", _firm(own=True), fail),
        ("the record names another firm", _said(firm=("Other Audits",)), fail),
        ("the record names no firm", _said(firm=()), fail),
        ("the record has another hash of the report", _said(report_sha256=("e" * 64,)), fail),
        ("another report", _one(report=Found("e" * 64, in_checkout("report"))), fail),
        ("a later release without a fix review", _fixed(), fail),
        ("a fix review that ends before the release", _fixed(covered, **{FIXED: "three"}), fail),
        ("a fix review that begins elsewhere", _fixed(FixReview(FIXED, RELEASE)), fail),
        ("a commit that the history does not have", _one(
            commits={**_RECORD.commits, AUDITED: Found(False, in_checkout("c"))}), fail),
        ("a high finding is open", _findings(("high", "open")), fail),
        ("a critical finding is acknowledged", _findings(("critical", "acknowledged")), fail),
        ("a high finding is only partly fixed", _findings(("high", "partially fixed")), fail),
        ("dated in the future", _one(statement=stated(date="2027-01-01")), fail),
        ("nobody but the team says so", _firm(known=False, keyed=False, signed=None),
         Status.ATTESTED),
        ("no signature", _firm(signed=None), Status.ATTESTED),
        ("a key in the record, and the target names no firm",
         _firm(known=False, keyed=False, signed=None, published=False), Status.ATTESTED),
        ("over a year old", _one(statement=stated(date="2024-12-01")), Status.STALE),
        ("committed over a year ago", _one(changed=Found(_DAY - 34_000_000, in_checkout("g"))),
         Status.STALE),
        ("a date that is none", _one(statement=stated(date="soon")), missing),
        ("no report", _one(report=_GONE), missing),
        ("the record is not there", _one(said=_GONE), missing),
        ("the statement is not there", _one(statement=_GONE), missing),
        ("the record names no statement", _one(statement=Unknown("none is named")), missing),
        ("a program without a record", given(_RECORD, programs=("governance", "other")), missing),
        ("no finding at all", _findings(), unknown),
        ("a severity that is none", _findings(("purple", "open")), unknown),
        ("the statement is malformed",
         _one(statement=Unknown("it lacks findings", in_checkout("s"))), unknown),
        ("the statement is in no commit", _one(changed=_GONE), unknown),
        ("no release commit", _one(releases=()), unknown),
        ("a tree that can't be read", _one(trees={**_RECORD.trees, AUDITED: _LOST}), unknown),
        ("a commit that was not looked for", _one(commits={}), unknown),
        ("the release has none of the sources",
         _one(trees={AUDITED: _GONE, RELEASE: _GONE}), unknown),
        ("more may take part in the build", _one(gap="a build script"), unknown),
        ("no checkout", _one(said=_LOST), unknown),
        ("no record is named", given(), unknown),
        ("two copies of the record differ", _one(said=_TORN), Status.DIVERGED),
        ("two copies of the report differ", _one(report=_TORN), Status.DIVERGED),
    ]  # fmt: skip


CASES: tuple[Case, ...] = tuple(
    Case("RG-05", name, facts, expected) for name, facts, expected in _rows()
)
