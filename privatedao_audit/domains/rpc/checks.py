"""The checks of RPC and network resilience. Each docstring is the rule in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from privatedao_audit.domains.custody.signers.labels import distinct
from privatedao_audit.domains.rpc.agreement import agreeing, never_empty
from privatedao_audit.domains.rpc.endpoints import apart, serving, standing
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.freshness import blockhashes, freshness
from privatedao_audit.domains.rpc.health import checking
from privatedao_audit.domains.rpc.judging import Measured, measured, register_parts
from privatedao_audit.domains.rpc.practice import alerting, failover
from privatedao_audit.model.finding import Judgement, Part, judgement
from privatedao_audit.model.limits import Limits

__all__ = ["CHECKS"]

_NOTHING = "Nothing was measured."


def _over(
    facts: RpcFacts,
    limits: Limits,
    parts: Callable[[Measured], Iterable[Part]],
    good: str,
) -> Judgement:
    """A judgement over the registered endpoints and the series that counts."""
    series, bad = measured(facts, limits)

    def all_of_them() -> Iterator[Part]:
        yield from register_parts(facts, limits)
        yield from bad
        if series is not None:
            yield from parts(series)

    return judgement(distinct(all_of_them()), good=good, nothing=_NOTHING)


def rp_01(facts: RpcFacts, limits: Limits) -> Judgement:
    """Each endpoint that the register has as primary was probed at its registered host, states
    the target's genesis hash, answered in 95 % of the rounds, and serves accounts, history, a
    known transaction and a filtered program scan. Measured by the kit it passes; a series at most
    1 h old that a registered key signed is ATTESTED; with neither it is UNKNOWN."""
    series, bad = measured(facts, limits)
    parts = [*serving("primary", facts, series, limits), *bad]
    good = "The primary endpoint answers, on the right cluster, with all that is needed."
    return judgement(distinct(parts), good=good, nothing=_NOTHING)


def rp_02(facts: RpcFacts, limits: Limits) -> Judgement:
    """Each endpoint that the register has as fallback serves what a primary must serve, on the
    same cluster, and stands apart from the primary: another operator by the register, another
    host, and no node identity that answered at both. Hosts below one domain are UNKNOWN, and a
    register without a fallback is MISSING."""
    series, bad = measured(facts, limits)
    parts = [*serving("fallback", facts, series, limits), *apart(facts, series), *bad]
    good = "The fallback is of another operator and serves the same."
    return judgement(distinct(parts), good=good, nothing=_NOTHING)


def rp_03(facts: RpcFacts, limits: Limits) -> Judgement:
    """At each registered endpoint the latest blockhash and the block height never stand still for
    longer than 10 s and the height advances over the series; of the blockhashes that an endpoint
    tells, each other endpoint takes 95 % within 10 s. With fewer than two endpoints it is
    UNKNOWN."""
    return _over(facts, limits, lambda m: blockhashes(facts, m),
                 "Blockhashes are fresh at each endpoint, and taken by the others.")  # fmt: skip


def rp_04(facts: RpcFacts, limits: Limits) -> Judgement:
    """Owner, executable flag, lamports and data of each program, ProgramData, DAO, treasury and
    mint of the target are equal at both endpoints; rentEpoch is not compared. A difference is
    read again with minContextSlot three times and is DIVERGED only if no transaction touched the
    account in between; an account that only one endpoint answered for is UNKNOWN."""
    return _over(facts, limits, lambda m: agreeing(facts, m),
                 "Each account is the same at both endpoints.")  # fmt: skip


def rp_05(facts: RpcFacts, limits: Limits) -> Judgement:
    """Over at least 30 probes in at least 60 s each endpoint is at most 32 slots behind each other
    in 95 % of the rounds, and its newest block is at most 60 s old by a clock that the endpoints'
    HTTP Dates confirm. A shorter series, and a clock that is not confirmed, are UNKNOWN; what
    getHealth says counts for nothing."""
    return _over(facts, limits, lambda m: freshness(facts, m),
                 "All endpoints keep up with each other and with the clock.")  # fmt: skip


def rp_06(facts: RpcFacts, limits: Limits) -> Judgement:
    """Executable rules in force fire on an endpoint that lags, is gone, or answers otherwise than
    the others, and not while all is well; each has severity, route and runbook. One of them fired
    within 180 days with a receipt, by the log of alerts or in a drill of the same rule file; what
    shows it is the team's own word, so it is ATTESTED."""
    if not facts.rules.files:
        return judgement([], good="", nothing="The target maps no alert rules of this cluster.")
    good = "Rules watch the endpoints, and one of them was seen to fire."
    return judgement(distinct(alerting(facts, limits)), good=good, nothing=_NOTHING)


def rp_07(facts: RpcFacts, limits: Limits) -> Judgement:
    """The register has at least two endpoints, the primary is no public one, and not all of them
    are public by its own word or by the kit's list of public hosts; two of different hosts and
    operators were probed and answered, and every probed endpoint is registered. A series that the
    team signed is ATTESTED, which does not suffice."""
    series, bad = measured(facts, limits)
    parts = [*standing(facts, series, limits), *bad]
    good = "The operation does not hang on a single public endpoint."
    return judgement(distinct(parts), good=good, nothing=_NOTHING)


def rp_08(facts: RpcFacts, limits: Limits) -> Judgement:
    """A record of the team's own client tells the times of the cut, of the switch and of the first
    good read, in this order and within an hour, between endpoints that the register has as
    primary and fallback. It is at most 180 days old, has an owner, and the client's log is kept
    with the hash that the record states; without a log it is ATTESTED."""
    good = "The team's client was seen to fail over."
    nothing = "The target maps no record of a failover (part rpc-drill)."
    return judgement(distinct(failover(facts, limits)), good=good, nothing=nothing)


def rp_09(facts: RpcFacts, limits: Limits) -> Judgement:
    """Each registered endpoint answers for accounts, a history and a transaction that are known to
    exist, and a filtered scan of the program's accounts returns the DAO, which fits the filter.
    An empty answer fails, a refusal is UNKNOWN, and what only the team measured is UNKNOWN."""
    return _over(facts, limits, lambda m: never_empty(facts, m),
                 "No endpoint answers empty for what exists.")  # fmt: skip


def rp_10(facts: RpcFacts, limits: Limits) -> Judgement:
    """The team's health scripts ask for genesis hash, blockhash, slot and accounts, and can end
    badly. A committed output at most 180 days old tells of two hosts on the target's cluster,
    with blockhash, comparable slots and account reads, and calls good only what its own figures
    bear out; another output has a bad outcome. That an outcome can be bad is never concluded from
    a script's text alone."""
    good = "The team's health checks ask what they must, and have been seen to fail."
    return judgement(distinct(checking(facts, limits)), good=good, nothing=_NOTHING)


#: Control id → check.
CHECKS: dict[str, Callable[[RpcFacts, Limits], Judgement]] = {
    "RP-01": rp_01, "RP-02": rp_02, "RP-03": rp_03, "RP-04": rp_04, "RP-05": rp_05,
    "RP-06": rp_06, "RP-07": rp_07, "RP-08": rp_08, "RP-09": rp_09, "RP-10": rp_10,
}  # fmt: skip
