"""The operation's own records: providers, alert rules, alert log, calendar of proposals.

The rules have PrivateDAO's shape. In the finished rollout a condition is a comparison with a unit
and a window, or any occurrence of something; in mid-rollout most are prose that nothing can run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from privatedao_audit.rehearsal.life.facts import Life, Step

from .text import Value, day, toml, utc

RULES, LOG = "monitoring/alert-rules.json", "monitoring/alert-log.json"
ROUTE = "pager: operations on call"

_CREATED = ("create_proposal",)
_FINALIZED = ("finalize_proposal", "finalize_proposal_v3")
_EXECUTED = ("execute_proposal", "execute_confidential_payout_plan")
_AUTHORITY = (
    "deploy", "upgrade", "extend", "set_authority", "multisig_create_v2",
    "transfer_dao_authority", "transfer_treasury_operator_authority", "vault_transaction_execute",
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """An alert rule: `condition` as a machine reads it, `prose` as mid-rollout has it."""

    id: str
    category: str
    severity: str
    signal: str
    condition: str
    prose: str
    runbook: str


_EXECUTION, _VOTING = "runbooks/treasury-execution.md", "runbooks/unexpected-voting.md"
_OPERATOR, _RPC = "runbooks/compromised-operator.md", "runbooks/rpc-outage.md"
RULE_SET = (
    Rule("proposal-created", "governance", "info", "proposal creation",
         "any occurrence of create_proposal", "someone opens a proposal",
         "runbooks/bad-proposal.md"),
    Rule("proposal-finalized", "governance", "info", "finalize",
         "any occurrence of finalize_proposal, finalize_proposal_v3",
         "a proposal has been finalized", _VOTING),
    Rule("treasury-executed", "treasury", "warning", "treasury execution",
         "any occurrence of execute_proposal, execute_confidential_payout_plan",
         "the treasury pays", _EXECUTION),
    Rule("failure-spike", "governance", "warning", "failure spike",
         "failed transactions of the program >= 5 within 3600 s", "too many failures", _VOTING),
    Rule("treasury-balance", "treasury", "warning", "treasury balance",
         "any occurrence of a change of the treasury's lamports or tokens",
         "the balance moves in a way that looks odd", _EXECUTION),
    Rule("upgrade-authority", "custody", "critical", "upgrade authority activity",
         "any occurrence of a loader or multisig instruction on the program's authority",
         "something happens to the program", _OPERATOR),
    Rule("rpc-health", "network", "warning", "RPC health",
         "slot lag between providers > 32 slots for 300 s", "an endpoint seems slow", _RPC),
    Rule("unexpected-execute", "treasury", "critical", "unexpected execute attempt",
         "failed execute by a caller outside the signer register >= 1 within 60 s",
         "someone tries to execute who should not", _EXECUTION),
    Rule("repeated-failures", "governance", "warning", "repeated failed finalize or execute",
         "failed finalize or execute per proposal >= 3 within 3600 s",
         "finalize keeps failing", _VOTING),
    Rule("balance-anomaly", "treasury", "critical", "treasury balance anomaly",
         "treasury outflow without an executed proposal > 0 lamports within 60 s",
         "money is missing", _EXECUTION),
    Rule("unauthorized", "custody", "critical", "unauthorized-looking behaviour",
         "failed transaction of a privileged instruction by an unregistered key >= 1 within 60 s",
         "a stranger does something", _OPERATOR),
)  # fmt: skip

#: Rules of mid-rollout that were written as comparisons; all others are prose there.
_WRITTEN_EARLY = frozenset({"proposal-created", "proposal-finalized", "treasury-executed"})

#: Rules that nothing in the finished life fires: they are proven by a drill.
DRILLED = ("failure-spike", "rpc-health", "unexpected-execute", "repeated-failures",
           "balance-anomaly")  # fmt: skip


def files(life: Life) -> dict[str, str]:
    """RPC register, alert rules, alert log and calendar, by path."""
    return {
        "dossier/rpc-register.toml": _providers(life),
        RULES: _rules(life),
        LOG: _log(life),
        "monitoring/proposal-calendar.toml": _calendar(life),
    }


def fired(life: Life) -> Iterator[tuple[str, Step]]:
    """Rule and step for everything that happened and that a rule of the set must tell of.

    A rule tells of a transaction once, whatever number of steps it made.
    """
    told: set[tuple[str, str]] = set()
    for rule, step in _matches(life):
        if (rule, step.landed.signature) not in told:
            told.add((rule, step.landed.signature))
            yield rule, step


def _matches(life: Life) -> Iterator[tuple[str, Step]]:
    registered = {one.address for one in life.people if one.roles}
    for step in life.journal:
        good, name = step.error is None, step.what
        if good and name in _CREATED:
            yield "proposal-created", step
        if good and name in _FINALIZED:
            yield "proposal-finalized", step
        if good and name in _EXECUTED:
            yield "treasury-executed", step
        if good and step.treasury:
            yield "treasury-balance", step
        if name in _AUTHORITY:
            yield "upgrade-authority", step
        if not good and step.by not in registered:
            rule = "unexpected-execute" if name in _EXECUTED else None
            if rule is None and name in _AUTHORITY:
                rule = "unauthorized"
            if rule is not None:
                yield rule, step


def _providers(life: Life) -> str:
    # Two hosts of one operator are one provider: mid-rollout has not understood that yet.
    second = "Second Rehearsal RPC" if life.healthy else "First Rehearsal RPC"
    return toml(
        "The RPC register: through whom the operation reads and sends.",
        {
            "cluster": "localnet",
            "date": day(life.release.transaction.block_time),
            "owner": "operations on call",
            "providers": [
                {"label": "first", "host": "127.0.0.1", "operator": "First Rehearsal RPC",
                 "role": "primary"},
                {"label": "second", "host": "localhost", "operator": second, "role": "fallback"},
            ],
            "failover_drill": {
                "at": utc(life.handover.block_time),
                "primary_cut": "the primary was unplugged",
                "detected_after_seconds": 12,
                "served_again_after_seconds": 15,
                "owner": "operations on call",
            },
        },
    )  # fmt: skip


def _rules(life: Life) -> str:
    rules = []
    for one in RULE_SET:
        runs = life.healthy or one.id in _WRITTEN_EARLY
        rules.append(
            {
                "id": one.id,
                "category": one.category,
                "severity": one.severity,
                "signal": one.signal,
                "condition": one.condition if runs else one.prose,
                "action": f"follow {one.runbook}",
                "route": ROUTE if runs else "",
                "latency_seconds": 300,
                "runbook": one.runbook,
                "status": "active" if runs else "draft",
            }
        )
    content = {
        "schemaVersion": 1,
        "environment": "localnet",
        "claimBoundary": "Rules of a rehearsal; they watch a local chain.",
        "rules": rules,
    }
    return json.dumps(content, indent=2) + "\n"


def _log(life: Life) -> str:
    entries: list[dict[str, object]] = []
    for number, (rule, step) in enumerate(fired(life)):
        if not life.healthy and rule not in _WRITTEN_EARLY:
            continue
        entries.append(
            {
                "rule": rule,
                "signature": step.landed.signature,
                "address": step.about,
                "block_time": utc(step.landed.block_time),
                "received_at": utc(step.landed.block_time + 20 + number % 7 * 11),
                "route": ROUTE,
                "drill": False,
            }
        )
    drilled_at = life.handover.block_time + 86_400
    for number, rule in enumerate(DRILLED if life.healthy else ()):
        began = drilled_at + number * 900
        entries.append(
            {
                "rule": rule,
                "signature": None,
                "address": life.program_id,
                "block_time": utc(began),
                "received_at": utc(began + 25),
                "route": ROUTE,
                "drill": True,
            }
        )
    entries.sort(key=lambda one: (str(one["block_time"]), str(one["rule"])))
    return json.dumps({"cluster": "localnet", "alerts": entries}, indent=1) + "\n"


def _calendar(life: Life) -> str:
    rows: list[dict[str, Value]] = []
    for one in life.proposals:
        if one.created is None:
            continue
        rows.append(
            {
                "number": one.number,
                "title": one.title,
                "proposer": one.proposer,
                "opens": day(one.created.block_time),
                "expected_outcome": "published before it opened",
            }
        )
    if not life.healthy:
        # The latest proposals were opened before anybody wrote them down.
        rows = rows[:-2]
    return toml(
        "The calendar of proposals: what was announced before it was opened.",
        {"cluster": "localnet", "owner": "treasury operations", "proposals": rows},
    )
