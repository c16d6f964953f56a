"""RP-01, RP-02 and RP-07: who serves the operation, and whether they stand apart."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from privatedao_audit.chain.series.model import NEEDS
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.judging import (
    ROLES,
    Fault,
    Measured,
    Registered,
    gone_by,
    register_parts,
    registered,
    whole,
)
from privatedao_audit.model.finding import Part
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import joined
from privatedao_audit.model.status import Status, worst

__all__ = ["PUBLIC_HOSTS", "SHARE", "apart", "serving", "standing"]

#: Percent of the rounds in which an endpoint must answer.
SHARE: Final = 95
#: Hosts that serve anybody without an account (docs of solana.com, "Clusters and public RPC
#: endpoints", and the operators' own pages).
PUBLIC_HOSTS: Final = frozenset(
    {
        "api.mainnet-beta.solana.com", "api.mainnet.solana.com", "api.devnet.solana.com",
        "api.testnet.solana.com", "solana-api.projectserum.com", "rpc.ankr.com",
        "solana-rpc.publicnode.com", "solana.publicnode.com", "solana.drpc.org",
        "public.rpc.solanavibestation.com", "solana.api.onfinality.io", "go.getblock.io",
    }
)  # fmt: skip
_ACCESS: Final = ("account", "own", "public")


def serving(role: str, facts: RpcFacts, m: Measured | None, limits: Limits) -> Iterator[Part]:
    """The parts of one role: the register's rows, and how each endpoint serves."""
    yield from register_parts(facts, limits, (role,))
    rows = registered(facts, role)
    if not rows and registered(facts):
        at = joined(*(one.at for one in registered(facts)))
        text = f"The register names no {role} endpoint."
        yield Part(role, Status.MISSING, text, at)
    for one in rows if m is not None else ():
        assert m is not None
        yield _serves(one, m)


def _serves(one: Registered, m: Measured) -> Part:
    label, row = f"{one.row.role} {one.row.label}", one.row
    at = joined(m.at, one.at)
    gone = gone_by(one, m)
    if gone is not None:
        return Part(label, gone[0], f"The {row.role} {gone[1]}.", at)
    faults = [*_reached(one, m), *_needs(one, m)]
    seen = {need: _outcome(m, row.label, need) for need in NEEDS}
    if not faults:
        told = f"The {row.role} {row.label} answered, and serves {', '.join(NEEDS)}{m.by}."
        return Part(label, m.good, told, at, observed=seen)
    status = worst(status for status, _ in faults)
    clauses = [text for _s, text in sorted(faults, key=lambda fault: fault[0] is not status)]
    return Part(label, status, f"The {row.role} {row.label} {'; '.join(clauses)}.", at, seen)


def _outcome(m: Measured, label: str, need: str) -> str:
    told = m.series.told(label, need)
    return "not asked" if told is None else told.outcome


def _reached(one: Registered, m: Measured) -> Iterator[Fault]:
    seen = m.series.of(one.row.label)
    good, total = sum(map(whole, seen)), len(seen)
    if not total:
        yield Status.UNKNOWN, "was not probed in any round"
    elif good * 100 < SHARE * total:
        limited = sum(answer.limited for answer in seen if answer is not None)
        why = f", {limited} answers were refused for their number" if limited else ""
        errors = [e for answer in seen if answer is not None for e in answer.errors]
        shown = f" ({errors[0]})" if errors else ""
        yield Status.FAIL, f"answered in {good} of {total} rounds{why}{shown}"


def _needs(one: Registered, m: Measured) -> Iterator[Fault]:
    for need in NEEDS:
        told = m.series.told(one.row.label, need)
        if told is None:
            yield Status.UNKNOWN, f"was not asked for {need}"
        elif told.outcome == "empty":
            yield Status.FAIL, f"answers empty for {need}: {told.reason}"
        elif told.outcome == "refused":
            yield Status.FAIL, f"does not serve {need}: {told.reason}"
        elif told.outcome == "unknown":
            yield Status.UNKNOWN, f"could not be tried on {need}: {told.reason}"


def apart(facts: RpcFacts, m: Measured | None) -> Iterator[Part]:
    """Whether each fallback is of another operator, host and node than each primary."""
    primaries = registered(facts, "primary")
    if registered(facts, "fallback") and not primaries:
        at = joined(*(one.at for one in registered(facts)))
        text = "The register names no primary endpoint that a fallback could stand apart from."
        yield Part("primary", Status.MISSING, text, at)
    for fallback in registered(facts, "fallback"):
        for primary in primaries:
            yield _apart(primary, fallback, m)


