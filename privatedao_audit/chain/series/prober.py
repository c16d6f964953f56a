"""Probes the endpoints of an operation, round by round, all of them at once.

A round asks every endpoint the same things at the same moment and keeps every answer whole; its
digest, in the shape of :mod:`privatedao_audit.chain.series.model`, is the answer that stands.
Nothing is asked twice: an answer that does not come is what is measured. Whether a blockhash of
one endpoint is taken by the others is asked in the round it was told in, and again in later ones
until ten seconds are over.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Self

from privatedao_audit.chain import answers
from privatedao_audit.chain.answers import BadShape, RpcError
from privatedao_audit.chain.attempts import AnyDoor
from privatedao_audit.chain.endpoints import Endpoint
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.series.asking import INTERVAL, NO_ENDPOINT, PROBES, SETTLE_MS
from privatedao_audit.chain.series.model import (
    MAX_PROBES,
    Level,
    Plan,
    Probed,
    Round,
    Seen,
    Valid,
    plain,
)
from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution
from privatedao_audit.evidence.records import timestamp
from privatedao_audit.evidence.redact import Redactor
from privatedao_audit.model import canonical

__all__ = ["Prober"]

#: Between two questions after a blockhash once the last round is over.
_RETRY: Final = 1.0
#: A probe is worth nothing when it comes after the next one.
_PATIENCE: Final = 10.0
_CLOCK: Final = "SysvarC1ock11111111111111111111111111111111"
_CLOCK_BYTES: Final = 40
_LIMITED: Final = frozenset({429, -32429})
_ERRORS: Final = 3
_CONFIRMED: Final = {"commitment": "confirmed"}


@dataclass(slots=True)
class _Reply:
    result: Any
    error: str
    exchange: Exchange
    ms: int
    at_ms: int
    limited: bool


@dataclass(slots=True)
class _Peer:
    label: str
    host: str
    door: AnyDoor


@dataclass(slots=True)
class _Told:
    """A blockhash, and who has still to say that it is valid there."""

    of: str
    number: int
    blockhash: str
    since: float
    open: set[str]


@dataclass(slots=True)
class _Trail:
    exchanges: list[Exchange] = field(default_factory=list)
    replies: dict[str, list[_Reply]] = field(default_factory=dict)


class Prober:
    """Implements ``Resolver`` for kind ``series``.

    Method ``plan`` → the plan; method ``round`` {number} → that round, in order from 0 on.

    Args:
        endpoints: the operation's, at least one; none: every answer is Unknown.
        probes: rounds; ``interval``: seconds between them.
        redactor: knows every secret of the run; by default those of these endpoints.
        clock, sleep, now: monotonic seconds, how to wait, and wall clock time.
        make_door: opens an endpoint; replaced in tests.

    Raises:
        ValueError: a number of probes or an interval that is out of bounds.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        probes: int = PROBES,
        interval: float = INTERVAL,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] | None = None,
        redactor: Redactor | None = None,
        make_door: Callable[[Endpoint, Redactor, Policy], AnyDoor] | None = None,
    ) -> None:
        if not 1 <= probes <= MAX_PROBES:
            raise ValueError(f"{probes} probes; 1 to {MAX_PROBES} are possible")
        if not 0.01 <= interval <= 600:
            raise ValueError(f"an interval of {interval:g} s; 0.01 to 600 s are possible")
        self._probes, self._interval = probes, interval
        self._clock, self._sleep = clock, sleep
        self._now = now or (lambda: datetime.now(UTC))
        secrets = [secret for endpoint in endpoints for secret in endpoint.secrets()]
        redactor = redactor or Redactor(secrets)
        policy = Policy(
            max_body_bytes=2**20, connect_timeout=5, read_timeout=_PATIENCE,
            attempt_timeout=_PATIENCE, concurrency=8,
        )  # fmt: skip
        make_door = make_door or _network_door
        self._peers = [
            _Peer(one.label, one.url.host, make_door(one, redactor, policy)) for one in endpoints
        ]
        self._ids = itertools.count(1)
        self._started: float | None = None
        self._next = 0
        self._told: list[_Told] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for peer in self._peers:
            await peer.door.close()

    async def resolve(self, question: Question) -> Resolution:
        """Answer one question; every failure is an outcome.

        Raises:
            ValueError: a round out of turn, or another method (a defect of the caller).
        """
        if not self._peers:
            return Resolution(Outcome.UNKNOWN, NO_ENDPOINT)
        if question.method == "plan":
            return self._answered(question, plain(self._plan()), [])
        if question.method != "round":
            raise ValueError(f"a series has no {question.method}")
        number = json.loads(question.params).get("number")
        if number != self._next or number >= self._probes:
            raise ValueError(f"round {number} is out of turn")
        self._next += 1
        trail = _Trail()
        found = await self._round(number, trail)
        return self._answered(question, plain(found), trail.exchanges)

    def _plan(self) -> Plan:
        milliseconds = max(1, round(self._interval * 1000))
        return Plan(self._probes, milliseconds, tuple(Probed(p.label, p.host) for p in self._peers))

    def _answered(self, question: Question, value: Any, made: list[Exchange]) -> Resolution:
        digest = Exchange(
            provider="kit", host="", request=question.key, status=None, headers={},
            body=canonical.dumps(value), error=None, at=timestamp(self._now()),
        )  # fmt: skip
        providers = tuple(peer.label for peer in self._peers)
        return Resolution(Outcome.FOUND, None, (*made, digest), len(made), providers=providers)

    # One round

    async def _round(self, number: int, trail: _Trail) -> Round:
        await self._until(number * self._interval)
        began = self._clock()
        assert self._started is not None
        seen = await asyncio.gather(*(self._seen(peer, trail) for peer in self._peers))
        by_label = {peer.label: one for peer, one in zip(self._peers, seen, strict=True)}
        labels = {peer.label for peer in self._peers}
        told_at = self._clock()
        for label, one in by_label.items():
            if one.blockhash is not None and len(labels) > 1:
                others = labels - {label}
                self._told.append(_Told(label, number, one.blockhash, told_at, others))
        valid = await self._ask_after(trail)
        while number == self._probes - 1 and self._told:
            await self._sleep(_RETRY)
            valid += await self._ask_after(trail)
        return Round(number, round((began - self._started) * 1000), by_label, tuple(valid))

    async def _until(self, offset: float) -> None:
        """Wait for the moment of a round: the first begins the series."""
        if self._started is None:
            self._started = self._clock()
        while (left := self._started + offset - self._clock()) > 0:
            await self._sleep(left)

    async def _seen(self, peer: _Peer, trail: _Trail) -> Seen:
        async def ask(method: str, *params: Any) -> _Reply:
            return await self._ask(peer, method, list(params), trail)

        slot: dict[Level, dict[str, Any]] = {
            "confirmed": _CONFIRMED, "processed": {"commitment": "processed"},
            "finalized": {"commitment": "finalized"},
        }  # fmt: skip
        *slots, health = await asyncio.gather(
            *(ask("getSlot", config) for config in slot.values()), ask("getHealth")
        )
        height, blockhash, clock, identity = await asyncio.gather(
            ask("getBlockHeight", _CONFIRMED),
            ask("getLatestBlockhash", _CONFIRMED),
            ask("getAccountInfo", _CLOCK, {**_CONFIRMED, "encoding": "base64"}),
            ask("getIdentity"),
        )
        told: dict[Level, int] = {
            name: value
            for name, reply in zip(slot, slots, strict=True)
            if (value := _read(reply, _slot)) is not None
        }
        latest = _read(blockhash, _latest) or (None, None)
        cluster = _read(clock, _cluster_clock) or (None, None)
        well = _read(health, _health)
        height_told = _read(height, _slot)
        who = _read(identity, _identity)
        # What did not decode has an error now, too.
        replies = [*slots, health, height, blockhash, clock, identity]
        errors = dict.fromkeys(one.error for one in replies if one.error)
        return Seen(
            at_ms=slots[0].at_ms,
            date=_date(slots[0].exchange),
            slots=told,
            health=well or _short(health.error),
            height=height_told,
            blockhash=latest[0],
            blockhash_slot=latest[1],
            clock_slot=cluster[0],
            clock_time=cluster[1],
            identity=who,
            asked=len(replies),
            answered=sum(not one.error for one in replies),
            limited=sum(one.limited for one in replies),
            ms=tuple(one.ms for one in replies),
            errors=tuple(_short(one) for one in errors)[:_ERRORS],
        )

    async def _ask_after(self, trail: _Trail) -> list[Valid]:
        """Ask for each blockhash that is still open, and let go of what is settled or too old."""
        peers = {peer.label: peer for peer in self._peers}

        async def one(told: _Told, by: str) -> Valid:
            config = {"commitment": "processed"}
            reply = await self._ask(peers[by], "isBlockhashValid", [told.blockhash, config], trail)
            valid = _read(reply, _yes_or_no)
            after = max(0, round((self._clock() - told.since) * 1000))
            if valid:
                told.open.discard(by)
            return Valid(told.of, by, told.number, after, valid)

        pairs = [(told, by) for told in self._told for by in sorted(told.open)]
        found = list(await asyncio.gather(*(one(told, by) for told, by in pairs)))
        now = self._clock()
        self._told = [
            told for told in self._told
            if told.open and (now - told.since) * 1000 < SETTLE_MS
        ]  # fmt: skip
        return found

    async def _ask(self, peer: _Peer, method: str, params: list[Any], trail: _Trail) -> _Reply:
        identity = next(self._ids)
        request = {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}
        began = self._clock()
        exchange = await peer.door.exchange(json.dumps(request, separators=(",", ":")))
        ms = max(0, round((self._clock() - began) * 1000))
        at_ms = round(self._now().timestamp() * 1000)
        trail.exchanges.append(exchange)
        limited = exchange.status == 429
        result, error = None, exchange.error or ""
        if exchange.body is not None and not error:
            try:
                result = answers.result_of(exchange.body, expected_id=identity)
            except RpcError as failure:
                error = f"error {failure.code} ({_printable(failure.message[:100])})"
                limited = limited or failure.code in _LIMITED
            except ValueError as failure:
                error = f"malformed answer: {failure}"
        return _Reply(result, error, exchange, ms, at_ms, limited)


