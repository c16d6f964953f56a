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
            "time_lock_seconds", "time_lock_hours",
        }
    ),
    "source-declaration": frozenset({"program_id"}),
    "anchor-toml": frozenset({"program_id"}),
    "idl": frozenset({"program_id"}),
    "build-record": _RECORD_OF_A_COMMAND | {"artifact_sha256"},
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
        {"owner", "date", "rehearsal_signature", "rehearsal_cluster", "steps"}
    ),
    "approval-record": frozenset({"transaction", "artifact_sha256", "approvals"}),
    "signer-register": frozenset({"key", "roles", "custody", "owner", "date"}),
    "demo-register": frozenset({"key", "label"}),
    "demo-transactions": frozenset({"signature", "key"}),
    "proof-of-control": frozenset({"key", "message", "signature"}),
}  # fmt: skip

#: Parts that say something about one program of the target, and must name it.
ABOUT_A_PROGRAM = frozenset(
    {
        "release-record", "custody-record", "source-declaration", "anchor-toml", "idl",
        "build-record", "test-record", "verification-record", "build-log", "test-log",
        "verification-log", "independent-verification", "hash-list", "retained-files",
        "upgrade-policy", "revocation-path", "approval-record",
    }
)  # fmt: skip

#: Parts that are lists: the surface names the array in ``rows``, and fields are places in a row.
LISTS = frozenset(
    {
        "hash-list", "retained-files", "approval-record", "signer-register", "demo-register",
        "demo-transactions", "proof-of-control",
    }
)  # fmt: skip
