"""What all checks of the endpoints share: the series that counts, and the registered endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privatedao_audit.chain.series.model import Seen, Series
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.custody.signers.dates import asked
from privatedao_audit.domains.rpc.facts import RpcFacts, RpcRow, Signed
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

__all__ = [
    "ROLES", "Fault", "Measured", "Registered", "gone_by", "measured", "register_parts",
    "registered", "whole",
]  # fmt: skip

Fault = tuple[Status, str]

#: Roles of the register that the operation reads and sends through.
ROLES = ("primary", "fallback")
#: Clocks of two machines differ by so many seconds without anybody being wrong.
_CLOCKS = 120


@dataclass(frozen=True, slots=True)
class Measured:
    """The series that counts.

    Attributes:
        good: what a sound measurement is worth: PASS where the kit measured, ATTESTED where only
            the team says so.
    """

    series: Series
    at: ReadAt
    good: Status

    @property
    def by(self) -> str:
        """Who measured, as the end of a sentence."""
        return "" if self.good is Status.PASS else ", as the team measured and signed"


@dataclass(frozen=True, slots=True)
class Registered:
    """A row of a register in force, and where it stands."""

    row: RpcRow
    file: str
    at: ReadAt


def measured(facts: RpcFacts, limits: Limits) -> tuple[Measured | None, tuple[Part, ...]]:
    """The series that counts, and the parts that say what is wrong with it.

    One of this run goes before those that the team signed; of these the youngest that counts.
    """
    if isinstance(facts.series, Found):
        return Measured(facts.series.value, facts.series.at, Status.PASS), ()
    good: list[Measured] = []
    bad: list[Part] = []
    for one in facts.signed:
        status, text = _signed(one, facts, limits)
        at = joined(one.series.at, one.block_time.at)
        if status is Status.PASS and isinstance(one.series, Found):
            good.append(Measured(one.series.value, at, Status.ATTESTED))
        elif status is not Status.PASS:
            bad.append(Part(f"series {one.file}", status, text, at))
    if good:
        return max(good, key=lambda one: one.series.ended_ms), ()
    if not facts.signed:
        why = getattr(facts.series, "reason", "no series was measured")
        text = f"Nothing was measured: {why}, and the target maps no series that the team signed."
        bad.append(Part("series", Status.UNKNOWN, text, facts.series.at))
    return None, tuple(bad)


def _signed(one: Signed, facts: RpcFacts, limits: Limits) -> Fault:
    """Whether a signed series counts, and a sentence why not."""
    what = f"The signed series of {one.file}"
    if not isinstance(one.series, Found):
        absent = f"{what} is not in the checkout."
        part = unread(one.file, one.series, absent=Status.MISSING, absent_summary=absent)
        return part.status, part.summary
    if one.fault:
        return Status.FAIL, f"{what} does not count: {one.fault}."
    series = one.series.value
    if series.genesis != facts.genesis:
        return Status.FAIL, f"{what} is of the cluster of genesis {series.genesis}."
    if not one.known:
        return Status.FAIL, f"{what} is signed by {one.signer}, which no register names."
    now, ended = asked(one.series.at.asked_at), series.ended_ms // 1000
    if now is None:
        return Status.UNKNOWN, f"When {one.file} was read is not known."
    if ended > now + _CLOCKS:
        return Status.FAIL, f"{what} ended {ended - now} s after it was read."
    if now - ended > limits.rpc_series_age_seconds:
        text = f"ended {spoken(now - ended)} before it was read, more than"
        return Status.STALE, f"{what} {text} {spoken(limits.rpc_series_age_seconds)}."
    if isinstance(one.block_time, Found) and abs(one.block_time.value - ended) > _CLOCKS:
        apart = abs(one.block_time.value - ended)
        return Status.FAIL, f"The last slot that {one.file} tells was made {apart} s from its end."
    return Status.PASS, ""


def registered(facts: RpcFacts, *roles: str) -> list[Registered]:
    """The rows of the registers in force, those of some roles or all."""
    return [
        Registered(row, paper.file, joined(paper.said.at, paper.changed.at))
        for paper in facts.registers
        if isinstance(paper.said, Found)
        for row in paper.said.value
        if not roles or row.role in roles
    ]


def register_parts(facts: RpcFacts, limits: Limits, roles: Sequence[str] = ROLES) -> Iterator[Part]:
    """A part per register that was not read, and per row that can't be relied on."""
    if not facts.registers:
        text = "The target maps no RPC register, so which endpoints are the operation's is open."
        yield Part("register", Status.UNKNOWN, text)
    for paper in facts.registers:
        if not isinstance(paper.said, Found):
            text = f"The RPC register {paper.file} is not in the checkout."
            yield unread(
                f"register {paper.file}", paper.said, absent=Status.MISSING, absent_summary=text
            )
            continue
        at = joined(paper.said.at, paper.changed.at)
        if not paper.said.value:
            text = f"The RPC register {paper.file} has no row."
            yield Part(f"register {paper.file}", Status.UNKNOWN, text, at)
        for row in paper.said.value:
            if row.role not in roles:
                continue
            named = {"label": row.label, "host": row.host, "operator": row.operator,
                     "owner": row.owner}  # fmt: skip
            silent = [name for name, text in named.items() if blank(text)]
            status, told = age(paper, row.date, limits.register_age_seconds)
            if silent:
                status, told = Status.MISSING, f"it gives no {silent[0]}"
            label = f"row {row.label or row.host or '?'} of {paper.file}"
            seen = {"host": row.host, "operator": row.operator, "role": row.role}
            if status is Status.PASS:
                text = (
                    f"The register names {row.label} at {row.host} of {row.operator} as {row.role}."
                )
            else:
                text = f"The row {row.label!r} of {paper.file} can't be relied on: {told}."
            yield Part(label, status, text, at, observed=seen)
    rows = registered(facts)
    for label in sorted({one.row.label for one in rows}):
        same = [one for one in rows if one.row.label == label]
        if len({(one.row.host, one.row.operator.casefold()) for one in same}) > 1:
            at = joined(*(one.at for one in same))
            text = f"Two rows of the register name {label}, and say different things of it."
            yield Part(f"label {label}", Status.FAIL, text, at)


def whole(seen: Seen | None) -> bool:
    """Whether an endpoint answered what an operation can't do without, in one round."""
    return (
        seen is not None and "confirmed" in seen.slots and seen.height is not None
        and seen.blockhash is not None and seen.clock_time is not None
    )  # fmt: skip


def gone_by(one: Registered, m: Measured) -> Fault | None:
    """Why the series says nothing of a registered endpoint; None where it does."""
    row = one.row
    host = m.series.host(row.label)
    if host is None:
        return Status.UNKNOWN, f"{row.label} was not probed{m.by}"
    if host != row.host.casefold():
        return Status.UNKNOWN, f"{row.label} was probed at {host}, the register names {row.host}"
    genesis = m.series.told(row.label, "genesis")
    if genesis is None or genesis.outcome != "served":
        why = genesis.reason if genesis is not None and genesis.reason else "nothing was told"
        if any(whole(seen) for other in m.series.labels for seen in m.series.of(other)):
            return Status.FAIL, f"{row.label} does not say which cluster it serves: {why}"
        return Status.UNKNOWN, f"no endpoint answered, which may lie with the network here: {why}"
    if genesis.value != m.series.genesis:
        return Status.FAIL, f"{row.label} serves another cluster, of genesis {genesis.value}"
    return None
