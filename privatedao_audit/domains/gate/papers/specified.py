"""RG-04: the protocol specification beside the interface of the program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from privatedao_audit.domains.gate.papers.dates import fresh
from privatedao_audit.domains.gate.papers.facts import KINDS, PaperFacts, Specification
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Found, joined
from privatedao_audit.model.status import Status

__all__ = ["specified"]

_SHOWN: Final = 5


def specified(facts: PaperFacts) -> Iterator[Part]:
    """The parts of RG-04. Every program that holds a DAO owes a specification."""
    known = {one.program for one in facts.specifications}
    for program in facts.specified:
        if program not in known and facts.specifications:
            at = joined(*(one.paper.said.at for one in facts.specifications))
            text = f"The target names no specification of {program}."
            yield Part(program, Status.MISSING, text, at)
    for one in facts.specifications:
        file = one.paper.file
        if not isinstance(one.paper.said, Found):
            text = f"The specification {file} is not in the checkout."
            yield unread(f"{one.program}: {file}", one.paper.said, absent=Status.MISSING,
                         absent_summary=text)  # fmt: skip
            continue
        yield from fresh(one.paper, f"{one.program}: {file}")
        if not isinstance(one.interface, Found):
            yield unread(f"{one.program}: interface", one.interface, absent=Status.MISSING,
                         absent_summary="There is no interface file.")  # fmt: skip
            continue
        for kind in KINDS:
            names = one.paper.said.value.get(kind)
            yield _compared(one, kind, names, one.interface.value.get(kind, ()))


def _compared(
    one: Specification, kind: str, names: tuple[str, ...] | None, right: tuple[str, ...]
) -> Part:
    file = one.paper.file
    label = f"{one.program}: {kind} of {file}"
    at = joined(one.paper.said.at, one.interface.at)
    if names is None:
        text = f"{file} has no section on {kind}, of which the interface has {len(right)}."
        return Part(label, Status.MISSING, text, at, expected=len(right))
    if not right:
        text = f"The interface states no {kind} to compare with."
        return Part(label, Status.UNKNOWN, text, at, observed=len(names))
    if kind == "seeds":
        lacking, strange = _differ(names, right, exact=True)
    else:
        lacking, strange = _differ(names, right, exact=False)
    if kind == "accounts":
        places = {_bare(name) for name in one.places}
        strange = [name for name in strange if _place(name) not in places]
    seen = {"names": len(names), "lacking": lacking, "strange": strange}
    if not lacking and not strange:
        text = f"The {len(right)} {kind} of {file} are those of the interface."
        return Part(label, Status.PASS, text, at, observed=seen, expected=len(right))
    told = []
    if lacking:
        told.append(f"lacks {len(lacking)} of {len(right)} {kind} ({_some(lacking)})")
    if strange:
        told.append(f"names {len(strange)} that the interface does not have ({_some(strange)})")
    text = f"{file} {' and '.join(told)}."
    return Part(label, Status.FAIL, text, at, observed=seen, expected=len(right))


def _differ(
    names: Iterable[str], right: Iterable[str], *, exact: bool
) -> tuple[list[str], list[str]]:
    """What of the interface is not named, and what is named beyond it."""
    named = {name if exact else _bare(name): name for name in names}
    known = {name if exact else _bare(name): name for name in right}
    if not exact and not any(re.match(r"\d", name) for name in named):
        # A document that gives no numbers is compared by names.
        known = {re.sub(r"^\d+", "", key): name for key, name in known.items()}
    lacking = [name for key, name in known.items() if key not in named]
    strange = [name for key, name in named.items() if key not in known]
    return sorted(lacking), sorted(strange)


def _bare(name: str) -> str:
    """A name without case, blanks and underscores: ``create_proposal`` and ``createProposal``."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _place(name: str) -> str:
    return _bare(re.sub(r"\b(?:pda|account)\b", "", name, flags=re.IGNORECASE))


def _some(names: list[str]) -> str:
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
