"""The kit's own failover, tried during a run: its first provider is cut off, the next must answer.

A self-check of the run and nothing else. It is printed, and no control counts it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from privatedao_audit.chain.attempts import AnyDoor
from privatedao_audit.chain.endpoints import Endpoint
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.evidence.questions import Exchange, Outcome, Question, Resolution, ask_for
from privatedao_audit.evidence.records import timestamp, utc_now
from privatedao_audit.evidence.redact import Redactor

__all__ = ["FailoverCheck"]

_CUT: Final = "cut off on purpose by the self-check"


class _CutDoor:
    """A door to nowhere; the network is not touched."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def exchange(self, request_json: str, *, timeout: float | None = None) -> Exchange:
        """Fail at once."""
        del timeout
        return Exchange(
            self._endpoint.label, self._endpoint.url.host, request_json, None, {}, None, _CUT,
            timestamp(utc_now()),
        )  # fmt: skip

    async def close(self) -> None:
        """Nothing is open."""


class FailoverCheck:
    """Implements ``Resolver`` for kind ``failover``: method ``getSlot`` with the first cut off.

    Args:
        endpoints: those that the auditor reads through, in the order of preference.
        redactor: knows every secret of the run; by default those of these endpoints.
        make_door: opens the others; replaced in tests.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        expected_genesis: str,
        policy: Policy | None = None,
        *,
        redactor: Redactor | None = None,
        make_door: Callable[[Endpoint, Redactor, Policy], AnyDoor] | None = None,
    ) -> None:
        self._endpoints, self._genesis = list(endpoints), expected_genesis
        self._policy, self._make, self._redactor = policy, make_door, redactor

    async def resolve(self, question: Question) -> Resolution:
        """Ask with the first provider cut off; every failure is an outcome."""
        if len(self._endpoints) < 2:
            return Resolution(Outcome.UNKNOWN, "there is no second provider to fail over to")
        first = self._endpoints[0].label

        def door(endpoint: Endpoint, redactor: Redactor, policy: Policy) -> AnyDoor:
            if endpoint.label == first:
                return _CutDoor(endpoint)
            if self._make is not None:
                return self._make(endpoint, redactor, policy)
            # solana-py costs a third of a second to import; a replay never needs it.
            from privatedao_audit.chain.door import Door

            return Door(endpoint, redactor, policy)

        async with RpcResolver(
            self._endpoints, self._genesis, self._policy, redactor=self._redactor, make_door=door
        ) as resolver:
            config = {"commitment": "finalized"}
            return await resolver.resolve(ask_for("rpc", question.method, [config]))
