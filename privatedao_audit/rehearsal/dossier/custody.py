"""Custody and signers: the records that say who may change the program, and who signed for it."""

from __future__ import annotations

from solders.keypair import Keypair

from privatedao_audit.model import canonical
from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.life.facts import Life, Version

from .text import day, toml, utc

TIME_LOCK = 172_800
"""Seconds that the records promise, whatever the chain has."""

#: The version whose approval record got lost in mid-rollout.
LOST_APPROVAL = "1.1.0"


def files(life: Life) -> dict[str, str]:
    """Custody record, policy, path, registers and approvals, by path."""
    written = {
        "dossier/custody-record.toml": _custody(life),
        "dossier/upgrade-policy.toml": _policy(life),
        "dossier/authority-path.toml": _path(life),
        "dossier/signer-register.toml": _signers(life),
        "dossier/demo-wallets.toml": _demo(life),
    }
    for version in life.versions:
        lost = not life.healthy and version.name == LOST_APPROVAL
        recorded = version.transaction.slot <= life.release.transaction.slot
        if version.squads_index is not None and recorded and not lost:
            written[f"dossier/approvals/upgrade-{version.name}.toml"] = approval(life, version)
    return written


def approval_statement(life: Life, version: Version) -> dict[str, str]:
    """What the members sign to approve an upgrade; signed as canonical JSON."""
    return {
        "statement": "approval of a program upgrade",
        "genesis_hash": life.genesis_hash,
        "program_id": life.program_id,
        "version": version.name,
        "artifact_sha256": version.artifact_sha256,
        "buffer": version.buffer,
        "multisig": life.multisig,
        "transaction_index": str(version.squads_index),
    }


def approval(life: Life, version: Version) -> str:
    """The approval record of an upgrade, signed by those members who voted for it."""
    statement = approval_statement(life, version)
    message = canonical.dumps(statement)
    voters = {one.by for one in version.approvals}
    signed = [
        {
            "name": signer.name,
            "address": signer.address,
            "signature": str(_key(signer.name).sign_message(message)),
        }
        for signer in life.members
        if signer.address in voters
    ]
    return toml(
        "An approval record. Each signature is Ed25519 over the canonical JSON of [approval].",
        {
            "approved_at": utc(max(one.landed.block_time for one in version.approvals)),
            "approval": statement,
            "signatures": signed,
        },
    )


def _custody(life: Life) -> str:
    return toml(
        "The custody record: who holds the upgrade authority, and under which rules.",
        {
            "cluster": "localnet",
            "program_id": life.program_id,
            "upgrade_authority": life.vault,
            "multisig": life.multisig,
            "members": [signer.address for signer in life.members],
            "threshold": life.threshold,
            # What was decided. In mid-rollout the chain does not have it.
            "time_lock_seconds": TIME_LOCK,
            "date": day(life.release.transaction.block_time),
            "owner": "founder operator",
        },
    )


def _policy(life: Life) -> str:
    return toml(
        "The upgrade policy: what has to happen before the program changes.",
        {
            "date": day(life.handover.block_time),
            "owner": "founder operator",
            "cluster": "localnet",
            "program_id": life.program_id,
            "threshold": life.threshold,
            "voters": len(life.members),
            "time_lock_seconds": TIME_LOCK,
            "rules": [
                "Every upgrade is proposed in the multisig, with the hash of its buffer.",
                "Two members who did not write the change rebuild it and compare the hash.",
                "Nobody executes before the time lock has passed.",
                "The signed approval record is kept with the release.",
            ],
        },
    )


def _path(life: Life) -> str:
    return toml(
        "The path to revoke or transfer the upgrade authority.",
        {
            "date": day(life.handover.block_time),
            "owner": "recovery governance",
            "authority": life.vault,
            "transfer": [
                "A member proposes SetAuthority of the ProgramData to the new holder.",
                "Two members approve, and the time lock passes.",
                "Any member executes; the holder is read back from the chain.",
            ],
            "revoke": "the same with no new holder: the program is immutable from then on",
            "rehearsal": {
                "cluster": "localnet",
                "what": "SetAuthority of this ProgramData from a wallet to the vault",
                "signature": life.handover.signature,
                "at": utc(life.handover.block_time),
            },
        },
    )


def _signers(life: Life) -> str:
    return toml(
        "The signer register: every key that may sign something privileged, and for what.",
        {
            "cluster": "localnet",
            "date": day(life.release.transaction.block_time),
            "owner": "independent security",
            "signers": [
                {
                    "name": one.name,
                    "address": one.address,
                    "roles": list(one.roles),
                    "custody": one.custody,
                    "owner": one.owner,
                }
                for one in life.people
                if one.roles and "demo" not in one.roles
            ],
        },
    )


def _demo(life: Life) -> str:
    demo = life.with_role("demo")
    return toml(
        "Wallets of demonstrations, and what they signed. None of them may ever hold a role.",
        {
            "cluster": "localnet",
            "date": day(life.handover.block_time),
            "owner": "independent security",
            "wallets": [{"name": one.name, "address": one.address} for one in demo],
            "transactions": [
                {"signature": one.landed.signature, "address": one.by}
                for one in life.journal
                if one.by in {person.address for person in demo}
            ],
        },
    )


def _key(name: str) -> Keypair:
    return wallet.keypair(name)
