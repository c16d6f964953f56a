"""The operation's own endpoints in a rehearsal, and the time in which a series of probes runs.

A chain of one machine stands still between its transactions. So the minutes of a series are those
of the chain: to wait is to let the chain go on, and the clock on the wall and the Date of the
endpoints are the chain's. What such a series can't show is how a network behaves.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.rehearsal import wallet
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.proxy import Proxy

__all__ = ["HOSTS", "INTERVAL", "PROBES", "SERIES_SECONDS", "ChainTime", "operation"]

#: Label of an endpoint → the host that the RPC register gives it.
HOSTS: Final = {"first": "127.0.0.1", "second": "localhost"}
PROBES: Final = 32
#: Seconds; longer than a busy machine needs for a round, so that the chain goes on in each.
INTERVAL: Final = 4.0
#: A story that ends so long before the present leaves room for the series.
SERIES_SECONDS: Final = 600


class ChainTime:
    """Clocks of a series that runs on a local chain, as ``Prober`` takes them."""

    def __init__(self, node: LocalNode) -> None:
        self._node = node
        self._began, self._story = time.monotonic(), node.clock()
        self._skipped = 0

    def clock(self) -> float:
        """Seconds that can't be set: real ones, and those that the chain was sent ahead."""
        return time.monotonic() - self._began + self._skipped

    async def sleep(self, seconds: float) -> None:
        """Let the chain go on for as long."""
        whole = max(1, math.ceil(seconds))
        await asyncio.to_thread(self._node.time_travel, whole)
        self._skipped += whole

    def now(self) -> datetime:
        """The time of the story."""
        return datetime.fromtimestamp(self._story + self.clock(), UTC)

    @property
    def timing(self) -> dict[str, Any]:
        """For ``Live.timing``."""
        return {"clock": self.clock, "sleep": self.sleep, "now": self.now}


@contextmanager
def operation(node: LocalNode, clock: ChainTime) -> Iterator[list[Endpoint]]:
    """Two endpoints of the operation in front of one chain, each a node of its own by its word."""
    with ExitStack() as stack:
        found = []
        for label, host in HOSTS.items():
            proxy = Proxy(
                node,
                identity=str(wallet.address(f"node behind {label}")),
                now=lambda: clock.now().timestamp(),
            )
            stack.enter_context(proxy)
            url = proxy.url.replace("127.0.0.1", host, 1)
            found.append(Endpoint(label, SecretUrl(url), EndpointKind.LITERAL))
        yield found
