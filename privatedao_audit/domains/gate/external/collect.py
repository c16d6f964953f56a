"""Read the audit records, the firm's statements, and the sources that they speak of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

from solders.pubkey import Pubkey
from solders.signature import Signature

from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.gate.external.facts import (
    AuditFinding,
    AuditRecord,
    ExternalFacts,
    Firmly,
    FixReview,
    Statement,
)
from privatedao_audit.domains.gate.released import Released
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.readiness import Firm
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.structured import parse
from privatedao_audit.repository.surfaces import statement as said_by

__all__ = ["collect_external", "read_statement"]

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_FIELDS: Final = ("firm", "report_sha256", "audited_commit", "date", "findings", "fix_reviews")
_MOST_FINDINGS: Final = 1_000
_MOST_REVIEWS: Final = 50


async def collect_external(sources: Sources, released: Sequence[Released]) -> ExternalFacts:
    """The audit records that the target names as current."""
    target = sources.target
    found = [await _record(sources, one, released) for one in target.current("audit-record")]
    return ExternalFacts(tuple(found), tuple(one.name for one in target.programs))


async def _record(sources: Sources, surface: Surface, released: Sequence[Released]) -> AuditRecord:
    program = surface.program or ""
    read = await sources.repository.file(surface.file)
    told = said_by(surface, sources.target.cluster.name, read)
    said: Read[dict[str, tuple[str, ...]]] = decoded(told, lambda one: one.values, "the record")
    values = said.value if isinstance(said, Found) else {}
    named = _one(values, "statement")
    if named is None:
        lost: Read[Statement] = Unknown("the record names no statement, or several")
        return AuditRecord(program, surface.file, said, lost)
    data = await sources.repository.file(named)
    stated = decoded(data, read_statement, f"the statement {named}")
    firmly = Firmly()
    if isinstance(data, Found) and isinstance(stated, Found):
        firmly = _firmly(sources, stated.value, data.value, _one(values, "signature"))
    change = await last_committed(sources.repository, named)
    mine = [one for one in released if one.program == program and one.commit]
    commits, trees = await _history(sources, stated, mine)
    return AuditRecord(
        program, surface.file, said, stated, firmly,
        await _report(sources, _one(values, "report")),
        decoded(change, lambda one: one.committer_time, "its history"),
        commits, trees, tuple(one.commit for one in mine),
        next((one.gap for one in mine if one.gap), ""),
    )  # fmt: skip


def _one(values: dict[str, tuple[str, ...]], name: str) -> str | None:
    given = [one for one in values.get(name, ()) if one.strip()]
    return given[0] if len(given) == 1 else None


def read_statement(data: bytes) -> Statement:
    """A firm's statement: TOML of the kit's form.

    Raises:
        BadDocument: a member is missing, unknown or malformed.
    """
    tree = parse("toml", data, "the statement").value
    strange = [name for name in tree if name not in _FIELDS]
    lacking = [name for name in _FIELDS[:5] if name not in tree]
    if strange or lacking:
        raise BadDocument(f"it lacks {lacking} and has the unknown {strange}")
    commit, digest = _text(tree, "audited_commit"), _text(tree, "report_sha256")
    if not _COMMIT.fullmatch(commit) or not _DIGEST.fullmatch(digest):
        raise BadDocument("its audited_commit or report_sha256 is not a full lower-case id")
    findings = tuple(
        AuditFinding(_text(row, "id"), _text(row, "severity").casefold(),
                     _text(row, "state").casefold())
        for row in _tables(tree, "findings", _MOST_FINDINGS)
    )  # fmt: skip
    if len({one.id for one in findings}) < len(findings):
        raise BadDocument("it lists a finding twice")
    reviews = []
    for row in _tables(tree, "fix_reviews", _MOST_REVIEWS):
        start, end = _text(row, "from"), _text(row, "to")
        if not _COMMIT.fullmatch(start) or not _COMMIT.fullmatch(end):
            raise BadDocument("a fix review does not go from one full commit id to another")
        reviews.append(FixReview(start, end))
    return Statement(
        _text(tree, "firm"), digest, commit, _text(tree, "date"), findings, tuple(reviews)
    )


def _tables(tree: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    rows = tree.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise BadDocument(f"its {name} are no list of tables")
    if len(rows) > most:
        raise BadDocument(f"it has more than {most} {name}")
    return rows


def _text(table: dict[str, Any], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise BadDocument(f"its {name} is no text, or an empty one")
    return value.strip()


def _firmly(sources: Sources, stated: Statement, data: bytes, signature: str | None) -> Firmly:
    target = sources.target
    firm: Firm | None = next((one for one in target.firms if one.name == stated.firm), None)
    if firm is None:
        return Firmly()
    team = {one.address for one in target.wallets}
    signed = None
    if firm.key is not None and signature is not None:
        signed = _verified(firm.key, signature, data)
    return Firmly(
        known=True,
        keyed=firm.key is not None,
        signed=signed,
        published=hashlib.sha256(data).hexdigest() in firm.published,
        own=firm.key in team,
    )


def _verified(key: str, signature: str, data: bytes) -> bool:
    try:
        public = Pubkey.from_string(key)
        # A key of small order would have signed anything.
        if public == Pubkey.default() or not public.is_on_curve():
            return False
        return Signature.from_string(signature).verify(public, data)
    except ValueError:
        return False


async def _report(sources: Sources, path: str | None) -> Read[str]:
    if path is None:
        return Unknown("the record names no report, or several")
    read = await sources.repository.file(path)
    return decoded(read, lambda data: hashlib.sha256(data).hexdigest(), "the report")


async def _history(
    sources: Sources, stated: Read[Statement], mine: Sequence[Released]
) -> tuple[dict[str, Read[bool]], dict[str, Read[dict[str, str]]]]:
    """Whether the history has the commits, and what of each takes part in the build."""
    if not isinstance(stated, Found):
        return {}, {}
    named = [stated.value.audited_commit, *(one.commit for one in mine)]
    named += [commit for one in stated.value.reviews for commit in (one.start, one.end)]
    paths = sorted({path for one in mine for path in one.sources})
    commits: dict[str, Read[bool]] = {}
    trees: dict[str, Read[dict[str, str]]] = {}
    for commit in dict.fromkeys(named):
        known = await sources.repository.commit(commit)
        if isinstance(known, ProvenAbsent):
            commits[commit] = Found(False, known.at)
            continue
        commits[commit] = decoded(known, lambda _one: True, "the commit")
        if paths and isinstance(known, Found):
            trees[commit] = await sources.repository.tree_at(commit, paths)
    return commits, trees
