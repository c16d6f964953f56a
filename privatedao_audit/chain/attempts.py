"""The words of the chain client: a call, what came of an attempt, and the trail of attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from privatedao_audit.chain import answers
from privatedao_audit.chain.answers import BadShape
from privatedao_audit.chain.limits import Policy
from privatedao_audit.evidence.questions import Exchange

if TYPE_CHECKING:
    from privatedao_audit.chain.provider import Provider

ACCOUNT_METHODS: Final = frozenset({"getAccountInfo", "getMultipleAccounts"})
#: Null from these means "not here", which another provider may contradict.
NULLABLE: Final = frozenset({"getTransaction", "getBlock", "getBlockTime"})
_SLOT_METHODS: Final = frozenset({"getSlot", "getFirstAvailableBlock", "minimumLedgerSlot"})


@dataclass(frozen=True, slots=True)
class Call:
    """A method and its parameters; ``directed`` when only this provider is asked."""

    method: str
    params: list[Any]
    directed: bool = False

    @property
    def config(self) -> dict[str, Any]:
        """The last parameter where it is an object, else an empty one."""
        last = self.params[-1] if self.params else None
        return last if isinstance(last, dict) else {}

    @property
    def commitment(self) -> str | None:
        """The commitment asked for; finalized is what nodes take when none is named."""
        named = self.config.get("commitment")
        if isinstance(named, str):
            return named
        return "finalized" if self.method in ACCOUNT_METHODS or self.method == "getSlot" else None

    def at_least(self, slot: int) -> Call:
        """The same call with minContextSlot raised to ``slot``."""
        floor = max(slot, self.config.get("minContextSlot", 0))
        config = {**self.config, "minContextSlot": floor}
        rest = self.params[:-1] if self.config else self.params
        return replace(self, params=[*rest, config])


@dataclass(frozen=True, slots=True)
class Good:
    """A usable answer.

    Attributes:
        index: of its exchange on the trail.
        slot: context slot, None where the answer has none.
    """

    provider: Provider
    index: int
    result: Any
    slot: int | None


@dataclass(frozen=True, slots=True)
class Failure:
    """No usable answer.

    Attributes:
        reason: a phrase that names the provider.
        final: the same provider will not answer this question any better.
        behind: it answered, but of a slot too old to count.
        null: it answered that it does not have the thing.
    """

    reason: str
    final: bool = False
    behind: bool = False
    null: bool = False


class AnyDoor(Protocol):
    """The part of the door that is used here."""

    async def exchange(self, request_json: str, *, timeout: float | None = None) -> Exchange:
        """Send one request; never raises for trouble on the way."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(slots=True)
class Means:
    """What all providers of a run share. Times in seconds.

    ``highest`` is the highest slot seen so far, by commitment.
    """

    policy: Policy
    expected_genesis: str
    clock: Callable[[], float]
    sleep: Callable[[float], Any]
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    ids: Iterator[int]
    highest: dict[str | None, int] = field(default_factory=dict)


class Trail:
    """The attempts at one question, and the time that is left for it."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._deadline = means.clock() + means.policy.deadline
        self.exchanges: list[Exchange] = []

    def left(self) -> float:
        """Seconds until the deadline; zero or less when it has passed."""
        return self._deadline - self._means.clock()

    async def wait(self, seconds: float) -> bool:
        """Sleep, unless that would pass the deadline; whether it slept."""
        if seconds >= self.left():
            return False
        await self._means.sleep(seconds)
        return True

    def add(self, exchange: Exchange) -> int:
        """Keep an attempt; its index."""
        self.exchanges.append(exchange)
        return len(self.exchanges) - 1

    def fail(self, index: int, reason: str) -> None:
        """Mark an attempt as failed and keep only the head of its body."""
        exchange = self.exchanges[index]
        body, keep = exchange.body, self._means.policy.failed_body_bytes
        if body is not None and len(body) > keep:
            reason += f"; of {len(body)} bytes of its body {keep} are kept"
            body = body[:keep]
        self.exchanges[index] = replace(exchange, body=body, error=reason)


def checked_slot(call: Call, result: Any) -> int | None:
    """Check the shape of a result, for the methods the kit relies on; its context slot.

    Raises:
        BadShape: it is not what the method answers.
    """
    method = call.method
    if result is None:
        if method in NULLABLE:
            return None
        raise BadShape(f"{method}: null")
    if method == "getGenesisHash":
        answers.key(result, "the genesis hash")
    elif method in ACCOUNT_METHODS:
        answers.account_entries(method, result, account_count(call))
    elif method == "getSignaturesForAddress":
        answers.signature_rows(result, call.config.get("limit", 1000))
    elif method == "getTransaction" and not isinstance(result, dict):
        raise BadShape("getTransaction: not an object")
    elif method in _SLOT_METHODS:
        return answers.slot_number(result, method)
    return answers.context_slot(result)


def account_count(call: Call) -> int:
    """How many accounts a call asks for."""
    return len(call.params[0]) if call.method == "getMultipleAccounts" else 1
