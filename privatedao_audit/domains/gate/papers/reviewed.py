"""RG-02 and RG-03: sections, claims, commands and versions of a document for reviewers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from privatedao_audit.domains.gate.ledger.claimed import Claimed
from privatedao_audit.domains.gate.papers.dates import fresh
from privatedao_audit.domains.gate.papers.facts import OWED, PaperFacts, Review
from privatedao_audit.domains.gate.papers.versions import agrees
from privatedao_audit.model.finding import Part, unread
from privatedao_audit.model.reads import Diverged, Found, Unknown, joined
from privatedao_audit.model.status import Status

__all__ = ["reviewed"]

_AGREES, _SUPERSEDED, _CONTRADICTED = "agrees", "superseded", "contradicted"
#: Kinds of claims that alone say nothing: every document names its network.
_TRIVIAL: Final = frozenset({"network"})
#: So many faults stand in a sentence, the rest as a number.
_SHOWN: Final = 3


def reviewed(facts: PaperFacts, topic: str) -> Iterator[Part]:
    """The parts of every current document of a topic."""
    for one in facts.reviews:
        if one.topic != topic:
            continue
        said = one.paper.said
        if not isinstance(said, Found):
            text = f"The checkout has no {one.paper.file}."
            yield unread(one.paper.file, said, absent=Status.MISSING, absent_summary=text)
            continue
        yield from fresh(one.paper, one.paper.file)
        yield from _sections(one)
        yield _claims(one)
        yield from _commands(one)
        yield from _versions(one)


def _sections(one: Review) -> Iterator[Part]:
    file, said = one.paper.file, one.paper.said
    assert isinstance(said, Found)
    for name in OWED[one.topic]:
        there = said.value.get(name)
        label = f"{file}: section {name}"
        if there is None:
            text = f"The target maps no heading of {file} to the section {name}."
            yield Part(label, Status.UNKNOWN, text, said.at)
        elif there:
            yield Part(label, Status.PASS, f"{file} has its section {name}.", said.at,
                       observed=True)  # fmt: skip
        else:
            text = f"{file} has no section {name} under its heading, or an empty one."
            yield Part(label, Status.MISSING, text, said.at, observed=False, expected=True)


def _claims(one: Review) -> Part:
    file, said = one.paper.file, one.paper.said
    label = f"{file}: claims"
    if not isinstance(one.claims, Found):
        return unread(label, one.claims, absent=Status.UNKNOWN,
                      absent_summary=f"The commit does not have {file}.")  # fmt: skip
    at = joined(one.claims.at, said.at)
    held = [claim for claim in one.claims.value if claim.holds]
    bad = [claim for claim in held if claim.standing == _CONTRADICTED]
    open_ones = [claim for claim in held if claim.what not in _TRIVIAL
                 and claim.standing not in (_AGREES, _SUPERSEDED, _CONTRADICTED)]  # fmt: skip
    seen = {"claims": len(held), "contradicted": [f"{c.line}: {c.value}" for c in bad]}
    if bad:
        return Part(label, Status.FAIL, f"{file}: {_lines(bad)}.", at, observed=seen, expected=[])
    if all(claim.what in _TRIVIAL for claim in held):
        text = f"{file} states nothing that could be looked up."
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    if open_ones:
        text = (
            f"Of {len(held)} claims of {file} {len(open_ones)} are not checkable here, the first "
            f"in line {open_ones[0].line}."
        )
        return Part(label, Status.UNKNOWN, text, at, observed=seen)
    text = f"The {len(held)} claims of {file} agree with chain and documents, or are superseded."
    return Part(label, Status.PASS, text, at, observed=seen)


def _lines(bad: list[Claimed]) -> str:
    told = "; ".join(f"line {claim.line}: {claim.why.rstrip('.')}" for claim in bad[:_SHOWN])
    more = len(bad) - _SHOWN
    return f"{told}; and {more} more" if more > 0 else told


def _commands(one: Review) -> Iterator[Part]:
    file, said = one.paper.file, one.paper.said
    label = f"{file}: commands"
    if not one.commands:
        text = f"{file} names no command that takes anything from the checkout."
        yield Part(label, Status.UNKNOWN, text, said.at)
        return
    at = joined(said.at, *(command.there.at for command in one.commands))
    torn = [c for c in one.commands if isinstance(c.there, Diverged)]
    lost = [c for c in one.commands if not isinstance(c.there, Found)]
    gone = sorted({c.needs for c in one.commands
                   if isinstance(c.there, Found) and not c.there.value})  # fmt: skip
    seen = {"commands": len(one.commands), "missing": gone}
    if torn:
        yield unread(label, torn[0].there, absent=Status.UNKNOWN, absent_summary="")
        return
    if gone:
        more = f", and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
        text = f"{file} tells its reader to use what the checkout lacks: "
        yield Part(label, Status.FAIL, f"{text}{', '.join(gone[:_SHOWN])}{more}.", at,
                   observed=seen, expected=[])  # fmt: skip
    elif lost:
        why = lost[0].there
        reason = why.reason if isinstance(why, Unknown) else "it is absent"
        text = f"Whether the checkout has {lost[0].needs} is not known: {reason}."
        yield Part(label, Status.UNKNOWN, text, at, observed=seen)
    else:
        text = f"The checkout has what the {len(one.commands)} commands of {file} need."
        yield Part(label, Status.PASS, text, at, observed=seen)


def _versions(one: Review) -> Iterator[Part]:
    file, said = one.paper.file, one.paper.said
    if not one.versions:
        text = f"{file} states no version of the program or its tools, so that nothing ties it."
        yield Part(f"{file}: versions", Status.UNKNOWN, text, said.at)
    for version in one.versions:
        label = f"{file}: version {version.stated} of {version.of}"
        if not isinstance(version.right, Found):
            yield unread(label, version.right, absent=Status.UNKNOWN,
                         absent_summary="The release commit has no manifest.")  # fmt: skip
            continue
        at, right = joined(said.at, version.right.at), version.right.value
        seen, wanted = version.stated, list(right)
        if not right:
            text = f"The release commit states no version of {version.of} to compare with."
            yield Part(label, Status.UNKNOWN, text, at, observed=seen)
        elif any(agrees(version.stated, one) for one in right):
            text = f"{file} has the version of {version.of} that is released, {version.stated}."
            yield Part(label, Status.PASS, text, at, observed=seen, expected=wanted)
        else:
            text = (
                f"{file} has {version.of} at {version.stated}; the release commit has "
                f"{', '.join(right[:_SHOWN])}."
            )
            yield Part(label, Status.FAIL, text, at, observed=seen, expected=wanted)
