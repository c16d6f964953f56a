"""Facts of RPC and network resilience. Times are Unix seconds unless a name says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privatedao_audit.chain.series.model import Series
from privatedao_audit.domains.monitoring.rules.facts import RuleFacts
from privatedao_audit.domains.treasury.papers.facts import Paper
from privatedao_audit.model.reads import Read, Unknown
from privatedao_audit.repository.health_scripts import Script

__all__ = [
    "Drill",
    "HealthOutput",
    "HealthScript",
    "RpcFacts",
    "RpcRow",
    "Signed",
    "Subject",
    "Told",
]


@dataclass(frozen=True, slots=True)
class Subject:
    """An account that the operation reads. ``what``: e.g. ``program governance``."""

    what: str
    address: str


@dataclass(frozen=True, slots=True)
class RpcRow:
    """One row of the RPC register, as written; empty where it says nothing.

    Attributes:
        role: ``primary``, ``fallback``, or another word.
        access: ``account``, ``own`` or ``public``.
    """

    label: str
    host: str
    operator: str
    role: str
    access: str
    owner: str
    date: str | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A series that the team measured and signed.

    Attributes:
        file: what names the series, its signer and the signature; ``series_file``: the series.
        fault: why the signature does not count; empty where it does.
        known: the signer stands in a register of this target, with more than a demo role.
        block_time: when the last finalized slot that the series tells was made, by the auditor's
            own providers.
    """

    file: str
    series_file: str
    series: Read[Series]
    signer: str
    fault: str
    known: bool
    block_time: Read[int]


@dataclass(frozen=True, slots=True)
class Drill:
    """A failover of the team's own client, as recorded. Moments as written.

    Attributes:
        log, log_sha256: the log that the client wrote, and its hash as the record states it.
        found_sha256: hash of that log in the checkout.
    """

    client: str
    primary: str
    fallback: str
    owner: str
    date: str | None
    cut_at: str
    switched_at: str
    served_at: str
    log: str
    log_sha256: str
    found_sha256: Read[str]


@dataclass(frozen=True, slots=True)
class HealthScript:
    """A health script of the team, as parsed."""

    file: str
    script: Read[Script]


@dataclass(frozen=True, slots=True)
class Told:
    """What an output tells of one endpoint; empty or None where it says nothing."""

    host: str
    genesis: str
    blockhash: str
    slot: int | None
    outcome: str


@dataclass(frozen=True, slots=True)
class HealthOutput:
    """A committed output of the team's health checks.

    Attributes:
        primary, fallback: what it tells of the two.
        accounts: how many account reads it tells of.
        outcome: of the whole, as written.
        fault: what in it is malformed.
    """

    primary: Told
    fallback: Told
    accounts: int
    outcome: str
    date: str | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class RpcFacts:
    """What is known of the operation's endpoints.

    Attributes:
        cluster, genesis: of the target.
        subjects: the accounts that the operation reads.
        exists: those of the subjects that the auditor's own providers have → slot of that read;
            Unknown where they were not asked.
        series: measured in this run.
        signed: series that the team measured itself.
        registers: RPC registers of the checkout.
        rules: alert rules, logs and drills, for RP-06.
        drills, scripts, outputs: of the team's own client and health checks.
        own_failover: which provider answered when the kit's first was cut off; a self-check of
            the run that no control counts.
    """

    cluster: str
    genesis: str
    subjects: tuple[Subject, ...] = ()
    exists: Read[Mapping[str, int]] = field(default_factory=lambda: Unknown("it was not read"))
    series: Read[Series] = field(default_factory=lambda: Unknown("no series was measured"))
    signed: tuple[Signed, ...] = ()
    registers: tuple[Paper[tuple[RpcRow, ...]], ...] = ()
    rules: RuleFacts = field(default_factory=RuleFacts)
    drills: tuple[Paper[Drill], ...] = ()
    scripts: tuple[HealthScript, ...] = ()
    outputs: tuple[Paper[HealthOutput], ...] = ()
    own_failover: Read[str] = field(default_factory=lambda: Unknown("it was not tried"))
