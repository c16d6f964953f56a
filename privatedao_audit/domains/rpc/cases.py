"""Cases of RPC resilience: facts of a known truth, and what each check must say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from privatedao_audit.chain.series.asking import NO_ENDPOINT
from privatedao_audit.chain.series.model import NEEDS
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.rpc import invented as i
from privatedao_audit.domains.rpc.cases_practice import PRACTICE
from privatedao_audit.domains.rpc.facts import RpcFacts
from privatedao_audit.domains.rpc.invented import FIRST, GOOD, SECOND, facts, measured, row
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Unknown
from privatedao_audit.model.status import Status

__all__ = ["CASES"]

_FAIL, _UNKNOWN, _OK = Status.FAIL, Status.UNKNOWN, Status.PASS
_MISSING, _STALE, _ATTESTED = Status.MISSING, Status.STALE, Status.ATTESTED
_DIVERGED = Status.DIVERGED

_NONE = Unknown(NO_ENDPOINT)
_MEASURED = tuple(f"RP-{n:02}" for n in (1, 2, 3, 4, 5, 7, 9))
_REGISTER = "rpc-register.toml"


def _registered(*rows: Any, **change: Any) -> RpcFacts:
    return facts(registers=(i.paper(_REGISTER, rows, **change),))


def _second(**change: Any) -> RpcFacts:
    return _registered(row(FIRST), row(SECOND, **change))


def _signed(**change: Any) -> RpcFacts:
    return facts(series=_NONE, signed=(i.signed(**change),))


def _served(label: str, what: str, **change: Any) -> RpcFacts:
    return measured(served={(label, what): change})


def _always(**change: Any) -> i.Node:
    return lambda label, number: i.seen(label, number, **change)


def _shared() -> Iterator[Case]:
    """What holds for every control that rests on the series and the register."""
    old = i.series()
    ago = replace(old, began_ms=old.began_ms - 4_000_000, ended_ms=old.ended_ms - 4_000_000)
    apart = Diverged("two copies differ", in_checkout("apart"))
    for control in _MEASURED:
        signed = _UNKNOWN if control == "RP-09" else _ATTESTED
        rows: list[tuple[str, RpcFacts, Status]] = [
            ("all is well", GOOD, _OK),
            ("measured and signed by the team", _signed(), signed),
            ("nothing was measured", facts(series=_NONE), _UNKNOWN),
            ("the series of an hour ago", _signed(series=Found(ago, in_checkout("s"))), _STALE),
            ("signed by a key that nobody registered", _signed(known=False), _FAIL),
            ("a signature that does not hold", _signed(fault="the key did not sign this line"),
             _FAIL),
            ("a series of another cluster", _signed(series=Found(
                replace(old, genesis=i.OTHER_GENESIS), in_checkout("s"))), _FAIL),
            ("slots of another time than it says", _signed(
                block_time=Found(i.NOW - i.DAY, in_checkout("t"))), _FAIL),
            ("the signed series is not there", _signed(
                series=ProvenAbsent(in_checkout("s"))), _MISSING),
            ("the signed series does not decode", _signed(
                series=Unknown("rounds: too few", in_checkout("s"))), _UNKNOWN),
            ("no register", facts(registers=()), _UNKNOWN),
            ("an empty register", _registered(), _UNKNOWN),
            ("two copies of the register differ", facts(
                registers=(i.paper(_REGISTER, apart),)), _DIVERGED),
            ("the second endpoint was probed at another host", measured(
                plan=replace(old.plan, endpoints=(
                    old.plan.endpoints[0], replace(old.plan.endpoints[1], host="else.test")))),
             _UNKNOWN),
        ]  # fmt: skip
        for name, given, expected in rows:
            if control == "RP-01" and "second endpoint" in name:
                continue  # The primary is sound.
            yield Case(control, name, given, expected)


def _dated() -> Iterator[Case]:
    """A register that can't be relied on."""
    for control in ("RP-01", "RP-02", "RP-07"):
        label = FIRST if control == "RP-01" else SECOND

        def changed(label: str = label, **change: Any) -> RpcFacts:
            return _registered(*(row(one, **(change if one == label else {}))
                                 for one in (FIRST, SECOND)))  # fmt: skip

        yield Case(control, "a row without an owner", changed(owner=""), _MISSING)
        yield Case(control, "a row without a date", changed(date=None), _MISSING)
        yield Case(control, "a row of a year ago", changed(date="2024-12-31"), _STALE)
        yield Case(
            control,
            "a register that no commit holds",
            facts(
                registers=(
                    i.paper(_REGISTER, (row(FIRST), row(SECOND)), ProvenAbsent(in_checkout("git"))),
                )
            ),
            _UNKNOWN,
        )


