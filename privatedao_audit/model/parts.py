"""The parts that files of a checkout play, and what each of them can say."""

from __future__ import annotations

_RECORD_OF_A_COMMAND = frozenset(
    {
        "command", "commit", "tree_clean", "exit_code", "tools", "started_at", "finished_at",
        "log", "log_sha256",
    }
)  # fmt: skip

#: What a surface can say, by the part it plays. Fields name a place in the file: a JSON
#: pointer for json and toml (relative to each row where the surface has rows), a label for
#: markdown; the other formats know their own places.
PARTS: dict[str, frozenset[str]] = {
    "release-record": frozenset(
        {
            "cluster", "program_id", "programdata", "release_commit", "release_tag",
            "artifact_sha256", "deployment_signature", "operator", "built_at",
        }
    ),
    "custody-record": frozenset(
        {
            "cluster", "program_id", "upgrade_authority", "multisig", "threshold", "members",
            "time_lock_seconds", "time_lock_hours", "dao_authority", "treasury_operator",
            "policy_authorities", "attestors", "mint_authorities",
        }
    ),
    "source-declaration": frozenset({"program_id"}),
    "anchor-toml": frozenset({"program_id"}),
    "idl": frozenset({"program_id"}),
    "build-record": _RECORD_OF_A_COMMAND | {"artifact_sha256", "artifact_written"},
    "test-record": _RECORD_OF_A_COMMAND | {"tests_run", "tests_failed"},
    "verification-record": _RECORD_OF_A_COMMAND,
    "build-log": frozenset(),
    "test-log": frozenset(),
    "verification-log": frozenset(),
    "independent-verification": frozenset(
        {"verifier", "date", "commit", "guide", "steps", "signatures", "cluster"}
    ),
    "hash-list": frozenset({"path", "sha256", "bytes", "aggregate", "algorithm"}),
    "retained-files": frozenset({"path", "sha256"}),
    "upgrade-policy": frozenset(
        {"owner", "date", "threshold", "voters", "members", "time_lock_seconds",
         "time_lock_hours"}
    ),
    "revocation-path": frozenset(
        {"owner", "date", "rehearsal_signature", "rehearsal_cluster", "rehearsal_program", "steps"}
    ),
    "approval-record": frozenset({"transaction", "artifact_sha256", "approvals"}),
    "signer-register": frozenset({"key", "roles", "custody", "owner", "date"}),
    "demo-register": frozenset({"key", "label"}),
    "demo-transactions": frozenset({"signature", "key"}),
    "proof-of-control": frozenset({"key", "message", "signature"}),
    "standing-powers": frozenset(
        {
            "kind", "multisig", "address", "index", "vault_index", "amount", "mint", "period",
            "holders", "destinations", "transaction", "reason", "owner", "date", "expires",
        }
    ),
    "treasury-statement": frozenset({"cluster", "dao", "treasury", "program_id"}),
    "recipient-register": frozenset({"address", "name", "owner", "kind", "date"}),
    "mint-register": frozenset(
        {
            "mint", "name", "mint_authority", "freeze_authority", "permanent_delegate",
            "transfer_hook", "fee_authority", "pause_authority", "close_authority",
            "confidential_authority", "owner", "date",
        }
    ),
    "recovery-contacts": frozenset({"name", "role", "kind", "value", "owner", "date"}),
    "incident-contacts": frozenset({"name", "role", "kind", "value", "owner", "date"}),
    "contact-page": frozenset({"contacts", "owner"}),
    "runbook": frozenset(
        {"trigger", "first_actions", "owner", "escalation", "evidence", "lever"}
    ),
    "drill-record": frozenset(
        {
            "incident", "path", "date", "cluster", "genesis_hash", "recording", "evidence_root",
            "started_at", "detected_at", "contained_at", "instruction", "signatures",
            "participants", "gaps",
        }
    ),
    "transaction-archive": frozenset(
        {"signature", "transaction", "meta", "version", "slot", "block_time", "genesis_hash"}
    ),
    "alert-rules": frozenset(
        {
            "id", "signal", "condition", "expression", "severity", "route", "runbook", "section",
            "limit_seconds", "status",
        }
    ),
    "prometheus-rules": frozenset(),
    "alertmanager-routes": frozenset(),
    "alert-log": frozenset(
        {"rule", "signature", "address", "raised_at", "received_at", "receipt"}
    ),
    "alert-drill": frozenset(
        {
            "rule", "rule_file_sha256", "cluster", "signature", "fired_at", "received_at",
            "receipt", "date",
        }
    ),
    "proposal-calendar": frozenset({"number", "title", "proposer", "opens"}),
    "rpc-register": frozenset(
        {"label", "host", "operator", "role", "access", "owner", "date"}
    ),
    "rpc-series": frozenset({"file", "key", "message", "signature"}),
    "rpc-drill": frozenset(
        {
            "client", "primary", "fallback", "owner", "date", "cut_at", "switched_at",
            "served_at", "log", "log_sha256",
        }
    ),
    "rpc-health-script": frozenset(),
    "rpc-health-output": frozenset(
        {
            "date", "outcome", "accounts",
            "primary_host", "primary_genesis", "primary_blockhash", "primary_slot",
            "primary_outcome",
            "fallback_host", "fallback_genesis", "fallback_blockhash", "fallback_slot",
            "fallback_outcome",
        }
    ),
    "evidence-file": frozenset({"date"}),
    "mainnet-readiness": frozenset({"section"}),
    "security-review": frozenset({"scope", "findings", "commands", "version"}),
    "verification-guide": frozenset({"setup", "steps", "expected", "version"}),
    "protocol-specification": frozenset({"instructions", "accounts", "errors", "seeds"}),
    "audit-record": frozenset({"firm", "report", "report_sha256", "statement", "signature"}),
    "waivers": frozenset(
        {"control", "owner", "reason", "expires", "observed_sha256", "compensating_control"}
    ),
}  # fmt: skip

#: Parts that say something about one program of the target, and must name it.
ABOUT_A_PROGRAM = frozenset(
    {
        "release-record", "custody-record", "source-declaration", "anchor-toml", "idl",
        "build-record", "test-record", "verification-record", "build-log", "test-log",
        "verification-log", "independent-verification", "hash-list", "retained-files",
        "upgrade-policy", "revocation-path", "approval-record", "protocol-specification",
        "audit-record",
    }
)  # fmt: skip

#: Parts that are lists: the surface names the array in ``rows``, and fields are places in a row.
LISTS = frozenset(
    {
        "alert-rules", "alert-log", "alert-drill",
        "hash-list", "retained-files", "approval-record", "signer-register", "demo-register",
        "demo-transactions", "proof-of-control", "standing-powers", "recipient-register",
        "mint-register",
        "recovery-contacts", "incident-contacts", "drill-record", "transaction-archive", "waivers",
        "proposal-calendar", "rpc-register",
    }
)  # fmt: skip

#: Lists of how to reach people. Reports and public bundles show their length and hash alone.
PERSONAL = frozenset({"recovery-contacts", "incident-contacts", "contact-page"})

#: What a surface of the part ``evidence-file`` can be about.
TOPICS = ("security-review", "failure-modes", "live-proof", "hardening")

#: What a surface of the part ``runbook`` can be about: the five incident paths.
INCIDENT_PATHS = ("IR-01", "IR-02", "IR-03", "IR-04", "IR-05")

#: Parts whose surfaces say what they are about → what that can be.
ABOUT_A_TOPIC: dict[str, tuple[str, ...]] = {
    "evidence-file": TOPICS,
    "runbook": INCIDENT_PATHS,
}
