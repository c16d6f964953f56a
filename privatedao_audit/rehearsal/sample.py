"""Play the script on a local chain and record an audit of it, with the target that goes with it."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path

from privatedao_audit.audit.live import Live, record
from privatedao_audit.chain.addresses import find_program_address
from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.chain.layouts import loader
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.programs import LOADER_V3
from privatedao_audit.model.target import Target, parse
from privatedao_audit.rehearsal import dossier
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.script import STORY_SECONDS, Life, play

#: Name of a sample → whether its life is the healthy one.
SAMPLES = {"sample": False, "sample-healthy": True}

#: The local chain serves one auditor and has no limits; waiting would only cost time.
POLICY = Policy(requests_per_second=0, backoff_base=0.05, backoff_cap=0.5, reread_pause=0.05)


@dataclass(frozen=True, slots=True)
class Sample:
    """A recorded rehearsal: the target and where its files lie."""

    target: Target
    profile: Path
    recording: Path


def make(name: str, profile: Path, recording: Path) -> Sample:
    """Play a sample, record it and write its profile.

    Args:
        name: ``sample`` or ``sample-healthy``.
        profile: where the target profile is written.
        recording: where the sealed recording is written.

    Raises:
        MissingPart: Node or Surfpool is not there, with how to get it.
        RecordingError: the recording can't be written.
    """
    healthy = SAMPLES[name]
    with (
        LocalNode(started_ago=STORY_SECONDS) as node,
        tempfile.TemporaryDirectory() as folder,
        Proxy(node) as first,
        Proxy(node) as second,
    ):
        life = play(node, healthy)
        checkout = Path(folder)
        dossier.write(life, checkout)
        text = profile_of(name, life, code_of(node, life.squads_program))
        target = parse(text, str(profile))
        endpoints = [
            Endpoint(label, SecretUrl(proxy.url), EndpointKind.LITERAL)
            for label, proxy in (("first", first), ("second", second))
        ]
        recording.parent.mkdir(parents=True, exist_ok=True)
        asyncio.run(record(target, Live(endpoints, checkout, policy=POLICY), recording))
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.write_text(text, encoding="utf-8")
    return Sample(target, profile, recording)


def code_of(node: LocalNode, program: str) -> str:
    """Hash of the executable that runs at a program id on the node."""
    address = loader.programdata_address(program)
    answer = node.request("getAccountInfo", address, {"encoding": "base64"})
    data = loader.decode_account(LOADER_V3, base64.b64decode(answer["value"]["data"][0]))
    if not isinstance(data, loader.ProgramData):
        raise RuntimeError(f"{address} is not a ProgramData account")
    return loader.executable_hash(data.executable)


def profile_of(name: str, life: Life, squads_sha256: str) -> str:
    """The target profile of a rehearsal as TOML.

    Args:
        squads_sha256: hash of the stand-in at the Squads v4 id: on a local chain no id is
            canonical, so the multisig's program is believed by its code.
    """
    title = "Rehearsal: a finished rollout" if life.healthy else "Rehearsal: in the middle of one"
    program = life.program_id
    dao = find_program_address([b"dao", _key(life.operator), b"Rehearsal"], program).address
    treasury = find_program_address([b"treasury", _key(dao)], program).address
    wallets = "".join(
        f'\n[[wallets]]\nname = "{signer.name}"\naddress = "{signer.address}"\n'
        'roles = ["multisig-member"]\n'
        for signer in life.members
    )
    return f"""\
# Written by `privatedao-audit rehearse {name}`; made anew with every rehearsal, because a local
# chain has a new genesis hash each time. All keys are derived from public words: never use them.
schema = 1
name = "{name}"
title = "{title}"
protocol = "privatedao"
protocol_version = "stand-in program {life.running.name}"
recording = "../samples/{name}/evidence.sqlite"

[cluster]
name = "localnet"
genesis_hash = "{life.genesis_hash}"

[[programs]]
name = "governance"
id = "{program}"

[[daos]]
name = "Rehearsal"
address = "{dao}"
program = "governance"
treasury = "{treasury}"

[[multisigs]]
name = "custody"
kind = "squads-v4"
address = "{life.multisig}"
vault_index = {life.vault_index}

[[controller_programs]]
id = "{life.squads_program}"
executable_sha256 = "{squads_sha256}"
kind = "squads-v4"

[[wallets]]
name = "deployer"
address = "{life.deployer}"
roles = ["deployer"]

[[wallets]]
name = "operator"
address = "{life.operator}"
roles = ["dao-authority"]
{wallets}
[[surfaces]]
part = "source-declaration"
program = "governance"
file = "programs/governance/src/lib.rs"
format = "rust"

[[surfaces]]
part = "anchor-toml"
program = "governance"
file = "Anchor.toml"
format = "anchor-toml"
entry = "governance"

[[surfaces]]
part = "idl"
program = "governance"
file = "idl/governance.json"
format = "anchor-idl"

[[surfaces]]
part = "release-record"
program = "governance"
file = "dossier/release-record.toml"
format = "toml"
[surfaces.fields]
cluster = "/cluster"
program_id = "/program_id"
programdata = "/programdata"
release_commit = "/release_commit"
artifact_sha256 = "/artifact_sha256"
deployment_signature = "/deployment_signature"
operator = "/operator"
built_at = "/built_at"

[[surfaces]]
part = "custody-record"
program = "governance"
file = "dossier/custody-record.toml"
format = "toml"
[surfaces.fields]
cluster = "/cluster"
program_id = "/program_id"
upgrade_authority = "/upgrade_authority"
multisig = "/multisig"
threshold = "/threshold"
members = "/members/*"
time_lock_seconds = "/time_lock_seconds"
"""


def _key(address: str) -> bytes:
    from privatedao_audit.chain.addresses import parse_pubkey

    return bytes(parse_pubkey(address, "address"))