def _serving(control: str, label: str) -> Iterator[Case]:
    """What holds for whoever serves the operation."""
    bad: dict[str, tuple[RpcFacts, Status]] = {
        "another cluster": (_served(label, "genesis", value=i.OTHER_GENESIS), _FAIL),
        "does not say its cluster": (
            _served(label, "genesis", outcome="refused", value="", reason="HTTP 503"), _FAIL),
        "does not serve history": (
            _served(label, "history", outcome="refused", reason="error -32601"), _FAIL),
        "an empty scan": (
            _served(label, "program scan", outcome="empty", reason="0 accounts"), _FAIL),
        "no transaction is known": (
            _served(label, "transaction", outcome="unknown", reason="none"), _UNKNOWN),
        "was not asked for accounts": (_without(label, "accounts"), _UNKNOWN),
        "gone in every round": (_gone(label, lambda n: True), _FAIL),
        "gone in one round of ten": (_gone(label, lambda n: n % 10 == 3), _FAIL),
        "a storm of 429": (_gone(label, lambda n: n > 10, limited=8), _FAIL),
        "gone in one round": (_gone(label, lambda n: n == 3), _OK),
    }  # fmt: skip
    for name, (given, expected) in bad.items():
        yield Case(control, name, given, expected)


def _without(label: str, what: str) -> RpcFacts:
    whole = i.series()
    left = tuple(one for one in whole.served if (one.label, one.what) != (label, what))
    return facts(series=Found(replace(whole, served=left), GOOD.series.at))


def _gone(label: str, when: Any, **change: Any) -> RpcFacts:
    def node(one: str, number: int) -> Any:
        return i.gone(one, number, **change) if when(number) else i.seen(one, number)

    return measured(node, i.seen) if label == FIRST else measured(i.seen, node)


def _nobody() -> RpcFacts:
    """No endpoint answers at all: the fault may lie with the network of who measured."""
    lost = {(label, what): {"outcome": "refused", "value": "", "reason": "could not connect"}
            for label in (FIRST, SECOND)
            for what in ("genesis", *NEEDS)}  # fmt: skip
    return measured(i.gone, i.gone, served=lost)


