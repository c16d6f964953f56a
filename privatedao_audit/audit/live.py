"""Record a target: ask everything once, live, and seal the recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from privatedao_audit import __version__
from privatedao_audit.audit.artifacts import ARTIFACT, ArtifactResolver
from privatedao_audit.audit.context import Audit
from privatedao_audit.audit.scope import KIND, NoScope, Scope, ScopeResolver, read_scope
from privatedao_audit.chain.endpoints import Endpoint, by_server
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.chain.series import asking, failover, prober, team
from privatedao_audit.evidence.carried import carry
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.errors import RecordingMismatch
from privatedao_audit.evidence.questions import Answer, Question, Resolver, ask_for
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
from privatedao_audit.evidence.redact import Redactor
from privatedao_audit.evidence.replay import Replay
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.target import Target
from privatedao_audit.repository.resolver import RepositoryResolver

#: Name of the recording while it is written; it lies beside the sealed one.
WORKING_SUFFIX = ".partial"


@dataclass(frozen=True, slots=True)
class Live:
    """What a live collection is given.

    Attributes:
        endpoints: RPC providers in order of preference; none: chain facts are UNKNOWN.
        checkout: top folder of the repository; None: documents are UNKNOWN.
        domains: names of the domains to collect.
        policy: how patient and polite the chain client is.
        artifacts: name of a program of the target → the auditor's own build of it.
        continues: a sealed recording of the same cluster; its finalized history is copied and
            not fetched again.
        team: the operation's own endpoints, which are judged and read nothing for the audit.
        probes, interval: rounds of the series over them, and seconds between two.
        timing: clock, sleep and wall clock of the series; a rehearsal has those of its chain.
    """

    endpoints: Sequence[Endpoint] = ()
    checkout: Path | None = None
    domains: Sequence[str] = field(default_factory=lambda: [d.name for d in DOMAINS])
    policy: Policy | None = None
    artifacts: Mapping[str, Path] = field(default_factory=dict)
    continues: Path | None = None
    team: Sequence[Endpoint] = ()
    probes: int = asking.PROBES
    interval: float = asking.INTERVAL
    timing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """The scope that is recorded, without the root of the recording it continues."""
        return Scope(
            tuple(self.domains),
            tuple((e.label, e.url.host) for e in self.endpoints),
            self.checkout is not None,
            tuple(sorted(self.artifacts)),
        )


async def record(
    target: Target,
    live: Live,
    destination: Path,
    *,
    on_answer: Callable[[Question, Answer], None] | None = None,
) -> None:
    """Collect all facts of a target into a sealed recording at ``destination``.

    Interrupted, it leaves ``destination`` plus ``.partial``, which the next call resumes within
    the window of one recording. The sealed file appears whole or not at all.

    Raises:
        RecordingError: it can't be written, what is there is of something else, or the recording
            to continue can't be continued.
    """
    # So that whoever looks for a second witness finds another server first.
    live = replace(live, endpoints=by_server(live.endpoints))
    if live.continues is None:
        return await _record(target, live, destination, None, on_answer)
    # Opened first: what can't be continued must not leave a file behind.
    with SealedRecording.open(live.continues) as earlier:
        await _refuse_other(target, live, earlier)
        return await _record(target, live, destination, earlier, on_answer)


async def _refuse_other(target: Target, live: Live, earlier: SealedRecording) -> None:
    """Refuse to continue what is of another chain, or whose providers were others.

    Raises:
        RecordingMismatch: with what to give instead.
    """
    if earlier.run.target.get("cluster") != target.as_json()["cluster"]:
        raise RecordingMismatch(
            f"{earlier.path} records another cluster than that of {target.name}: its history can "
            "not be continued"
        )
    try:
        before = (await read_scope(Replay(earlier))).providers
    except NoScope as error:
        raise RecordingMismatch(f"{earlier.path}: {error}") from None
    except (KeyError, TypeError, ValueError):
        raise RecordingMismatch(
            f"{earlier.path} does not say in a known way what it covers: record without it"
        ) from None
    # Who witnessed what is told by labels: one that means another host would witness itself.
    for now, place in live.scope.providers:
        for label, host in before:
            if (now, place) not in before and (label == now or host == place):
                raise RecordingMismatch(
                    f"{earlier.path} was read through {label} at {host}, and this run would read "
                    f"through {now} at {place}: give the endpoints the labels they had, or record "
                    "without --continue-from"
                )


async def _record(
    target: Target,
    live: Live,
    destination: Path,
    earlier: SealedRecording | None,
    on_answer: Callable[[Question, Answer], None] | None,
) -> None:
    scope = live.scope
    if earlier is not None:
        scope = replace(scope, continues=earlier.evidence_root)
    working = destination.with_name(destination.name + WORKING_SUFFIX)
    header = RunHeader(
        kit_version=__version__,
        target_name=target.name,
        cluster=target.cluster.name,
        target=target.as_json(),
        started_at=timestamp(utc_now()),
        sealed_at=None,
    )
    recording = Recording.open(working, header)
    try:
        async with AsyncExitStack() as stack:
            genesis = target.cluster.genesis_hash
            # One provider may echo what another was asked with.
            secrets = [s for one in (*live.endpoints, *live.team) for s in one.secrets()]
            redactor = Redactor(secrets)
            rpc = RpcResolver(live.endpoints, genesis, live.policy, redactor=redactor)
            await stack.enter_async_context(rpc)
            series = prober.Prober(
                live.team, live.probes, live.interval, redactor=redactor, **live.timing
            )
            await stack.enter_async_context(series)
            operation = team.TeamResolver(live.team, genesis, live.policy, redactor=redactor)
            await stack.enter_async_context(operation)
            checkout = RepositoryResolver(live.checkout)
            resolvers: dict[str, Resolver] = {
                "rpc": rpc,
                asking.SERIES: series,
                asking.TEAM: operation,
                asking.FAILOVER: failover.FailoverCheck(
                    live.endpoints, genesis, live.policy, redactor=redactor
                ),
                "file": checkout,
                "git": checkout,
                ARTIFACT: ArtifactResolver(live.artifacts),
                KIND: ScopeResolver(scope),
            }
            collector = Collector(recording, resolvers, on_answer=on_answer)
            await collector.ask(ask_for(KIND, "scope"))
            began = await read_scope(collector)
            if began != scope:
                raise RecordingMismatch(
                    f"{working} was begun with other providers, domains, checkout or recording to "
                    "continue; give the same options again to finish it, or remove it to start "
                    "anew"
                )
            if earlier is not None:
                carry(earlier, recording)
            audit = Audit(target, collector, scope, header.started_at, "live")
            await audit.collect(live.domains)
        recording.seal(destination, timestamp(utc_now()))
        recording.discard()
    finally:
        recording.close()
