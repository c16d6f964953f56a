"""The treasury's registers, and the archive of what was executed."""

from __future__ import annotations

import json

from privatedao_audit.rehearsal.life.facts import Life, MintFacts

from .text import Value, day, toml, utc

ARCHIVE = "dossier/transaction-archive.json"


def files(life: Life) -> dict[str, str]:
    """Treasury note, recipient and mint registers, transaction archive, by path."""
    return {
        "docs/treasury.md": _note(life),
        "dossier/recipient-register.toml": _recipients(life),
        "dossier/mint-register.toml": _mints(life),
        ARCHIVE: _archive(life),
    }


def printed_treasury(life: Life) -> str:
    """The address that the treasury note prints: in mid-rollout that of a wallet."""
    return life.dao.treasury if life.healthy else life.operator


def _note(life: Life) -> str:
    rows = "".join(
        f"| {_mint(life, one.mint).symbol} | `{one.address}` |\n"
        for one in life.treasury_accounts
        if one.associated
    )
    return (
        "# The treasury\n\n"
        f"- DAO: `{life.dao.address}`\n"
        f"- Treasury: `{printed_treasury(life)}`\n"
        f"- Governance mint: `{life.dao.governance_mint}`\n\n"
        "Tokens go to these accounts of the treasury and to no others:\n\n"
        f"| Token | Account |\n| --- | --- |\n{rows}\n"
        f"A passed proposal waits {life.dao.execution_delay_seconds} seconds before anybody can "
        "execute it.\n"
    )


def _recipients(life: Life) -> str:
    return toml(
        "The recipient register: who may be paid, and why.",
        {
            "cluster": "localnet",
            "date": day(life.finished_at),
            "owner": "treasury operations",
            "recipients": [
                {"name": one.name, "address": one.address, "purpose": f"payments to {one.name}"}
                for one in life.people
                if one.payee
            ],
        },
    )


def _mints(life: Life) -> str:
    rows: list[dict[str, Value]] = []
    for mint in life.mints:
        row: dict[str, Value] = {
            "name": mint.name,
            "symbol": mint.symbol,
            "address": mint.address,
            "program": mint.program,
            "decimals": mint.decimals,
            "role": mint.role,
        }
        # Only an issuer's powers are accepted: the governance mint must have none.
        if mint.role == "treasury":
            powers = {
                "mint": mint.mint_authority,
                "freeze": mint.freeze_authority,
                "permanent_delegate": mint.permanent_delegate,
            }
            row["accepted"] = {name: held for name, held in powers.items() if held is not None}
        rows.append(row)
    return toml(
        "The mint register: which tokens count, and which powers of their issuers are accepted.",
        {
            "cluster": "localnet",
            "date": day(life.finished_at),
            "owner": "treasury operations",
            "mints": rows,
        },
    )


def _archive(life: Life) -> str:
    entries = []
    for one in life.proposals:
        if one.execution is None:
            continue
        kept = life.archive[one.execution.signature]
        entries.append(
            {
                "proposal": one.address,
                "signature": one.execution.signature,
                "slot": one.execution.slot,
                "block_time": utc(one.execution.block_time),
                "transaction": kept["transaction"],
                "meta": kept["meta"],
            }
        )
    content = {"cluster": "localnet", "genesis_hash": life.genesis_hash, "executed": entries}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def _mint(life: Life, address: str) -> MintFacts:
    return next(one for one in life.mints if one.address == address)
