"""Play the script on a local chain and record an audit of it, with the target that goes with it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from privatedao_audit.audit.live import Live, record
from privatedao_audit.chain.endpoints import Endpoint, EndpointKind, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.model.target import Target, parse
from privatedao_audit.rehearsal import dossier, example, outage
from privatedao_audit.rehearsal.life.facts import Life
from privatedao_audit.rehearsal.node import LocalNode
from privatedao_audit.rehearsal.operation import (
    INTERVAL,
    PROBES,
    SERIES_SECONDS,
    ChainTime,
    operation,
)
from privatedao_audit.rehearsal.profile import code_of, profile_of
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.script import STORY_SECONDS, play

__all__ = ["POLICY", "SAMPLES", "Sample", "code_of", "make", "profile_of", "record_life"]

#: Name of a sample → whether its life is the healthy one.
SAMPLES = {"sample": False, "sample-healthy": True}

#: The local chain serves one auditor and has no limits; waiting would only cost time.
POLICY = Policy(requests_per_second=0, backoff_base=0.05, backoff_cap=0.5, reread_pause=0.05)


@dataclass(frozen=True, slots=True)
class Sample:
    """A recorded rehearsal: the target and where its files lie."""

    target: Target
    profile: Path
    recording: Path


def make(name: str, profile: Path, recording: Path, papers: Path | None = None) -> Sample:
    """Play a sample, record it and write its profile.

    Args:
        name: ``sample`` or ``sample-healthy``.
        profile: where the target profile is written.
        recording: where the sealed recording is written.
        papers: where the filled dossier is written, on its own; None: nowhere.

    Raises:
        MissingPart: Node or Surfpool is not there, with how to get it.
        Occupied: something else than such a dossier lies at `papers`.
        RecordingError: the recording can't be written.
    """
    with (
        LocalNode(started_ago=STORY_SECONDS + SERIES_SECONDS) as node,
        tempfile.TemporaryDirectory() as folder,
    ):
        life = play(node, SAMPLES[name])
        checkout = Path(folder) / "checkout"
        checkout.mkdir()
        dossier.write(life, checkout, outage.drill(node, life))
        text = profile_of(name, life, code_of(node, life.squads_program))
        target = parse(text, str(profile))
        record_life(node, life, target, checkout, recording, series=True)
        if papers is not None:
            example.write(life, target, checkout, papers)
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.write_text(text, encoding="utf-8")
    return Sample(target, profile, recording)


def record_life(
    node: LocalNode,
    life: Life,
    target: Target,
    checkout: Path | None,
    recording: Path,
    domains: Sequence[str] | None = None,
    *,
    series: bool = False,
) -> None:
    """Record an audit of a life that was played, through two providers.

    Args:
        checkout: the dossier's folder; None: documents are UNKNOWN.
        recording: where the sealed recording is written.
        domains: those to collect; None: all.
        series: measure the operation's own endpoints too, for which the chain goes on.

    Raises:
        RecordingError: the recording can't be written.
    """
    recording.parent.mkdir(parents=True, exist_ok=True)
    clock = ChainTime(node)
    with (
        tempfile.TemporaryDirectory() as folder,
        Proxy(node) as first,
        Proxy(node) as second,
        operation(node, clock) as team,
    ):
        # The auditor built the release commit; in mid-rollout something else runs.
        built = Path(folder) / "governance.so"
        built.write_bytes(life.release.artifact)
        endpoints = [
            Endpoint(label, SecretUrl(proxy.url), EndpointKind.LITERAL)
            for label, proxy in (("first", first), ("second", second))
        ]
        live = Live(endpoints, checkout, policy=POLICY, artifacts={"governance": built})
        if series:
            live = replace(
                live, team=team, probes=PROBES, interval=INTERVAL, timing=clock.timing
            )
        if domains is not None:
            live = replace(live, domains=list(domains))
        asyncio.run(record(target, live, recording))
