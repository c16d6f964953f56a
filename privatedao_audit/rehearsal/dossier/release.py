"""The release record of a rehearsal, with the logs and lists that it names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from privatedao_audit.rehearsal.life.facts import Life, Version

from .sources import ANCHOR, CARGO, RUST
from .text import Value, toml, utc

BUILD_LOG, TEST_LOG, SURFACE_LOG = (
    "release/anchor-build.log",
    "release/cargo-test.log",
    "release/review-surface.log",
)
HASHES = "release/hashes.json"
TOOLS = f"anchor-cli {ANCHOR}, rustc {RUST}, cargo {CARGO}"
_TESTS = ("commitment", "delegation", "execution", "finalize", "payout", "policy", "reveal", "veto")
_SOURCES = (
    "Anchor.toml",
    "Cargo.lock",
    "Cargo.toml",
    "idl/governance.json",
    "programs/governance/Cargo.toml",
    "programs/governance/src/lib.rs",
    "rust-toolchain.toml",
)


def committed_at(version: Version) -> int:
    """When the sources of a version were committed: some hours before anything was sent."""
    sent = [one.landed.block_time for one in version.approvals] or [version.transaction.block_time]
    return min(sent) - 8 * 3600


def built_at(version: Version) -> int:
    """When a version was built: an hour after its commit."""
    return committed_at(version) + 3600


def files(life: Life, commit: str, tree: str, sources: Mapping[str, str]) -> dict[str, str]:
    """Everything retained of the release, by path.

    Args:
        commit: the release commit, `tree` its tree.
        sources: the sources at the release commit, by path.
    """
    released = life.release
    built = built_at(released)
    logs = {
        BUILD_LOG: _build_log(released),
        TEST_LOG: _test_log(released),
        SURFACE_LOG: _surface_log(commit),
    }
    sums = {name: sources[name] for name in _SOURCES} | logs
    return {
        **logs,
        HASHES: _hashes(sums),
        "dossier/release-record.toml": _record(life, commit, tree, logs),
        "dossier/independent-verification.toml": _independent(life, built, commit),
    }


def _record(life: Life, commit: str, tree: str, logs: Mapping[str, str]) -> str:
    released = life.release
    built = built_at(released)

    def ran(command: str, log: str, began: int) -> dict[str, Value]:
        return {
            "command": command,
            "commit": commit,
            "tree": tree,
            "tree_clean": True,
            "tools": TOOLS,
            "started_at": utc(began),
            "finished_at": utc(began + 60),
            "exit_code": 0,
            "log": log,
            "log_sha256": _sum(logs[log]),
        }

    return toml(
        "The release record: what was released, and how it got on chain.",
        {
            "cluster": "localnet",
            "program_id": life.program_id,
            "programdata": life.programdata,
            "version": released.name,
            "release_commit": commit,
            "artifact_sha256": released.artifact_sha256,
            "deployment_signature": released.transaction.signature,
            "operator": life.deployer,
            "built_at": utc(built),
            "deployed_at": utc(released.transaction.block_time),
            "hashes": HASHES,
            "build": {
                **ran("anchor build", BUILD_LOG, built - 120),
                "artifact_sha256": released.artifact_sha256,
                "artifact_written": True,
            },
            "tests": {
                **ran("cargo test", TEST_LOG, built + 60),
                "tests_run": len(_TESTS),
                "tests_failed": 0,
            },
            "review_surface": ran("make verify-review-surface", SURFACE_LOG, built + 300),
        },
    )


def _independent(life: Life, built: int, commit: str) -> str:
    verifier = life.person("independent verifier")
    seen = [one for one in life.journal if one.by == verifier.address and one.error is None]
    return toml(
        "Independent verification: who followed the guide, and what it left on chain.",
        {
            "guide": "docs/independent-verification.md",
            "verifier": "Independent Verifier, not employed by the team",
            "wallet": verifier.address,
            "cluster": "localnet",
            "commit": commit,
            "date": utc(max((one.landed.block_time for one in seen), default=built)),
            "steps": [
                "cloned the repository and checked out the release commit",
                "built it and compared the hash with the release record",
                "compared the hash with the executable on chain",
                "derived the treasury address and paid a small deposit into it",
            ],
            "signatures": [one.landed.signature for one in seen],
        },
    )


def _build_log(version: Version) -> str:
    return (
        f"$ anchor build\n   Compiling anchor-lang v{ANCHOR}\n"
        f"   Compiling governance v{version.name} (programs/governance)\n"
        "    Finished `release` profile [optimized] target(s) in 41.32s\n"
    )


def _test_log(version: Version) -> str:
    rows = "".join(f"test tests::{name}_follows_the_rules ... ok\n" for name in _TESTS)
    return (
        f"$ cargo test\n   Compiling governance v{version.name} (programs/governance)\n"
        "    Finished `test` profile [unoptimized + debuginfo] target(s) in 12.08s\n"
        "     Running unittests src/lib.rs (target/debug/deps/governance-5f0c7a1e)\n\n"
        f"running {len(_TESTS)} tests\n{rows}\n"
        f"test result: ok. {len(_TESTS)} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; "
        "finished in 0.04s\n"
    )


def _surface_log(commit: str) -> str:
    return (
        f"$ make verify-review-surface\ncommit {commit}\n"
        f"checked {len(_SOURCES)} files against the tree of the commit: identical\n"
        "checked the interface against the sources: 47 instructions, none missing\n"
    )


def _hashes(files: Mapping[str, str]) -> str:
    """A hash list in PrivateDAO's form; the aggregate is over `path:sha256` lines."""
    rows = [
        {"path": name, "sha256": _sum(text), "bytes": len(text.encode())}
        for name, text in sorted(files.items())
    ]
    lines = "\n".join(f"{one['path']}:{one['sha256']}" for one in rows)
    content = {"algorithm": "sha256", "aggregateSha256": _sum(lines), "files": rows}
    return json.dumps(content, indent=1) + "\n"


def _sum(text: str) -> str:
    return sha256(text.encode()).hexdigest()
