"""The operation's own records: alert rules, alert log, drills, calendar of proposals.

The rules have PrivateDAO's shape. In the finished rollout a condition is a comparison with a unit
and a window, or any occurrence of something; in mid-rollout most are prose that nothing can run,
one creation was never alerted, and one execution was told of too late. The receipts are the
rehearsal's own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from privatedao_audit.rehearsal.life.facts import Life, Step

from .text import Value, day, front_matter, toml, utc

RULES, LOG = "monitoring/alert-rules.json", "monitoring/alert-log.json"
DRILLS, RUNBOOK = "monitoring/alert-drills.toml", "runbooks/alerts.md"
ROUTE = "pager: operations on call"

_CREATED = ("create_proposal",)
_FINALIZED = ("finalize_proposal", "finalize_proposal_v3")
_EXECUTED = ("execute_proposal", "execute_confidential_payout_plan")
_LOCKED = ("ExecutionTimelockActive", "ProposalNotPassed")


@dataclass(frozen=True)
class Rule:
    """An alert rule: `condition` as a machine reads it, `prose` as mid-rollout has it.

    `signal`: the control it answers for. `then`: the first thing to do, for the runbook.
    """

    id: str
    category: str
    severity: str
    signal: str
    condition: str
    prose: str
    then: str


RULE_SET = (
    Rule("proposal-created", "governance", "info", "MA-01",
         "any occurrence of proposal_created", "someone opens a proposal",
         "Compare title, action and recipient on chain with the calendar."),
    Rule("proposal-finalized", "governance", "info", "MA-02",
         "any occurrence of proposal_finalized", "a proposal has been finalized",
         "Note the unlock: until then the veto is the only lever."),
    Rule("treasury-executed", "treasury", "warning", "MA-03",
         "any occurrence of treasury_executed", "the treasury pays",
         "Set the transaction beside the proposal: recipient, mint, amount."),
    Rule("failure-spike", "governance", "warning", "MA-04",
         "count of call_failed by instruction, caller >= 5 transactions within 1 h",
         "too many failures", "Look who calls what, and whether anything is blocked."),
    Rule("treasury-balance", "treasury", "warning", "MA-05",
         "any occurrence of treasury_lamports_moved",
         "the balance moves in a way that looks odd",
         "Find the deposit or the execution that it belongs to."),
    Rule("treasury-tokens", "treasury", "warning", "MA-05",
         "any occurrence of treasury_tokens_moved", "tokens come or go",
         "Find the deposit or the execution that it belongs to."),
    Rule("upgrade-authority", "custody", "critical", "MA-06",
         "any occurrence of authority_activity", "something happens to the program",
         "Compare the transaction with what the signers announced."),
    Rule("rpc-lag", "network", "warning", "MA-07",
         "rpc_slot_lag > 32 slots for 300 s", "an endpoint seems slow",
         "Read from the other provider, and send nothing until both agree."),
    Rule("rpc-down", "network", "warning", "MA-07",
         "rpc_up < 1 answers for 60 s", "an endpoint is gone",
         "Read from the other provider."),
    Rule("rpc-differs", "network", "critical", "MA-07",
         "rpc_answers_differ > 0 answers for 60 s", "endpoints disagree",
         "Stop: no decision rests on a read until both agree."),
    Rule("unexpected-execute", "treasury", "critical", "MA-08",
         'any occurrence of execute_attempted{expected="false"}',
         "someone tries to execute who should not",
         "Check whether the attempt succeeded, and whom it would have paid."),
    Rule("locked-execute", "treasury", "critical", "MA-08",
         'any occurrence of execute_attempted{unlocked="false"}',
         "someone tries to execute too early",
         "Check the unlock, and whether the proposal should be vetoed."),
    Rule("repeated-failures", "governance", "warning", "MA-09",
         'count of call_failed{action=~"finalize|execute"} by proposal, action '
         ">= 3 transactions within 1 h",
         "finalize keeps failing", "Read the error, and find out what the proposal lacks."),
    Rule("balance-anomaly", "treasury", "critical", "MA-10",
         'any occurrence of behaviour{kind=~"outflow-unexplained|balance-step"}',
         "money is missing", "Preserve the transactions, and call the recovery contacts."),
    Rule("unauthorized", "custody", "critical", "MA-11",
         'any occurrence of behaviour{kind=~"authority-change|unexpected-proposal|vote-anomaly|'
         'lone-hand|double-vote"}',
         "a stranger does something", "Follow the path for a compromised operator."),
)  # fmt: skip

#: Rules of mid-rollout that were written as comparisons; all others are prose there.
_WRITTEN_EARLY = frozenset({"proposal-created", "proposal-finalized", "treasury-executed"})
#: In mid-rollout the first execution was told of this many seconds after it.
LATE = 900


def files(life: Life) -> dict[str, str]:
    """Alert rules with their runbook, alert log, drills and calendar, by path."""
    rules = _rules(life)
    return {
        RULES: rules,
        RUNBOOK: _runbook(life),
        LOG: _log(life),
        DRILLS: _drills(life, hashlib.sha256(rules.encode()).hexdigest()),
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
    expected = {
        one.address
        for one in life.people
        if {"keeper", "dao-authority", "treasury-operator"} & set(one.roles)
        and "demo" not in one.roles
    }
    buffers = {one.buffer for one in life.versions}
    for step in life.journal:
        good, name = step.error is None, step.what
        if good and name in _CREATED:
            yield "proposal-created", step
        if good and name in _FINALIZED:
            yield "proposal-finalized", step
        if good and name in _EXECUTED:
            yield "treasury-executed", step
        if good and step.treasury:
            yield ("treasury-tokens" if _in_tokens(life, step) else "treasury-balance"), step
        # A buffer is nobody's program yet: what is done to it names neither program nor multisig.
        if step.program == "squads" or (step.program == "loader" and step.about not in buffers):
            yield "upgrade-authority", step
        if name in _EXECUTED and step.by not in expected:
            yield "unexpected-execute", step
        if name in _EXECUTED and step.error in _LOCKED:
            yield "locked-execute", step


def _in_tokens(life: Life, step: Step) -> bool:
    """Whether what a step moved of the treasury were tokens."""
    paid = {
        one.execution.signature: one.mint is not None
        for one in life.proposals
        if one.execution is not None
    }
    return paid.get(step.landed.signature, step.program == "token")


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
                "action": one.then,
                "route": ROUTE if runs else "",
                "latency_seconds": 300,
                "runbook": RUNBOOK,
                "section": one.id,
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


def _runbook(life: Life) -> str:
    head = front_matter({"owner": "operations on call", "date": day(life.finished_at)})
    parts = [f"{head}# What to do when an alert comes\n"]
    for one in RULE_SET:
        parts.append(
            f"## {one.id}\n\nThe alert `{one.id}` came in.\n\n1. {one.then}\n"
            "2. Write down the transaction, the time of receipt, and who looked.\n"
        )
    return "\n".join(parts)


def _log(life: Life) -> str:
    entries: list[dict[str, object]] = []
    late = missed = False
    for number, (rule, step) in enumerate(fired(life)):
        seconds = 20 + number % 7 * 11
        if not life.healthy:
            if rule not in _WRITTEN_EARLY:
                continue
            if rule == "proposal-created" and not missed:
                missed = True
                continue
            if rule == "treasury-executed" and not late:
                late, seconds = True, LATE
        entries.append(
            {
                "rule": rule,
                "signature": step.landed.signature,
                "address": step.about,
                "raised_at": utc(step.landed.block_time + seconds - 5),
                "received_at": utc(step.landed.block_time + seconds),
                "receipt": f"rehearsal, message {len(entries) + 1}",
                "route": ROUTE,
            }
        )
    entries.sort(key=lambda one: (str(one["received_at"]), str(one["rule"])))
    content = {
        "cluster": "localnet",
        "note": "Receipts of a rehearsal are its own: nobody's pager rang.",
        "alerts": entries,
    }
    return json.dumps(content, indent=1) + "\n"


def _drills(life: Life, rules_sha256: str) -> str:
    """A drill of every rule that nothing in the life fires; in mid-rollout none was held."""
    seen = {rule for rule, _step in fired(life)} if life.healthy else {r.id for r in RULE_SET}
    rows: list[dict[str, Value]] = []
    for number, one in enumerate(rule for rule in RULE_SET if rule.id not in seen):
        began = life.finished_at - 86_400 + number * 900
        rows.append(
            {
                "rule": one.id,
                "rule_file_sha256": rules_sha256,
                "cluster": "localnet",
                "fired_at": utc(began),
                "received_at": utc(began + 25),
                "receipt": f"rehearsal, drill {number + 1}",
                "date": day(began),
            }
        )
    return toml(
        "Drills of the alert rules that nothing fired. Receipts of a rehearsal are its own.",
        {"drills": rows},
    )


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
