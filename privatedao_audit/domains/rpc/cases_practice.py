"""Cases of the team's own practice: alerting, the drill of a failover, health checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout
from privatedao_audit.domains.monitoring.rules import invented as rules
from privatedao_audit.domains.monitoring.rules.facts import DrillFile, LogFile
from privatedao_audit.domains.rpc import invented as i
from privatedao_audit.domains.rpc.facts import HealthScript, RpcFacts, Told
from privatedao_audit.domains.rpc.invented import GOOD, facts
from privatedao_audit.domains.treasury import invented as w
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status

__all__ = ["PRACTICE"]

_FAIL, _UNKNOWN, _OK = Status.FAIL, Status.UNKNOWN, Status.PASS
_MISSING, _STALE, _ATTESTED = Status.MISSING, Status.STALE, Status.ATTESTED
_APART = Diverged("two copies differ", in_checkout("apart"))
_NO_CHECKOUT = Unknown("no checkout was given")


def _ruled(**change: Any) -> RpcFacts:
    return facts(rules=replace(rules.ALL_RULES, **change))


def _with(rule: str, **change: str | None) -> RpcFacts:
    return facts(rules=rules.with_rows(rule, **change))


def _drilled(**change: Any) -> RpcFacts:
    made = tuple(
        rules.drill(one.rule, **change) if one.rule.startswith("rpc-") else one
        for one in rules.DRILLED
    )
    return _ruled(drills=(DrillFile(rules.DRILLS, Found(made, rules.at(rules.DRILLS)),
                                    rules.changed(rules.DRILLS)),))  # fmt: skip


def _logged(**change: Any) -> RpcFacts:
    row = replace(
        rules.alert("rpc-lag", "", 3), received_at=rules.NOW - 600, raised_at=rules.NOW - 605,
        **change,
    )  # fmt: skip
    committed = Found(rules.NOW - 300, rules.at(rules.LOG))
    log = LogFile(rules.LOG, Found((row,), rules.at(rules.LOG)), committed)
    return _ruled(logs=(log,), drills=())


def _stale_log() -> RpcFacts:
    """An alert of this hour in a log that was committed ten days ago."""
    said = _logged()
    log = said.rules.logs[0]
    old = Found(rules.NOW - 10 * w.DAY, rules.at(rules.LOG))
    return replace(said, rules=replace(said.rules, logs=(replace(log, changed=old),)))


def _rp_06() -> Iterator[tuple[str, RpcFacts, Status]]:
    yield "rules that a drill fired", GOOD, _ATTESTED
    yield "a rule that the log shows", _logged(), _ATTESTED
    yield "a limit that nothing reaches", _with(
        "rpc-lag", condition="rpc_slot_lag > 5000 slots for 60 s"), _FAIL  # fmt: skip
    yield "a limit that every answer exceeds", _with(
        "rpc-lag", condition="rpc_slot_lag > 0 slots for 60 s"), _FAIL  # fmt: skip
    yield "a drill that was received before it fired", _drilled(
        received_at=rules.NOW - w.DAY), _FAIL  # fmt: skip
    yield "prose", _with("rpc-lag", condition="an endpoint seems slow"), _UNKNOWN
    yield "a rule without a route", _with("rpc-down", route=None), _MISSING
    yield "a rule that is a draft", _with("rpc-down", status="draft"), _MISSING
    yield "rules without a receipt", _drilled(receipt=""), _MISSING
    yield "a log without a receipt", _logged(receipt=""), _MISSING
    yield "a log that was committed before the alert came", _stale_log(), _MISSING
    yield "a drill of another version of the file", _drilled(rule_file_sha256="0" * 64), _STALE
    yield "no rule was ever seen to fire", _ruled(logs=(), drills=()), _UNKNOWN
    yield "no rules are mapped", _ruled(files={}), _UNKNOWN
    yield "no checkout", _ruled(files={rules.RULES: _NO_CHECKOUT}), _UNKNOWN
    yield "two copies of the rules differ", _ruled(files={rules.RULES: _APART}), Status.DIVERGED


def _drill(**change: Any) -> RpcFacts:
    return facts(drills=(i.paper("failover.toml", i.drill(**change)),))


def _rp_08() -> Iterator[tuple[str, RpcFacts, Status]]:
    yield "drilled yesterday", GOOD, _OK
    yield "no log is kept", _drill(log="", log_sha256="", found_sha256=Unknown("none")), _ATTESTED
    yield "another log than the record states", _drill(log_sha256="1" * 64), _FAIL
    yield "read again before the cut", _drill(served_at="2025-12-31T09:59:00Z"), _FAIL
    yield "all at one moment", _drill(
        switched_at="2025-12-31T10:00:00Z", served_at="2025-12-31T10:00:00Z"), _FAIL  # fmt: skip
    yield "two hours", _drill(served_at="2025-12-31T12:00:00Z"), _FAIL
    yield "from the fallback to the primary", _drill(primary=i.SECOND, fallback=i.FIRST), _FAIL
    yield "to an endpoint that nobody registered", _drill(fallback="third"), _FAIL
    yield "times of another month", _drill(date="2025-12-01"), _FAIL
    yield "dated in the future", _drill(date="2026-03-01"), _FAIL
    yield "a year ago", _drill(
        date="2024-12-31", cut_at="2024-12-31T10:00:00Z", switched_at="2024-12-31T10:00:12Z",
        served_at="2024-12-31T10:00:15Z"), _STALE  # fmt: skip
    yield "a day in place of a time", _drill(switched_at="2025-12-31"), _MISSING
    yield "whose client it was", _drill(client="TBD"), _MISSING
    yield "no owner", _drill(owner=""), _MISSING
    yield "no date", _drill(date=None), _MISSING
    yield "the log is gone", _drill(found_sha256=ProvenAbsent(in_checkout("log"))), _MISSING
    yield "the record is not in the checkout", facts(drills=(
        i.paper("failover.toml", ProvenAbsent(in_checkout("d"))),)), _MISSING  # fmt: skip
    yield "the log was not read", _drill(found_sha256=_NO_CHECKOUT), _UNKNOWN
    yield "no register", facts(registers=()), _UNKNOWN
    yield "nothing is mapped", facts(drills=()), _UNKNOWN
    yield "no checkout", facts(drills=(i.paper("failover.toml", _NO_CHECKOUT),)), _UNKNOWN
    loose = i.paper("failover.toml", i.drill(), ProvenAbsent(in_checkout("git")))
    yield "in no commit", facts(drills=(loose,)), _UNKNOWN
    yield "two copies differ", facts(drills=(i.paper("failover.toml", _APART),)), Status.DIVERGED


def _scripted(**change: Any) -> RpcFacts:
    return facts(scripts=(i.script(**change),))


def _outputs(*given: Any, **change: Any) -> RpcFacts:
    papers = tuple(i.paper(f"output-{n}.json", one, **change) for n, one in enumerate(given))
    return facts(outputs=papers)


def _first(**change: Any) -> RpcFacts:
    """The good output with something changed; the provoked failure stays."""
    return _outputs(i.output(**change), i.output(good=False))


def _rp_10() -> Iterator[tuple[str, RpcFacts, Status]]:
    good = i.output()
    methods = {"getGenesisHash": 4, "getLatestBlockhash": 5, "getSlot": 6, "getAccountInfo": 7}
    yield "asks for everything, and was seen to fail", GOOD, _OK
    for name, lost in (("genesis hash", "getGenesisHash"), ("blockhash", "getLatestBlockhash"),
                       ("slot", "getSlot"), ("accounts", "getAccountInfo")):  # fmt: skip
        left = {method: line for method, line in methods.items() if method != lost}
        yield f"never asks for the {name}", _scripted(methods=left), _FAIL
        yield f"may ask for the {name} elsewhere", _scripted(
            methods=left, opaque="line 3 starts another program"), _UNKNOWN  # fmt: skip
    yield "a script that can't fail", _scripted(fails=()), _FAIL
    yield "an outcome that is written as good", _scripted(constants={"healthy": 9}), _FAIL
    yield "a script that asks nothing", _scripted(methods={}), _FAIL
    yield "one host under two labels", _first(
        fallback=replace(good.fallback, host=good.primary.host)), _FAIL  # fmt: skip
    yield "another cluster called good", _first(
        fallback=replace(good.fallback, genesis=i.OTHER_GENESIS)), _FAIL  # fmt: skip
    yield "slots that are millions apart called good", _first(
        fallback=replace(good.fallback, slot=42_000_000)), _FAIL  # fmt: skip
    yield "a blockhash of zeros called good", _first(
        fallback=replace(good.fallback, blockhash="1" * 32)), _FAIL  # fmt: skip
    yield "an output of the future", _first(date="2026-06-01"), _FAIL
    for name, changed in (
        ("genesis", replace(good.fallback, genesis="")),
        ("blockhash", replace(good.fallback, blockhash="")),
        ("host", replace(good.fallback, host="")),
        ("slot", replace(good.fallback, slot=None)),
    ):
        yield f"an output without the {name}", _first(fallback=changed), _MISSING
    yield "an output without accounts", _first(accounts=0), _MISSING
    yield "an output without a date", _first(date=None), _MISSING
    yield "outputs of a year ago", _first(date="2024-12-31"), _STALE
    yield "no failure was ever provoked", _outputs(good), _UNKNOWN
    yield "a provoked failure that its figures do not show", _outputs(
        good, replace(good, outcome="fail")), _UNKNOWN  # fmt: skip
    yield "a failure and nothing good", _outputs(i.output(good=False)), _UNKNOWN
    nobody = Told("", "", "", None, "")
    yield "a failure that tells of no endpoint", _outputs(
        good, replace(good, outcome="fail", primary=nobody, fallback=nobody, accounts=0),
    ), _UNKNOWN  # fmt: skip
    yield "a failure in which nothing answered", _outputs(
        good, replace(good, outcome="fail", primary=replace(nobody, host=good.primary.host),
                      fallback=replace(nobody, host=good.fallback.host), accounts=0),
    ), _OK  # fmt: skip
    yield "an outcome that says nothing", _first(outcome="done"), _UNKNOWN
    yield "one endpoint bad, the whole good", _first(
        fallback=replace(good.fallback, outcome="failed")), _UNKNOWN  # fmt: skip
    yield "a malformed output", _first(fault="'x' is no slot"), _UNKNOWN
    yield "no script is mapped", facts(scripts=()), _UNKNOWN
    yield "no output is mapped", facts(outputs=()), _UNKNOWN
    yield "no checkout", facts(scripts=(HealthScript("health.sh", _NO_CHECKOUT),)), _UNKNOWN
    yield "the script is not there", facts(scripts=(
        HealthScript("health.sh", ProvenAbsent(in_checkout("h"))),)), _MISSING  # fmt: skip
    yield "two copies of the script differ", facts(scripts=(
        HealthScript("health.sh", _APART),)), Status.DIVERGED  # fmt: skip


PRACTICE: tuple[Case, ...] = (
    *(Case("RP-06", name, given, expected) for name, given, expected in _rp_06()),
    *(Case("RP-08", name, given, expected) for name, given, expected in _rp_08()),
    *(Case("RP-10", name, given, expected) for name, given, expected in _rp_10()),
)
