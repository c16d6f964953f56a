"""Facts about alert rules, the log of alerts, and drills. Times are Unix seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from privatedao_audit.domains.monitoring.rules.samples import Series
from privatedao_audit.model.alerting import Alerting
from privatedao_audit.model.reads import Read, Unknown
from privatedao_audit.repository.alert_rules import Routes, RuleFile

_NO_PROBES: Final = Unknown("no series of probes is read in this domain")

__all__ = ["Alert", "Drill", "DrillFile", "LogFile", "RuleFacts", "Runbook"]


@dataclass(frozen=True, slots=True)
class Runbook:
    """A runbook that rules name: its visible text, and when git says that it last changed.

    Attributes:
        sections: heading, as links name it → the text below it; the whole text under ``""``.
        names: what it names as code or as a heading, as words.
        date: that it declares for itself, as written; None where it declares none.
    """

    sections: Mapping[str, str]
    names: frozenset[str]
    date: str | None
    changed: Read[int]


@dataclass(frozen=True, slots=True)
class Alert:
    """One row of a log of alerts.

    Attributes:
        rule: id of the rule that raised it.
        signature, address: what it is about; empty where the row does not say.
        raised_at, received_at: None where the row gives no time.
        receipt: what shows that somebody received it; empty where nothing does.
        fault: what is malformed in the row; such a row shows nothing.
    """

    rule: str
    signature: str
    address: str
    raised_at: int | None
    received_at: int | None
    receipt: str
    place: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log of alerts. ``changed``: when git says that it last changed."""

    file: str
    alerts: Read[tuple[Alert, ...]]
    changed: Read[int]


@dataclass(frozen=True, slots=True)
class Drill:
    """One firing of a rule in a drill.

    Attributes:
        rule_file_sha256: of the rule file as it stood in the drill.
        cluster: on which it was fired.
        signature: the transaction that made it fire; empty where the row names none.
        landed: when that transaction landed; Unknown where it is of another cluster.
        date: as written.
        fault: what is malformed in the row.
    """

    rule: str
    rule_file_sha256: str
    cluster: str
    signature: str
    fired_at: int | None
    received_at: int | None
    receipt: str
    date: str
    place: str
    landed: Read[int]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class DrillFile:
    """A record of drills. ``changed``: when git says that it last changed."""

    file: str
    drills: Read[tuple[Drill, ...]]
    changed: Read[int]


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """Facts about alert rules, the log of alerts, and drills.

    Attributes:
        cluster: name of the target's cluster.
        alerting: the auditor's reading of the team's words.
        files: file → its rules; empty where the target maps none.
        routes: Alertmanager configurations; rules of Prometheus files take their route from them.
        runbooks: path → runbook, those that a rule names.
        probes: series of the conditions of RPC endpoints.
    """

    cluster: str = ""
    alerting: Alerting = field(default_factory=Alerting)
    files: Mapping[str, Read[RuleFile]] = field(default_factory=dict)
    routes: Mapping[str, Read[Routes]] = field(default_factory=dict)
    runbooks: Mapping[str, Read[Runbook]] = field(default_factory=dict)
    logs: tuple[LogFile, ...] = ()
    drills: tuple[DrillFile, ...] = ()
    probes: Read[tuple[Series, ...]] = _NO_PROBES
