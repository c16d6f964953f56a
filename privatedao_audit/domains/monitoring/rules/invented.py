"""An operation with its rules, runbook, log and drills, for the cases of checks.

It watches the invented DAO of the treasury's cases: three proposals, two executions. Everything
that happened there was alerted, and what never happened was drilled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from privatedao_audit.domains.authority.world import derived
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.governance.facts import GovernanceFacts
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules.facts import (
    Alert,
    Drill,
    DrillFile,
    LogFile,
    RuleFacts,
    Runbook,
)
from privatedao_audit.domains.monitoring.rules.read_files import runbook
from privatedao_audit.domains.monitoring.rules.samples import Series
from privatedao_audit.domains.monitoring.watch import Watch
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.history.detectors import Announced, Known
from privatedao_audit.history.facts import DaoHistory, Holding
from privatedao_audit.model.reads import Found, Read, ReadAt, Unknown
from privatedao_audit.protocols.facts import DaoReads, VotesRead
from privatedao_audit.repository.alert_rules import RuleFile, rules_of_rows

__all__ = [
    "ALERTS",
    "BOOK",
    "DATA",
    "DRILLS",
    "GOOD",
    "LOG",
    "MULTISIG",
    "ROWS",
    "RULES",
    "SHA256",
    "alert",
    "drill",
    "facts",
    "rule_file",
    "with_rows",
]  # fmt: skip

MULTISIG, DATA = derived("watched multisig"), derived("watched program data")
RULES, LOG, DRILLS, BOOK = "rules.json", "log.json", "drills.toml", "runbooks/alerts.md"
SHA256: Final = "ab" * 32
#: When the checkout was read: a day after the last thing that happened.
NOW: Final = w.time_of(w.EXECUTED_TOKENS) + w.DAY

#: Rule → (control, condition).
_SET: Final = {
    "proposal-created": ("MA-01", "any occurrence of proposal_created"),
    "proposal-finalized": ("MA-02", "any occurrence of proposal_finalized"),
    "treasury-executed": ("MA-03", "any occurrence of treasury_executed"),
    "failure-spike": ("MA-04", "count of call_failed by instruction, caller >= 5 transactions "
                               "within 1 h"),
    "lamports-moved": ("MA-05", "any occurrence of treasury_lamports_moved"),
    "tokens-moved": ("MA-05", "any occurrence of treasury_tokens_moved"),
    "upgrade-authority": ("MA-06", "any occurrence of authority_activity"),
    "rpc-lag": ("MA-07", "rpc_slot_lag > 32 slots for 60 s"),
    "rpc-down": ("MA-07", "rpc_up < 1 answers for 60 s"),
    "rpc-differs": ("MA-07", "rpc_answers_differ > 0 answers for 60 s"),
    "stranger-executes": ("MA-08", 'any occurrence of execute_attempted{expected="false"}'),
    "locked-execute": ("MA-08", 'any occurrence of execute_attempted{unlocked="false"}'),
    "repeated-failures": ("MA-09", 'count of call_failed{action=~"finalize|execute"} by proposal, '
                                   "action >= 3 transactions within 1 h"),
    "balance-anomaly": ("MA-10", "any occurrence of "
                                 'behaviour{kind=~"outflow-unexplained|balance-step"}'),
    "unauthorized": ("MA-11", 'any occurrence of behaviour{kind=~"authority-change|'
                              'unexpected-proposal|vote-anomaly|lone-hand|double-vote"}'),
}  # fmt: skip

ROWS: Final[tuple[dict[str, str], ...]] = tuple(
    {
        "id": name, "signal": control, "condition": condition, "severity": "critical",
        "route": "pager", "runbook": BOOK, "section": name, "limit_seconds": "300",
        "status": "active",
    }
    for name, (control, condition) in _SET.items()
)  # fmt: skip


def at(file: str) -> ReadAt:
    """Where an invented read of a file stands."""
    return replace(in_checkout(file), asked_at=moment(NOW))


def moment(time: int) -> str:
    """A time as a document writes it."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def changed(file: str, time: int = NOW - 3_600) -> Read[int]:
    """When a file last changed in git."""
    return Found(time, at(f"change of {file}"))


def _book() -> Runbook:
    sections = "\n".join(f"## {name}\n\nThe alert `{name}` came in: look at it.\n" for name in _SET)
    text = f"---\nowner: on call\ndate: {moment(NOW)[:10]}\n---\n# Alerts\n\n{sections}"
    return runbook(text.encode(), changed(BOOK))


def alert(rule: str, signature: str, slot: int, after: int = 30, **change: Any) -> Alert:
    """An alert of a transaction, received some seconds after its block."""
    time = w.time_of(slot)
    one = Alert(rule, signature, "", time + after - 5, time + after, "message 1", f"{LOG}, alert")
    return replace(one, **change)


def drill(rule: str, **change: Any) -> Drill:
    """A drill of a rule, yesterday."""
    fired = NOW - w.DAY // 2
    one = Drill(
        rule, SHA256, "devnet", "", fired, fired + 20, "message 2", moment(fired)[:10],
        f"{DRILLS}, drill", Unknown("it is of devnet"),
    )  # fmt: skip
    return replace(one, **change)


_CREATED = [w.signature("create_proposal", w.CREATED, p) for p in (w.PAYS_SOL, w.PAYS_TOKENS,
                                                                   w.WAITS)]  # fmt: skip
_FINAL = [w.signature("finalize_proposal_v3", w.FINALIZED, p) for p in (w.PAYS_SOL, w.PAYS_TOKENS,
                                                                        w.WAITS)]  # fmt: skip
