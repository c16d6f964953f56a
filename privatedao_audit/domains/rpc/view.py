"""What notebook 03 shows beside its controls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from privatedao_audit.chain.series.model import NEEDS
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.freshness import ages, clock_offsets
from privatedao_audit.domains.rpc.judging import registered, whole
from privatedao_audit.domains.rpc.plots import (
    NO_SERIES,
    agreement,
    lag,
    latency,
    percentile,
    shown,
)
from privatedao_audit.model.reads import Found, ProvenAbsent, Read
from privatedao_audit.view.table import Ordinary, Table

__all__ = [
    "agreement", "checks", "endpoints", "freshness", "lag", "latency", "own_failover", "served",
    "taken",
]  # fmt: skip

_NO_REGISTER = "The target maps no RPC register, and nothing was probed."


def endpoints(facts: RpcFacts) -> Table:
    """The registered endpoints beside those that were probed."""
    import pandas as pd

    m = shown(facts)
    rows: list[tuple[Any, ...]] = []
    named = set()
    for one in registered(facts):
        row = one.row
        named.add(row.label)
        rows.append((row.label, row.role, row.host, row.operator, row.access or "not said",
                     *_probed(m, row.label)))  # fmt: skip
    for label in m.series.labels if m is not None else ():
        if label not in named:
            rows.append((label, "not registered", "", "", "", *_probed(m, label)))
    columns = ["label", "role", "registered host", "operator", "access", "probed host",
               "answered in", "refused for number", "own health check said ok"]  # fmt: skip
    when = "" if m is None else (
        f" The series of {len(m.series.rounds)} probes ended at {_utc(m.series.ended_ms)}"
        f"{', measured and signed by the team' if m.by else ''}."
    )  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        f"Which endpoints does the operation use, and did they answer?{when}",
        _NO_REGISTER,
    )


def _probed(m: Any, label: str) -> tuple[Any, ...]:
    if m is None or m.series.host(label) is None:
        return ("not probed", "", "", "")
    seen = m.series.of(label)
    return (
        m.series.host(label), f"{sum(map(whole, seen))} of {len(seen)} rounds",
        sum(one.limited for one in seen if one is not None),
        sum(one is not None and one.health == "ok" for one in seen),
    )  # fmt: skip


def served(facts: RpcFacts) -> Table:
    """What each endpoint serves of what an operation needs."""
    import pandas as pd

    m = shown(facts)
    order = ("genesis", "version", "first available block", *NEEDS)
    rows = [] if m is None else [
        (one.label, one.what, one.outcome, one.value or "nothing", one.reason or "nothing")
        for label in m.series.labels
        for what in order
        if (one := m.series.told(label, what)) is not None
    ]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=["endpoint", "what", "outcome", "told", "what is amiss"],
                     dtype=object),
        "What does each endpoint serve? Empty means that it lacks what is known to exist.",
        NO_SERIES,
        ordinary=Ordinary(
            [row[2] == "served" and row[4] == "nothing" for row in rows],
            "the endpoint serves what was asked for",
        ),
    )  # fmt: skip


def taken(facts: RpcFacts) -> Table:
    """Blockhashes of each endpoint, and whether the others took them."""
    import pandas as pd

    m = shown(facts)
    rows = []
    for of in m.series.labels if m is not None else ():
        assert m is not None
        hashes = [seen.blockhash for seen in m.series.of(of) if seen is not None and seen.blockhash]
        heights = [seen.height for seen in m.series.of(of)
                   if seen is not None and seen.height is not None]  # fmt: skip
        grown = heights[-1] - heights[0] if heights else None
        for by in m.series.labels:
            if by == of:
                continue
            asked = [v for turn in m.series.rounds for v in turn.valid if (v.of, v.by) == (of, by)]
            yes = [v.after_ms for v in asked if v.valid]
            rows.append((of, len(hashes), len(set(hashes)), grown, by, len(yes),
                         percentile(yes, 95) if yes else None))  # fmt: skip
    columns = ["endpoint", "blockhashes", "different ones", "blocks in the series", "asked at",
               "taken", "95 % taken within (ms)"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Do blockhashes change all the time, and does the other endpoint take them?",
        NO_SERIES if m is None else "Only one endpoint was probed.",
    )


def freshness(facts: RpcFacts) -> Table:
    """Age of the newest block at each endpoint, and how the clocks compare."""
    import pandas as pd

    m = shown(facts)
    rows = []
    for label in m.series.labels if m is not None else ():
        assert m is not None
        old, apart = ages(m, label), clock_offsets(m, label)
        rows.append((label, len(old), percentile(old, 50) if old else None,
                     percentile(old, 95) if old else None, max(old) if old else None,
                     percentile(apart, 50) if apart else None))  # fmt: skip
    columns = ["endpoint", "probes", "age, 50 % (s)", "age, 95 % (s)", "oldest (s)",
               "this clock ahead of HTTP Date (ms)"]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "How old was the newest block at each endpoint, by a clock that was itself checked?",
        NO_SERIES,
    )


def checks(facts: RpcFacts) -> Table:
    """What the team's health scripts and their outputs show."""
    import pandas as pd

    rows: list[tuple[str, str, str, str]] = []
    for script in facts.scripts:
        read = script.script
        if isinstance(read, Found):
            asks = ", ".join(sorted(read.value.asks)) or "nothing of it"
            ends = ", ".join(map(str, read.value.fails[:6])) or "nowhere"
            rows.append((script.file, "script", f"asks for {asks}", f"ends badly on line {ends}"))
        else:
            rows.append((script.file, "script", _why(read), ""))
    for paper in facts.outputs:
        if isinstance(paper.said, Found):
            one = paper.said.value
            seen = ", ".join(f"{told.host} at {told.slot}" for told in (one.primary, one.fallback))
            outcome = f"outcome {one.outcome or one.primary.outcome!r}"
            rows.append((paper.file, "output", outcome, seen))
        else:
            rows.append((paper.file, "output", _why(paper.said), ""))
    return Table(
        pd.DataFrame(rows, columns=["file", "what", "shows", "and"], dtype=object),
        "What do the team's own health checks ask, and what did they write?",
        "The target maps no health script and no output.",
    )


def own_failover(facts: RpcFacts) -> Table:
    """The kit's own failover, a self-check of the run."""
    import pandas as pd

    read = facts.own_failover
    told = (
        f"{read.value} answered once the first provider was cut off" if isinstance(read, Found)
        else _why(read)
    )  # fmt: skip
    return Table(
        pd.DataFrame([(told,)], columns=["what happened"], dtype=object),
        "Does the kit itself fail over? A self-check of this run, which no control counts.",
        "It was not tried.",
    )


def _why(read: Read[Any]) -> str:
    if isinstance(read, ProvenAbsent):
        return "is not in the checkout"
    return str(getattr(read, "reason", "was not read"))


def _utc(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
