"""Read alert rules, routes, runbooks, logs and drills of the checkout."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from privatedao_audit.chain.answers import is_signature
from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.monitoring.rules.facts import (
    Drill,
    DrillFile,
    LogFile,
    RuleFacts,
    Runbook,
)
from privatedao_audit.domains.monitoring.rules.read_files import (
    alert_rows,
    drill_rows,
    runbook,
    runbook_path,
)
from privatedao_audit.domains.rpc.measure import collect_series
from privatedao_audit.domains.rpc.metrics import metrics_of
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded, joined
from privatedao_audit.repository.alert_rules import (
    Routes,
    RuleFile,
    alertmanager_routes,
    prometheus_rules,
    rules_of_rows,
)
from privatedao_audit.repository.surfaces import Rows, rows

__all__ = ["collect_rules"]

#: Most runbooks that are read, and most transactions of drills that are asked for.
MAX_RUNBOOKS = 100
MAX_DRILLED = 200


async def collect_rules(sources: Sources) -> RuleFacts:
    """The facts about rules, logs and drills of the checkout."""
    target = sources.target
    files = await _files(sources)
    routes: dict[str, Read[Routes]] = {}
    for one in sources.target.current("alertmanager-routes"):
        data = await sources.repository.file(one.file)
        routes[one.file] = decoded(
            data, partial(alertmanager_routes, one.file), f"the file {one.file}"
        )
    logs, drills = [], []
    for one in sources.target.current("alert-log"):
        read = rows(one, await sources.repository.file(one.file))
        alerts = decoded(read, alert_rows, f"the file {one.file}")
        logs.append(LogFile(one.file, alerts, await _changed(sources, one.file)))
    for one in sources.target.current("alert-drill"):
        read = rows(one, await sources.repository.file(one.file))
        drilled = await _landed(sources, decoded(read, drill_rows, f"the file {one.file}"))
        drills.append(DrillFile(one.file, drilled, await _changed(sources, one.file)))
    return RuleFacts(
        cluster=target.cluster.name,
        alerting=target.alerting,
        files=files,
        routes=routes,
        runbooks=await _runbooks(sources, files),
        logs=tuple(logs),
        drills=tuple(drills),
        probes=metrics_of(await collect_series(sources)),
    )


async def _files(sources: Sources) -> dict[str, Read[RuleFile]]:
    found: dict[str, Read[RuleFile]] = {}
    for one in sources.target.current("alert-rules"):
        data = await sources.repository.file(one.file)
        sha = canonical.sha256(data.value) if isinstance(data, Found) else ""
        found[one.file] = decoded(
            rows(one, data), partial(_of_rows, sha256=sha), f"the file {one.file}"
        )
    for one in sources.target.current("prometheus-rules"):
        data = await sources.repository.file(one.file)
        sha = canonical.sha256(data.value) if isinstance(data, Found) else ""
        found[one.file] = decoded(
            data, partial(prometheus_rules, one.file, sha), f"the file {one.file}"
        )
    return found


def _of_rows(said: Rows, sha256: str) -> RuleFile:
    return rules_of_rows(said.file, sha256, said.rows)


async def _runbooks(sources: Sources, files: dict[str, Read[RuleFile]]) -> dict[str, Read[Runbook]]:
    paths: dict[str, None] = {}
    for read in files.values():
        for rule in read.value.rules if isinstance(read, Found) else ():
            try:
                paths[runbook_path(rule.runbook)[0]] = None
            except ValueError:
                continue  # The check says so of the rule.
    found: dict[str, Read[Runbook]] = {}
    for path in list(paths)[:MAX_RUNBOOKS]:
        data = await sources.repository.file(path)
        if not isinstance(data, Found):
            found[path] = data
            continue
        changed = await _changed(sources, path)
        found[path] = decoded(data, partial(runbook, changed=changed), f"the file {path}")
    return found


async def _changed(sources: Sources, path: str) -> Read[int]:
    # What was never committed, or was changed since, is dated by its author's word alone.
    read = await last_committed(sources.repository, path)
    return Found(read.value.committer_time, read.at) if isinstance(read, Found) else read


async def _landed(sources: Sources, read: Read[tuple[Drill, ...]]) -> Read[tuple[Drill, ...]]:
    """The drills with the times of those transactions that are of the target's cluster."""
    if not isinstance(read, Found):
        return read
    name = sources.target.cluster.name
    wanted = [d.signature for d in read.value if d.cluster == name and is_signature(d.signature)]
    asked = list(dict.fromkeys(wanted))[:MAX_DRILLED]
    times: dict[str, Read[int]] = {}
    for signature, one in zip(asked, await sources.chain.transactions(asked), strict=True):
        if not isinstance(one, Found):
            times[signature] = one
        elif one.value.block_time is None:
            times[signature] = Unknown("the node keeps no time of its block", one.at)
        else:
            times[signature] = Found(one.value.block_time, one.at)
    drills = tuple(
        replace(one, landed=times.get(one.signature, Unknown(f"it is of {one.cluster}")))
        for one in read.value
    )
    absent = [one.at for one in times.values() if isinstance(one, (Found, ProvenAbsent))]
    return Found(drills, joined(read.at, *absent))
