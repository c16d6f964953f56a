"""RP-04 and RP-09: do the endpoints say the same, and never "empty" for what exists."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.chain.series.model import NEEDS, Compared
from privatedao_audit.domains.rpc.facts import RpcFacts, Subject
from privatedao_audit.domains.rpc.judging import ROLES, Measured, gone_by, registered
from privatedao_audit.model.finding import Part
from privatedao_audit.model.reads import Found, joined
from privatedao_audit.model.status import Status

__all__ = ["agreeing", "never_empty"]

#: What need not exist: a treasury that was never paid into has no account.
_MAY_LACK = "treasury of "


def agreeing(facts: RpcFacts, m: Measured) -> Iterator[Part]:
    """The parts of RP-04: every account of the operation, at the first endpoint and each other."""
    if not facts.subjects:
        yield Part("accounts", Status.UNKNOWN, "The target names no account to compare.", m.at)
    rows = {one.row.label: one for one in registered(facts, *ROLES)}
    there: list[str] = []
    for label, one in rows.items():
        gone = gone_by(one, m)
        if gone is None:
            there.append(label)
        else:
            text = f"The {one.row.role} {gone[1]}."
            yield Part(f"{one.row.role} {label}", gone[0], text, joined(m.at, one.at))
    if len(there) < 2:
        text = f"{len(there)} registered endpoints were measured, and two are needed to compare."
        yield Part("endpoints", Status.UNKNOWN, text, m.at, observed=len(there))
        return
    for subject in facts.subjects:
        found = [one for one in m.series.compared if one.address == subject.address]
        joined_up = _reached(found)
        for pair in found:
            if {pair.first, pair.second} & set(there):
                yield _compared(subject, pair, m)
        missing = [label for label in there if label not in joined_up]
        if missing:
            text = f"{subject.what} at {subject.address} was not compared at {missing[0]}."
            yield Part(f"{subject.what} {subject.address}", Status.UNKNOWN, _first(text), m.at)


def _reached(found: list[Compared]) -> set[str]:
    return {label for one in found for label in (one.first, one.second)}


def _compared(subject: Subject, one: Compared, m: Measured) -> Part:
    label = f"{subject.what} {subject.address} at {one.first} and {one.second}"
    told, seen = f"{subject.what} at {subject.address}", one.outcome
    if one.outcome == "equal" or (one.outcome == "absent" and told.startswith(_MAY_LACK)):
        how = "are equal" if one.outcome == "equal" else "say that it does not exist"
        text = f"{told}: {one.first} and {one.second} {how}{m.by}."
        return Part(label, m.good, _first(text), m.at, observed=seen)
    if one.outcome == "diverged":
        return Part(label, Status.DIVERGED, _first(f"{told}: {one.reason}."), m.at, observed=seen)
    if one.outcome == "absent":
        text = f"{told}: neither {one.first} nor {one.second} has it."
        return Part(label, Status.UNKNOWN, _first(text), m.at, observed=seen)
    text = f"{told} could not be compared: {one.reason or 'no answer'}."
    return Part(label, Status.UNKNOWN, _first(text), m.at, observed=seen)


def never_empty(facts: RpcFacts, m: Measured) -> Iterator[Part]:
    """The parts of RP-09: each endpoint answers for what is known to exist."""
    rows = {one.row.label: one for one in registered(facts, *ROLES)}
    if not rows:
        text = "No register names the endpoints of the operation."
        yield Part("register", Status.UNKNOWN, text, m.at)
    for label, one in rows.items():
        gone = gone_by(one, m)
        if gone is not None:
            # That an endpoint is gone is for RP-01: it says nothing, and so nothing empty.
            text = f"The {one.row.role} {gone[1]}."
            yield Part(f"{one.row.role} {label}", Status.UNKNOWN, text, joined(m.at, one.at))
            continue
        for need in NEEDS:
            yield _answered(label, need, m)
    yield from _denied(facts, m)


def _denied(facts: RpcFacts, m: Measured) -> Iterator[Part]:
    """Accounts that no endpoint of the operation has, and that the auditor's providers had."""
    if not isinstance(facts.exists, Found):
        return
    for one in m.series.compared:
        before = facts.exists.value.get(one.address)
        if one.outcome != "absent" or before is None or one.slot is None or one.slot < before:
            continue
        text = (
            f"{one.first} and {one.second} say that {one.what} at {one.address} does not exist; "
            f"at slot {before} other providers had it."
        )
        at = joined(m.at, facts.exists.at)
        yield Part(f"{one.what} {one.address}", Status.FAIL, text, at, observed="empty")


def _answered(label: str, need: str, m: Measured) -> Part:
    name, told = f"{need} at {label}", m.series.told(label, need)
    if told is None:
        return Part(name, Status.UNKNOWN, f"{label} was not asked for {need}.", m.at)
    if told.outcome == "empty":
        text = f"{label} answers empty for {need}, which exists: {told.reason}."
        return Part(name, Status.FAIL, text, m.at, observed="empty")
    if told.outcome != "served":
        text = f"{label} did not answer for {need}: {told.reason}."
        return Part(name, Status.UNKNOWN, text, m.at, observed=told.outcome)
    if m.good is not Status.PASS:
        text = f"Only the team itself measured that {label} answers for {need}."
        return Part(name, Status.UNKNOWN, text, m.at, observed="not measured by the kit")
    text = f"{label} answers for {need} with what is known to exist."
    return Part(name, Status.PASS, text, m.at, observed="served")


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
