"""The operation's endpoints on paper: register, drill of a failover, health checks.

In mid-rollout both endpoints are one operator's, the primary is a public one, nobody kept the log
of the failover, and the health check can't fail.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from solders.pubkey import Pubkey

from privatedao_audit.rehearsal.life.facts import Life

from .text import Value, day, toml, utc

REGISTER, FAILOVER = "dossier/rpc-register.toml", "dossier/rpc-failover.toml"
LOG, SCRIPT = "drills/rpc-failover.log", "scripts/check-rpc.sh"
OUTPUT, PROVOKED = "monitoring/rpc-health.json", "monitoring/rpc-health-provoked.json"
_OWNER = "operations on call"
#: Seconds from the cut to the switch and to the first good read.
_SWITCH, _SERVED = 12, 15


def files(life: Life) -> dict[str, str]:
    """Register, failover with its log, health script and its outputs, by path."""
    log = _log(life)
    found = {
        REGISTER: _register(life),
        FAILOVER: _failover(life, log if life.healthy else ""),
        SCRIPT: _script(life.healthy),
        OUTPUT: _output(life, 0, "ok"),
    }
    if life.healthy:
        found[LOG] = log
        found[PROVOKED] = _output(life, 4_000, "fail")
    return found


def surfaces() -> list[dict[str, Value]]:
    """Which of these files plays which part."""
    row = ("label", "host", "operator", "role", "access", "owner", "date")
    drill = ("client", "primary", "fallback", "owner", "date", "cut_at", "switched_at",
             "served_at", "log", "log_sha256")  # fmt: skip
    told: dict[str, Value] = {"date": "/generatedAt", "outcome": "/outcome",
                              "accounts": "/accounts/*/address"}  # fmt: skip
    for place, role in enumerate(("primary", "fallback")):
        for name in ("host", "genesis", "blockhash", "slot"):
            told[f"{role}_{name}"] = f"/endpoints/{place}/{name}"
    outputs: list[dict[str, Value]] = [
        {"part": "rpc-health-output", "file": file, "format": "json", "fields": told}
        for file in (OUTPUT, PROVOKED)
    ]
    return [
        {"part": "rpc-register", "file": REGISTER, "format": "toml", "rows": "/providers",
         "fields": {name: f"/{name}" for name in row}},
        {"part": "rpc-drill", "file": FAILOVER, "format": "toml",
         "fields": {name: f"/{name}" for name in drill}},
        {"part": "rpc-health-script", "file": SCRIPT, "format": "rpc-health-script"},
        *outputs,
    ]  # fmt: skip


def _register(life: Life) -> str:
    # Two hosts of one operator are one provider: mid-rollout has not understood that yet.
    second = "Second Rehearsal RPC" if life.healthy else "First Rehearsal RPC"
    said: dict[str, Value] = {"owner": _OWNER, "date": day(life.release.transaction.block_time)}
    return toml(
        "The RPC register: through whom the operation reads and sends.",
        {
            "cluster": "localnet",
            "providers": [
                {"label": "first", "host": "127.0.0.1", "operator": "First Rehearsal RPC",
                 "role": "primary", "access": "account" if life.healthy else "public", **said},
                {"label": "second", "host": "localhost", "operator": second, "role": "fallback",
                 "access": "account", **said},
            ],
        },
    )  # fmt: skip


def _log(life: Life) -> str:
    cut = life.handover.block_time
    return (
        f"{utc(cut)} keeper: first does not answer, the drill cut it off\n"
        f"{utc(cut + _SWITCH)} keeper: reads through second from now on\n"
        f"{utc(cut + _SERVED)} keeper: second answered at slot {life.handover.slot}\n"
    )


def _failover(life: Life, log: str) -> str:
    cut = life.handover.block_time
    kept: dict[str, Value] = {}
    if log:
        kept = {"log": LOG, "log_sha256": hashlib.sha256(log.encode()).hexdigest()}
    return toml(
        "A drill: the keeper's client is cut off from its primary endpoint.",
        {
            "client": "keeper",
            "primary": "first",
            "fallback": "second",
            "owner": _OWNER,
            "date": day(cut),
            "cut_at": utc(cut),
            "switched_at": utc(cut + _SWITCH),
            "served_at": utc(cut + _SERVED),
            **kept,
        },
    )


def _script(healthy: bool) -> str:
    """A check of both endpoints; in mid-rollout one that says ok whatever it sees."""
    asks = ("getGenesisHash", "getLatestBlockhash", "getSlot", "getAccountInfo")
    lines = [
        "#!/usr/bin/env bash",
        "# Compares both endpoints; their URLs come from the environment.",
        "set -u",
        "ask() {",
        '  curl -sS --max-time 10 -H "Content-Type: application/json" --data "$2" "$1"',
        "}",
        'for url in "$RPC_FIRST" "$RPC_SECOND"; do',
    ]
    for method in asks if healthy else ("getSlot",):
        params = "[\\\"$PROGRAM_ID\\\"]" if method == "getAccountInfo" else "[]"
        quoted = f'"jsonrpc":"2.0","id":1,"method":"{method}","params":'.replace('"', '\\"')
        body = f"{{{quoted}{params}}}"
        lines.append(f'  ask "$url" "{body}"' + (" || exit 1" if healthy else " || true"))
    lines += ["done >answers.ndjson", "node scripts/compare-answers.js answers.ndjson || exit 1"
              if healthy else "echo ok"]  # fmt: skip
    return "\n".join(lines) + "\n"


def _output(life: Life, behind: int, outcome: str) -> str:
    """What the check wrote; the second endpoint was behind by some slots."""
    slot = life.last_slot

    def endpoint(label: str, host: str, at: int) -> Mapping[str, object]:
        digest = hashlib.sha256(f"rehearsed blockhash of {label} at {at}".encode()).digest()
        return {"label": label, "host": host, "genesis": life.genesis_hash,
                "blockhash": str(Pubkey.from_bytes(digest)), "slot": max(0, at)}  # fmt: skip

    content = {
        "generatedAt": utc(life.finished_at),
        "network": "localnet",
        "endpoints": [
            endpoint("first", "127.0.0.1", slot),
            endpoint("second", "localhost", slot - 2 - behind),
        ],
        "accounts": [
            {"address": one, "equal": not behind}
            for one in (life.program_id, life.dao.address, life.dao.treasury)
        ],
        "outcome": outcome,
    }
    return json.dumps(content, indent=2) + "\n"
