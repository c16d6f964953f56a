"""What the readiness gate asks for: specification, reviews, readiness list, external audit."""

from __future__ import annotations

from hashlib import sha256

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.life.facts import Life

from .sources import ANCHOR, RUST, account_names, error_names, instruction_names, seed_names
from .text import Value, day, front_matter, toml

AUDITOR = "audit firm"
FIRM = "Rehearsal Audits (a label, not a company)"
SPECIFICATION, REVIEW = "docs/protocol-spec.md", "docs/security-review.md"
GUIDE, READINESS = "docs/independent-verification.md", "docs/mainnet-readiness.md"
RECORD, STATEMENT = "dossier/audit-record.toml", "dossier/audit-statement.toml"
REPORT = "dossier/audit-report.md"

_ITEMS = (
    ("Release record complete, and the running hash is the recorded one", "RC-01, RC-02, RC-10",
     True),
    ("Upgrade authority held by the multisig, with its time lock", "UA-01, UA-04, UA-06", False),
    ("DAO authority held by the multisig", "UA-09", False),
    ("Governance mint without issuer's powers", "UA-09, TR-02", False),
    ("Two RPC providers of two operators", "RP-01, RP-02", False),
    ("Alert rules are comparisons with a window, and each has fired",
     "MA-01, MA-05, MA-08, MA-10", False),
    ("All five incident paths drilled, gaps closed", "IR-07", False),
    ("External audit closed", "RG-05", False),
)  # fmt: skip
"""An item, the controls that look at the thing itself, and whether mid-rollout has it done."""


def files(life: Life, commit: str) -> dict[str, str]:
    """Specification, security review, verification guide, checklist, audit record, by path."""
    report = _report(life, commit)
    statement = _statement(life, commit, report)
    return {
        SPECIFICATION: _specification(life),
        REVIEW: _review(life),
        GUIDE: _guide(life),
        READINESS: _readiness(life),
        REPORT: report,
        STATEMENT: statement,
        RECORD: _record(report, statement),
    }


def surfaces() -> list[dict[str, Value]]:
    """The rows of `[[surfaces]]` for these files."""
    written: dict[str, Value] = {"format": "markdown"}
    about: dict[str, Value] = {**written, "program": "governance"}
    return [
        {"part": "mainnet-readiness", "file": READINESS, **written,
         "fields": {"section": "Checklist"}},
        {"part": "security-review", "file": REVIEW, **written,
         "fields": {"scope": "Scope", "findings": "Findings", "commands": "Commands",
                    "version": "Version"}},
        {"part": "verification-guide", "file": GUIDE, **written,
         "fields": {"setup": "Setup", "steps": "Steps", "expected": "Expected results",
                    "version": "Version"}},
        {"part": "protocol-specification", "file": SPECIFICATION, **about,
         "fields": {name: name.capitalize() for name in
                    ("instructions", "accounts", "errors", "seeds")}},
        {"part": "audit-record", "file": RECORD, "program": "governance", "format": "toml",
         "fields": {name: f"/{name}" for name in
                    ("firm", "report", "report_sha256", "statement", "signature")}},
    ]  # fmt: skip


def firms() -> list[dict[str, Value]]:
    """The rows of `[[firms]]`: the key as the auditor has it from the firm."""
    return [{"name": FIRM, "key": str(wallet.address(AUDITOR))}]


def _head(life: Life, owner: str) -> str:
    return front_matter({"owner": owner, "date": day(life.release.transaction.block_time)})


def _specification(life: Life) -> str:
    def bullets(names: list[str]) -> str:
        return "".join(f"- `{one}`\n" for one in names)

    errors = "".join(f"- {number} `{name}`\n" for number, name in error_names())
    return (
        f"{_head(life, 'founder operator')}# Protocol specification\n\n"
        f"Program: `{life.program_id}`, version {life.release.name}.\n\n"
        f"## Instructions\n\n{bullets(instruction_names())}\n"
        f"## Accounts\n\n{bullets(account_names())}\n"
        f"## Errors\n\n{errors}\n## Seeds\n\n{bullets(seed_names())}\n## Windows\n\n"
        f"Voting {life.dao.voting_seconds} s, reveal {life.dao.reveal_seconds} s, execution delay "
        f"{life.dao.execution_delay_seconds} s, quorum {life.dao.quorum_percentage} %.\n"
    )


