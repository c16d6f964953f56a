"""What may go wrong between an auditor and a provider, as things a test can switch on.

A `Faults` object belongs to one proxy and may be changed from another thread while the proxy
runs. Rules are asked in the order in which they were added, and the first that fits a request
is the one that acts.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Status:
    """An HTTP status instead of an answer, such as 401, 403, 429 or 503.

    `retry_after` becomes the Retry-After header as it stands (seconds, a date, or nonsense).
    """

    code: int
    retry_after: str | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """A body of our own with HTTP 200 in place of the answer."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Truncated:
    """The first `keep` bytes of the real answer, declared as if they were the whole."""

    keep: int


@dataclass(frozen=True)
class WrongId:
    """The real answer under the id of another request."""

    id: object


@dataclass(frozen=True)
class HugeBody:
    """A result of `size` bytes, streamed: well-formed, with no length declared beforehand."""

    size: int


@dataclass(frozen=True)
class GzipBomb:
    """A gzip body that is small on the wire and unpacks to a result of `size` bytes."""

    size: int


@dataclass(frozen=True)
class Delay:
    """The real answer, `seconds` late."""

    seconds: float


@dataclass(frozen=True)
class Drop:
    """The connection is cut: before the answer, or after `keep` bytes of its body."""

    keep: int | None = None


@dataclass(frozen=True)
class Replace:
    """Another `result` under the right id."""

    result: Any


@dataclass(frozen=True)
class Change:
    """The real result, passed through a function that returns the one to send."""

    function: Callable[[Any], Any]


@dataclass(frozen=True)
class Fail:
    """A JSON-RPC error in place of the result."""

    code: int
    message: str
    data: Any = None


@dataclass(frozen=True)
class EchoRequest:
    """A JSON-RPC error whose message repeats the request's URL, its key included."""


Fault = (
    Status
    | Raw
    | Truncated
    | WrongId
    | HugeBody
    | GzipBomb
    | Delay
    | Drop
    | Replace
    | Change
    | Fail
    | EchoRequest
)


# Faults that have a name of their own

HTML = Raw(b"<!doctype html><title>Just a moment...</title>", "text/html; charset=utf-8")
NO_RESULT = Replace(None)
"""What a node says of a transaction it does not know, has pruned, or can't reach."""

LONE_SURROGATE = Raw(b'{"jsonrpc":"2.0","id":%id%,"result":"\\ud800"}')
NOT_A_NUMBER = Raw(b'{"jsonrpc":"2.0","id":%id%,"result":NaN}')
BEYOND_FLOAT = Raw(b'{"jsonrpc":"2.0","id":%id%,"result":1e999}')
NOT_UTF_8 = Raw(b'{"jsonrpc":"2.0","id":%id%,"result":"\xff\xfe"}')
DEEPLY_NESTED = Raw(
    b'{"jsonrpc":"2.0","id":%id%,"result":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
)
"""In the body of a Raw, %id% stands for the id of the request."""

RATE_LIMITED_IN_BODY = Fail(429, "Too many requests for a specific RPC call")


def node_behind(slots: int) -> Fail:
    """The answer of a node that knows it lags: error -32005."""
    return Fail(-32005, f"Node is behind by {slots} slots", {"numSlotsBehind": slots})


@dataclass(frozen=True)
class _Rule:
    fault: Fault
    method: str | None
    first: int
    count: int | None


class Faults:
    """The faults of one proxy, and a count of the calls it saw.

    `lag`: the node is this many slots behind: so say slots, contexts, history and health (account
    contents stay as they are now). `first_slot`: history before this slot is pruned.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._seen: Counter[str] = Counter()
        self._requests = 0
        self.lag = 0
        self.first_slot = 0

    def add(
        self, fault: Fault, method: str | None = None, *, first: int = 1, count: int | None = None
    ) -> None:
        """Let `fault` happen to calls of `method`, or to every request if None.

        It strikes from the `first` such call after this one on (1 = the next), `count` times
        (None = from then on). Raises ValueError when `first` or `count` is below 1.
        """
        if first < 1 or (count is not None and count < 1):
            raise ValueError(f"a fault strikes from call 1 on, at least once: {first}, {count}")
        with self._lock:
            seen = self._requests if method is None else self._seen[method]
            self._rules.append(_Rule(fault, method, seen + first, count))

    def clear(self) -> None:
        """Drop all rules, lag and pruning. The counts stay."""
        with self._lock:
            self._rules.clear()
            self.lag = self.first_slot = 0

    def calls(self, method: str | None = None) -> int:
        """Calls of a method seen so far; of None: HTTP requests."""
        with self._lock:
            return self._requests if method is None else self._seen[method]

    def strike(self, method: str) -> Fault | None:
        """Count one request, named by its (first) method, and say what befalls it."""
        with self._lock:
            self._requests += 1
            self._seen[method] += 1
            for rule in self._rules:
                if rule.method not in (None, method):
                    continue
                number = self._requests if rule.method is None else self._seen[method]
                if number < rule.first:
                    continue
                if rule.count is None or number < rule.first + rule.count:
                    return rule.fault
        return None
