"""Are the levers that a runbook names levers? Held against the program and its present state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from privatedao_audit.domains.incident.facts import Book, IncidentFacts, Power
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt, joined
from privatedao_audit.model.status import Status, worst
from privatedao_audit.protocols.base import GovernanceProtocol, InstructionRule, LeverRule, Moment

__all__ = ["FITTING", "NONE", "lever_part"]

NONE: Final = "none"
_ANY_TIME: Final = "any time"

#: Path → what the levers do that help on it. Without one, "none" is the only answer.
FITTING: Final[Mapping[str, frozenset[str]]] = {
    "IR-01": frozenset({"cancel", "veto"}),
    "IR-02": frozenset({"veto"}),
    "IR-03": frozenset({"veto"}),
    "IR-04": frozenset({"hand over"}),
    "IR-05": frozenset(),
}
#: Paths on which "none" is an answer, and from when on.
_NONE_FROM: Final = {"IR-03": Moment.EXECUTED.value, "IR-05": ""}

_MOMENTS: Final = {one.value: one for one in Moment}


@dataclass(slots=True)
class _Said:
    """What comes of the levers of one path, while they are looked through.

    Attributes:
        denied: a runbook that says "none" on a path that has levers; empty where none does.
    """

    verdicts: list[tuple[Status, str]] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    places: list[ReadAt] = field(default_factory=list)
    fits: bool = False
    none: bool = False
    denied: str = ""


def lever_part(
    path: str, books: Sequence[Book], facts: IncidentFacts, protocol: GovernanceProtocol
) -> Part:
    """The part of a path about its lever: what its runbooks name, and whether that exists."""
    label = "on-chain lever"
    read = [book for book in books if isinstance(book.said, Found)]
    said = _Said(places=[book.said.at for book in read])
    for book in read:
        _front(path, book, facts, protocol, said)
    if not said.verdicts and said.seen and not said.denied:
        text = f"{' and '.join(said.seen)} are of other programs, which this does not judge"
        said.verdicts.append((Status.UNKNOWN, text))
    if not said.verdicts and not said.denied:
        for book in read:
            _prose(path, book, facts, protocol, said)
    if said.denied and not said.fits:
        said.verdicts.append(_denied(path, facts, protocol, said))
    at = joined(*said.places)
    warned = [one for book in read for one in _warned(book, protocol)]
    if not said.verdicts:
        text = f"No runbook of {path} names an on-chain lever, or says that there is none."
        return Part(label, Status.MISSING, text, at)
    good = all(one is Status.ATTESTED for one, _text in said.verdicts)
    if good and not said.fits and not said.none:
        text = f"the levers it names do not help on this path: {_listed(path)} does"
        said.verdicts.append((Status.MISSING, text))
    said.verdicts += warned
    status = worst(one for one, _text in said.verdicts)
    texts = list(dict.fromkeys(text for one, text in said.verdicts if one is status))
    observed = {"named": said.named, "state": said.seen}
    return Part(label, status, _sentence("; ".join(texts)), at, observed)


def _listed(path: str) -> str:
    return " or ".join(sorted(FITTING[path])) or "none"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _front(
    path: str, book: Book, facts: IncidentFacts, protocol: GovernanceProtocol, said: _Said
) -> None:
    assert isinstance(book.said, Found)
    for one in book.said.value.levers:
        name, when = one.instruction, one.when
        said.named.append(f"{name} {when}".strip())
        where = f"the runbook {book.file} names {name!r}"
        rule = protocol.lever_rules.get(name)
        if name.casefold() == NONE:
            _none(path, book.file, when, said)
        elif not name:
            said.verdicts.append((Status.MISSING, f"the runbook {book.file} names no instruction"))
        elif ":" in name:
            # Of another program, such as the loader's: told, and no answer on its own.
            said.seen[name] = "of another program, not judged"
        elif rule is not None and not rule.moments:
            said.verdicts.append((Status.FAIL, f"{where}, which is no lever: {rule.why}"))
        elif rule is not None:
            _timed(where, when, rule, said)
            _works(path, rule, facts, protocol, said)
        elif name in protocol.instruction_rules:
            text = f"{where}; that it could stop anything is not known to the kit"
            said.verdicts.append((Status.UNKNOWN, text))
        else:
            look = next((one for one in protocol.lever_rules.values()
                         if not one.moments and one.instruction in name), None)  # fmt: skip
            why = f": {look.why}" if look is not None else ""
            said.verdicts.append((Status.FAIL, f"{where}, which the program does not have{why}"))


def _none(path: str, file: str, when: str, said: _Said) -> None:
    said.seen[NONE] = when or "said"
    said.none = True
    if path not in _NONE_FROM:
        said.denied = said.denied or file
    elif _NONE_FROM[path] and when and when != _NONE_FROM[path]:
        text = f"the runbook {file} says none {when!r}, where another lever may still work"
        said.verdicts.append((Status.UNKNOWN, text))
    else:
        text = f"the runbook {file} says that there is no lever, which is so"
        said.verdicts.append((Status.ATTESTED, text))


def _denied(
    path: str, facts: IncidentFacts, protocol: GovernanceProtocol, said: _Said
) -> tuple[Status, str]:
    """Whether it is so that nothing on chain helps, where the runbooks name no lever that does."""
    told = f"the runbook {said.denied} says that there is no lever"
    rules = [
        rule for name, rule in protocol.lever_rules.items()
        if rule.moments and _does(name, protocol) in FITTING[path]
    ]  # fmt: skip
    looked = _Said()
    found = [
        (rule, status) for rule in rules for power in facts.powers
        for status, _text in _state(rule, power, protocol, looked)
    ]  # fmt: skip
    said.places += looked.places
    there = list(dict.fromkeys(r.instruction for r, status in found if status is Status.ATTESTED))
    if there:
        return Status.MISSING, f"{told}, and {' and '.join(there)} may help"
    if found and all(status is Status.FAIL for _rule, status in found):
        return Status.ATTESTED, f"{told}, which is so in the present state"
    return Status.UNKNOWN, f"{told}; whether that is so is not known"


def _does(name: str, protocol: GovernanceProtocol) -> str:
    rule: InstructionRule | None = protocol.instruction_rules.get(name)
    return "" if rule is None else rule.does


def _timed(where: str, when: str, rule: LeverRule, said: _Said) -> None:
    """Whether the lever works at the moment that the runbook states."""
    always = rule.moments == frozenset(Moment)
    if not when:
        said.verdicts.append((Status.MISSING, f"{where} without saying when it works"))
        return
    if when == _ANY_TIME:
        if not always:
            said.verdicts.append((Status.FAIL, f"{where} for any time, but {rule.why}"))
        return
    moment = _MOMENTS.get(when)
    if moment is None:
        known = ", ".join(repr(one) for one in (*_MOMENTS, _ANY_TIME))
        text = f"{where} for {when[:60]!r}, which is none of the moments known: {known}"
        said.verdicts.append((Status.UNKNOWN, text))
    elif moment not in rule.moments:
        said.verdicts.append((Status.FAIL, f"{where} {when}, where it does not work: {rule.why}"))


def _works(
    path: str,
    rule: LeverRule,
    facts: IncidentFacts,
    protocol: GovernanceProtocol,
    said: _Said,
) -> None:
    """Whether the lever exists in the present state of each DAO, and how fast it acts."""
    name = rule.instruction
    if _does(name, protocol) in FITTING[path]:
        said.fits = True
    if not facts.powers:
        text = f"whether {name} exists now is not known: no DAO could be read"
        said.verdicts.append((Status.UNKNOWN, text))
    for power in facts.powers:
        said.verdicts += _state(rule, power, protocol, said)


def _state(
    rule: LeverRule, power: Power, protocol: GovernanceProtocol, said: _Said
) -> Iterator[tuple[Status, str]]:
    name = rule.instruction
    needs = power.needs.get(rule.role)
    if not isinstance(needs, Found):
        yield _unread(needs, f"how long {name} takes at {power.name}")
        return
    said.places.append(needs.at)
    if set(rule.builds) != set(protocol.builds):
        used = power.performed.get(name)
        if not isinstance(used, Found):
            yield _unread(used, f"whether the program of {power.name} has {name}")
            return
        said.places.append(used.at)
        if not used.value:
            why = "not every build of the program has it, and no transaction shows it"
            yield Status.UNKNOWN, f"whether {name} exists at {power.name} is not known: {why}"
            return
    kind = power.kinds.get(rule.role, "key")
    seen: dict[str, Any] = {"by": kind, "seconds to effect": needs.value}
    who = f"{rule.role} of {power.name} (a {kind})"
    text = f"the lever {name}, of the {who}, takes effect {_after(needs.value)}"
    if rule.window:
        if not isinstance(power.delays, Found):
            yield _unread(power.delays, f"the delays of {power.name}")
            return
        said.places.append(power.delays.at)
        window = power.delays.value.get(rule.window)
        if window is None:
            yield Status.UNKNOWN, f"{power.name} states no {rule.window} delay"
            return
        seen["window in seconds"] = window
        if window <= 0:
            yield (
                Status.FAIL,
                f"{name} is no lever at {power.name}: its {rule.window} delay is 0, which leaves "
                "no time for it",
            )
            return
        text += f", and has a window of {window} s"
        if needs.value >= window:
            text += f": it comes in time only if approved {needs.value - window} s before it opens"
    elif needs.value and rule.moments != frozenset(Moment):
        text += f"; {rule.why}"
    said.seen.setdefault(name, {})[power.dao] = seen
    yield Status.ATTESTED, text


def _after(seconds: int) -> str:
    return "at once" if seconds == 0 else f"{seconds} s after its approval"


def _unread(read: Read[Any] | None, what: str) -> tuple[Status, str]:
    if isinstance(read, Diverged):
        return Status.DIVERGED, f"{what}: {read.reason}"
    if isinstance(read, ProvenAbsent):
        return Status.UNKNOWN, f"{what} is not known: there is no such account"
    why = "it was not read" if read is None else getattr(read, "reason", "it was not read")
    return Status.UNKNOWN, f"{what} is not known: {why}"


def _section(book: Book) -> str:
    assert isinstance(book.said, Found)
    element = book.said.value.elements["lever"]
    return f"the section {element.place!r} of {book.file}:{element.line}"


def _prose(
    path: str, book: Book, facts: IncidentFacts, protocol: GovernanceProtocol, said: _Said
) -> None:
    """A runbook without front matter: its words tell which lever it means, hardly when."""
    assert isinstance(book.said, Found)
    runbook = book.said.value
    if not runbook.elements["lever"].lines:
        return
    said.named += [*runbook.words, *runbook.codes]
    named = [one for one in runbook.codes if one in protocol.lever_rules]
    does = {_does(name, protocol) for name in named} | set(runbook.words)
    rules = [
        rule for name, rule in protocol.lever_rules.items()
        if rule.moments and (name in named or _does(name, protocol) in does)
    ]  # fmt: skip
    for rule in _one_of_each(rules, protocol):
        _works(path, rule, facts, protocol, said)
    if not rules and NONE in runbook.words:
        _none(path, book.file, "", said)
    elif not rules:
        text = f"{_section(book)} names no lever that the kit knows, nor says that there is none"
        said.verdicts.append((Status.UNKNOWN, text))


def _warned(book: Book, protocol: GovernanceProtocol) -> Iterator[tuple[Status, str]]:
    """What people would read and follow, whatever the front matter says."""
    assert isinstance(book.said, Found)
    runbook = book.said.value
    for code in runbook.codes:
        look = [one for one in protocol.lever_rules.values()
                if not one.moments and one.instruction in code]  # fmt: skip
        if look:
            why = f"which is no lever: {look[0].why}"
            yield Status.FAIL, f"{_section(book)} names {code!r}, {why}"
    if runbook.late:
        why = "seems to promise a lever beyond its last moment; read it by hand"
        yield Status.UNKNOWN, f"{_section(book)} {why}"
    if "halt" in runbook.words:
        why = "speaks of stopping the program; whether anything can is not said"
        yield Status.UNKNOWN, f"{_section(book)} {why}"


def _one_of_each(
    rules: Sequence[LeverRule], protocol: GovernanceProtocol
) -> Iterator[LeverRule]:
    """One rule for each thing that a lever does: variants of one instruction act alike."""
    done: set[str] = set()
    for rule in rules:
        does = _does(rule.instruction, protocol)
        if does not in done:
            done.add(does)
            yield rule
