"""The treasury's registers and contacts, the archive of what was executed, and named documents."""

from __future__ import annotations

import json

from privatedao_audit.rehearsal.life.facts import Life, MintFacts

from .text import Value, day, toml

ARCHIVE = "dossier/transaction-archive.json"
NOTE = "docs/treasury.md"
RECIPIENTS, MINTS = "dossier/recipient-register.toml", "dossier/mint-register.toml"
CONTACTS = "dossier/recovery-contacts.toml"
FAILURES, PROOF, HARDENING = "docs/failure-modes.md", "docs/live-proof.md", "docs/hardening.md"


def files(life: Life) -> dict[str, str]:
    """Treasury note, registers, contacts, transaction archive and named documents, by path."""
    return {
        NOTE: _note(life),
        RECIPIENTS: _recipients(life),
        MINTS: _mints(life),
        CONTACTS: _contacts(life),
        ARCHIVE: _archive(life),
        FAILURES: _failures(life),
        PROOF: _proof(life),
        HARDENING: _hardening(life),
    }


def surfaces() -> list[dict[str, Value]]:
    """Which of these files plays which part in the target profile."""
    accepted = ("mint_authority", "freeze_authority", "permanent_delegate")
    stated: dict[str, Value] = {"program_id": "Program", "dao": "DAO", "treasury": "Treasury"}
    return [
        {"part": "treasury-statement", "file": NOTE, "format": "markdown", "fields": stated},
        _list("recipient-register", RECIPIENTS, "/recipients",
              _named("address", "name", "owner", "kind", "date")),
        _list("mint-register", MINTS, "/mints", {
            **_named("mint", "name", "owner", "date"),
            **{name: f"/accepted/{name}" for name in accepted},
        }),
        _list("recovery-contacts", CONTACTS, "/contacts",
              _named("name", "role", "kind", "value", "owner", "date")),
        _list("transaction-archive", ARCHIVE, "/executed",
              _named("signature", "transaction", "meta", "version", "slot", "block_time",
                     "genesis_hash")),
        _evidence("security-review", "docs/security-review.md", "date"),
        _evidence("failure-modes", FAILURES, "Date"),
        _evidence("live-proof", PROOF, "Date"),
        _evidence("hardening", HARDENING, "Date"),
    ]  # fmt: skip


def _list(part: str, file: str, place: str, fields: dict[str, Value]) -> dict[str, Value]:
    form = "json" if file.endswith(".json") else "toml"
    return {"part": part, "file": file, "format": form, "rows": place, "fields": fields}


def _named(*names: str) -> dict[str, Value]:
    return {name: f"/{name}" for name in names}


def _evidence(topic: str, file: str, date: str) -> dict[str, Value]:
    return {"part": "evidence-file", "topic": topic, "file": file, "format": "markdown",
            "fields": {"date": date}}  # fmt: skip


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
        f"- Program: `{life.program_id}`\n"
        f"- DAO: `{life.dao.address}`\n"
        f"- Treasury: `{printed_treasury(life)}`\n"
        f"- Governance mint: `{life.dao.governance_mint}`\n\n"
        "Tokens go to these accounts of the treasury and to no others:\n\n"
        f"| Token | Account |\n| --- | --- |\n{rows}\n"
        f"A passed proposal waits {life.dao.execution_delay_seconds} seconds before anybody can "
        "execute it.\n"
    )


def _recipients(life: Life) -> str:
    date = day(life.finished_at)
    return toml(
        "The recipient register: who may be paid, and why.",
        {
            "cluster": "localnet",
            "recipients": [
                {"name": one.name, "address": one.address, "kind": "wallet",
                 "purpose": f"payments to {one.name}", "owner": "treasury operations",
                 "date": date}
                for one in life.people
                if one.payee
            ],
        },
    )  # fmt: skip


def _mints(life: Life) -> str:
    rows: list[dict[str, Value]] = []
    for mint in life.mints:
        row: dict[str, Value] = {
            "name": mint.name,
            "symbol": mint.symbol,
            "mint": mint.address,
            "program": mint.program,
            "decimals": mint.decimals,
            "role": mint.role,
            "owner": "treasury operations",
            "date": day(life.finished_at),
        }
        # Only an issuer's powers are accepted: the governance mint must have none.
        if mint.role == "treasury":
            powers = {
                "mint_authority": mint.mint_authority,
                "freeze_authority": mint.freeze_authority,
                "permanent_delegate": mint.permanent_delegate,
            }
            row["accepted"] = {name: held for name, held in powers.items() if held is not None}
        rows.append(row)
    return toml(
        "The mint register: which tokens count, and which powers of their issuers are accepted.",
        {"cluster": "localnet", "mints": rows},
    )


def _contacts(life: Life) -> str:
    """Two kinds for each of three people; numbers and addresses that reach nobody."""
    rows: list[dict[str, Value]] = []
    people = ("treasury operations", "independent security", "recovery governance")
    for number, name in enumerate(people, 1):
        for kind, value in (
            ("phone", f"+00 000 000 {number:03}"),
            ("mail", f"{name.replace(' ', '.')}@rehearsal.invalid"),
        ):
            rows.append(
                {"name": name, "role": "recovery and incidents", "kind": kind, "value": value,
                 "owner": "recovery governance", "date": day(life.finished_at)}
            )  # fmt: skip
    return toml("Recovery and incident contacts: two kinds for each.", {"contacts": rows})


def _head(life: Life, title: str) -> str:
    return f"# {title}\n\nDate: {day(life.finished_at)}\n\n"


def _failures(life: Life) -> str:
    dao, program = life.dao, life.program_id
    return (
        f"{_head(life, 'Failure modes')}"
        "## Execute with another treasury\n\n"
        "An executor passes the treasury of another DAO. The program derives the address from "
        "the DAO\nand refuses any other.\n\n"
        f"- Program: `{program}`\n- DAO: `{dao.address}`\n- Treasury: `{dao.treasury}`\n\n"
        "## Execute twice\n\n"
        "A proposal is executed a second time. The program keeps that it was executed, and "
        "refuses.\n\n"
        "## Execute before the unlock\n\n"
        "Somebody executes while the veto is still open. The program compares the chain's time "
        "with\nthe unlock, and refuses.\n"
    )


def _proof(life: Life) -> str:
    rows = "".join(
        f"- Execution of proposal {one.number}: `{one.execution.signature}`\n"
        for one in life.proposals
        if one.execution is not None
    )
    return (
        f"{_head(life, 'Live proof')}"
        "Each payment that a vote of this DAO decided, by the transaction that made it. The "
        "archive\nholds every one of them in full.\n\n"
        f"- Program: `{life.program_id}`\n- DAO: `{life.dao.address}`\n{rows}"
    )


def _hardening(life: Life) -> str:
    return (
        f"{_head(life, 'Hardening')}"
        "What stands between a vote and a payment beyond the baseline of the program: a "
        "governance\npolicy that counts the quorum over the supply, and a settlement policy for "
        "confidential\npayouts. Both are accounts of the DAO.\n\n"
        f"- Program: `{life.program_id}`\n- DAO: `{life.dao.address}`\n"
        f"- Treasury: `{life.dao.treasury}`\n"
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
                "block_time": one.execution.block_time,
                "transaction": kept["transaction"],
                "meta": kept["meta"],
                "version": kept.get("version"),
            }
        )
    content = {"cluster": "localnet", "genesis_hash": life.genesis_hash, "executed": entries}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def _mint(life: Life, address: str) -> MintFacts:
    return next(one for one in life.mints if one.address == address)
