"""Cases of IR-07."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.incident import invented as i
from privatedao_audit.domains.incident.drills.facts import Call, DrillFile, Gap
from privatedao_audit.domains.incident.facts import IncidentFacts
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status

__all__ = ["CASES"]

_FAIL, _UNKNOWN, _OK = Status.FAIL, Status.UNKNOWN, Status.PASS
_MISSING, _STALE = Status.MISSING, Status.STALE
_Row = tuple[str, IncidentFacts, Status]


def _with(path: str, **change: Any) -> IncidentFacts:
    """The operation with one drill changed."""
    rows = [i.drill(one, **change) if one == path else i.drill(one) for one in i.RUNBOOKS]
    return i.facts(drills=(i.drills(*rows),))


def _of(record: DrillFile) -> IncidentFacts:
    return i.facts(drills=(record,))


def _veto(**change: Any) -> IncidentFacts:
    """The operation with the transaction of the drill of IR-02 changed."""
    return _with("IR-02", acted={"signature of the veto": i.acted("veto_proposal", **change)})


def _record() -> Iterator[_Row]:
    everything = [i.drill(one) for one in i.RUNBOOKS]
    yield "five drills", i.GOOD, _OK
    yield "an older drill beside a good one", i.facts(drills=(i.drills(
        *everything, i.drill("IR-02", place="old", date="2024-01-01")),)), _OK  # fmt: skip
    yield "a form beside a good one", i.facts(drills=(i.drills(
        *everything, i.drill("IR-02", place="form", contained_at=None)),)), _OK  # fmt: skip
    made_up = i.drill("IR-02", place="second", participants=(i.STRANGER,))
    yield "a made-up drill beside a good one", _of(i.drills(*everything, made_up)), _FAIL
    yield "one path was never drilled", i.facts(drills=(i.drills(*everything[1:]),)), _MISSING
    yield "an empty record", i.facts(drills=(i.drills(),)), _MISSING
    absent, unread = ProvenAbsent(in_checkout("c")), Unknown("no checkout was given")
    yield "not in the checkout", _of(i.drills(drills=absent)), _MISSING
    yield "no checkout", _of(i.drills(drills=unread)), _UNKNOWN
    yield "no record is mapped", i.facts(drills=()), _UNKNOWN
    yield ("two copies differ",
           i.facts(drills=(i.drills(drills=Diverged("they differ", in_checkout("a"))),)),
           Status.DIVERGED)  # fmt: skip
    yield "a malformed drill", _with("IR-02", fault="its path is none"), _UNKNOWN
    nowhere = replace(i.drill("IR-02"), path="IR-09", fault="its path is none")
    yield "a drill of no path", _of(i.drills(*everything, nowhere)), _UNKNOWN
    yield ("never committed",
           i.facts(drills=(i.drills(*everything, changed=ProvenAbsent(in_checkout("g"))),)),
           _UNKNOWN)  # fmt: skip
    yield ("changed 181 days ago",
           i.facts(drills=(i.drills(*everything,
                   changed=Found(i.NOW - 181 * i.DAY, in_checkout("g"))),)), _STALE)  # fmt: skip


def _held() -> Iterator[_Row]:
    yield "dated last year", _with("IR-02", date="2025-01-01"), _STALE
    yield "contained in the future", _with("IR-02", contained_at=i.NOW + i.DAY), _FAIL
    yield "contained before it was detected", _with("IR-02", detected_at=i.NOW - i.DAY), _FAIL
    yield "a form without times", _with("IR-02", detected_at=None), _MISSING
    yield "no date", _with("IR-02", date=""), _MISSING
    yield "a gap that is open", _with("IR-02", gaps=(Gap("late", closed=False),)), _MISSING
    yield "silent about gaps", _with("IR-02", gaps=None), _MISSING
    yield "no gap was found", _with("IR-02", gaps=()), _OK
    yield "nobody took part", _with("IR-02", participants=()), _MISSING
    yield "a stranger took part", _with("IR-02", participants=(i.STRANGER,)), _FAIL
    yield "the registers were not read", i.facts(registered=Unknown("no checkout")), _UNKNOWN
    yield "no lever is named", _with("IR-02", instruction=""), _MISSING
    yield "no lever where there is one", _with("IR-02", instruction="none"), _MISSING
    yield "a flag that no instruction sets", _with("IR-04", instruction="emergency_disabled"), _FAIL
    yield "a lever of another path", _with("IR-04", instruction="veto_proposal"), _FAIL


def _shown() -> Iterator[_Row]:
    yield "no transaction", _with("IR-02", acted={}), _MISSING
    yield "it is not on the cluster", _with("IR-02", acted={
        "s": ProvenAbsent(on_chain("nothing"))}), _FAIL  # fmt: skip
    yield "it was not read", _with("IR-02", acted={"s": Unknown("503")}), _UNKNOWN
    yield "providers disagree", _with("IR-02", acted={
        "s": Diverged("they differ", on_chain("s"))}), Status.DIVERGED  # fmt: skip
    yield "before it started", _veto(block_time=i.NOW - 21 * i.DAY), _FAIL
    yield "after it was contained", _veto(block_time=i.NOW - 17 * i.DAY), _FAIL
    yield "its time is not kept", _veto(block_time=None), _UNKNOWN
    yield "it failed", _veto(succeeded=False), _MISSING
    yield "it does something else", _veto(calls=()), _MISSING
    yield "parts of it were not recorded", _veto(calls=(), complete=False), _UNKNOWN
    yield "by a stranger", _veto(signers=(i.STRANGER,)), _FAIL
    yield "by a stranger's own key", _veto(calls=(
        Call("veto_proposal", i.STRANGER, by_key=True, scoped=True),)), _FAIL  # fmt: skip
    yield "by a registered key itself", _veto(signers=(i.STRANGER,), calls=(
        Call("veto_proposal", i.KEEPER, by_key=True, scoped=True),)), _OK  # fmt: skip
    yield "of a stand-in program", _veto(calls=(
        Call("veto_proposal", i.KEEPER, by_key=True, scoped=False),)), _MISSING  # fmt: skip
    same = {"signature of veto_proposal": i.acted("veto_proposal")}
    again = i.drill("IR-03", instruction="veto_proposal", acted=same)
    rest = [i.drill(one) for one in i.RUNBOOKS if one != "IR-03"]
    yield "one transaction for two paths", i.facts(drills=(i.drills(*rest, again),)), _MISSING
    yield "no payment was looked into", _with("IR-03", acted={
        "s": i.acted("create_proposal")}), _MISSING  # fmt: skip
    yield "a payment that failed", _with("IR-03", acted={
        "s": i.acted("execute_proposal", succeeded=False)}), _MISSING  # fmt: skip


def _elsewhere() -> Iterator[_Row]:
    away = {"here": False, "cluster": "devnet"}
    yield "another cluster", _with("IR-02", **away, acted={
        "s": Unknown("it is of another cluster")}), _UNKNOWN  # fmt: skip
    yield "another cluster, with its recording", _with("IR-02", **away, recording=i.carried()), _OK
    yield ("a recording of another cluster",
           _with("IR-02", here=False, recording=i.carried(genesis_hash="another")),
           _FAIL)  # fmt: skip
    broken = Unknown("the recording can't be used: its evidence root is another")
    yield "a recording of another root", _with("IR-02", **away, recording=broken), _UNKNOWN
    yield ("a recording that is not there",
           _with("IR-05", recording=ProvenAbsent(in_checkout("c"))), _MISSING)  # fmt: skip
    yield ("two copies of a recording",
           _with("IR-05", recording=Diverged("they differ", in_checkout("c"))),
           Status.DIVERGED)  # fmt: skip
    yield "an outage without a recording", _with("IR-05", recording=None), _MISSING
    yield "no provider failed", _with("IR-05", recording=i.carried(outage=False)), _MISSING
    old = i.carried(began=i.NOW - 40 * i.DAY)
    yield "a recording of before the drill", _with("IR-05", recording=old), _FAIL
    call = Call("execute_proposal", i.STRANGER, by_key=True, scoped=False)
    payment = i.drill("IR-03", here=False, recording=i.carried(), acted={
        "s": i.acted("execute_proposal", calls=(call,))})  # fmt: skip
    rest = [i.drill(one) for one in i.RUNBOOKS if one != "IR-03"]
    yield "a payment in a recording", i.facts(drills=(i.drills(*rest, payment),)), _OK
    tried = replace(payment, acted={
        "s": i.acted("execute_proposal", calls=(call,), succeeded=False)})  # fmt: skip
    yield "an attempt in a recording", i.facts(drills=(i.drills(*rest, tried),)), _OK
    yield ("a recorded incident that was only looked at",
           i.facts(drills=(i.drills(*[i.drill(one) for one in i.RUNBOOKS if one != "IR-01"],
                                    replace(payment, path="IR-01",
                                            instruction="cancel_proposal_v2")),)),
           _MISSING)  # fmt: skip


CASES: tuple[Case, ...] = tuple(
    Case("IR-07", *row) for row in (*_record(), *_held(), *_shown(), *_elsewhere())
)
