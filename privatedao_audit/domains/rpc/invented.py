"""Invented endpoints, their register and their series, for the cases of checks.

Two endpoints of two operators, 32 rounds over 62 s, of an operation with one program and one DAO.
Cases change one thing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from privatedao_audit.chain.series.model import (
    NEEDS,
    SCHEMA,
    Compared,
    Plan,
    Probed,
    Round,
    Seen,
    Series,
    Served,
    Valid,
)
from privatedao_audit.domains.authority.world import wallet
from privatedao_audit.domains.cases import in_checkout
from privatedao_audit.domains.monitoring.rules.invented import ALL_RULES
from privatedao_audit.domains.rpc.facts import (
    Drill,
    HealthOutput,
    HealthScript,
    RpcFacts,
    RpcRow,
    Signed,
    Subject,
    Told,
)
from privatedao_audit.domains.treasury.papers.facts import Paper
from privatedao_audit.model.reads import Found, Read, ReadAt, Unknown
from privatedao_audit.repository.health_scripts import Script

__all__ = [
    "DAY", "FIRST", "GENESIS", "GOOD", "NOW", "OTHER_GENESIS", "SECOND", "SUBJECTS", "facts",
    "measured", "node", "output", "paper", "row", "script", "seen", "series", "signed",
]  # fmt: skip

#: Reads of invented files are of 2026-01-01T00:00:00Z.
NOW: Final = 1_767_225_600
DAY: Final = 86_400
TODAY: Final = "2025-12-31"
FIRST, SECOND = "first", "second"
HOSTS: Final = {FIRST: "one.example", SECOND: "two.test"}
GENESIS, OTHER_GENESIS = wallet("genesis"), wallet("another genesis")
ROUNDS: Final = 32
SUBJECTS: Final = tuple(
    Subject(what, wallet(what))
    for what in ("program governance", "program data of governance", "DAO club",
                 "treasury of club", "mint club")
)  # fmt: skip
_STEP_MS: Final = 2_000
_BEGAN_MS: Final = NOW * 1000 - (ROUNDS - 1) * _STEP_MS
_SLOT: Final = 5_000

#: What a node answers in a round, by label and number of the round.
Node = Callable[[str, int], Seen]


def node(label: str) -> str:
    """The identity of the node behind an endpoint."""
    return wallet(f"node of {label}")


def seen(label: str, number: int, **change: Any) -> Seen:
    """A sound answer of one round: five slots a round, two seconds apart."""
    at_ms, slot = _BEGAN_MS + number * _STEP_MS, _SLOT + 5 * number
    one = Seen(
        at_ms=at_ms, date=at_ms // 1000,
        slots={"confirmed": slot, "processed": slot + 1, "finalized": slot - 31},
        health="ok", height=slot - 100, blockhash=wallet(f"hash {number} of {label}"),
        blockhash_slot=slot, clock_slot=slot, clock_time=at_ms // 1000 - 1, identity=node(label),
        asked=8, answered=8, limited=0, ms=(40, 41, 42, 43, 44, 45, 46, 47), errors=(),
    )  # fmt: skip
    return replace(one, **change) if change else one


def gone(label: str, number: int, **change: Any) -> Seen:
    """A round in which nothing usable came."""
    return seen(
        label, number, slots={}, health="", height=None, blockhash=None, blockhash_slot=None,
        clock_slot=None, clock_time=None, identity=None, answered=0, date=None,
        errors=("could not connect",), **change,
    )  # fmt: skip


def series(
    first: Node = seen,
    second: Node | None = seen,
    *,
    rounds: int = ROUNDS,
    valid: bool | None = True,
    after_ms: int = 60,
    compared: dict[str, Any] | None = None,
    served: dict[tuple[str, str], dict[str, Any]] | None = None,
    **change: Any,
) -> Series:
    """A series over both endpoints, or the first alone.

    Args:
        first, second: what they answer; None: there is no second.
        valid, after_ms: how each takes the other's blockhashes.
        compared: changes of the comparison of the treasury.
        served: (label, what) → changes of what was served.
    """
    nodes = {FIRST: first} if second is None else {FIRST: first, SECOND: second}
    made = tuple(
        Round(
            n, n * _STEP_MS, {label: one(label, n) for label, one in nodes.items()},
            tuple(Valid(of, by, n, after_ms, valid) for of in nodes for by in nodes if of != by),
        )
        for n in range(rounds)
    )  # fmt: skip
    pairs = () if second is None else tuple(
        replace(
            Compared(FIRST, SECOND, one.what, one.address, "equal", "", _SLOT, "0" * 64),
            **((compared or {}) if one.what.startswith("treasury") else {}),
        )
        for one in SUBJECTS
    )  # fmt: skip
    told = {("genesis", label): GENESIS for label in nodes} | {
        (need, label): "some" for need in NEEDS for label in nodes
    }
    answers = tuple(
        replace(Served(label, what, "served", value, ""), **(served or {}).get((label, what), {}))
        for (what, label), value in told.items()
    )
    whole = Series(
        schema=SCHEMA, target="invented", genesis=GENESIS, began_ms=_BEGAN_MS,
        ended_ms=_BEGAN_MS + (max(rounds, 1) - 1) * _STEP_MS,
        plan=Plan(rounds or 1, _STEP_MS, tuple(Probed(label, HOSTS[label]) for label in nodes)),
        rounds=made, compared=pairs, served=answers,
    )  # fmt: skip
    return replace(whole, **change)


_AT: Final = ReadAt(
    evidence=("r-series",), providers=(FIRST, SECOND), asked_at="2026-01-01T00:00:00.000Z"
)


def row(label: str = FIRST, **change: Any) -> RpcRow:
    """A row of the register: the first is primary, any other a fallback."""
    role = "primary" if label == FIRST else "fallback"
    host = HOSTS.get(label, f"{label}.example")
    one = RpcRow(label, host, f"Operator of {label}", role, "account", "on call", TODAY)
    return replace(one, **change)


def paper(file: str, said: Any, changed: Read[int] | None = None) -> Paper[Any]:
    """A document that was read and last changed a day before."""
    read = said if isinstance(said, (Unknown, Found)) or hasattr(said, "at") else Found(
        said, in_checkout(file)
    )  # fmt: skip
    at = in_checkout(f"history of {file}")
    return Paper(file, read, Found(NOW - DAY, at) if changed is None else changed)


def signed(one: Series | None = None, **change: Any) -> Signed:
    """A series that the team measured and a registered key signed."""
    said = Signed(
        "rpc-series.toml", "series.json", Found(one or series(), in_checkout("series.json")),
        wallet("signer"), "", True, Found(NOW - 10, in_checkout("block time")),
    )  # fmt: skip
    return replace(said, **change)


def drill(**change: Any) -> Drill:
    """A failover of the team's client, yesterday, with its log."""
    digest = sha256(b"log").hexdigest()
    one = Drill(
        client="keeper", primary=FIRST, fallback=SECOND, owner="on call", date=TODAY,
        cut_at="2025-12-31T10:00:00Z", switched_at="2025-12-31T10:00:12Z",
        served_at="2025-12-31T10:00:15Z", log="drills/failover.log", log_sha256=digest,
        found_sha256=Found(digest, in_checkout("drills/failover.log")),
    )  # fmt: skip
    return replace(one, **change)