def _rp_01_02_07() -> Iterator[Case]:
    yield from _serving("RP-01", FIRST)
    yield from _serving("RP-02", SECOND)
    for control in ("RP-01", "RP-02", "RP-03", "RP-04", "RP-05", "RP-09"):
        yield Case(control, "nobody answers", _nobody(), _UNKNOWN)
    yield Case("RP-01", "no primary", _registered(row(FIRST, role="fallback"), row(SECOND)),
               _MISSING)  # fmt: skip
    one = i.series(second=None)
    alone = facts(series=Found(one, GOOD.series.at), registers=(i.paper(_REGISTER, (row(FIRST),)),))
    twins = _always(identity=i.node("both"))
    two = [
        ("no fallback", _registered(row(FIRST)), _MISSING),
        ("a fallback to no primary", _registered(row(SECOND)), _MISSING),
        ("one operator, written otherwise", _second(operator="operator  of FIRST"), _FAIL),
        ("two labels of one host", _second(host=i.HOSTS[FIRST]), _FAIL),
        ("one node behind both", measured(twins, twins), _FAIL),
        ("one node behind both, once in a while", measured(i.seen, lambda label, n: i.seen(
            label, n, **({"identity": i.node(FIRST)} if n == 9 else {}))), _FAIL),
        ("a node that does not tell its identity", measured(i.seen, _always(identity=None)),
         _UNKNOWN),
        ("the fallback was not probed", facts(series=Found(one, GOOD.series.at)), _UNKNOWN),
        ("two operators below one domain", facts(
            registers=(i.paper(_REGISTER, (row(FIRST, host="a.rpc.example"),
                                           row(SECOND, host="b.rpc.example"))),)), _UNKNOWN),
    ]  # fmt: skip
    for name, given, expected in two:
        yield Case("RP-02", name, given, expected)
    public = "api.devnet.solana.com"
    standing = [
        ("one endpoint alone", alone, _FAIL),
        ("one public endpoint", _registered(row(FIRST, access="public")), _FAIL),
        ("public endpoints alone", _registered(
            row(FIRST, access="public"), row(SECOND, access="public")), _FAIL),
        ("a public primary", _registered(row(FIRST, access="public"), row(SECOND)), _FAIL),
        ("a public host that calls itself our own", _registered(
            row(FIRST, host=public, access="own"), row(SECOND)), _FAIL),
        ("a public fallback", _second(access="public"), _OK),
        ("access is not said", _second(access=""), _UNKNOWN),
        ("one operator behind both", _second(operator="Operator of first"), _FAIL),
        ("the second was not probed", facts(series=Found(one, GOOD.series.at)), _UNKNOWN),
        ("the second is never there", _gone(SECOND, lambda n: True), _UNKNOWN),
        ("a probed endpoint that stands in no register", measured(plan=replace(
            i.series().plan, endpoints=(*i.series().plan.endpoints,
                                        replace(i.series().plan.endpoints[0], label="third")))),
         _MISSING),
    ]  # fmt: skip
    for name, given, expected in standing:
        yield Case("RP-07", name, given, expected)


def _seldom(apart: int) -> RpcFacts:
    """A series whose rounds are so many milliseconds apart."""
    whole = i.series()
    rounds = tuple(replace(one, since_ms=one.number * apart) for one in whole.rounds)
    return facts(series=Found(replace(whole, rounds=rounds), GOOD.series.at))


def _rp_03() -> Iterator[Case]:
    frozen = _always(blockhash=i.node("stale"))
    slow = [
        ("a blockhash that never changes", measured(frozen), _FAIL),
        ("a blockhash that stands still for 20 s", measured(lambda label, n: i.seen(
            label, n, **({"blockhash": i.node("stuck")} if 5 <= n <= 15 else {}))), _FAIL),
        ("a blockhash that stands still for 4 s", measured(lambda label, n: i.seen(
            label, n, **({"blockhash": i.node("stuck")} if 5 <= n <= 7 else {}))), _OK),
        ("a block height that never changes", measured(_always(height=4_900)), _FAIL),
        ("a block height that falls", measured(
            lambda label, n: i.seen(label, n, height=9_000 - n)), _FAIL),
        ("blockhashes that the other refuses", measured(valid=False), _FAIL),
        ("taken after 20 s", measured(after_ms=20_000), _UNKNOWN),
        ("whether they are taken was not told", measured(valid=None), _UNKNOWN),
        ("no blockhash at all", measured(_always(blockhash=None)), _UNKNOWN),
        ("asked once a minute", _seldom(60_000), _UNKNOWN),
        ("asked every ten seconds", _seldom(10_000), _OK),
        ("one endpoint", measured(second=None), _UNKNOWN),
    ]  # fmt: skip
    for name, given, expected in slow:
        yield Case("RP-03", name, given, expected)


def _rp_04() -> Iterator[Case]:
    told = [
        ("the treasury differs", measured(
            compared={"outcome": "diverged", "reason": "first and second differ on lamports"}),
         _DIVERGED),
        ("a treasury without an account", measured(compared={"outcome": "absent"}), _OK),
        ("only one answered for the treasury", measured(
            compared={"outcome": "single", "reason": "only first answered"}), _UNKNOWN),
        ("the treasury moved while it was read", measured(
            compared={"outcome": "unknown", "reason": "moving while read"}), _UNKNOWN),
        ("nobody has the DAO", _absent("DAO"), _UNKNOWN),
        ("the mint was left out of the series", _left_out("mint"), _UNKNOWN),
        ("nothing was compared", facts(series=Found(
            replace(i.series(), compared=()), GOOD.series.at)), _UNKNOWN),
        ("one endpoint", measured(second=None), _UNKNOWN),
        ("another cluster", _served(SECOND, "genesis", value=i.OTHER_GENESIS), _FAIL),
        ("the target names no account", facts(subjects=()), _UNKNOWN),
    ]  # fmt: skip
    for name, given, expected in told:
        yield Case("RP-04", name, given, expected)


