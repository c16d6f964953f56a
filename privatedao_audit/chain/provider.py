"""One RPC provider as the resolver sees it: admitted by its genesis hash, paced, and judged.

Each request at a provider ends as ``Good`` (a whole, well-shaped, recent enough answer) or as
``Failure``, which says whether asking again can help. Every attempt is kept on the trail.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import deque
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from privatedao_audit.chain import answers
from privatedao_audit.chain.answers import RpcError
from privatedao_audit.chain.attempts import (
    AnyDoor,
    Call,
    Failure,
    Good,
    Means,
    Trail,
    checked_slot,
)
from privatedao_audit.chain.limits import TOO_LARGE
from privatedao_audit.evidence.questions import Exchange

#: JSON-RPC errors that the same provider will give again (agave, rpc-client-api custom_error.rs).
#: All others, known or not, may pass: node behind, not yet, storage out of reach, internal.
_LASTING: Final = frozenset(
    {-32600, -32601, -32602}
    | {-32001, -32007, -32009, -32010, -32011, -32013, -32015, -32020, -32021}
)
_RATE_LIMITED: Final = frozenset({429, -32429})
#: Seconds that timers differ by anyway.
_TICK: Final = 0.001
_UNKNOWN_CURSOR: Final = -32020
_TOO_EARLY: Final = -32016
_RETRIED_STATUSES: Final = frozenset({408, 425, 429})


class Provider:
    """One endpoint with its pace and its standing."""

    def __init__(self, label: str, door: AnyDoor, means: Means) -> None:
        self.label = label
        self._door = door
        self._means = means
        self._slots = asyncio.Semaphore(means.policy.concurrency)
        self._gate = asyncio.Lock()
        self._genesis: str | None = None
        self._next_turn = 0.0
        #: When the last requests were sent, as many as one second may see.
        self._sent = deque[float](maxlen=max(1, int(means.policy.requests_per_second)))
        self._not_before = 0.0
        self._failures = 0
        self._last_failure = -math.inf

    @property
    def tired(self) -> bool:
        """Whether it failed so often in a row that each question tries it only once."""
        return self._failures >= self._means.policy.tired_after

    @property
    def resting(self) -> bool:
        """Whether it is tired and failed, or asked for a pause, only just now."""
        since = self._means.clock() - self._last_failure
        return self.tired and (self.pause() > 0 or since < self._means.policy.backoff_cap)

    def pause(self) -> float:
        """Seconds for which it asked to be left alone; zero or less when it may be asked."""
        return self._not_before - self._means.clock()

    def hold(self, seconds: float) -> None:
        """Leave it alone for a while, in all questions."""
        seconds = min(seconds, self._means.policy.retry_after_cap)
        self._not_before = max(self._not_before, self._means.clock() + seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._door.close()

    async def ask(self, call: Call, trail: Trail) -> Good | Failure:
        """One attempt, after the genesis hash of the provider has been seen to be right."""
        if not (call.directed and call.method == "getGenesisHash"):
            refused = await self._refused(trail)
            if refused is not None:
                return refused
        return await self._once(call, trail)

    async def _refused(self, trail: Trail) -> Failure | None:
        async with self._gate:
            if self._genesis is None:
                outcome = await self._once(Call("getGenesisHash", []), trail)
                if isinstance(outcome, Failure):
                    return outcome
                self._genesis = outcome.result
        expected = self._means.expected_genesis
        if self._genesis == expected:
            return None
        return Failure(
            f"provider {self.label} is on another cluster: genesis {self._genesis}, "
            f"the target names {expected}",
            final=True,
        )

    async def _once(self, call: Call, trail: Trail) -> Good | Failure:
        identity = next(self._means.ids)
        request = {"jsonrpc": "2.0", "id": identity, "method": call.method, "params": call.params}
        async with self._slots:
            await self._turn()
            pause = self.pause()
            patient = pause <= 0 or await trail.wait(pause)
            left = trail.left()
            if not patient or left <= 0:
                return Failure(f"provider {self.label}: the deadline of the question passed")
            text = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
            exchange = await self._door.exchange(text, timeout=left)
        index = trail.add(exchange)
        outcome = self._judged(call, exchange, identity, index)
        if isinstance(outcome, Failure):
            self.disown(outcome, index, trail)
        # A lasting refusal is an answer too: the provider is up.
        up = isinstance(outcome, Good) or outcome.final
        self._failures = 0 if up else self._failures + 1
        if not up:
            self._last_failure = self._means.clock()
        return outcome

    def disown(self, failure: Failure, index: int, trail: Trail) -> None:
        """Note on an attempt why it does not count; its record names the provider already."""
        trail.fail(index, failure.reason.removeprefix(f"provider {self.label}: "))

    async def _turn(self) -> None:
        """Wait for the next place in the provider's rate."""
        rate = self._means.policy.requests_per_second
        if rate <= 0:
            return
        now = self._means.clock()
        turn = max(now, self._next_turn)
        self._next_turn = turn + 1 / rate
        if turn > now:
            await self._means.sleep(turn - now)
        # On a busy machine many turns come due at once. Providers count what reaches them within
        # a second, so no second may see more than its share, however late the turns are taken.
        while self._sent.maxlen == len(self._sent):
            early = self._sent[0] + 1 - self._means.clock()
            if early <= _TICK:
                break
            await self._means.sleep(early)
        self._sent.append(self._means.clock())

    def _judged(self, call: Call, exchange: Exchange, identity: int, index: int) -> Good | Failure:
        if exchange.error is not None or exchange.body is None:
            return self._bad_exchange(exchange)
        policy = self._means.policy
        try:
            result = answers.result_of(
                exchange.body, expected_id=identity, max_bytes=policy.max_body_bytes
            )
            slot = checked_slot(call, result)
        except RpcError as error:
            return self._rpc_error(error, exchange)
        except ValueError as error:
            return Failure(f"provider {self.label}: malformed answer: {error}")
        behind = self._behind(call, slot)
        return behind or Good(self, index, result, slot)

    def _behind(self, call: Call, slot: int | None) -> Failure | None:
        """A directed question measures the provider itself, its lag included: no judgement."""
        if slot is None or call.directed:
            return None
        highest = max(slot, self._means.highest.get(call.commitment, 0))
        if call.method != "getFirstAvailableBlock":
            self._means.highest[call.commitment] = highest
            lag = highest - slot
            if lag > self._means.policy.max_lag_slots:
                return self._lagging(f"node behind by {lag} slots")
        floor = call.config.get("minContextSlot", 0)
        if slot < floor:
            return self._lagging(f"answered at slot {slot}, asked for {floor} or later")
        return None

    def _lagging(self, what: str) -> Failure:
        return Failure(f"provider {self.label}: {what}", behind=True)

    def _bad_exchange(self, exchange: Exchange) -> Failure:
        status = exchange.status
        reason = f"provider {self.label}: {exchange.error or 'no body'}"
        if status is None or status == 200:
            # Cut off, timed out, not reached: may pass. Too large or withheld: will not.
            return Failure(reason, final=exchange.withheld or TOO_LARGE in reason)
        if status == 429 or (status >= 500 and "retry-after" in exchange.headers):
            self._slow_down(exchange)
        return Failure(reason, final=status < 500 and status not in _RETRIED_STATUSES)

    def _rpc_error(self, error: RpcError, exchange: Exchange) -> Failure:
        text = "".join(c if c.isprintable() else "\ufffd" for c in error.message[:100])
        reason = f"provider {self.label}: error {error.code} ({text})"
        if error.code in _RATE_LIMITED:
            self._slow_down(exchange)
        if error.code == _UNKNOWN_CURSOR:
            reason += "; history may be cut"
        return Failure(reason, final=error.code in _LASTING, behind=error.code == _TOO_EARLY)

    def _slow_down(self, exchange: Exchange) -> None:
        """Leave the provider alone for as long as it says, else by exponential back-off."""
        wait = self._retry_after(exchange)
        if wait is None:
            wait = self._means.policy.backoff(self._failures, self._means.jitter())
        self.hold(wait)

    def _retry_after(self, exchange: Exchange) -> float | None:
        """Seconds asked for by Retry-After, as a number or an HTTP date; capped."""
        text = exchange.headers.get("retry-after", "").strip()
        try:
            seconds = float(text)
        except ValueError:
            try:
                moment = parsedate_to_datetime(text)
            except (ValueError, TypeError):
                return None
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            seconds = (moment - self._means.now()).total_seconds()
        if math.isnan(seconds):
            return None
        return min(max(seconds, 0.0), self._means.policy.retry_after_cap)
