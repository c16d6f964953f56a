"""The checkout of a rehearsal: a small git repository with sources and records of the script.

It is written from what the script did, the way a team would write it, so that what the audit
finds wrong is wrong on chain or in a document, and nowhere else.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from privatedao_audit.rehearsal.script import TIME_LOCK, Life

#: The dates of commits are the script's, so that a commit lies before the deployment it made.
_AUTHOR = ("Rehearsal", "rehearsal@localhost")


def write(life: Life, folder: Path) -> str:
    """Write the checkout and return the id of its release commit.

    Args:
        folder: an empty folder.
    """
    _git(folder, life, "init", "--quiet", "--initial-branch=main")
    for name, text in _sources(life).items():
        _put(folder / name, text)
    release = _commit(folder, life, "Release of the governance program")
    for name, text in _records(life, release).items():
        _put(folder / name, text)
    _commit(folder, life, "Records of the release and of custody")
    return release


def _sources(life: Life) -> dict[str, str]:
    idl = {
        "address": life.program_id,
        "metadata": {"name": "governance", "version": life.release.name, "spec": "0.1.0"},
        "instructions": [],
    }
    return {
        "Anchor.toml": (
            '[toolchain]\nanchor_version = "1.0.1"\n\n[programs.localnet]\n'
            f'governance = "{life.anchor_toml_program_id}"\n'
        ),
        "programs/governance/src/lib.rs": (
            "//! The rehearsal's governance program: its code is a stand-in on the local chain.\n"
            "use anchor_lang::prelude::*;\n\n"
            f'declare_id!("{life.program_id}");\n'
        ),
        "idl/governance.json": json.dumps(idl, indent=2) + "\n",
        "README.md": "# Rehearsal\n\nA checkout written by the rehearsal of privatedao-audit.\n",
    }


def _records(life: Life, commit: str) -> dict[str, str]:
    released = life.release
    built = datetime.fromtimestamp(released.transaction.block_time - 3600, UTC)
    members = ", ".join(f'"{signer.address}"' for signer in life.members)
    return {
        "dossier/release-record.toml": (
            "# The release record: what was released, and how it got on chain.\n"
            'cluster = "localnet"\n'
            f'program_id = "{life.program_id}"\n'
            f'programdata = "{life.programdata}"\n'
            f'release_commit = "{commit}"\n'
            f'artifact_sha256 = "{released.artifact_sha256}"\n'
            f'deployment_signature = "{released.transaction.signature}"\n'
            f'operator = "{life.deployer}"\n'
            f'built_at = "{built:%Y-%m-%dT%H:%M:%SZ}"\n'
        ),
        "dossier/custody-record.toml": (
            "# The custody record: who holds the upgrade authority, and under which rules.\n"
            'cluster = "localnet"\n'
            f'program_id = "{life.program_id}"\n'
            f'upgrade_authority = "{life.vault}"\n'
            f'multisig = "{life.multisig}"\n'
            f"members = [{members}]\n"
            f"threshold = {life.threshold}\n"
            # What was decided. In mid-rollout the chain does not have it.
            f"time_lock_seconds = {TIME_LOCK}\n"
        ),
    }


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _commit(folder: Path, life: Life, subject: str) -> str:
    _git(folder, life, "add", "--all")
    _git(folder, life, "commit", "--quiet", "--no-gpg-sign", "--message", subject)
    return _git(folder, life, "rev-parse", "HEAD").strip()


def _git(folder: Path, life: Life, *arguments: str) -> str:
    moment = f"{life.versions[0].transaction.block_time} +0000"
    name, email = _AUTHOR
    clean = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_AUTHOR_DATE": moment,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
        "GIT_COMMITTER_DATE": moment,
    }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=clean, check=True, capture_output=True, text=True
    )
    return done.stdout