def _absent(what: str) -> RpcFacts:
    whole = i.series()
    rows = tuple(
        replace(one, outcome="absent", digest="") if one.what.startswith(what) else one
        for one in whole.compared
    )
    return facts(series=Found(replace(whole, compared=rows), GOOD.series.at))


def _left_out(what: str) -> RpcFacts:
    whole = i.series()
    rows = tuple(one for one in whole.compared if not one.what.startswith(what))
    return facts(series=Found(replace(whole, compared=rows), GOOD.series.at))


def _rp_05() -> Iterator[Case]:
    def late(by: int, when: Any = lambda n: True) -> i.Node:
        def node(label: str, n: int) -> Any:
            one = i.seen(label, n)
            slots = {name: slot - by * when(n) for name, slot in one.slots.items()}
            return replace(one, slots=slots)

        return node

    def skewed(seconds: int) -> i.Node:
        return lambda label, n: i.seen(label, n, date=i.seen(label, n).at_ms // 1000 - seconds)

    told = [
        ("33 slots behind, and ok by its own word", measured(i.seen, late(33)), _FAIL),
        ("the primary is behind", measured(late(40)), _FAIL),
        ("32 slots behind", measured(i.seen, late(32)), _OK),
        ("behind in one round", measured(i.seen, late(500, lambda n: n == 7)), _OK),
        ("behind in two rounds of 32", measured(i.seen, late(500, lambda n: n in (7, 8))), _FAIL),
        ("blocks of two minutes ago", measured(*(2 * [
            lambda label, n: i.seen(label, n, clock_time=i.seen(label, n).at_ms // 1000 - 120)])),
         _FAIL),
        ("29 probes", measured(rounds=29), _UNKNOWN),
        ("30 probes over 58 s", measured(rounds=30), _UNKNOWN),
        ("no round at all", measured(rounds=0), _UNKNOWN),
        ("broken off", measured(plan=replace(i.series().plan, probes=60)), _UNKNOWN),
        ("the clock here is a minute ahead", measured(skewed(60), skewed(60)), _UNKNOWN),
        ("one server's clock is behind", measured(i.seen, skewed(90)), _UNKNOWN),
        ("no HTTP Date", measured(_always(date=None), _always(date=None)), _UNKNOWN),
        ("the cluster's clock was not told", measured(_always(clock_time=None)), _UNKNOWN),
        ("no slot told by the second", measured(i.seen, _always(slots={})), _UNKNOWN),
        ("one endpoint", measured(second=None), _UNKNOWN),
    ]  # fmt: skip
    for name, given, expected in told:
        yield Case("RP-05", name, given, expected)


def _rp_09() -> Iterator[Case]:
    for need in ("accounts", "history", "transaction", "program scan"):
        empty = _served(SECOND, need, outcome="empty", value="", reason="nothing")
        yield Case("RP-09", f"empty for {need}", empty, _FAIL)
    lost = measured(compared={"outcome": "absent", "digest": ""})
    treasury = next(one.address for one in i.SUBJECTS if one.what.startswith("treasury"))
    for name, slot, expected in (("both deny what other providers have", 4_000, _FAIL),
                                 ("both deny what came later", 6_000, _OK)):  # fmt: skip
        known = Found({treasury: slot}, on_chain("accounts"))
        yield Case("RP-09", name, replace(lost, exists=known), expected)
    refused = _served(SECOND, "program scan", outcome="refused", value="", reason="error -32010")
    yield Case("RP-09", "refuses the scan", refused, _UNKNOWN)
    yield Case("RP-09", "was not asked for history", _without(FIRST, "history"), _UNKNOWN)


CASES: tuple[Case, ...] = (
    *_shared(),
    *_dated(),
    *_rp_01_02_07(),
    *_rp_03(),
    *_rp_04(),
    *_rp_05(),
    *_rp_09(),
    *PRACTICE,
)
