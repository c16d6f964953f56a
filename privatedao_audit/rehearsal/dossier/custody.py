"""Custody and signers: the records that say who may change the program, and who signed for it."""

from __future__ import annotations

from solders.keypair import Keypair

from privatedao_audit.chain import offchain_message
from privatedao_audit.domains.custody.history import approvals
from privatedao_audit.domains.custody.signers.proof import Challenge
from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.life.facts import Life, Person

from .text import day, toml, utc

TIME_LOCK = 172_800
"""Seconds that the records promise, whatever the chain has."""


def files(life: Life) -> dict[str, str]:
    """Custody record, policy, path, registers and approvals, by path."""
    written = {
        "dossier/custody-record.toml": _custody(life),
        "dossier/upgrade-policy.toml": _policy(life),
        "dossier/authority-path.toml": _path(life),
        "dossier/signer-register.toml": _signers(life),
        "dossier/demo-wallets.toml": _demo(life),
        "dossier/upgrade-approvals.toml": _approvals(life),
        "dossier/proofs-of-control.toml": _proofs(life),
    }
    return written


def _approvals(life: Life) -> str:
    """The approvals of the recorded upgrades, signed by the members who voted for them."""
    rows = []
    for version in life.versions:
        recorded = version.transaction.slot <= life.release.transaction.slot
        if version.squads_index is None or not recorded:
            continue
        message = approvals.statement(
            life.genesis_hash,
            life.program_id,
            version.transaction.signature,
            version.artifact_sha256,
        )
        voters = {one.by for one in version.approvals}
        signed = [
            f"{signer.address} {_key(signer.name).sign_message(message)}"
            for signer in life.members
            if signer.address in voters
        ]
        rows.append(
            {
                "version": version.name,
                "transaction": version.transaction.signature,
                "artifact_sha256": version.artifact_sha256,
                "approvals": signed,
            }
        )
    return toml(
        "Approvals of upgrades. Each signature is Ed25519 over the canonical JSON of statement,\n"
        "genesis_hash, program_id, transaction and artifact_sha256.",
        {"upgrades": rows},
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
            "dao_authority": [life.dao.authority],
            "treasury_operator": [life.dao.treasury_operator],
            "policy_authorities": [life.dao.authority],
            "attestors": _attestors(life),
            "mint_authorities": _issuers(life),
            "date": day(life.release.transaction.block_time),
            "owner": "founder operator",
        },
    )


def _attestors(life: Life) -> list[str]:
    """Who attests settlements: the DAO's own vault, and in mid-rollout two people."""
    if life.healthy:
        return [life.dao.authority]
    return [life.person(name).address for name in ("independent security", "keeper")]


def _issuers(life: Life) -> list[str]:
    """Who has a power over the token that votes."""
    keys = [
        key
        for mint in life.mints
        if mint.address == life.dao.governance_mint
        for key in (mint.mint_authority, mint.freeze_authority, mint.permanent_delegate)
        if key is not None
    ]
    return sorted(set(keys)) or ["none"]


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
                    "date": day(life.release.transaction.block_time),
                }
                for one in _registered(life)
            ],
        },
    )


def _registered(life: Life) -> list[Person]:
    """Who stands in the signer register."""
    return [one for one in life.people if one.roles and "demo" not in one.roles]


def _proofs(life: Life) -> str:
    """The signed challenges. In mid-rollout only the multisig's members have answered."""
    block = life.release.transaction
    answers = []
    for one in _registered(life):
        if not life.healthy and "multisig-member" not in one.roles:
            continue
        text = Challenge(
            target=life.target,
            cluster="localnet",
            genesis_hash=life.genesis_hash,
            key=one.address,
            date=block.block_time + 60,
            slot=block.slot,
            blockhash=life.release_blockhash,
        ).text()
        signature = _key(one.name).sign_message(offchain_message.build(text).encode())
        answers.append(
            {"name": one.name, "key": one.address, "message": text, "signature": str(signature)}
        )
    return toml(
        "Proofs of control: what `privatedao-audit challenge` printed for each signer, signed.",
        {"proofs": answers},
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
