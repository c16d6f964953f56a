"""The metrics that rules can be written in: what each counts, in which unit, with which labels.

A team's own metric is read as one of these by the target's ``[alerting.metrics]``. A metric that
counts events may be called by its name or, as Prometheus has it, with ``_total`` behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from privatedao_audit.repository.alert_rules import Condition, NotExecutable, Selector, selector

__all__ = ["METRICS", "Metric", "bound"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        unit: of its values, or of what it adds up.
        gauge: it is sampled, and counts no events.
        about: what it is, in words.
    """

    name: str
    unit: str
    labels: frozenset[str]
    about: str
    gauge: bool = False


def _metric(name: str, unit: str, labels: str, about: str, *, gauge: bool = False) -> Metric:
    return Metric(name, unit, frozenset(labels.split()), about, gauge)


_CALL: Final = "dao proposal caller instruction registered"

#: Name → metric. Labels are text; ``registered`` says whether the caller is a registered key.
METRICS: Final[dict[str, Metric]] = {
    one.name: one
    for one in (
        _metric("proposal_created", "transactions", _CALL, "a proposal was created"),
        _metric("proposal_finalized", "transactions", _CALL, "a proposal was finalized"),
        _metric("treasury_executed", "transactions", _CALL, "a payout instruction took effect"),
        _metric("execute_attempted", "transactions", f"{_CALL} outcome expected unlocked",
                "a payout instruction was called; expected: by a key that is expected to; "
                "unlocked: after the unlock of a proposal that passed"),
        _metric("call_failed", "transactions", f"{_CALL} action error",
                "a call of the DAO's program failed; action: propose, finalize, execute, …"),
        _metric("treasury_lamports_moved", "lamports", "dao account direction explained",
                "lamports of the treasury moved; direction: in or out; explained: by an execution "
                "of what was voted, and true of all that comes in"),
        _metric("treasury_tokens_moved", "raw units", "dao account mint direction explained",
                "tokens of the treasury moved"),
        _metric("authority_activity", "transactions", "subject kind caller outcome",
                "a transaction on a multisig or on a program's data account; kind: multisig or "
                "program"),
        _metric("behaviour", "findings", "dao kind subject",
                "the kit's detector of that kind found something"),
        _metric("rpc_slot_lag", "slots", "endpoint", "how far an endpoint is behind the others",
                gauge=True),
        _metric("rpc_up", "answers", "endpoint", "1 while an endpoint answers, else 0",
                gauge=True),
        _metric("rpc_answers_differ", "answers", "endpoint",
                "1 while an endpoint answers otherwise than the others, else 0", gauge=True),
    )
}  # fmt: skip

#: Labels that a scraper adds; every series has one value of each.
_SCRAPED: Final = frozenset({"job", "instance"})
_COUNTED: Final = frozenset({"transaction", "transactions", "event", "events", "times"})


def bound(condition: Condition, metrics: Mapping[str, str]) -> Condition:
    """The condition over the kit's metrics.

    Args:
        metrics: the team's metric → the kit's, with matchers.

    Raises:
        NotExecutable: an unknown metric or label, or a unit that does not fit.
    """
    meant = _meant(condition.selector.metric, metrics)
    metric = METRICS[meant.metric]
    matchers = tuple(
        one for one in (*meant.matchers, *condition.selector.matchers)
        if one.label not in _SCRAPED
    )  # fmt: skip
    by = tuple(one for one in condition.by if one not in _SCRAPED)
    for label in (*(one.label for one in matchers), *by):
        if label not in metric.labels:
            raise NotExecutable(f"the metric {metric.name} has no label {label[:60]!a}")
    found = replace(condition, selector=Selector(metric.name, matchers), by=by)
    _fitting(found, metric)
    return found


def _meant(name: str, metrics: Mapping[str, str]) -> Selector:
    if name in metrics:
        meant = selector(metrics[name])
        if meant.metric in METRICS:
            return meant
        raise NotExecutable(f"the target reads it as {meant.metric[:60]!a}, which is no metric")
    plain = name.removesuffix("_total")
    if name in METRICS or (plain in METRICS and not METRICS[plain].gauge):
        return Selector(name if name in METRICS else plain)
    raise NotExecutable(f"the metric {name[:60]!a} is not known to the target or to the kit")


def _fitting(condition: Condition, metric: Metric) -> None:
    over = condition.over
    if condition.form == "plain":
        if metric.gauge != (over in ("last", "absent")):
            what = "is a value, and counts no events" if metric.gauge else "counts events"
            raise NotExecutable(f"the metric {metric.name} {what}")
        if over == "count" and condition.unit not in _COUNTED:
            raise NotExecutable(f"events are not counted in {condition.unit[:40]!a}")
        if over in ("sum", "last") and condition.unit != metric.unit:
            raise NotExecutable(
                f"the unit of {metric.name} is {metric.unit}, not {condition.unit[:40]}"
            )
    if metric.name == "treasury_tokens_moved" and _mixes(condition):
        raise NotExecutable("it adds raw units of several mints; name the mint, or keep it apart")


def _mixes(condition: Condition) -> bool:
    """Whether amounts of several mints would be compared as one."""
    if condition.across != "sum" or condition.over == "count" or "mint" in condition.by:
        return False
    one = any(m.label == "mint" and m.op == "=" for m in condition.selector.matchers)
    return not one and float(condition.threshold) != 0
