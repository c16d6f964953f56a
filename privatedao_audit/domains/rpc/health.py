"""RP-10: can the team's own health checks fail, and do their outputs hang together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from privatedao_audit.chain.borsh import base58_bytes
from privatedao_audit.domains.custody.blank import blank
from privatedao_audit.domains.rpc.facts import HealthOutput, HealthScript, RpcFacts, Told
from privatedao_audit.domains.rpc.judging import Fault
from privatedao_audit.domains.treasury.papers.dates import age
from privatedao_audit.domains.treasury.papers.facts import Paper
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, ReadAt, joined
from privatedao_audit.model.status import Status, worst
from privatedao_audit.repository.health_scripts import ASKS

__all__ = ["BAD", "GOOD", "checking", "verdict"]

#: Words of an outcome.
GOOD: Final = frozenset(
    {"true", "ok", "pass", "passed", "healthy", "good", "success", "green", "up"}
)
BAD: Final = frozenset(
    {"false", "fail", "failed", "failure", "error", "bad", "degraded", "unhealthy", "red", "down",
     "critical", "diverged", "stale"}
)  # fmt: skip
#: The two endpoints are asked one after the other: so many slots may lie between.
_APART: Final = 150


def verdict(word: str) -> bool | None:
    """Whether a word of an output says good (True) or bad (False); None: neither."""
    plain = word.strip().casefold()
    return True if plain in GOOD else False if plain in BAD else None


def checking(facts: RpcFacts, limits: Limits) -> Iterator[Part]:
    """The parts of RP-10: the scripts together, and each output."""
    if not facts.scripts:
        text = "The target maps no health script of the team."
        yield Part("scripts", Status.UNKNOWN, text)
    else:
        yield from _scripts(facts.scripts)
    if not facts.outputs:
        text = "The target maps no output of the team's health checks."
        yield Part("outputs", Status.UNKNOWN, text)
    else:
        yield from _outputs(facts, limits)


def _scripts(scripts: tuple[HealthScript, ...]) -> Iterator[Part]:
    at = joined(*(one.script.at for one in scripts))
    read = [(one.file, one.script.value) for one in scripts if isinstance(one.script, Found)]
    for one in scripts:
        if not isinstance(one.script, Found):
            text = f"The health script {one.file} is not in the checkout."
            yield unread(f"script {one.file}", one.script, absent=Status.MISSING,
                         absent_summary=text)  # fmt: skip
            continue
        found = one.script.value
        label, where = f"script {one.file}", one.script.at
        seen = {"fails_on": list(found.fails[:8])}
        if not found.methods and not found.opaque:
            text = f"{one.file} asks no endpoint for anything."
            yield Part(label, Status.FAIL, text, where, observed=seen)
        elif found.constants:
            name, line = next(iter(found.constants.items()))
            text = f"{one.file} writes {name} as true on line {line}, and nowhere otherwise."
            yield Part(label, Status.FAIL, text, where, observed=seen)
        elif not found.fails:
            status = Status.UNKNOWN if found.opaque else Status.FAIL
            text = f"{one.file} has no way to end badly, so that it can't fail."
            yield Part(label, status, text, where, observed=seen)
        else:
            text = f"{one.file} can end badly, on line {found.fails[0]} for one."
            yield Part(label, Status.PASS, text, where, observed=seen)
    if not read:
        return
    for name in ASKS:
        asking = [file for file, script in read if name in script.asks]
        opaque = [f"{file}: {script.opaque}" for file, script in read if script.opaque]
        label = f"asks for {name}"
        if asking:
            text = f"{asking[0]} asks for the {name}."
            yield Part(label, Status.PASS, text, at, observed=True)
        elif opaque or len(read) < len(scripts):
            why = opaque[0] if opaque else "a script was not read"
            text = f"No script is seen to ask for the {name}; {why}."
            yield Part(label, Status.UNKNOWN, text, at, observed=False)
        else:
            text = f"No health script asks for the {name}."
            yield Part(label, Status.FAIL, text, at, observed=False)


def _outputs(facts: RpcFacts, limits: Limits) -> Iterator[Part]:
    at = joined(*(paper.said.at for paper in facts.outputs))
    seen: set[bool] = set()
    for paper in facts.outputs:
        label = f"output {paper.file}"
        if not isinstance(paper.said, Found):
            text = f"The health output {paper.file} is not in the checkout."
            yield unread(label, paper.said, absent=Status.MISSING, absent_summary=text)
            continue
        part, good = _output(label, paper, paper.said.value, facts, limits)
        yield part
        if part.status is Status.PASS and good is not None:
            seen.add(good)
    if len(facts.outputs) and True not in seen:
        text = "No output shows the checks with sound endpoints."
        yield Part("a good outcome", Status.UNKNOWN, text, at)
    if False in seen:
        text = "An output shows that the outcome can be bad."
        yield Part("a bad outcome", Status.PASS, text, at, observed=True)
    else:
        text = (
            "No output that can be relied on has a bad outcome, so that the outcome can be bad is "
            "not shown: keep one of a provoked failure."
        )
        yield Part("a bad outcome", Status.UNKNOWN, text, at, observed=False)


def _output(
    label: str, paper: Paper[HealthOutput], said: HealthOutput, facts: RpcFacts, limits: Limits
) -> tuple[Part, bool | None]:
    at: ReadAt = joined(paper.said.at, paper.changed.at)
    good = _outcome(said)
    seen = {"outcome": said.outcome, "hosts": [said.primary.host, said.fallback.host]}
    faults: list[Fault] = []
    if said.fault:
        faults.append((Status.UNKNOWN, f"it is malformed: {said.fault}"))
    if good is None:
        faults.append(
            (Status.UNKNOWN, f"its outcome {said.outcome[:40]!r} is neither good nor bad")
        )
    wrong, silent = list(_wrong(said, facts)), list(_silent(said))
    if good and wrong:
        faults.append((Status.FAIL, f"it calls good what is not: {'; '.join(wrong)}"))
    if good:
        faults += [(Status.MISSING, f"it tells no {name}") for name in silent]
    elif good is False and not (said.primary.host or said.fallback.host):
        faults.append((Status.UNKNOWN, "it calls bad what it does not name"))
    elif good is False and not wrong and not silent:
        faults.append((Status.UNKNOWN, "it calls bad what its own figures show as sound"))
    status, told = age(paper, said.date, limits.drill_age_seconds)
    if status is not Status.PASS:
        faults.append((status, told))
    if faults:
        status = worst(one for one, _ in faults)
        clauses = [text for _s, text in sorted(faults, key=lambda fault: fault[0] is not status)]
        return Part(
            label, status, f"The output {paper.file}: {'; '.join(clauses)}.", at, seen
        ), good
    word = "good, and its figures bear it out" if good else "bad, and its figures show why"
    return Part(label, Status.PASS, f"The outcome of {paper.file} is {word}.", at, seen), good


def _outcome(said: HealthOutput) -> bool | None:
    """Good only where the whole and both endpoints are, as far as they are told of."""
    words = [one for one in (said.outcome, said.primary.outcome, said.fallback.outcome)
             if not blank(one)]  # fmt: skip
    found = [verdict(word) for word in words]
    if not found or None in found:
        return None
    return all(found)


def _silent(said: HealthOutput) -> Iterator[str]:
    for name, one in (("primary", said.primary), ("fallback", said.fallback)):
        for what, value in (("host", one.host), ("genesis hash", one.genesis),
                            ("blockhash", one.blockhash), ("slot", one.slot)):  # fmt: skip
            if value in ("", None):
                yield f"{what} of the {name}"
    if not said.accounts:
        yield "account read"


def _wrong(said: HealthOutput, facts: RpcFacts) -> Iterator[str]:
    """What the figures of an output show to be bad."""
    one, other = said.primary, said.fallback
    if one.host and one.host.casefold() == other.host.casefold():
        yield f"both endpoints are one host, {one.host}"
    for name, told in (("primary", one), ("fallback", other)):
        if told.genesis and told.genesis != facts.genesis:
            yield f"the {name} serves another cluster, of genesis {told.genesis[:44]}"
        if told.blockhash and not _is_hash(told):
            yield f"the blockhash of the {name} is none"
    if one.slot is not None and other.slot is not None and abs(one.slot - other.slot) > _APART:
        yield f"their slots are {abs(one.slot - other.slot)} apart"


def _is_hash(told: Told) -> bool:
    try:
        raw = base58_bytes(told.blockhash, "the blockhash")
    except ValueError:
        return False
    return len(raw) == 32 and any(raw)