def script(**change: Any) -> HealthScript:
    """A health script that asks for everything and can fail."""
    methods = {"getGenesisHash": 4, "getLatestBlockhash": 5, "getSlot": 6, "getAccountInfo": 7}
    one = replace(Script(methods, (12,), (), (), ""), **change)
    return HealthScript("health.sh", Found(one, in_checkout("health.sh")))


def output(good: bool = True, **change: Any) -> HealthOutput:
    """An output of the health checks: a good one, or one of a fallback that is behind."""
    slot = _SLOT if good else _SLOT - 4_000
    first = Told(HOSTS[FIRST], GENESIS, wallet("hash"), _SLOT, "")
    second = Told(HOSTS[SECOND], GENESIS, wallet("another hash"), slot, "")
    one = HealthOutput(first, second, 5, "ok" if good else "fail", TODAY)
    return replace(one, **change)


GOOD: Final = RpcFacts(
    cluster="localnet",
    genesis=GENESIS,
    subjects=SUBJECTS,
    series=Found(series(), _AT),
    registers=(paper("rpc-register.toml", (row(FIRST), row(SECOND))),),
    rules=ALL_RULES,
    drills=(paper("failover.toml", drill()),),
    scripts=(script(),),
    outputs=(paper("health.json", output()), paper("provoked.json", output(good=False))),
)


def facts(**change: Any) -> RpcFacts:
    """The sound facts with some members changed."""
    return replace(GOOD, **change)


def measured(*given: Any, **change: Any) -> RpcFacts:
    """The sound facts with another series; arguments as of :func:`series`."""
    return replace(GOOD, series=Found(series(*given, **change), _AT))
