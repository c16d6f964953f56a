"""IR-07: was each path drilled, and does the chain or a recording show it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from privatedao_audit.domains.custody.signers.dates import asked
from privatedao_audit.domains.incident.drills.facts import Acted, Carried, Drill, DrillFile
from privatedao_audit.domains.incident.facts import IncidentFacts
from privatedao_audit.domains.incident.levers import FITTING, NONE
from privatedao_audit.domains.monitoring.rules.handling import aged
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.parts import INCIDENT_PATHS
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt, joined
from privatedao_audit.model.status import Status
from privatedao_audit.protocols.base import GovernanceProtocol
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of

__all__ = ["drilled"]

#: Which of several drills of a path counts: one that is good is enough, one that is made up fails.
_BEST: Final = (
    Status.PASS, Status.UNKNOWN, Status.STALE, Status.MISSING, Status.DIVERGED,
)  # fmt: skip
#: Paths that may be drilled without a lever.
_WITHOUT_LEVER: Final = frozenset({"IR-03", "IR-05"})
_OUTAGE: Final = "IR-05"


@dataclass(frozen=True, slots=True)
class _Said:
    """What one drill comes to."""

    drill: Drill
    status: Status
    why: str
    at: ReadAt
    proof: tuple[str, ...] = ()


def drilled(facts: IncidentFacts, limits: Limits) -> Iterator[Part]:
    """The parts of IR-07: one for each path, and one for each drill that is shown to be wrong."""
    for file in facts.drills:
        if not isinstance(file.drills, Found):
            text = f"The drill record {file.file} is not in the checkout."
            yield unread(file.file, file.drills, absent=Status.MISSING, absent_summary=text)
    read = [file for file in facts.drills if isinstance(file.drills, Found)]
    if not read:
        return
    try:
        protocol = protocol_of(facts.governance.protocol)
    except UnknownProtocol as error:
        yield Part("drills", Status.UNKNOWN, f"What was drilled can't be read: {error}.")
        return
    at = joined(*(file.drills.at for file in read))
    used: dict[str, str] = {}
    for path in INCIDENT_PATHS:
        said = [
            _judged(file, drill, facts, limits, protocol, used)
            for file in read if isinstance(file.drills, Found)
            for drill in file.drills.value if drill.path == path
        ]  # fmt: skip
        yield from _of_path(path, said, at)
    for file in read:
        for drill in file.drills.value if isinstance(file.drills, Found) else ():
            if drill.path not in INCIDENT_PATHS:
                text = f"The drill at {drill.place} is malformed: {drill.fault}."
                yield Part(drill.place, Status.UNKNOWN, text, file.drills.at)


def _of_path(path: str, said: list[_Said], at: ReadAt) -> Iterator[Part]:
    for one in said:
        if one.status is Status.FAIL:
            text = f"The drill of {path} ({one.drill.place}) {one.why}."
            yield Part(f"{path}: {one.drill.place}", Status.FAIL, text, joined(at, one.at))
    good = [one for one in said if one.status is not Status.FAIL]
    if not good:
        if not said:
            yield Part(path, Status.MISSING, f"No drill of {path} is recorded.", at)
        return
    best = min(good, key=lambda one: _BEST.index(one.status))
    drill = best.drill
    if best.status is not Status.PASS:
        text = f"The drill of {path} ({drill.place}) {best.why}."
        yield Part(path, best.status, text, joined(at, best.at))
        return
    seen = {
        "cluster": drill.cluster, "date": drill.date, "instruction": drill.instruction,
        "seconds to detect": _between(drill.started_at, drill.detected_at),
        "seconds to contain": _between(drill.detected_at, drill.contained_at),
        "transactions": list(best.proof),
    }  # fmt: skip
    text = f"{path} was drilled on {drill.cluster} on {drill.date}: {best.why}."
    yield Part(path, Status.PASS, text, joined(at, best.at), seen)


def _between(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else second - first


def _judged(
    file: DrillFile,
    drill: Drill,
    facts: IncidentFacts,
    limits: Limits,
    protocol: GovernanceProtocol,
    used: dict[str, str],
) -> _Said:
    assert isinstance(file.drills, Found)
    places = [file.drills.at, file.changed.at, facts.registered.at]
    if drill.fault:
        return _Said(drill, Status.UNKNOWN, f"is malformed: {drill.fault}", file.drills.at)
    found = _timed(drill, file) or _taken(drill, facts) or _lever(drill, protocol)
    if found is not None:
        return _Said(drill, *found, joined(*places))
    status, why, more, proof = _shown(drill, facts, protocol, used)
    places += more
    if status is Status.PASS:
        declared = [drill.date, datetime.fromtimestamp(drill.started_at or 0, UTC).isoformat()]
        late, age = aged(declared, file.changed, file.drills.at, limits.drill_age_seconds)
        if late is not Status.PASS:
            return _Said(drill, late, age, joined(*places))
    if status is Status.PASS and any(not gap.closed for gap in drill.gaps or ()):
        count = sum(not gap.closed for gap in drill.gaps or ())
        why = f"left gaps that are not closed: {count}"
        return _Said(drill, Status.MISSING, why, joined(*places))
    if status is Status.PASS:
        used.update(dict.fromkeys(proof, drill.path))
    return _Said(drill, status, why, joined(*places), proof)


_Fault = tuple[Status, str] | None


def _timed(drill: Drill, file: DrillFile) -> _Fault:
    started, detected, contained = drill.started_at, drill.detected_at, drill.contained_at
    if started is None or detected is None or contained is None:
        return Status.MISSING, "lacks times: it is a form, and no drill was held"
    if not started <= detected <= contained:
        return Status.FAIL, "was detected before it started, or contained before it was detected"
    now = asked(file.drills.at.asked_at)
    if now is None:
        return Status.UNKNOWN, "was read at a time that is not known"
    if contained > now:
        return Status.FAIL, "was contained in the future"
    if not drill.date:
        return Status.MISSING, "has no date"
    if drill.gaps is None:
        return Status.MISSING, "says nothing of gaps, not even that there were none"
    return None


def _taken(drill: Drill, facts: IncidentFacts) -> _Fault:
    """Who took part: registered keys."""
    if not isinstance(facts.registered, Found):
        return Status.UNKNOWN, "can't be held against the signer registers: they were not read"
    known = facts.registered.value
    if not drill.participants:
        return Status.MISSING, "names nobody who took part"
    strangers = [one for one in drill.participants if one not in known]
    if strangers:
        return Status.FAIL, f"names {strangers[0]} as taking part, which no register knows"
    return None


def _lever(drill: Drill, protocol: GovernanceProtocol) -> _Fault:
    """Whether what was drilled is a lever of that path."""
    name = drill.instruction
    if not name:
        return Status.MISSING, "does not say which lever was drilled"
    if name == NONE:
        if drill.path in _WITHOUT_LEVER:
            return None
        return Status.MISSING, "drilled no lever, and this path has one"
    rule = protocol.lever_rules.get(name)
    if rule is None or not rule.moments:
        why = "" if rule is None else f": {rule.why}"
        return Status.FAIL, f"drilled {name!r}, which is no lever of the program{why}"
    if protocol.instruction_rules[name].does not in FITTING[drill.path]:
        return Status.FAIL, f"drilled {name}, which does not help on this path"
    return None


def _shown(
    drill: Drill, facts: IncidentFacts, protocol: GovernanceProtocol, used: Mapping[str, str]
) -> tuple[Status, str, list[ReadAt], tuple[str, ...]]:
    """What the transactions and the recording of a drill show."""
    places = [read.at for read in drill.acted.values()]
    if drill.recording is not None:
        places.append(drill.recording.at)
        fault = _carried(drill, drill.recording)
        if fault is not None:
            return *fault, places, ()
    if drill.path == _OUTAGE and drill.instruction == NONE:
        status, why = _outage(drill)
        return status, why, places, ()
    if not drill.acted:
        return Status.MISSING, "names no transaction", places, ()
    for name, read in drill.acted.items():
        fault = _landed(drill, name, read)
        if fault is not None:
            return *fault, places, ()
    acts = {name: read.value for name, read in drill.acted.items() if isinstance(read, Found)}
    twice = [name for name in acts if used.get(name, drill.path) != drill.path]
    if twice:
        why = f"shows {twice[0]} again, which counts for {used[twice[0]]} already"
        return Status.MISSING, why, places, ()
    if drill.instruction == NONE:
        status, why, proof = _traced(drill, acts, protocol)
    else:
        status, why, proof = _pulled(drill, acts, facts)
    return status, why, places, proof


def _carried(drill: Drill, recording: Read[Carried]) -> _Fault:
    if isinstance(recording, Diverged):
        return Status.DIVERGED, f"carries a recording that is not one: {recording.reason}"
    if not isinstance(recording, Found):
        why = getattr(recording, "reason", "it is not in the checkout")
        missing = isinstance(recording, ProvenAbsent)
        return (
            Status.MISSING if missing else Status.UNKNOWN,
            f"carries a recording that does not serve: {why}",
        )
    if recording.value.genesis_hash != drill.genesis_hash:
        return Status.FAIL, "carries a recording of another cluster than it names"
    return None


def _outage(drill: Drill) -> tuple[Status, str]:
    """An outage leaves no transaction: the recording has to show that a provider failed."""
    if not isinstance(drill.recording, Found):
        return Status.MISSING, "carries no recording, and nothing on chain shows an outage"
    said = drill.recording.value
    began, over = drill.started_at or 0, drill.contained_at or 0
    if not (began <= said.began and said.began <= over):
        return Status.FAIL, "carries a recording that was not begun in its time"
    if not said.outage:
        return Status.MISSING, "carries a recording in which no provider failed"
    return Status.PASS, "its recording shows a provider fail and another one answer"


def _landed(drill: Drill, name: str, read: Read[Acted]) -> _Fault:
    if isinstance(read, ProvenAbsent):
        return Status.FAIL, f"names the transaction {name}, which is not on {drill.cluster}"
    if isinstance(read, Diverged):
        return Status.DIVERGED, f"names {name}: {read.reason}"
    if not isinstance(read, Found):
        return Status.UNKNOWN, f"names {name}, which was not read: {read.reason}"
    moment = read.value.block_time
    if moment is None:
        return Status.UNKNOWN, f"names {name}, of whose time the node keeps nothing"
    began, over = drill.started_at or 0, drill.contained_at or 0
    if not began <= moment <= over:
        return Status.FAIL, f"names {name}, which landed outside of its times"
    return None


def _traced(
    drill: Drill, acts: Mapping[str, Acted], protocol: GovernanceProtocol
) -> tuple[Status, str, tuple[str, ...]]:
    """Without a lever: the payment that was looked into.

    In a recording that was made to drill on, an attempt that was refused may be the anomaly. On
    the cluster anybody can have a payment refused, which shows no drill.
    """
    paid = tuple(
        name for name, one in acts.items()
        if (one.succeeded or not drill.here)
        and any(protocol.instruction_rules[call.instruction].moves_funds for call in one.calls)
    )  # fmt: skip
    if paid:
        where = "on the cluster" if drill.here else "in the recording, which was replayed"
        return Status.PASS, f"the payment that was looked into is {where}", paid
    return Status.MISSING, "names no transaction that moves funds of the treasury", ()


def _pulled(
    drill: Drill, acts: Mapping[str, Acted], facts: IncidentFacts
) -> tuple[Status, str, tuple[str, ...]]:
    """With a lever: some transaction pulled it, by a registered key, and it took effect."""
    assert isinstance(facts.registered, Found)
    known = set(facts.registered.value)
    name = drill.instruction
    calls = [
        (signature, one, call)
        for signature, one in acts.items()
        for call in one.calls
        if call.instruction == name and call.scoped
    ]
    if not calls:
        if all(one.complete for one in acts.values()):
            return Status.MISSING, f"shows no transaction that invokes {name}", ()
        return Status.UNKNOWN, f"may invoke {name} in a part that was not recorded", ()
    took = [(signature, one, call) for signature, one, call in calls if one.succeeded]
    if not took:
        return Status.MISSING, f"shows no {name} that took effect", ()
    proof = tuple(
        signature for signature, one, call in took
        if call.signer in known or (not call.by_key and known & set(one.signers))
    )  # fmt: skip
    if not proof:
        return Status.FAIL, f"shows {name} by keys that no register knows", ()
    return Status.PASS, f"{name} took effect, signed by a registered key", proof