def _review(life: Life) -> str:
    return (
        f"{_head(life, 'independent security')}# Security review\n\n"
        f"Version: {life.release.name}\n\n## Scope\n\n"
        "The governance program on localnet, its authorities and its treasury:\n\n"
        f"- Program: `{life.program_id}`\n- ProgramData: `{life.programdata}`\n"
        f"- DAO: `{life.dao.address}`\n- Treasury: `{life.dao.treasury}`\n\n## Findings\n\n"
        "No key moves the treasury without a vote: execute derives it from the DAO and refuses "
        "any\nother, and a proposal is executed once. Whoever holds the upgrade authority can "
        "replace all of\nthat, so that custody decides.\n\n"
        f"- Upgrade authority: `{life.vault}`\n\n"
        f"## Commands\n\nWith Anchor {ANCHOR} and Rust {RUST}:\n\n"
        "```bash\nanchor build\ncargo test\n```\n"
    )


def _guide(life: Life) -> str:
    return (
        f"{_head(life, 'independent security')}# Independent verification\n\n"
        f"Version: {life.release.name}\n\n## Setup\n\n"
        f"Anchor {ANCHOR}, Rust {RUST}, and an endpoint of the localnet of this rehearsal. Check "
        "out the\nrelease commit named in `dossier/release-record.toml`.\n\n"
        f"- Program: `{life.program_id}`\n- ProgramData: `{life.programdata}`\n"
        f"- DAO: `{life.dao.address}`\n- Treasury: `{life.dao.treasury}`\n\n## Steps\n\n"
        "1. Build, and take the SHA-256 of the artifact.\n"
        "2. Read the ProgramData and hash its executable.\n"
        "3. Derive the treasury of the DAO.\n\n```bash\nanchor build\ncargo test\n```\n\n"
        "## Expected results\n\n"
        "The two hashes are one, and the derived treasury is the one above.\n"
    )


def _readiness(life: Life) -> str:
    rows = "".join(
        f"- [{'x' if life.healthy or met else ' '}] {text} ({controls})\n"
        for text, controls, met in _ITEMS
    )
    return (
        f"{_head(life, 'founder operator')}# Readiness\n\n## Checklist\n\n{rows}\n"
        "A local chain is no mainnet: this list is a rehearsal of the real one.\n"
    )


def _report(life: Life, commit: str) -> str:
    return (
        f"# Audit report on version {life.release.name}\n\nAudited: commit {commit}.\n\n"
        "Two findings: R-1 (high), the DAO authority was a single wallet; R-2 (low), comments are\n"
        "missing. A rehearsal has no auditors; this text stands where their report would.\n"
    )


def _statement(life: Life, commit: str, report: str) -> str:
    found: list[dict[str, Value]] = [
        {"id": "R-1", "severity": "high", "state": "closed" if life.healthy else "open"},
        {"id": "R-2", "severity": "low", "state": "closed"},
    ]
    return toml(
        "The firm's own statement; its signature stands in the audit record.",
        {
            "firm": FIRM,
            "report_sha256": sha256(report.encode()).hexdigest(),
            "audited_commit": commit,
            "date": day(life.release.transaction.block_time),
            "findings": found,
        },
    )


def _record(report: str, statement: str) -> str:
    return toml(
        "The audit record. The signature is Ed25519 over the bytes of the statement.",
        {
            "firm": FIRM,
            "report": REPORT,
            "report_sha256": sha256(report.encode()).hexdigest(),
            "statement": STATEMENT,
            "signature": str(wallet.keypair(AUDITOR).sign_message(statement.encode())),
        },
    )
