"""Cases of alert rules that are the matter of one control alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules import invented as i
from privatedao_audit.domains.monitoring.rules.facts import Alert, LogFile, RuleFacts
from privatedao_audit.domains.monitoring.rules.samples import Series
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.history.detectors import Known
from privatedao_audit.history.facts import Holding
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status

__all__ = ["cases"]

_PASS, _FAIL, _MISSING = Status.PASS, Status.FAIL, Status.MISSING
_STALE, _UNKNOWN = Status.STALE, Status.UNKNOWN

#: Control, status, what is special, rule, and its condition in the kit's words.
_CONDITIONS = (
    ("MA-01", _MISSING, "one proposal left out by name", "proposal-created",
     f'any occurrence of proposal_created{{proposal!="{w.PAYS_SOL}"}}'),
    ("MA-01", _MISSING, "proposals of registered keys alone", "proposal-created",
     'any occurrence of proposal_created{registered="true"}'),
    ("MA-05", _MISSING, "explained movements alone", "lamports-moved",
     'any occurrence of treasury_lamports_moved{explained="true"}'),
    ("MA-08", _MISSING, "attempts of strangers that failed alone", "stranger-executes",
     'any occurrence of execute_attempted{expected="false", outcome="failed"}'),
    ("MA-09", _MISSING, "failures of registered keys alone", "repeated-failures",
     'count of call_failed{registered="true"} by proposal >= 3 transactions within 1 h'),
    ("MA-02", _MISSING, "one variant of finalize alone", "proposal-finalized",
     'any occurrence of proposal_finalized{instruction="finalize_proposal_v3"}'),
    ("MA-03", _MISSING, "payments of SOL alone", "treasury-executed",
     'any occurrence of treasury_lamports_moved{direction="out"}'),
    ("MA-01", _MISSING, "a name of the series that are made up", "proposal-created",
     'any occurrence of proposal_created{proposal="some proposal"}'),
    ("MA-02", _MISSING, "callers by name", "proposal-finalized",
     'any occurrence of proposal_finalized{caller=~"a.*"}'),
    ("MA-04", _MISSING, "a window that is too short for a spike", "failure-spike",
     "count of call_failed by instruction, caller >= 5 transactions within 5 min"),
    ("MA-04", _UNKNOWN, "errors left out by name", "failure-spike",
     'count of call_failed{error!="Locked"} by instruction, caller >= 5 transactions within 1 h'),
    ("MA-05", _MISSING, "accounts by how their names begin", "tokens-moved",
     f'any occurrence of treasury_tokens_moved{{account=~"a.*|{w.TOKENS[:1]}.*"}}'),
    ("MA-05", _FAIL, "large movements alone", "lamports-moved",
     "sum of treasury_lamports_moved > 1000000000 lamports within 1 h"),
    ("MA-05", _FAIL, "more tokens than the treasury has", "tokens-moved",
     "sum of treasury_tokens_moved by mint > 900000 raw units within 1 h"),
    ("MA-07", _MISSING, "one endpoint by name", "rpc-down",
     'rpc_up{endpoint="some endpoint"} < 1 answers for 60 s'),
    ("MA-09", _MISSING, "a window that is too short for a series", "repeated-failures",
     'count of call_failed{action=~"finalize|execute"} by proposal, action >= 3 transactions '
     "within 1 min"),
    ("MA-04", _FAIL, "more failures than the target calls a spike", "failure-spike",
     "count of call_failed >= 9 transactions within 1 h"),
    ("MA-04", _FAIL, "a value of something else", "failure-spike",
     "rpc_slot_lag >= 0 slots for 1 s"),
    ("MA-04", _UNKNOWN, "a comparison without a window", "failure-spike",
     "count of call_failed >= 5 transactions"),
    ("MA-04", _UNKNOWN, "a comparison without a unit", "failure-spike",
     "count of call_failed >= 5 within 1 h"),
    ("MA-05", _MISSING, "one token account of the treasury alone", "tokens-moved",
     f'any occurrence of treasury_tokens_moved{{account="{w.TOKENS}"}}'),
    ("MA-05", _FAIL, "an account that is not the treasury's", "lamports-moved",
     f'any occurrence of treasury_lamports_moved{{account="{w.TREASURY}x"}}'),
    ("MA-05", _FAIL, "a threshold above every movement", "lamports-moved",
     "sum of treasury_lamports_moved > 9000000000000 lamports within 1 h"),
    ("MA-05", _UNKNOWN, "lamports counted as SOL", "lamports-moved",
     "sum of treasury_lamports_moved > 1 SOL within 1 h"),
    ("MA-05", _UNKNOWN, "amounts of several mints added up", "tokens-moved",
     "sum of treasury_tokens_moved > 5 raw units within 1 h"),
    ("MA-06", _MISSING, "the program alone", "upgrade-authority",
     'any occurrence of authority_activity{kind="program"}'),
    ("MA-07", _FAIL, "a lag of more than a minute alone", "rpc-lag",
     "rpc_slot_lag > 200 slots for 60 s"),
    ("MA-07", _FAIL, "a wait that is longer than an outage", "rpc-down",
     "rpc_up < 1 answers for 30 min"),
    ("MA-07", _FAIL, "a wait of a day", "rpc-lag",
     "rpc_slot_lag > 32 slots for 1 d"),
    ("MA-07", _FAIL, "a limit that every answer exceeds", "rpc-lag",
     "rpc_slot_lag >= 0 slots for 60 s"),
    ("MA-08", _FAIL, "every execution is unexpected", "stranger-executes",
     "any occurrence of execute_attempted"),
    ("MA-09", _MISSING, "finalize alone", "repeated-failures",
     'count of call_failed{action="finalize"} >= 3 transactions within 1 h'),
    ("MA-10", _MISSING, "lamports alone", "balance-anomaly",
     'any occurrence of treasury_lamports_moved{explained="false"}'),
    ("MA-11", _MISSING, "one kind of behaviour alone", "unauthorized",
     'any occurrence of behaviour{kind="double-vote"}'),
)  # fmt: skip

#: The same in PromQL, of MA-01.
_EXPRESSIONS = (
    (_PASS, "a rule of Prometheus", "increase(proposal_created_total[5m]) > 0"),
    (_PASS, "a sum over series", "sum by (dao) (rate(proposal_created_total[5m])) > 0"),
    (_FAIL, "a counter that is above 0 for ever", "proposal_created_total > 0"),
    (_FAIL, "a rule for another DAO",
     'increase(proposal_created_total{dao="another"}[5m]) > 0'),
    (_FAIL, "a rule that fires on silence", "absent(proposal_created_total)"),
    (_UNKNOWN, "a function that is not executed",
     "histogram_quantile(0.9, proposal_created_total) > 0"),
    (_UNKNOWN, "a window of 0", "increase(proposal_created_total[0m]) > 0"),
    (_UNKNOWN, "no comparison", "increase(proposal_created_total[5m])"),
    (_UNKNOWN, "a label that is not known",
     'increase(proposal_created_total{tenant="x"}[5m]) > 0'),
)  # fmt: skip


def _holding(seconds: int) -> RuleFacts:
    """The rule on creations in PromQL, with a time for which it must hold."""
    given = i.with_rows(
        "proposal-created", condition=None, expression="increase(proposal_created_total[1h]) > 0"
    )
    read = given.files[i.RULES]
    assert isinstance(read, Found)
    rules = tuple(
        replace(one, condition=replace(one.condition, hold=seconds))
        if one.id == "proposal-created" and one.condition is not None else one
        for one in read.value.rules
    )  # fmt: skip
    return replace(given, files={i.RULES: Found(replace(read.value, rules=rules), read.at)})


def cases() -> Iterator[tuple[str, Status, str, MonitoringFacts]]:
    """Control, expected status, what is special, and the facts."""
    for control, expected, name, rule, condition in _CONDITIONS:
        yield control, expected, name, i.facts(i.with_rows(rule, condition=condition))
    for expected, name, expression in _EXPRESSIONS:
        rules = i.with_rows("proposal-created", condition=None, expression=expression)
        yield "MA-01", expected, name, i.facts(rules)
    for expected, name, hold in (
        (_PASS, "a rule that waits as long as its limit allows", 300),
        (_FAIL, "a rule that waits for longer than its limit allows", 1_800),
    ):
        yield "MA-01", expected, name, i.facts(_holding(hold))
    for expected, name, address in (
        (_PASS, "alerts by address and window", w.DAO),
        (_FAIL, "alerts by another address", w.TREASURY),
    ):
        yield "MA-01", expected, name, i.facts(_by_address(address))
    yield (
        "MA-01",
        _FAIL,
        "alerts by address outside the window",
        i.facts(_by_address(w.DAO, received_at=i.NOW)),
    )
    log = i.ALL_RULES.logs[0]
    for expected, name, told in (
        (_UNKNOWN, "the log differs from what was committed",
         replace(log, changed=Unknown(f"{i.LOG} differs from what was committed"))),
        (_UNKNOWN, "no commit has the log", replace(log, changed=ProvenAbsent(i.at("commits")))),
        (_UNKNOWN, "the rows are of a time after the log's commit",
         replace(log, changed=i.changed(i.LOG, w.time_of(w.CREATED) + 15))),
        (_FAIL, "alerts that were raised before anything happened", _of_creations(raised_at=1)),
        (_UNKNOWN, "an alert every five minutes, whatever happens", _clockwork(log)),
    ):  # fmt: skip
        yield "MA-01", expected, name, i.facts(replace(i.ALL_RULES, logs=(told,)))
    loose = i.with_rows(
        "failure-spike", condition="count of call_failed >= 900 transactions within 1 h"
    )
    watch = replace(i.GOOD.watch, parameters=Detection(failure_spike=1_000))
    yield "MA-04", _FAIL, "a spike that the target calls none", replace(
        i.facts(loose), watch=watch)  # fmt: skip
    for expected, name, rules in (
        (_UNKNOWN, "no series of probes", replace(
            i.ALL_RULES, probes=Unknown("no probe was made"))),
        (_UNKNOWN, "a series without a probe", replace(
            i.ALL_RULES, probes=Found((), i.at("probes")))),
        (_STALE, "probes of yesterday", _probed(2.0, ago=w.DAY)),
        (_FAIL, "trouble without an alert", _probed(99.0)),
        (_PASS, "trouble that was told of", _told_of_trouble()),
    ):  # fmt: skip
        yield "MA-07", expected, name, i.facts(rules)
    untold = tuple(one for one in i.ALERTS if one.rule != "tokens-moved")
    quiet = w.with_address(w.TOKENS, lambda one: replace(
        one, entries=(), now=Found(Holding(w.RENT, 0, w.TREASURY, w.MINT), one.now.at),
    ), i.HISTORY)  # fmt: skip
    log = replace(i.ALL_RULES.logs[0], alerts=Found(untold, i.at(i.LOG)))
    yield (
        "MA-05",
        _UNKNOWN,
        "a rule that was never seen to fire",
        i.facts(replace(i.ALL_RULES, logs=(log,)), history=quiet),
    )
    nobody = Known(roles={}, calendar=i.GOOD.watch.known.calendar)
    yield "MA-08", _FAIL, "executions by keys that nobody registered", i.facts(known=nobody)
    unvoted = replace(i.READS, proposals=w.READS.proposals)
    yield "MA-11", _UNKNOWN, "the votes were not read", i.facts(reads=unvoted)


def _of_creations(**change: Any) -> LogFile:
    """The log with the alerts of creations changed."""
    alerts = tuple(
        replace(one, **change) if one.rule == "proposal-created" else one for one in i.ALERTS
    )
    return replace(i.ALL_RULES.logs[0], alerts=Found(alerts, i.at(i.LOG)))


def _clockwork(log: LogFile) -> LogFile:
    """Instead of the alerts of creations one every 290 s that names the DAO."""
    first = w.time_of(w.CREATED)
    ticks = tuple(
        Alert("proposal-created", "", w.DAO, time, time + 1, "message 4", f"{i.LOG}, tick")
        for time in range(first - 2_900, first + 2_900, 290)
    )
    others = tuple(one for one in i.ALERTS if one.rule != "proposal-created")
    return replace(log, alerts=Found((*others, *ticks), i.at(i.LOG)))


def _by_address(address: str, received_at: int | None = None) -> RuleFacts:
    """The alerts of creations name an address instead of the transaction."""
    log = i.ALL_RULES.logs[0]
    alerts = tuple(
        replace(one, signature="", address=address, received_at=received_at or one.received_at)
        if one.rule == "proposal-created" else one
        for one in i.ALERTS
    )  # fmt: skip
    return replace(i.ALL_RULES, logs=(replace(log, alerts=Found(alerts, i.at(i.LOG))),))


def _probed(value: float, *, ago: int = 1_200) -> RuleFacts:
    """Probes over five minutes of an endpoint that is that many slots behind."""
    usual = i.ALL_RULES.probes
    assert isinstance(usual, Found)
    times = range(i.NOW - ago - 300, i.NOW - ago, 5)
    late = Series("rpc_slot_lag", {"endpoint": "first"},
                  tuple((float(time), value) for time in times))  # fmt: skip
    others = (
        replace(one, points=tuple((float(time), one.points[0][1]) for time in times))
        for one in usual.value
        if one.metric != late.metric
    )
    log = replace(i.ALL_RULES.logs[0], changed=i.changed(i.LOG, i.NOW))
    return replace(i.ALL_RULES, probes=Found((late, *others), usual.at), logs=(log,))


def _told_of_trouble() -> RuleFacts:
    began = i.NOW - 1_440
    lag = Alert("rpc-lag", "", "first", began, began + 20, "message 3", "an alert")
    trouble = _probed(99.0)
    log = replace(trouble.logs[0], alerts=Found((*i.ALERTS, lag), i.at(i.LOG)))
    return replace(trouble, logs=(log,))