ALERTS: Final[tuple[Alert, ...]] = (
    *(alert("proposal-created", one, w.CREATED) for one in _CREATED),
    *(alert("proposal-finalized", one, w.FINALIZED) for one in _FINAL),
    alert("treasury-executed", w.PAYMENT, w.EXECUTED),
    alert("treasury-executed", w.TOKEN_PAYMENT, w.EXECUTED_TOKENS),
    alert("lamports-moved", w.DEPOSIT, w.PAID_IN),
    alert("lamports-moved", w.PAYMENT, w.EXECUTED),
    alert("tokens-moved", w.GIFT, w.TOKENS_CAME),
    alert("tokens-moved", w.TOKEN_PAYMENT, w.EXECUTED_TOKENS),
    alert("balance-anomaly", w.TOKEN_PAYMENT, w.EXECUTED_TOKENS),
    *(alert("upgrade-authority", name, slot)
      for name, slot in (("multisig-5", 5), ("vault-12", 12), ("vault-13", 13), ("deploy-4", 4))),
)  # fmt: skip
DRILLED: Final = tuple(
    drill(name) for name in _SET if name not in {one.rule for one in ALERTS}
)  # fmt: skip


def history() -> DaoHistory:
    """The treasury's history with that of a multisig of two transactions and of a program."""
    made, deployed = w.deed(5, "multisig"), w.deed(4, "deploy")
    first, second = (
        replace(w.deed(slot, "vault"), created={MULTISIG: 1}) for slot in (12, 13)
    )  # fmt: skip
    multisig = w.lived(
        MULTISIG, "multisig", w.entry(made, (0, w.RENT)), w.entry(first, (w.RENT, w.RENT)),
        w.entry(second, (w.RENT, w.RENT)), now=Holding(w.RENT, index=2),
    )  # fmt: skip
    data = w.lived(DATA, "program data", w.entry(deployed, (0, w.RENT)))
    grown = {**w.HISTORY.histories, MULTISIG: multisig, DATA: data}
    return w.more_deeds(replace(w.HISTORY, histories=grown), made, first, second, deployed)


def _reads() -> DaoReads:
    votes = Found(VotesRead({}, {}, True, True, "none was given"), on_chain("votes"))
    proposals = tuple(replace(one, votes=votes) for one in w.READS.proposals)
    return replace(w.READS, proposals=proposals)


def _known() -> Known:
    calendar = tuple(Announced(number=str(n)) for n in range(3))
    return Known(
        roles={"keeper": frozenset({w.STRANGER}), "dao-authority": frozenset({w.STRANGER})},
        calendar=Found(calendar, at("calendar")),
    )


def rule_file(rows: tuple[Mapping[str, str], ...] = ROWS, file: str = RULES) -> RuleFile:
    """A file of rules."""
    return rules_of_rows(file, SHA256, rows)


def _probes() -> tuple[Series, ...]:
    """Two minutes of an endpoint at which all is well."""
    times = range(NOW - 120, NOW, 20)
    return tuple(
        Series(metric, {"endpoint": "first"}, tuple((float(time), value) for time in times))
        for metric, value in (("rpc_slot_lag", 2.0), ("rpc_up", 1.0), ("rpc_answers_differ", 0.0))
    )


def _governance(reads: DaoReads) -> GovernanceFacts:
    return GovernanceFacts("privatedao", "", {w.DAO: "the club"}, (reads,))


HISTORY, READS = history(), _reads()
_GOVERNANCE, _HISTORIES, _WATCH = _governance(READS), {w.DAO: HISTORY}, Watch(_known())
_MULTISIGS: Final = {MULTISIG: Found(derived("squads"), on_chain("multisig owner"))}
_UNCOUNTED: Final[Mapping[str, str]] = {}
ALL_RULES: Final = RuleFacts(
    cluster="localnet",
    files={RULES: Found(rule_file(), at(RULES))},
    runbooks={BOOK: Found(_book(), at(BOOK))},
    logs=(LogFile(LOG, Found(ALERTS, at(LOG)), changed(LOG)),),
    drills=(DrillFile(DRILLS, Found(DRILLED, at(DRILLS)), changed(DRILLS)),),
    probes=Found(_probes(), at("probes")),
)


def facts(
    rules: RuleFacts = ALL_RULES,
    reads: DaoReads = READS,
    history: DaoHistory = HISTORY,
    known: Known | None = None,
) -> MonitoringFacts:
    """Facts of one DAO under one multisig, watched by these rules."""
    # Checks work out what happened once for the very same histories: cases share what is sound.
    return MonitoringFacts(
        _GOVERNANCE if reads is READS else _governance(reads),
        _HISTORIES if history is HISTORY else {w.DAO: history},
        _MULTISIGS,
        _UNCOUNTED,
        (DATA,),
        _WATCH if known is None else Watch(known),
        rules,
    )


def with_rows(rule: str | None = None, **change: str | None) -> RuleFacts:
    """The rules with one of them (or all) changed; None takes a field away."""

    def changed_row(row: dict[str, str]) -> dict[str, str]:
        if rule is not None and row["id"] != rule:
            return row
        told: dict[str, str | None] = {**row, **change}
        return {name: value for name, value in told.items() if value is not None}

    rows = tuple(changed_row(row) for row in ROWS)
    return replace(ALL_RULES, files={RULES: Found(rule_file(rows), at(RULES))})


GOOD: Final = facts()
