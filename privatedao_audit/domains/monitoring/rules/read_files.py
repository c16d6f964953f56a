"""Rules, runbooks, logs and drills of the checkout, from their bytes. Nothing is asked here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privatedao_audit.chain.answers import is_signature
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.signers.dates import unix_seconds
from privatedao_audit.domains.monitoring.rules.facts import Alert, Drill, Runbook
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.reads import Read, Unknown
from privatedao_audit.repository.documents import text
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.surfaces import Rows

__all__ = ["alert_rows", "drill_rows", "runbook", "runbook_path", "words"]

#: Most bytes of a runbook.
MAX_RUNBOOK = 512 * 1024

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+(.{1,300}?)\s*#*$")
_DATE = re.compile(r"^date:\s*[\"']?([^\"'\n]{1,60}?)[\"']?\s*$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]{1,200})`")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CLUSTERS = frozenset(GENESIS_HASHES) | {"localnet"}


def words(name: str) -> str:
    """A name as words: ``failed-finalize``, ``FailedFinalize`` and ``Failed finalize`` alike."""
    apart = _CAMEL.sub(" ", name)
    return " ".join(re.findall(r"[a-z0-9]+", apart.casefold()))


def runbook_path(named: str) -> tuple[str, str]:
    """Path in the checkout and section of what a rule names as its runbook.

    Raises:
        ValueError: a web address, or no path inside the checkout; one clause.
    """
    path, _, section = named.partition("#")
    if "://" in path:
        raise ValueError("is a web address, and nothing on the web is read")
    path = path.removeprefix("./")
    if not path or path.startswith("/") or ".." in path.split("/") or "\\" in path or "\0" in path:
        raise ValueError("is no path inside the checkout")
    if len(path) > 1_000:
        raise ValueError("is too long for a path")
    return path, section


def runbook(data: bytes, changed: Read[int]) -> Runbook:
    """A runbook of Markdown: what a reader sees, by its headings.

    Raises:
        BadDocument: not UTF-8, or larger than a runbook is.
    """
    if len(data) > MAX_RUNBOOK:
        raise BadDocument(f"{len(data)} bytes; a runbook may have {MAX_RUNBOOK}")
    whole = text(data, "the runbook")
    shown = _COMMENT.sub("", whole)
    head = whole.split("\n---", 1)[0] if whole.startswith("---\n") else ""
    date = _DATE.search(head)
    sections = {"": words(_body(shown))}
    for heading, below in _sections(_body(shown)):
        sections.setdefault(words(heading), words(below))
    codes = (words(one) for one in _CODE.findall(_body(shown)))
    names = frozenset(one for one in (*sections, *codes) if one)
    return Runbook(sections, names, date[1] if date else None, changed)


def _body(shown: str) -> str:
    """The text without its front matter, which says what the file is and no more."""
    if not shown.startswith("---\n"):
        return shown
    _head, found, rest = shown[4:].partition("\n---")
    return rest if found else shown


def _sections(shown: str) -> Iterator[tuple[str, str]]:
    heading, lines = "", list[str]()
    for line in shown.splitlines():
        match = _HEADING.match(line)
        if match:
            if heading:
                yield heading, "\n".join(lines)
            heading, lines = match[1], []
        else:
            lines.append(line)
    if heading:
        yield heading, "\n".join(lines)


def alert_rows(said: Rows) -> tuple[Alert, ...]:
    """The rows of a log of alerts; what is malformed is told in its row."""
    found = []
    for number, row in enumerate(said.rows, 1):
        faults = list(_malformed(row, ("raised_at", "received_at")))
        raised, received = _time(row, "raised_at"), _time(row, "received_at")
        if raised is not None and received is not None and received < raised:
            faults.append("it was received before it was raised")
        found.append(Alert(
            rule=row.get("rule", "").strip(), signature=row.get("signature", "").strip(),
            address=row.get("address", "").strip(), raised_at=raised, received_at=received,
            receipt=_receipt(row), place=f"{said.file}, alert {number}",
            fault="; ".join(faults),
        ))  # fmt: skip
    return tuple(found)


def drill_rows(said: Rows) -> tuple[Drill, ...]:
    """The rows of a record of drills; what is malformed is told in its row."""
    found = []
    for number, row in enumerate(said.rows, 1):
        faults = list(_malformed(row, ("fired_at", "received_at")))
        if not _SHA256.fullmatch(row.get("rule_file_sha256", "")):
            faults.append("it names no hash of the rule file")
        if row.get("cluster") not in _CLUSTERS:
            faults.append("it names no cluster")
        found.append(Drill(
            rule=row.get("rule", "").strip(),
            rule_file_sha256=row.get("rule_file_sha256", ""), cluster=row.get("cluster", ""),
            signature=row.get("signature", "").strip(), fired_at=_time(row, "fired_at"),
            received_at=_time(row, "received_at"), receipt=_receipt(row),
            date=row.get("date", "").strip(), place=f"{said.file}, drill {number}",
            landed=Unknown("its transaction was not asked for"), fault="; ".join(faults),
        ))  # fmt: skip
    return tuple(found)


def _receipt(row: dict[str, str]) -> str:
    """What shows that somebody received it; empty for a word that stands for nothing yet."""
    said = row.get("receipt", "").strip()
    return "" if blank(said) else said


def _time(row: dict[str, str], field: str) -> int | None:
    return unix_seconds(row.get(field, ""))


def _malformed(row: dict[str, str], times: tuple[str, ...]) -> Iterator[str]:
    for name, value in row.items():
        if "\n" in value:
            yield f"{name} has several values"
    if not row.get("rule", "").strip():
        yield "it names no rule"
    for field in times:
        if row.get(field, "").strip() and _time(row, field) is None:
            yield f"{field} is no time with its zone"
    signature = row.get("signature", "").strip()
    if signature and not is_signature(signature):
        yield "its signature is none"
