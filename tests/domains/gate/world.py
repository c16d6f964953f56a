"""A checkout with the gate's documents in git, and the audit of it, without a network."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from solders.keypair import Keypair

from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.live import Live, record
from privatedao_audit.audit.opening import replay
from privatedao_audit.model.target import Target, parse
from privatedao_audit.rehearsal.dossier.text import toml
from tests.repository.conftest import Repo

PROGRAM = "EP9xE8MJZ6FfyEwLqns6HDdUZBknEa7WGYs1Jzsecuva"
FIRM_KEY = Keypair.from_seed(sha256(b"a firm of the tests").digest())
FIRM = "Example Audits"
#: The recording is made now, so the documents are of a few days ago.
BEGAN = datetime.now(UTC) - timedelta(days=10)
TODAY = f"{BEGAN:%Y-%m-%d}"
REPORT = "# Report\n\nA finding, and it is closed.\n"

SOURCES = {
    "Anchor.toml": '[toolchain]\nanchor_version = "1.0.1"\n\n[scripts]\nlint = "true"\n',
    "Cargo.toml": '[workspace]\nmembers = ["programs/governance"]\n',
    "Cargo.lock": '[[package]]\nname = "anchor-lang"\nversion = "1.0.1"\n',
    "programs/governance/Cargo.toml": '[package]\nname = "governance"\nversion = "1.2.0"\n',
    "programs/governance/src/lib.rs": f'declare_id!("{PROGRAM}");\n',
    "idl/governance.json": json.dumps(
        {
            "address": PROGRAM,
            "metadata": {"name": "governance", "version": "1.2.0", "spec": "0.1.0"},
            "instructions": [
                {
                    "name": "create_proposal",
                    "discriminator": [1, 2, 3, 4, 5, 6, 7, 8],
                    "accounts": [
                        {"name": "proposal", "writable": True, "pda": {"seeds": [
                            {"kind": "const", "value": list(b"proposal")},
                            {"kind": "account", "path": "dao"},
                        ]}},
                        {"name": "treasury"},
                    ],
                    "args": [],
                }
            ],
            "accounts": [{"name": "Proposal", "discriminator": [8, 7, 6, 5, 4, 3, 2, 1]}],
            "types": [{"name": "Proposal", "type": {"kind": "struct", "fields": []}}],
            "errors": [{"code": 6000, "name": "NameTooLong", "msg": "too long"}],
        }
    ),
    "package.json": json.dumps({"scripts": {"verify:all": "true"}}),
    "Makefile": "check: build\n\ttrue\n",
}  # fmt: skip

REVIEW = (
    "# Review\n\nVersion: `1.2.0`\n\n## Scope\n\nThe program.\n\n"
    f"- Program on localnet: `{PROGRAM}`\n\n## Findings\n\nNone is open.\n\n"
    "## Commands\n\n```bash\nnpm run verify:all\nmake check\nanchor run lint\n```\n"
)
SPECIFICATION = (
    "# Specification\n\n## Instructions\n\n- `create_proposal` makes one\n\n## Accounts\n\n"
    "- `Proposal`\n- `Treasury` holds no data\n\n## Errors\n\n| number | name |\n|---|---|\n"
    "| 6000 | `NameTooLong` |\n\n## Seeds\n\n- `proposal`, DAO, number\n"
)
PAPERS = {
    "docs/review.md": REVIEW,
    "docs/spec.md": SPECIFICATION,
    "docs/ready.md": "# Ready\n\n## List\n\n- [x] Specification done (RG-04)\n- [x] **Audited**\n",
}

_SURFACES = f"""
[[surfaces]]
part = "source-declaration"
program = "governance"
file = "programs/governance/src/lib.rs"
format = "rust"

[[surfaces]]
part = "idl"
program = "governance"
file = "idl/governance.json"
format = "anchor-idl"

[[surfaces]]
part = "release-record"
program = "governance"
file = "dossier/release.toml"
format = "toml"
[surfaces.fields]
release_commit = "/commit"

[[surfaces]]
part = "mainnet-readiness"
file = "docs/ready.md"
format = "markdown"
[surfaces.fields]
section = "List"

