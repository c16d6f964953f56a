"""The target profile of a rehearsal: what an audit of the life is to look at."""

from __future__ import annotations

import base64

from privatedao_audit.chain.layouts import loader
from privatedao_audit.chain.programs import LOADER_V3
from privatedao_audit.rehearsal.dossier import gate
from privatedao_audit.rehearsal.dossier.surfaces import surfaces
from privatedao_audit.rehearsal.dossier.text import Value, toml
from privatedao_audit.rehearsal.life.facts import Life
from privatedao_audit.rehearsal.node import LocalNode


def code_of(node: LocalNode, program: str) -> str:
    """Hash of the executable that runs at a program id on the node."""
    address = loader.programdata_address(program)
    answer = node.request("getAccountInfo", address, {"encoding": "base64"})
    data = loader.decode_account(LOADER_V3, base64.b64decode(answer["value"]["data"][0]))
    if not isinstance(data, loader.ProgramData):
        raise RuntimeError(f"{address} is not a ProgramData account")
    return loader.executable_hash(data.executable)


def profile_of(
    name: str, life: Life, squads_sha256: str, *, title: str = "", played: str = ""
) -> str:
    """The target profile of a rehearsal as TOML.

    Args:
        squads_sha256: hash of the stand-in at the Squads v4 id: on a local chain no id is
            canonical, so the multisig's program is believed by its code.
        title: what the story is, if it is none of the two samples; `played` then is what the
            command was given in place of the name.
    """
    return toml(
        f"Written by `privatedao-audit rehearse {played or name}`; made anew with every\n"
        "rehearsal, because a local chain has a new genesis hash each time. All keys are derived\n"
        "from public words: never use them.",
        {
            "schema": 1,
            "name": name,
            "title": title
            or (
                "Rehearsal: a finished rollout"
                if life.healthy
                else "Rehearsal: in the middle of one"
            ),
            "protocol": "privatedao",
            "protocol_version": f"stand-in program {life.running.name}",
            "recording": f"../samples/{name}/evidence.sqlite",
            "cluster": {"name": "localnet", "genesis_hash": life.genesis_hash},
            "programs": [{"name": "governance", "id": life.program_id}],
            "daos": [
                {
                    "name": life.dao.name,
                    "address": life.dao.address,
                    "program": "governance",
                    "treasury": life.dao.treasury,
                }
            ],
            "mints": [
                {"name": one.name, "address": one.address, "role": one.role} for one in life.mints
            ],
            "multisigs": _multisigs(life),
            "controller_programs": [
                {
                    "id": life.squads_program,
                    "executable_sha256": squads_sha256,
                    "kind": "squads-v4",
                }
            ],
            "wallets": [
                {
                    "name": one.name,
                    "address": one.address,
                    "roles": list(one.roles),
                    "owner": one.owner,
                }
                for one in life.people
                if one.roles
            ],
            "firms": gate.firms(),
            "surfaces": surfaces(),
        },
    )


def _multisigs(life: Life) -> list[dict[str, Value]]:
    """One entry for each vault that holds something."""
    held = [("custody", life.vault_index)]
    if life.dao.authority_vault_index is not None:
        held.append(("dao-authority", life.dao.authority_vault_index))
    return [
        {"name": name, "kind": "squads-v4", "address": life.multisig, "vault_index": index}
        for name, index in held
    ]