def _read(reply: _Reply, decode: Callable[[Any], Any]) -> Any:
    """What a reply says; None where it does not, and then the reply has an error."""
    if reply.error:
        return None
    try:
        return decode(reply.result)
    except (ValueError, LookupError, TypeError, struct.error) as error:
        reply.error = f"malformed answer: {error}"
        return None


def _slot(result: Any) -> int:
    return answers.slot_number(result, "the number told")


def _health(result: Any) -> str:
    if result != "ok":
        raise BadShape("getHealth says neither ok nor an error")
    return "ok"


def _latest(result: Any) -> tuple[str, int]:
    slot = answers.context_slot(result)
    if slot is None:
        raise BadShape("getLatestBlockhash: no context")
    return answers.key(result["value"]["blockhash"], "the blockhash"), slot


def _cluster_clock(result: Any) -> tuple[int, int]:
    """Slot and Unix time of the Clock sysvar (solana-clock: i64 at byte 32)."""
    (entry,) = answers.account_entries("getAccountInfo", result, 1)
    slot = answers.context_slot(result)
    if entry is None or slot is None or not isinstance(entry.data, bytes):
        raise BadShape("the cluster's clock is not there")
    if len(entry.data) != _CLOCK_BYTES:
        raise BadShape("the cluster's clock has another length")
    moment = struct.unpack_from("<q", entry.data, 32)[0]
    if not 0 <= moment < 2**40:
        raise BadShape("the cluster's clock shows no time")
    return slot, int(moment)


def _identity(result: Any) -> str:
    if not isinstance(result, dict):
        raise BadShape("getIdentity: not an object")
    return answers.key(result.get("identity"), "the identity")


def _yes_or_no(result: Any) -> bool:
    if not isinstance(result, dict) or not isinstance(result.get("value"), bool):
        raise BadShape("isBlockhashValid: neither true nor false")
    return bool(result["value"])


def _date(exchange: Exchange) -> int | None:
    try:
        moment = parsedate_to_datetime(exchange.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = int(moment.timestamp())
    return seconds if seconds >= 0 else None


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


def _network_door(endpoint: Endpoint, redactor: Redactor, policy: Policy) -> AnyDoor:
    # solana-py costs a third of a second to import; a replay never needs it.
    from privatedao_audit.chain.door import Door

    return Door(endpoint, redactor, policy)