[[surfaces]]
part = "security-review"
file = "docs/review.md"
format = "markdown"
[surfaces.fields]
scope = "Scope"
findings = "Findings"
commands = "Commands"
version = "Version"

[[surfaces]]
part = "protocol-specification"
program = "governance"
file = "docs/spec.md"
format = "markdown"
[surfaces.fields]
instructions = "Instructions"
accounts = "Accounts"
errors = "Errors"
seeds = "Seeds"

[[surfaces]]
part = "audit-record"
program = "governance"
file = "dossier/audit.toml"
format = "toml"
[surfaces.fields]
firm = "/firm"
report = "/report"
report_sha256 = "/report_sha256"
statement = "/statement"
signature = "/signature"

[[surfaces]]
part = "waivers"
file = "dossier/waivers.toml"
format = "toml"
rows = "/waivers"
[surfaces.fields]
control = "/control"
owner = "/owner"
reason = "/reason"
expires = "/expires"
observed_sha256 = "/observed_sha256"
compensating_control = "/compensating_control"

[[firms]]
name = "{FIRM}"
key = "{FIRM_KEY.pubkey()}"

[readiness.items]
"audited" = ["RG-05"]
"""


def profile(more: str = "") -> Target:
    """The target of the checkout; ``more`` is TOML that follows."""
    head = f"""
schema = 1
name = "test"
title = "A test"
protocol = "privatedao"
[cluster]
name = "localnet"
genesis_hash = "Ewwy8nAayYaSMtowBPRvuqmX9RgyNDEPYnBFU42YQAnG"
[[programs]]
name = "governance"
id = "{PROGRAM}"
[[daos]]
name = "DAO"
address = "FEz2hCLGpDhJ3cdAm5CCWFzrKv8vDDzmmt9UjdF2fApZ"
program = "governance"
treasury = "46F4oV4edtepPTGqLBfFJeBKdccgfnkk9e4WK7Z1MZD3"
"""
    assert tomllib.loads(head)
    return parse(head + _SURFACES + more, "a test")


def statement(commit: str, **change: Any) -> str:
    """What the firm states of a commit."""
    content: dict[str, Any] = {
        "firm": FIRM, "report_sha256": sha256(REPORT.encode()).hexdigest(),
        "audited_commit": commit, "date": TODAY,
        "findings": [{"id": "A-1", "severity": "high", "state": "closed"}], **change,
    }  # fmt: skip
    return toml("A firm's statement.", content)


def audit_record(said: str, key: Keypair = FIRM_KEY, **change: Any) -> str:
    """The team's record of it, with a signature by this key."""
    content: dict[str, Any] = {
        "firm": FIRM, "report": "dossier/report.md",
        "report_sha256": sha256(REPORT.encode()).hexdigest(),
        "statement": "dossier/statement.toml", "signature": str(key.sign_message(said.encode())),
        **change,
    }  # fmt: skip
    return toml("An audit record.", content)


def checkout(folder: Path, papers: Mapping[str, str] | None = None) -> tuple[Repo, str]:
    """A repository with sources, their release, and then the documents; the release commit."""
    repo = Repo(folder)
    repo._clock = int(BEGAN.timestamp())
    commit = put(repo, SOURCES)
    said = statement(commit)
    put(repo, {
        "dossier/release.toml": f'commit = "{commit}"\n', "dossier/report.md": REPORT,
        "dossier/statement.toml": said, "dossier/audit.toml": audit_record(said),
        **PAPERS, **(papers or {}),
    })  # fmt: skip
    return repo, commit


def put(repo: Repo, files: Mapping[str, str]) -> str:
    """Commit files, and return the commit."""
    for path, text in files.items():
        repo.write(path, text)
    repo.commit()
    return repo.git("rev-parse", "HEAD")


def audited(folder: Path, repo: Repo, target: Target | None = None) -> Audit:
    """The audit of a checkout, recorded without any endpoint and read back."""
    given, path = target or profile(), folder / "evidence.sqlite"

    async def made() -> Audit:
        await record(given, Live((), repo.root, ["gate"]), path)
        audit = await replay(given, path, "a test")
        await audit.collect(["gate"])
        return audit

    return asyncio.run(made())