def _apart(primary: Registered, fallback: Registered, m: Measured | None) -> Part:
    one, other = primary.row, fallback.row
    label = f"{one.label} and {other.label}"
    at = joined(primary.at, fallback.at)
    seen = {"operators": [one.operator, other.operator], "hosts": [one.host, other.host]}

    def part(status: Status, text: str) -> Part:
        where = at if m is None else joined(m.at, at)
        return Part(label, status, text, where, observed=seen)

    if _same(one.operator, other.operator):
        return part(Status.FAIL, f"{label} are both run by {one.operator}.")
    if one.host.casefold() == other.host.casefold():
        return part(Status.FAIL, f"{label} are one host, {one.host}.")
    if m is None:
        return part(Status.UNKNOWN, f"Which nodes answer at {label} was not measured.")
    nodes = {row.label: _identities(m, row.label) for row in (one, other)}
    shared = nodes[one.label] & nodes[other.label]
    if shared:
        return part(Status.FAIL, f"{label} are served by one node, {min(shared)}.")
    silent = [name for name, found in nodes.items() if not found]
    if silent:
        return part(Status.UNKNOWN, f"Which node answers at {silent[0]} is not known.")
    if (domain := _domain(one.host)) and domain == _domain(other.host):
        text = f"{label} are registered to two operators, and both hosts are below {domain}."
        return part(Status.UNKNOWN, text)
    return part(m.good, f"{label} are of two operators, and different nodes answered{m.by}.")


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _identities(m: Measured, label: str) -> frozenset[str]:
    seen = m.series.of(label)
    return frozenset(one.identity for one in seen if one is not None and one.identity is not None)


def _domain(host: str) -> str:
    """The last two names of a host; empty for an address or a bare name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        names = host.casefold().rstrip(".").split(".")
        return ".".join(names[-2:]) if len(names) > 1 else ""
    return ""


def standing(facts: RpcFacts, m: Measured | None, limits: Limits) -> Iterator[Part]:
    """The parts of RP-07: the operation does not hang on one endpoint that serves anybody."""
    yield from register_parts(facts, limits)
    rows = registered(facts, *ROLES)
    if not rows:
        return
    at = joined(*(one.at for one in rows))
    hosts = sorted({one.row.host.casefold() for one in rows})
    public = [host for host in hosts if _public(host, rows)]
    seen = {"hosts": hosts, "public": public}
    for one in rows:
        said = one.row.access
        if said not in _ACCESS and one.row.host.casefold() not in PUBLIC_HOSTS:
            text = (
                f"Whether {one.row.label} serves anybody is not said: access is "
                f"{' or '.join(_ACCESS)}."
            )
            yield Part(f"access of {one.row.label}", Status.UNKNOWN, text, one.at)
    if len(hosts) < 2:
        text = f"The operation hangs on one endpoint, {hosts[0]}."
        yield Part("endpoints", Status.FAIL, text, at, observed=seen)
    elif len(public) == len(hosts):
        text = f"The operation hangs on public endpoints alone: {', '.join(public)}."
        yield Part("endpoints", Status.FAIL, text, at, observed=seen)
    elif any(_public(one.row.host, rows) for one in rows if one.row.role == "primary"):
        text = f"The primary endpoint is a public one: {', '.join(public)}."
        yield Part("endpoints", Status.FAIL, text, at, observed=seen)
    elif m is not None:
        yield _probed_apart(rows, m, seen)
    for label in m.series.labels if m is not None else ():
        assert m is not None
        if label not in {one.row.label for one in registered(facts)}:
            text = f"The endpoint {label} is in use and stands in no register."
            yield Part(f"endpoint {label}", Status.MISSING, text, m.at)


def _public(host: str, rows: list[Registered]) -> bool:
    told = {one.row.access for one in rows if one.row.host.casefold() == host.casefold()}
    return host.casefold() in PUBLIC_HOSTS or "public" in told


def _probed_apart(rows: list[Registered], m: Measured, seen: object) -> Part:
    """At least two registered endpoints that answered, of two operators."""
    at = joined(m.at, *(one.at for one in rows))
    up = [one for one in rows if gone_by(one, m) is None and any(map(whole, m.series.of(
        one.row.label)))]  # fmt: skip
    operators = {" ".join(one.row.operator.casefold().split()) for one in up}
    if len({one.row.host.casefold() for one in up}) < 2 or len(operators) < 2:
        told = f"{len(up)} answered, of {len(operators)} operators"
        text = f"Of {len(rows)} registered endpoints {told}."
        status = Status.FAIL if len(operators) == 1 and len(up) > 1 else Status.UNKNOWN
        return Part("endpoints", status, text, at, observed=seen)
    text = f"{len(up)} endpoints of {len(operators)} operators answered, none alone"
    return Part("endpoints", m.good, f"{text}{m.by}.", at, observed=seen)
