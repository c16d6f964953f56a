"""What the readiness gate asks for: specification, reviews, readiness, and the audit record."""

from __future__ import annotations

from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.life.facts import Life

from .sources import account_names, instruction_names
from .text import day, front_matter, toml

AUDITOR = "audit firm"

_ITEMS = (
    ("Release record complete, and the running hash is the recorded one", True),
    ("Upgrade authority held by the multisig, with its time lock", False),
    ("DAO authority held by the multisig", False),
    ("Governance mint without issuer's powers", False),
    ("Two RPC providers of two operators", False),
    ("Alert rules are comparisons with a window, and each has fired", False),
    ("All five incident paths drilled, gaps closed", False),
    ("External audit closed", False),
)
"""An item, and whether it is met already in mid-rollout."""


def files(life: Life, commit: str) -> dict[str, str]:
    """Specification, security review, verification guide, checklist, audit record, by path."""
    return {
        "docs/protocol-spec.md": _specification(life),
        "docs/security-review.md": _review(life),
        "docs/independent-verification.md": _guide(life),
        "docs/mainnet-readiness.md": _readiness(life),
        "dossier/audit-record.toml": _audit(life, commit),
    }


def _head(life: Life, owner: str) -> str:
    return front_matter({"owner": owner, "date": day(life.release.transaction.block_time)})


def _specification(life: Life) -> str:
    instructions = "".join(f"- `{one}`\n" for one in instruction_names())
    accounts = "".join(f"- `{one}`\n" for one in account_names())
    return (
        f"{_head(life, 'founder operator')}# Protocol specification\n\n"
        f"Program: `{life.program_id}`, version {life.release.name}.\n\n"
        f"## Instructions\n\n{instructions}\n## Accounts\n\n{accounts}\n## Seeds\n\n"
        "- DAO: `dao`, authority at creation, name\n- Proposal: `proposal`, DAO, number\n"
        "- Treasury: `treasury`, DAO\n\n## Windows\n\n"
        f"Voting {life.dao.voting_seconds} s, reveal {life.dao.reveal_seconds} s, execution delay "
        f"{life.dao.execution_delay_seconds} s, quorum {life.dao.quorum_percentage} %.\n"
    )


def _review(life: Life) -> str:
    return (
        f"{_head(life, 'independent security')}# Security review\n\n## Scope\n\n"
        f"The program `{life.program_id}` at version {life.release.name}.\n\n## Claims\n\n"
        f"- The upgrade authority is the vault `{life.vault}`.\n"
        f"- The treasury is `{life.dao.treasury}`, and no key can move it without a vote.\n"
        f"- Execution waits {life.dao.execution_delay_seconds} seconds after finalize.\n\n"
        "## Commands\n\n- `anchor build`\n- `cargo test`\n"
    )


def _guide(life: Life) -> str:
    return (
        f"{_head(life, 'independent security')}# Independent verification\n\n"
        "1. Check out the release commit named in `dossier/release-record.toml`.\n"
        "2. Run `anchor build` and take the SHA-256 of the artifact.\n"
        f"3. Read the ProgramData `{life.programdata}` and hash its executable.\n"
        f"4. Derive the treasury of the DAO `{life.dao.address}`.\n"
    )


def _readiness(life: Life) -> str:
    rows = "".join(f"- [{'x' if life.healthy or met else ' '}] {text}\n" for text, met in _ITEMS)
    return (
        f"{_head(life, 'founder operator')}# Readiness\n\n## Checklist\n\n{rows}\n"
        "A local chain is no mainnet: this list is a rehearsal of the real one.\n"
    )


def _audit(life: Life, commit: str) -> str:
    report = f"Rehearsal audit report on {life.release.name} at {commit}\n"
    signed = wallet.keypair(AUDITOR).sign_message(report.encode())
    found = [
        {"id": "R-1", "severity": "high", "title": "DAO authority was a single wallet",
         "status": "closed" if life.healthy else "open"},
        {"id": "R-2", "severity": "low", "title": "comments missing", "status": "closed"},
    ]  # fmt: skip
    return toml(
        "The audit record. The signature is Ed25519 over the text of `report`.",
        {
            "firm": "Rehearsal Audits (a label, not a company)",
            "firm_key": str(wallet.address(AUDITOR)),
            "audited_commit": commit,
            "program_id": life.program_id,
            "date": day(life.release.transaction.block_time),
            "report": report,
            "signature": str(signed),
            "findings": found,
        },
    )
