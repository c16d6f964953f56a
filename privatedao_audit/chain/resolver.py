"""Answers chain questions from one or more providers, and says what the answer rests on.

Order of trust: no provider is asked anything before its genesis hash is seen to be the target's;
accounts are read from two providers where two are there; an answer that is malformed, too old or
from a node that cannot know is no answer. What stays open is UNKNOWN with the reason.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Self

from privatedao_audit.chain.attempts import (
    ACCOUNT_METHODS,
    NULLABLE,
    AnyDoor,
    Call,
    Failure,
    Good,
    Means,
    Trail,
)
from privatedao_audit.chain.endpoints import LABEL, BadEndpoint, Endpoint
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.provider import Provider
from privatedao_audit.chain.witness import Witnesses
from privatedao_audit.evidence.questions import Outcome, Question, Resolution
from privatedao_audit.evidence.redact import Redactor

_DIRECTED: Final = re.compile(rf"provider:({LABEL.pattern})(?![A-Za-z0-9_-])")
#: Tries at a second provider: its silence makes a read single-source, not unknown.
_WITNESS_ROUNDS: Final = 2


def _utc_now() -> datetime:
    return datetime.now(UTC)


class RpcResolver:
    """Resolver of questions of kind ``rpc``.

    Args:
        endpoints: providers in order of preference; may be empty.
        expected_genesis: genesis hash of the target's cluster, base58.
        policy: limits and patience.
        redactor: knows every secret of the run; by default those of the endpoints.
        clock, sleep, jitter, now: monotonic seconds, how to wait, a random number in [0, 1),
            and wall clock time; replaced in tests.
        make_door: opens an endpoint; replaced in tests.

    Endpoints of one server are one witness, whatever their keys: an answer bears the label of the
    first of them, though its exchanges name each by its own.

    Raises:
        BadEndpoint: two endpoints of one label.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        expected_genesis: str,
        policy: Policy | None = None,
        *,
        redactor: Redactor | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = _utc_now,
        make_door: Callable[[Endpoint, Redactor, Policy], AnyDoor] | None = None,
    ) -> None:
        self._policy = policy or Policy()
        secrets = [secret for endpoint in endpoints for secret in endpoint.secrets()]
        redactor = redactor or Redactor(secrets)
        make_door = make_door or _network_door
        self._means = Means(
            self._policy, expected_genesis, clock, sleep, now, jitter, itertools.count(1)
        )
        self._providers: dict[str, Provider] = {}
        self._witness: dict[str, str] = {}
        servers: dict[tuple[str, int], str] = {}
        for endpoint in endpoints:
            if endpoint.label in self._providers:
                raise BadEndpoint(f"the RPC label {endpoint.label} is given twice")
            door = make_door(endpoint, redactor, self._policy)
            self._providers[endpoint.label] = Provider(endpoint.label, door, self._means)
            self._witness[endpoint.label] = servers.setdefault(endpoint.url.server, endpoint.label)
        # The deadline of a question starts with its turn: hundreds may be asked at once.
        self._turns = asyncio.Semaphore(self._policy.concurrency * max(1, len(endpoints)))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        for provider in self._providers.values():
            await provider.close()

    async def resolve(self, question: Question) -> Resolution:
        """Answer one question; every failure is an outcome.

        Raises:
            ValueError: the question is not of kind ``rpc`` (a defect of the caller).
        """
        if question.kind != "rpc":
            raise ValueError(f"a question of kind {question.kind} at the chain's resolver")
        if not self._providers:
            return Resolution(Outcome.UNKNOWN, "no RPC endpoint was given")
        params = json.loads(question.params)
        if params is not None and not isinstance(params, list):
            raise ValueError(f"{question.method}: parameters are not a list")
        async with self._turns:
            found = await self._resolved(question, params or [])
        witnesses = tuple(dict.fromkeys(self._witness[label] for label in found.providers))
        return replace(found, providers=witnesses)

    async def _resolved(self, question: Question, params: list[Any]) -> Resolution:
        trail = Trail(self._means)
        directed = _DIRECTED.match(question.probe or "")
        call = Call(question.method, params, directed=directed is not None)
        if directed is not None:
            provider = self._providers.get(directed[1])
            if provider is None:
                reason = f"no RPC endpoint named {directed[1]} was given"
                return Resolution(Outcome.UNKNOWN, reason)
            return self._settled(call, await self._seek(call, [provider], trail), trail)
        everyone = list(self._providers.values())
        first = await self._seek(call, everyone, trail)
        if isinstance(first, Good) and call.method in ACCOUNT_METHODS:
            return await self._witnessed(call, first, trail)
        return self._settled(call, first, trail)

    async def _seek(
        self,
        call: Call,
        providers: Sequence[Provider],
        trail: Trail,
        rounds: int | None = None,
    ) -> Good | dict[str, Failure]:
        """Ask one provider after the other, in rounds, until one answers; else all failures."""
        failures: dict[str, Failure] = {}
        live = sorted(providers, key=lambda provider: provider.tired)  # else in the given order
        rounds = self._policy.attempts if rounds is None else min(rounds, self._policy.attempts)
        if all(provider.tired for provider in live):
            rounds = 1
        for number in range(rounds):
            for provider in await self._ready(live, failures, trail):
                outcome = await self._try(provider, call, trail)
                if isinstance(outcome, Good):
                    return outcome
                failures[provider.label] = outcome
                if outcome.final:
                    live.remove(provider)
            if not live or number + 1 == rounds or trail.left() <= 0:
                break
            if all(provider.pause() > 0 for provider in live):
                continue
            if not await trail.wait(self._policy.backoff(number, self._means.jitter())):
                break
        return failures

    async def _ready(
        self, live: Sequence[Provider], failures: dict[str, Failure], trail: Trail
    ) -> list[Provider]:
        """Providers that may be asked now; waits for the first where all asked for a pause."""
        ready = [provider for provider in live if provider.pause() <= 0]
        if ready:
            return ready
        nearest = min(live, key=Provider.pause)
        pause = nearest.pause()
        if await trail.wait(pause):
            return [nearest]
        late = f"provider {nearest.label}: asks to wait {pause:.0f} s, which passes the deadline"
        failures.setdefault(nearest.label, Failure(late))
        return []

    async def _try(self, provider: Provider, call: Call, trail: Trail) -> Good | Failure:
        outcome = await provider.ask(call, trail)
        if not isinstance(outcome, Good):
            return outcome
        failure: Failure | None = None
        if outcome.result is None and call.method in NULLABLE:
            failure = Failure(f"provider {provider.label}: does not have it", True, null=True)
        elif call.method == "getSignaturesForAddress" and outcome.result == []:
            failure = await self._cut(provider, call, trail)
        if failure is not None:
            provider.disown(failure, outcome.index, trail)
        return failure or outcome

    async def _cut(self, provider: Provider, call: Call, trail: Trail) -> Failure | None:
        """An empty page ends a history only at a node that knows the cursor it starts from."""
        cursors = [call.config[name] for name in ("before", "until") if name in call.config]
        for cursor in cursors:
            status = Call("getSignatureStatuses", [[cursor], {"searchTransactionHistory": True}])
            outcome = await provider.ask(status, trail)
            if isinstance(outcome, Good) and _has_status(outcome.result):
                continue
            config = {
                "commitment": "finalized",
                "encoding": "base64",
                "maxSupportedTransactionVersion": 0,
            }
            outcome = await provider.ask(Call("getTransaction", [cursor, config]), trail)
            if isinstance(outcome, Good) and outcome.result is not None:
                continue
            return Failure(
                f"provider {provider.label}: an empty page from a node that does not know the "
                "cursor; history may be cut",
                final=isinstance(outcome, Good) or outcome.final,
            )
        return None

    async def _witnessed(self, call: Call, first: Good, trail: Trail) -> Resolution:
        others = [
            provider
            for provider in self._providers.values()
            # A provider that is down would otherwise cost every read its time-out.
            if provider is not first.provider and not provider.resting
        ]
        if self._policy.witnesses < 2 or not others:
            return self._settled(call, first, trail)
        mine = self._witness[first.provider.label]
        others.sort(key=lambda provider: self._witness[provider.label] == mine)
        second = await self._seek(call, others, trail, _WITNESS_ROUNDS)
        if isinstance(second, Good):
            return await Witnesses(call, trail, self._policy).compared(first, second)
        if any(failure.behind for failure in second.values()):
            # Otherwise a provider that claims a slot far ahead would silence an honest one.
            labels = ", ".join(sorted(label for label, f in second.items() if f.behind))
            reason = f"{first.provider.label} and {labels} are too far apart: " + _told(second)
            return Resolution(Outcome.UNKNOWN, reason, tuple(trail.exchanges))
        return self._settled(call, first, trail)

    def _settled(self, call: Call, outcome: Good | dict[str, Failure], trail: Trail) -> Resolution:
        exchanges = tuple(trail.exchanges)
        if isinstance(outcome, Good):
            return Resolution(
                outcome=Outcome.FOUND,
                exchanges=exchanges,
                chosen=outcome.index,
                slot=outcome.slot,
                commitment=call.commitment,
                providers=(outcome.provider.label,),
            )
        if outcome and all(failure.null for failure in outcome.values()):
            reason = "no provider returned it: unknown, pruned or not yet final"
        else:
            reason = _told(outcome) or "the deadline passed before any provider could be asked"
        return Resolution(Outcome.UNKNOWN, reason, exchanges)


def _told(failures: dict[str, Failure]) -> str:
    return "; ".join(dict.fromkeys(failure.reason for failure in failures.values()))


def _has_status(result: Any) -> bool:
    values = result.get("value") if isinstance(result, dict) else None
    return isinstance(values, list) and len(values) == 1 and values[0] is not None


def _network_door(endpoint: Endpoint, redactor: Redactor, policy: Policy) -> AnyDoor:
    # solana-py costs a third of a second to import; a replay never needs it.
    from privatedao_audit.chain.door import Door

    return Door(endpoint, redactor, policy)
