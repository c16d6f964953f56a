"""Questions to the operation's own endpoints, apart from those the auditor reads through.

How they are put stands in :mod:`privatedao_audit.chain.series.asking`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Self

from privatedao_audit.chain.attempts import AnyDoor
from privatedao_audit.chain.endpoints import Endpoint
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.chain.series.asking import NO_ENDPOINT, PROBE
from privatedao_audit.evidence.questions import Outcome, Question, Resolution
from privatedao_audit.evidence.redact import Redactor

__all__ = ["TeamResolver"]


class TeamResolver:
    """Implements ``Resolver`` for kind ``team``.

    Args:
        endpoints: the operation's.
        expected_genesis: genesis hash of the target's cluster.
        policy: how patient and polite.
        redactor: knows every secret of the run; by default those of these endpoints.
        sleep, make_door: replaced in tests.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        expected_genesis: str,
        policy: Policy | None = None,
        *,
        redactor: Redactor | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        make_door: Callable[[Endpoint, Redactor, Policy], AnyDoor] | None = None,
    ) -> None:
        self._endpoints = {one.label: one for one in endpoints}
        # An endpoint that lags is found by the series; here it has only to answer.
        policy = replace(policy or Policy(), max_lag_slots=10**9, attempts=3, deadline=60.0)
        redactor = redactor or Redactor([s for one in endpoints for s in one.secrets()])
        self._open: Callable[[Sequence[Endpoint]], RpcResolver] = lambda some: RpcResolver(
            some, expected_genesis, policy, redactor=redactor, sleep=sleep, make_door=make_door
        )
        self._resolvers: dict[str, RpcResolver] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: Any) -> None:
        for one in self._resolvers.values():
            await one.aclose()

    async def resolve(self, question: Question) -> Resolution:
        """Answer one question; every failure is an outcome.

        Raises:
            ValueError: the probe names nobody (a defect of the caller).
        """
        if not self._endpoints:
            return Resolution(Outcome.UNKNOWN, NO_ENDPOINT)
        probe = question.probe or ""
        if not probe.startswith(PROBE):
            raise ValueError("a question to the operation's endpoints names none of them")
        who = probe.removeprefix(PROBE).split("/", 1)[0]
        missing = [label for label in who.split("+") if label not in self._endpoints]
        if missing:
            return Resolution(Outcome.UNKNOWN, f"no endpoint named {missing[0]} was given")
        if who not in self._resolvers:
            self._resolvers[who] = self._open([self._endpoints[one] for one in who.split("+")])
        # To one endpoint alone a question is directed: its lag is no reason to refuse it.
        inner = None if "+" in who else f"provider:{who}"
        return await self._resolvers[who].resolve(replace(question, kind="rpc", probe=inner))
