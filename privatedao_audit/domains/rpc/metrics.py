"""A series of probes as the metrics that alert rules about endpoints are written in.

Pure: see ``domains/monitoring/rules/vocabulary`` for what each metric means.
"""

from __future__ import annotations

from privatedao_audit.chain.series.model import Series as ProbeSeries
from privatedao_audit.domains.monitoring.rules.samples import Series
from privatedao_audit.domains.rpc.judging import whole
from privatedao_audit.model.reads import Found, Read

__all__ = ["metrics", "metrics_of"]


def metrics_of(read: Read[ProbeSeries]) -> Read[tuple[Series, ...]]:
    """The metrics of a series that was read; what was not read stays so."""
    return Found(metrics(read.value), read.at) if isinstance(read, Found) else read


def metrics(series: ProbeSeries) -> tuple[Series, ...]:
    """``rpc_slot_lag``, ``rpc_up`` and ``rpc_answers_differ``, one of each per endpoint.

    An endpoint lags behind the newest slot that any endpoint of the target's cluster told in the
    round; a round in which it told none has no lag, and it is down in it. Accounts are compared
    once, at the end, so that the last metric has one point, and none where nothing was compared.
    """
    found = []
    mine = [label for label in series.labels if _of_cluster(series, label)]
    for label in series.labels:
        lag, up = [], []
        for one in series.rounds:
            seen = one.seen.get(label)
            if seen is None:
                continue
            time = seen.at_ms / 1000
            up.append((time, 1.0 if whole(seen) and label in mine else 0.0))
            slots = [
                other.slots["confirmed"]
                for name in mine
                if (other := one.seen.get(name)) is not None and "confirmed" in other.slots
            ]
            if label in mine and "confirmed" in seen.slots:
                lag.append((time, float(max(slots) - seen.slots["confirmed"])))
        found += [
            Series("rpc_slot_lag", {"endpoint": label}, tuple(lag)),
            Series("rpc_up", {"endpoint": label}, tuple(up)),
            Series("rpc_answers_differ", {"endpoint": label}, _differs(series, label)),
        ]
    return tuple(found)


def _of_cluster(series: ProbeSeries, label: str) -> bool:
    told = series.told(label, "genesis")
    return told is not None and told.value == series.genesis


def _differs(series: ProbeSeries, label: str) -> tuple[tuple[float, float], ...]:
    told = {
        one.outcome
        for one in series.compared
        if label in (one.first, one.second) and one.outcome in ("equal", "absent", "diverged")
    }
    if not told:
        return ()
    return ((series.ended_ms / 1000, 1.0 if "diverged" in told else 0.0),)
