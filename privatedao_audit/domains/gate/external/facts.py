"""Facts about an external audit: what the team records, what the firm states, what git says."""

from __future__ import annotations

from dataclasses import dataclass, field

from privatedao_audit.model.reads import Read, Unknown

__all__ = ["AuditFinding", "AuditRecord", "ExternalFacts", "Firmly", "FixReview", "Statement"]


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One finding of the firm: ``severity`` and ``state`` in its words, lower case."""

    id: str
    severity: str
    state: str


@dataclass(frozen=True, slots=True)
class FixReview:
    """A later change that the firm looked at: from one commit to another, full ids."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What the firm states, in the kit's form.

    Attributes:
        firm: its name.
        report_sha256: of its report.
        audited_commit: full id.
        date: as written.
        findings, reviews: in its order.
    """

    firm: str
    report_sha256: str
    audited_commit: str
    date: str
    findings: tuple[AuditFinding, ...]
    reviews: tuple[FixReview, ...]


@dataclass(frozen=True, slots=True)
class Firmly:
    """How far a statement is the firm's.

    Attributes:
        known: the target names the firm.
        keyed: the target has a key of the firm.
        signed: the record's signature is by that key, over the bytes of the statement; None
            where the record has no signature or there is no key.
        published: the firm shows the hash of the statement at a place of its own, by the target.
        own: the firm's key is one of the team's registered wallets.
    """

    known: bool = False
    keyed: bool = False
    signed: bool | None = None
    published: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One audit record of the target.

    Attributes:
        program: name in the target.
        file: path in the checkout.
        said: field → its values, as the record has them.
        statement: of the file that it names.
        firmly: whose word the statement is.
        report: SHA-256 of the report's file; absent where the checkout lacks it.
        changed: Unix second at which the statement's file last got its content.
        commits: full id → whether the history has it, for every commit that is named.
        trees: full id → path → object id of everything that takes part in the build.
        releases: release commits of the program.
        gap: why more may take part in the build than was looked at; empty when that is all.
    """

    program: str
    file: str
    said: Read[dict[str, tuple[str, ...]]]
    statement: Read[Statement]
    firmly: Firmly = Firmly()
    report: Read[str] = field(default_factory=lambda: Unknown("the record names no report"))
    changed: Read[int] = field(default_factory=lambda: Unknown("its history was not read"))
    commits: dict[str, Read[bool]] = field(default_factory=dict)
    trees: dict[str, Read[dict[str, str]]] = field(default_factory=dict)
    releases: tuple[str, ...] = ()
    gap: str = ""


@dataclass(frozen=True, slots=True)
class ExternalFacts:
    """The audit records, and the programs that owe one."""

    records: tuple[AuditRecord, ...] = ()
    programs: tuple[str, ...] = ()
