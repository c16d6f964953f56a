"""Which file of a rehearsal's checkout plays which part: the surfaces of its target profile."""

from __future__ import annotations

from collections.abc import Sequence

from . import gate, incident, operations, release, rpc, treasury
from .text import Value

_Surface = dict[str, Value]
_RECORD = "dossier/release-record.toml"


def surfaces() -> list[_Surface]:
    """The rows of `[[surfaces]]`, in the order of the domains."""
    return [
        _about("source-declaration", "programs/governance/src/lib.rs", "rust"),
        {**_about("anchor-toml", "Anchor.toml", "anchor-toml"), "entry": "governance"},
        _about("idl", "idl/governance.json", "anchor-idl"),
        *_release(),
        *_custody(),
        *treasury.surfaces(),
        *incident.surfaces(),
        *_alerts(),
        *rpc.surfaces(),
        _calendar(),
        *gate.surfaces(),
    ]


def _release() -> list[_Surface]:
    ran = ("command", "commit", "tree_clean", "exit_code", "tools", "started_at", "finished_at",
           "log", "log_sha256")  # fmt: skip
    return [
        _placed(
            "release-record",
            _RECORD,
            ("cluster", "program_id", "programdata", "release_commit", "artifact_sha256",
             "deployment_signature", "operator", "built_at"),
        ),
        _placed("build-record", _RECORD, (*ran, "artifact_sha256", "artifact_written"), "/build"),
        _about("build-log", release.BUILD_LOG, "log"),
        _placed("test-record", _RECORD, (*ran, "tests_run", "tests_failed"), "/tests"),
        _about("test-log", release.TEST_LOG, "log"),
        _placed("verification-record", _RECORD, ran, "/review_surface"),
        _about("verification-log", release.SURFACE_LOG, "log"),
        {
            **_about("independent-verification", "dossier/independent-verification.toml", "toml"),
            "fields": {
                "verifier": "/verifier",
                "date": "/date",
                "commit": "/commit",
                "guide": "/guide",
                "cluster": "/cluster",
                "steps": "/steps/*",
                "signatures": "/signatures/*",
            },
        },
        {
            **_about("hash-list", release.HASHES, "json"),
            "rows": "/files",
            "fields": {"path": "/path", "sha256": "/sha256", "bytes": "/bytes",
                       "aggregate": "/aggregateSha256", "algorithm": "/algorithm"},
        },
    ]  # fmt: skip


def _custody() -> list[_Surface]:
    held = {
        **_about("custody-record", "dossier/custody-record.toml", "toml"),
        "fields": {
            "cluster": "/cluster",
            "program_id": "/program_id",
            "upgrade_authority": "/upgrade_authority",
            "multisig": "/multisig",
            "threshold": "/threshold",
            "members": "/members/*",
            "time_lock_seconds": "/time_lock_seconds",
            "dao_authority": "/dao_authority/*",
            "treasury_operator": "/treasury_operator/*",
            "policy_authorities": "/policy_authorities/*",
            "attestors": "/attestors/*",
            "mint_authorities": "/mint_authorities/*",
        },
    }
    rules = _placed(
        "upgrade-policy",
        "dossier/upgrade-policy.toml",
        ("owner", "date", "threshold", "voters", "time_lock_seconds"),
    )
    rehearsed = {
        **_about("revocation-path", "dossier/authority-path.toml", "toml"),
        "fields": {
            "owner": "/owner",
            "date": "/date",
            "steps": "/transfer/*",
            "rehearsal_signature": "/rehearsal/signature",
            "rehearsal_cluster": "/rehearsal/cluster",
        },
    }
    signers: _Surface = {
        "part": "signer-register",
        "file": "dossier/signer-register.toml",
        "format": "toml",
        "rows": "/signers",
        "fields": {
            "key": "/address",
            "roles": "/roles/*",
            "custody": "/custody",
            "owner": "/owner",
            "date": "/date",
        },
    }
    proofs: _Surface = {
        "part": "proof-of-control",
        "file": "dossier/proofs-of-control.toml",
        "format": "toml",
        "rows": "/proofs",
        "fields": {"key": "/key", "message": "/message", "signature": "/signature"},
    }
    demo: _Surface = {
        "part": "demo-register",
        "file": "dossier/demo-wallets.toml",
        "format": "toml",
        "rows": "/wallets",
        "fields": {"key": "/address", "label": "/name"},
    }
    shown: _Surface = {
        "part": "demo-transactions",
        "file": "dossier/demo-wallets.toml",
        "format": "toml",
        "rows": "/transactions",
        "fields": {"key": "/address", "signature": "/signature"},
    }
    approved: _Surface = {
        **_about("approval-record", "dossier/upgrade-approvals.toml", "toml"),
        "rows": "/upgrades",
        "fields": {
            "transaction": "/transaction",
            "artifact_sha256": "/artifact_sha256",
            "approvals": "/approvals/*",
        },
    }
    return [held, rules, rehearsed, signers, demo, shown, proofs, approved]


def _calendar() -> _Surface:
    return {
        "part": "proposal-calendar",
        "file": "monitoring/proposal-calendar.toml",
        "format": "toml",
        "rows": "/proposals",
        "fields": {"number": "/number", "title": "/title", "proposer": "/proposer",
                   "opens": "/opens"},
    }  # fmt: skip


def _alerts() -> list[_Surface]:
    rule = ("id", "signal", "condition", "severity", "route", "runbook", "section", "status")
    told = ("rule", "signature", "address", "raised_at", "received_at", "receipt")
    drilled = ("rule", "rule_file_sha256", "cluster", "fired_at", "received_at", "receipt", "date")
    return [
        {
            "part": "alert-rules",
            "file": operations.RULES,
            "format": "json",
            "rows": "/rules",
            "fields": {
                **{name: f"/{name}" for name in rule},
                "limit_seconds": "/latency_seconds",
            },
        },
        {
            "part": "alert-log",
            "file": operations.LOG,
            "format": "json",
            "rows": "/alerts",
            "fields": {name: f"/{name}" for name in told},
        },
        {
            "part": "alert-drill",
            "file": operations.DRILLS,
            "format": "toml",
            "rows": "/drills",
            "fields": {name: f"/{name}" for name in drilled},
        },
    ]


def _about(part: str, file: str, form: str) -> _Surface:
    return {"part": part, "program": "governance", "file": file, "format": form}


def _placed(part: str, file: str, fields: Sequence[str], below: str = "") -> _Surface:
    """A TOML file whose keys are the names of the fields."""
    places: dict[str, Value] = {name: f"{below}/{name}" for name in fields}
    return {**_about(part, file, "toml"), "fields": places}
